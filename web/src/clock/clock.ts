// The server's clock, as its answers tell it. A countdown that follows the customer's own clock ends too soon or too
// late, and both cost seats.

/** Where the server's clock may stand relative to ours, in milliseconds. */
export interface Offset {
  readonly least: number;
  readonly most: number;
}

/** An answer: when it was asked for and came, by our clock, and the second that the server stamped it with. */
export interface Sample {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly serverSecond: number;
}

const SECOND = 1_000;
/** How long the server may take to say what time it is, in milliseconds. */
const ASK_MS_MAX = 3_000;

/** What is known of the offset after one more answer. A clock that was set meanwhile makes what was known worthless. */
export function learn(known: Offset | undefined, sample: Sample): Offset {
  const heard = {
    least: sample.serverSecond - sample.receivedAt,
    most: sample.serverSecond + SECOND - sample.sentAt,
  };
  if (!known) return heard;
  const both = { least: Math.max(known.least, heard.least), most: Math.min(known.most, heard.most) };
  return both.least <= both.most ? both : heard;
}

/** The middle of what the offset may be. */
export function estimate(offset: Offset): number {
  return (offset.least + offset.most) / 2;
}

const KEY = "usher.clock";
/** Kept over reloads: one answer alone tells a second, many tell its parts, and no countdown may jump. */
let known = recall();

/** Takes the `Date` of an answer in. */
export function hear(date: string | null, sentAt: number, receivedAt: number): void {
  const serverSecond = date ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(serverSecond)) return;
  known = learn(known, { sentAt, receivedAt, serverSecond });
  try {
    sessionStorage.setItem(KEY, JSON.stringify(known));
  } catch {
    // Storage is full or forbidden: it is learnt anew.
  }
}

function recall(): Offset | undefined {
  try {
    return JSON.parse(globalThis.sessionStorage?.getItem(KEY) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Asks for the time: before anything else was asked for, our own may be hours off. */
export async function ask(): Promise<void> {
  const sentAt = Date.now();
  const signal = AbortSignal.timeout(ASK_MS_MAX);
  const response = await fetch("/config.json", { method: "HEAD", cache: "no-store", signal });
  hear(response.headers.get("date"), sentAt, Date.now());
}

/** The time at the server, in milliseconds since 1970; our own until the server said anything. */
export function serverNow(): number {
  return Date.now() + (known ? estimate(known) : 0);
}
