// Level lines.

import type { Lines } from "../core";
import { type Camera, screenX, screenY } from "./camera";

/** Visits the lines whose level satisfies `wanted`, each as a polyline in pixels. */
export function eachLine(
  lines: Lines,
  camera: Camera,
  wanted: (level: number) => boolean,
  visit: (pixels: Float64Array) => void,
): void {
  for (let k = 0; k + 1 < lines.starts.length; k += 1) {
    if (!wanted(lines.line_level[k]!)) continue;
    const from = lines.starts[k]!;
    const to = lines.starts[k + 1]!;
    const pixels = new Float64Array(2 * (to - from));
    for (let i = from; i < to; i += 1) {
      pixels[2 * (i - from)] = screenX(camera, lines.points[2 * i]!);
      pixels[2 * (i - from) + 1] = screenY(camera, lines.points[2 * i + 1]!);
    }
    visit(pixels);
  }
}

/** One path with all lines whose level satisfies `wanted`. */
export function trace(lines: Lines, camera: Camera, wanted: (level: number) => boolean): Path2D {
  const path = new Path2D();
  eachLine(lines, camera, wanted, (pixels) => {
    path.moveTo(pixels[0]!, pixels[1]!);
    for (let i = 2; i < pixels.length; i += 2) path.lineTo(pixels[i]!, pixels[i + 1]!);
  });
  return path;
}
