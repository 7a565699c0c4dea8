// The seat map: of the largest house, under a hand and under fingers, and what it says beside its seats.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { plan, putOnSale } from "./api";
import { expectNoComplaints } from "./judge";
import { openBrowser, person, placeOf, seeMap } from "./people";

const ready = inject("ready");
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
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

test("fingers pinch, pan and tap", async () => {
  const event = await putOnSale(ready, "At the Fingertips", plan(24, 40));
  const page = await person(browser, ready, { ...PHONE });
  await page.goto(`/event/${event.id}`);
  await seeMap(page);
  const at = await placeOf(page, event, "L20");
  const box = await page.locator(".map-canvas").boundingBox();
  if (!box) throw new Error("no map");
  const [x, y] = [box.x + at.x, box.y + at.y];
  const fingers = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...places: (readonly [number, number])[]) =>
    fingers.send("Input.dispatchTouchEvent", { type, touchPoints: places.map(([x, y], id) => ({ x, y, id })) });
  const basket = page.locator(".basket");

  // From afar a seat is too small for a finger: a tap goes nearer, and a pinch goes back.
  await page.touchscreen.tap(x, y);
  await basket.getByText("Choose seats on the plan").waitFor();
  await page.getByRole("button", { name: "Show the whole house" }).click();
  const apart = (far: number) => [[x - far, y] as const, [x + far, y] as const];
  await touch("touchStart", ...apart(20));
  for (let far = 22; far <= 100; far += 2) await touch("touchMove", ...apart(far));
  await touch("touchEnd");
  await page.touchscreen.tap(x, y);
  await basket.getByText("L20").waitFor();

  await touch("touchStart", [x, y]);
  for (let step = 1; step <= 20; step += 1) await touch("touchMove", [x + 3 * step, y + 2 * step]);
  await touch("touchEnd");
  await page.touchscreen.tap(x + 60, y + 40);
  await basket.getByText("Choose seats on the plan").waitFor();
  expect(await page.evaluate(() => visualViewport?.scale), "the page itself stays as it was").toBe(1);
  expectNoComplaints(page);
});

test("sections, prices and a limit: the plan says what it can", async () => {
  const event = await putOnSale(ready, "What the Plan Says", [
    ...plan(2, 12),
    ...plan(2, 12, "Circle").map((seat) => ({ ...seat, seat_no: `Z${seat.seat_no}`, y: seat.y + 5, price: "2500" })),
  ]);
  const page = await person(browser, ready);
  await page.goto(`/event/${event.id}`);
  await seeMap(page);
  const legend = page.getByRole("list", { name: "Prices" }).getByRole("button");
  expect(await legend.allTextContents()).toEqual(["€9512 left", "€7212 left", "€2524 left"]);

  // Whoever asks for one price sees the others step back.
  const colour = async (seat: string) => {
    const { x, y } = await placeOf(page, event, seat);
    return page.locator(".map-canvas").evaluate(
      (canvas, [x, y]) => {
        const { width, clientWidth } = canvas as HTMLCanvasElement;
        const context = (canvas as HTMLCanvasElement).getContext("2d");
        const ratio = width / clientWidth;
        return [...(context?.getImageData(x * ratio, y * ratio - 8 * ratio, 1, 1).data ?? [])].join();
      },
      [x, y] as const,
    );
  };
  const [dear, cheap] = [await colour("A3"), await colour("ZA3")];
  expect(dear).not.toBe(cheap);
  await legend.filter({ hasText: "€25" }).click();
  await expect.poll(() => colour("A3")).not.toBe(dear);
  expect(await colour("ZA3")).toBe(cheap);
  await legend.filter({ hasText: "€25" }).click();
  await expect.poll(() => colour("A3")).toBe(dear);

  await page.locator("[role=grid] [tabindex='0']").focus();
  await page.getByRole("row", { name: "Stalls, row A" }).waitFor();
  for (let nth = 0; nth < 11; nth += 1) {
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowRight");
  }
  await page.getByText("No more than 10 seats are held at once.").waitFor();
  expect(await page.locator(".basket .total").textContent()).toBe("10 seats€950");
  await page.keyboard.press("PageDown");
  expect(await page.locator(":focus").textContent()).toBe("Circle, row A, seat ZA12, €25, free");
  // The wheel goes nearer to where the mouse is, and the seat there stays there.
  await page.getByRole("button", { name: "Show the whole house" }).click();
  const seat = await placeOf(page, event, "A4");
  const box = await page.locator(".map-canvas").boundingBox();
  await page.mouse.move((box?.x ?? 0) + seat.x, (box?.y ?? 0) + seat.y);
  await page.mouse.wheel(0, -300);
  await page.mouse.down();
  await page.mouse.up();
  await page.locator(".basket .total", { hasText: "9 seats" }).waitFor();
  expect(await page.locator(".basket li").allTextContents(), "A4 was taken back").not.toContainEqual(
    expect.stringContaining("A4"),
  );
  expectNoComplaints(page);
});
