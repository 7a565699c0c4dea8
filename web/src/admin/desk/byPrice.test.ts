import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TakenSeat_State, TakenSeatSchema } from "../../contract/usher/booking/v1/booking_pb";
import { Ticket_Status, TicketSchema } from "../../contract/usher/event/v1/event_pb";
import { toHouse } from "../../seats/house";
import { zonesOf } from "../../seats/zones";
import { countByZone } from "./byPrice";

test("each price is counted by itself, and no seat twice", () => {
  const { AVAILABLE, RESERVED, BOOKED } = Ticket_Status;
  const statuses = [AVAILABLE, RESERVED, RESERVED, BOOKED, BOOKED, AVAILABLE];
  const house = toHouse(
    statuses.map((status, nth) =>
      create(TicketSchema, { ticketId: BigInt(nth), status, x: nth, y: 0, price: nth < 4 ? 9_500n : 4_800n }),
    ),
  );
  const blocked = create(TakenSeatSchema, { ticketId: 2n, state: TakenSeat_State.BLOCKED });
  // The seat was given back since the house was asked who has it: the plan is newer.
  const sold = create(TakenSeatSchema, { ticketId: 0n, state: TakenSeat_State.BOOKED });
  const taken = new Map([blocked, sold].map((seat) => [String(seat.ticketId), seat]));
  expect(countByZone(zonesOf(house.seats.map(({ price }) => price)), house.seats, taken)).toEqual([
    { sold: 1, held: 1, blocked: 1, free: 1 },
    { sold: 1, held: 0, blocked: 0, free: 1 },
  ]);
});
