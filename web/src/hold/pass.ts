// What a waiting room gave: the pass that a hold of its event wants. Kept for as long as the tab is open.

interface Pass {
  readonly userId: string;
  readonly pass: string;
}

const key = (eventId: string) => `usher.pass.${eventId}`;

export function keepPass(eventId: string, pass: Pass): void {
  try {
    sessionStorage.setItem(key(eventId), JSON.stringify(pass));
  } catch {
    // Forbidden: whoever reserves is asked for the pass, and sent to the line again, which knows their place.
  }
}

/** The pass of that user; the server says whether it is still good. Empty where there is none. */
export function passFor(eventId: string, userId: string | undefined): string {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key(eventId)) ?? "null") as Pass | null;
    return kept && kept.userId === userId ? kept.pass : "";
  } catch {
    return "";
  }
}
