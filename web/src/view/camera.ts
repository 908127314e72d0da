// From the plane to the screen and back.

import type { Point, Rectangle } from "../state";
import { short } from "../ui/format";

/** A rectangle of the plane on a canvas of so many CSS pixels; y points up in the plane. */
export interface Camera {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly width: number;
  readonly height: number;
}

/** Beyond this ratio of its sides a window keeps its own units instead of equal ones. */
const SKEW = 6;

/** Shows all of a window; with equal units on both axes unless the window is too skew for that. */
export function fitted(window: Rectangle, width: number, height: number): Camera {
  let [x0, x1] = window.x;
  let [y0, y1] = window.y;
  const skew = (x1 - x0) / (y1 - y0) / (width / height);
  if (skew < SKEW && skew > 1 / SKEW) {
    if (skew < 1) {
      const more = ((x1 - x0) * (1 / skew - 1)) / 2;
      [x0, x1] = [x0 - more, x1 + more];
    } else {
      const more = ((y1 - y0) * (skew - 1)) / 2;
      [y0, y1] = [y0 - more, y1 + more];
    }
  }
  return { x0, x1, y0, y1, width, height };
}

export function windowOf(camera: Camera): Rectangle {
  return { x: [camera.x0, camera.x1], y: [camera.y0, camera.y1] };
}

export function screenX(c: Camera, x: number): number {
  return ((x - c.x0) / (c.x1 - c.x0)) * c.width;
}

export function screenY(c: Camera, y: number): number {
  return ((c.y1 - y) / (c.y1 - c.y0)) * c.height;
}

export function toPlane(c: Camera, px: number, py: number): Point {
  return [c.x0 + (px / c.width) * (c.x1 - c.x0), c.y1 - (py / c.height) * (c.y1 - c.y0)];
}

/** Pixels per unit. */
export function scales(c: Camera): Point {
  return [c.width / (c.x1 - c.x0), c.height / (c.y1 - c.y0)];
}

/** The window magnified by `factor` about a pixel. */
export function zoomed(c: Camera, factor: number, px: number, py: number): Rectangle {
  const [x, y] = toPlane(c, px, py);
  const at = (low: number, high: number, still: number): Point => [
    still - (still - low) / factor,
    still + (high - still) / factor,
  ];
  const window = { x: at(c.x0, c.x1, x), y: at(c.y0, c.y1, y) };
  const wide = window.x[1] - window.x[0];
  const limit = 1e-9 * Math.max(1, Math.abs(x), Math.abs(y));
  return wide < limit || wide > 1e12 ? windowOf(c) : window;
}

/** The window moved by pixels. */
export function panned(c: Camera, dx: number, dy: number): Rectangle {
  const [sx, sy] = scales(c);
  return {
    x: [c.x0 - dx / sx, c.x1 - dx / sx],
    y: [c.y0 + dy / sy, c.y1 + dy / sy],
  };
}

/** Round numbers between low and high, about `count` of them, with as many digits as tell them apart. */
export function tickLabels(low: number, high: number, count: number): [number, string][] {
  const raw = (high - low) / Math.max(1, count);
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * (raw / unit < 1.5 ? 1 : raw / unit < 3.5 ? 2 : raw / unit < 7.5 ? 5 : 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  if (!Number.isFinite(step) || last - first > 50) return [];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const digits = Math.min(15, Math.max(4, Math.ceil(Math.log10(size / step)) + 1));
  return Array.from({ length: last - first + 1 }, (_, k) => {
    const tick = Number(((first + k) * step).toPrecision(15));
    return [tick, short(tick, digits)];
  });
}
