// Where people wait before an on-sale. Its RPCs do not exist yet (issue "waiting room"): until then nobody is sent here,
// and whoever comes by a link is let through to the event.
import { useRoute } from "preact-iso";
import { useTitle } from "../parts/parts";
import { say } from "../words/words";

export function WaitingRoom() {
  const { params } = useRoute();
  useTitle(say("waitingRoom.title"));
  return (
    <section class="narrow empty">
      <h1>{say("waitingRoom.title")}</h1>
      <p>{say("waitingRoom.open")}</p>
      <a class="button" href={`/event/${params.id}`}>
        {say("waitingRoom.enter")}
      </a>
    </section>
  );
}
