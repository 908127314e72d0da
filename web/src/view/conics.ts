// Ellipses and hyperbolas of a symmetric matrix, as pictures.

import type { Point } from "../state";
import { type Camera, scales } from "./camera";

/** A symmetric 2 by 2 matrix: xx, xy, yy. */
export type Symmetric = readonly [number, number, number];

const SAMPLES = 144;

/**
 * Path data of { d : d'Ad = level } and, where the matrix is not definite, of { d : d'Ad = -level },
 * around a pixel; parts farther than `reach` pixels are left out.
 */
export function conic(matrix: Symmetric, level: number, camera: Camera, reach: number, [ox, oy]: Point = [0, 0]): { positive: string; negative: string } {
  const [sx, sy] = scales(camera);
  const [a, b, c] = matrix;
  const draw = (sign: number): string => {
    let path = "";
    let pen = false;
    for (let k = 0; k <= SAMPLES; k += 1) {
      const angle = (2 * Math.PI * k) / SAMPLES;
      // Directions even on the screen, not in the plane.
      const [x, y] = [Math.cos(angle) / sx, Math.sin(angle) / sy];
      const along = sign * (a * x * x + 2 * b * x * y + c * y * y);
      const r = along > 0 ? Math.sqrt(level / along) : Infinity;
      if (r > reach) {
        pen = false;
        continue;
      }
      path += `${pen ? "L" : "M"}${(ox + r * Math.cos(angle)).toFixed(1)} ${(oy - r * Math.sin(angle)).toFixed(1)}`;
      pen = true;
    }
    return path;
  };
  return { positive: draw(1), negative: draw(-1) };
}

/**
 * The level whose curve's long half axis is `radius` pixels on the screen, or more where the short
 * one would be less than a fifth of that.
 */
export function levelFor(matrix: Symmetric, camera: Camera, radius: number): number {
  const [sx, sy] = scales(camera);
  const [a, b, c] = [matrix[0] / (sx * sx), matrix[1] / (sx * sy), matrix[2] / (sy * sy)];
  const middle = (a + c) / 2;
  const spread = Math.hypot((a - c) / 2, b);
  const curvatures = [Math.abs(middle + spread), Math.abs(middle - spread)];
  const level = Math.max(Math.min(...curvatures), Math.max(...curvatures) / 25) * radius * radius;
  return Number.isFinite(level) ? level : 0;
}
