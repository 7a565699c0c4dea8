// A failure in three sentences: what happened, whether money moved, what to do next. Pure.
import type { Failure } from "./failure";

/** What was being done: it decides what there is to say about money. */
export type Deed = "look" | "account" | "hold" | "pay" | "refund" | "manage";

/** Keys of the message catalogue. */
export interface Explanation {
  readonly what: string;
  readonly money?: string;
  readonly next: string;
}

/** Reasons that have sentences of their own. */
const TOLD = new Set([
  "SEAT_TAKEN",
  "HOLD_LIMIT",
  "PASS_REQUIRED",
  "NOT_ENOUGH_SEATS",
  "NOT_RESERVED",
  "HOLD_EXPIRED",
  "ALREADY_BOOKED",
  "PAYMENT_DECLINED",
  "PAYMENT_IN_PROGRESS",
  "EVENT_STARTED",
  "NOT_BOOKED",
  "CANCELLATION_CLOSED",
  "ALREADY_ADMITTED",
  "WRONG_EVENT",
  "EMAIL_TAKEN",
  "UNKNOWN_EVENT",
  "UNKNOWN_TICKET",
  "UNKNOWN_BOOKING",
  "INVALID_ARGUMENT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "RATE_LIMITED",
  "UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "OFFLINE",
]);
/** After these nobody here knows whether the payment was begun. */
const UNCERTAIN = new Set([
  "UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "OFFLINE",
  "INTERNAL",
  "CANCELLED",
  "PAYMENT_IN_PROGRESS",
  "REQUEST_ID_REUSED",
]);

/** The sentences for a failure of `deed`. */
export function explain(failure: Failure, deed: Deed): Explanation {
  const reason = TOLD.has(failure.reason) ? failure.reason : "INTERNAL";
  return { what: `fail.${reason}.what`, money: moneyOf(failure, deed), next: nextOf(reason, failure, deed) };
}

function moneyOf(failure: Failure, deed: Deed): string | undefined {
  switch (deed) {
    case "hold":
      return "money.none";
    case "pay":
      if (failure.reason === "ALREADY_BOOKED") return "money.paid";
      return UNCERTAIN.has(failure.reason) ? "money.unknown" : "money.none";
    case "refund":
      return UNCERTAIN.has(failure.reason) ? "money.refundUnknown" : "money.noRefund";
    default:
      return undefined;
  }
}

function nextOf(reason: string, failure: Failure, deed: Deed): string {
  if (reason === "PAYMENT_DECLINED" && !failure.metadata.held_until) return "fail.PAYMENT_DECLINED.nextLapsed";
  if (deed === "pay" && UNCERTAIN.has(failure.reason)) return "fail.pay.nextUncertain";
  if (reason === "ALREADY_ADMITTED" && deed === "refund") return "fail.ALREADY_ADMITTED.nextRefund";
  // A wrong password is no ended session.
  if (reason === "UNAUTHENTICATED" && deed === "account") return "fail.UNAUTHENTICATED.nextAccount";
  return `fail.${reason}.next`;
}
