// Who is signed in, on this device. Tokens live in local storage, so that all tabs share them.
import { computed, signal } from "@preact/signals";
import { serverNow } from "../clock/clock";

const KEY = "usher.session";

/** What signing in gave. */
export interface Session {
  readonly userId: string;
  readonly token: string;
  /** Milliseconds since 1970, by the server's clock. */
  readonly expiresAt: number;
}

const stored = signal<Session | undefined>(read());

/** Who is signed in; undefined for nobody, also once the token has expired. */
export const session = computed(() => stored.value);

/** Whether somebody was signed in and the session ended by itself: to be told why they must sign in again. */
export const hasEnded = signal(false);

/** Somebody signed in. */
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

/** The server takes the token no longer. */
export function expire(): void {
  if (stored.value) hasEnded.value = true;
  end();
}

/** The token, if there is one that can still be good. */
export function token(): string | undefined {
  const now = stored.value;
  if (now && now.expiresAt <= serverNow()) {
    expire();
    return undefined;
  }
  return now?.token;
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
    if (key === KEY || key === null) stored.value = read();
  });
}
