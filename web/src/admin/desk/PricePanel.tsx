import { useState } from "preact/hooks";
import { events } from "../../api/clients";
import { Explained } from "../../parts/Explained";
import { Deed, Field, Notice } from "../../parts/parts";
import { toMinor } from "../money";
import { tell, tellCount } from "../words/words";
import { chosenSeats, type PanelProps } from "./panel";
import { useDeed } from "./useDeed";

/** Gives the chosen seats a price. */
export function PricePanel(props: PanelProps) {
  const { event, chosen, onDone, onClear } = props;
  const [typed, setTyped] = useState("");
  const { isBusy, failure, news, run } = useDeed();
  const amount = toMinor(typed, event.currency);
  const reprice = () =>
    run(async () => {
      const ticketList = chosenSeats(props).map((seat) => ({ seatNo: seat.number, price: amount ?? 0n }));
      const { updated } = await events.updateTicket({ eventId: event.eventId, ticketList });
      onDone();
      onClear();
      return tellCount("desk.repriced", updated);
    });
  return (
    <section class="sheet">
      <h2>{tell("desk.price")}</h2>
      <p class="aside">{tell("desk.priceHint")}</p>
      <Field
        name="price"
        label={`${tell("desk.newPrice")} (${event.currency})`}
        value={typed}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      {failure && <Explained failure={failure} deed="manage" />}
      {news && <Notice kind="good">{news}</Notice>}
      <Deed class="button wide" isBusy={isBusy} disabled={chosen.size === 0 || amount === undefined} onClick={reprice}>
        {tell("desk.reprice")}
      </Deed>
    </section>
  );
}
