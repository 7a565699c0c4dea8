// The mesh that foreign clients are set before, what is on sale there, and a page of another origin that may call.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { plan, putOnSale } from "../browser/api";
import { start } from "../browser/mesh";
import type { World } from "./journey";

declare module "vitest" {
  interface ProvidedContext {
    world: World;
    page: string;
  }
}

/** So few places for streams that those who leave must make room. */
const STREAMS_MAX = 12;
const HOLD_SECONDS = 3_600;

/** For vitest: one mesh for all clients. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { origin, close } = await servePage();
  Object.assign(process.env, { CORS_ORIGINS: origin, STREAMS_MAX: String(STREAMS_MAX) });
  const { ready, stop } = await start(HOLD_SECONDS);
  const small = await putOnSale(ready, `Babel Tower ${process.pid}`, plan(10, 20));
  const large = await putOnSale(ready, "The Whole Stadium", plan(64, 125));
  project.provide("page", origin);
  project.provide("world", {
    edge: ready.edge,
    customer: ready.customer,
    small: { id: small.id, name: small.name },
    large: { id: large.id, seats: large.seats.length },
    streams: STREAMS_MAX * 2,
  });
  return async () => {
    await stop();
    await close();
  };
}

async function servePage() {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      lib: { entry: new URL("page.ts", import.meta.url).pathname, formats: ["es"], fileName: "page" },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  const script = output && "output" in output ? output.output[0].code : "";
  const server = createServer(({ url }, response) => {
    if (url === "/page.js") response.setHeader("content-type", "text/javascript").end(script);
    else response.setHeader("content-type", "text/html").end('<script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
