// Runs a mesh of its own for the browser tests: real services, PostgreSQL, Redis and the payment sandbox, on free ports.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** What `local up` tells of a mesh that runs (local/README.md). */
export interface Ready {
  readonly edge: string;
  readonly services: Readonly<Record<"search" | "event" | "booking" | "account", string>>;
  readonly payment_sandbox: string;
  readonly customer: Login;
  readonly admin: Login;
}

export interface Login {
  readonly email: string;
  readonly password: string;
}

declare module "vitest" {
  interface ProvidedContext {
    ready: Ready;
    holdSeconds: number;
  }
}

const ROOT = new URL("../../", import.meta.url).pathname;
const UP_MS_MAX = 150_000;
/** Long enough for every journey, short enough to see a hold end. */
const HOLD_SECONDS = 75;
/** Long enough to choose a seat, short enough to see a turn end. */
const PASS_SECONDS = 25;
const ANY_PORT = "127.0.0.1:0";
const ADDRESSES = [
  "EDGE",
  "SEARCH",
  "EVENT",
  "BOOKING",
  "ACCOUNT",
  "SANDBOX",
  "POSTGRES_PRIMARY",
  "POSTGRES_REPLICA",
  "REDIS",
];

/** Starts the mesh; answers how it is stopped. */
export async function start(holdSeconds: number): Promise<{ ready: Ready; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "usher-browser-"));
  const readyFile = join(folder, "ready.json");
  const program = process.env.LOCAL ?? join(ROOT, "target/debug/local");
  const mesh = spawn(program, ["up", "--ready-file", readyFile], {
    env: {
      ...process.env,
      ...Object.fromEntries(ADDRESSES.map((name) => [`${name}_ADDR`, ANY_PORT])),
      LOCAL_DIR: join(folder, "data"),
      WEB_DIR: join(ROOT, "web/dist"),
      HOLD_SECONDS: String(holdSeconds),
      WAITING_ROOM_PASS_SECONDS: String(PASS_SECONDS),
      // A house of 20,000 seats is made here, by debug builds on a machine that does other things as well.
      REQUEST_DEADLINE_MS: "60000",
      DEADLINE_MS_MAX: "60000",
      DATABASE_STATEMENT_MS: "30000",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stop = async () => {
    await ended(mesh);
    // Its databases may lie elsewhere, where their own user can reach them.
    spawnSync(program, ["reset"], { env: { ...process.env, LOCAL_DIR: join(folder, "data") }, stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ready: await readiness(readyFile, mesh), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readiness(file: string, mesh: ChildProcess): Promise<Ready> {
  for (let waited = 0; waited < UP_MS_MAX; waited += 200) {
    if (mesh.exitCode !== null) throw new Error(`the mesh ended with ${mesh.exitCode}`);
    try {
      return JSON.parse(readFileSync(file, "utf8")) as Ready;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`the mesh was not ready in ${UP_MS_MAX} ms`);
}

function ended(mesh: ChildProcess): Promise<void> {
  if (mesh.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    mesh.once("exit", () => resolve());
    mesh.kill("SIGTERM");
  });
}

/** For vitest: one mesh for all browser tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { ready, stop } = await start(HOLD_SECONDS);
  project.provide("ready", ready);
  project.provide("holdSeconds", HOLD_SECONDS);
  return stop;
}
