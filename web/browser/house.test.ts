// The house's day: an event is made, a customer finds and buys it, the house sees it, moves and admits the guest.
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Made, plan, putOnSale, somebody } from "./api";
import { expectAccessible, expectNoComplaints } from "./judge";
import { CARDS, guest, logIn, openBrowser, person, press, seeMap, typeCard } from "./people";

const ready = inject("ready");
let browser: Browser;
let admin: Page;

beforeAll(async () => {
  browser = await openBrowser();
  admin = await person(browser, ready);
  await admin.goto("/admin");
  await expectAccessible(admin);
  await logIn(admin, ready.admin);
  await admin.locator(".office-line .sales-bar").first().waitFor();
});

afterAll(() => browser.close());

test("a customer has no business in the office", async () => {
  const page = await person(browser, ready);
  await page.goto("/admin");
  await logIn(page, ready.customer);
  await page.getByRole("heading", { name: "This account may not run the house." }).waitFor();
  await expectAccessible(page);
});

/** The seats of the plan that is open, as its file has them. */
async function exported(): Promise<Made["seats"]> {
  const [file] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("button", { name: "Export JSON" }).click(),
  ]);
  return JSON.parse(readFileSync(await file.path(), "utf8")).seats;
}

test("from the empty hall to the guest in their seat", async () => {
  const theater = `Playhouse ${process.pid}`;
  await admin.getByRole("link", { name: "Theatres" }).click();
  await admin.getByRole("button", { name: "New theatre" }).click();
  await admin.getByLabel("Name").fill(theater);
  await admin.getByLabel("City").fill("Bern");
  await admin.getByLabel("Time zone").fill("Europe/Zurich");
  await admin.getByRole("button", { name: "Save" }).click();
  await admin.getByRole("link", { name: `New hall: ${theater}` }).click();

  await admin.getByLabel("Hall", { exact: true }).fill("Great Hall");
  await admin.getByLabel("Rows").fill("5");
  await admin.getByLabel("Seats a row").fill("10");
  await admin.getByLabel("Curve (0 is straight)").fill("0");
  await admin.getByLabel("Aisles after seats").fill("5");
  await admin.getByRole("button", { name: "Add these rows" }).click();
  const drawn = { seats: await exported() };
  // Where the pillar is nobody sits; a place for a wheelchair is in the last row, and the first one is dearer.
  await press(admin, drawn, "A1");
  await admin.getByRole("button", { name: "Take them out" }).click();
  const pillar = { seats: await exported() };
  await press(admin, pillar, "E10");
  await admin.getByLabel("Kind").selectOption("Wheelchair place");
  await admin.getByRole("button", { name: "Apply" }).click();
  await press(admin, pillar, "E10");
  await press(admin, pillar, "A2");
  const change = admin.locator(".side > section", {
    has: admin.getByRole("heading", { name: "Change the chosen seats" }),
  });
  await change.getByLabel("Price, in cents").fill("9900");
  await change.getByRole("button", { name: "Apply" }).click();
  await admin.getByRole("button", { name: "Save" }).click();
  await admin.getByText("Saved.").waitFor();
  const seats = await exported();
  expect(seats.length).toBe(49);
  expect(seats.find(({ seat_no }) => seat_no === "A2")?.price).toBe(9_900);
  const [fifth, sixth] = ["B5", "B6"].map((seat) => seats.find(({ seat_no }) => seat_no === seat)?.x ?? 0);
  expect((sixth ?? 0) - (fifth ?? 0), "an aisle is wider than a seat").toBeGreaterThan(2);

  const name = `Opening Night ${process.pid}`;
  await admin.goto("/admin/event/new");
  await admin.getByLabel("Title").fill(name);
  await admin.getByLabel("What it is about").fill("A house opens.");
  await admin.getByLabel("Kind").fill("Drama");
  const hall = await admin.locator("select[name=screen] option", { hasText: theater }).getAttribute("value");
  await admin.locator("select[name=screen]").selectOption(hall ?? "");
  await admin.getByLabel("Price of a seat that the plan gives none").fill("45.50");
  await admin.getByRole("button", { name: "Put it on sale" }).click();
  await admin.waitForURL(/\/admin\/event\/\d+$/);
  const id = admin.url().split("/").at(-1) ?? "";
  const event = { id, name, seats };

  await seeMap(admin);
  await admin.getByRole("button", { name: "Prices" }).click();
  await press(admin, event, "A4");
  await press(admin, event, "A5");
  await admin.getByLabel("New price (EUR)").fill("80");
  await admin.getByRole("button", { name: "Reprice" }).click();
  await admin.getByText("2 seats have a new price.").waitFor();
  await admin.getByRole("button", { name: "House seats" }).click();
  await press(admin, event, "C3");
  await admin.getByLabel("Why").fill("the author");
  await admin.getByRole("button", { name: "Keep back" }).click();
  await admin.getByText("1 seat changed.").waitFor();

  const customer = await person(browser, ready);
  await customer.goto("/");
  await customer.getByRole("combobox", { name: "Search for events" }).fill(name);
  await customer.getByRole("heading", { name }).getByRole("link").click();
  const page = await guest(browser, ready, somebody(), `/event/${id}`);
  await seeMap(page);
  await press(page, event, "C3");
  await page.getByText("Seat C3 is taken. Choose another.").waitFor();
  await press(page, event, "A4");
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  await admin.locator(".tiles .held dd", { hasText: "1" }).waitFor();
  await typeCard(page, CARDS.good);
  await page.getByRole("button", { name: "Pay €80" }).click();
  await page.getByRole("img", { name: "Ticket code for seat A4" }).waitFor();
  await admin.locator(".tile strong", { hasText: "€80" }).waitFor();

  await admin.getByRole("button", { name: "Look" }).click();
  await admin.locator(".by-price li", { hasText: "€80" }).getByText("1 of 2 sold").waitFor();
  await press(admin, event, "A4");
  await admin.getByText("Gerda Guest").waitFor();
  await admin.getByRole("button", { name: "Move to another seat" }).click();
  await press(admin, event, "B6");
  await admin.getByText("A4 moved to B6.").waitFor();
  await admin.locator(".tiles .sold dd", { hasText: "1" }).waitFor();
  await page.reload();
  await page.getByRole("img", { name: "Ticket code for seat B6" }).waitFor();
  await page.getByText("Code in words").click();
  const token = (await page.locator(".token").textContent()) ?? "";
  expect(token).toMatch(/^UT1:/);

  await admin.getByRole("link", { name: "Events" }).click();
  await admin.getByRole("heading", { name: "Events", level: 1 }).waitFor();
  await admin.getByLabel("Search").fill(name);
  await admin.keyboard.press("Enter");
  const line = admin.locator(".office-line", { hasText: name });
  await line.getByText("€80").waitFor();
  // As they stand there: sold, held, kept back, free.
  expect(await line.locator("dd").allTextContents()).toEqual(["1", "0", "1", "47"]);

  await admin.getByRole("link", { name: "Check-in" }).click();
  await admin.getByLabel("Ticket code").fill(token);
  await admin.getByRole("button", { name: "Admit" }).click();
  await admin.getByText("Welcome").waitFor();
  await admin.getByText(/Seat B6, admitted at/).waitFor();
  await admin.getByLabel("Ticket code").fill(token);
  await admin.getByRole("button", { name: "Admit" }).click();
  await admin.getByText("This ticket was used before").waitFor();

  await admin.getByRole("link", { name: "Bookings" }).click();
  // The door has a field of that name as well.
  await admin.getByRole("heading", { name: "Bookings", level: 1 }).waitFor();
  await admin.getByLabel("Event number").fill(id);
  await admin.getByRole("button", { name: "Find" }).click();
  await admin.getByRole("link", { name: /Gerda Guest/ }).click();
  await admin.getByLabel("Why").fill("a kind house");
  await admin.getByRole("button", { name: "Give 1 seat back" }).click();
  // Who came in has had the seat.
  const refused = admin.locator("[data-reason='ALREADY_ADMITTED']");
  await refused.waitFor();
  expect(await refused.textContent()).toContain("No money has moved.");
  expectNoComplaints(admin);
  expectNoComplaints(page);
});

test("the box office sells for cash and gives away", async () => {
  const event = await putOnSale(ready, "At the Door", plan(3, 6));
  await admin.goto(`/admin/event/${event.id}`);
  await seeMap(admin);
  await admin.getByRole("button", { name: "Box office" }).click();
  await press(admin, event, "A1");
  await press(admin, event, "A2");
  await admin.getByRole("button", { name: "Sell" }).click();
  await admin.getByRole("img", { name: "Ticket code for seat A1" }).waitFor();
  await admin.locator(".tile strong", { hasText: "€190" }).waitFor();
  await admin.getByLabel("Paid by").selectOption("gift");
  await press(admin, event, "B1");
  await admin.getByRole("button", { name: "Sell" }).click();
  await admin.getByRole("img", { name: "Ticket code for seat B1" }).waitFor();
  await expectAccessible(admin);

  await admin.getByRole("button", { name: "Look" }).click();
  await press(admin, event, "A2");
  await admin.getByRole("link", { name: "Open the booking" }).click();
  await admin.waitForURL("**/admin/booking/*");
  await admin.getByRole("button", { name: "Give 2 seats back" }).waitFor();
  await admin.getByLabel("Why").fill("a kind house");
  await admin.getByRole("button", { name: "Give 2 seats back" }).click();
  await admin.locator(".badge.refunded").waitFor();
  expectNoComplaints(admin);
});
