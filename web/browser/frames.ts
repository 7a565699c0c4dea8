// How evenly the seat map follows the hand: frames a second while houses are panned and zoomed by real input, at a desk
// and on a phone. Wants the machine to itself. Fails where fewer than 58 of 60 come.
import type { Browser, BrowserContextOptions, CDPSession, Page } from "playwright-core";
import { type Made, plan, putOnSale } from "./api";
import { type Ready, start } from "./mesh";
import { openBrowser, person, seeMap } from "./people";

const FRAMES_LEAST = 58;
const SECONDS = 4;
const FRAME_MS = 1_000 / 60;
const HOUSES = [80, 2_000, 20_000];
const FORMS: Readonly<Record<string, BrowserContextOptions>> = {
  desk: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

declare global {
  interface Window {
    /** When the browser began each frame, and how long the map took to paint itself in it, in milliseconds. */
    drawn: { begun: number[]; painted: number[] };
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Counts frames from inside the page. */
function count(): void {
  const next = window.requestAnimationFrame.bind(window);
  window.drawn = { begun: [], painted: [] };
  const tick = (at: number) => {
    window.drawn.begun.push(at);
    next(tick);
  };
  next(tick);
  window.requestAnimationFrame = (paint) =>
    next((at) => {
      const from = performance.now();
      paint(at);
      window.drawn.painted.push(performance.now() - from);
    });
}

/** Moves the map in one way for some seconds. */
type Hand = (page: Page, browser: CDPSession, x: number, y: number) => Promise<unknown>;

/** Something each few milliseconds, as hardware does it: what is late is not waited for. */
async function each(send: (nth: number) => Promise<unknown>): Promise<void> {
  const sent: Promise<unknown>[] = [];
  const until = performance.now() + SECONDS * 1_000;
  for (let nth = 0; performance.now() < until; nth += 1) {
    sent.push(send(nth));
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS / 2));
  }
  await Promise.all(sent);
}

const circle = (x: number, y: number, nth: number) =>
  [x + 90 * Math.sin(nth / 20), y + 70 * Math.cos(nth / 20)] as const;
const touch = (browser: CDPSession, type: "touchStart" | "touchMove" | "touchEnd", ...places: (readonly number[])[]) =>
  browser.send("Input.dispatchTouchEvent", {
    type,
    touchPoints: places.map(([x = 0, y = 0], id) => ({ x, y, id })),
  });

const HANDS: Readonly<Record<string, Readonly<Record<string, Hand>>>> = {
  desk: {
    "pans afar": drag,
    "zooms by wheel": (page, _, x, y) =>
      page.mouse.move(x, y).then(() => each((nth) => page.mouse.wheel(0, nth % 120 < 60 ? -24 : 24))),
    "pans near": async (page, browser, x, y) => {
      await page.mouse.move(x, y);
      await page.mouse.wheel(0, -1_100);
      await drag(page, browser, x, y);
    },
  },
  phone: {
    "pans afar": stroke,
    pinches: async (_, browser, x, y) => {
      const apart = (nth: number) => 60 + 40 * Math.sin(nth / 25);
      const fingers = (nth: number) => [[x - apart(nth), y] as const, [x + apart(nth), y] as const];
      await touch(browser, "touchStart", ...fingers(0));
      await each((nth) => touch(browser, "touchMove", ...fingers(nth)));
      await touch(browser, "touchEnd");
    },
    "pans near": async (_, browser, x, y) => {
      await touch(browser, "touchStart", [x - 15, y], [x + 15, y]);
      for (let far = 15; far <= 120; far += 3) await touch(browser, "touchMove", [x - far, y], [x + far, y]);
      await touch(browser, "touchEnd");
      await stroke(_, browser, x, y);
    },
  },
};

async function drag(page: Page, _: CDPSession, x: number, y: number): Promise<void> {
  await page.mouse.move(...circle(x, y, 0));
  await page.mouse.down();
  await each((nth) => page.mouse.move(...circle(x, y, nth)));
  await page.mouse.up();
}

async function stroke(_: Page, browser: CDPSession, x: number, y: number): Promise<void> {
  await touch(browser, "touchStart", circle(x, y, 0));
  await each((nth) => touch(browser, "touchMove", circle(x, y, nth)));
  await touch(browser, "touchEnd");
}

/** The value below which that share of `values` lies. */
function at(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;
}

/** Prints a row for each way to move; answers what was too slow. */
async function measure(browser: Browser, ready: Ready, event: Made, seats: number, form: string): Promise<string[]> {
  const page = await person(browser, ready, FORMS[form]);
  await page.addInitScript(count);
  await page.goto(`/event/${event.id}`);
  await seeMap(page);
  const canvas = page.locator(".map-canvas");
  await canvas.evaluate((element) => element.scrollIntoView({ block: "center" }));
  await page.waitForTimeout(500);
  const box = await canvas.boundingBox();
  if (!box) throw new Error("no map");
  const input = await page.context().newCDPSession(page);
  const slow: string[] = [];
  for (const [way, move] of Object.entries(HANDS[form] ?? {})) {
    await page.evaluate(() => {
      window.drawn.begun.length = 0;
      window.drawn.painted.length = 0;
    });
    await move(page, input, box.x + box.width / 2, box.y + box.height / 2);
    const { begun, painted } = await page.evaluate(() => window.drawn);
    const apart = begun.slice(1).map((time, nth) => time - (begun[nth] ?? 0));
    const rate = (apart.length * 1_000) / ((begun.at(-1) ?? 0) - (begun[0] ?? 0));
    const late = apart.filter((ms) => ms > FRAME_MS * 1.5).length;
    const cells = [
      seats.toLocaleString("en"),
      form,
      way,
      rate.toFixed(1),
      `${late} of ${apart.length}`,
      `${at(painted, 0.5).toFixed(1)} ms`,
      `${at(painted, 0.95).toFixed(1)} ms`,
    ];
    say(`| ${cells.join(" | ")} |`);
    if (painted.length < SECONDS * 20) slow.push(`${cells.slice(0, 3).join(", ")}: the map hardly moved`);
    if (rate < FRAMES_LEAST) slow.push(`${cells.slice(0, 3).join(", ")}: ${rate.toFixed(1)} frames a second`);
  }
  await page.context().close();
  return slow;
}

const { ready, stop } = await start(3_600);
const browser = await openBrowser();
const slow: string[] = [];
try {
  say("| seats | as | the hand | frames/s | late | half painted in | 95 in 100 in |");
  say("| --- | --- | --- | --- | --- | --- | --- |");
  for (const seats of HOUSES) {
    const event = await putOnSale(ready, `A House of ${seats}`, plan(1, 1), {
      ticket_count: seats,
      default_price: "9500",
    });
    for (const form of Object.keys(FORMS)) slow.push(...(await measure(browser, ready, event, seats, form)));
  }
} finally {
  await browser.close();
  await stop();
}
for (const one of slow) say(one);
process.exitCode = slow.length > 0 ? 1 : 0;
