// The house's desk: plans that come and go as files, an event that is changed, seats that are kept back, a booking that is
// found and paid back.
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Api, buy, type Made, plan, putOnSale, somebody } from "./api";
import { expectNoComplaints } from "./judge";
import { logIn, openBrowser, person, press, seeMap } from "./people";

const ready = inject("ready");
const folder = mkdtempSync(join(tmpdir(), "usher-desk-"));
let browser: Browser;
let admin: Page;

beforeAll(async () => {
  browser = await openBrowser();
  admin = await person(browser, ready);
  await admin.goto("/admin");
  await logIn(admin, ready.admin);
  await admin.locator(".office-line .sales-bar").first().waitFor();
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

async function exported(): Promise<{ screen_name: string; seats: Made["seats"] }> {
  const [file] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("button", { name: "Export JSON" }).click(),
  ]);
  return JSON.parse(readFileSync(await file.path(), "utf8"));
}

async function imported(text: string): Promise<void> {
  const file = join(folder, "plan.json");
  writeFileSync(file, text);
  await admin.getByLabel("Import JSON").setInputFiles(file);
}

test("a plan goes out as a file, comes back changed, and a wrong file harms nothing", async () => {
  const house = await Api.signedIn(ready.edge, ready.admin);
  const { theater } = await house.post<{ theater: { theater_id: string; screens: { screen_id: string }[] } }>(
    "/v1/update/theater",
    {
      theater_name: `Paper House ${randomUUID().slice(0, 8)}`,
      time_zone: "Europe/Berlin",
      screens: [{ screen_name: "Attic", seats: plan(2, 4), focal_x: 2, focal_y: 1 }],
    },
  );
  await admin.goto("/admin/theaters");
  await admin.getByRole("button", { name: /^Edit: Paper House/ }).click();
  await admin.getByLabel("City").fill("Basel");
  await admin.getByRole("button", { name: "Save" }).click();
  await admin.locator(".place", { hasText: "Basel, Europe/Berlin" }).waitFor();
  const path = `/admin/theater/${theater.theater_id}/screen/${theater.screens[0]?.screen_id}`;
  await admin.goto(path);
  await admin.locator(".map-canvas").waitFor();
  const before = await exported();
  expect([before.screen_name, before.seats.length]).toEqual(["Attic", 8]);

  for (const [text, why] of [
    ["no JSON", "This file is no seating plan"],
    ['{"seats": [{"seat_no": "A1"}, {"seat_no": "A1"}]}', "A1 comes twice"],
  ] as const) {
    await imported(text);
    await admin.getByRole("alert").filter({ hasText: why }).waitFor();
  }
  expect(await exported(), "the plan is as it was").toEqual(before);

  // Where a pillar stands there is no seat, and a place for a wheelchair is beside it.
  const seats = before.seats
    .filter(({ seat_no }) => seat_no !== "A2")
    .map((seat) => (seat.seat_no === "A1" ? { ...seat, kind: "WHEELCHAIR" } : seat));
  await imported(JSON.stringify({ ...before, seats }));
  await admin.locator("[role=grid]", { hasText: "Wheelchair place" }).waitFor({ state: "attached" });
  expect(await admin.getByRole("alert").count(), "what was wrong is said no more").toBe(0);
  await admin.getByRole("button", { name: "Save" }).click();
  await admin.getByText("Saved.").waitFor();
  await admin.goto(path);
  await admin.locator(".map-canvas").waitFor();
  expect((await exported()).seats).toEqual(seats);
  expectNoComplaints(admin);
});

test("an event is changed, and its seats are kept back for the house, the artist and the carpenter", async () => {
  const event = await putOnSale(ready, "Working Title", plan(3, 6));
  const guest = await person(browser, ready);
  await guest.goto(`/event/${event.id}`);
  await seeMap(guest);

  await admin.goto(`/admin/event/${event.id}/edit`);
  await admin.getByLabel("Title").fill("Final Title");
  await admin.getByLabel("What it is about").fill("Now it is known.");
  await admin.getByLabel(/^Start, at the theatre/).fill("2031-07-05T20:15");
  await admin.getByRole("button", { name: "Save" }).click();
  await admin.getByRole("heading", { name: "Final Title" }).waitFor();
  await admin.getByText(/5 July 2031 at 20:15/).waitFor();

  await seeMap(admin);
  await admin.getByRole("button", { name: "House seats" }).click();
  const keep = admin.getByRole("button", { name: "Keep back" });
  for (const [seats, why] of [
    [["A1", "A2"], "house seats"],
    [["B1"], "the artist's friends"],
    [["C6"], "broken chair"],
  ] as const) {
    for (const seat of seats) await press(admin, event, seat);
    await admin.getByText(seats.length === 1 ? "1 seat chosen" : `${seats.length} seats chosen`).waitFor();
    await admin.getByLabel("Why").fill(why);
    await keep.click();
    await admin.getByText("0 seats chosen").waitFor();
  }
  await admin.locator(".tiles .blocked dd", { hasText: /^4$/ }).waitFor();
  await admin.locator(".tiles .free dd", { hasText: /^14$/ }).waitFor();
  const widths = await admin
    .locator(".tiles .sales-bar rect")
    .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute("width"))));
  expect(
    widths.map((width) => Math.round((width * 18) / 100)),
    "sold, held, kept back, free",
  ).toEqual([0, 0, 4, 14]);

  const atGuests = (seat: string) => guest.locator(`[data-seat='${seat}']`);
  await atGuests("A1")
    .filter({ hasText: /taken$/ })
    .waitFor({ state: "attached" });
  await guest.locator(".legend", { hasText: "4 left" }).waitFor();
  await press(admin, event, "A2");
  await admin.getByRole("button", { name: "Put on sale" }).click();
  await admin.locator(".tiles .blocked dd", { hasText: /^3$/ }).waitFor();
  await atGuests("A2").filter({ hasText: /free$/ }).waitFor({ state: "attached" });
  await atGuests("A1")
    .filter({ hasText: /taken$/ })
    .waitFor({ state: "attached" });
  await guest.reload();
  await guest.getByRole("heading", { name: "Final Title" }).waitFor();
  await guest.getByText("Now it is known.").waitFor();
  expectNoComplaints(admin);
  expectNoComplaints(guest);
});

test("a booking is found by its guest or its seat, and paid back in parts", async () => {
  const event = await putOnSale(ready, "Too Many Seats", plan(1, 5));
  const login = somebody();
  const { booking } = await buy(await Api.signedUp(ready.edge, login), event.id, 3);
  await admin.goto("/admin/bookings");
  await admin.getByText("Give an event, an email address, or both.").waitFor();
  const find = async (fields: Readonly<Record<string, string>>, found: string) => {
    for (const label of ["Event number", "Guest’s email address", "Seat"])
      await admin.getByLabel(label).fill(fields[label] ?? "");
    await admin.getByRole("button", { name: "Find" }).click();
    await admin.locator(".found", { hasText: found }).waitFor();
  };
  await find({ "Guest’s email address": `not-${login.email}` }, "0 bookings");
  await admin.getByText("No such bookings").waitFor();
  await find({ "Guest’s email address": login.email }, "1 booking");
  await find({ "Event number": event.id, Seat: booking.seat_numbers[0] ?? "" }, "1 booking");
  await admin.getByRole("link", { name: /Somebody/ }).click();
  await admin.waitForURL(`**/admin/booking/${booking.booking_id}`);

  const [kept, ...back] = booking.seat_numbers;
  await admin.getByRole("checkbox", { name: kept ?? "" }).uncheck();
  await admin.getByLabel("Why").fill("two are ill");
  await admin.getByRole("button", { name: "Give 2 seats back" }).click();
  await admin.getByText("€190 goes back.").waitFor();
  await admin.getByText("Refunded: €190").waitFor();
  for (const seat of back)
    await admin.getByRole("img", { name: `Ticket code for seat ${seat}` }).waitFor({ state: "detached" });
  await admin.getByRole("img", { name: `Ticket code for seat ${kept}` }).waitFor();
  await admin.goto(`/admin/event/${event.id}`);
  await admin.locator(".tile", { hasText: "Refunded" }).locator("strong", { hasText: "€190" }).waitFor();
  await admin.locator(".tiles .sold dd", { hasText: /^1$/ }).waitFor();
  expectNoComplaints(admin);
});
