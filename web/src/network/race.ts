// The race: steps found by trials, then every method trains its copy of the network.

import { messageOf } from "../ui/format";
import type { Look } from "../view/looks";
import { Learner, type Lesson, Search } from "./core";
import { look } from "./palette";
import { type Axis, type Racer, type Task, taskKey } from "./setup";

/** Steps that are tried for a method, two to a decade. */
export const TRIALS = 7;

/** Where a step comes from. */
export type Step =
  | { readonly from: "given" | "itself"; readonly value: number }
  | { readonly from: "trials"; readonly value: number; readonly trials: readonly (readonly [number, number])[] };

export interface Track {
  readonly racer: Racer;
  readonly look: Look;
  /** Why it cannot train; empty if it can. */
  failure: string;
  step: Step | null;
  learner: Learner | null;
  /** Steps made. */
  count: number;
  losses: Float64Array;
  right: Float64Array;
  work: Float64Array;
  /** The status in one word and in words; null while it is on its way. */
  ended: { readonly word: string; readonly sentence: string } | null;
}

export interface Race {
  readonly tracks: readonly Track[];
  /** Goes on for about so many milliseconds; whether all is done. */
  readonly advance: (milliseconds: number) => boolean;
  /** Which methods' steps are still sought, and how much of that is done. */
  readonly sought: () => { readonly left: number; readonly part: number };
  readonly free: () => void;
}

const NONE = new Float64Array(0);
/** Steps between two looks at the clock. */
const CHUNK = 2;

/** Steps found before, by task and method. */
const found = new Map<string, Step>();

export function startRace(lesson: Lesson, task: Task, racers: readonly Racer[]): Race {
  const tracks = racers.map((racer): Track => ({
    racer, look: look(racer.look), failure: "", step: null, learner: null, count: 0, losses: NONE, right: NONE, work: NONE, ended: null,
  }));
  const keyOf = (racer: Racer): string => `${taskKey(task)} ${racer.method}`;
  let search: { readonly track: Track; readonly search: Search; made: number } | null = null;
  let trialsMade = 0;

  const train = (track: Track, step: Step): void => {
    track.step = step;
    track.learner = new Learner(lesson, track.racer.method, step.value, task.steps);
    read(track);
  };
  /** Finds the step of a track, a trial a call. */
  const seek = (track: Track): void => {
    const { racer } = track;
    const known = racer.step === null ? found.get(keyOf(racer)) : ({ from: "given", value: racer.step } as const);
    if (known) {
      train(track, known);
      return;
    }
    search ??= { track, search: new Search(lesson, racer.method, TRIALS, task.steps), made: 0 };
    const done = search.search.advance(lesson);
    search.made += 1;
    trialsMade += 1;
    if (!done) return;
    const value = search.search.best();
    const pairs = search.search.trials();
    search.search.free();
    trialsMade += TRIALS - search.made;
    search = null;
    const trials = Array.from({ length: pairs.length / 2 }, (_, k) => [pairs[2 * k] ?? NaN, pairs[2 * k + 1] ?? NaN] as const);
    const step: Step = trials.length > 0 ? { from: "trials", value, trials } : { from: "itself", value: NaN };
    found.set(keyOf(racer), step);
    train(track, step);
  };
  const goOn = (track: Track): void => {
    if (!track.learner) seek(track);
    else {
      track.count = track.learner.advance(CHUNK);
      const [word = "", sentence = ""] = track.learner.ended().split("\t");
      if (word !== "") track.ended = { word, sentence };
    }
  };
  return {
    tracks,
    advance: (milliseconds) => {
      const until = performance.now() + milliseconds;
      const changed = new Set<Track>();
      const open = (): Track[] => tracks.filter((track) => track.failure === "" && !track.ended);
      let left = open();
      while (left.length > 0) {
        // One step after the other is sought; then those that are behind go first.
        const track = left.find((t) => !t.learner) ?? left.reduce((a, b) => (b.count < a.count ? b : a));
        try {
          goOn(track);
        } catch (error) {
          track.failure = messageOf(error);
          search = null;
        }
        changed.add(track);
        if (performance.now() > until) break;
        left = open();
      }
      changed.forEach(read);
      return open().length === 0;
    },
    sought: () => {
      const left = tracks.filter((track) => track.failure === "" && !track.learner).length;
      return { left, part: Math.min(1, trialsMade / Math.max(1, TRIALS * tracks.length)) };
    },
    free: () => {
      search?.search.free();
      for (const track of tracks) {
        track.learner?.free();
        track.learner = null;
      }
    },
  };
}

function read(track: Track): void {
  if (!track.learner) return;
  track.losses = track.learner.losses();
  track.right = track.learner.right();
  track.work = track.learner.work();
  track.count = track.losses.length - 1;
}

/** Where step k is on an axis. */
export const positionOf = (track: Track, k: number, axis: Axis): number => (axis === "steps" ? k : (track.work[k] ?? 0));

/** How far the longest training goes; by work, the longest of those that do not overshoot the others' by far. */
export function extent(tracks: readonly Track[], axis: Axis, steps: number): number {
  if (axis === "steps") return steps;
  return Math.max(1, ...tracks.map((track) => positionOf(track, track.count, axis)));
}

/** The step that a training has reached at a time. */
export function stepAt(track: Track, axis: Axis, time: number | null): number {
  if (time === null) return track.count;
  if (axis === "steps") return Math.min(track.count, Math.floor(time + 1e-9));
  let k = 0;
  while (k < track.count && positionOf(track, k + 1, axis) <= time + 1e-9) k += 1;
  return k;
}

/** The first step whose loss is at most so large; null if there is none. */
export function stepTo(track: Track, loss: number): number | null {
  const k = track.losses.findIndex((reached) => reached <= loss);
  return k < 0 ? null : k;
}
