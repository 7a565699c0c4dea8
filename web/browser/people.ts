// Browsers with somebody in front of them.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { boxOf } from "../src/seats/house";
import { fitted, type Point, toScreen } from "../src/seats/view";
import type { Made } from "./api";
import type { Login, Ready } from "./mesh";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** Nothing of the browser's own goes to the network. Each start has a profile of its own. */
export const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function openBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...more] });
}

/**
 * A new person with an empty browser. Whatever the browser complains of on a page fails the test, and so does whatever it asks
 * of other hosts than the edge's and the payment provider's; pictures are where editors put them.
 */
export async function person(browser: Browser, ready: Ready, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    baseURL: ready.edge,
    locale: "en-GB",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("request", (request) => {
    const { origin, protocol, hostname } = new URL(request.url());
    const isOurs = [ready.edge, ready.payment_sandbox].some((address) => new URL(address).origin === origin);
    const isKnown = isOurs || hostname.endsWith(".stripe.com") || request.resourceType() === "image";
    if (/^(http|ws)s?:$/.test(protocol) && !isKnown) complaints(page).push(`asked ${request.url()}`);
  });
  page.on("pageerror", (error) => complaints(page).push(error.message));
  page.on("console", (message) => {
    // The policy's refusals come as errors, and so do bugs; a connection that is cut on purpose is none.
    if (message.type() === "error" && !/net::ERR_|Failed to load resource/.test(message.text()))
      complaints(page).push(message.text());
  });
  return page;
}

const kept = new WeakMap<Page, string[]>();

/** What the browser complained of on this page. */
export function complaints(page: Page): string[] {
  const list = kept.get(page) ?? [];
  kept.set(page, list);
  return list;
}

export async function signUp(page: Page, login: Login): Promise<void> {
  await page.getByLabel("Name").fill("Gerda Guest");
  await page.getByLabel("Email address").fill(login.email);
  await page.getByLabel("Password").fill(login.password);
  await page.getByRole("button", { name: "Create the account" }).click();
}

export async function logIn(page: Page, login: Login): Promise<void> {
  await page.getByLabel("Email address").fill(login.email);
  await page.getByLabel("Password").fill(login.password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** A new account, signed in, on the page `path`. */
export async function guest(
  browser: Browser,
  ready: Ready,
  login: Login,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await person(browser, ready, options);
  await page.goto(`/signup?next=${encodeURIComponent(path)}`);
  await signUp(page, login);
  await page.waitForURL(`**${path}`);
  return page;
}

/** Waits until the map is there and live. */
export async function seeMap(page: Page): Promise<void> {
  await page.locator(".live.live").waitFor();
  await page.locator(".map-canvas").waitFor();
}

/** Where a seat is on the map's canvas when the whole house is shown. */
export async function placeOf(page: Page, { seats }: Pick<Made, "seats">, seat: string): Promise<Point> {
  const canvas = page.locator(".map-canvas");
  await canvas.scrollIntoViewIfNeeded();
  const size = await canvas.boundingBox();
  const place = seats.find(({ seat_no }) => seat_no === seat);
  if (!size || !place) throw new Error(`no seat ${seat} on the map`);
  return toScreen(fitted(boxOf(seats), size), place);
}

/** Presses on a seat of the map as it stands when the whole house is shown. */
export async function press(page: Page, event: Pick<Made, "seats">, seat: string): Promise<void> {
  await page.locator(".map-canvas").click({ position: await placeOf(page, event, seat) });
}

/** Goes to a seat with the keys alone. */
export async function walkTo(page: Page, seat: string): Promise<void> {
  const grid = page.getByRole("grid");
  if (!(await grid.locator("[tabindex='0']:focus").count())) await grid.locator("[tabindex='0']").focus();
  const row = seat.replace(/\d+$/, "");
  for (let steps = 0; steps < 60; steps += 1) {
    const now = (await page.locator(":focus").getAttribute("data-seat")) ?? "";
    if (now === seat) return;
    const nowRow = now.replace(/\d+$/, "");
    if (nowRow !== row) await page.keyboard.press(nowRow < row ? "ArrowDown" : "ArrowUp");
    else
      await page.keyboard.press(
        Number(now.slice(row.length)) < Number(seat.slice(row.length)) ? "ArrowRight" : "ArrowLeft",
      );
  }
  throw new Error(`the arrows do not lead to ${seat}`);
}

/** Types a card into the provider's own form. */
export async function typeCard(page: Page, number: string): Promise<void> {
  const form = page.frameLocator("iframe.card-frame");
  await form.getByLabel("Card number").fill(number);
  await form.getByLabel("Expires").fill("12 / 34");
  await form.getByLabel("Security code").fill("123");
}

export const CARDS = {
  good: "4242 4242 4242 4242",
  declined: "4000 0000 0000 9995",
  asksBank: "4000 0027 6000 3184",
  takesNothingBack: "4000 0000 0000 5126",
};
