// The trajectories on a canvas: a casing for contrast, the line with its dash, a dot an iterate.

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

/** A polyline in pixels without points that nobody could tell apart. */
interface Thinned {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** The iterate that each point is. */
  readonly at: Uint32Array;
  readonly length: number;
}

const FAR = 20000;
const clamp = (v: number): number => (v > FAR ? FAR : v < -FAR ? -FAR : v);

function thinned(trail: Trail, camera: Camera): Thinned {
  const last = Math.min(trail.count - 1, Math.floor(trail.until));
  const x = new Float32Array(last + 2);
  const y = new Float32Array(last + 2);
  const at = new Uint32Array(last + 2);
  let length = 0;
  let px = NaN;
  let py = NaN;
  for (let i = 0; i <= last; i += 1) {
    const sx = clamp(screenX(camera, trail.points[2 * i] ?? 0));
    const sy = clamp(screenY(camera, trail.points[2 * i + 1] ?? 0));
    if (Number.isNaN(sx + sy)) break;
    const near = Math.abs(sx - px) + Math.abs(sy - py) < 0.8;
    if (near && i !== last) continue;
    x[length] = px = sx;
    y[length] = py = sy;
    at[length] = i;
    length += 1;
  }
  const part = trail.until - last;
  if (part > 0 && last + 1 < trail.count && length > 0) {
    const nx = clamp(screenX(camera, trail.points[2 * last + 2] ?? 0));
    const ny = clamp(screenY(camera, trail.points[2 * last + 3] ?? 0));
    if (!Number.isNaN(nx + ny)) {
      x[length] = px + (nx - px) * part;
      y[length] = py + (ny - py) * part;
      at[length] = last;
      length += 1;
    }
  }
  return { x, y, at, length };
}

function stroke(context: CanvasRenderingContext2D, line: Thinned): void {
  context.beginPath();
  context.moveTo(line.x[0] ?? 0, line.y[0] ?? 0);
  for (let i = 1; i < line.length; i += 1) context.lineTo(line.x[i] ?? 0, line.y[i] ?? 0);
  context.stroke();
}

/** Draws all trails on a cleared canvas. */
export function drawTrails(
  context: CanvasRenderingContext2D,
  trails: readonly Trail[],
  camera: Camera,
  dark: boolean,
): void {
  context.clearRect(0, 0, camera.width, camera.height);
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const trail of trails) {
    const line = thinned(trail, camera);
    if (line.length === 0) continue;
    context.globalAlpha = trail.faded ? 0.28 : 1;
    const color = colorOf(trail.look, dark);
    context.setLineDash([]);
    context.strokeStyle = dark ? "rgba(10,13,16,.75)" : "rgba(255,254,250,.8)";
    context.lineWidth = 4.5;
    stroke(context, line);
    context.setLineDash([...trail.look.dashes]);
    context.strokeStyle = color;
    context.lineWidth = 2.1;
    stroke(context, line);
    context.fillStyle = color;
    let dots = 0;
    let dx = NaN;
    let dy = NaN;
    context.beginPath();
    for (let i = 0; i < line.length && dots < 240; i += 1) {
      const x = line.x[i] ?? 0;
      const y = line.y[i] ?? 0;
      if (Math.abs(x - dx) + Math.abs(y - dy) < 7) continue;
      [dx, dy] = [x, y];
      context.moveTo(x + 2.6, y);
      context.arc(x, y, 2.6, 0, 6.2832);
      dots += 1;
    }
    context.fill();
  }
  context.globalAlpha = 1;
}

/** Where the head of a trail is, in pixels; null where it is not a number. */
export function headOf(trail: Trail, camera: Camera): readonly [number, number] | null {
  const last = Math.min(trail.count - 1, Math.floor(trail.until));
  const part = last + 1 < trail.count ? trail.until - last : 0;
  const mix = (k: number): number => {
    const here = trail.points[2 * last + k] ?? NaN;
    return part > 0 ? here + ((trail.points[2 * last + 2 + k] ?? NaN) - here) * part : here;
  };
  const x = screenX(camera, mix(0));
  const y = screenY(camera, mix(1));
  return Number.isNaN(x + y) ? null : [clamp(x), clamp(y)];
}
