// Power iteration and conjugate gradients on the local Hessian, a picture a step.

import type { Surface } from "../core";
import { h, svg } from "../ui/dom";
import { short } from "../ui/format";
import { type Camera, scales } from "../view/camera";
import { conic, levelFor } from "../view/conics";
import { arrow } from "./drawing";
import type { Local } from "./local";

const SIZE = 118;
const HALF = SIZE / 2;
const POWER_STEPS = 11;

export interface Strip {
  readonly element: HTMLElement;
  readonly show: (surface: Surface, local: Local | null) => void;
}

function frame(title: string, value: string, ...drawn: SVGElement[]): HTMLElement {
  return h(
    "figure", {},
    svg("svg", { viewBox: `${-HALF} ${-HALF} ${SIZE} ${SIZE}`, width: SIZE, height: SIZE, "aria-hidden": "true" }, ...drawn),
    h("figcaption", {}, h("b", {}, title), value),
  );
}

/** Equal units, so that right angles look right. */
const SQUARE: Camera = { x0: -1, x1: 1, y0: -1, y1: 1, width: SIZE, height: SIZE };

/** The curvature's ellipse or hyperbola, and its eigenvectors. */
function ground(local: Local): SVGElement[] {
  const curve = conic(local.hessian, levelFor(local.hessian, SQUARE, HALF - 12), SQUARE, HALF);
  const axes = local.eigenvectors
    .map(([x, y]) => `M${(-x * HALF).toFixed(1)} ${(y * HALF).toFixed(1)}L${(x * HALF).toFixed(1)} ${(-y * HALF).toFixed(1)}`)
    .join("");
  return [
    svg("path", { class: "eigen", d: axes }),
    svg("path", { class: "curvature", d: curve.positive }),
    svg("path", { class: "curvature negative", d: curve.negative }),
  ];
}

function powerFrames(surface: Surface, local: Local): HTMLElement[] {
  const numbers = surface.power(local.at[0], local.at[1], POWER_STEPS - 1);
  const frames: HTMLElement[] = [];
  for (let k = 0; 3 * k + 2 < numbers.length; k += 1) {
    const [x = 0, y = 0, quotient = NaN] = [numbers[3 * k], numbers[3 * k + 1], numbers[3 * k + 2]];
    frames.push(frame(`step ${k}`, `quotient ${short(quotient, 4)}`, ...ground(local),
      svg("path", { class: "vector", d: arrow(x * (HALF - 8), -y * (HALF - 8), 10) })));
  }
  return frames;
}

function cgFrames(surface: Surface, local: Local): HTMLElement[] {
  const numbers = surface.cg(local.at[0], local.at[1]);
  const count = Math.floor(numbers.length / 4);
  const point = (k: number): readonly [number, number] => [numbers[4 * k] ?? 0, numbers[4 * k + 1] ?? 0];
  const [tx, ty] = point(count - 1);
  const reach = Math.max(1e-300, ...Array.from({ length: count }, (_, k) => Math.hypot(...point(k))));
  // Start and end with room around both.
  const half = 0.75 * reach;
  const camera: Camera = {
    x0: tx / 2 - half, x1: tx / 2 + half, y0: ty / 2 - half, y1: ty / 2 + half, width: SIZE, height: SIZE,
  };
  const [scale] = scales(camera);
  const pixel = ([x, y]: readonly [number, number]): readonly [number, number] => [(x - tx / 2) * scale, -(y - ty / 2) * scale];
  const [ex, ey] = pixel([tx, ty]);
  const rings = [0.3, 0.6, 1, 1.5].map((r) => {
    const curve = conic(local.hessian, levelFor(local.hessian, camera, r * reach * scale), camera, 3 * SIZE);
    return svg("path", { class: "ring", d: curve.positive, transform: `translate(${ex.toFixed(1)} ${ey.toFixed(1)})` });
  });
  return Array.from({ length: count }, (_, k) => {
    const walked = Array.from({ length: k + 1 }, (_, i) => pixel(point(i)));
    const path = walked.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    const [hx, hy] = walked[k] ?? [0, 0];
    return frame(
      `step ${k}`, `residual ${short(numbers[4 * k + 3] ?? NaN, 2)}`,
      ...rings.map((ring) => ring.cloneNode() as SVGElement),
      svg("path", { class: "walk", d: path }),
      svg("circle", { class: "walker", cx: hx.toFixed(1), cy: hy.toFixed(1), r: 4.5 }),
    );
  });
}

export function createStrip(): Strip {
  const power = h("div", { class: "film", tabindex: 0, role: "group", "aria-label": "Power iteration" });
  const cg = h("div", { class: "film", tabindex: 0, role: "group", "aria-label": "Conjugate gradients" });
  let runs = 0;
  /** Shows the frames of both films one after another. */
  const run = (): void => {
    runs += 1;
    const mine = runs;
    const frames = [power, cg].map((film) => [...film.children]);
    for (const film of frames) film.forEach((figure, k) => { figure.classList.toggle("waiting", k > 0); });
    const next = (k: number): void => {
      if (mine !== runs) return;
      let more = false;
      for (const film of frames) {
        film[k]?.classList.remove("waiting");
        more ||= k + 1 < film.length;
      }
      if (more) setTimeout(() => { next(k + 1); }, 550);
    };
    setTimeout(() => { next(1); }, 550);
  };
  const element = h(
    "section", { class: "strip-panel" },
    h("div", { class: "head" }, h("h2", {}, "Inside the step"), h("button", { type: "button", click: run }, "Run step by step")),
    h("div", { class: "films" },
      h("div", {}, h("h3", {}, "Power iteration"), h("p", {}, "Multiply by the Hessian, normalize, repeat: the vector turns to the direction of the largest curvature."), power),
      h("div", {}, h("h3", {}, "Conjugate gradients"), h("p", {}, "Two products with the Hessian solve Newton's system in the plane; negative curvature ends it early."), cg)),
  );
  return {
    element,
    show: (surface, local) => {
      runs += 1;
      try {
        power.replaceChildren(...(local ? powerFrames(surface, local) : []));
        cg.replaceChildren(...(local ? cgFrames(surface, local) : []));
      } catch {
        // No derivatives at the point: the readout says so.
        power.replaceChildren();
        cg.replaceChildren();
      }
    },
  };
}
