// The seat map: a canvas to look at and touch, and the same seats as a grid for keyboards and screen readers.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { say } from "../words/words";
import { listen } from "./gestures";
import { nearest, toGrid } from "./grid";
import type { House, Seat } from "./house";
import { lookOf } from "./look";
import { paint, type Scene } from "./paint";
import { SeatGrid } from "./SeatGrid";
import { fitted, type Point, panBy, reveal, type Size, toPlan, toScreen, type View, zoomAt } from "./view";
import { type Zone, zoneOf } from "./zones";

export interface SeatMapProps {
  readonly house: House;
  readonly zones: readonly Zone[];
  readonly chosen: ReadonlySet<number>;
  readonly own?: ReadonlySet<number>;
  readonly blocked?: ReadonlySet<number>;
  readonly spotlight?: number;
  /** A seat in words: its place, price and standing. */
  readonly describe: (seat: Seat, nth: number) => string;
  /** Which seats can be chosen; free ones where nothing is said. */
  readonly isOpen?: (seat: Seat, nth: number) => boolean;
  readonly onPick: (nth: number) => void;
}

const NONE: ReadonlySet<number> = new Set();
/** Nearer than this a tap means a seat; farther off it means "there". In pixels per seat. */
const TAP_FROM = { touch: 15, mouse: 6 };
const REACH = 0.75;

export function SeatMap(props: SeatMapProps) {
  const { house, zones, chosen, own = NONE, blocked = NONE, spotlight, describe } = props;
  const isOpen = props.isOpen ?? ((seat: Seat) => seat.standing === "free");
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<View | undefined>(undefined);
  const size = useRef<Size>({ width: 0, height: 0 });
  const due = useRef(0);
  const [hint, setHint] = useState<{ nth: number; at: Point } | undefined>(undefined);
  const [focus, setFocus] = useState<number | undefined>(undefined);
  const [shapes, setShapes] = useState(0);
  const grid = useMemo(() => toGrid(house.seats, house.box), [house.seats]);
  const scene: Scene = {
    house,
    grid,
    zone: (seat) => zoneOf(zones, seat.price),
    chosen,
    own,
    blocked,
    focus,
    spotlight,
    stage: say("map.stage"),
  };
  // What listeners that live longer than one drawing must find.
  const now = useRef({ scene, isOpen, onPick: props.onPick });
  now.current = { scene, isOpen, onPick: props.onPick };

  const redraw = () => {
    if (due.current) return;
    due.current = requestAnimationFrame(() => {
      due.current = 0;
      const context = canvas.current?.getContext("2d");
      if (!context || !frame.current || !view.current || size.current.width === 0) return;
      paint(context, now.current.scene, view.current, size.current, pixelRatio(), lookOf(frame.current));
    });
  };
  const turn = (change: (view: View) => View) => {
    if (view.current) view.current = change(view.current);
    redraw();
  };
  const pan = (dx: number, dy: number) => turn((was) => panBy(was, dx, dy, now.current.scene.house.box, size.current));
  const zoom = (at: Point, factor: number) =>
    turn((was) => zoomAt(was, at, factor, now.current.scene.house.box, size.current));
  const zoomMiddle = (factor: number) => zoom({ x: size.current.width / 2, y: size.current.height / 2 }, factor);
  const find = (at: Point): number | undefined =>
    view.current && nearest(now.current.scene.grid, now.current.scene.house.seats, toPlan(view.current, at), REACH);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    return listen(element, {
      pan: (dx, dy) => {
        setHint(undefined);
        pan(dx, dy);
      },
      zoom: (at, factor) => {
        setHint(undefined);
        zoom(at, factor);
      },
      hover: (at) => {
        const nth = at && (view.current?.scale ?? 0) >= TAP_FROM.mouse ? find(at) : undefined;
        setHint(at && nth !== undefined ? { nth, at } : undefined);
        element.style.cursor = nth === undefined ? "grab" : "pointer";
      },
      tap: (at, isTouch) => {
        const nearEnough = (view.current?.scale ?? 0) >= (isTouch ? TAP_FROM.touch : TAP_FROM.mouse);
        const nth = find(at);
        if (!nearEnough) return zoom(at, isTouch ? 3 : 2);
        if (nth === undefined) return;
        setFocus(undefined);
        now.current.onPick(nth);
        if (isTouch) setHint({ nth, at });
      },
    });
  }, []);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => {
      const { width, height } = element.getBoundingClientRect();
      if (canvas.current) {
        canvas.current.width = Math.round(width * pixelRatio());
        canvas.current.height = Math.round(height * pixelRatio());
      }
      const isFirst = size.current.width === 0;
      size.current = { width, height };
      // Painted at once: a canvas that was resized is empty.
      if (isFirst || !view.current) view.current = fitted(now.current.scene.house.box, size.current);
      else turn((was) => panBy(was, 0, 0, now.current.scene.house.box, size.current));
      setShapes((was) => was + 1);
    };
    const resizes = new ResizeObserver(measure);
    resizes.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", redraw);
    return () => {
      resizes.disconnect();
      dark.removeEventListener("change", redraw);
      cancelAnimationFrame(due.current);
      due.current = 0;
    };
  }, []);

  useEffect(() => {
    if (size.current.width > 0) view.current = fitted(house.box, size.current);
  }, [house.box]);
  useEffect(redraw, [house, zones, chosen, own, blocked, spotlight, focus, shapes]);

  const go = (nth: number | undefined) => {
    setFocus(nth);
    const seat = nth === undefined ? undefined : house.seats[nth];
    if (!seat || !view.current) return setHint(undefined);
    // A focused seat must be large enough to be seen.
    const near = Math.max(1, 16 / view.current.scale);
    if (near > 1) zoom(toScreen(view.current, seat), near);
    turn((was) => reveal(was, seat, house.box, size.current));
    setHint({ nth: nth ?? 0, at: toScreen(view.current, seat) });
  };

  return (
    <div class="map" ref={frame} data-scale-from={shapes}>
      <canvas ref={canvas} class="map-canvas" aria-hidden="true" />
      <SeatGrid house={house} chosen={chosen} describe={describe} isOpen={isOpen} onFocus={go} onPick={props.onPick} />
      {hint && house.seats[hint.nth] && (
        <Hint
          seat={house.seats[hint.nth] as Seat}
          text={describe(house.seats[hint.nth] as Seat, hint.nth)}
          at={hint.at}
          width={size.current.width}
        />
      )}
      <div class="map-buttons">
        <button type="button" class="round" aria-label={say("map.nearer")} onClick={() => zoomMiddle(1.5)}>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M10 4v12M4 10h12" />
          </svg>
        </button>
        <button type="button" class="round" aria-label={say("map.farther")} onClick={() => zoomMiddle(1 / 1.5)}>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M4 10h12" />
          </svg>
        </button>
        <button
          type="button"
          class="round"
          aria-label={say("map.whole")}
          onClick={() => turn(() => fitted(house.box, size.current))}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M4 8V4h4M16 8V4h-4M4 12v4h4M16 12v4h-4" />
          </svg>
        </button>
      </div>
    </div>
  );
}

function Hint({ text, at, width }: { seat: Seat; text: string; at: Point; width: number }) {
  const side = at.x > width * 0.6 ? "left" : "right";
  return (
    <div class={`map-hint ${side}`} aria-hidden="true" style={{ left: `${at.x}px`, top: `${at.y}px` }}>
      {text}
    </div>
  );
}

/** More than two device pixels a pixel cost time and show nothing. */
function pixelRatio(): number {
  return Math.min(2, globalThis.devicePixelRatio || 1);
}
