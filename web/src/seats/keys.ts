// Where an arrow leads on the plan. Pure.
import type { House } from "./house";

/** A seat by its row and its place in the row. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

export type Move = "left" | "right" | "up" | "down" | "start" | "end" | "first" | "last";

const KEYS: Readonly<Record<string, Move>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "start",
  End: "end",
  PageUp: "first",
  PageDown: "last",
};

export function moveOf(key: string): Move | undefined {
  return KEYS[key];
}

/** The cell that a move leads to; at the plan's edge, the same. Up and down go to the seat that is nearest across. */
export function step(house: House, from: Cell, move: Move): Cell {
  const row = house.rows[from.row];
  if (!row) return { row: 0, column: 0 };
  const last = row.seats.length - 1;
  switch (move) {
    case "left":
      return { ...from, column: Math.max(0, from.column - 1) };
    case "right":
      return { ...from, column: Math.min(last, from.column + 1) };
    case "start":
      return { ...from, column: 0 };
    case "end":
      return { ...from, column: last };
    case "up":
      return across(house, from, Math.max(0, from.row - 1));
    case "down":
      return across(house, from, Math.min(house.rows.length - 1, from.row + 1));
    case "first":
      return across(house, from, sectionEdge(house, from.row, -1));
    case "last":
      return across(house, from, sectionEdge(house, from.row, 1));
  }
}

/** The cell of a seat. */
export function cellOf(house: House, seat: number): Cell {
  const row = house.rows.findIndex(({ seats }) => seats.includes(seat));
  return row < 0 ? { row: 0, column: 0 } : { row, column: house.rows[row]?.seats.indexOf(seat) ?? 0 };
}

export function seatAt(house: House, cell: Cell): number | undefined {
  return house.rows[cell.row]?.seats[cell.column];
}

function across(house: House, from: Cell, row: number): Cell {
  const x = house.seats[seatAt(house, from) ?? 0]?.x ?? 0;
  const seats = house.rows[row]?.seats ?? [];
  const far = (column: number) => Math.abs((house.seats[seats[column] ?? 0]?.x ?? 0) - x);
  const column = seats.reduce((best, _, nth) => (far(nth) < far(best) ? nth : best), 0);
  return { row, column };
}

/** The first row of the next section, or of this one, or of the one before. */
function sectionEdge(house: House, row: number, direction: 1 | -1): number {
  const name = (nth: number) => house.rows[nth]?.section;
  let next = row;
  while (next + direction >= 0 && next + direction < house.rows.length && name(next + direction) === name(row))
    next += direction;
  if (direction > 0) return Math.min(house.rows.length - 1, next + 1);
  if (next < row) return next;
  let before = Math.max(0, next - 1);
  while (before > 0 && name(before - 1) === name(before)) before -= 1;
  return before;
}
