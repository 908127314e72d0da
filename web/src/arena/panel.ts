// What stands beside the map: how the race is measured, its curves, its table, its methods.

import { type Axis, MOST_ITERATIONS, type Measure, type State, type Store } from "../state";
import { h, setText } from "../ui/dom";
import { short } from "../ui/format";
import { segments } from "../ui/segments";
import { term } from "../ui/term";
import type { Picker } from "./picker";

const COUNTS = "Iterations are steps of the method. Evaluations are all questions to the function: its value f, gradient ∇f, products with the Hessian and the Hessian ∇²f itself, each counted as one. Work gives them their prices, in gradients: a value alone a third, a product with the Hessian 2, a Hessian of two variables 2.";
const HEIGHTS = "Value: the gap, how far f is above the lowest minimum that is known or was found. Gradient: the largest entry of ∇f in size, which is zero where f is flat. Both on a logarithmic scale.";
const ENDS = "Converged: the gradient has fallen to a hundred-millionth of that at the start, unless other tolerances are given, and, for methods that know curvature, their model promises no more to gain. Precision limit: rounding leaves nothing to gain. Out of steps: the iterations that a run may take did not suffice. Not lowest: at a minimum, but a lower one is known. Diverged: the step is too long. Unbounded: the values fall without end.";
const SLIDERS = "α is the step and β the momentum. At the red line α reaches the limit from which on the steps around the minimum grow; λ is the largest curvature there. The green mark is the best step of many runs from this start, whose work, in gradients, is said beside it.";

export interface Panel {
  readonly element: HTMLElement;
  /** Shows what is chosen. */
  readonly show: (now: State) => void;
  /** Says who is first. */
  readonly judge: (sentence: string) => void;
  /** Whether curves and numbers are of the race that goes on, or of one from a start that has moved on. */
  readonly fresh: (fresh: boolean) => void;
}

export function createPanel(
  store: Store,
  curves: Element,
  table: Element,
  picker: Picker,
  refusal: (method: string) => string,
): Panel {
  const axis = segments<Axis>("Race by", "axis", [
    ["iterations", "iterations"], ["evaluations", "evaluations"], ["work", "work"],
  ], (value) => { store.set({ axis: value, time: null, playing: false }); });
  const measure = segments<Measure>("Curves show", "measure", [
    ["gap", "value"], ["gradient", "gradient"],
  ], (value) => { store.set({ measure: value }); });
  const edit = h("button", { type: "button", class: "edit", "aria-haspopup": "dialog" }, "Choose methods…");
  edit.addEventListener("click", () => { picker.open(store.get().entrants, refusal); });
  const words = h("p", { class: "verdict" });
  const most = h("input", { type: "number", class: "limit", min: "1", max: String(MOST_ITERATIONS), step: "1", "aria-label": "Most iterations of a run" });
  const others = h("small");
  most.addEventListener("change", () => {
    const iterations = most.valueAsNumber;
    const { limits } = store.get();
    if (Number.isInteger(iterations) && iterations >= 1 && iterations <= MOST_ITERATIONS) store.set({ limits: { ...limits, iterations }, time: null, playing: false });
    else most.value = String(limits.iterations ?? "");
  });
  const element = h(
    "div",
    { class: "arena" },
    h("div", { class: "choices" },
      h("span", { class: "group" }, h("small", {}, "race by"), axis.element, term("What do the races count?", COUNTS)),
      h("span", { class: "group" }, h("small", {}, "curves of"), measure.element, term("What do the curves show?", HEIGHTS))),
    curves,
    words,
    table,
    h("div", { class: "choices" }, edit,
      h("span", { class: "group" }, h("small", {}, "Open a row for its settings and what it believes."), term("What do the words of the table mean?", `${ENDS} ${SLIDERS}`))),
    h("div", { class: "choices" }, h("label", {}, h("small", {}, "A run takes at most "), most, h("small", {}, " iterations")), others),
    picker.element,
  );
  return {
    element,
    show: (now) => {
      axis.set(now.axis);
      if (document.activeElement !== most) most.value = String(now.limits.iterations ?? "");
      const more = Object.entries(now.limits).filter(([name]) => name !== "iterations");
      setText(others, more.map(([name, value]) => `${name.replace("-", " ")} ${short(value)}`).join(", "));
      measure.set(now.measure);
    },
    judge: (sentence) => { setText(words, sentence); },
    fresh: (fresh) => { element.classList.toggle("past", !fresh); },
  };
}
