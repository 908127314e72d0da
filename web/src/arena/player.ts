// Play, pause, step, scrub: a clock that slows down early steps, as the curves' axis does.

import type { Axis, State, Store } from "../state";
import { h } from "../ui/dom";
import { count } from "../ui/format";
import { createScrubber } from "../ui/scrubber";
import { partOf, timeAt } from "../ui/timeplot";
import { type Track, nextEvent, previousEvent } from "./race";

/** Seconds for a whole race at speed 1. */
export const SECONDS = 9;
const UNIT: Readonly<Record<Axis, [string, string]>> = {
  iterations: ["iteration", "iterations"],
  evaluations: ["evaluation", "evaluations"],
  work: ["gradient", "gradients"],
};

export interface Player {
  readonly element: HTMLElement;
  readonly show: (state: State, extent: number) => void;
  /** Moves the clock by so many seconds; called each frame while playing. */
  readonly tick: (seconds: number) => void;
  readonly toggle: () => void;
  readonly step: (way: 1 | -1) => void;
}

export function createPlayer(store: Store, tracks: () => readonly Track[]): Player {
  let extent = 1;
  const speed = h(
    "select",
    { "aria-label": "Speed" },
    ...[0.25, 0.5, 1, 2, 4].map((v) => h("option", { value: v }, `${String(v).replace("0.", ".")}×`)),
  );
  speed.addEventListener("change", () => { store.set({ speed: Number(speed.value) }); });

  const toggle = (): void => {
    const { playing, time } = store.get();
    if (playing) store.set({ playing: false });
    else store.set({ playing: true, time: time === null ? 0 : time });
  };
  const step = (way: 1 | -1): void => {
    const { time, axis } = store.get();
    const now = time ?? extent;
    const next = way === 1 ? nextEvent(tracks(), axis, now) : previousEvent(tracks(), axis, now);
    store.set({ playing: false, time: next === null || next >= extent ? null : next });
  };

  const scrub = (time: number | null): void => { store.set({ time, playing: false }); };
  const bar = createScrubber("Race", { toggle, step, scrub }, speed);
  return {
    element: bar.element,
    toggle,
    step,
    tick: (seconds) => {
      const { time, speed: rate } = store.get();
      const part = partOf(time, extent) + (seconds * rate) / SECONDS;
      if (part >= 1) store.set({ time: null, playing: false });
      else store.set({ time: timeAt(part, extent) });
    },
    show: (state, most) => {
      extent = most;
      const now = Math.floor((state.time ?? most) + 1e-9);
      const [one, many] = UNIT[state.axis];
      const words = `${count(now)} of ${count(most)} ${Math.floor(most) === 1 ? one : many}`;
      bar.show(state.time, most, state.playing, words);
      if (speed.value !== String(state.speed)) speed.value = String(state.speed);
    },
  };
}
