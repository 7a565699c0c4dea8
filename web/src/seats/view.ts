// What part of the plan is seen, and how large: pan, zoom, fit. Pure: on the screen = plan × scale + shift.
import type { Box } from "./house";

/** Pixels per seat's width, and where the plan's origin is on the screen. */
export interface View {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** No nearer than this: a seat as large as a fingertip. */
export const SCALE_MAX = 44;
/** Room for the seats at the edge and the stage, in seats' widths. */
const MARGIN = 1.6;
/** Room above the first row, for the stage. */
export const STAGE_ROOM = 4;

/** The plan with its margin and its stage. */
export function withMargin(box: Box): Box {
  return {
    left: box.left - MARGIN,
    right: box.right + MARGIN,
    top: box.top - STAGE_ROOM - MARGIN,
    bottom: box.bottom + MARGIN,
  };
}

/** The view that shows all of the plan. */
export function fitted(box: Box, size: Size): View {
  const whole = withMargin(box);
  const [wide, high] = [whole.right - whole.left, whole.bottom - whole.top];
  const scale = Math.min(SCALE_MAX, Math.max(0.5, Math.min(size.width / wide, size.height / high)));
  return centred(whole, size, scale);
}

function centred(whole: Box, size: Size, scale: number): View {
  return {
    scale,
    left: size.width / 2 - ((whole.left + whole.right) / 2) * scale,
    top: size.height / 2 - ((whole.top + whole.bottom) / 2) * scale,
  };
}

export function toScreen(view: View, { x, y }: Point): Point {
  return { x: x * view.scale + view.left, y: y * view.scale + view.top };
}

export function toPlan(view: View, { x, y }: Point): Point {
  return { x: (x - view.left) / view.scale, y: (y - view.top) / view.scale };
}

/** The plan's part that is on the screen. */
export function visible(view: View, size: Size): Box {
  const [from, to] = [toPlan(view, { x: 0, y: 0 }), toPlan(view, { x: size.width, y: size.height })];
  return { left: from.x, top: from.y, right: to.x, bottom: to.y };
}

/** Nearer or farther by `factor`; what is at `at` stays there. */
export function zoomAt(view: View, at: Point, factor: number, box: Box, size: Size): View {
  const least = Math.min(fitted(box, size).scale, SCALE_MAX);
  const scale = Math.min(SCALE_MAX, Math.max(least, view.scale * factor));
  const place = toPlan(view, at);
  return held({ scale, left: at.x - place.x * scale, top: at.y - place.y * scale }, box, size);
}

export function panBy(view: View, dx: number, dy: number, box: Box, size: Size): View {
  return held({ ...view, left: view.left + dx, top: view.top + dy }, box, size);
}

/** The view with `point` inside, moved no more than it takes. */
export function reveal(view: View, point: Point, box: Box, size: Size, border = 60): View {
  const at = toScreen(view, point);
  const edge = Math.min(border, size.width / 3, size.height / 3);
  const into = (place: number, length: number) => Math.min(Math.max(place, edge), length - edge) - place;
  return panBy(view, into(at.x, size.width), into(at.y, size.height), box, size);
}

/** A view that never loses the plan: its middle stays over the plan, a plan that fits stays whole in sight. */
export function held(view: View, box: Box, size: Size): View {
  const whole = withMargin(box);
  const axis = (shift: number, from: number, to: number, length: number) => {
    const [start, end] = [from * view.scale, to * view.scale];
    // A plan smaller than the screen may stand anywhere in it; a larger one has no empty edge.
    const [least, most] = end - start <= length ? [-start, length - end] : [length - end, -start];
    return Math.min(Math.max(shift, least), most);
  };
  return {
    scale: view.scale,
    left: axis(view.left, whole.left, whole.right, size.width),
    top: axis(view.top, whole.top, whole.bottom, size.height),
  };
}
