import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { Poster } from "../../posters/Poster";
import { time } from "../../words/words";

/** What a booking is for. */
export function EventLine({ event, eventId }: { event: Event | undefined; eventId: string }) {
  const at = event?.startTime && timestampDate(event.startTime);
  return (
    <div class="event-line">
      {event ? <Poster name={event.eventName} link={event.cdnLink} /> : <span class="poster bone" />}
      <div>
        <h2>
          <a href={`/event/${eventId}`}>{event?.eventName ?? "…"}</a>
        </h2>
        {at && event && <time dateTime={at.toISOString()}>{time(at, event.timeZone)}</time>}
        {event && <p class="place">{[event.screenName, event.theaterName, event.city].filter(Boolean).join(", ")}</p>}
      </div>
    </div>
  );
}
