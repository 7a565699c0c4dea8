// What the journey asks of a client, whoever wrote it. Messages are objects as proto3 JSON has them.
import { create, type DescService, fromBinary, type JsonObject } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../src/contract/google/rpc/error_details_pb";
import { type Status, StatusSchema } from "../src/contract/google/rpc/status_pb";
import { AccountService } from "../src/contract/usher/account/v1/account_pb";
import { BookingService } from "../src/contract/usher/booking/v1/booking_pb";
import { EventService } from "../src/contract/usher/event/v1/event_pb";
import { SearchService } from "../src/contract/usher/search/v1/search_pb";

export const SERVICES = { AccountService, BookingService, EventService, SearchService } satisfies Record<
  string,
  DescService
>;

/** One call. */
export interface Call {
  readonly service: keyof typeof SERVICES;
  /** The RPC's name, as in the contract. */
  readonly method: string;
  readonly request: JsonObject;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The call's own deadline, in milliseconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What came back: the message, and what the answer's head said. */
export interface Answer {
  readonly message: JsonObject;
  readonly header: Readonly<Record<string, string>>;
}

/** A client. */
export interface Client {
  unary(call: Call): Promise<Answer>;
  stream(call: Call): AsyncIterable<JsonObject>;
}

/** A status that is not OK, with its details. */
export class Refusal extends Error {
  constructor(
    /** gRPC's number of it. */
    readonly code: number,
    message: string,
    readonly reason: string,
    /** What is wrong with which field. */
    readonly fields: Readonly<Record<string, string>>,
    readonly retrySeconds: number | undefined,
  ) {
    super(message);
  }
}

/** Reads `grpc-status-details-bin`. */
export function refusal(code: number, message: string, details: Uint8Array | string | undefined): Refusal {
  const bytes =
    typeof details === "string" ? Uint8Array.from(atob(details), (letter) => letter.charCodeAt(0)) : details;
  const status: Status = bytes ? fromBinary(StatusSchema, bytes) : create(StatusSchema);
  const info = find(status, ErrorInfoSchema);
  const wrong = find(status, BadRequestSchema)?.fieldViolations ?? [];
  const delay = find(status, RetryInfoSchema)?.retryDelay;
  return new Refusal(
    code,
    message,
    info?.reason ?? "",
    Object.fromEntries(wrong.map(({ field, description }) => [field, description])),
    delay && Number(delay.seconds),
  );
}

function find<T extends typeof ErrorInfoSchema | typeof BadRequestSchema | typeof RetryInfoSchema>(
  status: Status,
  schema: T,
) {
  for (const detail of status.details) {
    const found = anyUnpack(detail, schema);
    if (found) return found;
  }
  return undefined;
}
