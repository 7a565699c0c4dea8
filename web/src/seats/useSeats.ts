// An event's house, live. Each change of a seat makes it another object, of the same seats: whatever shows it follows.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../api/failure";
import { applyChanges, type House, toHouse } from "./house";
import { type Link, watchSeats } from "./watch";

/** The seats of an event, as they stand. */
export interface Seats {
  readonly house: House | undefined;
  readonly link: Link;
  readonly failure: Failure | undefined;
}

/** Watches the event's seats for as long as the page is there; tells `onChange` which of them changed. */
export function useSeats(eventId: bigint, onChange?: (house: House, changed: readonly number[]) => void): Seats {
  const [seats, setSeats] = useState<Seats>({ house: undefined, link: "connecting", failure: undefined });
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
          show({ house, failure: undefined });
          if (before)
            listener.current?.(
              house,
              house.seats.map((_, nth) => nth),
            );
        },
        changes: (tickets) => {
          const changed = house ? applyChanges(house, tickets) : "unknown seat";
          if (changed === "unknown seat") {
            // Seats were added to the event: the plan is another one.
            watch();
            return begin();
          }
          if (house && changed.length > 0) {
            house = { ...house };
            show({ house });
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
