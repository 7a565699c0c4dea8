// Paints the plan: only what is in sight, in one pass, as coarse as it is far away.
import { type Grid, within } from "./grid";
import type { House, Seat } from "./house";
import type { Look } from "./look";
import { type Shape, sprite } from "./sprites";
import { type Size, STAGE_ROOM, toScreen, type View, visible } from "./view";

/** What there is to paint. */
export interface Scene {
  readonly house: House;
  readonly grid: Grid;
  /** Each seat's zone. */
  readonly zone: (seat: Seat) => number;
  readonly chosen: ReadonlySet<number>;
  /** Seats that the customer holds already. */
  readonly own: ReadonlySet<number>;
  /** Seats that the house keeps back, where that is known. */
  readonly blocked: ReadonlySet<number>;
  readonly focus: number | undefined;
  /** Only this zone stands out. */
  readonly spotlight: number | undefined;
  readonly stage: string;
}

/** From these pixels per seat on, seats have a shape, rows a label, seats a number. */
const SHAPES_FROM = 6;
const ROWS_FROM = 13;
const NUMBERS_FROM = 26;
const RADIUS = 0.41;

export function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  size: Size,
  ratio: number,
  look: Look,
) {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  paintStage(context, scene, view, look);
  if (view.scale < SHAPES_FROM) paintDots(context, scene, view, size, look);
  else paintSeats(context, scene, view, size, ratio, look);
  paintSections(context, scene, view, look);
  if (view.scale >= ROWS_FROM) paintRows(context, scene, view, size, look);
  paintFocus(context, scene, view, look);
}

/** The zone's colour; the others step back while one is in the spotlight. */
function fillOf(scene: Scene, seat: Seat, look: Look): string {
  const zone = scene.zone(seat);
  const isDim = scene.spotlight !== undefined && scene.spotlight !== zone;
  return (isDim ? look.dimZones : look.zones)[zone] ?? look.taken;
}

function shapeOf(scene: Scene, nth: number, seat: Seat): Shape {
  if (scene.chosen.has(nth)) return "chosen";
  if (scene.own.has(nth)) return "own";
  if (scene.blocked.has(nth)) return "blocked";
  if (seat.standing !== "free") return "taken";
  if (seat.kind === "WHEELCHAIR" || seat.kind === "COMPANION") return "place";
  return seat.kind === "RESTRICTED_VIEW" ? "restricted" : "free";
}

function paintDots(context: CanvasRenderingContext2D, scene: Scene, view: View, size: Size, look: Look) {
  const side = Math.max(1.2, view.scale * 0.74);
  const dots = new Map<string, number[]>();
  within(scene.grid, visible(view, size), (nth) => {
    const seat = scene.house.seats[nth];
    if (!seat) return;
    const shape = shapeOf(scene, nth, seat);
    const isMarked = shape === "chosen" || shape === "own";
    const fill = isMarked
      ? look.chosen
      : shape === "taken" || shape === "blocked"
        ? look.taken
        : fillOf(scene, seat, look);
    const places = dots.get(fill) ?? [];
    dots.set(fill, places);
    places.push(seat.x * view.scale + view.left, seat.y * view.scale + view.top);
  });
  for (const [fill, places] of dots) {
    // What is chosen must be found again from afar.
    const wide = fill === look.chosen ? Math.max(6, side) : fill === look.taken ? side * 0.8 : side;
    context.fillStyle = fill;
    for (let at = 0; at < places.length; at += 2) {
      context.fillRect((places[at] ?? 0) - wide / 2, (places[at + 1] ?? 0) - wide / 2, wide, wide);
    }
  }
}

function paintSeats(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  size: Size,
  ratio: number,
  look: Look,
) {
  const radius = Math.round(view.scale * RADIUS * ratio * 2) / 2;
  const numbered: number[] = [];
  within(scene.grid, grown(visible(view, size)), (nth) => {
    const seat = scene.house.seats[nth];
    if (!seat) return;
    const shape = shapeOf(scene, nth, seat);
    const isMarked = shape === "chosen" || shape === "own";
    const isGone = shape === "taken" || shape === "blocked";
    const fill = isMarked ? look.chosen : isGone ? look.taken : fillOf(scene, seat, look);
    const image = sprite(shape, fill, isMarked ? look.paper : isGone ? look.takenMark : look.onZone, radius);
    const wide = image.width / ratio;
    context.drawImage(
      image,
      seat.x * view.scale + view.left - wide / 2,
      seat.y * view.scale + view.top - wide / 2,
      wide,
      wide,
    );
    if (!isMarked && !isGone) numbered.push(nth);
  });
  if (view.scale >= NUMBERS_FROM) paintNumbers(context, scene, view, look, numbered);
}

function paintNumbers(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: View,
  look: Look,
  numbered: readonly number[],
) {
  context.font = `600 ${Math.round(view.scale * 0.3)}px ${look.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = look.onZone;
  for (const nth of numbered) {
    const seat = scene.house.seats[nth];
    if (!seat) continue;
    const at = toScreen(view, seat);
    context.fillText(shortNumber(seat), at.x, at.y + 0.5, view.scale * 0.74);
  }
}

/** What is written into a seat: its number without its row's name. */
export function shortNumber({ number, row }: Pick<Seat, "number" | "row">): string {
  const tail = /(\d+[a-z]?)$/i.exec(number)?.[1];
  return tail ?? (number.startsWith(row) ? number.slice(row.length) : number);
}

function paintStage(context: CanvasRenderingContext2D, { house, stage }: Scene, view: View, look: Look) {
  const middle = (house.box.left + house.box.right) / 2;
  const half = Math.max(3, Math.min(14, (house.box.right - house.box.left) * 0.28));
  const [from, to] = [
    toScreen(view, { x: middle - half, y: house.box.top - STAGE_ROOM }),
    toScreen(view, { x: middle + half, y: house.box.top - STAGE_ROOM + 1.6 }),
  ];
  const bend = view.scale * 0.7;
  context.fillStyle = look.stage;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, from.y);
  context.lineTo(to.x - bend * 0.6, to.y - bend * 0.4);
  context.quadraticCurveTo((from.x + to.x) / 2, to.y + bend, from.x + bend * 0.6, to.y - bend * 0.4);
  context.closePath();
  context.fill();
  const letters = Math.max(9, Math.min(15, view.scale * 0.8));
  context.font = `600 ${letters}px ${look.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = look.muted;
  context.letterSpacing = "0.18em";
  context.fillText(stage, (from.x + to.x) / 2, (from.y + to.y) / 2);
  context.letterSpacing = "0px";
}

function paintSections(context: CanvasRenderingContext2D, { house }: Scene, view: View, look: Look) {
  if (house.sections.length < 2) return;
  const letters = Math.max(10, Math.min(14, view.scale * 1.1));
  context.font = `600 ${letters}px ${look.font}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillStyle = look.ink;
  context.strokeStyle = look.paper;
  context.lineWidth = 3;
  context.lineJoin = "round";
  for (const { name, box, label } of house.sections) {
    const wide = (box.right - box.left) * view.scale;
    if (!name || context.measureText(name).width > Math.max(70, wide * 1.6)) continue;
    const at = toScreen(view, label);
    context.strokeText(name, at.x, at.y - view.scale * 0.75);
    context.fillText(name, at.x, at.y - view.scale * 0.75);
  }
}

function paintRows(context: CanvasRenderingContext2D, { house }: Scene, view: View, size: Size, look: Look) {
  context.font = `600 ${Math.min(13, view.scale * 0.5)}px ${look.font}`;
  context.textBaseline = "middle";
  context.fillStyle = look.muted;
  const part = visible(view, size);
  for (const { label, seats } of house.rows) {
    const [first, last] = [house.seats[seats[0] ?? -1], house.seats[seats.at(-1) ?? -1]];
    if (!first || !last || !label) continue;
    for (const [seat, side, align] of [
      [first, -0.75, "right"],
      [last, 0.75, "left"],
    ] as const) {
      if (seat.y < part.top - 1 || seat.y > part.bottom + 1) continue;
      const at = toScreen(view, { x: seat.x + side, y: seat.y });
      context.textAlign = align;
      context.fillText(label, at.x, at.y);
    }
  }
}

function paintFocus(context: CanvasRenderingContext2D, { house, focus }: Scene, view: View, look: Look) {
  const seat = focus === undefined ? undefined : house.seats[focus];
  if (!seat) return;
  const at = toScreen(view, seat);
  const radius = Math.max(6, view.scale * 0.56);
  for (const [colour, width] of [
    [look.paper, 5],
    [look.focus, 2.5],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, Math.PI * 2);
    context.stroke();
  }
}

function grown({ left, top, right, bottom }: ReturnType<typeof visible>) {
  return { left: left - 1, top: top - 1, right: right + 1, bottom: bottom + 1 };
}
