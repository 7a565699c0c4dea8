// Times as a theatre's clock shows them. Pure.

/** What the clock of `zone` shows at that moment, as forms write it: `2027-01-31T19:30`. */
export function toClock(at: Date, zone: string): string {
  const form = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone || "UTC",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const part = Object.fromEntries(form.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** The moment at which the clock of `zone` shows that; undefined for what is no time. */
export function fromClock(shown: string, zone: string): Date | undefined {
  const wanted = Date.parse(`${shown}Z`);
  if (Number.isNaN(wanted)) return undefined;
  let at = wanted;
  // Twice: the first guess may lie on the other side of a change of the clocks.
  for (let nth = 0; nth < 2; nth += 1) at += wanted - Date.parse(`${toClock(new Date(at), zone)}Z`);
  return new Date(at);
}
