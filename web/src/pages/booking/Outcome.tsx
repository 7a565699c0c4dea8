// What became of a purchase, in a headline and a sentence.
import { type Booking, Booking_Status } from "../../contract/usher/booking/v1/booking_pb";
import { findBySeats, hasLapsed } from "../../hold/hold";
import { Notice } from "../../parts/parts";
import { price, say, sayAny } from "../../words/words";

export function Outcome({ booking }: { booking: Booking }) {
  const status = Booking_Status[booking.status];
  const known = status === "FAILED" ? findBySeats(booking.ticketIds.map(String)) : undefined;
  const held = known && !hasLapsed(known) ? known : undefined;
  const decline = sayAny(`decline.${booking.failure}`);
  const values = {
    amount: price(booking.amount, booking.currency),
    refund: price(booking.refundedAmount, booking.currency),
    failed: price(booking.refundFailedAmount, booking.currency),
    why: decline.startsWith("decline.") ? say("decline.other") : decline,
  };
  const isGood = status === "BOOKED";
  const hasFailed = booking.refundFailedAmount > 0n;
  return (
    <header class={`outcome ${status.toLowerCase()}`} aria-live="polite">
      {isGood && (
        <svg class="tick" viewBox="0 0 48 48" aria-hidden="true">
          <circle cx="24" cy="24" r="22" />
          <path d="m14 25 7 7 14-16" />
        </svg>
      )}
      {status === "PENDING" && <span class="spinner big" aria-hidden="true" />}
      <h1>{sayAny(`booking.${status}`)}</h1>
      {!(hasFailed && status === "REFUNDING") && <p>{sayAny(`booking.${status}.text`, values)}</p>}
      {isGood && booking.refundedAmount > 0n && <p>{say("booking.partly", values)}</p>}
      {hasFailed && <Notice kind="warn">{say("booking.refundFailed", values)}</Notice>}
      {booking.nextAction?.redirectUrl && (
        <p>
          <a class="button" href={booking.nextAction.redirectUrl}>
            {say("booking.toBank")}
          </a>
        </p>
      )}
      {status === "FAILED" && (
        <p class="actions">
          {held ? (
            <a class="button" href={`/checkout/${held.id}`}>
              {say("booking.again")}
            </a>
          ) : (
            <a class="button" href={`/event/${booking.eventId}`}>
              {say("toSeats")}
            </a>
          )}
        </p>
      )}
    </header>
  );
}
