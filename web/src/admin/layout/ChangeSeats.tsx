import { useState } from "preact/hooks";
import { Choice, Field } from "../../parts/parts";
import { type Key, tell } from "../words/words";
import { KINDS, type Kind, type PlanSeat } from "./layout";

/** What the chosen seats become. */
export function ChangeSeats({
  onChange,
  onRemove,
}: {
  onChange: (part: Partial<PlanSeat>) => void;
  onRemove: () => void;
}) {
  const [kind, setKind] = useState<Kind>("STANDARD");
  const [section, setSection] = useState("");
  const [price, setPrice] = useState("");
  const apply = () => onChange({ kind, ...(section ? { section } : {}), ...(price ? { price: Number(price) } : {}) });
  return (
    <section class="sheet">
      <h2>{tell("layout.change")}</h2>
      <Choice
        name="kind"
        label={tell("layout.kind")}
        value={kind}
        onChange={(next) => setKind(next as Kind)}
        options={KINDS.map((one) => [one, tell(`layout.${one}` as Key)] as const)}
      />
      <Field
        name="section"
        label={tell("layout.section")}
        value={section}
        onInput={({ currentTarget }) => setSection(currentTarget.value)}
      />
      <Field
        name="price"
        type="number"
        min="0"
        label={tell("layout.price")}
        hint={tell("layout.priceHint")}
        value={price}
        onInput={({ currentTarget }) => setPrice(currentTarget.value)}
      />
      <button type="button" class="button quiet wide" onClick={apply}>
        {tell("layout.apply")}
      </button>
      <button type="button" class="link" onClick={onRemove}>
        {tell("layout.remove")}
      </button>
      <p class="aside">{tell("layout.removeHint")}</p>
    </section>
  );
}
