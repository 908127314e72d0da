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

/** Vertices of a piece of a curve, in pixels, x and y in turn. */
export type Piece = readonly number[];

/** Vertices of a curve between its turning points: a chord is a third of a pixel off where the curve is a screen wide. */
const VERTICES = 96;

/**
 * The curve { d : g'd + d'Hd/2 = rise } around a pixel, as far as it is within `reach` pixels of that: a level line
 * of the quadratic model, with all its vertices on it. In the axes of H on the screen, of which the first has the
 * larger curvature in size, the curve is u = (-b ± sqrt(D(v))) / λ₁ with D(v) = b² + 2 λ₁ (rise - g₂ v) - λ₁ λ₂ v².
 */
export function levelCurve(gradient: Point, matrix: Symmetric, rise: number, camera: Camera, reach: number, [ox, oy]: Point): Piece[] {
  const [sx, sy] = scales(camera);
  const [large, small, turned] = onScreen(matrix, camera);
  const swap = Math.abs(small) > Math.abs(large);
  const [first, second] = swap ? [small, large] : [large, small];
  const angle = swap ? turned + Math.PI / 2 : turned;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [gx, gy] = [gradient[0] / sx, -gradient[1] / sy];
  const [b, g] = [gx * cosine + gy * sine, gy * cosine - gx * sine];
  const pixel = (u: number, v: number): [number, number] => [ox + u * cosine - v * sine, oy + u * sine + v * cosine];
  if (first === 0) {
    // A plane: its level line is straight.
    const size = Math.hypot(b, g);
    if (!(size > 0) || Math.abs(rise) > reach * size) return [];
    const [nu, nv] = [b / size, g / size];
    const off = rise / size;
    return [[...pixel(off * nu - reach * nv, off * nv + reach * nu), ...pixel(off * nu + reach * nv, off * nv - reach * nu)]];
  }
  const [p, q, r] = [-first * second, -2 * first * g, b * b + 2 * first * rise];
  const under = (v: number): number => (p * v + q) * v + r;
  // Where D changes its sign within reach.
  const spread = q * q - 4 * p * r;
  const roots: number[] = [];
  if (spread > 0) {
    const root = -0.5 * (q + (q < 0 ? -1 : 1) * Math.sqrt(spread));
    roots.push(...[p === 0 ? NaN : root / p, root === 0 ? NaN : r / root].filter((v) => Math.abs(v) < reach).sort((a, c) => a - c));
  }
  const ends = [-reach, ...roots, reach];
  const pieces: Piece[] = [];
  for (let i = 1; i < ends.length; i += 1) {
    const [from, to] = [ends[i - 1]!, ends[i]!];
    if (!(to > from) || !(under((from + to) / 2) > 0)) continue;
    const up: number[] = [];
    const down: number[] = [];
    for (let k = 0; k <= VERTICES; k += 1) {
      // Denser towards the ends, where the two sides may meet.
      const v = k === VERTICES ? to : (from + to) / 2 - ((to - from) / 2) * Math.cos((Math.PI * k) / VERTICES);
      const root = Math.sqrt(Math.max(0, under(v)));
      up.push(...pixel((root - b) / first, v));
      down.push(...pixel((-root - b) / first, v));
    }
    const meets = [from !== -reach, to !== reach];
    if (meets[0] || meets[1]) {
      // One line over the meeting point; both where it is closed.
      const back: number[] = [];
      for (let k = down.length - 2; k >= 0; k -= 2) back.push(down[k]!, down[k + 1]!);
      pieces.push(meets[1] ? [...up, ...back] : [...back, ...up]);
    } else pieces.push(up, down);
  }
  return pieces;
}
