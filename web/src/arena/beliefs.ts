// What a method believes at its head: its matrix beside the true Hessian, its trust radius.

import type { Surface } from "../core";
import { setAttributes, svg } from "../ui/dom";
import { type Camera, scales, screenX, screenY } from "../view/camera";
import { type Symmetric, conic, levelFor } from "../view/conics";
import type { Track } from "./race";

export interface Beliefs {
  /** xx, xy, yy; null where it keeps none, or one that it does not tell. */
  readonly curvature: Symmetric | null;
  readonly truth: Symmetric;
  readonly source: Source;
  readonly radius: number;
  readonly weight: number;
  readonly x: number;
  readonly y: number;
}

/** Where the matrix comes from, as the core numbers it; the last two make the Hessian definite. */
const SOURCES = ["nothing", "pairs", "squares", "hessian", "jacobian", "fisher", "part", "sizes", "changed"] as const;
export type Source = (typeof SOURCES)[number];

/** The Hessian or Fisher information that a method evaluates anew at a point, and what it makes of it. */
function anew(source: Source, local: Float64Array): readonly [Source, Symmetric | null] {
  const n = (i: number): number => local[i] ?? NaN;
  if (source === "fisher") return ["fisher", [n(13), n(14), n(15)]];
  if (source !== "hessian" && source !== "sizes" && source !== "changed") return [source, null];
  // Positive definite, as the smaller eigenvalue says, it is taken as it is.
  if (source === "hessian" || n(7) > 0) return ["hessian", [n(3), n(4), n(5)]];
  if (source === "changed") return ["changed", null];
  const sizes = (a: number, b: number): number =>
    Math.abs(n(6)) * n(8 + a) * n(8 + b) + Math.abs(n(7)) * n(10 + a) * n(10 + b);
  return ["sizes", [sizes(0, 0), sizes(0, 1), sizes(1, 1)]];
}

/** What a run believes at an iterate; null where that is not known. */
export function beliefsAt(surface: Surface, track: Track, iterate: number): Beliefs | null {
  const k = Math.floor(iterate);
  if (!track.run || k >= track.count) return null;
  const [x = NaN, y = NaN] = [track.points[2 * k], track.points[2 * k + 1]];
  try {
    const local = surface.local(x, y);
    const inner = track.run.internals(k);
    const [xx = NaN, xy = NaN, yy = NaN, radius = NaN, number = 0, weight = NaN] = inner;
    const from = SOURCES[number] ?? "nothing";
    const evaluated = from === "hessian" || from === "fisher" || from === "sizes" || from === "changed" || !Number.isFinite(xx + xy + yy);
    const [source, curvature]: readonly [Source, Symmetric | null] = evaluated
      ? anew(from, local)
      : [from, [xx, xy, yy]];
    return {
      curvature, truth: [local[3] ?? NaN, local[4] ?? NaN, local[5] ?? NaN],
      source, radius, weight, x, y,
    };
  } catch {
    // The function has no derivatives there.
    return null;
  }
}

export interface BeliefsDrawing {
  readonly element: SVGGElement;
  readonly draw: (beliefs: Beliefs | null, camera: Camera, color: string) => void;
}

export function createBeliefsDrawing(): BeliefsDrawing {
  const truth = svg("path", { class: "true-curvature" });
  const believed = svg("path", { class: "believed" });
  const circle = svg("ellipse", { class: "radius" });
  const element = svg("g", { class: "beliefs" }, circle, truth, believed);
  return {
    element,
    draw: (beliefs, camera, color) => {
      const [x, y] = beliefs ? [screenX(camera, beliefs.x), screenY(camera, beliefs.y)] : [NaN, NaN];
      const near = Math.abs(x) + Math.abs(y) < 1e5;
      element.toggleAttribute("hidden", !near);
      if (!beliefs || !near) return;
      const reach = 2 * Math.max(camera.width, camera.height);
      const level = levelFor(beliefs.truth, camera, 84);
      const join = ({ positive, negative }: { positive: string; negative: string }): string => positive + negative;
      const draw = (matrix: Symmetric | null): string =>
        matrix && level > 0 ? join(conic(matrix, level, camera, reach, [x, y])) : "";
      setAttributes(element, { style: `--c:${color}` });
      setAttributes(truth, { d: draw(beliefs.truth) });
      setAttributes(believed, { d: draw(beliefs.curvature) });
      const [sx, sy] = scales(camera);
      const known = Number.isFinite(beliefs.radius);
      setAttributes(circle, { cx: x.toFixed(1), cy: y.toFixed(1), rx: known ? Math.min(1e5, beliefs.radius * sx) : 0, ry: known ? Math.min(1e5, beliefs.radius * sy) : 0 });
    },
  };
}
