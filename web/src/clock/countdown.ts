// How long until a moment of the server's clock.
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "./clock";

/** Whole seconds left; a second that has begun counts. Never below 0. */
export function secondsLeft(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 1_000));
}

/** As a clock shows it: `59:07`, `1:00:00`. */
export function asClock(seconds: number): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const rest = `${two(minutes)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Seconds left until `until`, read anew as they pass: also after the computer has slept. */
export function useSecondsLeft(until: number): number {
  const [left, setLeft] = useState(() => secondsLeft(until, serverNow()));
  useEffect(() => {
    const read = () => setLeft(secondsLeft(until, serverNow()));
    read();
    const timer = setInterval(read, 250);
    return () => clearInterval(timer);
  }, [until]);
  return left;
}
