// What Lighthouse says of the customer's pages, as a phone on a slow network sees them. Fails below 95.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plan, putOnSale } from "./api";
import { start } from "./mesh";
import { FLAGS } from "./people";

const LEAST = 0.95;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const PROGRAM = new URL("../lighthouse/node_modules/.bin/lighthouse", import.meta.url).pathname;

interface Report {
  readonly categories: Readonly<Record<string, { readonly score: number }>>;
  readonly audits: Readonly<
    Record<string, { readonly displayValue?: string; readonly score: number | null; readonly title: string }>
  >;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

function look(url: string, form: string): Report {
  const file = join(tmpdir(), `usher-lighthouse-${process.pid}.json`);
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
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  rmSync(file);
  return report;
}

const { ready, stop } = await start(3_600);
let bad = 0;
try {
  const event = await putOnSale(ready, "The Measured Evening", plan(14, 24));
  say("| page | as | performance | accessibility | best practices | first content | largest content |");
  say("| --- | --- | --- | --- | --- | --- | --- |");
  for (const path of ["/", `/event/${event.id}`, "/login"]) {
    for (const form of ["phone", "desktop"]) {
      const { categories, audits } = look(ready.edge + path, form);
      const scores = CATEGORIES.map((name) => categories[name]?.score ?? 0);
      bad += scores.filter((score) => score < LEAST).length;
      const times = ["first-contentful-paint", "largest-contentful-paint"].map(
        (name) => audits[name]?.displayValue ?? "",
      );
      say(
        `| ${path} | ${form} | ${scores.map((score) => Math.round(score * 100)).join(" | ")} | ${times.join(" | ")} |`,
      );
      if (scores.some((score) => score < LEAST)) {
        for (const audit of Object.values(audits).filter(({ score }) => score !== null && score < 0.9))
          say(`    ${audit.title}: ${audit.displayValue ?? ""}`);
      }
    }
  }
} finally {
  await stop();
}
process.exitCode = bad > 0 ? 1 : 0;
