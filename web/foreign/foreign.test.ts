// Clients of other hands, before the edge of a real mesh: whatever speaks gRPC or gRPC-web is at home there.
import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, inject, test } from "vitest";
import { openBrowser } from "../browser/people";
import { connectWeb } from "./connectWeb";
import { grpcJs } from "./grpcJs";
import { COMPRESSED, JOURNEY, LIVE, type World } from "./journey";

const world = inject("world");

describe("@grpc/grpc-js", () => {
  const client = grpcJs(world.edge);
  const compressing = grpcJs(world.edge, true);
  afterAll(() => {
    client.close();
    compressing.close();
  });
  for (const [rule, step] of Object.entries(JOURNEY)) test(rule, () => step(client, world, "grpc-js"));
  for (const [rule, step] of Object.entries(COMPRESSED)) test(rule, () => step(compressing, world, "grpc-js"));
});

describe("@connectrpc/connect-web in Node", () => {
  const client = connectWeb(world.edge);
  for (const [rule, step] of Object.entries(JOURNEY)) test(rule, () => step(client, world, "connect-node"));
});

describe("a browser's page of another origin", async () => {
  const browser = await openBrowser();
  const page = await browser.newPage();
  await page.goto(inject("page"));
  afterAll(() => browser.close());
  const play = (client: string, rule: string) =>
    page.evaluate(
      ([client, rule, world]) =>
        (globalThis as unknown as { play: (client: string, rule: string, world: World) => Promise<string> }).play(
          client,
          rule,
          world,
        ),
      [client, rule, world] as const,
    );
  for (const client of ["connect-web", "grpc-web in text form", "grpc-web in binary form"])
    describe(client, () => {
      // In binary form it keeps a stream's messages until the end: a limit of the library's.
      const isLive = !client.includes("binary");
      for (const rule of Object.keys(JOURNEY).filter((rule) => isLive || !LIVE.includes(rule)))
        test(rule, async () => expect(await play(client, rule)).toBe(""));
    });
});

test("grpcio, in Python", () => {
  const python = process.env.PYTHON ?? "python3";
  const program = new URL("grpcio_journey.py", import.meta.url).pathname;
  const ran = spawnSync(python, [program], { encoding: "utf8", input: JSON.stringify(world) });
  expect(ran.status, ran.error?.message ?? ran.stdout + ran.stderr).toBe(0);
});
