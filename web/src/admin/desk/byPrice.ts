// How the seats of each price sell. Pure.
import { type TakenSeat, TakenSeat_State } from "../../contract/usher/booking/v1/booking_pb";
import type { Seat } from "../../seats/house";
import { type Zone, zoneOf } from "../../seats/zones";
import type { Counts } from "../events/SalesBar";

/** What has become of each zone's seats; of what nobody was asked about yet, the plan says it. */
export function countByZone(
  zones: readonly Zone[],
  seats: readonly Seat[],
  taken: ReadonlyMap<string, TakenSeat>,
): readonly Counts[] {
  const counts = zones.map(() => ({ sold: 0, held: 0, blocked: 0, free: 0 }));
  for (const seat of seats) {
    const count = counts[zoneOf(zones, seat.price)];
    if (count) count[partOf(seat, taken.get(seat.id)?.state)] += 1;
  }
  return counts;
}

function partOf({ standing }: Seat, state: TakenSeat_State | undefined): keyof Counts {
  if (standing === "free") return "free";
  if (standing === "sold") return "sold";
  return state === TakenSeat_State.BLOCKED ? "blocked" : "held";
}
