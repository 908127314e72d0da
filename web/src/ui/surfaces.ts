// The strip of surfaces, each a small picture of itself, the quadratic's sliders and the formula.

import { type ProblemInfo, Surface, contours, field } from "../core";
import { baseName, valley, valleySettings } from "../presets";
import { fitted } from "../view/camera";
import { trace } from "../view/contours";
import { fieldImage, paintField } from "../view/field";
import { homeWindow } from "../view/map";
import { h, setText, show } from "./dom";
import { plain } from "./format";

const WIDTH = 92;
const HEIGHT = 60;
/** An image of nothing, until its picture is painted. */
const BLANK = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
/** The quadratic begins turned: along its axes, each variable would be on its own. */
const usual = (name: string): string => (baseName(name) === "valley" ? valley(100, 30) : name);
/** What stands in the formula field at first. */
const EXAMPLE = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2 + 8*x";

export interface SurfacePicker {
  readonly strip: HTMLElement;
  readonly extras: HTMLElement;
  readonly show: (surface: string, problem: string, dark: boolean) => void;
}

/** A small picture as an image: canvases in number would be drawn anew with every frame. */
async function thumbnail(image: HTMLImageElement, info: ProblemInfo, dark: boolean): Promise<void> {
  const canvas = new OffscreenCanvas(2 * WIDTH, 2 * HEIGHT);
  const context = canvas.getContext("2d");
  if (!context) return;
  const surface = new Surface(usual(info.name));
  const c = fitted(homeWindow(info), WIDTH, HEIGHT);
  const grid = { ...c, columns: 46, rows: 30 };
  const lines = contours(surface, grid, 12);
  paintField(context, fieldImage(field(surface, grid), grid.columns, grid.rows, lines.levels, dark), canvas.width, canvas.height);
  surface.free();
  context.strokeStyle = dark ? "rgba(214,228,236,.3)" : "rgba(34,52,64,.32)";
  context.stroke(trace(lines, { ...c, width: canvas.width, height: canvas.height }, (level) => level % 2 === 1));
  const before = image.src;
  image.src = URL.createObjectURL(await canvas.convertToBlob());
  URL.revokeObjectURL(before);
}

export function createSurfacePicker(
  problems: readonly ProblemInfo[],
  chosen: (surface: string) => void,
): SurfacePicker {
  const images = new Map<string, HTMLImageElement>();
  const radio = (value: string, picture: HTMLElement, words: string): HTMLElement => {
    const input = h("input", { type: "radio", name: "surface", value, class: "unseen" });
    input.addEventListener("change", () => { chosen(value === "" ? formula.value : usual(value)); });
    return h("label", { class: "card", title: words }, input, picture, h("span", { class: "name" }, words));
  };
  const cards = problems.map((info) => {
    const image = h("img", { alt: "", width: WIDTH, height: HEIGHT, src: BLANK });
    images.set(info.name, image);
    return radio(baseName(info.name), image, info.title.replace(" and ", "–").split(/,| of | by | between /)[0] ?? info.title);
  });
  const own = radio("", h("span", { class: "own", "aria-hidden": "true" }, "f(x, y)"), "Your own");
  const strip = h("div", { class: "strip", role: "radiogroup", "aria-label": "Surface" }, own, ...cards);

  const formula = h("input", {
    type: "text", id: "formula", value: EXAMPLE, spellcheck: "false", autocomplete: "off",
    autocapitalize: "off", "aria-describedby": "formula-problem",
  });
  const problem = h("span", { id: "formula-problem", class: "problem", role: "status" });
  let typing = 0;
  formula.addEventListener("input", () => {
    clearTimeout(typing);
    typing = window.setTimeout(() => { chosen(formula.value); }, 250);
  });
  const formulaRow = h("div", { class: "formula" }, h("label", { for: "formula" }, "f ="), formula, problem);

  const kappa = h("input", { type: "range", id: "kappa", min: 0, max: 4, step: 0.01 });
  const angle = h("input", { type: "range", id: "angle", min: 0, max: 180, step: 1 });
  const kappaOut = h("output", { for: "kappa" });
  const angleOut = h("output", { for: "angle" });
  const slid = (): void => { chosen(valley(Number(plain(10 ** Number(kappa.value), 3)), Number(angle.value))); };
  kappa.addEventListener("input", slid);
  angle.addEventListener("input", slid);
  const sliders = h(
    "div",
    { class: "valley" },
    h("label", { for: "kappa" }, "condition number"), kappa, kappaOut,
    h("label", { for: "angle" }, "rotation"), angle, angleOut,
  );

  let painted: boolean | null = null;
  return {
    strip,
    extras: h("div", { class: "extras" }, formulaRow, sliders),
    show: (surface, complaint, dark) => {
      const named = problems.some((info) => baseName(info.name) === baseName(surface));
      const value = named ? baseName(surface) : "";
      for (const input of strip.querySelectorAll("input")) {
        const checked = input.value === value;
        if (checked && !input.checked) {
          input.checked = true;
          const card = input.parentElement;
          if (card) strip.scrollTo({ left: card.offsetLeft - strip.clientWidth / 2 + card.clientWidth / 2 });
        }
      }
      show(formulaRow, !named);
      if (!named && document.activeElement !== formula) formula.value = surface;
      formula.setAttribute("aria-invalid", String(complaint !== ""));
      // Without all names that there are: they are in sight.
      setText(problem, complaint.split("; there are ")[0] ?? complaint);
      const isValley = baseName(surface) === "valley";
      show(sliders, isValley);
      if (isValley) {
        const now = valleySettings(surface);
        kappa.value = String(Math.log10(now.kappa));
        angle.value = String(now.angle);
        setText(kappaOut, `κ = ${plain(now.kappa, 3)}`);
        setText(angleOut, `${plain(now.angle, 3)}°`);
      }
      if (painted !== dark) {
        painted = dark;
        // The first paint of the map goes first.
        const pending = [...images];
        const next = (): void => {
          const entry = pending.shift();
          const info = problems.find((p) => p.name === entry?.[0]);
          if (entry && info && painted === dark) {
            void thumbnail(entry[1], info, dark).then(() => { setTimeout(next, 0); });
          }
        };
        setTimeout(next, 30);
      }
    },
  };
}
