// The best seats together, chosen by the house.
import { useState } from "preact/hooks";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { Choice, Deed } from "../../parts/parts";
import type { House } from "../../seats/house";
import { count, price, say } from "../../words/words";
import { SEATS_MAX } from "./selection";

export interface Wish {
  readonly quantity: number;
  readonly section: string;
  /** Minor units. */
  readonly maxPrice: number | undefined;
  /** The group may be taken apart. */
  readonly apart: boolean;
}

interface BestSeatsProps {
  readonly house: House;
  readonly event: Event;
  readonly isBusy: boolean;
  readonly onWish: (wish: Wish) => void;
}

export function BestSeats({ house, event, isBusy, onWish }: BestSeatsProps) {
  const [quantity, setQuantity] = useState("2");
  const [section, setSection] = useState("");
  const [most, setMost] = useState("");
  const prices = [...new Set(house.seats.map((seat) => seat.price))].sort((a, b) => a - b);
  const sections = house.sections.map(({ name }) => name).filter(Boolean);
  return (
    <section class="sheet best">
      <h2>{say("best.title")}</h2>
      <div class="best-fields">
        <Choice
          name="quantity"
          label={say("best.quantity")}
          value={quantity}
          onChange={setQuantity}
          options={Array.from({ length: SEATS_MAX }, (_, nth) => [String(nth + 1), count("seats", nth + 1)] as const)}
        />
        {prices.length > 1 && (
          <Choice
            name="most"
            label={say("best.most")}
            value={most}
            onChange={setMost}
            options={[
              ["", say("best.anyPrice")],
              ...prices.slice(0, -1).map((one) => [String(one), price(one, event.currency)] as const),
            ]}
          />
        )}
        {sections.length > 1 && (
          <Choice
            name="section"
            label={say("best.where")}
            value={section}
            onChange={setSection}
            options={[["", say("best.anywhere")], ...sections.map((name) => [name, name] as const)]}
          />
        )}
      </div>
      <Deed
        class="button quiet wide"
        isBusy={isBusy}
        onClick={() =>
          onWish({ quantity: Number(quantity), section, maxPrice: most ? Number(most) : undefined, apart: false })
        }
      >
        {say("best.take")}
      </Deed>
    </section>
  );
}
