// An event's seats as the map needs them: where each stands, in which row and section, and what can be done with it.
// Pure: plain data in, plain data out.
import { type Ticket, Ticket_Status } from "../contract/usher/event/v1/event_pb";

export type Standing = "free" | "taken" | "sold";

/** A seat. Its place never changes; its standing and price do. */
export interface Seat {
  readonly id: string;
  readonly number: string;
  readonly section: string;
  readonly row: string;
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  standing: Standing;
  /** Minor units. */
  price: number;
}

/** Seats side by side, from left to right: places among the house's seats. */
export interface Row {
  readonly section: string;
  readonly label: string;
  readonly seats: readonly number[];
  /** Its middle, away from the stage. */
  readonly y: number;
}

/** The part of the plan that seats take up. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A part of the house. */
export interface Section {
  readonly name: string;
  readonly box: Box;
  readonly count: number;
  /** Where its name stands: before the middle of its first row, however that is curved. */
  readonly label: { readonly x: number; readonly y: number };
}

/** All seats of an event. */
export interface House {
  readonly seats: readonly Seat[];
  readonly byId: ReadonlyMap<string, number>;
  /** From the stage to the back. */
  readonly rows: readonly Row[];
  readonly sections: readonly Section[];
  readonly box: Box;
}

/** The house that these tickets make. */
export function toHouse(tickets: readonly Ticket[]): House {
  const places = placesOf(tickets);
  const seats = tickets.map((ticket, nth): Seat => {
    const place = places[nth] ?? { x: 0, y: 0 };
    return {
      id: String(ticket.ticketId),
      number: ticket.seatNumber,
      section: ticket.section,
      row: ticket.row,
      kind: ticket.kind,
      ...place,
      standing: standingOf(ticket),
      price: Number(ticket.price),
    };
  });
  return {
    seats,
    byId: new Map(seats.map((seat, nth) => [seat.id, nth])),
    rows: rowsOf(seats),
    sections: sectionsOf(seats),
    box: boxOf(seats),
  };
}

/** Takes changed seats in; answers the places of those that changed. A seat that is new makes the house another one. */
export function applyChanges(house: House, tickets: readonly Ticket[]): number[] | "unknown seat" {
  const changed: number[] = [];
  for (const ticket of tickets) {
    const nth = house.byId.get(String(ticket.ticketId));
    const seat = nth === undefined ? undefined : house.seats[nth];
    if (nth === undefined || !seat) return "unknown seat";
    const [standing, price] = [standingOf(ticket), Number(ticket.price)];
    if (seat.standing === standing && seat.price === price) continue;
    seat.standing = standing;
    seat.price = price;
    changed.push(nth);
  }
  return changed;
}

export function standingOf({ status }: Ticket): Standing {
  if (status === Ticket_Status.AVAILABLE) return "free";
  return status === Ticket_Status.BOOKED ? "sold" : "taken";
}

/** How many seats are free. */
export function freeCount(house: House): number {
  return house.seats.reduce((sum, seat) => sum + (seat.standing === "free" ? 1 : 0), 0);
}

export function boxOf(seats: readonly { x: number; y: number }[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of seats) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return seats.length === 0 ? { left: 0, top: 0, right: 1, bottom: 1 } : { left, top, right, bottom };
}

/** Where seats stand. Those of a house without a plan are set out in rows of an ordinary room. */
function placesOf(tickets: readonly Ticket[]): readonly { x: number; y: number }[] {
  const first = tickets[0];
  const hasPlan = tickets.some(({ x, y }) => x !== first?.x || y !== first?.y);
  if (hasPlan) return tickets.map(({ x, y }) => ({ x, y }));
  const wide = Math.max(8, Math.ceil(Math.sqrt(tickets.length * 1.8)));
  return tickets.map((_, nth) => ({ x: nth % wide, y: 4 + Math.floor(nth / wide) * 1.15 }));
}

function rowsOf(seats: readonly Seat[]): readonly Row[] {
  const groups = new Map<string, number[]>();
  seats.forEach((seat, nth) => {
    // Without a row's name, seats at one distance from the stage are a row.
    const key = JSON.stringify([seat.section, seat.row || Math.round(seat.y * 2)]);
    const group = groups.get(key);
    if (group) group.push(nth);
    else groups.set(key, [nth]);
  });
  const at = (nth: number) => seats[nth] ?? { x: 0, y: 0, section: "", row: "" };
  const rows = [...groups.values()].map((group): Row => {
    const sorted = group.sort((a, b) => at(a).x - at(b).x);
    const y = sorted.reduce((sum, nth) => sum + at(nth).y, 0) / sorted.length;
    const first = at(sorted[0] ?? 0);
    return { section: first.section, label: first.row, seats: sorted, y };
  });
  const places = new Map<string, number>();
  for (const { section, y } of rows) places.set(section, Math.min(places.get(section) ?? Infinity, y));
  const place = (section: string) => places.get(section) ?? 0;
  return rows.sort((a, b) => place(a.section) - place(b.section) || a.section.localeCompare(b.section) || a.y - b.y);
}

function sectionsOf(seats: readonly Seat[]): readonly Section[] {
  const groups = new Map<string, Seat[]>();
  for (const seat of seats) {
    const group = groups.get(seat.section);
    if (group) group.push(seat);
    else groups.set(seat.section, [seat]);
  }
  const sections = [...groups].map(([name, group]) => {
    const box = boxOf(group);
    return { name, box, count: group.length, label: labelOf(group, box) };
  });
  return sections.sort((a, b) => a.box.top - b.box.top || a.box.left - b.box.left);
}

/** How far from its middle a row is still at its middle, as a share of the section's width. */
const MIDDLE = 0.12;

function labelOf(seats: readonly Seat[], box: Box): { x: number; y: number } {
  const x = (box.left + box.right) / 2;
  const near = Math.max(2, (box.right - box.left) * MIDDLE);
  const ys = seats.filter((seat) => Math.abs(seat.x - x) <= near).map(({ y }) => y);
  return { x, y: ys.reduce((least, y) => Math.min(least, y), ys.length > 0 ? Infinity : box.top) };
}
