// What a page of another origin runs: the journey, with the clients that are made for browsers.
import type { Client } from "./client";
import { connectWeb } from "./connectWeb";
import { grpcWeb } from "./grpcWeb";
import { JOURNEY, type World } from "./journey";

const CLIENTS: Record<string, (edge: string) => Client> = {
  "connect-web": connectWeb,
  "grpc-web in text form": (edge) => grpcWeb(edge, "text"),
  "grpc-web in binary form": (edge) => grpcWeb(edge, "binary"),
};

/** Makes one step; answers what went wrong, or nothing. */
async function play(name: string, step: string, world: World): Promise<string> {
  const client = CLIENTS[name]?.(world.edge);
  if (!client) return `no client ${name}`;
  try {
    await JOURNEY[step]?.(client, world, `page-${name.replaceAll(" ", "-")}`);
    return "";
  } catch (error) {
    return String(error);
  }
}

Object.assign(globalThis, { play });
