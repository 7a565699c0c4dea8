import { expect, test } from "vitest";
import { fitted, panBy, reveal, SCALE_MAX, toPlan, toScreen, visible, withMargin, zoomAt } from "./view";

const box = { left: 0, top: 0, right: 60, bottom: 40 };
const size = { width: 900, height: 600 };

test("the whole plan fits, in the middle", () => {
  const view = fitted(box, size);
  const part = visible(view, size);
  const whole = withMargin(box);
  expect(part.left).toBeLessThanOrEqual(whole.left + 1e-9);
  expect(part.right).toBeGreaterThanOrEqual(whole.right - 1e-9);
  expect(part.top).toBeLessThanOrEqual(whole.top + 1e-9);
  expect(part.bottom).toBeGreaterThanOrEqual(whole.bottom - 1e-9);
});

test("what is under the finger stays there while it zooms", () => {
  const view = zoomAt(fitted(box, size), { x: 450, y: 300 }, 2, box, size);
  const at = { x: 400, y: 320 };
  const before = toPlan(view, at);
  const after = toPlan(zoomAt(view, at, 1.3, box, size), at);
  expect(after.x).toBeCloseTo(before.x);
  expect(after.y).toBeCloseTo(before.y);
});

test("it zooms no farther than the whole plan and no nearer than a fingertip", () => {
  const view = fitted(box, size);
  expect(zoomAt(view, { x: 0, y: 0 }, 0.01, box, size).scale).toBeCloseTo(view.scale);
  expect(zoomAt(view, { x: 0, y: 0 }, 1_000, box, size).scale).toBe(SCALE_MAX);
});

test("the plan can't be lost by panning", () => {
  const near = zoomAt(fitted(box, size), { x: 450, y: 300 }, 3, box, size);
  const part = visible(panBy(near, 1e6, -1e6, box, size), size);
  expect(part.left).toBeCloseTo(withMargin(box).left);
  expect(part.bottom).toBeCloseTo(withMargin(box).bottom);
});

test("a seat that is gone to comes into sight, and one in sight moves nothing", () => {
  const near = zoomAt(fitted(box, size), { x: 0, y: 0 }, 4, box, size);
  const view = reveal(near, { x: 59, y: 39 }, box, size);
  const at = toScreen(view, { x: 59, y: 39 });
  expect(at.x).toBeLessThanOrEqual(900);
  expect(at.y).toBeLessThanOrEqual(600);
  expect(reveal(view, { x: 55, y: 36 }, box, size)).toEqual(view);
});
