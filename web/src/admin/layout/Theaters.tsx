// All theatres and their halls; new ones, and what is said of those that there are.
import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { events } from "../../api/clients";
import { useLoad } from "../../api/useLoad";
import type { Theater } from "../../contract/usher/event/v1/event_pb";
import { Explained } from "../../parts/Explained";
import { Deed, Field, useTitle, Waiting } from "../../parts/parts";
import { useDeed } from "../desk/useDeed";
import { tell, tellCount } from "../words/words";

export function Theaters() {
  useTitle(tell("theaters.title"));
  const { value, failure, again } = useLoad(
    "theaters",
    async (signal) => (await events.listTheaters({}, { signal })).theaters,
  );
  const [isOpen, setOpen] = useState(false);
  return (
    <section>
      <div class="office-head">
        <h1>{tell("theaters.title")}</h1>
        <button type="button" class="button" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          {tell("theaters.new")}
        </button>
      </div>
      {isOpen && (
        <TheaterForm
          onDone={() => {
            setOpen(false);
            again();
          }}
        />
      )}
      {failure && <Explained failure={failure} deed="look" />}
      {!value && !failure && <Waiting lines={6} />}
      <ul class="theaters">
        {value?.map((theater) => (
          <li key={String(theater.theaterId)} class="sheet">
            <Halls theater={theater} onChange={again} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Halls({ theater, onChange }: { theater: Theater; onChange: () => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <div class="office-head">
        <h2>{theater.theaterName}</h2>
        <button
          type="button"
          class="link"
          aria-expanded={isOpen}
          aria-label={`${tell("events.edit")}: ${theater.theaterName}`}
          onClick={() => setOpen(!isOpen)}
        >
          {tell("events.edit")}
        </button>
      </div>
      {isOpen && (
        <TheaterForm
          theater={theater}
          onDone={() => {
            setOpen(false);
            onChange();
          }}
        />
      )}
      <p class="place">{[theater.address, theater.city, theater.timeZone].filter(Boolean).join(", ")}</p>
      <ul class="halls">
        {theater.screens.map((screen) => (
          <li key={String(screen.screenId)}>
            <a href={`/admin/theater/${theater.theaterId}/screen/${screen.screenId}`}>{screen.screenName}</a>{" "}
            <small>{tellCount("theaters.seats", screen.seatCount)}</small>
          </li>
        ))}
        <li>
          <a
            class="button quiet"
            href={`/admin/theater/${theater.theaterId}/screen/new`}
            aria-label={`${tell("theaters.newScreen")}: ${theater.theaterName}`}
          >
            {tell("theaters.newScreen")}
          </a>
        </li>
      </ul>
    </>
  );
}

function TheaterForm({ theater, onDone }: { theater?: Theater; onDone: () => void }) {
  const { isBusy, failure, run } = useDeed();
  const submit = (sent: TargetedSubmitEvent<HTMLFormElement>) => {
    sent.preventDefault();
    const form = new FormData(sent.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    run(async () => {
      await events.updateTheater({
        theaterId: theater?.theaterId ?? 0n,
        theaterName: text("name"),
        city: text("city"),
        address: text("address"),
        timeZone: text("zone"),
      });
      onDone();
      return "";
    });
  };
  return (
    <form class={theater ? undefined : "sheet"} onSubmit={submit}>
      <div class="office-fields">
        <Field
          name="name"
          label={tell("theaters.name")}
          defaultValue={theater?.theaterName}
          required
          wrong={failure?.fields.theater_name}
        />
        <Field name="city" label={tell("theaters.city")} defaultValue={theater?.city} />
        <Field name="address" label={tell("theaters.address")} defaultValue={theater?.address} />
        <Field
          name="zone"
          label={tell("theaters.zone")}
          defaultValue={theater?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone}
          wrong={failure?.fields.time_zone}
        />
      </div>
      {failure && <Explained failure={failure} deed="manage" />}
      <p class="actions">
        <Deed class="button" type="submit" isBusy={isBusy}>
          {tell("save")}
        </Deed>
      </p>
    </form>
  );
}
