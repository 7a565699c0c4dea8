// Fingers, mouse and wheel on the map: pan, pinch, zoom, tap, hover.
import type { Point } from "./view";

export interface Gestures {
  pan(dx: number, dy: number): void;
  zoom(at: Point, factor: number): void;
  tap(at: Point, isTouch: boolean): void;
  hover(at: Point | undefined): void;
}

/** A finger that moves less than so many pixels means the spot. */
const STILL = 7;
const WHEEL_SPEED = 0.0016;

/** Listens until the answer is called. */
export function listen(element: HTMLElement, gestures: Gestures): () => void {
  const fingers = new Map<number, Point>();
  let moved = 0;
  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    if (fingers.size === 0) moved = 0;
    fingers.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const [before, now] = [fingers.get(event.pointerId), at(event)];
    if (!before) {
      if (event.pointerType === "mouse") gestures.hover(now);
      return;
    }
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    if (other) {
      const spread =
        Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      gestures.zoom({ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, spread);
      gestures.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (moved > STILL) {
      gestures.pan(now.x - before.x, now.y - before.y);
    }
  };
  const up = (event: PointerEvent) => {
    const wasAlone = fingers.size === 1;
    const was = fingers.delete(event.pointerId);
    if (was && wasAlone && moved <= STILL && event.type === "pointerup")
      gestures.tap(at(event), event.pointerType === "touch");
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    // A pinch on a trackpad comes as a wheel with ctrl, in small steps.
    gestures.zoom(at(event), Math.exp(-event.deltaY * lines * WHEEL_SPEED * (event.ctrlKey ? 6 : 1)));
  };
  const leave = () => gestures.hover(undefined);
  const all: [string, (event: never) => void][] = [
    ["pointerdown", down],
    ["pointermove", move],
    ["pointerup", up],
    ["pointercancel", up],
    ["pointerleave", leave],
    ["wheel", wheel],
  ];
  for (const [name, listener] of all)
    element.addEventListener(name, listener as EventListener, { passive: name !== "wheel" });
  return () => {
    for (const [name, listener] of all) element.removeEventListener(name, listener as EventListener);
  };
}
