// What Lighthouse says of the pages that people come in by, as a phone on a slow network and as a desk sees them, and
// how soon this machine's own browser shows something of them. Fails below 95, and where nothing is seen for a second.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { plan, putOnSale } from "./api";
import { start } from "./mesh";
import { FLAGS } from "./people";

const LEAST = 0.95;
const FIRST_CONTENT_MS_MAX = 1_000;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const PROGRAM = new URL("../lighthouse/node_modules/.bin/lighthouse", import.meta.url).pathname;
/** The whole reports, for whoever wants to know more. */
const REPORTS = new URL("../../target/lighthouse/", import.meta.url).pathname;

interface Audit {
  readonly title: string;
  readonly displayValue?: string;
  readonly score: number | null;
  readonly details?: { readonly items?: readonly Readonly<Record<string, unknown>>[] };
}

interface Report {
  readonly categories: Readonly<Record<string, { readonly score: number }>>;
  readonly audits: Readonly<Record<string, Audit>>;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

function look(url: string, form: string, name: string): Report {
  const file = join(REPORTS, `${name}-${form}.json`);
  const flags = [
    "--quiet",
    "--output=json",
    `--output-path=${file}`,
    `--only-categories=${CATEGORIES.join(",")}`,
    `--chrome-flags=${FLAGS.join(" ")}`,
  ];
  if (form === "desktop") flags.push("--preset=desktop");
  const ran = spawnSync(PROGRAM, [url, ...flags], {
    env: { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" },
    stdio: "inherit",
  });
  if (ran.status !== 0) throw new Error(`lighthouse ended with ${ran.status}`);
  return JSON.parse(readFileSync(file, "utf8")) as Report;
}

/** Prints a row; answers what in it is not good enough. */
function tell(name: string, form: string, { categories, audits }: Report): readonly string[] {
  const scores = CATEGORIES.map((category) => categories[category]?.score ?? 0);
  const shown = [
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
  ];
  const here = Number(audits.metrics?.details?.items?.[0]?.observedFirstContentfulPaint);
  const cells = [
    name,
    form,
    ...scores.map((score) => Math.round(score * 100)),
    ...shown.map((id) => audits[id]?.displayValue ?? ""),
    `${here} ms`,
  ];
  say(`| ${cells.join(" | ")} |`);
  const faults = here < FIRST_CONTENT_MS_MAX ? [] : [`nothing was seen for ${here} ms`];
  if (scores.every((score) => score >= LEAST)) return faults;
  const poor = Object.values(audits).filter(({ score }) => score !== null && score < 0.9);
  return [...faults, ...poor.map(({ title, displayValue }) => `${title}: ${displayValue ?? ""}`)];
}

mkdirSync(REPORTS, { recursive: true });
const { ready, stop } = await start(3_600);
const faults: string[] = [];
try {
  const event = await putOnSale(ready, "The Measured Evening", plan(14, 24));
  const pages = {
    "what is on": "/",
    "a search": "/?q=hamlet",
    "an event": `/event/${event.id}`,
    "logging in": "/login",
    "the house": "/admin",
  };
  say(
    "| page | as | performance | accessibility | best practices | first content | largest content | blocked | shift | first content here |",
  );
  say("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const [name, path] of Object.entries(pages))
    for (const form of ["phone", "desktop"]) {
      const found = tell(name, form, look(ready.edge + path, form, name.replaceAll(" ", "-")));
      faults.push(...found.map((fault) => `${name}, ${form}: ${fault}`));
    }
} finally {
  await stop();
}
for (const fault of faults) say(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
