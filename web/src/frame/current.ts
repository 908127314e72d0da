// The surface that is shown.

import { type ProblemInfo, Surface, describe } from "../core";
import { messageOf } from "../ui/format";

export interface Current {
  readonly surface: () => Surface;
  readonly info: () => ProblemInfo;
  /** Takes another surface; what is wrong with its specification, empty if nothing. */
  readonly take: (spec: string) => string;
  /** Whether it is another than at the last `drawn`. */
  readonly changed: () => boolean;
  readonly drawn: () => void;
}

/** Begins with a surface that is always there; `taken` hears of each later one. */
export function createCurrent(first: string, taken: (surface: Surface, info: ProblemInfo) => void): Current {
  let surface = new Surface(first);
  let info = describe(surface);
  let changed = true;
  return {
    surface: () => surface,
    info: () => info,
    take: (spec) => {
      try {
        const next = new Surface(spec);
        surface.free();
        surface = next;
        info = describe(next);
        changed = true;
        taken(surface, info);
        return "";
      } catch (error) {
        return messageOf(error);
      }
    },
    changed: () => changed,
    drawn: () => { changed = false; },
  };
}
