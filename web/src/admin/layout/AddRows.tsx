import type { TargetedSubmitEvent } from "preact";
import { Field } from "../../parts/parts";
import { tell } from "../words/words";
import type { Rows } from "./layout";

/** A block of rows to be added. */
export function AddRows({ onAdd }: { onAdd: (rows: Rows) => void }) {
  const submit = (sent: TargetedSubmitEvent<HTMLFormElement>) => {
    sent.preventDefault();
    const form = new FormData(sent.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    onAdd({
      section: text("section"),
      first: text("first") || "A",
      count: Number(text("rows")),
      wide: Number(text("wide")),
      aisles: text("aisles")
        .split(/[\s,;]+/)
        .map(Number)
        .filter((after) => after > 0),
      curve: Number(text("curve")) || 0,
      price: text("price") ? Number(text("price")) : undefined,
    });
  };
  return (
    <form class="sheet" onSubmit={submit}>
      <h2>{tell("layout.add")}</h2>
      <Field name="section" label={tell("layout.section")} defaultValue="Stalls" maxLength={100} />
      <div class="office-fields small">
        <Field name="first" label={tell("layout.firstRow")} defaultValue="A" maxLength={3} />
        <Field name="rows" type="number" min="1" max="100" label={tell("layout.rows")} defaultValue="8" required />
        <Field name="wide" type="number" min="1" max="200" label={tell("layout.wide")} defaultValue="14" required />
        <Field name="curve" type="number" min="0" max="20" step="0.5" label={tell("layout.curve")} defaultValue="1.5" />
      </div>
      <Field name="aisles" label={tell("layout.aisles")} hint={tell("layout.aislesHint")} />
      <Field name="price" type="number" min="0" label={tell("layout.price")} hint={tell("layout.priceHint")} />
      <button type="submit" class="button quiet wide">
        {tell("layout.addRows")}
      </button>
    </form>
  );
}
