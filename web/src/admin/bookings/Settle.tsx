// Money that the provider could not give back: somebody gives it back another way and notes it here.

import { useState } from "preact/hooks";
import { bookings } from "../../api/clients";
import type { Booking } from "../../contract/usher/booking/v1/booking_pb";
import { Explained } from "../../parts/Explained";
import { Deed, Field } from "../../parts/parts";
import { price } from "../../words/words";
import { useDeed } from "../desk/useDeed";
import { tell } from "../words/words";

export function Settle({ booking, onDone }: { booking: Booking; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const { isBusy, failure, run } = useDeed();
  const failed = price(booking.refundFailedAmount, booking.currency);
  const settle = () =>
    run(async () => {
      await bookings.settleRefund({ bookingId: booking.bookingId, amount: booking.refundFailedAmount, reason });
      onDone();
      return "";
    });
  return (
    <section class="sheet">
      <h2>{tell("booking.settle")}</h2>
      <p>{tell("booking.settleText", { failed })}</p>
      <Field
        name="settled"
        label={tell("booking.settleHow")}
        hint={tell("reasonHint")}
        value={reason}
        maxLength={500}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      {failure && <Explained failure={failure} deed="manage" />}
      <Deed class="button" isBusy={isBusy} disabled={reason.trim() === ""} onClick={settle}>
        {tell("booking.settleDeed", { failed })}
      </Deed>
    </section>
  );
}
