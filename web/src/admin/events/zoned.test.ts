import { expect, test } from "vitest";
import { fromClock, toClock } from "./zoned";

test.each([
  ["2027-01-31T19:30", "Europe/Berlin", "2027-01-31T18:30:00.000Z"],
  ["2027-07-31T19:30", "Europe/Berlin", "2027-07-31T17:30:00.000Z"],
  ["2027-03-28T03:30", "Europe/Berlin", "2027-03-28T01:30:00.000Z"],
  ["2027-01-31T00:15", "America/Chicago", "2027-01-31T06:15:00.000Z"],
  ["2027-01-31T19:30", "Asia/Kolkata", "2027-01-31T14:00:00.000Z"],
])("%s at %s", (shown, zone, at) => {
  expect(fromClock(shown, zone)?.toISOString()).toBe(at);
  expect(toClock(new Date(at), zone)).toBe(shown);
});

test("what is no time is none", () => {
  expect(fromClock("", "UTC")).toBeUndefined();
});
