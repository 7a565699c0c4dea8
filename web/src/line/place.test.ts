import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { JoinLineResponseSchema, JoinLineResponse_Status as Status } from "../contract/usher/event/v1/event_pb";
import { askAgainMs, isSpent, minutesOf, placeOf } from "./place";

test("who waits is told where and how long, and asks again when they were told to", () => {
  const answer = create(JoinLineResponseSchema, {
    status: Status.WAITING,
    position: 12n,
    estimatedWaitSeconds: 90,
    askAgainSeconds: 5,
  });
  expect(placeOf(answer)).toEqual({ is: "waiting", position: 12, waitSeconds: 90 });
  expect(askAgainMs(answer)).toBe(5_000);
});

test("who is early is told when it opens, and never asks without a pause", () => {
  const answer = create(JoinLineResponseSchema, { status: Status.EARLY, opensAt: timestampFromMs(7_000) });
  expect(placeOf(answer)).toEqual({ is: "early", opensAt: 7_000 });
  expect(askAgainMs(answer)).toBe(1_000);
});

test("who was let in has the pass, and asks no more", () => {
  const answer = create(JoinLineResponseSchema, {
    status: Status.ADMITTED,
    pass: "a pass",
    passExpiresAt: timestampFromMs(9_000),
    askAgainSeconds: 5,
  });
  expect(placeOf(answer)).toEqual({ is: "admitted", pass: "a pass", until: 9_000 });
  expect(askAgainMs(answer)).toBeUndefined();
});

test("a pass that is over is no new turn", () => {
  const answer = create(JoinLineResponseSchema, { status: Status.ADMITTED, pass: "a pass" });
  expect(isSpent(answer, "a pass")).toBe(true);
  expect(isSpent(answer, "another pass")).toBe(false);
  expect(isSpent(answer, undefined)).toBe(false);
  expect(isSpent(create(JoinLineResponseSchema, { status: Status.WAITING }), "")).toBe(false);
});

test("where there is no waiting room nobody waits", () => {
  expect(placeOf(create(JoinLineResponseSchema, { status: Status.OPEN }))).toEqual({ is: "open" });
});

test("a wait is told in minutes", () => {
  expect([0, 59, 60, 89, 90, 3_600].map(minutesOf)).toEqual([0, 0, 1, 1, 2, 60]);
});
