// Play, pause, step, scrub: a clock that slows down early steps, as the curves' axis does.

import type { Axis, State, Store } from "../state";
import { h, setAttributes, setText } from "../ui/dom";
import { count } from "../ui/format";
import { type Track, nextEvent, previousEvent } from "./race";

/** Seconds for a whole race at speed 1. */
const SECONDS = 9;
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

/** A time from its place on the logarithmic scale, and back. */
export const timeAt = (part: number, extent: number): number => (1 + extent) ** part - 1;
export const partOf = (time: number | null, extent: number): number =>
  time === null ? 1 : Math.min(1, Math.log1p(time) / Math.log1p(extent));

/** A picture of the page's own, by its name. */
const icon = (name: string): string => `<svg width="20" height="20" aria-hidden="true"><use href="#${name}"/></svg>`;

export function createPlayer(store: Store, tracks: () => readonly Track[]): Player {
  let extent = 1;
  const play = h("button", { type: "button", class: "play", click: () => { toggle(); } });
  const back = h("button", { type: "button", "aria-label": "One step back", title: "One step back (,)", click: () => { step(-1); } });
  const forward = h("button", { type: "button", "aria-label": "One step on", title: "One step on (.)", click: () => { step(1); } });
  back.innerHTML = icon("back");
  forward.innerHTML = icon("forward");
  const slider = h("input", { type: "range", min: 0, max: 1000, step: 1, "aria-label": "How far the race is", class: "scrub" });
  slider.addEventListener("input", () => {
    const part = Number(slider.value) / 1000;
    store.set({ time: part >= 1 ? null : timeAt(part, extent), playing: false });
  });
  const readout = h("output", { class: "clock" });
  const speed = h(
    "select",
    { "aria-label": "Speed" },
    ...[0.25, 0.5, 1, 2, 4].map((v) => h("option", { value: v }, `${String(v).replace("0.", ".")}×`)),
  );
  speed.addEventListener("change", () => { store.set({ speed: Number(speed.value) }); });
  const element = h("div", { class: "player", role: "group", "aria-label": "Race" }, play, back, forward, slider, readout, speed);

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

  let shownPlaying: boolean | null = null;
  return {
    element,
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
      if (shownPlaying !== state.playing) {
        shownPlaying = state.playing;
        play.innerHTML = icon(state.playing ? "pause" : "play");
        const label = state.playing ? "Pause" : "Play";
        setAttributes(play, { "aria-label": label, title: `${label} (space)` });
      }
      const now = Math.floor((state.time ?? most) + 1e-9);
      const [one, many] = UNIT[state.axis];
      const words = `${count(now)} of ${count(most)} ${Math.floor(most) === 1 ? one : many}`;
      const value = String(Math.round(1000 * partOf(state.time, most)));
      if (slider.value !== value) slider.value = value;
      setAttributes(slider, { "aria-valuetext": words, style: `--part:${Number(value) / 10}%` });
      setText(readout, words);
      if (speed.value !== String(state.speed)) speed.value = String(state.speed);
    },
  };
}
