// The local model at a point, as named numbers.

import type { Surface } from "../core";
import type { Point } from "../state";
import type { Symmetric } from "../view/conics";

export interface Local {
  readonly at: Point;
  readonly value: number;
  readonly gradient: Point;
  readonly hessian: Symmetric;
  /** The larger one first. */
  readonly eigenvalues: Point;
  readonly eigenvectors: readonly [Point, Point];
  readonly condition: number;
  readonly fisher: Symmetric | null;
}

export type Shape = "bowl" | "saddle" | "dome" | "trough" | "plane";

/** The model at a point; null where the function has none. */
export function localAt(surface: Surface, at: Point): Local | null {
  let n: Float64Array;
  try {
    n = surface.local(at[0], at[1]);
  } catch {
    // An error of the function: there is nothing to show.
    return null;
  }
  const number = (i: number): number => n[i] ?? NaN;
  if (!Number.isFinite(number(0) + number(3) + number(4) + number(5))) return null;
  return {
    at,
    value: number(0),
    gradient: [number(1), number(2)],
    hessian: [number(3), number(4), number(5)],
    eigenvalues: [number(6), number(7)],
    eigenvectors: [[number(8), number(9)], [number(10), number(11)]],
    condition: number(12),
    fisher: Number.isFinite(number(13)) ? [number(13), number(14), number(15)] : null,
  };
}

/** What the signs of the eigenvalues say; `flat` is what counts as zero. */
export function shapeOf({ eigenvalues: [large, small] }: Local): Shape {
  const flat = 1e-12 * Math.max(Math.abs(large), Math.abs(small));
  if (flat === 0) return "plane";
  if (small > flat) return "bowl";
  if (large < -flat) return "dome";
  if (large > flat && small < -flat) return "saddle";
  return "trough";
}
