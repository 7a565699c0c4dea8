// Taking and giving up holds at the server, and remembering them.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { bookings } from "../api/clients";
import { toFailure } from "../api/failure";
import type { Reservation } from "../contract/usher/booking/v1/booking_pb";
import type { Event } from "../contract/usher/event/v1/event_pb";
import type { House } from "../seats/house";
import { session } from "../session/session";
import { forget, type Hold, keep } from "./hold";
import { passFor } from "./pass";

/** Answers that say nothing of whether the seats were taken. */
const UNCERTAIN = new Set(["OFFLINE", "UNAVAILABLE", "DEADLINE_EXCEEDED"]);
const TRIES = 3;
const PAUSE_MS = 700;

/** Holds these seats, all or none. */
export async function reserveSeats(event: Event, house: House, ticketIds: readonly string[]): Promise<Hold> {
  const request = {
    ticketIds: ticketIds.map(BigInt),
    requestId: crypto.randomUUID(),
    pass: passFor(String(event.eventId), session.value?.userId),
  };
  const answer = await surely(() => bookings.reserve(request));
  return remember(event, house, answer.reservation);
}

/** Holds the best seats that fit the wish. */
export async function reserveBest(
  event: Event,
  house: House,
  wish: { quantity: number; section: string; maxPrice: number | undefined; apart: boolean },
): Promise<Hold> {
  const request = {
    eventId: event.eventId,
    quantity: wish.quantity,
    section: wish.section,
    maxPrice: wish.maxPrice === undefined ? undefined : BigInt(wish.maxPrice),
    allowSplit: wish.apart,
    pass: passFor(String(event.eventId), session.value?.userId),
    requestId: crypto.randomUUID(),
  };
  const answer = await surely(() => bookings.reserveBest(request));
  return remember(event, house, answer.reservation);
}

/** Gives a hold up; its seats are free at once. */
export async function release(hold: Hold): Promise<void> {
  await bookings.release({ reservationId: hold.id });
  forget(hold.id);
}

/** Asks again where nobody knows whether it happened: the request's id makes it one and the same request. */
async function surely<T>(ask: () => Promise<T>): Promise<T> {
  for (let nth = 1; ; nth += 1) {
    try {
      return await ask();
    } catch (error) {
      const failure = toFailure(error);
      if (nth >= TRIES || !UNCERTAIN.has(failure.reason)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.max(PAUSE_MS, failure.retryAfterMs ?? 0)));
    }
  }
}

function remember(event: Event, house: House, reservation: Reservation | undefined): Hold {
  if (!reservation?.expiresAt) throw new Error("the answer has no reservation");
  const seats = reservation.ticketIds.map((ticket) => {
    const seat = house.seats[house.byId.get(String(ticket)) ?? -1];
    return {
      ticketId: String(ticket),
      number: seat?.number ?? String(ticket),
      section: seat?.section ?? "",
      row: seat?.row ?? "",
      price: String(seat?.price ?? 0),
    };
  });
  const hold: Hold = {
    id: reservation.reservationId,
    userId: session.value?.userId ?? "",
    eventId: String(event.eventId),
    eventName: event.eventName,
    seats,
    amount: String(reservation.amount),
    currency: reservation.currency,
    expiresAt: timestampMs(reservation.expiresAt),
  };
  keep(hold);
  return hold;
}
