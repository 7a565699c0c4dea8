// Where people wait before an on-sale: their place in line, and in they go.
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { events } from "../api/clients";
import { type Failure, toFailure } from "../api/failure";
import { type JoinLineResponse, JoinLineResponse_Status as Status } from "../contract/usher/event/v1/event_pb";
import { keepPass } from "../hold/pass";
import { Explained } from "../parts/Explained";
import { useTitle, Waiting } from "../parts/parts";
import { session } from "../session/session";
import { count, formatNumber, say, time } from "../words/words";

/** After a failure the line is asked again so much later, in milliseconds. The place in it is kept meanwhile. */
const AGAIN_MS = 5_000;

export function WaitingRoom() {
  const { id = "" } = useRoute().params;
  const { route } = useLocation();
  const [place, setPlace] = useState<JoinLineResponse | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const userId = session.value?.userId;
  useTitle(say("waitingRoom.title"));
  useEffect(() => {
    if (!userId) {
      route(`/login?next=${encodeURIComponent(`/waiting/${id}`)}`, true);
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGone = false;
    const ask = async () => {
      let next = AGAIN_MS;
      try {
        const answer = await events.joinLine({ eventId: BigInt(id) });
        if (isGone) return;
        if (answer.status === Status.ADMITTED) keepPass(id, { userId, pass: answer.pass });
        if (answer.status === Status.ADMITTED || answer.status === Status.OPEN) return route(`/event/${id}`, true);
        setPlace(answer);
        setFailure(undefined);
        next = Math.max(1, answer.askAgainSeconds) * 1_000;
      } catch (error) {
        if (isGone) return;
        setFailure(toFailure(error));
      }
      timer = setTimeout(ask, next);
    };
    void ask();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [id, userId]);
  return (
    <section class="narrow empty">
      <h1>{say("waitingRoom.title")}</h1>
      <div role="status">{place ? <Place place={place} /> : <Waiting lines={2} />}</div>
      {failure && <Explained failure={failure} deed="hold" />}
      <p class="aside">{say("waitingRoom.keep")}</p>
    </section>
  );
}

function Place({ place }: { place: JoinLineResponse }) {
  if (place.status === Status.EARLY && place.opensAt) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return <p>{say("waitingRoom.early", { at: time(timestampDate(place.opensAt), zone, "short") })}</p>;
  }
  return (
    <>
      <p>{say("waitingRoom.place")}</p>
      <p class="place-in-line">{formatNumber(Number(place.position))}</p>
      <p>{count("waitingRoom.minutes", Math.max(1, Math.ceil(place.estimatedWaitSeconds / 60)))}</p>
    </>
  );
}
