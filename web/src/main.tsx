// The customer's client.
import { render } from "preact";
import { App } from "./App";
import { followOtherTabs as followHolds } from "./hold/hold";
import { followOtherTabs as followSession } from "./session/session";
import { preferred, speak } from "./words/words";

const place = document.getElementById("app");
followSession();
followHolds();
void speak(preferred()).finally(() => {
  if (!place) return;
  place.replaceChildren();
  render(<App />, place);
});
