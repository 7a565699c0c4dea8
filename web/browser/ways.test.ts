// Other ways to go to a play than by hand, by day and from here: by keys alone, from another country, with a clock that is
// wrong, without motion.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Api, buy, plan, putOnSale, somebody } from "./api";
import { expectNoComplaints } from "./judge";
import { guest, logIn, openBrowser, person, press, seeMap, walkTo } from "./people";

const ready = inject("ready");
const holdSeconds = inject("holdSeconds");
const TABS_MAX = 60;
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(() => browser.close());

/** Presses Tab until `wanted` has the focus, and sees that it shows. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let nth = 0; nth < TABS_MAX; nth += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) {
      const box = await wanted.boundingBox();
      const under = await page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.closest(".top") !== null, [
        (box?.x ?? 0) + (box?.width ?? 0) / 2,
        (box?.y ?? 0) + (box?.height ?? 0) / 2,
      ] as const);
      const isInTop = await wanted.evaluate((element) => element.closest(".top") !== null);
      expect(under && !isInTop, "what has the focus is not under the page's head").toBe(false);
      return;
    }
  }
  throw new Error("Tab does not lead there");
}

test("by keys alone, from the search to the ticket", async () => {
  const event = await putOnSale(ready, `Unmoused ${process.pid}`, plan(3, 5));
  const page = await guest(browser, ready, somebody(), "/");
  await page.reload();
  await page.locator(".card:not(.skeleton)").first().waitFor();
  await page.keyboard.press("Tab");
  expect(await page.locator(":focus").textContent()).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("combobox", { name: "Search for events" }));
  await page.keyboard.type(event.name);
  const found = page.getByRole("heading", { name: event.name }).getByRole("link");
  await tabTo(page, found);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/event/${event.id}`);
  await seeMap(page);
  await tabTo(page, page.locator("[role=grid] [tabindex='0']"));
  await walkTo(page, "B3");
  await page.keyboard.press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Hold these seats" }));
  await page.keyboard.press("Enter");
  await page.waitForURL("**/checkout/*");

  const card = page.frameLocator("iframe.card-frame");
  for (const [label, text] of [
    ["Card number", "4242424242424242"],
    ["Expires", "1234"],
    ["Security code", "123"],
  ] as const) {
    await tabTo(page, card.getByLabel(label));
    await page.keyboard.type(text);
  }
  await tabTo(page, page.getByRole("button", { name: "Pay €72" }));
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: "Ticket code for seat B3" }).waitFor();

  await tabTo(page, page.getByRole("button", { name: "Give seats back" }));
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  const [box, high] = [await page.getByRole("dialog").boundingBox(), page.viewportSize()?.height ?? 0];
  expect(Math.abs((box?.y ?? 0) + (box?.height ?? 0) / 2 - high / 2), "it is in the middle").toBeLessThan(3);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await page.locator(":focus").textContent(), "the focus is back where it was").toBe("Give seats back");
  expectNoComplaints(page);
});

test("whoever is far away reads the theatre's time, in their own way of writing", async () => {
  const start = new Date(Date.now() + 48 * 3_600_000);
  // An evening in Berlin, and past noon in New York: hours that everybody writes with two digits.
  start.setUTCHours(18, 45, 0, 0);
  const event = await putOnSale(ready, "Far Away", plan(2, 3), { start_time: start.toISOString() });
  const login = somebody();
  await buy(await Api.signedUp(ready.edge, login), event.id, 1);
  // As the clock at the theatre shows it, which putOnSale has put into Berlin.
  const clock = start.toLocaleTimeString("de-DE", { timeZone: "Europe/Berlin", hour: "2-digit", minute: "2-digit" });
  const here = start.toLocaleTimeString("de-DE", { timeZone: "America/New_York", hour: "2-digit", minute: "2-digit" });
  const page = await person(browser, ready, { locale: "de-DE", timezoneId: "America/New_York" });
  await page.goto(`/event/${event.id}`);
  const when = page.locator(".facts .when");
  await when.waitFor();
  expect(await when.textContent()).toContain(clock);
  expect(await when.textContent()).not.toContain(here);
  expect(await when.locator("small").textContent(), "and is told whose time it is").toMatch(
    /MEZ|MESZ|GMT\+[12]|UTC\+[12]/,
  );
  expect(await when.locator("time").getAttribute("datetime")).toBe(start.toISOString());
  await page.locator(".legend").getByText("95 €").waitFor();
  await page.goto("/login?next=/bookings");
  await page.getByLabel("E-Mail-Adresse").fill(login.email);
  await page.getByLabel("Passwort").fill(login.password);
  await page.locator("form").getByRole("button", { name: "Anmelden" }).click();
  await page.locator(".booking-line time").waitFor();
  expect(await page.locator(".booking-line time").textContent()).toContain(clock);
  expectNoComplaints(page);
});

test.each([4, -4])("a clock that is %i hours wrong neither ends a hold nor draws it out", async (hours) => {
  const event = await putOnSale(ready, "Wrong Clock", plan(2, 4));
  const login = somebody();
  const page = await person(browser, ready);
  await page.addInitScript((ahead) => {
    const Real = Date;
    class Wrong extends Real {
      constructor(...given: []) {
        if (given.length > 0) super(...given);
        else super(Real.now() + ahead);
      }
      static override now() {
        return Real.now() + ahead;
      }
    }
    globalThis.Date = Wrong as DateConstructor;
  }, hours * 3_600_000);
  await page.goto(`/signup?next=/event/${event.id}`);
  await page.getByLabel("Name").fill("Wanda Wrong");
  await page.getByLabel("Email address").fill(login.email);
  await page.getByLabel("Password").fill(login.password);
  await page.getByRole("button", { name: "Create the account" }).click();
  await seeMap(page);
  await press(page, event, "A2");
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  for (const reload of [false, true]) {
    if (reload) await page.reload();
    const shown = (await page.getByRole("timer").textContent()) ?? "";
    const seconds = shown.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    expect(seconds, `reload: ${reload}`).toBeGreaterThan(0);
    // A header tells the time in whole seconds.
    expect(seconds, `reload: ${reload}`).toBeLessThanOrEqual(holdSeconds + 1);
  }
  await page.goto("/");
  await page.locator(".hold-chip time").waitFor();
  expectNoComplaints(page);
});

test("who wants no motion is shown none", async () => {
  const event = await putOnSale(ready, "Stillness", plan(2, 4));
  const moving = (page: Page) =>
    page.evaluate(
      () => document.getAnimations().filter((one) => Number(one.effect?.getComputedTiming().activeDuration) > 1).length,
    );
  const page = await person(browser, ready);
  await page.goto(`/event/${event.id}`);
  await seeMap(page);
  expect(await moving(page), "the light of what is live").toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await moving(page)).toBe(0);
  await page.goto("/login");
  await logIn(page, ready.customer);
  await page.waitForURL("**/");
  expect(await moving(page)).toBe(0);
});
