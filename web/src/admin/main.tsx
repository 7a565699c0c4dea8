// The house's client: events, sales, theatres, bookings, the door.
import { render } from "preact";
import { followOtherTabs } from "../session/session";
import { preferred, speak } from "../words/words";
import { Office } from "./Office";

const place = document.getElementById("app");
followOtherTabs();
void speak(preferred()).finally(() => {
  if (!place) return;
  place.replaceChildren();
  render(<Office />, place);
});
