// The seats as a grid of rows, for whoever walks by keys or by ear. Only the rows around the present one are in the page:
// a house of 20,000 seats would be 20,000 elements.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { say } from "../words/words";
import type { House, Seat } from "./house";
import { type Cell, moveOf, seatAt, step } from "./keys";

interface SeatGridProps {
  readonly house: House;
  readonly chosen: ReadonlySet<number>;
  readonly describe: (seat: Seat, nth: number) => string;
  readonly isOpen: (seat: Seat, nth: number) => boolean;
  readonly onFocus: (nth: number | undefined) => void;
  readonly onPick: (nth: number) => void;
}

/** How many rows are in the page before and after the present one. */
const ROWS_AROUND = 1;

export function SeatGrid({ house, chosen, describe, isOpen, onFocus, onPick }: SeatGridProps) {
  const [cell, setCell] = useState<Cell>({ row: 0, column: 0 });
  const present = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  // Before the next key: keys that come fast must not find the focus behind.
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    present.current?.focus({ preventScroll: true });
  }, [cell]);
  useEffect(() => setCell({ row: 0, column: 0 }), [house.rows]);

  const pick = (nth: number) => onPick(nth);
  const press = (event: KeyboardEvent) => {
    const nth = seatAt(house, cell);
    if ((event.key === "Enter" || event.key === " ") && nth !== undefined) {
      event.preventDefault();
      return pick(nth);
    }
    const move = moveOf(event.key);
    if (!move) return;
    event.preventDefault();
    const next = step(house, cell, move);
    moved.current = true;
    setCell(next);
    onFocus(seatAt(house, next));
  };
  const from = Math.max(0, cell.row - ROWS_AROUND);
  const rows = house.rows.slice(from, cell.row + ROWS_AROUND + 1);
  const widest = Math.max(...house.rows.map(({ seats }) => seats.length));
  return (
    <div
      class="seat-grid"
      role="grid"
      aria-label={say("map.grid")}
      aria-describedby="seat-grid-how"
      aria-rowcount={house.rows.length}
      aria-colcount={widest}
      aria-multiselectable="true"
      onKeyDown={press}
      onFocusIn={() => onFocus(seatAt(house, cell))}
      onFocusOut={() => onFocus(undefined)}
    >
      <span id="seat-grid-how" class="away">
        {say("map.how")}
      </span>
      {rows.map((row, nthRow) => (
        <div
          role="row"
          aria-rowindex={from + nthRow + 1}
          aria-label={
            [row.section, row.label && say("seat.row", { row: row.label })].filter(Boolean).join(", ") || undefined
          }
          key={`${row.section} ${row.label} ${row.y}`}
        >
          {row.seats.map((nth, column) => {
            const seat = house.seats[nth];
            const isPresent = from + nthRow === cell.row && column === cell.column;
            return seat ? (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys for all of its cells
              <div
                key={seat.id}
                ref={isPresent ? present : undefined}
                role="gridcell"
                tabIndex={isPresent ? 0 : -1}
                aria-colindex={column + 1}
                aria-selected={chosen.has(nth)}
                aria-disabled={!isOpen(seat, nth) && !chosen.has(nth)}
                data-seat={seat.number}
                onClick={() => pick(nth)}
              >
                {describe(seat, nth)}
              </div>
            ) : null;
          })}
        </div>
      ))}
    </div>
  );
}
