// The journey that every client makes. Runs in Node and in pages: it needs no test library.
import type { JsonObject } from "@bufbuild/protobuf";
import { type Client, Refusal } from "./client";

/** What was set up beforehand. */
export interface World {
  readonly edge: string;
  readonly customer: { readonly email: string; readonly password: string };
  /** The event with the most seats. */
  readonly large: { readonly id: string; readonly seats: number };
  /** An event with seats for everybody. */
  readonly small: { readonly id: string; readonly name: string };
  /** More streams than the edge has places for. */
  readonly streams: number;
}

const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
const CANCELLED = 1;
/** How long something may take that must happen, in milliseconds. */
const PATIENCE_MS = 20_000;

type Step = (client: Client, world: World, who: string) => Promise<void>;

/** Each is a rule that holds for every client. */
export const JOURNEY: Readonly<Record<string, Step>> = {
  "a search finds the event": async (client, { small }) => {
    const { message } = await client.unary({
      service: "SearchService",
      method: "Search",
      request: { query: small.name },
    });
    const found = message.events as { eventId: string; eventName: string }[];
    same(found[0]?.eventName, small.name);
    same(found[0]?.eventId, small.id);
  },

  "a refusal tells its reason and the fields": async (client) => {
    const unknown = await refused(
      client.unary({ service: "EventService", method: "GetEvent", request: { eventId: "999999999" } }),
    );
    same([unknown.code, unknown.reason], [NOT_FOUND, "UNKNOWN_EVENT"]);
    const wrong = await refused(
      client.unary({ service: "SearchService", method: "Search", request: { query: "a", page: -7 } }),
    );
    same([wrong.code, wrong.reason, Object.keys(wrong.fields)], [INVALID_ARGUMENT, "INVALID_ARGUMENT", ["page"]]);
  },

  "who comes too often is told when to come back": async (client, _, who) => {
    const request = { email: `nobody-${who}@example.org`, password: "wrong horse" };
    for (let tries = 0; ; tries += 1) {
      const told = await refused(client.unary({ service: "AccountService", method: "LogIn", request }));
      if (told.code === UNAUTHENTICATED && tries < 50) continue;
      same([told.code, told.reason], [RESOURCE_EXHAUSTED, "RATE_LIMITED"]);
      holds((told.retrySeconds ?? 0) > 0, `RetryInfo says ${told.retrySeconds} s`);
      return;
    }
  },

  "metadata goes both ways": async (client, world) => {
    const call = { service: "AccountService", method: "GetMe", request: {} } as const;
    same((await refused(client.unary(call))).code, UNAUTHENTICATED);
    const { message, header } = await client.unary({ ...call, metadata: await signedIn(client, world) });
    same(message.email, world.customer.email);
    holds(/r=\d+/.test(header.ratelimit ?? ""), `the head says ${JSON.stringify(header)}`);
  },

  "a stream shows what happens meanwhile": async (client, world) => {
    const metadata = await signedIn(client, world);
    const stop = new AbortController();
    const seats = client.stream({ ...watch(world.small.id), signal: stop.signal })[Symbol.asyncIterator]();
    const first = (await within(seats.next(), "the seats")).value as JsonObject;
    same(first.snapshot, true);
    const held = await client.unary({
      service: "BookingService",
      method: "ReserveBest",
      request: { eventId: world.small.id, quantity: 1 },
      metadata,
    });
    const { reservationId, ticketIds } = held.message.reservation as { reservationId: string; ticketIds: string[] };
    for (;;) {
      const next = (await within(seats.next(), "the change")).value as JsonObject;
      const changed = next.tickets as { ticketId: string; status: string }[];
      if (changed.some((ticket) => ticket.ticketId === ticketIds[0] && ticket.status === "RESERVED")) break;
    }
    stop.abort();
    same((await refused(within(seats.next(), "the end"))).code, CANCELLED);
    await client.unary({ service: "BookingService", method: "Release", request: { reservationId }, metadata });
  },

  "a deadline ends a stream": async (client, { small }) => {
    const told = await refused(drain(client.stream({ ...watch(small.id), timeoutMs: 700 })));
    same(told.code, DEADLINE_EXCEEDED);
  },

  "the edge keeps a deadline by itself": async (client, { small }) => {
    // Written by hand: the client's own clock knows nothing of it.
    const told = await refused(drain(client.stream({ ...watch(small.id), metadata: { "grpc-timeout": "700m" } })));
    same([told.code, told.reason], [DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"]);
  },

  "cancelled streams make room": async (client, { small, streams }) => {
    for (let nth = 0; nth < streams; nth += 1) {
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const stop = new AbortController();
        const seats = client.stream({ ...watch(small.id), signal: stop.signal })[Symbol.asyncIterator]();
        const opened = await seats.next().catch((error: Refusal) => error);
        stop.abort();
        if (!(opened instanceof Error)) break;
        // What was cancelled this moment may not have ended yet.
        if (!(opened instanceof Refusal) || opened.code !== UNAVAILABLE || Date.now() > until) throw opened;
      }
    }
  },

  "an answer of thousands of seats comes whole": async (client, { large }) => {
    const { message } = await client.unary({
      service: "EventService",
      method: "GetEvent",
      request: { eventId: large.id },
    });
    const ids = (message.tickets as { ticketId: string }[]).map(({ ticketId }) => ticketId);
    same([ids.length, new Set(ids).size], [large.seats, large.seats]);
  },

  "what the contract does not have is unimplemented": async (client) => {
    const told = await refused(client.unary({ service: "EventService", method: "SellTheHouse", request: {} }));
    same(told.code, UNIMPLEMENTED);
    holds(told.message.includes("SellTheHouse"), told.message);
  },
};

/** Steps that need each message of a stream when it comes. */
export const LIVE = ["a stream shows what happens meanwhile", "cancelled streams make room"];

/** What else the clients do that can compress. */
export const COMPRESSED: Readonly<Record<string, Step>> = {
  "what is sent compressed is understood": async (client, world) => {
    const { message } = await client.unary({
      service: "SearchService",
      method: "Search",
      request: { query: `${world.small.name} ${" ".repeat(150)}` },
    });
    same((message.events as { eventId: string }[])[0]?.eventId, world.small.id);
  },
};

function watch(eventId: string) {
  return { service: "EventService", method: "WatchSeats", request: { eventId } } as const;
}

async function signedIn(client: Client, { customer }: World): Promise<Record<string, string>> {
  const { message } = await client.unary({ service: "AccountService", method: "LogIn", request: { ...customer } });
  return { authorization: `Bearer ${message.authToken}` };
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

async function refused(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function same(is: unknown, should: unknown): void {
  const [one, other] = [JSON.stringify(is), JSON.stringify(should)];
  holds(one === other, `${one} is not ${other}`);
}

function holds(condition: boolean, told: string): void {
  if (!condition) throw new Error(told);
}
