// An event: what it is, and the seats to choose from, as they stand this moment.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useRoute } from "preact-iso";
import { findEvents, recall } from "../api/eventDetails";
import { useLoad } from "../api/useLoad";
import { serverNow } from "../clock/clock";
import type { Event } from "../contract/usher/event/v1/event_pb";
import { Explained } from "../parts/Explained";
import { Notice, useTitle, Waiting } from "../parts/parts";
import { Poster } from "../posters/Poster";
import { say, time, zoneName } from "../words/words";
import { ToSeats } from "./event/ToSeats";
import { NotFound } from "./NotFound";

export function EventPage() {
  const { id = "" } = useRoute().params;
  const isId = /^[1-9]\d{0,18}$/.test(id);
  const { value, failure, isBusy, again } = useLoad(id, async (signal) =>
    isId ? (await findEvents([id], signal)).get(id) : undefined,
  );
  const event = value ?? recall(id);
  useTitle(event?.eventName ?? say("event.title"));
  if (failure && !event) {
    return (
      <section class="narrow">
        <Explained failure={failure} deed="look">
          <button type="button" class="button quiet" onClick={again}>
            {say("again")}
          </button>
        </Explained>
      </section>
    );
  }
  if (!event) return isBusy && isId ? <Opening /> : <NotFound />;
  return (
    <article class="event" key={id}>
      <Facts event={event} />
      {hasBegun(event) ? <Begun /> : <ToSeats event={event} />}
    </article>
  );
}

function hasBegun(event: Event): boolean {
  return event.startTime !== undefined && timestampDate(event.startTime).getTime() < serverNow();
}

function Begun() {
  return (
    <Notice kind="warn">
      {say("event.begun")} <a href="/">{say("toEvents")}</a>
    </Notice>
  );
}

function Facts({ event }: { event: Event }) {
  const at = event.startTime && timestampDate(event.startTime);
  const zone = at && zoneName(at, event.timeZone);
  return (
    <header class="facts">
      <Poster name={event.eventName} link={event.cdnLink} />
      <div>
        {event.category && <p class="kicker">{event.category}</p>}
        <h1>{event.eventName}</h1>
        {at && (
          <p class="when">
            <time dateTime={at.toISOString()}>{time(at, event.timeZone)}</time>
            {zone && <small> {zone}</small>}
          </p>
        )}
        <p class="place">{[event.screenName, event.theaterName, event.city].filter(Boolean).join(", ")}</p>
        {event.description && <p class="about">{event.description}</p>}
      </div>
    </header>
  );
}

function Opening() {
  return (
    <section class="event">
      <header class="facts">
        <span class="poster bone" />
        <Waiting lines={4} />
      </header>
    </section>
  );
}
