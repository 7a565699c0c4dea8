import { expect, test } from "vitest";
import { addRows, change, fromJson, type Rows, remove, rowName, toJson } from "./layout";

const rows: Rows = { section: "Stalls", first: "A", count: 2, wide: 4, aisles: [2], curve: 0, price: 4_500 };

test("rows are named on", () => {
  expect([0, 25, 26].map((nth) => rowName("A", nth))).toEqual(["A", "Z", "AA"]);
  expect(rowName("7", 3)).toBe("10");
});

test("rows stand behind those before, with their aisle, and no number comes twice", () => {
  const stalls = addRows([], rows);
  expect(stalls.map(({ seat_no }) => seat_no)).toEqual(["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]);
  const [, second, third] = stalls;
  expect((third?.x ?? 0) - (second?.x ?? 0)).toBeCloseTo(2.4);
  const both = addRows(stalls, { ...rows, section: "Circle", count: 1 });
  expect(new Set(both.map(({ seat_no }) => seat_no)).size).toBe(12);
  const front = Math.max(...stalls.map(({ y }) => y));
  expect(both.slice(8).every(({ y }) => y > front)).toBe(true);
});

test("a plan comes back from its file as it was", () => {
  const plan = remove(change(addRows([], rows), new Set([1]), { kind: "WHEELCHAIR" }), new Set([0]));
  const read = fromJson(toJson("Main", plan));
  expect(read).toEqual({ name: "Main", plan });
});

test.each([
  ["{}", "no list"],
  ['{"seats": [{}]}', "seat 1 has no seat_no"],
  ['{"seats": [{"seat_no": "A1"}, {"seat_no": "A1"}]}', "A1 comes twice"],
  ['{"seats": [{"seat_no": "A1", "x": "left"}]}', "no place"],
  ['{"seats": [{"seat_no": "A1", "kind": "SOFA"}]}', "of no kind"],
  ['{"seats": [{"seat_no": "A1", "price": -1}]}', "no price"],
])("what is wrong with %s is said", (text, why) => {
  expect(() => fromJson(text)).toThrow(why);
});
