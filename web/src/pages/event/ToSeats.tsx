// The way to an event's seats: straight on, or through its waiting room.
import { useState } from "preact/hooks";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { Choosing } from "./Choosing";
import { WaitingRoom } from "./WaitingRoom";

export function ToSeats({ event }: { event: Event }) {
  // The house may have opened the room since the event was shown: then the first reserve finds out.
  const [isGuarded, setGuarded] = useState(event.waitingRoom !== undefined);
  if (isGuarded || event.waitingRoom) return <WaitingRoom event={event} />;
  return <Choosing event={event} onPassRefused={() => setGuarded(true)} />;
}
