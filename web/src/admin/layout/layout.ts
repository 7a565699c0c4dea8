// A seating plan as it is drawn up: rows added, seats changed and taken out, read from and written to JSON. Pure.

import { create } from "@bufbuild/protobuf";
import { Ticket_Status, TicketSchema } from "../../contract/usher/event/v1/event_pb";
import type { House } from "../../seats/house";
import { toHouse } from "../../seats/house";

/** As the contract has it. */
export const SEATS_MAX = 20_000;
export const KINDS = ["STANDARD", "WHEELCHAIR", "COMPANION", "RESTRICTED_VIEW"] as const;
export type Kind = (typeof KINDS)[number];

export interface PlanSeat {
  readonly seat_no: string;
  readonly section: string;
  readonly row: string;
  readonly x: number;
  readonly y: number;
  readonly kind: Kind;
  /** Minor units; left out, the event says. */
  readonly price?: number;
}

/** Rows to be added behind those that stand. */
export interface Rows {
  readonly section: string;
  /** The first row's name: a letter, or a number. */
  readonly first: string;
  readonly count: number;
  readonly wide: number;
  /** After which seats of a row there is an aisle. */
  readonly aisles: readonly number[];
  /** How far the ends of a row come forward, in seats' widths. */
  readonly curve: number;
  readonly price?: number;
}

const AISLE = 1.4;
const ROW_DEPTH = 1.25;

export function addRows(plan: readonly PlanSeat[], rows: Rows): readonly PlanSeat[] {
  const back = plan.reduce((most, { y }) => Math.max(most, y), 0);
  const from = plan.length > 0 ? back + ROW_DEPTH * 1.8 : 0;
  const taken = new Set(plan.map(({ seat_no }) => seat_no));
  const added = Array.from({ length: rows.count }, (_, nth) => {
    const row = rowName(rows.first, nth);
    return Array.from({ length: rows.wide }, (_seat, at): PlanSeat => {
      const aisles = rows.aisles.filter((after) => at >= after).length;
      const middle = (rows.wide - 1 + rows.aisles.length * AISLE) / 2;
      const x = at + aisles * AISLE - middle;
      const bend = middle > 0 ? rows.curve * (x / middle) ** 2 : 0;
      const y = from + nth * ROW_DEPTH - bend + rows.curve;
      return {
        seat_no: unique(`${row}${at + 1}`, rows.section, taken),
        section: rows.section,
        row,
        x: rounded(x),
        y: rounded(y),
        kind: "STANDARD",
        price: rows.price,
      };
    });
  });
  return [...plan, ...added.flat()];
}

/** Letters go on after Z as AA, numbers as numbers. */
export function rowName(first: string, nth: number): string {
  if (/^\d+$/.test(first)) return String(Number(first) + nth);
  const start = /^[A-Z]+$/i.test(first) ? lettersToNumber(first.toUpperCase()) : 1;
  return numberToLetters(start + nth);
}

function lettersToNumber(letters: string): number {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

function numberToLetters(number: number): string {
  return number <= 0
    ? ""
    : numberToLetters(Math.floor((number - 1) / 26)) + String.fromCharCode(65 + ((number - 1) % 26));
}

/** A number that stands already is told apart by its part of the house. */
function unique(number: string, section: string, taken: Set<string>): string {
  let name = taken.has(number) && section ? `${section.slice(0, 3).toUpperCase()}-${number}` : number;
  for (let nth = 2; taken.has(name); nth += 1) name = `${number}-${nth}`;
  taken.add(name);
  return name;
}

export function change(
  plan: readonly PlanSeat[],
  chosen: ReadonlySet<number>,
  part: Partial<PlanSeat>,
): readonly PlanSeat[] {
  return plan.map((seat, nth) => (chosen.has(nth) ? { ...seat, ...part } : seat));
}

export function remove(plan: readonly PlanSeat[], chosen: ReadonlySet<number>): readonly PlanSeat[] {
  return plan.filter((_, nth) => !chosen.has(nth));
}

export function toJson(name: string, plan: readonly PlanSeat[]): string {
  return `${JSON.stringify({ screen_name: name, seats: plan }, null, 2)}\n`;
}

/** Reads what {@link toJson} wrote, or the `seats` of the API; says what is wrong with anything else. */
export function fromJson(text: string): { readonly name: string; readonly plan: readonly PlanSeat[] } {
  const read = JSON.parse(text) as { screen_name?: unknown; seats?: unknown };
  const seats = Array.isArray(read) ? (read as unknown[]) : read?.seats;
  if (!Array.isArray(seats)) throw new Error("there is no list named seats");
  if (seats.length > SEATS_MAX) throw new Error(`more than ${SEATS_MAX} seats`);
  const numbers = new Set<string>();
  const plan = seats.map((seat: Record<string, unknown>, nth) => {
    const number = String(seat?.seat_no ?? "");
    if (!number) throw new Error(`seat ${nth + 1} has no seat_no`);
    if (numbers.has(number)) throw new Error(`seat_no ${number} comes twice`);
    numbers.add(number);
    const [x, y] = [Number(seat.x ?? 0), Number(seat.y ?? 0)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) throw new Error(`seat ${number} has no place: x and y are numbers`);
    const kind = KINDS.find((one) => one === (seat.kind || "STANDARD"));
    if (!kind) throw new Error(`seat ${number} is of no kind: ${KINDS.join(", ")}`);
    const price = seat.price === undefined || seat.price === null ? undefined : Number(seat.price);
    if (price !== undefined && !(Number.isInteger(price) && price >= 0))
      throw new Error(`seat ${number} has no price in minor units`);
    return { seat_no: number, section: String(seat.section ?? ""), row: String(seat.row ?? ""), x, y, kind, price };
  });
  return { name: typeof read.screen_name === "string" ? read.screen_name : "", plan };
}

/** The plan as the map shows it. */
export function asHouse(plan: readonly PlanSeat[]): House {
  return toHouse(
    plan.map((seat, nth) =>
      create(TicketSchema, {
        ticketId: BigInt(nth),
        seatNumber: seat.seat_no,
        section: seat.section,
        row: seat.row,
        x: seat.x,
        y: seat.y,
        kind: seat.kind,
        price: BigInt(seat.price ?? 0),
        status: Ticket_Status.AVAILABLE,
      }),
    ),
  );
}

/** The middle of the front third: where the best seats are. */
export function focalPoint(plan: readonly PlanSeat[]): { readonly x: number; readonly y: number } {
  const [xs, ys] = [plan.map(({ x }) => x), plan.map(({ y }) => y)];
  const span = (values: number[]) =>
    [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)] as const;
  if (plan.length === 0) return { x: 0, y: 0 };
  const [[left, right], [top, bottom]] = [span(xs), span(ys)];
  return { x: (left + right) / 2, y: top + (bottom - top) / 3 };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
