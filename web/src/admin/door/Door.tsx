// At the door: a ticket's code in, and whether its bearer may come in.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { TargetedSubmitEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import { bookings } from "../../api/clients";
import { type Failure, toFailure } from "../../api/failure";
import type { CheckInResponse } from "../../contract/usher/booking/v1/booking_pb";
import { Explained } from "../../parts/Explained";
import { Field, useTitle } from "../../parts/parts";
import { time } from "../../words/words";
import { tell } from "../words/words";
import { Camera } from "./Camera";

/** A code that was out of the camera's sight for so long is shown anew, in milliseconds. */
const SIGHT_MS = 3_000;
/** How many are listed. */
const LAST_MAX = 8;

type Outcome =
  | { readonly kind: "in"; readonly guest: CheckInResponse }
  | { readonly kind: "no"; readonly failure: Failure };

export function Door() {
  useTitle(tell("door.title"));
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const [last, setLast] = useState<readonly CheckInResponse[]>([]);
  const [event, setEvent] = useState("");
  const [code, setCode] = useState("");
  const input = useRef<HTMLFormElement>(null);
  const asking = useRef("");
  const seen = useRef({ token: "", at: Number.NEGATIVE_INFINITY });

  const admit = async (token: string) => {
    if (!token || asking.current === token) return;
    asking.current = token;
    try {
      const guest = await bookings.checkIn({ token, eventId: BigInt(/^\d+$/.test(event) ? event : 0) });
      setOutcome({ kind: "in", guest });
      setLast((was) => [guest, ...was].slice(0, LAST_MAX));
      setCode("");
    } catch (error) {
      setOutcome({ kind: "no", failure: toFailure(error) });
    }
    asking.current = "";
  };
  // The camera sees one code many times: who was let in and still holds the ticket up is not refused for it.
  const see = (token: string) => {
    const { token: before, at } = seen.current;
    seen.current = { token, at: performance.now() };
    if (token !== before || seen.current.at - at > SIGHT_MS) void admit(token);
  };
  const submit = (sent: TargetedSubmitEvent<HTMLFormElement>) => {
    sent.preventDefault();
    void admit(code.trim());
  };
  return (
    <section class="door">
      <h1>{tell("door.title")}</h1>
      <div aria-live="assertive">
        {outcome?.kind === "in" && <Welcome guest={outcome.guest} />}
        {outcome?.kind === "no" && (
          <div class="verdict no">
            <p class="verdict-word">{tell("door.no")}</p>
            <Explained failure={outcome.failure} deed="manage" />
          </div>
        )}
      </div>
      <form class="sheet" ref={input} onSubmit={submit}>
        <Field
          name="code"
          label={tell("door.code")}
          hint={tell("door.codeHint")}
          value={code}
          autocomplete="off"
          required
          onInput={({ currentTarget }) => setCode(currentTarget.value)}
        />
        <Field
          name="event"
          label={tell("door.event")}
          hint={tell("door.eventHint")}
          value={event}
          onInput={({ currentTarget }) => setEvent(currentTarget.value)}
        />
        <button type="submit" class="button wide">
          {tell("door.check")}
        </button>
        <Camera onCode={see} />
      </form>
      {last.length > 0 && (
        <section>
          <h2>{tell("door.last")}</h2>
          <ul class="last">
            {last.map((guest) => (
              <li key={`${guest.ticketId}`}>
                <strong>{guest.seatNumber}</strong> {clock(guest)}
              </li>
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}

function Welcome({ guest }: { guest: CheckInResponse }) {
  return (
    <div class="verdict in">
      <p class="verdict-word">{tell("door.in")}</p>
      <p>{tell("door.inText", { seat: guest.seatNumber, at: clock(guest) })}</p>
    </div>
  );
}

function clock({ admittedAt }: CheckInResponse): string {
  return admittedAt ? time(timestampDate(admittedAt), Intl.DateTimeFormat().resolvedOptions().timeZone, "clock") : "";
}
