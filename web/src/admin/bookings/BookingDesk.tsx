// One booking at the box office: its tickets, and giving money back.

import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { bookings } from "../../api/clients";
import { findEvents } from "../../api/eventDetails";
import type { Failure } from "../../api/failure";
import { useLoad } from "../../api/useLoad";
import { type Booking, Booking_Status } from "../../contract/usher/booking/v1/booking_pb";
import { Tickets } from "../../pages/booking/Tickets";
import { Explained } from "../../parts/Explained";
import { Deed, Field, Notice, useTitle, Waiting } from "../../parts/parts";
import { count, price, sayAny } from "../../words/words";
import { useDeed } from "../desk/useDeed";
import { tell } from "../words/words";
import { Settle } from "./Settle";

export function BookingDesk() {
  const { id = "" } = useRoute().params;
  useTitle(tell("bookings.title"));
  const { value, failure, again } = useLoad(id, async (signal) => {
    const { booking } = await bookings.getBooking({ bookingId: id }, { signal });
    const eventId = String(booking?.eventId ?? "");
    return { booking, event: (await findEvents([eventId], signal)).get(eventId) };
  });
  if (failure) return <NoBooking failure={failure} />;
  const booking = value?.booking;
  if (!booking) return <Waiting lines={6} />;
  const status = Booking_Status[booking.status] ?? "";
  return (
    <section class="booking">
      <h1>
        <a href={`/admin/event/${booking.eventId}`}>{value.event?.eventName ?? String(booking.eventId)}</a>
      </h1>
      <p>
        <span class={`badge ${status.toLowerCase()}`}>{sayAny(`status.${status}`)}</span> {tell("booking.amount")}:{" "}
        {price(booking.amount, booking.currency)}
        {booking.refundedAmount > 0n &&
          ` · ${tell("sales.refunded")}: ${price(booking.refundedAmount, booking.currency)}`}
      </p>
      <p class="aside">{booking.bookingId}</p>
      {booking.status === Booking_Status.BOOKED && <Tickets booking={booking} />}
      {booking.refundFailedAmount > 0n && <Settle booking={booking} onDone={again} />}
      {booking.status === Booking_Status.BOOKED && <Refund booking={booking} onDone={again} />}
    </section>
  );
}

function NoBooking({ failure }: { failure: Failure }) {
  return (
    <section class="narrow">
      <h1>{tell("bookings.title")}</h1>
      <Explained failure={failure} deed="look">
        <a class="button quiet" href="/admin/bookings">
          {tell("bookings.find")}
        </a>
      </Explained>
    </section>
  );
}

function Refund({ booking, onDone }: { booking: Booking; onDone: () => void }) {
  const [chosen, setChosen] = useState<ReadonlySet<bigint>>(new Set(booking.ticketIds));
  const [reason, setReason] = useState("");
  const { isBusy, failure, news, run } = useDeed();
  const toggle = (id: bigint) =>
    setChosen((was) => {
      const next = new Set(was);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const refund = () =>
    run(async () => {
      const isAll = chosen.size === booking.ticketIds.length;
      const answer = await bookings.cancel({
        bookingId: booking.bookingId,
        ticketIds: isAll ? [] : [...chosen],
        reason,
        requestId: crypto.randomUUID(),
      });
      onDone();
      return tell("booking.refunded", { refund: price(answer.refundAmount, booking.currency) });
    });
  return (
    <section class="sheet">
      <h2>{tell("booking.refund")}</h2>
      <p class="aside">{tell("booking.refundText")}</p>
      <fieldset class="ticks">
        <legend>{tell("booking.seats")}</legend>
        {booking.admissions.map(({ ticketId, seatNumber }) => (
          <label key={String(ticketId)}>
            <input type="checkbox" checked={chosen.has(ticketId)} onChange={() => toggle(ticketId)} /> {seatNumber}
          </label>
        ))}
      </fieldset>
      <Field
        name="reason"
        label={tell("reason")}
        hint={tell("reasonHint")}
        value={reason}
        maxLength={500}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      {failure && <Explained failure={failure} deed="refund" />}
      {news && <Notice kind="good">{news}</Notice>}
      <Deed class="button bad" isBusy={isBusy} disabled={chosen.size === 0} onClick={refund}>
        {count("cancel.confirm", chosen.size)}
      </Deed>
    </section>
  );
}
