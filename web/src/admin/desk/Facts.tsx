// What an event has sold until now.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { EventSales } from "../../contract/usher/booking/v1/booking_pb";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { formatNumber, price, time } from "../../words/words";
import { SalesBar } from "../events/SalesBar";
import { tell } from "../words/words";

export function Facts({ event, sales }: { event: Event; sales: EventSales | undefined }) {
  const at = event.startTime && timestampDate(event.startTime);
  return (
    <header class="desk-facts">
      <div class="office-head">
        <div>
          <h1>{event.eventName}</h1>
          <p class="place">
            {at && time(at, event.timeZone)} · {[event.screenName, event.theaterName].filter(Boolean).join(", ")} · №{" "}
            {String(event.eventId)}
          </p>
        </div>
        <p class="actions">
          <a class="button quiet" href={`/admin/bookings?event=${event.eventId}`}>
            {tell("nav.bookings")}
          </a>
          <a class="button quiet" href={`/admin/event/${event.eventId}/edit`}>
            {tell("events.edit")}
          </a>
        </p>
      </div>
      {sales && (
        <section class="tiles" aria-label={tell("desk.live")}>
          <p class="tile">
            <small>{tell("sales.revenue")}</small>
            <strong>{price(sales.revenue, sales.currency)}</strong>
          </p>
          <p class="tile">
            <small>{tell("sales.refunded")}</small>
            <strong>{price(sales.refunded, sales.currency)}</strong>
          </p>
          <p class="tile">
            <small>{tell("sales.admitted")}</small>
            <strong>{tell("sales.of", { part: formatNumber(sales.admitted), all: formatNumber(sales.sold) })}</strong>
          </p>
          <SalesBar sales={sales} />
        </section>
      )}
    </header>
  );
}
