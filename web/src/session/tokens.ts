// Tokens that stay good: an auth token lives for minutes and is exchanged before it ends, once for all tabs.

import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { serverNow } from "../clock/clock";
import { begin, expire, isFresh, reread, type Session, session } from "./session";

/** How long a token lasts whose answer does not say, in milliseconds. */
const UNSAID_MS = 300_000;
const LOCK = "usher.refresh";

/** What signing in and refreshing answer. */
interface Tokens {
  readonly userId: bigint;
  readonly authToken: string;
  readonly expiresAt?: Timestamp;
  readonly refreshToken: string;
  readonly refreshExpiresAt?: Timestamp;
}

/** The call that exchanges a refresh token. Given, and not imported: calls need tokens themselves. */
export type Exchange = (refreshToken: string) => Promise<Tokens>;

/** Takes new tokens over. */
export function take({ userId, authToken, expiresAt, refreshToken, refreshExpiresAt }: Tokens): void {
  begin({
    userId: String(userId),
    token: authToken,
    expiresAt: expiresAt ? timestampMs(expiresAt) : serverNow() + UNSAID_MS,
    refreshToken,
    refreshExpiresAt: refreshExpiresAt ? timestampMs(refreshExpiresAt) : 0,
  });
}

/** A token that will be taken; undefined where nobody is signed in any more. */
export async function goodToken(exchange: Exchange): Promise<string | undefined> {
  const now = session.value;
  if (!now || isFresh(now)) return now?.token;
  return renew(now.token, exchange);
}

/** Another token in place of `old`, which is not or soon no longer taken. */
export function renew(old: string, exchange: Exchange): Promise<string | undefined> {
  return alone(async () => {
    // Another tab may have been first.
    const now = reread();
    if (!now) return undefined;
    if (now.token !== old && isFresh(now)) return now.token;
    if (!canRefresh(now)) {
      expire();
      return undefined;
    }
    take(await exchange(now.refreshToken));
    return session.value?.token;
  });
}

function canRefresh({ refreshToken, refreshExpiresAt }: Session): boolean {
  return refreshToken !== "" && refreshExpiresAt > serverNow();
}

/** One at a time over all tabs; where the browser has no locks, the server gives two who come together the same. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? await navigator.locks.request(LOCK, work) : await work();
}
