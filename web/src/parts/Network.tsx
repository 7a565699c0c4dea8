// Whether there is a network at all: what is on the page stays there, and says that it may be old.
import { useEffect, useState } from "preact/hooks";
import { say } from "../words/words";

export function Network() {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const read = () => setOnline(navigator.onLine);
    addEventListener("online", read);
    addEventListener("offline", read);
    return () => {
      removeEventListener("online", read);
      removeEventListener("offline", read);
    };
  }, []);
  return (
    <div class="network" role="status">
      {!isOnline && <p class="notice warn">{say("offline")}</p>}
    </div>
  );
}
