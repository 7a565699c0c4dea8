// All bookings of whoever is signed in, newest first.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { bookings } from "../api/clients";
import { findEvents } from "../api/eventDetails";
import { useLoad } from "../api/useLoad";
import { type Booking, Booking_Status } from "../contract/usher/booking/v1/booking_pb";
import type { Event } from "../contract/usher/event/v1/event_pb";
import { Explained } from "../parts/Explained";
import { useTitle, Waiting } from "../parts/parts";
import { Poster } from "../posters/Poster";
import { session } from "../session/session";
import { count, price, say, sayAny, time } from "../words/words";

export function Bookings() {
  const { query, route } = useLocation();
  const page = Math.max(1, Number.parseInt(query.page ?? "1", 10) || 1);
  const isSignedIn = session.value !== undefined;
  useTitle(say("nav.bookings"));
  useEffect(() => {
    if (!isSignedIn) route("/login?next=/bookings", true);
  }, [isSignedIn]);
  const { value, failure, again } = useLoad(`${page} ${isSignedIn}`, async (signal) => {
    if (!isSignedIn) return undefined;
    const answer = await bookings.listBookings({ page }, { signal });
    const ids = answer.bookings.map(({ eventId }) => String(eventId));
    // The list is worth showing without its events' names.
    const events =
      ids.length > 0 ? await findEvents(ids, signal).catch(() => new Map<string, Event>()) : new Map<string, Event>();
    return { answer, events };
  });
  return (
    <section class="bookings">
      <h1>{say("nav.bookings")}</h1>
      {failure && (
        <Explained failure={failure} deed="look">
          <button type="button" class="button quiet" onClick={again}>
            {say("again")}
          </button>
        </Explained>
      )}
      {!value && !failure && <Waiting lines={5} />}
      {value?.answer.bookings.length === 0 && (
        <div class="empty">
          <h2>{say("bookings.none")}</h2>
          <p>{say("bookings.noneHint")}</p>
          <a class="button" href="/">
            {say("toEvents")}
          </a>
        </div>
      )}
      <ul class="booking-list">
        {value?.answer.bookings.map((booking) => (
          <Line key={booking.bookingId} booking={booking} event={value.events.get(String(booking.eventId))} />
        ))}
      </ul>
      {value && value.answer.totalPages > 1 && (
        <nav class="pages" aria-label={say("pages.label")}>
          {page > 1 && (
            <a class="button quiet" href={`/bookings?page=${page - 1}`}>
              {say("pages.before")}
            </a>
          )}
          <span>{say("pages.this", { page, total: value.answer.totalPages })}</span>
          {page < value.answer.totalPages && (
            <a class="button quiet" href={`/bookings?page=${page + 1}`}>
              {say("pages.next")}
            </a>
          )}
        </nav>
      )}
    </section>
  );
}

function Line({ booking, event }: { booking: Booking; event: Event | undefined }) {
  const status = Booking_Status[booking.status];
  const at = event?.startTime && timestampDate(event.startTime);
  const seats = booking.ticketIds.length;
  return (
    <li>
      <a class="booking-line" href={`/booking/${booking.bookingId}`}>
        <Poster name={event?.eventName ?? booking.bookingId} link={event?.cdnLink} />
        <span class="what">
          <strong>{event?.eventName ?? say("booking.title")}</strong>
          {at && event && <time dateTime={at.toISOString()}>{time(at, event.timeZone, "short")}</time>}
          {event && <span class="place">{event.theaterName}</span>}
        </span>
        <span class="much">
          {seats > 0 && <span>{count("seats", seats)}</span>}
          <span>{price(booking.amount, booking.currency)}</span>
        </span>
        <span class={`badge ${status.toLowerCase()}`}>{sayAny(`status.${status}`)}</span>
      </a>
    </li>
  );
}
