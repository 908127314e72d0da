// Steps for methods that cannot choose their own: the best of the library's grid, found when idle.

import { type MethodInfo, type Surface, tuned } from "../core";
import type { Entrant, Point, Settings } from "../state";
import { STOPPING } from "./race";

export interface Steps {
  /** The settings with the step filled in, if it is known by now. */
  readonly complete: (surface: string, entrant: Entrant) => Settings;
  /** Finds one step that is missing; whether there was one. */
  readonly search: (surface: Surface, name: string, start: Point, entrants: readonly Entrant[]) => boolean;
}

export function createSteps(methods: readonly MethodInfo[]): Steps {
  const known = new Map<string, number>();
  const last = new Map<string, number>();
  const setting = (method: string): string | null =>
    methods.find((info) => info.name === method)?.tuned ?? null;
  const key = (surface: string, { method, settings }: Entrant): string =>
    JSON.stringify([surface, method, settings]);
  return {
    complete: (surface, entrant) => {
      const name = setting(entrant.method);
      if (name === null || name in entrant.settings) return entrant.settings;
      // While the search is not done, the step of the surface before is better than none.
      const value = known.get(key(surface, entrant)) ?? last.get(entrant.method);
      return value === undefined ? entrant.settings : { ...entrant.settings, [name]: value };
    },
    search: (surface, name, start, entrants) => {
      for (const entrant of entrants) {
        const which = setting(entrant.method);
        if (which === null || which in entrant.settings || known.has(key(name, entrant))) continue;
        let value = NaN;
        try {
          value = tuned(surface, entrant.method, JSON.stringify(entrant.settings), start[0], start[1], STOPPING);
        } catch {
          // The race says why the method cannot run.
        }
        if (Number.isFinite(value)) {
          value = Number(value.toPrecision(3));
          known.set(key(name, entrant), value);
          last.set(entrant.method, value);
        } else {
          known.set(key(name, entrant), 1e-3);
        }
        return true;
      }
      return false;
    },
  };
}
