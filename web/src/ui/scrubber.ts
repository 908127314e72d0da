// Play, pause, a step back or on, and a slider over the time of what is played.

import { h, setAttributes, setText } from "./dom";
import { partOf, timeAt } from "./timeplot";

export interface ScrubberActions {
  readonly toggle: () => void;
  readonly step: (way: 1 | -1) => void;
  /** To a time; null: to the end. */
  readonly scrub: (time: number | null) => void;
}

export interface Scrubber {
  readonly element: HTMLElement;
  /** Shows a time of `extent`, null for its end, and what it is in words. */
  readonly show: (time: number | null, extent: number, playing: boolean, words: string) => void;
}

/** A picture of the page's own, by its name. */
const icon = (name: string): string => `<svg width="20" height="20" aria-hidden="true"><use href="#${name}"/></svg>`;

/** Of a race or a training, as `what` says; `more` stands at its end. */
export function createScrubber(what: string, actions: ScrubberActions, ...more: readonly HTMLElement[]): Scrubber {
  let extent = 1;
  const play = h("button", { type: "button", class: "play", click: actions.toggle });
  const back = h("button", { type: "button", "aria-label": "One step back", title: "One step back (,)", click: () => { actions.step(-1); } });
  const forward = h("button", { type: "button", "aria-label": "One step on", title: "One step on (.)", click: () => { actions.step(1); } });
  back.innerHTML = icon("back");
  forward.innerHTML = icon("forward");
  const slider = h("input", { type: "range", min: 0, max: 1000, step: 1, "aria-label": `How far the ${what.toLowerCase()} is`, class: "scrub" });
  slider.addEventListener("input", () => {
    const part = Number(slider.value) / 1000;
    actions.scrub(part >= 1 ? null : timeAt(part, extent));
  });
  const clock = h("output", { class: "clock" });
  let shown: boolean | null = null;
  return {
    element: h("div", { class: "player", role: "group", "aria-label": what }, play, back, forward, slider, clock, ...more),
    show: (time, most, playing, words) => {
      extent = most;
      if (shown !== playing) {
        shown = playing;
        play.innerHTML = icon(playing ? "pause" : "play");
        const label = playing ? "Pause" : "Play";
        setAttributes(play, { "aria-label": label, title: `${label} (space)` });
      }
      const value = String(Math.round(1000 * partOf(time, most)));
      if (slider.value !== value) slider.value = value;
      setAttributes(slider, { "aria-valuetext": words, style: `--part:${Number(value) / 10}%` });
      setText(clock, words);
    },
  };
}
