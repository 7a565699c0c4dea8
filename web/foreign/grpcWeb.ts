// The official grpc-web, with messages of another library's: its generator is a program that npm does not have, and what
// is on trial is how calls travel. Its stream comes piece by piece in text form only.
import {
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonObject,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { GrpcWebClientBase, MethodDescriptor, type RpcError } from "grpc-web";
import { type Answer, type Call, type Client, Refusal, refusal, SERVICES } from "./client";

export type Format = "binary" | "text";

export function grpcWeb(edge: string, format: Format): Client {
  const client = new GrpcWebClientBase({ format });
  return { unary: (call) => unary(client, edge, call), stream: (call) => stream(client, edge, call) };
}

function unary(client: GrpcWebClientBase, edge: string, call: Call): Promise<Answer> {
  const { url, descriptor } = described(edge, call, "unary");
  return new Promise((resolve, reject) => {
    const header: Record<string, string> = {};
    client
      .rpcCall(url, call.request, metadataOf(call), descriptor, (error, message) => {
        if (error) reject(told(error));
        else resolve({ message, header });
      })
      .on("metadata", (metadata) => Object.assign(header, metadata));
  });
}

async function* stream(client: GrpcWebClientBase, edge: string, call: Call): AsyncGenerator<JsonObject> {
  const { url, descriptor } = described(edge, call, "server_streaming");
  const came: JsonObject[] = [];
  let end: { failure?: Error } | undefined;
  let wake = () => {};
  const running = client.serverStreaming(url, call.request, metadataOf(call), descriptor);
  const finish = (failure?: Error) => {
    end ??= { failure };
    wake();
  };
  running.on("data", (message) => {
    came.push(message);
    wake();
  });
  running.on("error", (error) => finish(told(error)));
  running.on("end", () => finish());
  call.signal?.addEventListener("abort", () => {
    running.cancel();
    // It tells nobody: whoever cancels knows.
    finish(new Refusal(1, "cancelled", "", {}, undefined));
  });
  while (true) {
    const next = came.shift();
    if (next) yield next;
    else if (end?.failure) throw end.failure;
    else if (end) return;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

function described(edge: string, { service, method }: Call, kind: string) {
  const contract = SERVICES[service];
  const known: DescMethod | undefined = contract.methods.find(({ name }) => name === method) ?? contract.methods[0];
  if (!known) throw new Error(`${contract.typeName} has no RPCs`);
  const url = `${edge}/${contract.typeName}/${method}`;
  const descriptor = new MethodDescriptor<JsonObject, JsonObject>(
    url,
    kind,
    Object as unknown as new () => JsonObject,
    Object as unknown as new () => JsonObject,
    (message: JsonObject) => toBinary(known.input, fromJson(known.input, message)),
    (bytes: Uint8Array) => read(known.output, bytes),
  );
  return { url, descriptor };
}

function read(schema: DescMessage, bytes: Uint8Array): JsonObject {
  return toJson(schema, fromBinary(schema, bytes), { alwaysEmitImplicit: true }) as JsonObject;
}

function metadataOf({ metadata, timeoutMs }: Call): Record<string, string> {
  return timeoutMs === undefined ? { ...metadata } : { ...metadata, deadline: String(Date.now() + timeoutMs) };
}

function told({ code, message, metadata }: RpcError): Refusal {
  return refusal(code, message, metadata["grpc-status-details-bin"]);
}
