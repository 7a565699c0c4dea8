import { expect, test } from "vitest";
import { toMinor, toTyped } from "./money";

test("points and commas are the same", () => {
  expect(toMinor("45.5", "EUR")).toBe(4550n);
  expect(toMinor(" 45,50 ", "EUR")).toBe(4550n);
  expect(toMinor("0", "EUR")).toBe(0n);
  expect(toMinor("4500", "JPY")).toBe(4500n);
});

test("what is no amount is none, and is not guessed at", () => {
  for (const typed of ["", "-1", "4.555", "1e3", "4 500", "4.5.1"])
    expect(toMinor(typed, "EUR"), typed).toBeUndefined();
  expect(toMinor("4.5", "JPY")).toBeUndefined();
});

test("it comes back as it was", () => {
  expect(toTyped(4550n, "EUR")).toBe("45.50");
  expect(toTyped(4500, "JPY")).toBe("4500");
});
