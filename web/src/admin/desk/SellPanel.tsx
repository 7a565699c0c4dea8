import { useState } from "preact/hooks";
import { bookings } from "../../api/clients";
import { type Booking, SellAtDoorRequest_Payment as Payment } from "../../contract/usher/booking/v1/booking_pb";
import { Tickets } from "../../pages/booking/Tickets";
import { Explained } from "../../parts/Explained";
import { Choice, Deed, Field } from "../../parts/parts";
import { price } from "../../words/words";
import { tell } from "../words/words";
import { chosenSeats, type PanelProps } from "./panel";
import { useDeed } from "./useDeed";

/** As the contract has it. */
const SEATS_MAX = 10;

/** Sells the chosen seats at the door. */
export function SellPanel(props: PanelProps) {
  const { event, chosen, onDone, onClear } = props;
  const [payment, setPayment] = useState("cash");
  const [reason, setReason] = useState("");
  const [sold, setSold] = useState<Booking | undefined>(undefined);
  const { isBusy, failure, run } = useDeed();
  const seats = chosenSeats(props);
  const total = payment === "gift" ? 0 : seats.reduce((sum, seat) => sum + seat.price, 0);
  const sell = () =>
    run(async () => {
      const { booking } = await bookings.sellAtDoor({
        ticketIds: seats.map(({ id }) => BigInt(id)),
        payment: payment === "gift" ? Payment.COMPLIMENTARY : Payment.CASH,
        reason,
        requestId: crypto.randomUUID(),
      });
      setSold(booking);
      onDone();
      onClear();
      return "";
    });
  return (
    <section class="sheet">
      <h2>{tell("desk.sell")}</h2>
      <p class="aside">{tell("desk.sellHint")}</p>
      <Choice
        name="payment"
        label={tell("desk.payment")}
        value={payment}
        onChange={setPayment}
        options={[
          ["cash", tell("desk.cash")],
          ["gift", tell("desk.gift")],
        ]}
      />
      <Field
        name="reason"
        label={tell("reason")}
        hint={tell("reasonHint")}
        value={reason}
        maxLength={500}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <p class="total">
        <span>{tell("desk.total")}</span>
        <strong>{price(total, event.currency)}</strong>
      </p>
      {failure && <Explained failure={failure} deed="manage" />}
      <Deed class="button wide" isBusy={isBusy} disabled={chosen.size === 0 || chosen.size > SEATS_MAX} onClick={sell}>
        {tell("desk.doSell")}
      </Deed>
      {sold && (
        <div role="status">
          <p>{tell("desk.sold")}</p>
          <Tickets booking={sold} />
        </div>
      )}
    </section>
  );
}
