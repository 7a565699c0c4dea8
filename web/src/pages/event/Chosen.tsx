// What was chosen, what it costs together, and the step to hold it.

import { Deed } from "../../parts/parts";
import type { House } from "../../seats/house";
import { count, price, say } from "../../words/words";
import { besides } from "./describe";

interface ChosenProps {
  readonly house: House;
  readonly chosen: ReadonlySet<number>;
  readonly currency: string;
  readonly isBusy: boolean;
  readonly onRemove: (nth: number) => void;
  readonly onReserve: () => void;
}

export function Chosen({ house, chosen, currency, isBusy, onRemove, onReserve }: ChosenProps) {
  const seats = [...chosen].flatMap((nth) => {
    const seat = house.seats[nth];
    return seat ? [{ nth, seat }] : [];
  });
  const total = seats.reduce((sum, { seat }) => sum + seat.price, 0);
  return (
    <section class={`sheet basket ${seats.length > 0 ? "full" : ""}`}>
      <h2>{say("chosen.title")}</h2>
      {seats.length === 0 && <p class="aside">{say("chosen.none")}</p>}
      {seats.length > 0 && (
        <>
          <ul>
            {seats.map(({ nth, seat }) => (
              <li key={seat.id}>
                <span>
                  <strong>{seat.number}</strong> {besides(seat.number, seat.section)}
                </span>
                <span>{price(seat.price, currency)}</span>
                <button
                  type="button"
                  class="round small"
                  aria-label={say("chosen.remove", { seat: seat.number })}
                  onClick={() => onRemove(nth)}
                >
                  <svg viewBox="0 0 20 20" aria-hidden="true">
                    <path d="m6 6 8 8m0-8-8 8" />
                  </svg>
                </button>
              </li>
            ))}
          </ul>
          <p class="total">
            <span>{count("seats", seats.length)}</span>
            <strong>{price(total, currency)}</strong>
          </p>
          <Deed class="button wide" isBusy={isBusy} onClick={onReserve}>
            {say("chosen.reserve")}
          </Deed>
          <p class="aside">{say("chosen.hour")}</p>
        </>
      )}
    </section>
  );
}
