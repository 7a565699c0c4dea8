// What is on: found as one types, narrowed, and told with all that one chooses by.

import { create, toBinary } from "@bufbuild/protobuf";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { SearchResponseSchema } from "../src/contract/usher/search/v1/search_pb";
import { Api, buy, type Made, plan, putOnSale, somebody } from "./api";
import { expectNoComplaints } from "./judge";
import { openBrowser, person } from "./people";

const ready = inject("ready");
const DAY_MS = 86_400_000;
const PICTURE = "https://pictures.example/poster.svg";
/** So that nothing else is found. */
const name = `Quillfeather${process.pid}`;
/** In the evening, and not in the next days, whatever time it is. */
const soon = new Date(new Date(Date.now() + 3 * DAY_MS).setUTCHours(18, 30, 0, 0));
const later = new Date(Date.now() + 30 * DAY_MS);
let browser: Browser;
let drama: Made;
let opera: Made;

beforeAll(async () => {
  browser = await openBrowser();
  drama = await putOnSale(ready, `${name} in Prose`, plan(3, 4), { start_time: soon.toISOString() });
  opera = await putOnSale(ready, `${name} in Song`, plan(1, 2), {
    category: "Opera",
    cdn_link: PICTURE,
    currency: "USD",
    start_time: later.toISOString(),
  });
  const buyer = await Api.signedUp(ready.edge, somebody());
  await buy(buyer, opera.id, 2);
  await buy(buyer, drama.id, 1);
  // A search hears of what is sold a moment later.
  const left = async () => {
    const { events } = await buyer.get<{ events: { remaining_ticket_count?: number }[] }>(`/v1/search?query=${name}`);
    return events.map(({ remaining_ticket_count }) => remaining_ticket_count ?? 0).sort((a, b) => b - a);
  };
  await vi.waitFor(async () => expect(await left()).toEqual([11, 0]), { timeout: 20_000, interval: 200 });
});

afterAll(() => browser.close());

const card = (page: Page, event: Made) =>
  page.locator(".card", { has: page.getByRole("heading", { name: event.name }) });

test("a card says what, where and when, from what price, and how many seats are left", async () => {
  const page = await person(browser, ready, { timezoneId: "Asia/Tokyo" });
  await page.route(PICTURE, (route) =>
    route.fulfill({
      contentType: "image/svg+xml",
      body: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 4"/>',
    }),
  );
  await page.goto("/");
  await page.getByRole("combobox", { name: "Search for events" }).pressSequentially(name.toLowerCase().slice(0, -1));
  const shown = card(page, drama);
  await shown.waitFor();
  await page.waitForURL(/q=quillfeather/);
  const clock = soon.toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin", hour: "2-digit", minute: "2-digit" });
  for (const words of ["Drama", "Test House", "Testville", clock, "from €48", "11 seats left"])
    await shown.getByText(words).first().waitFor();
  // Without a picture of its own it has one that is drawn for it.
  expect(await shown.locator("svg.poster path, svg.poster circle").count()).toBeGreaterThan(1);
  expect(await shown.locator("img").count()).toBe(0);

  const other = card(page, opera);
  await other.getByText("Sold out").waitFor();
  expect(await other.locator("img.poster").getAttribute("src")).toBe(PICTURE);
  await page.unroute(PICTURE);
  await page.route(PICTURE, (route) => route.abort());
  await page.reload();
  await other.locator("svg.poster").waitFor();
  await other.getByRole("link", { name: opera.name }).click();
  await page.getByText("Sold out. Seats that come back are free here at once").waitFor();
  expect(await page.getByRole("button", { name: "Hold the best" }).count()).toBe(0);
  expectNoComplaints(page);
});

test("suggestions are taken by keys, and filters narrow what is found", async () => {
  const page = await person(browser, ready, { timezoneId: "UTC" });
  await page.goto("/");
  const box = page.getByRole("combobox", { name: "Search for events" });
  await box.pressSequentially(`${name} in S`);
  // In sight, and not only there.
  await page.getByRole("option", { name: opera.name }).click({ trial: true });
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await box.inputValue()).toBe(opera.name);
  await page.getByRole("listbox").waitFor({ state: "hidden" });

  const found = async (...events: Made[]) => {
    for (const event of [drama, opera])
      await card(page, event).waitFor({ state: events.includes(event) ? "visible" : "detached" });
    await page
      .getByRole("status")
      .filter({ hasText: events.length === 1 ? "1 evening" : `${events.length} evenings` })
      .waitFor();
  };
  await box.fill(name);
  await found(drama, opera);
  await page.getByRole("button", { name: /^Opera/ }).click();
  await found(opera);
  // A search can be sent to a friend.
  await page.reload();
  await found(opera);
  await page.getByRole("button", { name: "All", exact: true }).click();
  await found(drama, opera);
  await page.getByLabel("On a day").fill(soon.toISOString().slice(0, 10));
  await found(drama);
  await page.getByLabel("On a day").fill("");
  await page.getByLabel("When").selectOption("Next 7 days");
  await found(drama);
  await page.getByLabel("When").selectOption("Any day");
  await found(drama, opera);
  const where = page.getByLabel("Where");
  await where.selectOption({ index: 1 });
  await page.getByRole("status").filter({ hasText: "1 evening" }).waitFor();
  await where.selectOption("Every theatre");
  await found(drama, opera);
  await page.getByLabel("When").selectOption("Tomorrow");
  await page.getByRole("heading", { name: "Nothing found" }).waitFor();
  await page.getByRole("link", { name: "Show everything" }).click();
  await page.waitForURL(`${ready.edge}/`);
  await expect.poll(() => box.inputValue()).toBe("");
  expectNoComplaints(page);
});

test("a search that is out of reach is no empty house", async () => {
  const page = await person(browser, ready);
  // As the edge answers for a search service that is gone.
  const answer = toBinary(SearchResponseSchema, create(SearchResponseSchema, { page: 1, retryAfterMs: 1_000 }));
  const framed = (flags: number, bytes: Uint8Array) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flags, 0);
    head.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  };
  const body = Buffer.concat([framed(0, answer), framed(0x80, Buffer.from("grpc-status: 0\r\n"))]);
  const calls = "**/usher.search.v1.SearchService/Search";
  await page.route(calls, (route) => route.fulfill({ contentType: "application/grpc-web+proto", body }));
  await page.goto(`/?q=${name}`);
  await page.getByText("The search is out of reach for a moment; that says nothing of what is on.").waitFor();
  expect(await page.getByText("Nothing found").count()).toBe(0);
  await page.unroute(calls);
  await page.getByRole("button", { name: "Try again" }).click();
  await card(page, drama).waitFor();
  expectNoComplaints(page);
});

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };

test.each([
  ["/", "en-GB", DESK],
  ["/?q=hamlet", "en-GB", DESK],
  ["/?q=hamlet", "de-DE", PHONE],
])("the headline of %s stands in %s where it stays, before any script", async (path, locale, viewport) => {
  const [before, after] = await Promise.all(
    [false, true].map((javaScriptEnabled) => person(browser, ready, { locale, viewport, javaScriptEnabled })),
  );
  if (!before || !after) throw new Error("nobody looks");
  await Promise.all([before.goto(path), after.goto(path)]);
  await after.locator("[role=combobox]").waitFor();
  await after.evaluate(() => document.fonts.ready.then(() => undefined));
  const seen = async (page: Page) => {
    const headline = page.getByRole("heading", { level: 1 });
    return [
      await headline.textContent(),
      await headline.boundingBox(),
      await page.locator(".search-box").boundingBox(),
    ];
  };
  // Where no script runs, nobody tells when the letters have come.
  await expect.poll(() => seen(before)).toEqual(await seen(after));
});
