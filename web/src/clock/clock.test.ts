import { expect, test } from "vitest";
import { estimate, learn, type Offset, type Sample } from "./clock";

/** Answers of a server whose clock is `ahead` of ours. */
function answers(ahead: number, sentAts: number[], tookMs: number): Sample[] {
  return sentAts.map((sentAt) => {
    const stamped = sentAt + tookMs / 2 + ahead;
    return { sentAt, receivedAt: sentAt + tookMs, serverSecond: Math.floor(stamped / 1000) * 1000 };
  });
}

test.each([0, 90_000, -3_600_000, 317])("a clock that is %i ms ahead is found out from seconds", (ahead) => {
  const sentAts = Array.from({ length: 20 }, (_, nth) => 1_000_000 + nth * 1_137);
  const offset = answers(ahead, sentAts, 40).reduce<Offset | undefined>(learn, undefined);
  expect(offset).toBeDefined();
  if (!offset) return;
  expect(offset.least).toBeLessThanOrEqual(ahead);
  expect(offset.most).toBeGreaterThanOrEqual(ahead);
  expect(Math.abs(estimate(offset) - ahead)).toBeLessThan(150);
});

test("one answer is right within its own second", () => {
  const offset = learn(undefined, { sentAt: 10_000, receivedAt: 10_100, serverSecond: 15_000 });
  expect(offset).toEqual({ least: 4_900, most: 6_000 });
});

test("after the clock was set, what was known counts no more", () => {
  const before = learn(undefined, { sentAt: 0, receivedAt: 10, serverSecond: 0 });
  const after = learn(before, { sentAt: 7_200_000, receivedAt: 7_200_010, serverSecond: 10_000 });
  expect(estimate(after)).toBeLessThan(-7_000_000);
});
