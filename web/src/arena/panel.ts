// What stands beside the map: how the race is measured, its curves, its table, its methods.

import type { Axis, Measure, State, Store } from "../state";
import { h, setText } from "../ui/dom";
import { short } from "../ui/format";
import { segments } from "../ui/segments";
import type { Picker } from "./picker";

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
  const most = h("input", { type: "number", class: "limit", min: "1", max: "100000", step: "1", "aria-label": "Most iterations of a run" });
  const others = h("small");
  most.addEventListener("change", () => {
    const iterations = most.valueAsNumber;
    const { limits } = store.get();
    if (Number.isInteger(iterations) && iterations >= 1 && iterations <= 1e5) store.set({ limits: { ...limits, iterations }, time: null, playing: false });
    else most.value = String(limits.iterations ?? "");
  });
  const element = h(
    "div",
    { class: "arena" },
    h("div", { class: "choices" },
      h("span", { class: "group" }, h("small", {}, "race by"), axis.element),
      h("span", { class: "group" }, h("small", {}, "curves of"), measure.element)),
    curves,
    words,
    table,
    h("div", { class: "choices" }, edit, h("small", {}, "Open a row for its settings and what it believes.")),
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
