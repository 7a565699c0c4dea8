// @grpc/grpc-js: gRPC over HTTP/2 in Node, with messages that @grpc/proto-loader reads from the contracts themselves.
import { readdirSync } from "node:fs";
import type { JsonObject } from "@bufbuild/protobuf";
import {
  type Client as Base,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type Answer, type Call, type Client, refusal } from "./client";

const CONTRACTS = new URL("../../proto/", import.meta.url).pathname;
const FORM = { longs: String, enums: String, defaults: true, includeDirs: [CONTRACTS] };

/** With `compressing`, what it sends is compressed. */
export function grpcJs(edge: string, compressing = false): Client & { close: () => void } {
  const files = readdirSync(CONTRACTS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".proto"));
  const contract = loadSync(files, FORM);
  const options = compressing ? { "grpc.default_compression_algorithm": 2 } : {};
  const made = new Map<string, Base>();
  const open = (service: string) => {
    const [name] = Object.keys(contract).filter((full) => full.endsWith(`.${service}`));
    if (!name) throw new Error(`no ${service} in the contracts`);
    const client =
      made.get(name) ?? new (find(contract, name))(new URL(edge).host, credentials.createInsecure(), options);
    made.set(name, client);
    return { name, client };
  };
  return {
    unary: (call) => unary(open(call.service), contract, call),
    stream: (call) => stream(open(call.service), contract, call),
    close: () => {
      for (const client of made.values()) client.close();
    },
  };
}

type Contract = ReturnType<typeof loadSync>;
type Opened = { name: string; client: Base };

function find(contract: Contract, name: string): ServiceClientConstructor {
  let found: unknown = loadPackageDefinition(contract);
  for (const part of name.split(".")) found = (found as Record<string, unknown>)[part];
  return found as ServiceClientConstructor;
}

function methodOf(contract: Contract, name: string, method: string) {
  const service = contract[name] as unknown as Record<string, { path: string } & Codec>;
  const codec = service[method] ?? Object.values(service)[0];
  if (!codec) throw new Error(`${name} has no RPCs`);
  return { path: `/${name}/${method}`, serialize: codec.requestSerialize, deserialize: codec.responseDeserialize };
}

interface Codec {
  readonly requestSerialize: (message: JsonObject) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => JsonObject;
}

function unary({ name, client }: Opened, contract: Contract, call: Call): Promise<Answer> {
  const { path, serialize, deserialize } = methodOf(contract, name, call.method);
  return new Promise((resolve, reject) => {
    const header: Record<string, string> = {};
    const running = client.makeUnaryRequest(
      path,
      serialize,
      deserialize,
      call.request,
      metadataOf(call),
      deadlineOf(call),
      (error, message) => {
        if (error) reject(told(error));
        else resolve({ message: message ?? {}, header });
      },
    );
    running.on("metadata", (metadata: Metadata) => Object.assign(header, metadata.getMap()));
    call.signal?.addEventListener("abort", () => running.cancel());
  });
}

async function* stream({ name, client }: Opened, contract: Contract, call: Call): AsyncGenerator<JsonObject> {
  const { path, serialize, deserialize } = methodOf(contract, name, call.method);
  const running: ClientReadableStream<JsonObject> = client.makeServerStreamRequest(
    path,
    serialize,
    deserialize,
    call.request,
    metadataOf(call),
    deadlineOf(call),
  );
  call.signal?.addEventListener("abort", () => running.cancel());
  try {
    yield* running as AsyncIterable<JsonObject>;
  } catch (error) {
    throw told(error as ServiceError);
  }
}

function metadataOf(call: Call): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(call.metadata ?? {})) metadata.set(name, value);
  return metadata;
}

function deadlineOf({ timeoutMs }: Call) {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function told({ code, details, metadata }: ServiceError) {
  const bytes = metadata?.get("grpc-status-details-bin")[0];
  return refusal(code, details, typeof bytes === "string" ? undefined : bytes);
}
