import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Ticket_Status, TicketSchema } from "../../contract/usher/event/v1/event_pb";
import { toHouse } from "../../seats/house";
import { lost, pick, SEATS_MAX } from "./selection";

const house = () =>
  toHouse(
    Array.from({ length: 15 }, (_, nth) =>
      create(TicketSchema, {
        ticketId: BigInt(nth + 1),
        seatNumber: `A${nth}`,
        x: nth,
        y: nth,
        status: Ticket_Status.AVAILABLE,
      }),
    ),
  );

test("a second pick takes the first one back", () => {
  const once = pick(house(), new Set(), 3, 0).chosen;
  expect([...once]).toEqual([3]);
  expect(pick(house(), once, 3, 0).chosen.size).toBe(0);
});

test("no more than the server holds, what is held already included", () => {
  const nine = new Set(Array.from({ length: SEATS_MAX - 1 }, (_, nth) => nth));
  expect(pick(house(), nine, 12, 0).refused).toBeUndefined();
  expect(pick(house(), nine, 12, 1).refused).toBe("limit");
  expect(pick(house(), nine, 12, 1).chosen).toBe(nine);
});

test("what somebody else takes meanwhile is lost, and can't be picked", () => {
  const seats = house();
  const taken = seats.seats[2];
  if (taken) taken.standing = "taken";
  expect(lost(seats, new Set([1, 2]))).toEqual([2]);
  expect(pick(seats, new Set(), 2, 0).refused).toBe("taken");
});
