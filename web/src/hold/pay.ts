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

/** These end an attempt: the next one is another payment. */
const DECIDED = new Set(["PAYMENT_DECLINED", "INVALID_ARGUMENT", "REQUEST_ID_REUSED"]);
/** These end the hold. */
const OVER = new Set(["HOLD_EXPIRED", "NOT_RESERVED"]);

/** Pays with the provider's token; free seats need none. */
export async function pay(hold: Hold, paymentMethod: string): Promise<Next> {
  // Kept before it is sent: after a reload the same try is the same payment.
  const attempt = findHold(hold.id)?.attempt ?? crypto.randomUUID();
  keep({ ...hold, attempt });
  try {
    const { booking } = await bookings.book({
      reservationId: hold.id,
      cardInfo: paymentMethod ? { paymentMethod } : undefined,
      requestId: attempt,
    });
    if (!booking) throw new Error("the answer has no booking");
    if (booking.status === Booking_Status.PENDING) keep({ ...hold, attempt, bookingId: booking.bookingId });
    else forget(hold.id);
    return { bookingId: booking.bookingId, redirect: booking.nextAction?.redirectUrl };
  } catch (error) {
    const { reason } = toFailure(error);
    if (DECIDED.has(reason)) keep({ ...hold, attempt: undefined, bookingId: undefined });
    if (OVER.has(reason)) keep({ ...hold, expiresAt: serverNow() });
    throw error;
  }
}
