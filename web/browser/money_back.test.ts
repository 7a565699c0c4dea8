// Money that can't be paid out to the customer: the customer is told, and the house gives it another way.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { plan, putOnSale, somebody } from "./api";
import { expectAccessible, expectNoComplaints } from "./judge";
import { CARDS, guest, logIn, openBrowser, person, press, seeMap, typeCard } from "./people";

const ready = inject("ready");
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

test("a refund that fails is told, and noted once the house has given it another way", async () => {
  const event = await putOnSale(ready, "Closed Account", plan(2, 4));
  const page = await guest(browser, ready, somebody(), `/event/${event.id}`);
  await seeMap(page);
  for (const seat of ["A1", "A2"]) await press(page, event, seat);
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  await typeCard(page, CARDS.takesNothingBack);
  await page.getByRole("button", { name: "Pay €190" }).click();
  await page.getByRole("heading", { name: "It’s yours" }).waitFor();

  await page.getByRole("button", { name: "Give seats back" }).click();
  await page.getByRole("checkbox", { name: "A2" }).uncheck();
  await page.getByRole("button", { name: "Give 1 seat back" }).click();
  await page.getByText("€95 goes back to your card").waitFor();
  const told = page.getByText("€95 could not be paid out to you. It is still yours: ask the box office");
  await expect
    .poll(async () => {
      await page.reload();
      await page.getByRole("heading", { name: "It’s yours" }).waitFor();
      return await told.count();
    })
    .toBe(1);
  await expectAccessible(page);
  await page.getByRole("img", { name: "Ticket code for seat A2" }).waitFor();

  const admin = await person(browser, ready);
  await admin.goto(`/admin${new URL(page.url()).pathname}`);
  await logIn(admin, ready.admin);
  await admin.getByRole("heading", { name: "Money that could not be paid out" }).waitFor();
  await expectAccessible(admin);
  const note = admin.getByRole("button", { name: "Note €95 as given back" });
  expect(await note.isDisabled(), "the log is to say how").toBe(true);
  await admin.getByLabel("How it was given back").fill("in cash, at the desk");
  await note.click();
  await note.waitFor({ state: "detached" });
  await admin.getByText("Refunded: €95").waitFor();

  await page.reload();
  await page.getByRole("img", { name: "Ticket code for seat A2" }).waitFor();
  expect(await told.count()).toBe(0);
  expectNoComplaints(admin);
  expectNoComplaints(page);
});
