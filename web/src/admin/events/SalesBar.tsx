// How an event sells, as one bar: sold, held, kept back, free. The words beside it say the same.
import type { EventSales } from "../../contract/usher/booking/v1/booking_pb";
import { formatNumber } from "../../words/words";
import { type Key, tell } from "../words/words";

const PARTS = ["sold", "held", "blocked", "free"] as const;

export function SalesBar({ sales }: { sales: EventSales }) {
  const all = Math.max(
    1,
    PARTS.reduce((sum, part) => sum + sales[part], 0),
  );
  let left = 0;
  return (
    <div class="sales">
      <svg class="sales-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        {PARTS.map((part) => {
          const wide = (sales[part] / all) * 100;
          const bar = <rect key={part} class={part} x={left} y="0" width={wide} height="8" />;
          left += wide;
          return bar;
        })}
      </svg>
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
