// Choosing a surface.

import type { ProblemInfo } from "../core";
import { baseName, isPreset, presetEntrants } from "../presets";
import type { Store } from "../state";
import { byId } from "../ui/dom";
import { createSurfacePicker } from "../ui/surfaces";
import type { Current } from "./current";

export interface Choice {
  /** Shows which one is chosen. */
  readonly show: (spec: string) => void;
}

export function createChoice(
  problems: readonly ProblemInfo[],
  store: Store,
  current: Current,
  dark: () => boolean,
): Choice {
  let complaint = "";
  const kind = (spec: string): string =>
    problems.some((problem) => baseName(problem.name) === baseName(spec)) ? baseName(spec) : "formula";
  const choose = (spec: string): void => {
    const before = store.get();
    complaint = current.take(spec);
    if (complaint !== "") {
      show(spec);
      return;
    }
    const { start } = current.info();
    const entrants = isPreset(before.surface, before.entrants) ? presetEntrants(spec) : before.entrants;
    if (kind(spec) === kind(before.surface)) {
      const usable = Number.isFinite(current.surface().value(...before.start));
      store.set({ surface: spec, entrants, ...(usable ? {} : { start, point: start }) });
      return;
    }
    store.set({ surface: spec, start, point: start, window: null, radius: null, pinned: false, time: null, playing: false, opened: null, entrants });
  };
  const picker = createSurfacePicker(problems, choose);
  const show = (spec: string): void => { picker.show(spec, complaint, dark()); };
  byId("surfaces").append(picker.strip);
  byId("extras").append(picker.extras);
  return { show };
}
