// The way to the edge: gRPC-web to the address that the page came from, with the token where the contract asks for one.
import { getOption, hasOption } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { hear } from "../clock/clock";
import { Access, access } from "../contract/usher/access/v1/access_pb";
import { AccountService } from "../contract/usher/account/v1/account_pb";
import { expire } from "../session/session";
import { type Exchange, goodToken, renew } from "../session/tokens";

/** The longest that a call may take, in milliseconds. A payment waits three seconds by itself. */
const CALL_MS_MAX = 15_000;

const isRefusal = (error: unknown) => ConnectError.from(error).code === Code.Unauthenticated;

const authorized: Interceptor = (next) => async (request) => {
  const isPublic = hasOption(request.method, access) && getOption(request.method, access) === Access.PUBLIC;
  if (isPublic) return next(request);
  const token = await settled(goodToken(exchange));
  if (token) request.header.set("authorization", `Bearer ${token}`);
  try {
    return await next(request);
  } catch (error) {
    // A stream's request is used up; what is not signed in stays so.
    if (!token || request.stream || !isRefusal(error)) throw error;
    const another = await settled(renew(token, exchange));
    if (!another) throw error;
    request.header.set("authorization", `Bearer ${another}`);
    return next(request);
  }
};

/** A refresh token that is refused ends the session; one that can't be sent is kept. */
async function settled(token: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await token;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    expire();
    return undefined;
  }
}

const exchange: Exchange = (refreshToken) => createClient(AccountService, transport).refresh({ refreshToken });

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
