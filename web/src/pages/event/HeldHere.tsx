// What this customer holds at the event already: it waits to be paid for, whatever else happens.
import { type Hold, hasLapsed, holdsOf } from "../../hold/hold";
import { Notice } from "../../parts/parts";
import { session } from "../../session/session";
import { count, say } from "../../words/words";

/** The holds of whoever is signed in. */
export function holdsAt(eventId: string): readonly Hold[] {
  return holdsOf(session.value?.userId).filter(
    (hold) => hold.eventId === eventId && !hold.bookingId && !hasLapsed(hold),
  );
}

export function HeldHere({ eventId }: { eventId: string }) {
  return (
    <>
      {holdsAt(eventId).map((hold) => (
        <Notice key={hold.id}>
          {count("chosen.held", hold.seats.length)} <a href={`/checkout/${hold.id}`}>{say("chosen.toPay")}</a>
        </Notice>
      ))}
    </>
  );
}
