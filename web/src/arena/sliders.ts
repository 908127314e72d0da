// Step and momentum of a method of fixed step, as sliders in its row, with what the step should be.

import type { SettingValue } from "../state";
import { h, setAttributes, setText, show as reveal } from "../ui/dom";
import { count, plain, short } from "../ui/format";
import type { StepLimit } from "./stability";
import type { Track } from "./race";
import { RULES, type Rule } from "./rules";
import type { Known } from "./steps";

export interface Sliders {
  readonly element: HTMLElement;
  /** Shows the settings in use beside the best step and the limit, where they are known. */
  readonly show: (track: Track, best: Known | null, limit: StepLimit | null) => void;
}

/** Powers of ten that a slider reaches below and above the step in question. */
const BELOW = 3;
const ABOVE = 2;
/** The largest momentum of a slider: 1 would never stop. */
const MOST_MOMENTUM = 0.999;
const THUMB = 18;

/** Momentum on a scale that is finer towards 1. */
const toMomentum = (part: number): number => Number((1 - (1 - MOST_MOMENTUM) ** part).toPrecision(3));
const fromMomentum = (momentum: number): number => Math.min(1, Math.log(1 - momentum) / Math.log(1 - MOST_MOMENTUM));

/** Where a mark is on a slider whose thumb has a width. */
const markAt = (part: number): string => `calc(${(100 * part).toFixed(2)}% + ${((0.5 - part) * THUMB).toFixed(1)}px)`;

/** What is to be said of the step. */
function saying(rule: Rule, best: Known | null, limit: StepLimit | null): string {
  const parts: string[] = [];
  if (limit && rule.limit) parts.push(`| limit ${rule.limit} = ${short(limit.step)}, λ = ${short(limit.curvature)}`);
  if (best?.found) parts.push(`▲ best of ${best.found.runs} runs, work ${count(best.found.work)}`);
  else if (best === null) parts.push("▲ searched for");
  return parts.join("   ");
}

const ABOUT = "λ is the largest curvature at the minimum: beyond the limit the steps there grow. The best step is that of runs from this start; all of them together took that work, in gradients.";

/** The sliders of a method, if it has a step that must be chosen. */
export function createSliders(
  method: string,
  tuned: string,
  change: (setting: string, value: SettingValue | null) => void,
): Sliders | null {
  const rule = RULES[method];
  if (!rule) return null;
  let [low, high] = [-6, 1];
  const step = h("input", { type: "range", min: 0, max: 1, step: 0.002, "aria-label": "step α" });
  const stepOut = h("output");
  const best = h("span", { class: "mark best", title: "the best step found" });
  const limit = h("span", { class: "mark limit", title: "the limit of stability" });
  const reset = h("button", { type: "button", class: "reset", click: () => { change(tuned, null); } }, "best");
  reset.title = "Back to the best step";
  const words = h("small", { class: "about-step", title: ABOUT });
  const at = (value: number): number => (Math.log10(value) - low) / (high - low);
  step.addEventListener("input", () => {
    change(tuned, Number(plain(10 ** (low + (high - low) * Number(step.value)), 3)));
  });
  const controls: HTMLElement[] = [
    h("span", { class: "slider" }, h("i", {}, "α"), h("span", { class: "track" }, step, best, limit), stepOut, reset),
  ];
  const momentum = h("input", { type: "range", min: 0, max: 1, step: 0.005, "aria-label": "momentum β" });
  const momentumOut = h("output");
  const [setting, usual] = rule.momentum ?? ["", 0];
  if (rule.momentum) {
    momentum.addEventListener("input", () => {
      const value = toMomentum(Number(momentum.value));
      change(setting, value === usual ? null : value);
    });
    controls.push(h("span", { class: "slider" }, h("i", {}, "β"), h("span", { class: "track" }, momentum), momentumOut));
  }
  const mark = (element: HTMLElement, value: number | null | undefined): void => {
    const part = value ? at(value) : NaN;
    reveal(element, part >= 0 && part <= 1);
    if (part >= 0 && part <= 1) element.style.left = markAt(part);
  };
  return {
    element: h("div", { class: "sliders-box" }, ...controls, h("span", { class: "step-notes" }, h("span", { class: "rule" }, rule.words), words)),
    show: (track, known, bound) => {
      const value = track.settings[tuned];
      const now = typeof value === "number" ? value : null;
      // The scale stays under the hand.
      const about = bound?.step ?? known?.value ?? now;
      if (about && document.activeElement !== step) {
        const middle = Math.floor(Math.log10(about));
        [low, high] = [middle - BELOW, middle + ABOVE];
      }
      const part = now === null ? 0.5 : Math.min(1, Math.max(0, at(now)));
      if (document.activeElement !== step || Math.abs(Number(step.value) - part) > 0.003) step.value = String(part);
      setText(stepOut, now === null ? "–" : short(now));
      const beside = now !== null && bound ? `, ${short((100 * now) / bound.step, 3)} % of the limit` : "";
      setAttributes(step, { style: `--part:${(100 * part).toFixed(1)}%`, "aria-valuetext": `${now === null ? "not known" : short(now)}${beside}` });
      step.classList.toggle("beyond", now !== null && bound !== null && now >= bound.step);
      mark(best, known?.value);
      mark(limit, bound?.step);
      reset.style.visibility = tuned in track.entrant.settings ? "visible" : "hidden";
      if (rule.momentum) {
        const given = track.settings[setting];
        const share = typeof given === "number" ? given : usual;
        const place = fromMomentum(share);
        if (Math.abs(Number(momentum.value) - place) > 0.003) momentum.value = String(place);
        setAttributes(momentum, { style: `--part:${(100 * place).toFixed(1)}%`, "aria-valuetext": short(share) });
        setText(momentumOut, short(share));
      }
      setText(words, saying(rule, known, bound));
    },
  };
}
