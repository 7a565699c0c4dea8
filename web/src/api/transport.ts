// The way to the edge: gRPC-web to the address that the page came from, with the token where the contract asks for one.
import { getOption, hasOption } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { hear } from "../clock/clock";
import { Access, access } from "../contract/usher/access/v1/access_pb";
import { expire, token } from "../session/session";

/** The longest that a call may take, in milliseconds. A payment waits three seconds by itself. */
const CALL_MS_MAX = 15_000;

const authorized: Interceptor = (next) => async (request) => {
  const isPublic = hasOption(request.method, access) && getOption(request.method, access) === Access.PUBLIC;
  const bearer = isPublic ? undefined : token();
  if (bearer) request.header.set("authorization", `Bearer ${bearer}`);
  try {
    return await next(request);
  } catch (error) {
    if (!isPublic && ConnectError.from(error).code === Code.Unauthenticated) expire();
    throw error;
  }
};

/** Every answer tells what time it is at the server. */
const timed: typeof fetch = async (input, init) => {
  const sentAt = Date.now();
  const response = await fetch(input, init);
  hear(response.headers.get("date"), sentAt, Date.now());
  return response;
};

export const transport = createGrpcWebTransport({
  baseUrl: globalThis.location?.origin ?? "http://localhost",
  interceptors: [authorized],
  fetch: timed,
  defaultTimeoutMs: CALL_MS_MAX,
});
