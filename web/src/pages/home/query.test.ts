import { expect, test } from "vitest";
import { fromAddress, type Query, span, toAddress, toRequest } from "./query";

const NOTHING: Query = { text: "", category: "", theater: "", when: "", date: "", page: 1 };
const local = (date: Date | undefined) => date && [date.getFullYear(), date.getMonth() + 1, date.getDate()].join("-");

test("a search survives its address", () => {
  const query: Query = {
    text: "so & so",
    category: "Opera",
    theater: "7",
    when: "weekend",
    date: "2027-01-31",
    page: 3,
  };
  const address = Object.fromEntries(new URL(toAddress(query), "http://x").searchParams);
  expect(fromAddress(address)).toEqual(query);
  expect(toAddress(NOTHING)).toBe("/");
});

test("an address that makes no sense asks for nothing", () => {
  expect(fromAddress({ page: "-1", when: "never", theater: "x", date: "31.1." })).toEqual(NOTHING);
});

test.each([
  ["Wednesday", new Date(2026, 10, 25, 15), "2026-11-28", "2026-11-30"],
  ["Saturday", new Date(2026, 10, 28, 15), "2026-11-28", "2026-11-30"],
  ["Sunday", new Date(2026, 10, 29, 15), "2026-11-28", "2026-11-30"],
])("the weekend as seen on a %s", (_, now, from, to) => {
  expect(span("weekend", now).map(local)).toEqual([from, to]);
});

test("nothing in the past is asked for", () => {
  const now = new Date(2026, 10, 29, 15);
  expect(toRequest({ ...NOTHING, when: "weekend" }, now).from).toBeUndefined();
  expect(toRequest({ ...NOTHING, text: "  " }, now).query, "a blank query is refused").toBeUndefined();
});
