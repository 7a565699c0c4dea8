// The map's colours: the style sheet's, so that light and dark are decided in one place.
import { ZONES_MAX } from "./zones";

export interface Look {
  readonly zones: readonly string[];
  readonly dimZones: readonly string[];
  readonly onZone: string;
  readonly taken: string;
  readonly takenMark: string;
  readonly chosen: string;
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly stage: string;
  readonly focus: string;
  readonly font: string;
}

export function lookOf(element: Element): Look {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim() || "#888";
  const zones = Array.from({ length: ZONES_MAX }, (_, nth) => colour(`zone-${nth}`));
  return {
    zones,
    dimZones: zones.map((zone) => `color-mix(in srgb, ${zone} 22%, ${colour("surface")})`),
    onZone: colour("on-zone"),
    taken: colour("seat-taken"),
    takenMark: colour("seat-taken-mark"),
    chosen: colour("seat-chosen"),
    paper: colour("surface"),
    ink: colour("ink"),
    muted: colour("ink-soft"),
    stage: colour("stage"),
    focus: colour("focus"),
    font: style.fontFamily,
  };
}
