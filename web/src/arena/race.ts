// All methods of a race from one start, advanced within a budget of time.

import { type Ended, Run, type Surface, ended, settingsText } from "../core";
import type { Axis, Entrant, Limits, Point, Settings } from "../state";
import { messageOf } from "../ui/format";
import { type Look, lookOf } from "../view/looks";

/** How many numbers the core gives per iterate for what was evaluated. */
const COUNTS = 5;

/** One method's run, as far as it is known. */
export interface Track {
  readonly entrant: Entrant;
  readonly look: Look;
  /** The entrant's settings with the step that was found for it. */
  readonly settings: Settings;
  /** The search for that step; null where there was none, or it is not done. */
  readonly found: Found | null;
  /** Whether its step is still searched for, and it runs with another one meanwhile. */
  readonly provisional: boolean;
  readonly run: Run | null;
  /** Why it could not start; empty if it did. */
  readonly failure: string;
  /** Iterates known, the start among them. */
  count: number;
  /** Iterations taken. */
  reached: number;
  points: Float64Array;
  values: Float64Array;
  /** The lowest of them. */
  least: number;
  norms: Float64Array;
  /** value, gradient, Hessian product, Hessian, work; for each iterate. */
  evaluations: Float64Array;
  ended: Ended | null;
}

/** What a search for a step took: its runs, and their work in gradient evaluations. */
export interface Found {
  readonly runs: number;
  readonly work: number;
}

/** The settings to run with, and where the step among them comes from. */
export interface Completed {
  readonly settings: Settings;
  readonly found: Found | null;
  readonly provisional: boolean;
}

export interface Race {
  readonly tracks: readonly Track[];
  /** Goes on with all that have not ended, for about so long; whether all have ended. */
  readonly advance: (milliseconds: number) => boolean;
  /** Frees all runs but those of the tracks that another race goes on with. */
  readonly free: (next: Race | null) => void;
}

const NONE = new Float64Array(0);

/** Iterations that the first call of `advance` takes for sure: a second-order method has ended by then. */
const FIRST = 40;
/** Iterations between two looks at the clock. */
const CHUNK = 128;

function begin(surface: Surface, entrant: Entrant, look: Look, completed: Completed, start: Point, limits: Limits): Track {
  const blank = { count: 0, reached: 0, points: NONE, values: NONE, least: Infinity, norms: NONE, evaluations: NONE, ended: null };
  const base = { entrant, look, ...completed, ...blank };
  try {
    const given = settingsText(completed.settings);
    const run = Run.limited(
      surface, entrant.method, given, start[0], start[1],
      limits.iterations ?? 0, limits.evaluations, limits.tolerance, limits["gradient-tolerance"],
    );
    return { ...base, run, failure: "" };
  } catch (error) {
    return { ...base, run: null, failure: messageOf(error) };
  }
}

function read(track: Track): void {
  if (!track.run) return;
  track.points = track.run.points();
  const known = track.count;
  track.values = track.run.values();
  track.norms = track.run.gradient_norms();
  track.evaluations = track.run.evaluations();
  track.count = track.values.length;
  for (let k = known; k < track.count; k += 1) {
    const value = track.values[k] ?? NaN;
    if (value < track.least) track.least = value;
  }
}

/** Starts all from a point; of the tracks `kept`, which are from there and of these limits, those of the same settings go on. */
export function startRace(
  surface: Surface,
  entrants: readonly Entrant[],
  complete: (entrant: Entrant) => Completed,
  start: Point,
  limits: Limits,
  kept: readonly Track[] = [],
): Race {
  const tracks = entrants.map((entrant, i) => {
    const look = lookOf(entrant.method, entrants.slice(0, i).filter((one) => one.method === entrant.method).length);
    const completed = complete(entrant);
    const same = kept.find((old) =>
      old.entrant.id === entrant.id && old.entrant.method === entrant.method &&
      settingsText(old.settings) === settingsText(completed.settings));
    return same ? { ...same, entrant, look, ...completed } : begin(surface, entrant, look, completed, start, limits);
  });
  return {
    tracks,
    advance: (milliseconds) => {
      const until = performance.now() + milliseconds;
      const pending = tracks.filter((track) => track.run && !track.ended);
      let left = pending;
      do {
        for (const track of left) {
          if (track.run) {
            track.reached = track.run.advance(track.reached === 0 ? FIRST : CHUNK);
            track.ended = ended(track.run);
          }
          if (track.reached > FIRST && performance.now() > until) break;
        }
        // Those that are behind go first.
        left = left.filter((track) => !track.ended).sort((a, b) => a.reached - b.reached);
      } while (left.length > 0 && performance.now() < until);
      for (const track of pending) read(track);
      return left.length === 0;
    },
    free: (next) => {
      for (const { run } of tracks) if (!next?.tracks.some((track) => track.run === run)) run?.free();
    },
  };
}

/** The last point of a run that is known. */
export const endOf = ({ points, count }: Track): Point => [points[2 * count - 2] ?? NaN, points[2 * count - 1] ?? NaN];

/** Where iterate k is on an axis. */
export function positionOf(track: Track, k: number, axis: Axis): number {
  if (axis === "iterations") return k;
  const at = COUNTS * k;
  const counted = (i: number): number => track.evaluations[at + i] ?? 0;
  return axis === "work" ? counted(4) : counted(0) + counted(1) + counted(2) + counted(3);
}

/** How far the longest run goes on an axis. */
export function extent(tracks: readonly Track[], axis: Axis): number {
  let most = 1;
  for (const track of tracks) {
    if (track.count > 0) most = Math.max(most, positionOf(track, track.count - 1, axis));
  }
  return most;
}

/** The iterate, with a fraction on the way to the next, that a run has reached at a time. */
export function iterateAt(track: Track, axis: Axis, time: number | null): number {
  const last = track.count - 1;
  if (last < 0) return 0;
  if (time === null) return last;
  if (axis === "iterations") return Math.min(time, last);
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (positionOf(track, middle, axis) <= time) low = middle;
    else high = middle - 1;
  }
  if (low === last) return last;
  const here = positionOf(track, low, axis);
  const next = positionOf(track, low + 1, axis);
  return low + (next > here ? Math.min(1, Math.max(0, (time - here) / (next - here))) : 0);
}

/** The next time after `time` at which any run reaches an iterate. */
export function nextEvent(tracks: readonly Track[], axis: Axis, time: number): number | null {
  let next = Infinity;
  for (const track of tracks) {
    const k = Math.floor(iterateAt(track, axis, time) + 1e-9) + 1;
    if (k < track.count) next = Math.min(next, positionOf(track, k, axis));
  }
  return Number.isFinite(next) ? next : null;
}

/** The time of the last iterate before `time`. */
export function previousEvent(tracks: readonly Track[], axis: Axis, time: number): number {
  let before = 0;
  for (const track of tracks) {
    let k = Math.floor(iterateAt(track, axis, time));
    while (k > 0 && positionOf(track, k, axis) >= time - 1e-9) k -= 1;
    before = Math.max(before, positionOf(track, k, axis));
  }
  return Math.min(before, time);
}
