// Looking for a guest's booking.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { TargetedSubmitEvent } from "preact";
import { useLocation } from "preact-iso";
import { bookings } from "../../api/clients";
import { useLoad } from "../../api/useLoad";
import { Booking_Status } from "../../contract/usher/booking/v1/booking_pb";
import { Explained } from "../../parts/Explained";
import { Field, useTitle, Waiting } from "../../parts/parts";
import { price, say, sayAny, time } from "../../words/words";
import { tell, tellCount } from "../words/words";

export function FindBookings() {
  const { query, route } = useLocation();
  const { event = "", email = "", seat = "" } = query;
  const page = Math.max(1, Number.parseInt(query.page ?? "1", 10) || 1);
  useTitle(tell("bookings.title"));
  const isAsked = Boolean(event || email);
  const { value, failure, isBusy } = useLoad(JSON.stringify([event, email, seat, page]), async (signal) =>
    isAsked
      ? bookings.findBookings(
          { eventId: BigInt(/^\d+$/.test(event) ? event : 0), email, seatNumber: seat, page },
          { signal },
        )
      : undefined,
  );
  const submit = (sent: TargetedSubmitEvent<HTMLFormElement>) => {
    sent.preventDefault();
    const parts = [...new FormData(sent.currentTarget)]
      .map(([name, part]) => [name, String(part).trim()])
      .filter(([, part]) => part);
    route(`/admin/bookings?${new URLSearchParams(parts as [string, string][])}`);
  };
  const address = (to: number) => `/admin/bookings?${new URLSearchParams({ ...query, page: String(to) })}`;
  return (
    <section>
      <h1>{tell("bookings.title")}</h1>
      <form class="sheet office-fields" onSubmit={submit}>
        <Field name="event" label={tell("bookings.event")} defaultValue={event} />
        <Field name="email" label={tell("bookings.email")} defaultValue={email} />
        <Field name="seat" label={tell("bookings.seat")} defaultValue={seat} />
        <button type="submit" class="button">
          {tell("bookings.find")}
        </button>
      </form>
      <p class="found" role="status">
        {isAsked ? value && tellCount("bookings.found", Number(value.totalCount)) : tell("bookings.hint")}
      </p>
      {failure && <Explained failure={failure} deed="look" />}
      {isBusy && isAsked && !value && <Waiting lines={5} />}
      {value?.bookings.length === 0 && <p class="empty">{tell("bookings.none")}</p>}
      <ul class="booking-list">
        {value?.bookings.map(({ booking, userName, email: address, eventName, seatNumbers }) => {
          const status = Booking_Status[booking?.status ?? 0] ?? "";
          return (
            booking && (
              <li key={booking.bookingId}>
                <a class="booking-line office" href={`/admin/booking/${booking.bookingId}`}>
                  <span class="what">
                    <strong>{userName || tell("desk.door")}</strong>
                    <span class="place">{address}</span>
                  </span>
                  <span class="what">
                    <span>{eventName}</span>
                    <span class="place">{seatNumbers.join(", ")}</span>
                  </span>
                  <span class="much">
                    <span>{price(booking.amount, booking.currency)}</span>
                    {booking.createdAt && <time>{time(timestampDate(booking.createdAt), zone(), "short")}</time>}
                  </span>
                  <span class={`badge ${status.toLowerCase()}`}>{sayAny(`status.${status}`)}</span>
                </a>
              </li>
            )
          );
        })}
      </ul>
      {value && value.totalPages > 1 && (
        <nav class="pages" aria-label={say("pages.label")}>
          {page > 1 && (
            <a class="button quiet" href={address(page - 1)}>
              {say("pages.before")}
            </a>
          )}
          <span>{say("pages.this", { page, total: value.totalPages })}</span>
          {page < value.totalPages && (
            <a class="button quiet" href={address(page + 1)}>
              {say("pages.next")}
            </a>
          )}
        </nav>
      )}
    </section>
  );
}

/** What happened in the office is told by the office's own clock. */
function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
