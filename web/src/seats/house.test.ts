import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type Ticket, Ticket_Status, TicketSchema } from "../contract/usher/event/v1/event_pb";
import { nearest, toGrid, within } from "./grid";
import { applyChanges, freeCount, toHouse } from "./house";
import { cellOf, seatAt, step } from "./keys";
import { ZONES_MAX, zoneOf, zonesOf } from "./zones";

/** Rows A, B, … of `wide` seats each, the first nearest to the stage. */
function tickets(rows: number, wide: number): Ticket[] {
  return Array.from({ length: rows * wide }, (_, nth) => {
    const row = String.fromCharCode(65 + Math.floor(nth / wide));
    return create(TicketSchema, {
      ticketId: BigInt(nth + 1),
      seatNumber: `${row}${(nth % wide) + 1}`,
      section: "Stalls",
      row,
      price: 4_500n,
      status: Ticket_Status.AVAILABLE,
      x: nth % wide,
      y: Math.floor(nth / wide) * 1.2,
    });
  });
}

test("seats side by side are a row, and rows go from the stage to the back", () => {
  const house = toHouse(tickets(3, 5).reverse());
  expect(house.rows.map(({ label }) => label)).toEqual(["A", "B", "C"]);
  const first = house.rows[0]?.seats.map((nth) => house.seats[nth]?.number);
  expect(first).toEqual(["A1", "A2", "A3", "A4", "A5"]);
});

test("changes change what they name and nothing else", () => {
  const house = toHouse(tickets(2, 5));
  const sold = create(TicketSchema, { ticketId: 3n, price: 5_000n, status: Ticket_Status.BOOKED });
  expect(applyChanges(house, [sold])).toEqual([2]);
  expect(house.seats[2]).toMatchObject({ standing: "sold", price: 5_000, number: "A3", x: 2 });
  expect(freeCount(house)).toBe(9);
  expect(applyChanges(house, [sold])).toEqual([]);
  expect(applyChanges(house, [create(TicketSchema, { ticketId: 99n })])).toBe("unknown seat");
});

test("a house without a plan is set out, no two seats in one place", () => {
  const flat = tickets(4, 10).map((ticket) => ({ ...ticket, x: 0, y: 0, row: "" }));
  const places = new Set(toHouse(flat).seats.map(({ x, y }) => `${x} ${y}`));
  expect(places.size).toBe(40);
});

test("arrows walk along the row, across rows, and stop at the edge", () => {
  const house = toHouse([...tickets(2, 5), ...tickets(3, 5).slice(10, 13)]);
  const number = (cell: { row: number; column: number }) => house.seats[seatAt(house, cell) ?? -1]?.number;
  const from = cellOf(
    house,
    house.seats.findIndex((seat) => seat.number === "B5"),
  );
  expect(number(step(house, from, "left"))).toBe("B4");
  expect(number(step(house, from, "right"))).toBe("B5");
  expect(number(step(house, from, "up"))).toBe("A5");
  expect(number(step(house, from, "down")), "the nearest across").toBe("C3");
  expect(number(step(house, from, "start"))).toBe("B1");
  expect(number(step(house, { row: 0, column: 0 }, "up"))).toBe("A1");
});

test("a seat is found where it stands, and none where there is none", () => {
  const house = toHouse(tickets(20, 20));
  const grid = toGrid(house.seats, house.box);
  expect(house.seats[nearest(grid, house.seats, { x: 7.2, y: 12.1 }, 0.6) ?? -1]?.number).toBe("K8");
  expect(nearest(grid, house.seats, { x: -5, y: -5 }, 0.6)).toBeUndefined();
  let seen = 0;
  within(grid, { left: 0, top: 0, right: 3, bottom: 3 }, () => {
    seen += 1;
  });
  expect(seen).toBeLessThan(30);
});

test("each price is a zone until there are more than colours", () => {
  expect(zonesOf([3_000, 9_000, 3_000])).toEqual([
    { from: 9_000, to: 9_000 },
    { from: 3_000, to: 3_000 },
  ]);
  const many = zonesOf(Array.from({ length: 30 }, (_, nth) => nth * 100));
  expect(many).toHaveLength(ZONES_MAX);
  expect(many[0]?.to).toBe(2_900);
  expect(many.at(-1)?.from).toBe(0);
  expect(zoneOf(many, 2_900)).toBe(0);
  expect(zoneOf(many, -1), "cheaper than any").toBe(ZONES_MAX - 1);
});
