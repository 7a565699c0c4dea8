// Posters out of nothing: each event without a picture gets one of its own, the same everywhere and for ever. Pure.

/** Colours that go together: ground, two figures, a light. */
export type Palette = readonly [ground: string, figure: string, second: string, light: string];

export interface Art {
  readonly palette: Palette;
  readonly motif: number;
  /** Numbers from 0 to 1, as many as asked for; the same each time. */
  readonly chance: () => number;
}

const PALETTES: readonly Palette[] = [
  ["#2a1020", "#8e1c3c", "#d9643a", "#f6c667"],
  ["#10243a", "#1f5a7a", "#e07a5f", "#f4e3c1"],
  ["#1b2a1f", "#2f6f4f", "#c9a227", "#f2ead3"],
  ["#2b1a3d", "#6a3fa0", "#e86a92", "#f7d9a8"],
  ["#331a12", "#a8432d", "#e3a23b", "#f8e6c4"],
  ["#0f2b2e", "#15777a", "#f08a4b", "#f7edd9"],
  ["#1d1d2b", "#40508f", "#d95d39", "#f0c987"],
  ["#3a0f1d", "#b3243f", "#f3b562", "#fbeedb"],
];

/** How many compositions there are. */
export const MOTIFS = 7;

/** The art for a name. */
export function artFor(name: string): Art {
  let state = hash(name);
  const chance = () => {
    // mulberry32: small, and good enough for pictures.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const palette = PALETTES[Math.floor(chance() * PALETTES.length)] ?? (PALETTES[0] as Palette);
  return { palette, motif: Math.floor(chance() * MOTIFS), chance };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value | 0;
}
