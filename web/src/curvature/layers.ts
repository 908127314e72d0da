// What is drawn at the point, how its lines look, and the legend that switches it.

import { LAYERS, type Layer, type Store } from "../state";
import { h, show, svg } from "../ui/dom";
import { inks } from "../view/looks";

/** How a line is drawn. */
export interface Line {
  readonly stroke: string;
  readonly width: number;
  readonly dashes?: readonly number[];
  readonly opacity?: number;
}

/** The lines by what they show. */
export function linesOf(dark: boolean) {
  const { ink, quiet, accent } = inks(dark);
  const [pink, green] = dark ? ["#f08ab0", "#2cc79a"] : ["#cc4778", "#00845f"];
  return {
    model: { stroke: accent, width: 1, opacity: 0.35 },
    trusted: { stroke: accent, width: 1.6, dashes: [5, 4] },
    trust: { stroke: ink, width: 1.6, dashes: [9, 6] },
    curvature: { stroke: pink, width: 2.4 },
    negative: { stroke: pink, width: 2.4, dashes: [3, 4] },
    axes: { stroke: quiet, width: 1 },
    fisher: { stroke: green, width: 2.4, dashes: [10, 4, 2, 4] },
    path: { stroke: ink, width: 1.6, dashes: [2, 3.5] },
    steps: { stroke: quiet, width: 2.2 },
    gradient: { stroke: ink, width: 2.6 },
  } as const satisfies Record<string, Line>;
}

/** Each layer's lines, and what they are. */
const LEGEND: Readonly<Record<Layer, readonly (readonly [keyof ReturnType<typeof linesOf>, string])[]>> = {
  model: [["trusted", "the model's level lines"], ["model", "where it is not trusted"]],
  trust: [["trust", "trust region, drag its rim"]],
  curvature: [["curvature", "curvature: ellipse or hyperbola"], ["negative", "where it curves downwards"]],
  axes: [["axes", "eigenvectors"]],
  fisher: [["fisher", "Fisher information"]],
  path: [["path", "Newton's step to the gradient's, ○ the slider's"]],
  steps: [["steps", "the next steps"]],
  gradient: [["gradient", "−∇f, its direction"]],
};

export interface LayerKey {
  readonly element: HTMLElement;
  readonly show: (hidden: readonly Layer[], dark: boolean, withFisher: boolean) => void;
}

function sample({ stroke, width, dashes = [], opacity = 1 }: Line): SVGSVGElement {
  return svg("svg", { width: 26, height: 8, viewBox: "0 0 26 8", "aria-hidden": "true" },
    svg("path", { d: "M0 4H26", fill: "none", stroke, "stroke-width": width, "stroke-dasharray": dashes.join(" "), "stroke-opacity": opacity }));
}

/** A switch for each layer. */
export function createLayerKey(store: Store): LayerKey {
  const rows = LAYERS.map((layer) => {
    const input = h("input", { type: "checkbox", value: layer });
    input.addEventListener("change", () => {
      const { hidden } = store.get();
      store.set({ hidden: LAYERS.filter((one) => (one === layer ? !input.checked : hidden.includes(one))) });
    });
    const legend = h("span");
    return { layer, input, legend, element: h("label", {}, input, legend) };
  });
  let painted: boolean | null = null;
  return {
    element: h("div", { class: "key", role: "group", "aria-label": "What is drawn" }, ...rows.map(({ element }) => element)),
    show: (hidden, dark, withFisher) => {
      for (const { layer, input, legend, element } of rows) {
        input.checked = !hidden.includes(layer);
        show(element, layer !== "fisher" || withFisher);
        if (painted !== dark) legend.replaceChildren(...LEGEND[layer].flatMap(([line, words]) => [sample(linesOf(dark)[line]), words]));
      }
      painted = dark;
    },
  };
}
