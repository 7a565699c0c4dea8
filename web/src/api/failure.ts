// What went wrong, as the services tell it: the reason with what belongs to it. What people are told is in explain.ts.
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../contract/google/rpc/error_details_pb";

/** A refusal or a fault. */
export interface Failure {
  /** One of docs/API.md's reasons; `OFFLINE` where nothing was reached at all. */
  readonly reason: string;
  /** The service's own sentence, in English. */
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What is wrong with which field of the request. */
  readonly fields: Readonly<Record<string, string>>;
  /** When to come back, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** Reasons by the status alone: for what answers without details, such as a proxy on the way. */
const BY_CODE: Partial<Record<Code, string>> = {
  [Code.Canceled]: "CANCELLED",
  [Code.DeadlineExceeded]: "DEADLINE_EXCEEDED",
  [Code.Unauthenticated]: "UNAUTHENTICATED",
  [Code.PermissionDenied]: "FORBIDDEN",
  [Code.ResourceExhausted]: "RATE_LIMITED",
  [Code.InvalidArgument]: "INVALID_ARGUMENT",
  [Code.Unimplemented]: "UNIMPLEMENTED",
  [Code.Unavailable]: "UNAVAILABLE",
};

/** Reads what a call threw. */
export function toFailure(error: unknown): Failure {
  const told = ConnectError.from(error);
  const info = told.findDetails(ErrorInfoSchema)[0];
  const delay = told.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const violations = told.findDetails(BadRequestSchema).flatMap((request) => request.fieldViolations);
  return {
    reason: info?.reason ?? (wasUnreachable(error) ? "OFFLINE" : (BY_CODE[told.code] ?? "INTERNAL")),
    message: told.rawMessage,
    metadata: info?.metadata ?? {},
    fields: Object.fromEntries(violations.map(({ field, description }) => [field, description])),
    retryAfterMs: delay ? Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000 : undefined,
  };
}

/** Browsers throw a TypeError where no answer came at all. */
function wasUnreachable(error: unknown): boolean {
  const cause = error instanceof ConnectError ? error.cause : error;
  return cause instanceof TypeError || globalThis.navigator?.onLine === false;
}
