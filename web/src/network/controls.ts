// What is learnt and by which network: pictures of the data sets, noise, layers, units, batches.

import { h, setAttributes, setText } from "../ui/dom";
import { many, plain } from "../ui/format";
import { segments } from "../ui/segments";
import { Lesson } from "./core";
import { paintPoints } from "./paint";
import { DATA, type Setup, UNITS, layersProblem } from "./setup";

const SIDE = 60;

export interface Controls {
  readonly cards: HTMLElement;
  readonly element: HTMLElement;
  readonly show: (now: Setup, parameters: number, problem: string, dark: boolean) => void;
}

export function createControls(changed: (patch: Partial<Setup>) => void): Controls {
  const pictures = new Map<string, HTMLCanvasElement>();
  const cards = h("div", { class: "strip", role: "radiogroup", "aria-label": "Data" },
    ...Object.entries(DATA).map(([name, words]) => {
      const input = h("input", { type: "radio", name: "data", value: name, class: "unseen" });
      input.addEventListener("change", () => { changed({ data: name }); });
      const canvas = h("canvas", { width: 3 * SIDE, height: 2 * SIDE, "aria-hidden": "true" });
      pictures.set(name, canvas);
      return h("label", { class: "card", title: words }, input, canvas, h("span", { class: "name" }, words));
    }));

  const noise = h("input", { type: "range", id: "noise", min: 0, max: 0.5, step: 0.01 });
  const noiseOut = h("output", { for: "noise" });
  noise.addEventListener("input", () => { changed({ noise: Number(noise.value) }); });
  const again = h("button", { type: "button", title: "Other points, and another start" }, "Draw again");
  const layers = h("input", { type: "text", id: "layers", size: 7, spellcheck: "false", autocomplete: "off", "aria-describedby": "network-problem" });
  const problemLine = h("span", { id: "network-problem", class: "problem", role: "status" });
  layers.addEventListener("change", () => {
    const text = layers.value.replaceAll(" ", "");
    const wrong = layersProblem(text);
    layers.toggleAttribute("aria-invalid", wrong !== "");
    setText(problemLine, wrong);
    if (wrong === "") changed({ layers: text });
  });
  const units = h("select", { id: "units" }, ...UNITS.map((name) => h("option", { value: name }, name)));
  units.addEventListener("change", () => { changed({ units: units.value }); });
  const batches = segments<string>("Batches", "batch", [["0", "All points"], ["64", "64"], ["16", "16"]], (value) => { changed({ batch: Number(value) }); });
  const size = h("small", {});
  const field = (label: string, id: string, ...content: HTMLElement[]): HTMLElement =>
    h("div", { class: "knob" }, id === "" ? h("span", {}, label) : h("label", { for: id }, label), ...content);
  let seed = 1;
  again.addEventListener("click", () => { changed({ seed: seed + 1 }); });
  const element = h("div", { class: "knobs" },
    field("noise", "noise", noise, noiseOut), again,
    field("hidden layers", "layers", layers), field("units", "units", units),
    field("a step sees", "", batches.element), size, problemLine);

  let painted = "";
  return {
    cards,
    element,
    show: (now, parameters, problem, dark) => {
      seed = now.seed;
      for (const input of cards.querySelectorAll("input")) input.checked = input.value === now.data;
      noise.value = String(now.noise);
      setAttributes(noise, { style: `--part:${Math.min(100, 200 * now.noise)}%` });
      setText(noiseOut, plain(now.noise, 2));
      if (document.activeElement !== layers) {
        layers.value = now.layers;
        layers.removeAttribute("aria-invalid");
      }
      units.value = now.units;
      batches.set(String(now.batch));
      setText(size, `${many(now.points, "point")}, ${many(parameters, "number")} to learn`);
      if (problem !== "" || !layers.hasAttribute("aria-invalid")) setText(problemLine, problem);
      const key = `${now.noise} ${now.seed} ${dark}`;
      if (painted === key) return;
      painted = key;
      for (const [name, canvas] of pictures) {
        const lesson = new Lesson(name, 120, now.noise, now.seed, "1", "tanh", 0);
        // The square in the middle of a card that is wider than high.
        const square = new OffscreenCanvas(2 * SIDE, 2 * SIDE) as unknown as HTMLCanvasElement;
        paintPoints(square, lesson.points(), lesson.classes(), 2, dark);
        lesson.free();
        const context = canvas.getContext("2d");
        context?.clearRect(0, 0, canvas.width, canvas.height);
        context?.drawImage(square, SIDE / 2, 0);
      }
    },
  };
}
