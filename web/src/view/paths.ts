// The trajectories on a canvas: a casing for contrast, the line with its dash, a dot an iterate.
// While time only moves on, only what is new is drawn.

import { type Camera, screenX, screenY } from "./camera";
import { type Look, colorOf } from "./looks";

/** What is drawn of a run. */
export interface Trail {
  readonly look: Look;
  /** x and y in turn. */
  readonly points: Float64Array;
  /** How many points there are. */
  readonly count: number;
  /** Up to which point it is drawn; between two points where it has a fraction. */
  readonly until: number;
  readonly faded: boolean;
}

export interface Trails {
  /** Draws all; `race` stands for what the points belong to. */
  readonly draw: (trails: readonly Trail[], race: object, camera: Camera, dark: boolean, coarse: boolean) => void;
  /** Forgets what is on the canvas, as another drew on it. */
  readonly forget: () => void;
}

/** How far a trail is drawn. */
interface Pen {
  until: number;
  x: number;
  y: number;
  /** Pixels drawn, for dashes that go on where they ended. */
  length: number;
  dots: number;
  dotX: number;
  dotY: number;
}

const FAR = 5000;
/** Pixels after which a trail goes on thin and faint, or ends if coarse: what bounces that long covers itself. */
const LONG = 4000;
/** Pieces of a line this far outside of the map are not drawn. */
const EDGE = 10;
/** Dots a trail: later iterates lie too close to be told apart. */
export const MOST_DOTS = 60;
const clamp = (v: number): number => (v > FAR ? FAR : v < -FAR ? -FAR : v);

/** The pixel of a point between two iterates; NaN where it is not a number. */
function pixel(trail: Pick<Trail, "points" | "count">, at: number, camera: Camera): readonly [number, number] {
  const low = Math.min(trail.count - 1, Math.floor(at));
  const part = low + 1 < trail.count ? at - low : 0;
  const mix = (k: number): number => {
    const here = trail.points[2 * low + k]!;
    return part > 0 ? here + (trail.points[2 * low + 2 + k]! - here) * part : here;
  };
  return [clamp(screenX(camera, mix(0))), clamp(screenY(camera, mix(1)))];
}

/** How far a pixel is from what is drawn of a trail, in pixels. */
export function distanceTo(trail: Pick<Trail, "points" | "count" | "until">, camera: Camera, [px, py]: readonly [number, number]): number {
  let least = Infinity;
  let [x, y] = pixel(trail, 0, camera);
  const last = Math.floor(trail.until);
  for (let k = 1; k <= last + 1; k += 1) {
    const [nx, ny] = pixel(trail, Math.min(k, trail.until), camera);
    if (Number.isNaN(nx + ny)) break;
    const [dx, dy] = [nx - x, ny - y];
    const size = dx * dx + dy * dy;
    const part = size > 0 ? Math.min(1, Math.max(0, ((px - x) * dx + (py - y) * dy) / size)) : 0;
    least = Math.min(least, Math.hypot(x + part * dx - px, y + part * dy - py));
    [x, y] = [nx, ny];
  }
  return least;
}

/** Where the head of a trail is, in pixels; null where it is not a number. */
export function headOf(trail: Trail, camera: Camera): readonly [number, number] | null {
  const [x, y] = pixel(trail, trail.until, camera);
  return Number.isNaN(x + y) ? null : [x, y];
}

/** Draws a trail from where its pen is to where it shall be, or to where it becomes thin. */
function extend(context: CanvasRenderingContext2D, trail: Trail, pen: Pen, camera: Camera, dark: boolean, coarse: boolean): void {
  const line: number[] = [pen.x, pen.y];
  const dots: number[] = [];
  const apart = coarse ? 3 : 1.2;
  const thin = pen.length > LONG;
  let length = 0;
  let { until } = trail;
  let { x, y } = pen;
  const go = (nx: number, ny: number): void => {
    length += Math.hypot(nx - x, ny - y);
    line.push(nx, ny);
    [x, y] = [nx, ny];
  };
  const last = Math.min(trail.count - 1, Math.floor(until));
  for (let k = Math.floor(pen.until) + 1; k <= last; k += 1) {
    const [nx, ny] = pixel(trail, k, camera);
    if (Number.isNaN(nx + ny) || (coarse && length > LONG)) break;
    if (Math.abs(nx - x) + Math.abs(ny - y) >= apart) go(nx, ny);
    if (!coarse && !thin && pen.length + length > LONG) {
      until = k;
      break;
    }
    if (!coarse && pen.dots < MOST_DOTS && Math.abs(nx - pen.dotX) + Math.abs(ny - pen.dotY) >= 7) {
      dots.push(nx, ny);
      [pen.dotX, pen.dotY] = [nx, ny];
      pen.dots += 1;
    }
  }
  const [ex, ey] = pixel(trail, until, camera);
  if (!Number.isNaN(ex + ey) && !(coarse && length > LONG) && (ex !== x || ey !== y)) go(ex, ey);
  pen.until = until;
  if (line.length === 2) return;

  context.globalAlpha = (trail.faded ? 0.28 : 1) * (thin ? 0.3 : 1);
  const path = new Path2D();
  path.moveTo(line[0]!, line[1]!);
  for (let i = 2; i < line.length; i += 2) {
    const [fx, fy, tx, ty] = [line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!];
    const outside =
      (fx < -EDGE && tx < -EDGE) || (fy < -EDGE && ty < -EDGE) ||
      (fx > camera.width + EDGE && tx > camera.width + EDGE) || (fy > camera.height + EDGE && ty > camera.height + EDGE);
    if (outside) path.moveTo(tx, ty);
    else path.lineTo(tx, ty);
  }
  if (!coarse && !thin) {
    context.setLineDash([]);
    context.strokeStyle = dark ? "rgba(10,13,16,.75)" : "rgba(255,254,250,.8)";
    context.lineWidth = 4.5;
    context.stroke(path);
  }
  context.setLineDash(thin ? [] : [...trail.look.dashes]);
  context.lineDashOffset = pen.length;
  context.strokeStyle = colorOf(trail.look, dark);
  context.lineWidth = thin ? 1 : 2.1;
  context.stroke(path);
  if (dots.length > 0) {
    context.fillStyle = colorOf(trail.look, dark);
    context.beginPath();
    for (let i = 0; i < dots.length; i += 2) {
      const [dx, dy] = [dots[i]!, dots[i + 1] ?? 0];
      context.moveTo(dx + 2.6, dy);
      context.arc(dx, dy, 2.6, 0, 6.2832);
    }
    context.fill();
  }
  pen.length += length;
  pen.x = x;
  pen.y = y;
}

const sameCamera = (a: Camera, b: Camera): boolean =>
  a.x0 === b.x0 && a.x1 === b.x1 && a.y0 === b.y0 && a.y1 === b.y1 && a.width === b.width && a.height === b.height;

export function createTrails(context: CanvasRenderingContext2D): Trails {
  let pens: Pen[] = [];
  let of: object | null = null;
  let at: Camera | null = null;
  let style = "";

  return {
    forget: () => { of = null; },
    draw: (trails, race, camera, dark, coarse) => {
      const wanted = `${dark}${coarse}${trails.map((trail) => trail.faded).join()}`;
      const goesOn =
        of === race && at !== null && sameCamera(at, camera) && style === wanted && pens.length === trails.length &&
        trails.every((trail, i) => trail.until >= (pens[i]?.until ?? Infinity));
      if (!goesOn) {
        [of, at, style] = [race, camera, wanted];
        context.clearRect(0, 0, camera.width, camera.height);
        context.lineJoin = coarse ? "bevel" : "round";
        pens = trails.map((trail) => {
          const [x, y] = pixel(trail, 0, camera);
          return { until: 0, x, y, length: 0, dots: 0, dotX: x, dotY: y };
        });
      }
      trails.forEach((trail, i) => {
        const pen = pens[i];
        if (!pen || trail.count === 0 || Number.isNaN(pen.x + pen.y)) return;
        do extend(context, trail, pen, camera, dark, coarse);
        while (pen.until < trail.until);
      });
      context.globalAlpha = 1;
      context.setLineDash([]);
    },
  };
}
