// What is seen at the point: found once, for drawing and words.

import type { Context } from "../context";
import { type FirstStep, steps as stepsFrom } from "../core";
import { lookOf } from "../view/looks";
import type { Scene } from "./drawing";
import { type Local, localAt } from "./local";
import type { Steps } from "./steps";

/** Points of the way from Newton's step to the gradient's. */
export const PATH = 41;
const NOTHING = new Float64Array(0);

export interface Seen {
  readonly local: Local | null;
  readonly path: Float64Array;
  readonly damping: number;
  readonly steps: readonly FirstStep[];
  /** Where in the path the damping is. */
  readonly at: number;
}

export interface Sight {
  /** What is seen, looked at where that was forgotten. */
  readonly look: () => Seen;
  readonly forget: () => void;
  /** What was seen last at all. */
  readonly local: () => Local | null;
  /** The trust radius: a sixth of the window where none was chosen. */
  readonly radius: () => number;
  /** What is drawn; null where there is nothing. */
  readonly scene: (steps: Steps) => Scene | null;
}

export function createSight(context: Context): Sight {
  const { store, map } = context;
  let seen: Seen | null = null;
  let local: Local | null = null;

  const radius = (): number => {
    const camera = map.camera();
    return store.get().radius ?? Number(((camera.y1 - camera.y0) / 6).toPrecision(2));
  };
  const look = (): Seen => {
    if (seen) return seen;
    const { point, damping } = store.get();
    const surface = context.surface();
    local = localAt(surface, point);
    seen = { local, path: NOTHING, damping: 0, steps: [], at: 0 };
    if (local) {
      const path = surface.damped_path(point[0], point[1], PATH);
      const at = 3 * Math.min(Math.round(damping * (PATH - 1)), Math.max(0, path.length / 3 - 1));
      const value = path[at] ?? 0;
      seen = { local, path, damping: value, steps: stepsFrom(surface, point[0], point[1], radius(), value), at };
    }
    return seen;
  };
  const scene = (steps: Steps): Scene | null => {
    const { local: model, path, steps: all, at } = look();
    if (!model) return null;
    const camera = map.camera();
    const lit = steps.lit();
    return {
      local: model, camera, radius: radius(), path, dark: context.dark(), hidden: store.get().hidden,
      // Every other level of the surface's.
      levels: map.lines()?.levels.filter((_, k) => k % 2 === 1) ?? null,
      damped: path.length > 0 ? [path[at + 1] ?? 0, path[at + 2] ?? 0] : null,
      steps: all.flatMap((step) => {
        return steps.shows(step.method) && step.method !== "damped" && (lit === null || lit === step.method)
          ? [{ step, look: lookOf(step.method), strong: lit === step.method }]
          : [];
      }),
    };
  };
  return { look, forget: () => { seen = null; }, local: () => local, radius, scene };
}
