import { useTitle } from "../parts/parts";
import { say } from "../words/words";

export function NotFound() {
  useTitle(say("notFound.title"));
  return (
    <section class="narrow empty">
      <h1>{say("notFound.title")}</h1>
      <p>{say("notFound.text")}</p>
      <a class="button" href="/">
        {say("toEvents")}
      </a>
    </section>
  );
}
