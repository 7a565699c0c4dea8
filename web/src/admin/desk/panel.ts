// What every panel of the desk works with.
import type { TakenSeat } from "../../contract/usher/booking/v1/booking_pb";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import type { House, Seat } from "../../seats/house";

export interface PanelProps {
  readonly event: Event;
  readonly house: House;
  readonly taken: ReadonlyMap<string, TakenSeat>;
  readonly chosen: ReadonlySet<number>;
  /** Something changed: figures and seats are asked anew. */
  readonly onDone: () => void;
  readonly onClear: () => void;
}

export function chosenSeats({ house, chosen }: Pick<PanelProps, "house" | "chosen">): readonly Seat[] {
  return [...chosen].flatMap((nth) => house.seats[nth] ?? []);
}
