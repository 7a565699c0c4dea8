// The seat map of the largest house: it is there, it moves under the hand, and one of its seats can be had.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { plan, putOnSale } from "./api";
import { expectNoComplaints } from "./judge";
import { openBrowser, person, seeMap } from "./people";

const ready = inject("ready");
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

declare global {
  interface Window {
    work_ms: number[];
  }
}

test("a house of 20,000 seats follows the hand", async () => {
  const event = await putOnSale(ready, "The Stadium", plan(1, 1), { ticket_count: 20_000, default_price: "9500" });
  const page = await person(browser, ready);
  await page.addInitScript(() => {
    const next = window.requestAnimationFrame.bind(window);
    window.work_ms = [];
    window.requestAnimationFrame = (paint) =>
      next((at) => {
        const from = performance.now();
        paint(at);
        window.work_ms.push(performance.now() - from);
      });
  });
  await page.goto(`/event/${event.id}`);
  await seeMap(page);
  const canvas = page.locator(".map-canvas");
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  for (const zooms of [0, 3, 4]) {
    await page.mouse.move(x, y);
    for (let nth = 0; nth < zooms; nth += 1) await page.mouse.wheel(0, -400);
    await page.waitForTimeout(200);
    await page.evaluate(() => {
      window.work_ms.length = 0;
    });
    await page.mouse.down();
    for (let nth = 0; nth < 60; nth += 1) await page.mouse.move(x + 80 * Math.sin(nth / 6), y + 60 * Math.cos(nth / 6));
    await page.mouse.up();
    const work = (await page.evaluate(() => window.work_ms)).sort((a, b) => a - b);
    expect(work.length, "it was painted as it moved").toBeGreaterThan(5);
    const at = (share: number) => (work[Math.floor((work.length - 1) * share)] ?? 0).toFixed(1);
    process.stdout.write(
      `20,000 seats, nearer by ${zooms}: ${work.length} frames, half painted in ${at(0.5)} ms, 95 in 100 in ${at(0.95)} ms\n`,
    );
  }
  await page.locator("[role=grid] [tabindex='0']").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await page.locator(".basket .total").textContent()).toBe("1 seat€95");
  expect(await page.locator("[role=gridcell]").count(), "not all seats are elements").toBeLessThan(600);
  expectNoComplaints(page);
});
