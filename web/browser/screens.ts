// Pictures of the main pages at a phone's and a desk's width, for people who read the documentation.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { Api, buy, somebody } from "./api";
import { type Login, type Ready, start } from "./mesh";
import { CARDS, guest, logIn, openBrowser, person, seeMap, signUp, typeCard } from "./people";

const FOLDER = new URL("../../docs/screens/", import.meta.url).pathname;
const SIZES: Readonly<Record<string, BrowserContextOptions>> = {
  desk: { viewport: { width: 1280, height: 860 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

/** Takes the picture, in few bytes. */
async function take(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(900);
  const raw = join(FOLDER, `${name}.png`);
  await page.screenshot({ path: raw });
  const done = spawnSync(
    "cwebp",
    [
      "-quiet",
      "-q",
      "82",
      "-resize",
      page.viewportSize()?.width === 390 ? "585" : "1280",
      "0",
      raw,
      "-o",
      join(FOLDER, `${name}.webp`),
    ],
    { stdio: "inherit" },
  );
  if (done.status !== 0) throw new Error("cwebp failed");
  rmSync(raw);
}

interface Found {
  readonly event_id: string;
  readonly event_name: string;
  readonly start_time: string;
  readonly total_ticket_count: number;
}

/** An event of the demo data with a house of a good size, part of which is sold. */
async function busyEvent(ready: Ready): Promise<string> {
  const pages = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((page) =>
      fetch(`${ready.edge}/v1/search?query=hamlet&page=${page}`).then(
        (answer) => answer.json() as Promise<{ events: Found[] }>,
      ),
    ),
  );
  const soon = Date.now() + 40 * 3_600_000;
  const found = pages
    .flatMap(({ events }) => events)
    .filter((event) => Date.parse(event.start_time) > soon && event.total_ticket_count < 900);
  const id = found.sort((a, b) => b.total_ticket_count - a.total_ticket_count)[0]?.event_id;
  if (!id) throw new Error("the demo data have no Hamlet");
  const admin = await Api.signedIn(ready.edge, ready.admin);
  for (let nth = 0; nth < 14; nth += 1) {
    const buyer = await Api.signedUp(ready.edge, somebody());
    const { reservation } = await buyer.post<{ reservation: { reservation_id: string } }>("/v1/reserve/best", {
      event_id: id,
      quantity: 2 + (nth % 5),
      allow_split: true,
    });
    if (nth % 3 < 2)
      await buyer.post("/v1/book", {
        reservation_id: reservation.reservation_id,
        card_info: { payment_method: "pm_card_visa" },
      });
  }
  const { tickets } = await admin.get<{ tickets: { ticket_id: string; status: string }[] }>(`/v1/event/${id}`);
  const free = tickets.filter(({ status }) => status === "AVAILABLE").slice(-6);
  await admin.post("/v1/boxoffice/block", { ticket_ids: free.map(({ ticket_id }) => ticket_id), reason: "press" });
  return id;
}

/** Other evenings that they have been to, or meant to. */
async function bookOthers(ready: Ready, login: Login): Promise<void> {
  const buyer = await Api.signedIn(ready.edge, login);
  const soon = Date.now() + 40 * 3_600_000;
  for (const [nth, query] of ["tosca", "macbeth", "carmen"].entries()) {
    const { events } = await buyer.get<{ events: Found[] }>(`/v1/search?query=${query}`);
    const event = events.find(({ start_time }) => Date.parse(start_time) > soon);
    if (!event) throw new Error(`the demo data have no ${query}`);
    const { booking } = await buy(buyer, event.event_id, 2 + nth);
    if (nth === 1) await buyer.post("/v1/cancel", { booking_id: booking.booking_id });
  }
}

async function customer(browser: Browser, ready: Ready, id: string, size: string): Promise<void> {
  const page = await person(browser, ready, SIZES[size]);
  await page.goto("/");
  await page.locator(".card:not(.skeleton)").first().waitFor();
  await take(page, `home-${size}`);
  await page.goto(`/signup?next=/event/${id}`);
  const login = somebody();
  await signUp(page, login);
  await page.waitForURL(`**/event/${id}`);
  await seeMap(page);
  await bookOthers(ready, login);
  await page.locator("[role=grid] [tabindex='0']").focus();
  // Others' seats than those that the picture before has bought.
  for (let nth = 0; nth < (size === "phone" ? 8 : 6); nth += 1) await page.keyboard.press("ArrowDown");
  for (let nth = 0; nth < 3; nth += 1) {
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
  }
  await page.locator("[role=grid] :focus").evaluate((cell) => (cell as HTMLElement).blur());
  await page.getByRole("button", { name: "Show the whole house" }).click();
  await page.locator(size === "phone" ? ".live" : ".facts").evaluate((part) => part.scrollIntoView({ block: "start" }));
  await page.mouse.move(5, 5);
  await take(page, `event-${size}`);
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  await typeCard(page, CARDS.good);
  await page.evaluate(() => scrollTo(0, 0));
  await take(page, `pay-${size}`);
  await page.getByRole("button", { name: /^Pay / }).click();
  await page.locator("img.qr").first().waitFor();
  await take(page, `booking-${size}`);
  await page.goto("/bookings");
  await page.locator(".booking-line").first().waitFor();
  await take(page, `bookings-${size}`);
}

/** The waiting room of an on-sale that opens in a while, and its line. */
async function waiting(browser: Browser, ready: Ready): Promise<void> {
  const admin = await Api.signedIn(ready.edge, ready.admin);
  const found = (await (await fetch(`${ready.edge}/v1/search?query=tempest`)).json()) as { events: Found[] };
  const later = found.events.filter(({ start_time }) => Date.parse(start_time) > Date.now() + 40 * 3_600_000);
  const [early, rush] = later.map(({ event_id }) => event_id);
  if (!early || !rush) throw new Error("the demo data have no Tempest");
  const open = (event_id: string, minutes: number, admissions_per_minute: number) =>
    admin.post("/v1/update/event", {
      event_id,
      waiting_room: { admissions_per_minute, opens_at: new Date(Date.now() + minutes * 60_000).toISOString() },
    });
  await open(early, 47, 60);
  await open(rush, 0.2, 6);
  await Promise.all(
    Array.from({ length: 24 }, async () => {
      const other = await Api.signedUp(ready.edge, somebody());
      await other.post(`/v1/event/${rush}/line`, {});
    }),
  );
  for (const [id, size, sign] of [
    [early, "desk", "The seats go on sale on"],
    [rush, "phone", "You are in line"],
  ] as const) {
    const page = await guest(browser, ready, somebody(), `/event/${id}`, SIZES[size]);
    await page.getByRole("heading", { name: sign }).waitFor();
    await take(page, `waiting-${size}`);
  }
}

async function dark(browser: Browser, ready: Ready, id: string): Promise<void> {
  const page = await person(browser, ready, { ...SIZES.desk, colorScheme: "dark" });
  await page.goto(`/event/${id}`);
  await seeMap(page);
  await take(page, "event-dark-desk");
}

async function house(browser: Browser, ready: Ready, id: string): Promise<void> {
  const page = await person(browser, ready, SIZES.desk);
  await page.goto("/admin?q=hamlet");
  await logIn(page, ready.admin);
  await page.locator(".office-line .sales-bar").first().waitFor();
  await take(page, "admin-events-desk");
  await page.goto(`/admin/event/${id}`);
  await seeMap(page);
  await page.getByRole("button", { name: "House seats" }).click();
  await take(page, "admin-seats-desk");
  await page.goto("/admin/theaters");
  await page.locator(".halls a").nth(2).click();
  await page.locator(".map-canvas").waitFor();
  await take(page, "admin-plan-desk");
  const phone = await person(browser, ready, SIZES.phone);
  await phone.goto("/admin/door");
  await logIn(phone, ready.admin);
  await phone.getByLabel("Ticket code").waitFor();
  await take(phone, "admin-door-phone");
}

mkdirSync(FOLDER, { recursive: true });
const { ready, stop } = await start(3_600);
const browser = await openBrowser();
try {
  const id = await busyEvent(ready);
  for (const size of Object.keys(SIZES)) await customer(browser, ready, id, size);
  await dark(browser, ready, id);
  await waiting(browser, ready);
  await house(browser, ready, id);
} finally {
  await browser.close();
  await stop();
}
