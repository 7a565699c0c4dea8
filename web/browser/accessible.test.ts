// Every page and main state of both clients, as axe sees it: at a desk in the light, and on a phone in the dark.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Api, buy, type Made, plan, putOnSale, somebody } from "./api";
import { expectAccessible, expectNoComplaints } from "./judge";
import { guest, logIn, openBrowser, person, press as pressSeat, seeMap, walkTo } from "./people";

const ready = inject("ready");
const holdSeconds = inject("holdSeconds");
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
let browser: Browser;
let event: Made;
/** Where a screen of the event's hall is edited, and a booking that was paid. */
let hall: string;
let booking: string;
const login = somebody();
/** Somebody who holds a seat and does nothing more: their hold ends while the other tests run. */
let idle: { page: Page; since: number };

beforeAll(async () => {
  browser = await openBrowser();
  idle = await forgetful(await putOnSale(ready, "The Forgotten Seat", plan(3, 6)));
  event = await putOnSale(ready, "Seen by Everybody", plan(4, 9));
  const admin = await Api.signedIn(ready.edge, ready.admin);
  const { theaters } = await admin.get<{
    theaters: { theater_id: string; screens: { screen_id: string; seat_count: number }[] }[];
  }>("/v1/theaters");
  const theater = theaters.find(({ screens }) => screens.some(({ seat_count }) => seat_count === event.seats.length));
  hall = `/admin/theater/${theater?.theater_id}/screen/${theater?.screens[0]?.screen_id}`;
  booking = (await buy(await Api.signedUp(ready.edge, login), event.id, 2)).booking.booking_id;
});

afterAll(() => browser.close());

async function forgetful(forgotten: Made): Promise<{ page: Page; since: number }> {
  const page = await guest(browser, ready, somebody(), `/event/${forgotten.id}`);
  await seeMap(page);
  await pressSeat(page, forgotten, "B2");
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  return { page, since: Date.now() };
}

/** What has come when the page is there, and what is done before it is looked at. */
type Steps = readonly [path: string, isThere: string, ...then: ((page: Page) => Promise<unknown>)[]];

const press = (name: string) => (page: Page) => page.getByRole("button", { name, exact: true }).click();
const walkIn = (page: Page) =>
  page
    .locator("[role=grid] [tabindex='0']")
    .focus()
    .then(() => page.keyboard.press("Enter"));

async function lookAtAll(page: Page, pages: readonly Steps[]): Promise<void> {
  for (const [path, isThere, ...steps] of pages) {
    await page.setViewportSize(DESK);
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(path);
    await page.locator(isThere).first().waitFor();
    for (const step of steps) await step(page);
    await expectAccessible(page);
    await page.setViewportSize(PHONE);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(wide, `${path} is no wider than a phone`).toBeLessThanOrEqual(seen ?? 0);
  }
  expectNoComplaints(page);
}

test("all pages of a visitor", async () => {
  await lookAtAll(await person(browser, ready), [
    ["/", ".card:not(.skeleton)"],
    ["/?q=hamlet&when=week", ".found"],
    ["/?q=qqqqqqqqqqqq", ".empty"],
    ["/?page=2", ".pages"],
    [`/event/${event.id}`, ".live.live", walkIn],
    ["/event/999999999999", ".empty"],
    ["/login", "form"],
    ["/signup", "form"],
    ["/checkout/rsv_nothing", "h1"],
  ]);
});

test("all pages of a customer", async () => {
  const page = await person(browser, ready);
  await page.goto("/login?next=/bookings");
  await logIn(page, login);
  await page.locator(".booking-line").waitFor();
  await lookAtAll(page, [
    ["/bookings", ".booking-line"],
    [`/booking/${booking}`, "img.qr", press("Give seats back")],
    ["/booking/bkg_nothing", "[data-reason]"],
    [`/event/${event.id}`, ".live.live", walkIn, press("Hold these seats"), (page) => page.waitForURL("**/checkout/*")],
    [`/event/${event.id}`, ".live.live"],
  ]);
});

test("all pages of the house", async () => {
  const page = await person(browser, ready);
  await page.goto("/admin");
  await logIn(page, ready.admin);
  await page.locator(".office-line .sales-bar").first().waitFor();
  await lookAtAll(page, [
    ["/admin", ".office-line .sales-bar"],
    ["/admin?q=qqqqqqqqqqqq", ".empty"],
    ["/admin/event/new", "form"],
    [`/admin/event/${event.id}/edit`, "form"],
    ["/admin/event/999999999999", ".empty"],
    ["/admin/event/999999999999/edit", ".empty"],
    [`/admin/event/${event.id}`, ".live.live", walkIn],
    [`/admin/event/${event.id}`, ".live.live", press("Prices"), walkIn],
    [`/admin/event/${event.id}`, ".live.live", press("House seats"), walkIn],
    [`/admin/event/${event.id}`, ".live.live", press("Box office"), walkIn],
    ["/admin/theaters", ".halls", press("New theatre")],
    [hall, ".map-canvas", walkIn],
    [hall.replace(/\d+$/, "new"), ".empty"],
    [`/admin/bookings?event=${event.id}`, ".booking-line"],
    [`/admin/booking/${booking}`, "img.qr"],
    [
      "/admin/door",
      "form",
      (page) => page.getByLabel("Ticket code").fill("UT1:NOTHING"),
      press("Admit"),
      (page) => page.getByText("No entry").waitFor(),
    ],
  ]);
});

test("a hold that ends says so, and its seat is free again", async () => {
  const { page, since } = idle;
  await page.waitForTimeout(Math.max(0, since + holdSeconds * 1_000 - Date.now()));
  await page.getByRole("heading", { name: "Your hold has ended" }).waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("Nothing was charged.");
  await expectAccessible(page);
  await page.getByRole("link", { name: "Back to the seats" }).click();
  await seeMap(page);
  await walkTo(page, "B2");
  await page.locator("[data-seat='B2']", { hasText: /free$/ }).waitFor({ state: "attached" });
  expectNoComplaints(page);
});
