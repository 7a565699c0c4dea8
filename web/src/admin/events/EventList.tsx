// All events, and how they sell.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { bookings, searches } from "../../api/clients";
import { useLoad } from "../../api/useLoad";
import type { EventSales } from "../../contract/usher/booking/v1/booking_pb";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { Explained } from "../../parts/Explained";
import { useTitle, Waiting } from "../../parts/parts";
import { Poster } from "../../posters/Poster";
import { price, say, time } from "../../words/words";
import { tell } from "../words/words";
import { SalesBar } from "./SalesBar";

/** How often the figures are read anew, in milliseconds. */
const READ_EVERY_MS = 10_000;

export function EventList() {
  const { query, route } = useLocation();
  const text = query.q ?? "";
  const past = query.past === "1";
  const page = Math.max(1, Number.parseInt(query.page ?? "1", 10) || 1);
  // Apart from the address: figures that come while somebody types must not take it back.
  const [typed, setTyped] = useState(text);
  useLayoutEffect(() => setTyped(text), [text]);
  useTitle(tell("events.title"));
  const { value, failure, again } = useLoad(JSON.stringify([text, past, page]), async (signal) => {
    const found = await searches.search({ query: text.trim() || undefined, includePast: past, page }, { signal });
    const eventIds = found.events.map(({ eventId }) => eventId);
    const sales = eventIds.length > 0 ? (await bookings.listSales({ eventIds }, { signal })).sales : [];
    return { found, sales: new Map(sales.map((one) => [one.eventId, one])) };
  });
  useEffect(() => {
    const timer = setInterval(again, READ_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const address = (change: Record<string, string>) => {
    const parts = Object.entries({ q: text, past: past ? "1" : "", page: "", ...change }).filter(([, part]) => part);
    return `/admin?${new URLSearchParams(parts)}`;
  };
  return (
    <section>
      <div class="office-head">
        <h1>{tell("events.title")}</h1>
        <a class="button" href="/admin/event/new">
          {tell("events.new")}
        </a>
      </div>
      <form class="office-filter" onSubmit={(event) => event.preventDefault()}>
        <input
          type="text"
          aria-label={tell("events.search")}
          placeholder={tell("events.search")}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onChange={({ currentTarget }) => route(address({ q: currentTarget.value }), true)}
        />
        <label>
          <input
            type="checkbox"
            checked={past}
            onChange={({ currentTarget }) => route(address({ past: currentTarget.checked ? "1" : "" }), true)}
          />{" "}
          {tell("events.past")}
        </label>
      </form>
      {failure && (
        <Explained failure={failure} deed="look">
          <button type="button" class="button quiet" onClick={again}>
            {say("again")}
          </button>
        </Explained>
      )}
      {!value && !failure && <Waiting lines={8} />}
      {value?.found.events.length === 0 && (
        <div class="empty">
          <h2>{tell("events.none")}</h2>
          <p>{tell("events.noneHint")}</p>
        </div>
      )}
      <ul class="office-list">
        {value?.found.events.map((event) => (
          <Line key={String(event.eventId)} event={event} sales={value.sales.get(event.eventId)} />
        ))}
      </ul>
      {value && value.found.totalPages > 1 && (
        <nav class="pages" aria-label={say("pages.label")}>
          {page > 1 && (
            <a class="button quiet" href={address({ page: String(page - 1) })}>
              {say("pages.before")}
            </a>
          )}
          <span>{say("pages.this", { page, total: value.found.totalPages })}</span>
          {page < value.found.totalPages && (
            <a class="button quiet" href={address({ page: String(page + 1) })}>
              {say("pages.next")}
            </a>
          )}
        </nav>
      )}
    </section>
  );
}

function Line({ event, sales }: { event: Event; sales: EventSales | undefined }) {
  const at = event.startTime && timestampDate(event.startTime);
  return (
    <li class="office-line">
      <Poster name={event.eventName} link={event.cdnLink} />
      <div class="what">
        <h2>
          <a href={`/admin/event/${event.eventId}`}>{event.eventName}</a>
        </h2>
        {at && <time dateTime={at.toISOString()}>{time(at, event.timeZone, "short")}</time>}
        <p class="place">{[event.screenName, event.theaterName].filter(Boolean).join(", ")}</p>
      </div>
      {sales ? <SalesBar sales={sales} /> : <Waiting lines={1} />}
      <p class="revenue">
        <small>{tell("events.revenue")}</small>
        <strong>{sales ? price(sales.revenue, sales.currency) : "–"}</strong>
        <a href={`/admin/event/${event.eventId}/edit`} aria-label={`${tell("events.edit")}: ${event.eventName}`}>
          {tell("events.edit")}
        </a>
      </p>
    </li>
  );
}
