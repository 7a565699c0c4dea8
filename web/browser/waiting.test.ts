// An on-sale that many want: people wait, are let in one after the other, and are told when their turn is over.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { plan, putOnSale, somebody } from "./api";
import { expectAccessible, expectNoComplaints } from "./judge";
import { guest, logIn, openBrowser, person, press, seeMap, signUp } from "./people";

const ready = inject("ready");
/** One every ten seconds. */
const ADMISSIONS_PER_MINUTE = 6;
const OPENS_IN_MS = 15_000;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

const inLine = (page: Page) => page.getByRole("heading", { name: "You are in line" }).waitFor();
const isLetIn = (page: Page) => page.getByText("It is your turn: choose").waitFor();

test("who waits is let in without a reload, and told when the turn is over", async () => {
  const opensAt = new Date(Date.now() + OPENS_IN_MS).toISOString();
  const event = await putOnSale(ready, "The Great Rush", plan(4, 8), {
    waiting_room: { admissions_per_minute: ADMISSIONS_PER_MINUTE, opens_at: opensAt },
  });
  const path = `/event/${event.id}`;

  // Nobody stands in line without an account.
  const ann = await person(browser, ready);
  await ann.goto(path);
  await ann.getByRole("heading", { name: "Log in to take your place" }).waitFor();
  expect(await ann.locator(".map-canvas").count()).toBe(0);
  await expectAccessible(ann);
  await ann.locator("main").getByRole("link", { name: "Sign up" }).click();
  await signUp(ann, somebody());
  await ann.waitForURL(`**${path}`);
  const bob = await guest(browser, ready, somebody(), path);
  await ann.getByRole("heading", { name: "The seats go on sale on" }).waitFor();
  await ann.getByRole("timer").waitFor();

  // The lot decides who is first; the other one waits for some seconds.
  const [first, second] = await Promise.race([
    isLetIn(ann).then(() => [ann, bob] as const),
    isLetIn(bob).then(() => [bob, ann] as const),
  ]);
  await inLine(second);
  expect(await second.locator(".room-figure").textContent()).toBe("1");
  await second.reload();
  await inLine(second);
  expect(await second.locator(".room-figure").textContent(), "a reload keeps the place").toBe("1");
  await seeMap(first);
  await first.reload();
  await isLetIn(first);
  await seeMap(first);
  await press(first, event, "B3");
  await first.getByRole("button", { name: "Hold these seats" }).click();
  await first.waitForURL("**/checkout/*");

  await isLetIn(second);
  await seeMap(second);
  await expectAccessible(second);
  const otherTab = await second.context().newPage();
  await otherTab.goto(path);
  await isLetIn(otherTab);
  await second.getByText("Your turn is over").waitFor();
  expect(await second.locator(".map-canvas").count()).toBe(0);
  // At once: the server may count the old turn a moment longer.
  await second.getByRole("button", { name: "Join the line again" }).click();
  await isLetIn(second);
  await seeMap(second);
  await second.getByRole("button", { name: "Hold the best" }).click();
  await second.waitForURL("**/checkout/*");
  // Whoever does nothing is told the same, and asked no more.
  await otherTab.getByText("Your turn is over").waitFor();
  await otherTab.getByText("You hold 2 seats here.").waitFor();
  await expectAccessible(otherTab);
  expectNoComplaints(ann);
  expectNoComplaints(bob);
});

test("a room that the house opens while people look sends them there, and back", async () => {
  const event = await putOnSale(ready, "Suddenly Wanted", plan(2, 6));
  const page = await guest(browser, ready, somebody(), `/event/${event.id}`);
  await seeMap(page);

  const admin = await person(browser, ready, { locale: "de-DE" });
  await admin.goto(`/admin/event/${event.id}/edit`);
  await admin.getByLabel("E-Mail-Adresse").waitFor();
  await admin.getByLabel("Sprache").selectOption("en");
  await logIn(admin, ready.admin);
  await admin.getByLabel("Waiting room: let in so many a minute").fill("60");
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Save" }).click();
  await admin.waitForURL(`**/admin/event/${event.id}`);
  await admin.goto(`/admin/event/${event.id}/edit`);
  expect(await admin.getByLabel("Waiting room: let in so many a minute").inputValue()).toBe("60");

  await press(page, event, "A2");
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await isLetIn(page);
  await page.locator(".basket .total", { hasText: "1 seat" }).waitFor();
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  expectNoComplaints(page);
});
