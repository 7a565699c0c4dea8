import { chromium } from "playwright-core";

const edge = process.env.EDGE ?? "http://127.0.0.1:8080";
const b = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const [, , script] = process.argv;
const ctx = (opts) => b.newContext({ locale: "en-GB", ...opts });
const page = async (opts) => {
  const c = await ctx(opts);
  const p = await c.newPage();
  p.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log("CONSOLE", m.text()));
  p.on("pageerror", (e) => console.log("PAGEERROR", e.message));
  return p;
};
await (await import(script)).default({
  b,
  page,
  edge,
  shot: (p, n) => p.screenshot({ path: `/tmp/wt-shots/${n}.png` }),
});
await b.close();
