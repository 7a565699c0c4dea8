// How well the seats on the map are known.
import type { Link } from "../../seats/watch";
import { sayAny } from "../../words/words";

export function Live({ link }: { link: Link }) {
  return (
    <p class={`live ${link}`} role="status">
      <span class="pulse" aria-hidden="true" />
      {sayAny(`link.${link}`)}
    </p>
  );
}
