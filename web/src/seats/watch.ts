// An event's seats as they change. Keeps a stream open for as long as anybody looks: it comes back by itself, where it
// left off, after whatever ended it.
import { events } from "../api/clients";
import { type Failure, toFailure } from "../api/failure";
import type { Ticket, WatchSeatsResponse } from "../contract/usher/event/v1/event_pb";

/** How well the seats are known: as they are, as they were, or not yet. */
export type Link = "connecting" | "live" | "stale" | "lost";

export interface Watcher {
  /** All seats: what was known before is to be forgotten. */
  snapshot(tickets: readonly Ticket[]): void;
  /** Some seats have changed. */
  changes(tickets: readonly Ticket[]): void;
  link(link: Link): void;
  /** It failed for good: there is nothing to watch. */
  failed(failure: Failure): void;
}

/** The stream brings something every ten seconds or so; silent for so long it is dead, in milliseconds. */
const SILENCE_MS_MAX = 25_000;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 10_000;
const FINAL = new Set(["UNKNOWN_EVENT", "INVALID_ARGUMENT"]);

/** Watches until the answer is called. */
export function watchSeats(eventId: bigint, watcher: Watcher): () => void {
  const stopped = new AbortController();
  void follow(eventId, watcher, stopped.signal);
  return () => stopped.abort();
}

async function follow(eventId: bigint, watcher: Watcher, stopped: AbortSignal): Promise<void> {
  let version = 0n;
  let failures = 0;
  watcher.link("connecting");
  while (!stopped.aborted) {
    try {
      for await (const message of open(eventId, version, stopped)) {
        version = message.version;
        failures = 0;
        deliver(message, watcher);
      }
    } catch (error) {
      if (stopped.aborted) return;
      const failure = toFailure(error);
      if (FINAL.has(failure.reason)) return watcher.failed(failure);
      // An hour is over, or the server restarts: nothing that anybody need be told of, unless it lasts.
      if (failures > 0 || failure.reason === "OFFLINE") watcher.link("lost");
      failures += 1;
      await pause(Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** failures) * (0.5 + Math.random() / 2), stopped);
    }
  }
}

/** One stream, ended when it falls silent or the network goes. */
async function* open(eventId: bigint, afterVersion: bigint, stopped: AbortSignal): AsyncGenerator<WatchSeatsResponse> {
  const dead = new AbortController();
  const end = () => dead.abort();
  let silence = setTimeout(end, SILENCE_MS_MAX);
  stopped.addEventListener("abort", end);
  addEventListener("offline", end);
  try {
    const stream = events.watchSeats({ eventId, afterVersion }, { signal: dead.signal, timeoutMs: 0 });
    for await (const message of stream) {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS_MAX);
      yield message;
    }
  } finally {
    clearTimeout(silence);
    stopped.removeEventListener("abort", end);
    removeEventListener("offline", end);
  }
}

function deliver(message: WatchSeatsResponse, watcher: Watcher): void {
  if (message.snapshot) watcher.snapshot(message.tickets);
  else if (message.tickets.length > 0) watcher.changes(message.tickets);
  watcher.link(message.stale ? "stale" : "live");
}

/** Waits, but not longer than until the network is back. */
function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      stopped.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    stopped.addEventListener("abort", done);
  });
}
