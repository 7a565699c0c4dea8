// An event that there is not.
import { say } from "../../words/words";
import { tell } from "../words/words";

export function NoEvent() {
  return (
    <section class="narrow empty">
      <h1>{say("fail.UNKNOWN_EVENT.what")}</h1>
      <a class="button" href="/admin">
        {tell("events.title")}
      </a>
    </section>
  );
}
