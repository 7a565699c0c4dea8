// Choosing many seats at once: a part of the house, all of a price, none.

import { Choice } from "../../parts/parts";
import type { House } from "../../seats/house";
import { type Zone, zoneOf } from "../../seats/zones";
import { price } from "../../words/words";
import { tell, tellCount } from "../words/words";

interface SelectingProps {
  readonly house: House;
  readonly zones: readonly Zone[];
  readonly currency: string;
  readonly chosen: ReadonlySet<number>;
  readonly onChoose: (chosen: ReadonlySet<number>) => void;
}

export function Selecting({ house, zones, currency, chosen, onChoose }: SelectingProps) {
  const add = (fits: (nth: number) => boolean) =>
    onChoose(new Set([...chosen, ...house.seats.keys()].filter((nth) => chosen.has(nth) || fits(nth))));
  const sections = house.sections.map(({ name }) => name);
  return (
    <section class="sheet">
      <p role="status">
        <strong>{tellCount("desk.chosen", chosen.size)}</strong>{" "}
        {chosen.size > 0 && (
          <button type="button" class="link" onClick={() => onChoose(new Set())}>
            {tell("desk.clear")}
          </button>
        )}
      </p>
      <Choice
        name="section"
        label={tell("desk.section")}
        value=""
        onChange={(name) => name && add((nth) => house.seats[nth]?.section === (name === " " ? "" : name))}
        options={[["", "–"], ...sections.map((name) => [name || " ", name || tell("nav.events")] as const)]}
      />
      <Choice
        name="zone"
        label={tell("desk.zone")}
        value=""
        onChange={(zone) => zone && add((nth) => zoneOf(zones, house.seats[nth]?.price ?? 0) === Number(zone))}
        options={[["", "–"], ...zones.map((zone, nth) => [String(nth), price(zone.to, currency)] as const)]}
      />
    </section>
  );
}
