// A customer's evening, on a real browser against the real mesh.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Api, type Made, plan, putOnSale, somebody } from "./api";
import { expectAccessible, expectNoComplaints } from "./judge";
import { CARDS, guest, logIn, openBrowser, person, press, seeMap, signUp, typeCard, walkTo } from "./people";

const ready = inject("ready");
const holdSeconds = inject("holdSeconds");
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

/** Chooses seats with the mouse and holds them. */
async function hold(page: Page, event: Made, seats: string[]): Promise<void> {
  for (const seat of seats) await press(page, event, seat);
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
}

test("from the search to the ticket and back", async () => {
  const event = await putOnSale(ready, `Velvet Journey ${process.pid}`, plan(6, 12), {
    cancel_policy: { minutes_before: 60, fee_percent: 10 },
  });
  const page = await person(browser, ready);
  await page.goto("/");
  await page.locator(".card:not(.skeleton)").first().waitFor();
  await page.getByRole("combobox", { name: "Search for events" }).fill(event.name);
  await page.getByRole("heading", { name: event.name }).getByRole("link").click();
  await page.waitForURL(`**/event/${event.id}`);
  await seeMap(page);

  await press(page, event, "B4");
  await walkTo(page, "B5");
  await page.keyboard.press("Enter");
  expect(await page.locator(".basket .total").textContent()).toBe("2 seats€190");
  await page.getByRole("button", { name: "Hold these seats" }).click();

  // Nobody is signed in yet: what was chosen is still chosen afterwards.
  await page.waitForURL("**/login?*");
  await page.locator("main").getByRole("link", { name: "Sign up" }).click();
  await signUp(page, somebody());
  await page.waitForURL(`**/event/${event.id}`);
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  // A second is what the clocks of two machines may differ by.
  let before = await secondsShown(page);
  while (before > holdSeconds - 3) before = await secondsShown(page);
  await page.reload();
  const after = await secondsShown(page);
  expect(after, "a reload does not begin the hour anew").toBeLessThanOrEqual(before + 1);
  expect(after).toBeGreaterThan(before - 30);
  expect(await page.locator(".order .total strong").textContent()).toBe("€190");

  await typeCard(page, CARDS.good);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Pay €190" }).click();
  await page.getByRole("heading", { name: "It’s yours" }).waitFor();
  await page.getByRole("img", { name: "Ticket code for seat B4" }).waitFor();
  await page.getByRole("img", { name: "Ticket code for seat B5" }).waitFor();

  await page.getByRole("link", { name: "My bookings" }).first().click();
  await page.getByRole("link", { name: new RegExp(event.name) }).waitFor();
  await page.getByRole("link", { name: new RegExp(event.name) }).click();
  await page.getByRole("button", { name: "Give seats back" }).click();
  await page.getByRole("checkbox", { name: "B5" }).uncheck();
  await page.getByRole("button", { name: "Give 1 seat back" }).click();
  await page.getByText("€85.50 goes back to your card; the house keeps €9.50.").waitFor();
  await page.getByRole("img", { name: "Ticket code for seat B4" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/login?*");
  expectNoComplaints(page);
});

async function secondsShown(page: Page): Promise<number> {
  const text = (await page.getByRole("timer").textContent()) ?? "";
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

test("who is a moment late sees it at once, and can't have the seat", async () => {
  const event = await putOnSale(ready, "Two Browsers", plan(4, 8));
  const [ann, bob] = (await Promise.all([1, 2].map(() => guest(browser, ready, somebody(), `/event/${event.id}`)))) as [
    Page,
    Page,
  ];
  await seeMap(ann);
  await seeMap(bob);
  await press(bob, event, "C3");
  await bob.locator(".basket .total", { hasText: "1 seat" }).waitFor();
  await hold(ann, event, ["C3"]);

  await bob.getByText("Seat C3 was just taken by somebody else. Nothing was charged; choose another.").waitFor();
  await bob.getByText("Choose seats on the plan").waitFor();
  await walkTo(bob, "C3");
  expect(await bob.locator(":focus").textContent()).toBe("Stalls, row C, seat C3, €72, taken");
  await bob.keyboard.press("Enter");
  await bob.getByText("Seat C3 is taken. Choose another.").waitFor();

  await ann.getByRole("button", { name: "Give the seats back" }).click();
  await ann.waitForURL(`**/event/${event.id}`);
  await bob.locator("[data-seat='C3']", { hasText: /free$/ }).waitFor({ state: "attached" });
  expectNoComplaints(ann);
  expectNoComplaints(bob);
});

test("the best seats together, and apart where there are none together", async () => {
  const event = await putOnSale(ready, "Best Seats", plan(2, 3));
  const page = await guest(browser, ready, somebody(), `/event/${event.id}`);
  await seeMap(page);
  await page.getByLabel("How many").selectOption("4");
  await page.getByRole("button", { name: "Hold the best" }).click();
  await page.getByText("There are not that many seats together: 3 at most, 6 in all.").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("Nothing was charged.");
  await page.getByRole("button", { name: "Take seats apart" }).click();
  await page.waitForURL("**/checkout/*");
  await page.locator(".order .seats li").nth(3).waitFor();
  expectNoComplaints(page);
});

test("a declined card costs nothing and another one pays", async () => {
  const event = await putOnSale(ready, "Declined", plan(2, 4));
  const page = await guest(browser, ready, somebody(), `/event/${event.id}`);
  await seeMap(page);
  await hold(page, event, ["A2"]);
  await typeCard(page, "4242 4242 4242 4241");
  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByText("Your card number is incorrect.").first().waitFor();

  await typeCard(page, CARDS.declined);
  await page.getByRole("button", { name: "Pay €95" }).click();
  const told = page.locator("[data-reason='PAYMENT_DECLINED']");
  await told.waitFor();
  expect(await told.textContent()).toBe(
    "The payment was declined: The card has too little money. Nothing was charged. Your seats are still held: try again, also with another card.",
  );
  await expectAccessible(page);
  await typeCard(page, CARDS.good);
  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByRole("heading", { name: "It’s yours" }).waitFor();
  expectNoComplaints(page);
});

test("the bank may want to hear from the customer, who may fail and try again", async () => {
  const event = await putOnSale(ready, "The Bank Asks", plan(2, 4));
  const page = await guest(browser, ready, somebody(), `/event/${event.id}`);
  await seeMap(page);
  await hold(page, event, ["A3"]);
  for (const [button, headline] of [
    ["Fail", "The payment did not go through"],
    ["Approve", "It’s yours"],
  ] as const) {
    await typeCard(page, CARDS.asksBank);
    await page.getByRole("button", { name: "Pay €95" }).click();
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("heading", { name: headline }).waitFor();
    if (button === "Fail") {
      expect(await page.locator(".outcome").textContent()).toContain("Nothing was charged.");
      await expectAccessible(page);
      await page.getByRole("link", { name: "Try again" }).click();
    }
  }
  expectNoComplaints(page);
});

/** As if the house took these tokens no longer. */
async function spoil(page: Page, names: string[]): Promise<void> {
  await page.evaluate((spoilt) => {
    const session = JSON.parse(localStorage.getItem("usher.session") ?? "{}");
    for (const name of spoilt) session[name] = `${session[name].slice(0, -6)}AAAAAA`;
    localStorage.setItem("usher.session", JSON.stringify(session));
  }, names);
}

test("a token that is over is exchanged, and nobody notices", async () => {
  const event = await putOnSale(ready, "Token Over", plan(2, 4));
  const page = await guest(browser, ready, somebody(), `/event/${event.id}`);
  await seeMap(page);
  await spoil(page, ["token"]);
  await page.reload();
  await seeMap(page);
  await hold(page, event, ["A1"]);
  await page.getByRole("timer").waitFor();
  expectNoComplaints(page);
});

test("a session that ends costs no hold", async () => {
  const event = await putOnSale(ready, "Session Over", plan(2, 4));
  const login = somebody();
  const page = await guest(browser, ready, login, `/event/${event.id}`);
  await seeMap(page);
  await hold(page, event, ["A1"]);
  await spoil(page, ["token", "refreshToken"]);
  await page.reload();
  await typeCard(page, CARDS.good);
  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByText("Your session has ended, your hold has not. Log in again to pay.").waitFor();
  await page.locator("main").getByRole("link", { name: "Log in" }).click();
  await page.getByText("Your session has ended. Log in again: whatever you hold is still held.").waitFor();
  await logIn(page, login);
  await page.waitForURL("**/checkout/*");
  await typeCard(page, CARDS.good);
  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByRole("heading", { name: "It’s yours" }).waitFor();
  expectNoComplaints(page);
});

test("without a network the map says so, and catches up when it is back", async () => {
  const event = await putOnSale(ready, "Offline", plan(3, 5));
  const page = await person(browser, ready);
  await page.goto(`/event/${event.id}`);
  await seeMap(page);
  await page.context().setOffline(true);
  await page.getByText("You are offline.").waitFor();
  await page.getByText("The connection is lost.").waitFor();
  const other = await Api.signedUp(ready.edge, somebody());
  await other.post("/v1/reserve/best", { event_id: event.id, quantity: 1 });
  await page.context().setOffline(false);
  await seeMap(page);
  await page.locator(".legend", { hasText: "4 left" }).waitFor();
  expect(await page.getByText("You are offline.").count()).toBe(0);
  expectNoComplaints(page);
});

test("it speaks German, and keeps to it", async () => {
  const page = await person(browser, ready, { locale: "de-DE", colorScheme: "dark" });
  await page.goto("/");
  await page.getByRole("heading", { name: "Den Abend finden. Den Platz aussuchen." }).waitFor();
  await expectAccessible(page);
  await page.getByLabel("Sprache").selectOption("en");
  await page.getByRole("heading", { name: "Find the night. Pick the very seat." }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Find the night. Pick the very seat." }).waitFor();
  await page.goto("/nowhere/to/be/found");
  expectNoComplaints(page);
});
