// What the tests set up beforehand, and look up afterwards, over REST.
import { randomUUID } from "node:crypto";
import type { Login, Ready } from "./mesh";

export interface SeatPlan {
  readonly seat_no: string;
  readonly section: string;
  readonly row: string;
  readonly x: number;
  readonly y: number;
  readonly price: string;
}

export interface Made {
  readonly id: string;
  readonly name: string;
  readonly seats: readonly SeatPlan[];
}

/** Somebody at the REST door. */
export class Api {
  private constructor(
    readonly edge: string,
    private readonly token: string,
  ) {}

  static async signedIn(edge: string, login: Login): Promise<Api> {
    const { auth_token } = await call<{ auth_token: string }>(edge, "/v1/login", login, "");
    return new Api(edge, auth_token);
  }

  static async signedUp(edge: string, login: Login): Promise<Api> {
    const { auth_token } = await call<{ auth_token: string }>(
      edge,
      "/v1/signup",
      { ...login, user_name: "Somebody" },
      "",
    );
    return new Api(edge, auth_token);
  }

  post<T>(path: string, body: object): Promise<T> {
    return call<T>(this.edge, path, body, this.token);
  }

  get<T>(path: string): Promise<T> {
    return call<T>(this.edge, path, undefined, this.token);
  }
}

async function call<T>(edge: string, path: string, body: object | undefined, token: string): Promise<T> {
  const response = await fetch(edge + path, {
    method: body ? "POST" : "GET",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Rows of seats: rows A, B, … in `parts` parts of the house. */
export function plan(rows: number, wide: number, section = "Stalls"): SeatPlan[] {
  return Array.from({ length: rows * wide }, (_, nth) => {
    const at = Math.floor(nth / wide);
    const row = at < 26 ? String.fromCharCode(65 + at) : `R${at + 1}`;
    const price = at < rows / 3 ? "9500" : at < (rows * 2) / 3 ? "7200" : "4800";
    return { seat_no: `${row}${(nth % wide) + 1}`, section, row, x: (nth % wide) * 1.05, y: at * 1.3, price };
  });
}

/** Puts an event on sale, in a new hall, tomorrow. */
export async function putOnSale(ready: Ready, name: string, seats: SeatPlan[], more: object = {}): Promise<Made> {
  const admin = await Api.signedIn(ready.edge, ready.admin);
  const { theater } = await admin.post<{ theater: { theater_id: string; screens: { screen_id: string }[] } }>(
    "/v1/update/theater",
    {
      theater_name: `Test House ${randomUUID().slice(0, 8)}`,
      city: "Testville",
      time_zone: "Europe/Berlin",
      screens: [{ screen_name: "Main", seats, focal_x: 5, focal_y: 4 }],
    },
  );
  const { event } = await admin.post<{ event: { event_id: string } }>("/v1/update/event", {
    event_name: name,
    description: "A play about people who look for their seats.",
    category: "Drama",
    screen_id: theater.screens[0]?.screen_id,
    start_time: new Date(Date.now() + 30 * 3_600_000).toISOString(),
    currency: "EUR",
    ...more,
  });
  return { id: event.event_id, name, seats };
}

/** A booking as REST tells it, with the numbers of its seats. */
export interface Bought {
  readonly booking: { readonly booking_id: string; readonly seat_numbers: readonly string[] };
}

/** Books the best seats. */
export async function buy(buyer: Api, eventId: string, quantity: number): Promise<Bought> {
  const { reservation } = await buyer.post<{ reservation: { reservation_id: string } }>("/v1/reserve/best", {
    event_id: eventId,
    quantity,
  });
  const { booking } = await buyer.post<{ booking: { booking_id: string } }>("/v1/book", {
    reservation_id: reservation.reservation_id,
    card_info: { payment_method: "pm_card_visa" },
  });
  const told = await buyer.get<{ booking: { status: string; admissions: { seat_number: string }[] } }>(
    `/v1/booking/${booking.booking_id}`,
  );
  if (told.booking.status !== "BOOKED") throw new Error(`not booked: ${JSON.stringify(told)}`);
  const seats = told.booking.admissions.map(({ seat_number }) => seat_number);
  return { booking: { booking_id: booking.booking_id, seat_numbers: seats } };
}

/** An address that nobody has yet. */
export function somebody(): Login {
  return { email: `guest-${randomUUID()}@example.org`, password: "correct horse" };
}
