// What a network has learnt, as colours of the plane: the class it would give, paler where it is less sure.

import { colorOf, markerPath } from "../view/looks";
import type { Learner } from "./core";
import { look } from "./palette";

/** Half the side of the square of the plane that is drawn. */
export const REACH = 2.25;
const WINDOW = Float64Array.of(-REACH, REACH, -REACH, REACH);

/** The look of a class: its colour, and the marker of its points. */
const CLASSES = [look(0), look(1), look(2)];

type Color = readonly [number, number, number];
const GROUND: readonly [Color, Color] = [[252, 251, 248], [18, 23, 27]];

function rgb(hex: string): Color {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

/** Pixels between two nodes. */
const FINER = 3;

/**
 * An image of the probabilities at a step: `size` nodes along a side, and between them the logarithms on straight
 * lines, which are smooth where probabilities jump.
 */
export function learntImage(learner: Learner, step: number, size: number, classes: number, dark: boolean): ImageData {
  const logs = learner.probabilities(step, WINDOW, size, size).map((p) => Math.max(-16, Math.log(p)));
  const side = FINER * (size - 1) + 1;
  const image = new ImageData(side, side);
  const ground = GROUND[dark ? 1 : 0];
  const colors = CLASSES.slice(0, classes).map((which) => rgb(colorOf(which, dark)));
  const [least, most] = dark ? [0.08, 0.66] : [0.05, 0.66];
  for (let row = 0; row < side; row += 1) {
    const j = Math.min(size - 2, Math.floor(row / FINER));
    const v = row / FINER - j;
    for (let column = 0; column < side; column += 1) {
      const i = Math.min(size - 2, Math.floor(column / FINER));
      const u = column / FINER - i;
      const corner = classes * (j * size + i);
      let best = 0;
      let high = -Infinity;
      let sum = 0;
      for (let c = 0; c < classes; c += 1) {
        const at = corner + c;
        const above = at + classes * size;
        const log = (1 - v) * ((1 - u) * logs[at]! + u * logs[at + classes]!) + v * ((1 - u) * logs[above]! + u * logs[above + classes]!);
        sum += Math.exp(log);
        if (log > high) [best, high] = [c, log];
      }
      const sure = Math.max(0, ((Math.exp(high) / sum) * classes - 1) / (classes - 1));
      const part = least + (most - least) * sure;
      const color = colors[best] ?? ground;
      const to = 4 * ((side - 1 - row) * side + column);
      for (let c = 0; c < 3; c += 1) image.data[to + c] = ground[c]! + (color[c]! - ground[c]!) * part;
      image.data[to + 3] = 255;
    }
  }
  return image;
}

/** Paints an image over a canvas, smoothly. */
export function paintImage(canvas: HTMLCanvasElement, image: ImageData): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const small = new OffscreenCanvas(image.width, image.height);
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0.5, 0.5, image.width - 1, image.height - 1, 0, 0, canvas.width, canvas.height);
}

/** The points, on a canvas of their own over the surface; the radius of their markers in its pixels. */
export function paintPoints(
  canvas: HTMLCanvasElement,
  points: Float64Array,
  classes: Float64Array,
  radius: number,
  dark: boolean,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.lineJoin = "round";
  for (let k = 0; k < classes.length; k += 1) {
    const which = CLASSES[classes[k] ?? 0] ?? look(0);
    const x = (0.5 + (points[2 * k] ?? 0) / (2 * REACH)) * width;
    const y = (0.5 - (points[2 * k + 1] ?? 0) / (2 * REACH)) * height;
    const path = new Path2D(markerPath(which.shape, radius, x, y));
    context.strokeStyle = dark ? "#0d1115" : "#ffffff";
    context.lineWidth = 0.9 * radius;
    if (radius > 2) context.stroke(path);
    context.fillStyle = colorOf(which, dark);
    context.fill(path);
  }
}

/** A canvas has the pixels that it is seen with. Whether that changed it. */
export function fitCanvas(canvas: HTMLCanvasElement): boolean {
  const scale = Math.min(2, devicePixelRatio);
  const width = Math.max(1, Math.round(canvas.clientWidth * scale));
  const height = Math.max(1, Math.round(canvas.clientHeight * scale));
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}
