// Stripe's card form, as production has it: our code, Stripe's own loader, and the policy of an edge that is set up for
// Stripe. Stripe itself is out of reach of a test, so a stand-in answers at its addresses. The compiler holds our code to
// the types that Stripe publishes; what nothing here can show is whether Stripe's script does what its types say.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Stripe, StripeCardElement } from "@stripe/stripe-js";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Api, plan, putOnSale, somebody } from "./api";
import { expectNoComplaints } from "./judge";
import { guest, openBrowser, press, seeMap } from "./people";

const ROOT = new URL("../../", import.meta.url).pathname;
const KEY = "pk_live_stand_in";
const UP_MS_MAX = 30_000;
const ready = inject("ready");
let browser: Browser;
let edge: ChildProcess;
let address: string;

beforeAll(async () => {
  browser = await openBrowser();
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  const { search, event, booking, account } = ready.services;
  edge = spawn(join(ROOT, "target/debug/edge-proxy"), {
    env: {
      PATH: process.env.PATH,
      LISTEN_ADDR: `127.0.0.1:${port}`,
      METRICS_ADDR: "127.0.0.1:0",
      SEARCH_URL: search,
      EVENT_URL: event,
      BOOKING_URL: booking,
      ACCOUNT_URL: account,
      WEB_DIR: join(ROOT, "web/dist"),
      PAYMENT_PUBLISHABLE_KEY: KEY,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  for (let waited = 0; ; waited += 100) {
    if (
      await fetch(`${address}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    if (waited > UP_MS_MAX) throw new Error("the edge for Stripe is not ready");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

afterAll(async () => {
  edge?.kill("SIGTERM");
  await browser.close();
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const taken = server.address();
      server.close(() => (taken && typeof taken === "object" ? resolve(taken.port) : reject(new Error("no port"))));
    });
  });
}

declare global {
  interface Window {
    /** What our code asked of Stripe. */
    asked: { key?: string; locale?: string; kind?: string; colour?: string; gone?: boolean; tokens?: number };
  }
}

/** Stripe's script, as far as it is used: a frame of Stripe's with a field, and a token for what was typed there. */
function standIn(): void {
  type Used = { elements: Stripe["elements"]; createPaymentMethod: Stripe["createPaymentMethod"] };
  window.asked = {};
  const make = (key: string): Used => {
    window.asked.key = key;
    const frame = document.createElement("iframe");
    let whenReady = () => {};
    const card = {
      mount: (place: HTMLElement) => {
        frame.src = "https://js.stripe.com/v3/elements-inner-card.html";
        frame.title = "Secure card payment input frame";
        frame.onload = () => whenReady();
        place.append(frame);
      },
      on: (name: string, listener: () => void) => {
        if (name === "ready") whenReady = listener;
      },
      destroy: () => {
        window.asked.gone = true;
        frame.remove();
      },
    } as unknown as StripeCardElement;
    return {
      elements: ((options: { locale?: string }) => {
        window.asked.locale = options.locale;
        return {
          create: (kind: string, { style }: { style: { base: { color: string } } }) => {
            window.asked.kind = kind;
            window.asked.colour = style.base.color;
            return card;
          },
        };
      }) as unknown as Stripe["elements"],
      createPaymentMethod: (async (asked: { type: string; card: unknown }) => {
        if (asked.type !== "card" || asked.card !== card) throw new Error("not the card that was made");
        const typed = new Promise<string>((resolve) =>
          addEventListener("message", ({ data }) => resolve(String(data)), { once: true }),
        );
        frame.contentWindow?.postMessage("what was typed?", "*");
        // As at Stripe, each time another one.
        window.asked.tokens = (window.asked.tokens ?? 0) + 1;
        const id = window.asked.tokens > 1 ? "pm_card_mastercard" : "pm_card_visa";
        return (await typed).replaceAll(" ", "") === "4242424242424242"
          ? { paymentMethod: { id } }
          : { error: { type: "validation_error", message: "Your card number is incomplete." } };
      }) as Stripe["createPaymentMethod"],
    };
  };
  Object.assign(window, { Stripe: make });
}

const FRAME = `<!doctype html><input aria-label="Card number"><script>
  addEventListener("message", () => parent.postMessage(document.querySelector("input").value, "*"));
</script>`;

async function withStripe(page: Page): Promise<readonly string[]> {
  const fetched: string[] = [];
  await page.route("https://*.stripe.com/**", (route) => {
    const { pathname, hostname } = new URL(route.request().url());
    fetched.push(`${hostname}${pathname}`);
    return pathname.endsWith(".js")
      ? route.fulfill({ contentType: "text/javascript", body: `(${standIn.toString()})()` })
      : route.fulfill({ contentType: "text/html", body: FRAME });
  });
  return fetched;
}

test("a card is typed into Stripe's frame, and its token pays", async () => {
  const event = await putOnSale(ready, "Paid by Stripe", plan(2, 4));
  const page = await guest(browser, { ...ready, edge: address }, somebody(), `/event/${event.id}`);
  const fetched = await withStripe(page);
  await seeMap(page);
  await press(page, event, "A2");
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  const card = page.frameLocator("iframe[src^='https://js.stripe.com']").getByLabel("Card number");
  await card.fill("4242");
  expect(await page.evaluate(() => window.asked)).toEqual({ key: KEY, locale: "en", kind: "card", colour: "#231a1f" });
  await page.locator(".card-entry[data-state=ready]").waitFor();

  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByRole("alert").filter({ hasText: "Your card number is incomplete." }).waitFor();
  await card.fill("4242 4242 4242 4242");
  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByRole("heading", { name: "It’s yours" }).waitFor();
  expect(await page.evaluate(() => window.asked.gone), "the form was taken down").toBe(true);
  expect(fetched).toContain("js.stripe.com/v3/elements-inner-card.html");
  expect(fetched.filter((one) => one.endsWith(".js"))).toHaveLength(1);
  expectNoComplaints(page);
});

test("an answer that is lost after the money moved is asked for again, and paid once", async () => {
  const event = await putOnSale(ready, "Lost Answer", plan(2, 4));
  const login = somebody();
  const page = await guest(browser, { ...ready, edge: address }, login, `/event/${event.id}`);
  await withStripe(page);
  await seeMap(page);
  await press(page, event, "A2");
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  let isLost = true;
  await page.route("**/usher.booking.v1.BookingService/Book", async (route) => {
    if (!isLost) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await page.frameLocator("iframe[src^='https://js.stripe.com']").getByLabel("Card number").fill("4242424242424242");
  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByText("Whether your card was charged is not certain yet; it never is twice.").waitFor();
  // Also after a reload, which empties the form.
  await page.reload();
  isLost = false;
  await page.getByRole("button", { name: "Pay €95" }).click();
  await page.getByRole("heading", { name: "It’s yours" }).waitFor();
  const { bookings } = await (await Api.signedIn(ready.edge, login)).get<{ bookings: object[] }>("/v1/bookings");
  expect(bookings).toHaveLength(1);
});

test("where Stripe can't be reached nothing is charged, and that is said", async () => {
  const event = await putOnSale(ready, "No Stripe", plan(2, 4));
  const page = await guest(browser, { ...ready, edge: address }, somebody(), `/event/${event.id}`);
  await page.route("https://*.stripe.com/**", (route) => route.abort());
  await seeMap(page);
  await press(page, event, "A2");
  await page.getByRole("button", { name: "Hold these seats" }).click();
  await page.waitForURL("**/checkout/*");
  await page.getByText("The payment provider can’t be reached. Nothing was charged; try again in a moment.").waitFor();
  await page.getByRole("button", { name: "Pay €95" }).waitFor();
});
