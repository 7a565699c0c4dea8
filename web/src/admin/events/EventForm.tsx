// Making an event, and changing one.
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { events } from "../../api/clients";
import { findEvents, note } from "../../api/eventDetails";
import { type Failure, toFailure } from "../../api/failure";
import { useLoad } from "../../api/useLoad";
import type { Event, Screen, Theater } from "../../contract/usher/event/v1/event_pb";
import { Explained } from "../../parts/Explained";
import { Choice, Deed, Field, useTitle, Waiting } from "../../parts/parts";
import { toMinor } from "../money";
import { tell } from "../words/words";
import { NoEvent } from "./NoEvent";
import { WaitingRoomFields, waitingRoomOf } from "./WaitingRoomFields";
import { fromClock, toClock } from "./zoned";

const CURRENCIES = ["EUR", "USD", "GBP", "CHF", "JPY", "SEK", "DKK", "NOK", "PLN", "CAD", "AUD"];
const DAY_MS = 86_400_000;
/** When most evenings begin. */
const EVENING = "19:30";

export function EventForm() {
  const { id } = useRoute().params;
  const title = id ? tell("event.editTitle") : tell("event.newTitle");
  useTitle(title);
  const { value, failure } = useLoad(id ?? "new", async (signal) => {
    const [{ theaters }, found] = await Promise.all([
      events.listTheaters({}, { signal }),
      id ? findEvents([id], signal) : undefined,
    ]);
    return { theaters, event: id ? found?.get(id) : undefined };
  });
  // An event that there is not is no new one.
  if (id && value && !value.event) return <NoEvent />;
  return (
    <section class="office-form">
      <h1>{title}</h1>
      {failure && <Explained failure={failure} deed="look" />}
      {!value && !failure && <Waiting lines={6} />}
      {value && <Form theaters={value.theaters} event={value.event} />}
    </section>
  );
}

function Form({ theaters, event }: { theaters: readonly Theater[]; event: Event | undefined }) {
  const { route } = useLocation();
  const halls = theaters.flatMap((theater) => theater.screens.map((screen) => ({ theater, screen })));
  const [screenId, setScreenId] = useState(event ? String(event.screenId) : "");
  const [currency, setCurrency] = useState(event?.currency ?? "EUR");
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const [isBusy, setBusy] = useState(false);
  const zone = halls.find(({ screen }) => String(screen.screenId) === screenId)?.theater.timeZone ?? "UTC";
  const start = event?.startTime ? timestampDate(event.startTime) : new Date(Date.now() + 7 * DAY_MS);

  const submit = async (sent: TargetedSubmitEvent<HTMLFormElement>) => {
    sent.preventDefault();
    if (isBusy) return;
    const form = new FormData(sent.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const at = fromClock(text("start"), zone);
    setBusy(true);
    setFailure(undefined);
    setWrong({});
    try {
      const made = await events.updateEvent({
        eventId: event?.eventId ?? 0n,
        eventName: text("name"),
        description: text("description"),
        category: text("category"),
        screenId: event ? 0n : BigInt(screenId || 0),
        startTime: at && timestampFromDate(at),
        ticketCount: Number(text("count")) || 0,
        cdnLink: text("picture"),
        currency: event ? "" : currency,
        defaultPrice: text("price") ? toMinor(text("price"), currency) : undefined,
        waitingRoom: waitingRoomOf(text("admissions"), text("opens"), zone, event),
        cancelPolicy: { minutesBefore: Number(text("until")), feePercent: Number(text("fee")) },
      });
      if (made.event) note(made.event);
      route(`/admin/event/${made.event?.eventId}`);
    } catch (error) {
      const told = toFailure(error);
      setFailure(told);
      setWrong(told.fields);
      setBusy(false);
    }
  };
  return (
    <form class="sheet" onSubmit={submit}>
      <Field
        name="name"
        label={tell("event.name")}
        defaultValue={event?.eventName}
        required
        maxLength={300}
        wrong={wrong.event_name}
      />
      <p class="field">
        <label for="event-description">{tell("event.description")}</label>
        <textarea
          id="event-description"
          name="description"
          rows={4}
          maxLength={10_000}
          defaultValue={event?.description}
        />
      </p>
      <div class="office-fields">
        <Field
          name="category"
          label={tell("event.category")}
          hint={tell("event.categoryHint")}
          defaultValue={event?.category}
          maxLength={100}
        />
        {event ? (
          <p class="aside">{tell("event.fixed")}</p>
        ) : (
          <Choice
            name="screen"
            label={tell("event.screen")}
            value={screenId}
            onChange={setScreenId}
            options={[["", tell("event.choose")], ...halls.map(hallOption)]}
          />
        )}
        <Field
          key={zone}
          name="start"
          type="datetime-local"
          label={`${tell("event.start")} (${zone})`}
          defaultValue={event ? toClock(start, zone) : `${toClock(start, zone).slice(0, 11)}${EVENING}`}
          required
          wrong={wrong.start_time}
        />
        {!event && (
          <Choice
            name="currency"
            label={tell("event.currency")}
            value={currency}
            onChange={setCurrency}
            options={CURRENCIES.map((code) => [code, code] as const)}
          />
        )}
        {!event && <Field name="price" label={tell("event.price")} wrong={wrong.default_price} />}
        {!event && (
          <Field
            name="count"
            type="number"
            min="1"
            max="20000"
            label={tell("event.count")}
            hint={tell("event.countHint")}
            wrong={wrong.ticket_count}
          />
        )}
        <Field
          name="picture"
          type="url"
          label={tell("event.picture")}
          hint={tell("event.pictureHint")}
          defaultValue={event?.cdnLink}
          wrong={wrong.cdn_link}
        />
        <Field
          name="until"
          type="number"
          min="0"
          max="525600"
          label={tell("event.cancelUntil")}
          defaultValue={String(event?.cancelPolicy?.minutesBefore ?? 60)}
        />
        <Field
          name="fee"
          type="number"
          min="0"
          max="100"
          label={tell("event.cancelFee")}
          defaultValue={String(event?.cancelPolicy?.feePercent ?? 0)}
        />
        <WaitingRoomFields key={`room ${zone}`} room={event?.waitingRoom} zone={zone} wrong={wrong} />
      </div>
      {failure && <Explained failure={failure} deed="manage" />}
      <p class="actions">
        <Deed class="button" type="submit" isBusy={isBusy}>
          {event ? tell("save") : tell("event.make")}
        </Deed>
        <a class="button quiet" href={event ? `/admin/event/${event.eventId}` : "/admin"}>
          {tell("cancel")}
        </a>
      </p>
    </form>
  );
}

function hallOption({ theater, screen }: { theater: Theater; screen: Screen }): readonly [string, string] {
  return [
    String(screen.screenId),
    `${theater.theaterName}, ${theater.city}: ${screen.screenName} (${screen.seatCount})`,
  ];
}
