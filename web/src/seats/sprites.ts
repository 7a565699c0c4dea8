// Seats drawn once and stamped often: drawing 10,000 circles takes a frame's time several times over, stamping them
// does not.

/** How a seat looks. No two differ by colour alone. */
export type Shape = "free" | "place" | "restricted" | "taken" | "chosen" | "own" | "blocked";

const kept = new Map<string, HTMLCanvasElement>();
/** A zoom makes new sizes as it goes; the old ones are soon of no use. */
const KEPT_MAX = 240;

/** The drawing of a seat of that radius in device pixels. */
export function sprite(shape: Shape, fill: string, mark: string, radius: number): HTMLCanvasElement {
  const key = `${shape} ${fill} ${mark} ${radius}`;
  const found = kept.get(key);
  if (found) return found;
  if (kept.size >= KEPT_MAX) kept.clear();
  const canvas = document.createElement("canvas");
  const side = Math.ceil(radius * 2 + 4);
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  if (context) draw(context, shape, fill, mark, radius, side / 2);
  kept.set(key, canvas);
  return canvas;
}

function draw(
  context: CanvasRenderingContext2D,
  shape: Shape,
  fill: string,
  mark: string,
  radius: number,
  centre: number,
) {
  context.translate(centre, centre);
  context.fillStyle = fill;
  context.strokeStyle = mark;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.lineWidth = Math.max(1, radius * 0.2);
  switch (shape) {
    case "free":
      return disc(context, radius);
    case "place":
      return square(context, radius);
    case "restricted":
      disc(context, radius);
      // Half of the stage is behind a pillar.
      context.fillStyle = mark;
      context.beginPath();
      context.arc(0, 0, radius * 0.55, Math.PI / 2, Math.PI * 1.5);
      return context.fill();
    case "taken":
      disc(context, radius * 0.78);
      return radius < 7 ? undefined : cross(context, radius * 0.3);
    case "blocked":
      square(context, radius * 0.85);
      return radius < 5 ? undefined : cross(context, radius * 0.4);
    case "chosen":
      disc(context, radius * 1.08);
      context.lineWidth = Math.max(1.5, radius * 0.24);
      context.beginPath();
      context.moveTo(-radius * 0.42, radius * 0.02);
      context.lineTo(-radius * 0.1, radius * 0.36);
      context.lineTo(radius * 0.45, -radius * 0.32);
      return context.stroke();
    case "own":
      disc(context, radius * 1.05);
      context.fillStyle = mark;
      return disc(context, radius * 0.38);
  }
}

function disc(context: CanvasRenderingContext2D, radius: number) {
  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.fill();
}

function square(context: CanvasRenderingContext2D, radius: number) {
  context.beginPath();
  context.roundRect(-radius * 0.92, -radius * 0.92, radius * 1.84, radius * 1.84, radius * 0.4);
  context.fill();
}

function cross(context: CanvasRenderingContext2D, arm: number) {
  context.beginPath();
  context.moveTo(-arm, -arm);
  context.lineTo(arm, arm);
  context.moveTo(arm, -arm);
  context.lineTo(-arm, arm);
  context.stroke();
}
