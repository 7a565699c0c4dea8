// Where a customer stands in the waiting room of an event. Pure.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type JoinLineResponse, JoinLineResponse_Status as Status } from "../contract/usher/event/v1/event_pb";

/** A place in line. Moments are milliseconds since 1970, by the server's clock. */
export type Place =
  | { readonly is: "open" }
  | { readonly is: "early"; readonly opensAt: number }
  | { readonly is: "waiting"; readonly position: number; readonly waitSeconds: number }
  | { readonly is: "admitted"; readonly pass: string; readonly until: number };

/** What the server said of the place. */
export function placeOf(answer: JoinLineResponse): Place {
  switch (answer.status) {
    case Status.EARLY:
      return { is: "early", opensAt: answer.opensAt ? timestampMs(answer.opensAt) : 0 };
    case Status.WAITING:
      return { is: "waiting", position: Number(answer.position), waitSeconds: answer.estimatedWaitSeconds };
    case Status.ADMITTED:
      return {
        is: "admitted",
        pass: answer.pass,
        until: answer.passExpiresAt ? timestampMs(answer.passExpiresAt) : 0,
      };
    default:
      return { is: "open" };
  }
}

/** When to ask again, in milliseconds; undefined where nothing changes by itself. */
export function askAgainMs(answer: JoinLineResponse): number | undefined {
  const changes = answer.status === Status.EARLY || answer.status === Status.WAITING;
  return changes ? Math.max(1, answer.askAgainSeconds) * 1_000 : undefined;
}

/** Whether the server, whose clock decides, still counts a turn that is over here: its pass is good for nothing. */
export function isSpent(answer: JoinLineResponse, spent: string | undefined): boolean {
  return answer.status === Status.ADMITTED && answer.pass === spent;
}

/** Whole minutes to tell of a wait; 0 is less than one. */
export function minutesOf(seconds: number): number {
  return seconds < 60 ? 0 : Math.round(seconds / 60);
}
