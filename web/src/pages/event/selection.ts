// Which seats a customer has chosen, before they are reserved. Remembered per event for as long as the tab is open, so
// that signing in loses nothing. Pure, but for where it is remembered.
import type { House } from "../../seats/house";

/** As many as the server holds for one customer at one event. */
export const SEATS_MAX = 10;

export type Pick = { readonly chosen: ReadonlySet<number>; readonly refused?: "taken" | "limit" };

/** Chooses a seat, or no longer. */
export function pick(house: House, chosen: ReadonlySet<number>, nth: number, heldAlready: number): Pick {
  const next = new Set(chosen);
  if (next.delete(nth)) return { chosen: next };
  if (house.seats[nth]?.standing !== "free") return { chosen, refused: "taken" };
  if (chosen.size + heldAlready >= SEATS_MAX) return { chosen, refused: "limit" };
  return { chosen: next.add(nth) };
}

/** Chosen seats that somebody else has now. */
export function lost(house: House, chosen: ReadonlySet<number>): readonly number[] {
  return [...chosen].filter((nth) => house.seats[nth]?.standing !== "free");
}

const key = (eventId: string) => `usher.chosen.${eventId}`;

export function remember(eventId: string, house: House, chosen: ReadonlySet<number>): void {
  try {
    const ids = [...chosen].map((nth) => house.seats[nth]?.id);
    if (ids.length > 0) sessionStorage.setItem(key(eventId), JSON.stringify(ids));
    else sessionStorage.removeItem(key(eventId));
  } catch {
    // Forbidden: the choice lasts as long as the page.
  }
}

export function recall(eventId: string, house: House): ReadonlySet<number> {
  try {
    const ids = JSON.parse(sessionStorage.getItem(key(eventId)) ?? "[]") as string[];
    return new Set(ids.map((id) => house.byId.get(id)).filter((nth) => nth !== undefined));
  } catch {
    return new Set();
  }
}
