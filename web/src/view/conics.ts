// Ellipses and hyperbolas of a symmetric matrix, as pictures.

import type { Point } from "../state";
import { type Camera, scales } from "./camera";

/** A symmetric 2 by 2 matrix: xx, xy, yy. */
export type Symmetric = readonly [number, number, number];

/** Points on each side of a branch's middle. */
const HALF = 16;
/** Longer half axes, in pixels, are drawn as this long: straight, as far as can be seen. */
const LONGEST = 1e6;

/** The matrix in pixels, y downwards: its eigenvalues, the larger first, and the angle of the first axis. */
function onScreen([xx, xy, yy]: Symmetric, camera: Camera): readonly [number, number, number] {
  const [sx, sy] = scales(camera);
  const [a, b, c] = [xx / (sx * sx), -xy / (sx * sy), yy / (sy * sy)];
  const middle = (a + c) / 2;
  const spread = Math.hypot((a - c) / 2, b);
  return [middle + spread, middle - spread, Math.atan2(2 * b, a - c) / 2];
}

/**
 * Path data of { d : d'Ad = level } and, where the matrix is not definite, of { d : d'Ad = -level },
 * around a pixel; parts of hyperbolas farther than `reach` pixels are left out.
 */
export function conic(matrix: Symmetric, level: number, camera: Camera, reach: number, [ox, oy]: Point = [0, 0]): {
  positive: string;
  negative: string;
} {
  const [large, small, angle] = onScreen(matrix, camera);
  const half = (curvature: number): number => Math.min(LONGEST, Math.sqrt(level / curvature));
  /** The curve of curvatures along two axes, the first of which is turned by an angle. */
  const curve = (first: number, second: number, turned: number): string => {
    if (!(first > 0)) return "";
    const [cosine, sine] = [Math.cos(turned), Math.sin(turned)];
    const at = (u: number, v: number): string =>
      `${(ox + u * cosine - v * sine).toFixed(1)} ${(oy + u * sine + v * cosine).toFixed(1)}`;
    const a = half(first);
    const b = half(Math.abs(second));
    if (second > 0) {
      const arc = `A${a.toFixed(1)} ${b.toFixed(1)} ${((turned * 180) / Math.PI).toFixed(2)} 0 1 `;
      return `M${at(a, 0)}${arc}${at(-a, 0)}${arc}${at(a, 0)}Z`;
    }
    const end = Math.asinh(reach / b);
    let path = "";
    for (const side of [1, -1]) {
      for (let k = -HALF; k <= HALF; k += 1) {
        const t = (end * k) / HALF;
        path += `${k === -HALF ? "M" : "L"}${at(side * a * Math.cosh(t), b * Math.sinh(t))}`;
      }
    }
    return path;
  };
  return { positive: curve(large, small, angle), negative: curve(-small, -large, angle + Math.PI / 2) };
}

/**
 * The level whose curve's long half axis is `radius` pixels on the screen, or more where the short
 * one would be less than a fifth of that.
 */
export function levelFor(matrix: Symmetric, camera: Camera, radius: number): number {
  const [large, small] = onScreen(matrix, camera);
  const curvatures = [Math.abs(large), Math.abs(small)];
  const level = Math.max(Math.min(...curvatures), Math.max(...curvatures) / 25) * radius * radius;
  return Number.isFinite(level) ? level : 0;
}
