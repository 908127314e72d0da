// The Kronecker factors of a layer, their product, and the exact Fisher information that it stands for.

import { h, setAttributes, setText } from "../ui/dom";
import { short } from "../ui/format";
import { type Segments, segments } from "../ui/segments";
import { Factors, type Layer, type Lesson } from "./core";
import type { Track } from "./race";
import { aboutFactors } from "./verdict";

export interface FactorsChart {
  readonly element: HTMLElement;
  readonly build: (layers: readonly Layer[]) => void;
  readonly show: (lesson: Lesson, track: Track, name: string, step: number, layer: number, dark: boolean) => void;
}

type Color = readonly [number, number, number];
const POSITIVE: readonly [Color, Color] = [[0, 84, 140], [110, 190, 240]];
const NEGATIVE: readonly [Color, Color] = [[200, 80, 0], [250, 150, 80]];
const ZERO: readonly [Color, Color] = [[250, 249, 245], [20, 26, 30]];

/** A matrix as an image, a pixel an entry; the square root of its size shows small entries too. */
function heat(canvas: HTMLCanvasElement, values: Float64Array, most: number, dark: boolean): void {
  const n = Math.round(Math.sqrt(values.length));
  canvas.width = n;
  canvas.height = n;
  const image = new ImageData(n, n);
  const which = dark ? 1 : 0;
  values.forEach((value, k) => {
    const part = Math.sqrt(Math.min(1, Math.abs(value) / (most || 1)));
    const color = (value >= 0 ? POSITIVE : NEGATIVE)[which];
    for (let c = 0; c < 3; c += 1) image.data[4 * k + c] = ZERO[which][c]! + (color[c]! - ZERO[which][c]!) * part;
    image.data[4 * k + 3] = 255;
  });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export function createFactors(chosen: (layer: number) => void): FactorsChart {
  const picture = (name: string): { canvas: HTMLCanvasElement; size: HTMLElement; element: HTMLElement } => {
    const canvas = h("canvas", { class: "heat", role: "img", "aria-label": name });
    const size = h("small", {});
    return { canvas, size, element: h("figure", {}, canvas, h("figcaption", {}, h("span", {}, name), size)) };
  };
  const inputs = picture("A, of its inputs");
  const gradients = picture("S, of its gradients");
  const product = picture("S ⊗ A, for K-FAC");
  const exact = picture("F, exact");
  const number = h("output", { class: "difference" });
  const words = h("p", { class: "said" });
  const choice = h("div", {});
  const sign = (text: string): HTMLElement => h("span", { class: "sign", "aria-hidden": "true" }, text);
  const element = h("section", { class: "curvature-part" },
    h("h3", {}, "The trick of K-FAC: a large matrix from two small ones"),
    h("div", { class: "hint-row" }, h("p", { class: "hint" }, "Blue entries are positive, orange ones negative."), choice),
    h("div", { class: "factors" },
      h("div", { class: "two" }, gradients.element, sign("⊗"), inputs.element),
      sign("="), product.element, sign("≈"), exact.element,
      h("div", { class: "off" }, number, h("small", {}, "of F is missed"))),
    words);
  let bar: Segments<string> | null = null;
  let drawn = "";
  let known: Track | null = null;
  return {
    element,
    build: (layers) => {
      bar = segments("Layer", "layer", layers.map((layer, i) => [String(i), layer.name] as const), (value) => { chosen(Number(value)); });
      choice.replaceChildren(bar.element);
      drawn = "";
    },
    show: (lesson, track, name, step, layer, dark) => {
      bar?.set(String(layer));
      if (!track.learner) return;
      const key = `${step} ${layer} ${dark}`;
      if (known === track && key === drawn) return;
      known = track;
      drawn = key;
      let found: Factors;
      try {
        found = new Factors(lesson, track.learner, layer, step);
      } catch {
        setText(words, `${name} has left the numbers at step ${step}.`);
        return;
      }
      const [a, s, f, k] = [found.inputs(), found.gradients(), found.exact(), found.kronecker()];
      const difference = found.difference();
      found.free();
      heat(inputs.canvas, a, largest(a), dark);
      heat(gradients.canvas, s, largest(s), dark);
      // On one scale, so that they can be compared.
      const most = Math.max(largest(f), largest(k));
      heat(exact.canvas, f, most, dark);
      heat(product.canvas, k, most, dark);
      const side = (values: Float64Array): string => `${Math.sqrt(values.length)} × ${Math.sqrt(values.length)}`;
      [[inputs, a], [gradients, s], [exact, f], [product, k]].forEach(([which, values]) => {
        setText((which as typeof inputs).size, side(values as Float64Array));
      });
      setText(number, `${short(100 * difference, 2)} %`);
      setAttributes(number, { "data-value": difference });
      setText(words, aboutFactors(difference, `layer ${layer + 1}`, name, step));
    },
  };
}
