// All eigenvalues of the Hessian as training goes: a column for a step, a dot for an eigenvalue.

import { h, setAttributes, setText } from "../ui/dom";
import { power } from "../ui/format";
import { inks } from "../view/looks";
import { Spectrum } from "./core";
import { fitCanvas } from "./paint";
import type { Track } from "./race";
import { aboutSpectrum } from "./verdict";

/** Columns of the picture, the first and the last step among them. */
const COLUMNS = 20;
/** Milliseconds of a frame for forming a Hessian. */
const BUDGET = 8;
/** Eigenvalues within this are drawn on the middle line. */
const UNIT = 1e-4;

export interface SpectrumChart {
  readonly element: HTMLElement;
  /** Shows a method at a step, and goes on with what is not known yet; whether something is left. */
  readonly show: (track: Track, name: string, step: number, steps: number, dark: boolean, still: boolean) => boolean;
  readonly resized: () => void;
}

const height = (value: number): number => Math.sign(value) * Math.log10(1 + Math.abs(value) / UNIT);

export function createSpectrum(): SpectrumChart {
  const canvas = h("canvas", { class: "spectrum", role: "img" });
  const words = h("p", { class: "said" });
  const element = h("section", { class: "curvature-part" },
    h("h3", {}, "All eigenvalues of the Hessian, as training goes"),
    h("p", { class: "hint" }, "Blue: the loss curves up that way. Orange: it curves down. The line in the middle: hardly any curvature."),
    canvas, words);
  let track: Track | null = null;
  let columns = new Map<number, Float64Array>();
  let drawn = "";
  /** What is being formed. */
  let forming: { readonly step: number; readonly spectrum: Spectrum } | null = null;

  /** Goes on with the Hessian at a step. */
  const form = (of: Track, step: number): void => {
    if (!of.learner) return;
    try {
      if (forming?.step !== step) {
        forming?.spectrum.free();
        forming = { step, spectrum: new Spectrum(of.learner, step) };
      }
      const until = performance.now() + BUDGET;
      let whole = false;
      while (!whole && performance.now() < until) whole = forming.spectrum.advance(2);
      if (!whole) return;
      columns.set(step, forming.spectrum.values());
    } catch {
      // Where the training diverged there is no curvature.
      columns.set(step, new Float64Array(0));
    }
    forming?.spectrum.free();
    forming = null;
  };
  const wanted = (last: number): number[] => {
    const all = Array.from({ length: COLUMNS }, (_, i) => Math.round((1 + last) ** (i / (COLUMNS - 1)) - 1));
    return [...new Set(all)];
  };
  const draw = (step: number, steps: number, dark: boolean): void => {
    const context = canvas.getContext("2d");
    if (!context) return;
    const { width, height: tall } = canvas;
    const scale = width / Math.max(1, canvas.clientWidth);
    const { quiet, line, ink } = inks(dark);
    context.clearRect(0, 0, width, tall);
    const values = [...columns.values()];
    const high = Math.max(height(1), ...values.map((column) => height(column[column.length - 1] ?? 0))) + 0.2;
    const low = Math.min(height(-1e-3), ...values.map((column) => height(column[0] ?? 0))) - 0.3;
    const left = 44 * scale;
    const below = 24 * scale;
    const x = (k: number): number => left + 12 * scale + ((width - left - 24 * scale) * Math.log(1 + k)) / Math.log(1 + steps);
    const y = (value: number): number => 8 * scale + (tall - below - 8 * scale) * ((high - height(value)) / (high - low));
    context.font = `${12 * scale}px system-ui, sans-serif`;
    context.fillStyle = quiet;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const sign of [-1, 0, 1]) {
      for (let e = -3; e <= (sign === 0 ? -3 : 4); e += 1) {
        const value = sign * 10 ** e;
        if (height(value) > high || height(value) < low) continue;
        context.strokeStyle = line;
        context.lineWidth = (sign === 0 ? 1.6 : 0.8) * scale;
        context.beginPath();
        context.moveTo(left, y(value));
        context.lineTo(width, y(value));
        context.stroke();
        if (e % 2 !== 0 && sign !== 0 && !(sign < 0 && low > height(-0.02))) continue;
        context.fillText(sign === 0 ? "0" : `${sign < 0 ? "−" : ""}${power(e)}`, left - 6 * scale, y(value));
      }
    }
    context.textAlign = "center";
    let edge = -Infinity;
    for (const k of [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].filter((k) => k <= steps)) {
      if (x(k) - edge < 30 * scale) continue;
      edge = x(k);
      context.fillText(String(k), x(k), tall - below / 2);
    }
    const blue = dark ? "#4da6e0" : "#0072b2";
    const orange = dark ? "#f0803c" : "#d55e00";
    for (const [k, column] of columns) {
      const now = k === step;
      if (!now && !shownSteps.has(k)) continue;
      const size = (now ? 3 : 1.9) * scale;
      const half = (now ? 9 : 5) * scale;
      if (now) {
        context.globalAlpha = 1;
        context.strokeStyle = ink;
        context.lineWidth = 1.2 * scale;
        context.beginPath();
        context.moveTo(x(k), 0);
        context.lineTo(x(k), tall - below);
        context.stroke();
      }
      context.globalAlpha = now ? 0.95 : 0.42;
      for (const value of column) {
        context.fillStyle = Math.abs(value) < UNIT ? quiet : value > 0 ? blue : orange;
        context.fillRect(x(k) - half, y(value) - size / 2, 2 * half, size);
      }
    }
    context.globalAlpha = 1;
  };
  let shownSteps = new Set<number>();
  return {
    element,
    resized: () => { drawn = ""; },
    show: (next, name, step, steps, dark, still) => {
      if (track !== next) {
        track = next;
        columns = new Map();
        forming?.spectrum.free();
        forming = null;
        drawn = "";
        setText(words, "");
      }
      if (fitCanvas(canvas)) drawn = "";
      if (!next.learner) return false;
      const plan = next.ended ? wanted(next.count) : [];
      shownSteps = new Set(plan);
      const missing = [...(still ? [step] : []), ...plan].find((k) => !columns.has(k));
      if (missing !== undefined) form(next, missing);
      const here = columns.get(step);
      if (here && here.length > 0 && still) {
        const said = aboutSpectrum(here, name, step);
        setText(words, said);
        setAttributes(canvas, { "aria-label": said });
      } else if (!canvas.hasAttribute("aria-label")) setAttributes(canvas, { "aria-label": "Eigenvalues of the Hessian by step" });
      const key = `${step} ${columns.size} ${steps} ${dark} ${plan.length}`;
      if (key !== drawn) {
        drawn = key;
        draw(step, steps, dark);
      }
      return missing !== undefined;
    },
  };
}
