// Paying for a hold, once, whatever happens on the way.
import { bookings } from "../api/clients";
import { toFailure } from "../api/failure";
import { serverNow } from "../clock/clock";
import { Booking_Status } from "../contract/usher/booking/v1/booking_pb";
import { findHold, forget, type Hold, keep } from "./hold";

/** What the customer sees next: the bank's page, or the booking. */
export interface Next {
  readonly bookingId: string;
  readonly redirect?: string;
}

/** After these nobody here knows whether the payment was begun. After all others the next try is another payment. */
const UNCERTAIN = new Set(["UNAVAILABLE", "DEADLINE_EXCEEDED", "OFFLINE", "INTERNAL", "CANCELLED"]);
/** These end the hold. */
const OVER = new Set(["HOLD_EXPIRED", "NOT_RESERVED"]);

/**
 * Pays with the provider's token, which `tokenize` asks for; free seats need none. A try that nobody knows the end of is made
 * again as it was: the form would give another token for the same card.
 */
export async function pay(hold: Hold, tokenize: () => Promise<string>): Promise<Next> {
  const before = findHold(hold.id);
  const paymentMethod = before?.attempt ? (before.method ?? "") : await tokenize();
  // Kept before it is sent: after a reload the same try is the same payment.
  const attempt = before?.attempt ?? crypto.randomUUID();
  const trying = { ...hold, attempt, method: paymentMethod };
  keep(trying);
  try {
    const { booking } = await bookings.book({
      reservationId: hold.id,
      cardInfo: paymentMethod ? { paymentMethod } : undefined,
      requestId: attempt,
    });
    if (!booking) throw new Error("the answer has no booking");
    if (booking.status === Booking_Status.PENDING) keep({ ...trying, bookingId: booking.bookingId });
    else forget(hold.id);
    return { bookingId: booking.bookingId, redirect: booking.nextAction?.redirectUrl };
  } catch (error) {
    const { reason } = toFailure(error);
    const expiresAt = OVER.has(reason) ? serverNow() : hold.expiresAt;
    if (!UNCERTAIN.has(reason))
      keep({ ...hold, attempt: undefined, method: undefined, bookingId: undefined, expiresAt });
    throw error;
  }
}
