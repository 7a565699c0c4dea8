// The part of an event's form that says whether people wait to be let in, and how fast they are.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Event, WaitingRoom, WaitingRoomSchema } from "../../contract/usher/event/v1/event_pb";
import { Field } from "../../parts/parts";
import { tell } from "../words/words";
import { fromClock, toClock } from "./zoned";

interface WaitingRoomFieldsProps {
  readonly room: WaitingRoom | undefined;
  readonly zone: string;
  readonly wrong: Readonly<Record<string, string>>;
}

export function WaitingRoomFields({ room, zone, wrong }: WaitingRoomFieldsProps) {
  return (
    <>
      <Field
        name="admissions"
        type="number"
        min="1"
        max="1000000"
        label={tell("event.admissions")}
        hint={tell("event.admissionsHint")}
        defaultValue={room && String(room.admissionsPerMinute)}
        wrong={wrong["waiting_room.admissions_per_minute"]}
      />
      <Field
        name="opens"
        type="datetime-local"
        label={`${tell("event.opens")} (${zone})`}
        hint={tell("event.opensHint")}
        defaultValue={room?.opensAt && toClock(timestampDate(room.opensAt), zone)}
        wrong={wrong["waiting_room.opens_at"]}
      />
    </>
  );
}

/** What the fields ask for; where they are empty, the room that there was goes. */
export function waitingRoomOf(
  admissions: string,
  opens: string,
  zone: string,
  event: Event | undefined,
): MessageInitShape<typeof WaitingRoomSchema> | undefined {
  if (!admissions) return event?.waitingRoom && { admissionsPerMinute: 0 };
  const opensAt = opens ? fromClock(opens, zone) : undefined;
  return { admissionsPerMinute: Number(admissions), opensAt: opensAt && timestampFromDate(opensAt) };
}
