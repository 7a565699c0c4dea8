import { expect, test } from "vitest";
import { de } from "../words/de";
import { en } from "../words/en";
import { type Deed, explain } from "./explain";
import type { Failure } from "./failure";

const failure = (reason: string, metadata = {}): Failure => ({ reason, message: "", metadata, fields: {} });
const REASONS =
  `SEAT_TAKEN HOLD_LIMIT PASS_REQUIRED NOT_ENOUGH_SEATS NOT_RESERVED HOLD_EXPIRED ALREADY_BOOKED PAYMENT_DECLINED
  PAYMENT_IN_PROGRESS EVENT_STARTED NOT_BOOKED CANCELLATION_CLOSED ALREADY_ADMITTED WRONG_EVENT EMAIL_TAKEN UNKNOWN_EVENT
  UNKNOWN_TICKET UNKNOWN_THEATER UNKNOWN_SCREEN UNKNOWN_BOOKING UNKNOWN_PATH INVALID_ARGUMENT REQUEST_ID_REUSED
  UNAUTHENTICATED FORBIDDEN RATE_LIMITED UNAVAILABLE DEADLINE_EXCEEDED UNIMPLEMENTED INTERNAL OFFLINE CANCELLED`.split(
    /\s+/,
  );
const DEEDS: Deed[] = ["look", "account", "hold", "pay", "refund", "manage"];

test("every reason has its sentences in every language, whatever was being done", () => {
  for (const reason of REASONS) {
    for (const deed of DEEDS) {
      const { what, money, next } = explain(failure(reason), deed);
      for (const key of [what, money, next].filter((key) => key !== undefined)) {
        expect(en, `${reason} ${deed}`).toHaveProperty([key]);
        expect(de, `${reason} ${deed}`).toHaveProperty([key]);
      }
    }
  }
});

test("a declined card has moved no money, and a lost answer may have", () => {
  expect(explain(failure("PAYMENT_DECLINED", { held_until: "2027" }), "pay").money).toBe("money.none");
  expect(explain(failure("DEADLINE_EXCEEDED"), "pay").money).toBe("money.unknown");
  expect(explain(failure("REQUEST_ID_REUSED"), "pay").money, "an earlier try may have").toBe("money.unknown");
  expect(explain(failure("OFFLINE"), "pay").next).toBe("fail.pay.nextUncertain");
  expect(explain(failure("OFFLINE"), "hold").money).toBe("money.none");
  expect(explain(failure("ALREADY_BOOKED"), "pay").money).toBe("money.paid");
});

test("a declined card whose hold is over sends back to the seats", () => {
  expect(explain(failure("PAYMENT_DECLINED"), "pay").next).toBe("fail.PAYMENT_DECLINED.nextLapsed");
  expect(explain(failure("PAYMENT_DECLINED", { held_until: "2027" }), "pay").next).toBe("fail.PAYMENT_DECLINED.next");
});
