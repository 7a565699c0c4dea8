// The waiting room of an event that many want at once: whoever is let in chooses seats, all others see where they stand.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { asClock, useSecondsLeft } from "../../clock/countdown";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { minutesOf, type Place } from "../../line/place";
import { useLine } from "../../line/useLine";
import { Explained } from "../../parts/Explained";
import { Notice, Waiting } from "../../parts/parts";
import { session } from "../../session/session";
import { count, formatNumber, say, time } from "../../words/words";
import { Choosing } from "./Choosing";
import { HeldHere } from "./HeldHere";

export function WaitingRoom({ event }: { event: Event }) {
  const userId = session.value?.userId;
  const { place, failure, ask } = useLine(event.eventId, userId);
  // A pass that the server takes no longer, whatever our clock says of it.
  const [refused, setRefused] = useState("");
  if (place?.is === "open") return <Choosing event={event} onPassRefused={() => ask()} />;
  if (place?.is === "admitted" && place.pass !== refused)
    return (
      <Admitted event={event} place={place} onOver={() => setRefused(place.pass)} onAgain={() => ask(place.pass)} />
    );
  return (
    <Room event={event}>
      {userId === undefined ? (
        <SignIn event={event} />
      ) : place?.is === "admitted" ? (
        <Over onAgain={() => ask(place.pass)} />
      ) : (
        <>
          {failure && <Explained failure={failure} deed="look" />}
          {failure && place && <p class="aside">{say("waitingRoom.kept")}</p>}
          {!place && !failure && <Waiting lines={3} />}
          {place?.is === "early" && <Early event={event} opensAt={place.opensAt} />}
          {place?.is === "waiting" && <Standing position={place.position} waitSeconds={place.waitSeconds} />}
        </>
      )}
    </Room>
  );
}

function Room({ event, children }: { event: Event; children: ComponentChildren }) {
  return (
    <section class="sheet room" aria-labelledby="room-title">
      <p class="kicker" id="room-title">
        {say("waitingRoom.title")}
      </p>
      <HeldHere eventId={String(event.eventId)} />
      {children}
    </section>
  );
}

function SignIn({ event }: { event: Event }) {
  const next = encodeURIComponent(`/event/${event.eventId}`);
  return (
    <>
      <h2>{say("waitingRoom.signIn")}</h2>
      <p>{say("waitingRoom.signInText")}</p>
      <p class="actions">
        <a class="button" href={`/login?next=${next}`}>
          {say("login.title")}
        </a>
        <a class="button quiet" href={`/signup?next=${next}`}>
          {say("signup.title")}
        </a>
      </p>
    </>
  );
}

function Early({ event, opensAt }: { event: Event; opensAt: number }) {
  const left = useSecondsLeft(opensAt);
  return (
    <>
      <h2>{say("waitingRoom.opens", { time: time(new Date(opensAt), event.timeZone) })}</h2>
      <p class="room-figure" role="timer" aria-live="off">
        {asClock(left)}
      </p>
      <p role="status">{say("waitingRoom.early")}</p>
      <p class="aside">{say("waitingRoom.stay")}</p>
    </>
  );
}

function Standing({ position, waitSeconds }: { position: number; waitSeconds: number }) {
  const minutes = minutesOf(waitSeconds);
  return (
    <>
      <h2>{say("waitingRoom.waiting")}</h2>
      <p class="room-figure">{formatNumber(position)}</p>
      <p role="status">
        {say("waitingRoom.place", { position: formatNumber(position) })}{" "}
        {minutes === 0 ? say("waitingRoom.soon") : count("waitingRoom.wait", minutes)}
      </p>
      <p class="aside">{say("waitingRoom.stay")}</p>
    </>
  );
}

interface AdmittedProps {
  readonly event: Event;
  readonly place: Place & { is: "admitted" };
  readonly onOver: () => void;
  readonly onAgain: () => void;
}

function Admitted({ event, place, onOver, onAgain }: AdmittedProps) {
  const left = useSecondsLeft(place.until);
  if (left === 0)
    return (
      <Room event={event}>
        <Over onAgain={onAgain} />
      </Room>
    );
  return (
    <>
      <div class={left < 60 ? "turn soon" : "turn"}>
        <p role="status">{say("waitingRoom.turn")}</p>
        <time role="timer" aria-live="off">
          {asClock(left)}
        </time>
      </div>
      <Choosing event={event} pass={place.pass} onPassRefused={onOver} />
    </>
  );
}

function Over({ onAgain }: { onAgain: () => void }) {
  return (
    <>
      <Notice kind="warn">{say("waitingRoom.over")}</Notice>
      <button type="button" class="button" onClick={onAgain}>
        {say("waitingRoom.again")}
      </button>
    </>
  );
}
