// Finds seats by place: the plan in squares, so that a part of a house of 20,000 seats is found without asking each.
import type { Box } from "./house";
import type { Point } from "./view";

/** The side of a square, in seats' widths. */
const SIDE = 4;

export interface Grid {
  readonly box: Box;
  readonly columns: number;
  readonly squares: readonly (readonly number[])[];
}

export function toGrid(seats: readonly Point[], box: Box): Grid {
  const columns = Math.floor((box.right - box.left) / SIDE) + 1;
  const rows = Math.floor((box.bottom - box.top) / SIDE) + 1;
  const squares: number[][] = Array.from({ length: columns * rows }, () => []);
  seats.forEach(({ x, y }, nth) => {
    const square = Math.floor((y - box.top) / SIDE) * columns + Math.floor((x - box.left) / SIDE);
    squares[square]?.push(nth);
  });
  return { box, columns, squares };
}

/** Calls `visit` with each seat of the squares that `part` touches. */
export function within(grid: Grid, part: Box, visit: (nth: number) => void): void {
  const rows = grid.squares.length / grid.columns;
  const column = (x: number) => Math.min(grid.columns - 1, Math.max(0, Math.floor((x - grid.box.left) / SIDE)));
  const row = (y: number) => Math.min(rows - 1, Math.max(0, Math.floor((y - grid.box.top) / SIDE)));
  for (let y = row(part.top); y <= row(part.bottom); y += 1) {
    for (let x = column(part.left); x <= column(part.right); x += 1) {
      for (const nth of grid.squares[y * grid.columns + x] ?? []) visit(nth);
    }
  }
}

/** The seat nearest to `at`, no farther than `reach`. */
export function nearest(grid: Grid, seats: readonly Point[], at: Point, reach: number): number | undefined {
  let [found, least]: [number | undefined, number] = [undefined, reach];
  const part = { left: at.x - reach, top: at.y - reach, right: at.x + reach, bottom: at.y + reach };
  within(grid, part, (nth) => {
    const seat = seats[nth];
    const distance = seat ? Math.hypot(seat.x - at.x, seat.y - at.y) : Infinity;
    if (distance <= least) [found, least] = [nth, distance];
  });
  return found;
}
