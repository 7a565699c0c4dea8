// The customer's client.
import { render } from "preact";
import { App, preload } from "./App";
import { ask } from "./clock/clock";
import { followOtherTabs as followHolds, hasHolds } from "./hold/hold";
import { followOtherTabs as followSession } from "./session/session";
import { preferred, speak } from "./words/words";

const place = document.getElementById("app");
followSession();
followHolds();
// What the page's own file shows stays until there is something to show in its place.
// A hold is not called over by a clock that is wrong.
const time = hasHolds() ? ask() : undefined;
void Promise.allSettled([speak(preferred()), preload(location.pathname), time]).then(() => {
  if (!place) return;
  place.replaceChildren();
  render(<App />, place);
});
