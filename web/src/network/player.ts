// Play, pause, step and scrub through the training.

import { partOf, timeAt } from "../arena/player";
import { h, setAttributes, setText } from "../ui/dom";
import { count } from "../ui/format";
import type { Axis } from "./setup";

export interface Controls {
  readonly toggle: () => void;
  readonly step: (way: 1 | -1) => void;
  readonly scrub: (time: number | null) => void;
}

export interface TrainingPlayer {
  readonly element: HTMLElement;
  readonly show: (time: number | null, extent: number, axis: Axis, playing: boolean) => void;
}

const icon = (name: string): string => `<svg width="20" height="20" aria-hidden="true"><use href="#${name}"/></svg>`;

export function createTrainingPlayer(controls: Controls): TrainingPlayer {
  let extent = 1;
  const play = h("button", { type: "button", class: "play", click: controls.toggle });
  const back = h("button", { type: "button", "aria-label": "One step back", title: "One step back (,)", click: () => { controls.step(-1); } });
  const on = h("button", { type: "button", "aria-label": "One step on", title: "One step on (.)", click: () => { controls.step(1); } });
  back.innerHTML = icon("back");
  on.innerHTML = icon("forward");
  const slider = h("input", { type: "range", min: 0, max: 1000, step: 1, "aria-label": "How far the training is", class: "scrub" });
  slider.addEventListener("input", () => {
    const part = Number(slider.value) / 1000;
    controls.scrub(part >= 1 ? null : timeAt(part, extent));
  });
  const clock = h("output", { class: "clock" });
  let shown: boolean | null = null;
  return {
    element: h("div", { class: "player", role: "group", "aria-label": "Training" }, play, back, on, slider, clock),
    show: (time, most, axis, playing) => {
      extent = most;
      if (shown !== playing) {
        shown = playing;
        play.innerHTML = icon(playing ? "pause" : "play");
        const label = playing ? "Pause" : "Play";
        setAttributes(play, { "aria-label": label, title: `${label} (space)` });
      }
      const now = Math.floor((time ?? most) + 1e-9);
      const words = axis === "steps" ? `step ${count(now)} of ${count(most)}` : `${count(now)} of ${count(most)} gradients`;
      const value = String(Math.round(1000 * partOf(time, most)));
      if (slider.value !== value) slider.value = value;
      setAttributes(slider, { "aria-valuetext": words, style: `--part:${Number(value) / 10}%` });
      setText(clock, words);
    },
  };
}
