import { expect, test } from "vitest";
import { asClock, secondsLeft } from "./countdown";

test("a second that has begun is still there", () => {
  expect(secondsLeft(10_000, 9_999)).toBe(1);
  expect(secondsLeft(10_000, 9_000)).toBe(1);
  expect(secondsLeft(10_000, 8_999)).toBe(2);
});

test("what is over stays over", () => {
  expect(secondsLeft(10_000, 10_000)).toBe(0);
  expect(secondsLeft(10_000, 99_000)).toBe(0);
});

test("it reads like a clock", () => {
  expect([0, 59, 61, 3_600, 3_661].map(asClock)).toEqual(["00:00", "00:59", "01:01", "1:00:00", "1:01:01"]);
});
