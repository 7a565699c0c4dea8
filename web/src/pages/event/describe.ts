// A seat in words: for whoever listens, and for the little label at the pointer.
import type { Seat } from "../../seats/house";
import { price, say, sayAny } from "../../words/words";

export function describeSeat(seat: Seat, currency: string, isChosen: boolean, isOwn: boolean): string {
  const place = [
    seat.section,
    seat.row && say("seat.row", { row: seat.row }),
    say("seat.seat", { number: seat.number }),
  ];
  const kind = seat.kind && seat.kind !== "STANDARD" ? sayAny(`seat.${seat.kind}`) : "";
  const standing = isChosen ? "chosen" : isOwn ? "own" : seat.standing;
  return [...place, kind, price(seat.price, currency), sayAny(`seat.${standing}`)].filter(Boolean).join(", ");
}

/** The part of the house beside a seat's number, where the number does not say it. */
export function besides(number: string, section: string): string {
  return number.toLowerCase().startsWith(section.toLowerCase()) ? "" : section;
}
