// Who is signed in, on this device. Tokens live in local storage, so that all tabs share them; the policy of the pages
// lets no script of others in that could read them. Knows nothing of calls: account.ts makes them.
import { computed, signal } from "@preact/signals";
import { serverNow } from "../clock/clock";

const KEY = "usher.session";
/** A token is exchanged so long before it expires, in milliseconds: a call takes time. */
const EARLY_MS = 20_000;

/** What signing in gave. Moments are milliseconds since 1970, by the server's clock. */
export interface Session {
  readonly userId: string;
  readonly token: string;
  readonly expiresAt: number;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
}

const stored = signal<Session | undefined>(read());

/** Who is signed in; undefined for nobody. */
export const session = computed(() => stored.value);

/** Whether somebody was signed in and the session ended by itself: to be told why they must sign in again. */
export const hasEnded = signal(false);

/** Somebody signed in, or goes on with new tokens. */
export function begin(fresh: Session): void {
  hasEnded.value = false;
  stored.value = fresh;
  write(fresh);
}

/** Whoever is signed in signs out. */
export function end(): void {
  stored.value = undefined;
  write(undefined);
}

/** The server takes the tokens no longer. */
export function expire(): void {
  if (stored.value) hasEnded.value = true;
  end();
}

/** Takes up what another tab has written meanwhile. */
export function reread(): Session | undefined {
  stored.value = read();
  return stored.value;
}

/** Whether the token will be taken for as long as a call needs. */
export function isFresh({ expiresAt }: Session): boolean {
  return expiresAt - EARLY_MS > serverNow();
}

function read(): Session | undefined {
  try {
    const text = globalThis.localStorage?.getItem(KEY);
    return text ? (JSON.parse(text) as Session) : undefined;
  } catch {
    return undefined;
  }
}

function write(session: Session | undefined): void {
  try {
    if (session) localStorage.setItem(KEY, JSON.stringify(session));
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is full or forbidden: the session lasts as long as the page.
  }
}

/** Follows what other tabs do. */
export function followOtherTabs(): void {
  addEventListener("storage", ({ key }) => {
    if (key === KEY || key === null) reread();
  });
}
