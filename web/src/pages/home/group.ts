// Several evenings of one thing at one house are one card. Pure.
import type { Event } from "../../contract/usher/event/v1/event_pb";

export interface Show {
  readonly key: string;
  /** In the order they were found. */
  readonly events: readonly [Event, ...Event[]];
}

export function toShows(events: readonly Event[]): readonly Show[] {
  const shows = new Map<string, [Event, ...Event[]]>();
  for (const event of events) {
    const key = `${event.eventName}\u0000${event.theaterId}`;
    const show = shows.get(key);
    if (show) show.push(event);
    else shows.set(key, [event]);
  }
  return [...shows].map(([key, found]) => ({ key, events: found }));
}
