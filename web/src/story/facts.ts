// What a scene may say: numbers of the runs that are shown, and of short ones beside them.

import type { Track } from "../arena/race";
import { type ProblemInfo, Run, Surface, ended } from "../core";
import type { Point, Settings } from "../state";

/** Iterations of the runs beside those that are shown. */
const MOST = 20_000;
/** Halvings of the interval that a limit is sought in. */
const HALVINGS = 12;

/** What is shown. */
export interface Facts {
  readonly surface: Surface;
  readonly info: ProblemInfo;
  readonly tracks: readonly Track[];
}

/** The eigenvalues of the Hessian at a point, the larger first, and the direction of the first. */
export interface Curvatures {
  readonly large: number;
  readonly small: number;
  readonly across: Point;
}

export function curvaturesAt(surface: Surface, [x, y]: Point): Curvatures {
  const n = surface.local(x, y);
  return { large: n[6] ?? NaN, small: n[7] ?? NaN, across: [n[8] ?? NaN, n[9] ?? NaN] };
}

/** The same at the lowest known minimum of a surface. */
export function curvaturesOf(surface: Surface, info: ProblemInfo): Curvatures {
  return curvaturesAt(surface, info.minima[0]?.point ?? info.start);
}

/** The same of a surface that is not shown. */
export function curvaturesOfNamed(spec: string, at: Point): Curvatures {
  const surface = new Surface(spec);
  const found = curvaturesAt(surface, at);
  surface.free();
  return found;
}

/** The eigenvalues of the Fisher information at a point, the larger first. */
export function fisherAt(surface: Surface, [x, y]: Point): readonly number[] {
  const [xx = NaN, xy = NaN, yy = NaN] = surface.local(x, y).slice(13);
  const [middle, spread] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  return [middle + spread, middle - spread];
}

export const stepOf = ({ settings }: Track): number => (typeof settings.step === "number" ? settings.step : NaN);
export const iterationsOf = ({ count }: Track): number => count - 1;

/** How often a path crosses the line through a point at right angles to a direction. */
export function crossings({ points, count }: Track, through: Point, [ux, uy]: Point): number {
  let crossed = 0;
  let side = 0;
  for (let k = 0; k < count; k += 1) {
    const now = Math.sign(((points[2 * k] ?? 0) - through[0]) * ux + ((points[2 * k + 1] ?? 0) - through[1]) * uy);
    if (now !== 0 && side !== 0 && now !== side) crossed += 1;
    if (now !== 0) side = now;
  }
  return crossed;
}

/** The step from which on gradient descent does not stay at a minimum, by runs with steps between two. */
export function limitBetween(surface: Surface, [x, y]: Point, low: number, high: number): number {
  let [from, to] = [low, high];
  for (let k = 0; k < HALVINGS; k += 1) {
    const step = (from + to) / 2;
    const run = new Run(surface, "gd", `step=${step}`, x, y, MOST);
    run.advance(MOST);
    if (ended(run)?.converged === true) from = step;
    else to = step;
    run.free();
  }
  return (from + to) / 2;
}

/** The iterations that a method takes on a surface that is not shown. */
export function iterationsOn(spec: string, method: string, settings: Settings, [x, y]: Point): number {
  const surface = new Surface(spec);
  const run = new Run(surface, method, Object.entries(settings).map((one) => one.join("=")).join(","), x, y, MOST);
  const taken = run.advance(MOST);
  run.free();
  surface.free();
  return taken;
}

/** How far the matrix that a method keeps is from the true Hessian, against the latter's size; of each iterate. */
export function beliefErrors({ surface, tracks }: Facts): number[] {
  const track = tracks[0];
  if (!track?.run) return [];
  return Array.from({ length: track.count }, (_, k) => {
    const b = track.run?.internals(k) ?? [];
    const n = surface.local(track.points[2 * k] ?? NaN, track.points[2 * k + 1] ?? NaN);
    const [xx = NaN, xy = NaN, yy = NaN] = [n[3], n[4], n[5]];
    const size = (p: number, q: number, r: number): number => Math.hypot(p, Math.SQRT2 * q, r);
    return size((b[0] ?? NaN) - xx, (b[1] ?? NaN) - xy, (b[2] ?? NaN) - yy) / size(xx, xy, yy);
  });
}

/** The trust radius at each iterate. */
export function radii({ run, count }: Track): number[] {
  return run ? Array.from({ length: count }, (_, k) => run.internals(k)[3] ?? NaN) : [];
}
