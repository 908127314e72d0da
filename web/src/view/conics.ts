// Ellipses and hyperbolas of a symmetric matrix, as pictures.

import { type Camera, scales } from "./camera";

/** A symmetric 2 by 2 matrix: xx, xy, yy. */
export type Symmetric = readonly [number, number, number];

const SAMPLES = 144;

/**
 * Path data of { d : d'Ad = level } and, where the matrix is not definite, of { d : d'Ad = -level },
 * around the origin, in pixels; parts farther than `reach` pixels are left out.
 */
export function conic(matrix: Symmetric, level: number, camera: Camera, reach: number): { positive: string; negative: string } {
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
      path += `${pen ? "L" : "M"}${(r * Math.cos(angle)).toFixed(1)} ${(-r * Math.sin(angle)).toFixed(1)}`;
      pen = true;
    }
    return path;
  };
  return { positive: draw(1), negative: draw(-1) };
}

/** The level whose curve's longest radius on the screen is `radius` pixels, by the flattest direction that curves. */
export function levelFor(matrix: Symmetric, camera: Camera, radius: number): number {
  const [sx, sy] = scales(camera);
  const [a, b, c] = matrix;
  let flattest = Infinity;
  for (let k = 0; k < SAMPLES; k += 1) {
    const angle = (Math.PI * k) / SAMPLES;
    const [x, y] = [Math.cos(angle) / sx, Math.sin(angle) / sy];
    flattest = Math.min(flattest, Math.abs(a * x * x + 2 * b * x * y + c * y * y));
  }
  return Number.isFinite(flattest) ? flattest * radius * radius : 0;
}
