// Steps for methods that cannot choose their own: found from the start in use, a run at a time, when idle.

import { type MethodInfo, type Surface, Tuning, settingsText } from "../core";
import { type Entrant, type Point, type Settings, USUAL_LIMITS } from "../state";
import type { Completed, Found } from "./race";

/** Milliseconds of a frame that go into the search. */
const BUDGET = 8;
/** Starts whose steps are remembered. */
const MOST = 400;

export interface Steps {
  /** The settings with the step filled in, if it is known by now. */
  readonly complete: (surface: string, start: Point, entrant: Entrant) => Completed;
  /** The best step for an entrant's other settings, once it is known, whatever step it has. */
  readonly best: (surface: string, start: Point, entrant: Entrant) => Known | null;
  /** Goes on with the search for a step that is missing; whether one was found, or there is nothing to find. */
  readonly search: (surface: Surface, name: string, start: Point, entrants: readonly Entrant[]) => "found" | "going" | "done";
}

/** A step and the search for it; without a value where there was none to be found. */
export interface Known {
  readonly value: number | null;
  readonly found: Found | null;
}

export function createSteps(methods: readonly MethodInfo[]): Steps {
  const known = new Map<string, Known>();
  const last = new Map<string, number>();
  let going: { readonly key: string; readonly tuning: Tuning } | null = null;
  const tunedOf = (entrant: Entrant): string | null => methods.find((info) => info.name === entrant.method)?.tuned ?? null;
  const missing = (entrant: Entrant): string | null => {
    const name = tunedOf(entrant);
    return name !== null && name in entrant.settings ? null : name;
  };
  /** The settings but for the step. */
  const others = (entrant: Entrant): Settings => {
    const { [tunedOf(entrant) ?? ""]: _, ...rest } = entrant.settings;
    return rest;
  };
  const keyOf = (surface: string, start: Point, entrant: Entrant): string =>
    JSON.stringify([surface, start, entrant.method, others(entrant)]);
  const drop = (): void => {
    going?.tuning.free();
    going = null;
  };
  const learn = (key: string, method: string, [step, runs, work]: ArrayLike<number> & Iterable<number>): void => {
    if (known.size >= MOST) known.clear();
    const value = step === undefined || !Number.isFinite(step) ? null : Number(step.toPrecision(4));
    known.set(key, { value, found: value === null ? null : { runs: runs ?? 0, work: work ?? 0 } });
    if (value !== null) last.set(method, value);
  };
  return {
    complete: (surface, start, entrant) => {
      const name = missing(entrant);
      if (name === null) return { settings: entrant.settings, found: null, provisional: false };
      const here = known.get(keyOf(surface, start, entrant));
      // While the search is not done, the step found last is better than none.
      const value = here ? here.value : last.get(entrant.method);
      const settings = value === undefined || value === null ? entrant.settings : { ...entrant.settings, [name]: value };
      return { settings, found: here?.found ?? null, provisional: !here };
    },
    best: (surface, start, entrant) => (tunedOf(entrant) === null ? null : known.get(keyOf(surface, start, entrant)) ?? null),
    search: (surface, name, start, entrants) => {
      const unknown = entrants.filter((one) => tunedOf(one) !== null && !known.has(keyOf(name, start, one)));
      // What races with a step of its own needs the best one only to be compared.
      const entrant = unknown.find((one) => missing(one) !== null) ?? unknown[0];
      if (!entrant) return "done";
      const key = keyOf(name, start, entrant);
      try {
        if (going?.key !== key) {
          drop();
          going = { key, tuning: new Tuning(surface, entrant.method, settingsText(others(entrant)), start[0], start[1], USUAL_LIMITS.iterations ?? 0) };
        }
        const until = performance.now() + BUDGET;
        do {
          if (!going.tuning.advance()) {
            learn(key, entrant.method, going.tuning.found());
            drop();
            return "found";
          }
        } while (performance.now() < until);
        return "going";
      } catch {
        // The race says why the method cannot run.
        drop();
        learn(key, entrant.method, []);
        return "found";
      }
    },
  };
}
