// The door: a camera sees the very code that a guest holds up.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Api, buy, plan, putOnSale, somebody } from "./api";
import { expectNoComplaints } from "./judge";
import { logIn, openBrowser, person } from "./people";

const ready = inject("ready");
const [WIDTH, HEIGHT] = [640, 480];
const folder = mkdtempSync(join(tmpdir(), "usher-door-"));
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A video of the ticket that the guest's page shows, for the browser's camera. */
async function film(page: Page): Promise<string> {
  const grey = await page.locator("img.qr").evaluate(
    (code, [width, height]) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext("2d") as CanvasRenderingContext2D;
      context.fillStyle = "#777";
      context.fillRect(0, 0, width, height);
      // A hand is not quite still, and not quite straight.
      context.rotate(0.05);
      context.drawImage(code as HTMLImageElement, 150, 40, 380, 380);
      const { data } = context.getImageData(0, 0, width, height);
      let text = "";
      for (let at = 0; at < data.length; at += 4) text += String.fromCharCode(data[at] ?? 0);
      return btoa(text);
    },
    [WIDTH, HEIGHT] as const,
  );
  const file = join(folder, "ticket.y4m");
  const colours = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), Buffer.from(grey, "base64"), colours]);
  writeFileSync(
    file,
    Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]),
  );
  return file;
}

test("a ticket that the camera sees is admitted, once, however long it is held up", async () => {
  const event = await putOnSale(ready, "Seen at the Door", plan(1, 3));
  const login = somebody();
  const { booking } = await buy(await Api.signedUp(ready.edge, login), event.id, 1);
  const [seat] = booking.seat_numbers;
  const guest = await person(browser, ready);
  await guest.goto(`/login?next=/booking/${booking.booking_id}`);
  await logIn(guest, login);
  await guest.getByRole("img", { name: `Ticket code for seat ${seat}` }).waitFor();
  const file = await film(guest);

  const withCamera = await openBrowser([
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${file}`,
  ]);
  try {
    const door = await person(withCamera, ready);
    await door.goto("/admin/door");
    await logIn(door, ready.admin);
    await door.getByLabel("Only for event number").fill(event.id);
    await door.getByRole("button", { name: "Scan with the camera" }).click();
    await door.getByText("Welcome").waitFor();
    await door.getByText(`Seat ${seat}, admitted at`).waitFor();
    // Much longer than a camera takes to see it again.
    await door.waitForTimeout(4_500);
    expect(await door.getByText("Welcome").count(), "who was let in is not refused for standing there").toBe(1);
    await door.getByRole("button", { name: "Stop the camera" }).click();
    await door.locator("video").waitFor({ state: "detached" });
    await door.locator(".last li", { hasText: seat ?? "" }).waitFor();
    expectNoComplaints(door);
  } finally {
    await withCamera.close();
  }
});
