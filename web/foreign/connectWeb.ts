// @connectrpc/connect-web: gRPC-web over fetch.
import type { DescMethod, JsonObject } from "@bufbuild/protobuf";
import { create, fromJson, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../src/contract/google/rpc/error_details_pb";
import { type Answer, type Call, type Client, Refusal, SERVICES } from "./client";

export function connectWeb(edge: string): Client {
  const transport = createGrpcWebTransport({ baseUrl: edge });
  return { unary: (call) => unary(transport, call), stream: (call) => stream(transport, call) };
}

async function unary(transport: Transport, call: Call): Promise<Answer> {
  const method = methodOf(call);
  try {
    const sent = fromJson(method.input, call.request);
    const answer = await transport.unary(method, call.signal, call.timeoutMs, call.metadata, sent);
    const message = toJson(method.output, answer.message, { alwaysEmitImplicit: true }) as JsonObject;
    return { message, header: Object.fromEntries(answer.header) };
  } catch (error) {
    throw told(error);
  }
}

async function* stream(transport: Transport, call: Call): AsyncGenerator<JsonObject> {
  const method = methodOf(call) as DescMethod as DescMethod & { methodKind: "server_streaming" };
  async function* sent() {
    yield fromJson(method.input, call.request);
  }
  try {
    const answer = await transport.stream(method, call.signal, call.timeoutMs, call.metadata, sent());
    for await (const message of answer.message)
      yield toJson(method.output, message, { alwaysEmitImplicit: true }) as JsonObject;
  } catch (error) {
    throw told(error);
  }
}

function methodOf({ service, method }: Call): DescMethod & { methodKind: "unary" } {
  const known = SERVICES[service].methods.find(({ name }) => name === method);
  // What the contract does not have goes out all the same, as a client of a later version would send it.
  const found = known ?? { ...SERVICES[service].methods[0], name: method };
  return found as DescMethod & { methodKind: "unary" };
}

function told(error: unknown): Refusal {
  const all = ConnectError.from(error, Code.Unknown);
  const delay = all.findDetails(RetryInfoSchema)[0]?.retryDelay;
  const wrong = all.findDetails(BadRequestSchema)[0] ?? create(BadRequestSchema);
  return new Refusal(
    all.code,
    all.rawMessage,
    all.findDetails(ErrorInfoSchema)[0]?.reason ?? "",
    Object.fromEntries(wrong.fieldViolations.map(({ field, description }) => [field, description])),
    delay && Number(delay.seconds),
  );
}
