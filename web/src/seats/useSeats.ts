// An event's house, live: what a page shows of it follows by `revision`.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Failure } from "../api/failure";
import { applyChanges, type House, toHouse } from "./house";
import { type Link, watchSeats } from "./watch";

/** The seats of an event, as they stand. */
export interface Seats {
  readonly house: House | undefined;
  /** Another one after each change of a seat. */
  readonly revision: number;
  readonly link: Link;
  readonly failure: Failure | undefined;
}

/** Watches the event's seats for as long as the page is there; tells `onChange` which of them changed. */
export function useSeats(eventId: bigint, onChange?: (house: House, changed: readonly number[]) => void): Seats {
  const [seats, setSeats] = useState<Seats>({ house: undefined, revision: 0, link: "connecting", failure: undefined });
  const listener = useRef(onChange);
  listener.current = onChange;
  useEffect(() => {
    let house: House | undefined;
    let watch = () => {};
    const show = (part: Partial<Seats>) => setSeats((before) => ({ ...before, ...part }));
    const begin = () => {
      watch = watchSeats(eventId, {
        snapshot: (tickets) => {
          const before = house;
          house = toHouse(tickets);
          setSeats((was) => ({ ...was, house, revision: was.revision + 1, failure: undefined }));
          if (before) listener.current?.(house, house.seats.map((_, nth) => nth));
        },
        changes: (tickets) => {
          const changed = house ? applyChanges(house, tickets) : "unknown seat";
          if (changed === "unknown seat") {
            // Seats were added to the event: the plan is another one.
            watch();
            return begin();
          }
          if (house && changed.length > 0) {
            setSeats((was) => ({ ...was, revision: was.revision + 1 }));
            listener.current?.(house, changed);
          }
        },
        link: (link) => show({ link }),
        failed: (failure) => show({ failure, link: "lost" }),
      });
    };
    begin();
    return () => watch();
  }, [eventId]);
  return seats;
}
