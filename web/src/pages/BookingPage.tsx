// A booking, whatever became of it: its tickets, or why there are none, and what happens to the money.

import { useEffect } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { bookings } from "../api/clients";
import { findEvents } from "../api/eventDetails";
import { useLoad } from "../api/useLoad";
import { type Booking, Booking_Status } from "../contract/usher/booking/v1/booking_pb";
import type { Event } from "../contract/usher/event/v1/event_pb";
import { findByBooking, forget, keep } from "../hold/hold";
import { Explained } from "../parts/Explained";
import { useTitle, Waiting } from "../parts/parts";
import { session } from "../session/session";
import { say } from "../words/words";
import { Cancelling } from "./booking/Cancelling";
import { EventLine } from "./booking/EventLine";
import { Outcome } from "./booking/Outcome";
import { Tickets } from "./booking/Tickets";

/** How often a payment that is under way is asked about, in milliseconds. */
const LOOK_EVERY_MS = 1_500;

export function BookingPage() {
  const { id = "" } = useRoute().params;
  const { route } = useLocation();
  const isSignedIn = session.value !== undefined;
  useEffect(() => {
    if (!isSignedIn) route(`/login?next=${encodeURIComponent(`/booking/${id}`)}`, true);
  }, [isSignedIn]);
  const {
    value: booking,
    failure,
    again,
  } = useLoad(`${id} ${isSignedIn}`, async (signal) =>
    isSignedIn ? (await bookings.getBooking({ bookingId: id }, { signal })).booking : undefined,
  );
  const { value: event } = useLoad(booking ? String(booking.eventId) : "", async (signal) =>
    booking ? (await findEvents([String(booking.eventId)], signal)).get(String(booking.eventId)) : undefined,
  );
  useTitle(event ? `${say("booking.title")}: ${event.eventName}` : say("booking.title"));
  const isPending = booking?.status === Booking_Status.PENDING;
  useEffect(() => {
    if (booking) settleHold(booking);
    if (!isPending) return;
    const timer = setTimeout(again, LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [booking]);
  if (failure && !booking) {
    return (
      <section class="narrow">
        <h1>{say("booking.title")}</h1>
        <Explained failure={failure} deed="look">
          <button type="button" class="button quiet" onClick={again}>
            {say("again")}
          </button>
          <a class="button quiet" href="/bookings">
            {say("nav.bookings")}
          </a>
        </Explained>
      </section>
    );
  }
  if (!booking)
    return (
      <section class="narrow">
        <Waiting lines={5} />
      </section>
    );
  return <Shown booking={booking} event={event} onChange={again} />;
}

function Shown({ booking, event, onChange }: { booking: Booking; event: Event | undefined; onChange: () => void }) {
  return (
    <article class="booking" data-status={Booking_Status[booking.status]}>
      <Outcome booking={booking} />
      <EventLine event={event} eventId={String(booking.eventId)} />
      {booking.status === Booking_Status.BOOKED && <Tickets booking={booking} />}
      {booking.status === Booking_Status.BOOKED && <Cancelling booking={booking} event={event} onDone={onChange} />}
    </article>
  );
}

/** What is remembered of the hold ends with its payment; after a failed one the seats are still held. */
function settleHold(booking: Booking): void {
  const hold = findByBooking(booking.bookingId);
  if (!hold || booking.status === Booking_Status.PENDING) return;
  if (booking.status === Booking_Status.FAILED)
    keep({ ...hold, attempt: undefined, method: undefined, bookingId: undefined });
  else forget(hold.id);
}
