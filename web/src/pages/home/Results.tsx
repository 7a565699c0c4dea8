// What was found, as cards: what, where, when, from what price, and how many seats are left.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { Poster } from "../../posters/Poster";
import { count, price, say, time } from "../../words/words";
import { type Show, toShows } from "./group";
import { type Query, toAddress } from "./query";

/** More evenings than these are behind a link to a search. */
const EVENINGS_MAX = 4;
/** Fewer seats than this share of the house are few. */
const FEW = 0.1;

export function Results({ events }: { events: readonly Event[] }) {
  return (
    <ul class="cards">
      {toShows(events).map((show) => (
        <Card key={show.key} show={show} />
      ))}
    </ul>
  );
}

function Card({ show }: { show: Show }) {
  const [first] = show.events;
  const rest = show.events.length - EVENINGS_MAX;
  return (
    <li class="card">
      <a class="card-art" href={`/event/${first.eventId}`} tabIndex={-1} aria-hidden="true">
        <Poster name={first.eventName} link={first.cdnLink} />
      </a>
      <div class="card-text">
        {first.category && <p class="kicker">{first.category}</p>}
        <h2>
          <a href={`/event/${first.eventId}`}>{first.eventName}</a>
        </h2>
        <p class="place">
          {first.theaterName}
          {first.city && `, ${first.city}`}
        </p>
        <ul class="evenings">
          {show.events.slice(0, EVENINGS_MAX).map((event) => (
            <Evening key={String(event.eventId)} event={event} />
          ))}
        </ul>
        {rest > 0 && (
          <a
            class="more"
            href={toAddress({
              text: first.eventName,
              category: "",
              theater: String(first.theaterId),
              when: "",
              date: "",
              page: 1,
            })}
          >
            {count("home.more", rest)}
          </a>
        )}
      </div>
    </li>
  );
}

function Evening({ event }: { event: Event }) {
  const at = event.startTime && timestampDate(event.startTime);
  const left = event.remainingTicketCount;
  const kind = left === 0 ? "none" : left > 0 && left < event.totalTicketCount * FEW ? "few" : "some";
  return (
    <li>
      <a class={`evening ${kind}`} href={`/event/${event.eventId}`}>
        {at && <time dateTime={at.toISOString()}>{time(at, event.timeZone, "short")}</time>}
        <span class="from">{say("home.from", { price: price(event.priceFrom, event.currency) })}</span>
        <span class="left">{left < 0 ? "" : left === 0 ? say("home.soldOut") : count("home.left", left)}</span>
      </a>
    </li>
  );
}

export function Skeletons() {
  return (
    <ul class="cards" aria-hidden="true">
      {Array.from({ length: 8 }, (_, nth) => (
        <li key={nth} class="card skeleton">
          <span class="card-art bone" />
          <span class="bone" />
          <span class="bone short" />
        </li>
      ))}
    </ul>
  );
}

export function Pages({ query, total }: { query: Query; total: number }) {
  return (
    <nav class="pages" aria-label={say("pages.label")}>
      {query.page > 1 && (
        <a class="button quiet" rel="prev" href={toAddress({ ...query, page: query.page - 1 })}>
          {say("pages.before")}
        </a>
      )}
      <span>{say("pages.this", { page: query.page, total })}</span>
      {query.page < total && (
        <a class="button quiet" rel="next" href={toAddress({ ...query, page: query.page + 1 })}>
          {say("pages.next")}
        </a>
      )}
    </nav>
  );
}
