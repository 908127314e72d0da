// The step of each method from the point, and how well the model foretold it.

import { shortName } from "../arena/names";
import { swatch } from "../arena/table";
import type { FirstStep } from "../core";
import { figure, h, setAttributes, setText } from "../ui/dom";
import { short } from "../ui/format";
import { lookOf } from "../view/looks";

/** Those whose steps differ most; the others on demand. */
const FEW = ["damped", "gd-linesearch", "newton", "newton-damped", "trust-cauchy", "trust-dogleg", "trust-exact", "arc", "natural-gradient"];

export interface Steps {
  readonly element: HTMLElement;
  /** Whether the step of a method is shown. */
  readonly shows: (method: string) => boolean;
  readonly show: (steps: readonly FirstStep[], dark: boolean) => void;
  readonly lit: () => string | null;
  /** Lights the row of a method, whose arrow is pointed at. */
  readonly light: (method: string | null) => void;
}

/** Two decimals where that says something. */
function ratioText(ratio: number): string {
  return Math.abs(ratio) < 100 ? ratio.toFixed(2).replace("-", "−") : short(ratio, 2);
}

interface Row {
  readonly row: HTMLTableRowElement;
  readonly cells: readonly HTMLElement[];
  readonly bar: HTMLElement;
}

export function createSteps(changed: () => void): Steps {
  const body = h("tbody");
  const all = h("input", { type: "checkbox", id: "all-steps" });
  all.addEventListener("change", changed);
  const element = h(
    "div", { class: "first-steps" },
    h("div", { class: "head" }, h("h2", {}, "The next step of each method"),
      h("label", { for: "all-steps" }, all, " all methods")),
    h("div", { class: "scroller", tabindex: 0, role: "group", "aria-label": "Steps" },
    h("table", { class: "standings" },
      h("caption", { class: "unseen" }, "The step that each method takes from the point"),
      h("thead", {}, h("tr", {},
        h("th", { scope: "col", class: "method" }, "Method"),
        h("th", { scope: "col", class: "number", title: "Euclidean length" }, "length"),
        h("th", { scope: "col", class: "number", title: "the decrease that the quadratic model of f at the point foretells, whichever model the method has" }, "foretold"),
        h("th", { scope: "col", class: "number", title: "the decrease of f" }, "actual"),
        h("th", { scope: "col", class: "ratio", title: "actual over foretold decrease: 1 where the quadratic model is right" }, "ratio"))),
      body)),
  );
  let rows: Row[] = [];
  let key = "";
  let shownMethods: readonly string[] = [];
  let lit: string | null = null;

  const light = (method: string | null): void => {
    if (lit === method) return;
    lit = method;
    for (const { row } of rows) row.classList.toggle("lit", row.dataset.method === method);
    changed();
  };
  const makeRow = (step: FirstStep, dark: boolean): Row => {
    const which = lookOf(step.method);
    const cells = [figure(), figure(), figure()];
    const bar = h("span", { class: "bar" });
    const ratio = h("span", { class: "ratio-value" });
    const name = step.method === "damped" ? "Newton, by the slider" : shortName(step.method);
    const row = h("tr", { "data-method": step.method },
      h("th", { scope: "row", class: "method", title: step.title }, h("span", { class: "method-name" }, swatch(which, dark), h("span", {}, name))),
      ...cells.map((cell) => h("td", { class: "number" }, cell)), h("td", { class: "ratio" }, h("span", { class: "bar-box" }, bar), ratio));
    row.addEventListener("pointerenter", () => { light(step.method); });
    row.addEventListener("pointerleave", () => { light(null); });
    return { row, cells: [...cells, ratio], bar };
  };
  return {
    element,
    shows: (method) => shownMethods.includes(method),
    lit: () => lit,
    light,
    show: (steps, dark) => {
      const shown = steps.filter((step) => all.checked || FEW.includes(step.method));
      const wanted = JSON.stringify([shown.map((step) => step.method), dark]);
      if (wanted !== key) {
        key = wanted;
        shownMethods = shown.map((step) => step.method);
        rows = shown.map((step) => makeRow(step, dark));
        body.replaceChildren(...rows.map(({ row }) => row));
      }
      shown.forEach((step, i) => {
        const row = rows[i];
        if (!row) return;
        // The model may rise where the function falls: far away, or where the method has another model.
        const rises = (step.predicted ?? 0) < 0;
        const word = (step.actual ?? 0) > 0 ? "not foretold" : "uphill";
        const length = step.dx === null || step.dy === null ? NaN : Math.hypot(step.dx, step.dy);
        const numbers = [length, step.predicted ?? NaN, step.actual ?? NaN, step.ratio ?? NaN];
        row.cells.forEach((cell, c) => { setText(cell, c < 3 ? short(numbers[c] ?? NaN) : (step.why ?? (rises ? word : ratioText(numbers[3] ?? NaN)))); });
        const ratio = rises ? 0 : (step.ratio ?? 0);
        const part = Math.min(1, Math.abs(ratio) / 2);
        row.bar.style.width = `${(100 * part).toFixed(0)}%`;
        setAttributes(row.bar, { class: `bar ${ratio < 0.1 ? "bad" : ratio < 0.75 || ratio > 1.5 ? "warn" : "good"}` });
      });
    },
  };
}
