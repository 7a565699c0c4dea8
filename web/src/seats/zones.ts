// Price zones: seats of one price, or of near prices where there are more prices than colours that can be told apart.
import type { Seat } from "./house";

/** The most zones that have colours of their own. */
export const ZONES_MAX = 7;

/** Seats of `from` to `to`, in minor units, the dearest zone first. */
export interface Zone {
  readonly from: number;
  readonly to: number;
}

/** The zones of these prices. */
export function zonesOf(prices: readonly number[]): readonly Zone[] {
  const distinct = [...new Set(prices)].sort((a, b) => b - a);
  if (distinct.length <= ZONES_MAX) return distinct.map((price) => ({ from: price, to: price }));
  return Array.from({ length: ZONES_MAX }, (_, nth) => {
    const first = Math.floor((nth * distinct.length) / ZONES_MAX);
    const last = Math.floor(((nth + 1) * distinct.length) / ZONES_MAX) - 1;
    return { from: distinct[last] ?? 0, to: distinct[first] ?? 0 };
  });
}

/** Which zone a price is in; the nearest cheaper one for a price that came later. */
export function zoneOf(zones: readonly Zone[], price: number): number {
  const found = zones.findIndex((zone) => price >= zone.from);
  return found < 0 ? Math.max(0, zones.length - 1) : found;
}

/** How many free seats each zone has. */
export function freeByZone(zones: readonly Zone[], seats: readonly Seat[]): number[] {
  const counts = zones.map(() => 0);
  for (const seat of seats) {
    const zone = zoneOf(zones, seat.price);
    if (seat.standing === "free") counts[zone] = (counts[zone] ?? 0) + 1;
  }
  return counts;
}
