// How an event sells, as one bar: sold, held, kept back, free. The words beside it say the same.
import { formatNumber } from "../../words/words";
import { type Key, tell } from "../words/words";

const PARTS = ["sold", "held", "blocked", "free"] as const;

/** What has become of seats. */
export type Counts = Readonly<Record<(typeof PARTS)[number], number>>;

export function SalesBar({ sales }: { sales: Counts }) {
  return (
    <div class="sales">
      <Bar counts={sales} />
      <dl>
        {PARTS.map((part) => (
          <div key={part} class={part}>
            <dt>{tell(`sales.${part}` as Key)}</dt>
            <dd>{formatNumber(sales[part])}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The bar alone: whoever shows it says in words what it says. */
export function Bar({ counts }: { counts: Counts }) {
  const all = Math.max(1, sum(counts));
  let left = 0;
  return (
    <svg class="sales-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      {PARTS.map((part) => {
        const wide = (counts[part] / all) * 100;
        const bar = <rect key={part} class={part} x={left} y="0" width={wide} height="8" />;
        left += wide;
        return bar;
      })}
    </svg>
  );
}

/** All of them. */
export function sum(counts: Counts): number {
  return PARTS.reduce((all, part) => all + counts[part], 0);
}
