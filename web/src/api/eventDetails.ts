// What is said about events, without their seats: asked for once, since lists and pages share it.
import type { Event } from "../contract/usher/event/v1/event_pb";
import { events } from "./clients";

const known = new Map<string, Event>();

/** Remembers what another answer told. */
export function note(event: Event): void {
  known.set(String(event.eventId), event);
}

/** What is known already of an event; search results leave its terms out. */
export function recall(id: string): Event | undefined {
  return known.get(id);
}

/** The events of these ids that there are. */
export async function findEvents(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Event>> {
  const missing = [...new Set(ids)].filter((id) => !known.get(id)?.cancelPolicy);
  if (missing.length > 0) {
    const answer = await events.listEvents({ eventIds: missing.map(BigInt) }, { signal });
    answer.events.forEach(note);
  }
  return new Map(
    ids.flatMap((id) => {
      const event = known.get(id);
      return event ? [[id, event]] : [];
    }),
  );
}
