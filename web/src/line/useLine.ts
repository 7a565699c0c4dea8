// A place in line, asked for again as long as it moves. The place is the account's: whoever asks again keeps it.
import { useCallback, useEffect, useState } from "preact/hooks";
import { events } from "../api/clients";
import { type Failure, toFailure } from "../api/failure";
import { askAgainMs, isSpent, type Place, placeOf } from "./place";

/** When to ask again after an answer that did not come, in milliseconds. */
const RETRY_MS = 5_000;
/** When to ask again where the server counts a turn that is over here, in milliseconds. */
const NEXT_TURN_MS = 1_000;
/** Failures that asking again does not mend. */
const FINAL = new Set(["UNAUTHENTICATED", "FORBIDDEN", "UNKNOWN_EVENT", "EVENT_STARTED", "INVALID_ARGUMENT"]);

export interface Line {
  /** What was heard last. */
  readonly place: Place | undefined;
  /** Why nothing newer was heard. */
  readonly failure: Failure | undefined;
  /** Asks now: for a new place, where the old one is over, whose pass is `spent`. */
  readonly ask: (spent?: string) => void;
}

/** The place of `userId` at the event; nobody stands in line while `userId` is undefined. */
export function useLine(eventId: bigint, userId: string | undefined): Line {
  const [known, setKnown] = useState<{ place?: Place; failure?: Failure }>({});
  const [asked, setAsked] = useState<{ spent?: string }>({});
  useEffect(() => {
    setKnown({});
    if (userId === undefined) return;
    const left = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const again = (ms: number | undefined) => {
        if (ms !== undefined && !left.signal.aborted) timer = setTimeout(() => void ask(), ms);
      };
      try {
        const answer = await events.joinLine({ eventId }, { signal: left.signal });
        if (left.signal.aborted) return;
        if (isSpent(answer, asked.spent)) return again(NEXT_TURN_MS);
        setKnown({ place: placeOf(answer) });
        again(askAgainMs(answer));
      } catch (error) {
        if (left.signal.aborted) return;
        const failure = toFailure(error);
        setKnown(({ place }) => ({ place, failure }));
        if (!FINAL.has(failure.reason)) again(Math.max(RETRY_MS, failure.retryAfterMs ?? 0));
      }
    };
    void ask();
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [eventId, userId, asked]);
  const ask = useCallback((spent?: string) => setAsked({ spent }), []);
  return { place: known.place, failure: known.failure, ask };
}
