// The seats that this customer holds, remembered on this device so that a reload loses nothing. The truth is the
// server's: whatever it says of a hold ends what is remembered here.
import { signal } from "@preact/signals";
import { serverNow } from "../clock/clock";

const KEY = "usher.holds";
/**
 * A lapsed hold is remembered so long, to tell its holder what became of it, in milliseconds. Long, since it is our own
 * clock that is read here, which may be hours off.
 */
const LAPSED_KEPT_MS = 86_400_000;

/** A held seat, in the words of the plan. */
export interface HeldSeat {
  readonly ticketId: string;
  readonly number: string;
  readonly section: string;
  readonly row: string;
  readonly price: string;
}

/** A reservation. */
export interface Hold {
  readonly id: string;
  readonly userId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly seats: readonly HeldSeat[];
  /** Minor units. */
  readonly amount: string;
  readonly currency: string;
  /** Milliseconds since 1970, by the server's clock. */
  readonly expiresAt: number;
  /** The request_id of the payment that is being tried: a repeated try must not charge twice. */
  readonly attempt?: string;
  /** The provider's token that it is tried with: with another one it would be another payment. */
  readonly method?: string;
  /** The booking that its payment began. */
  readonly bookingId?: string;
}

const stored = signal<readonly Hold[]>(read());

/** Whether anything is remembered at all. */
export function hasHolds(): boolean {
  return stored.value.length > 0;
}

/** All holds of `userId`, the one that ends first first. */
export function holdsOf(userId: string | undefined): readonly Hold[] {
  return stored.value.filter((hold) => hold.userId === userId);
}

/** The hold of that id. */
export function findHold(id: string): Hold | undefined {
  return stored.value.find((hold) => hold.id === id);
}

/** The hold of exactly these seats. */
export function findBySeats(ticketIds: readonly string[]): Hold | undefined {
  const wanted = [...ticketIds].sort().join();
  return stored.value.find(
    ({ seats }) =>
      seats
        .map(({ ticketId }) => ticketId)
        .sort()
        .join() === wanted,
  );
}

/** The hold whose payment is that booking. */
export function findByBooking(bookingId: string): Hold | undefined {
  return stored.value.find((hold) => hold.bookingId === bookingId);
}

/** Adds a hold, or changes what is known of it. */
export function keep(hold: Hold): void {
  write([...stored.value.filter(({ id }) => id !== hold.id), hold].sort((a, b) => a.expiresAt - b.expiresAt));
}

/** The hold is over: paid for, given up, or gone. */
export function forget(id: string): void {
  write(stored.value.filter((hold) => hold.id !== id));
}

export function hasLapsed(hold: Hold): boolean {
  return hold.expiresAt <= serverNow();
}

function read(): readonly Hold[] {
  try {
    const holds = JSON.parse(globalThis.localStorage?.getItem(KEY) ?? "[]") as Hold[];
    return holds.filter((hold) => hold.expiresAt > Date.now() - LAPSED_KEPT_MS);
  } catch {
    return [];
  }
}

function write(holds: readonly Hold[]): void {
  stored.value = holds;
  try {
    localStorage.setItem(KEY, JSON.stringify(holds));
  } catch {
    // Storage is full or forbidden: the hold stays at the server, and on this page.
  }
}

/** Follows what other tabs do. */
export function followOtherTabs(): void {
  addEventListener("storage", ({ key }) => {
    if (key === KEY || key === null) stored.value = read();
  });
}
