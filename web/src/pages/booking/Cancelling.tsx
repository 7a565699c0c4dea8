// Giving a booking back: on what terms, what comes back, and that it is done.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useState } from "preact/hooks";
import { bookings } from "../../api/clients";
import { type Failure, toFailure } from "../../api/failure";
import { serverNow } from "../../clock/clock";
import type { Booking } from "../../contract/usher/booking/v1/booking_pb";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { Explained } from "../../parts/Explained";
import { Deed, Dialog, Notice } from "../../parts/parts";
import { count, price, say, time } from "../../words/words";

interface CancellingProps {
  readonly booking: Booking;
  readonly event: Event | undefined;
  readonly onDone: () => void;
}

const MINUTE_MS = 60_000;

export function Cancelling({ booking, event, onDone }: CancellingProps) {
  const [isOpen, setOpen] = useState(false);
  const [given, setGiven] = useState<{ refund: bigint; fee: bigint } | undefined>(undefined);
  if (!event?.startTime || !event.cancelPolicy) return null;
  const until = new Date(timestampDate(event.startTime).getTime() - event.cancelPolicy.minutesBefore * MINUTE_MS);
  const terms = {
    until: time(until, event.timeZone, "short"),
    fee: event.cancelPolicy.feePercent,
  };
  return (
    <section class="cancelling">
      {given && (
        <Notice kind="good">
          {say("cancel.done", {
            refund: price(given.refund, booking.currency),
            fee: price(given.fee, booking.currency),
          })}
        </Notice>
      )}
      {until.getTime() > serverNow() ? (
        <>
          <p class="aside">{terms.fee > 0 ? say("cancel.termsFee", terms) : say("cancel.terms", terms)}</p>
          <button type="button" class="link" onClick={() => setOpen(true)}>
            {say("cancel.open")}
          </button>
        </>
      ) : (
        <p class="aside">{say("cancel.closed", terms)}</p>
      )}
      {isOpen && (
        <Asking
          booking={booking}
          fee={terms.fee}
          onClose={() => setOpen(false)}
          onDone={(refund, fee) => {
            setOpen(false);
            setGiven({ refund, fee });
            onDone();
          }}
        />
      )}
    </section>
  );
}

interface AskingProps {
  readonly booking: Booking;
  readonly fee: number;
  readonly onClose: () => void;
  readonly onDone: (refund: bigint, fee: bigint) => void;
}

function Asking({ booking, fee, onClose, onDone }: AskingProps) {
  const [chosen, setChosen] = useState<ReadonlySet<bigint>>(new Set(booking.ticketIds));
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [requestId] = useState(() => crypto.randomUUID());
  const send = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      const isAll = chosen.size === booking.ticketIds.length;
      const answer = await bookings.cancel({
        bookingId: booking.bookingId,
        ticketIds: isAll ? [] : [...chosen],
        // Other seats are another request.
        requestId: `${requestId}-${[...chosen].map((id) => Number(id & 0xfffffn)).join(".")}`.slice(0, 64),
      });
      onDone(answer.refundAmount, answer.fee);
    } catch (error) {
      setFailure(toFailure(error));
      setBusy(false);
    }
  };
  const toggle = (id: bigint) =>
    setChosen((was) => {
      const next = new Set(was);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <Dialog title={say("cancel.title")} onClose={onClose}>
      <p>{fee > 0 ? say("cancel.askFee", { fee }) : say("cancel.ask")}</p>
      {booking.admissions.length > 1 && (
        <fieldset class="ticks">
          <legend>{say("cancel.which")}</legend>
          {booking.admissions.map(({ ticketId, seatNumber }) => (
            <label key={String(ticketId)}>
              <input type="checkbox" checked={chosen.has(ticketId)} onChange={() => toggle(ticketId)} /> {seatNumber}
            </label>
          ))}
        </fieldset>
      )}
      {failure && <Explained failure={failure} deed="refund" />}
      <p class="actions">
        <Deed class="button bad" isBusy={isBusy} disabled={chosen.size === 0} onClick={() => void send()}>
          {count("cancel.confirm", chosen.size)}
        </Deed>
        <button type="button" class="button quiet" onClick={onClose}>
          {say("cancel.keep")}
        </button>
      </p>
    </Dialog>
  );
}
