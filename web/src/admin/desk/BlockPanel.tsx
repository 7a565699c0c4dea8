import { useState } from "preact/hooks";
import { bookings } from "../../api/clients";
import { Explained } from "../../parts/Explained";
import { Deed, Field, Notice } from "../../parts/parts";
import { tell, tellCount } from "../words/words";
import { chosenSeats, type PanelProps } from "./panel";
import { useDeed } from "./useDeed";

/** Keeps the chosen seats back, or puts them on sale again. */
export function BlockPanel(props: PanelProps) {
  const { chosen, onDone, onClear } = props;
  const [reason, setReason] = useState("");
  const { isBusy, failure, news, run } = useDeed();
  const change = (unblock: boolean) =>
    run(async () => {
      const ticketIds = chosenSeats(props).map(({ id }) => BigInt(id));
      const { changed } = await bookings.blockSeats({ ticketIds, unblock, reason });
      onDone();
      onClear();
      return tellCount("desk.changed", changed);
    });
  return (
    <section class="sheet">
      <h2>{tell("desk.block")}</h2>
      <p class="aside">{tell("desk.blockHint")}</p>
      <Field
        name="reason"
        label={tell("reason")}
        hint={tell("reasonHint")}
        value={reason}
        maxLength={500}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      {failure && <Explained failure={failure} deed="manage" />}
      {news && <Notice kind="good">{news}</Notice>}
      <Deed class="button wide" isBusy={isBusy} disabled={chosen.size === 0} onClick={() => change(false)}>
        {tell("desk.doBlock")}
      </Deed>
      <Deed class="button quiet wide" isBusy={isBusy} disabled={chosen.size === 0} onClick={() => change(true)}>
        {tell("desk.unblock")}
      </Deed>
    </section>
  );
}
