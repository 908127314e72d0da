// Up to which step a method stays at the minimum of the race.

import { type ProblemInfo, type Surface, settingsText, step_limit } from "../core";
import type { Point } from "../state";
import { type Track, endOf } from "./race";
import { last } from "./standing";

/** The longest step, and the curvature that sets it. */
export interface StepLimit {
  readonly step: number;
  /** The largest eigenvalue of the Hessian at `at`. */
  readonly curvature: number;
  readonly at: Point;
}

const arrived = ({ ended }: Track): boolean => ended?.kind === "minimum";

/** The minimum that a run reached, or the lowest that another did, or that is known. */
function minimumOf(track: Track, tracks: readonly Track[], info: ProblemInfo): Point | null {
  if (arrived(track)) return endOf(track);
  const lowest = tracks.filter(arrived).sort((a, b) => last(a) - last(b))[0];
  if (lowest) return endOf(lowest);
  const known = info.minima.filter(({ point }) => point !== null).sort((a, b) => a.value - b.value);
  return known[0]?.point ?? null;
}

/** The limit of a run's step; null where its method has none, or no minimum is known. */
export function stepLimitOf(surface: Surface, track: Track, tracks: readonly Track[], info: ProblemInfo): StepLimit | null {
  const at = minimumOf(track, tracks, info);
  if (at === null) return null;
  try {
    const curvature = surface.local(...at)[6] ?? NaN;
    const step = step_limit(track.entrant.method, settingsText(track.settings), curvature);
    return Number.isFinite(step) ? { step, curvature, at } : null;
  } catch {
    // No second derivatives there.
    return null;
  }
}
