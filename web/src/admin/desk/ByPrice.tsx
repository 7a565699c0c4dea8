// How the seats of each price sell, as small bars beside the plan.
import type { TakenSeat } from "../../contract/usher/booking/v1/booking_pb";
import type { House } from "../../seats/house";
import type { Zone } from "../../seats/zones";
import { formatNumber, price } from "../../words/words";
import { Bar, sum } from "../events/SalesBar";
import { tell } from "../words/words";
import { countByZone } from "./byPrice";

interface ByPriceProps {
  readonly house: House;
  readonly zones: readonly Zone[];
  readonly taken: ReadonlyMap<string, TakenSeat>;
  readonly currency: string;
}

export function ByPrice({ house, zones, taken, currency }: ByPriceProps) {
  const counts = countByZone(zones, house.seats, taken);
  return (
    <section class="sheet by-price">
      <h2>{tell("desk.byPrice")}</h2>
      <ul>
        {zones.map((zone, nth) => {
          const count = counts[nth];
          return (
            count && (
              <li key={zone.from}>
                <svg class={`dot zone-${nth}`} viewBox="0 0 12 12" aria-hidden="true">
                  <circle cx="6" cy="6" r="6" />
                </svg>
                <strong>{price(zone.to, currency)}</strong>
                <span>{tell("desk.soldOf", { part: formatNumber(count.sold), all: formatNumber(sum(count)) })}</span>
                <Bar counts={count} />
              </li>
            )
          );
        })}
      </ul>
    </section>
  );
}
