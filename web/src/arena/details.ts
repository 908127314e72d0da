// What the opened row shows: a method's settings and what it believes.

import type { MethodInfo, SettingInfo } from "../core";
import type { Entrant, SettingValue } from "../state";
import { h, setText } from "../ui/dom";
import { plain, short } from "../ui/format";
import type { Beliefs, Source } from "./beliefs";
import type { Track } from "./race";

export interface Details {
  readonly element: HTMLElement;
  readonly show: (track: Track, beliefs: Beliefs | null) => void;
}

export interface DetailsActions {
  readonly changed: (entrant: Entrant, name: string, value: SettingValue | null) => void;
  readonly twice: (entrant: Entrant) => void;
  readonly remove: (entrant: Entrant) => void;
}

const WORDS: Readonly<Record<string, string>> = {
  "radius.initial": "first radius",
  "weight.initial": "first weight",
  line_search: "line search",
  beta1: "β₁, mean",
  beta2: "β₂, squares",
};

function label(name: string): string {
  return WORDS[name] ?? name.replaceAll("_", " ");
}

const fieldId = (entrant: Entrant, setting: string): string => `setting-${entrant.look}-${setting}`;

function field(track: Track, info: SettingInfo, tuned: boolean, actions: DetailsActions): HTMLElement {
  const { entrant } = track;
  const given = entrant.settings[info.name];
  const id = fieldId(entrant, info.name);
  const change = (value: SettingValue | null): void => { actions.changed(entrant, info.name, value); };
  let control: HTMLElement;
  if (info.kind === "choice") {
    const select = h(
      "select",
      { id },
      ...(info.choices ?? []).map((choice) =>
        h("option", { value: choice, selected: choice === (given ?? info.value) }, choice.replaceAll("_", " "))),
    );
    select.addEventListener("change", () => { change(select.value === info.value ? null : select.value); });
    control = select;
  } else {
    const effective = given ?? track.settings[info.name];
    const value = typeof effective === "number" ? effective : typeof info.value === "number" ? info.value : null;
    const input = h("input", {
      id,
      type: "number",
      step: info.kind === "integer" ? 1 : "any",
      inputmode: "decimal",
      value: value === null ? "" : plain(value),
      placeholder: "automatic",
    });
    if (info.low !== undefined) input.min = String(info.low);
    if (info.high !== undefined) input.max = String(info.high);
    input.addEventListener("change", () => {
      const typed = Number(input.value);
      const usable = input.value.trim() !== "" && Number.isFinite(typed);
      change(usable && typed !== info.value ? typed : null);
    });
    control = input;
    if (info.kind === "number" && value !== null && info.low !== undefined && info.high !== undefined) {
      control = h("span", { class: "with-slider" }, input, slider(info.low, info.high, value, label(info.name), (v) => {
        input.value = plain(v, 3);
        change(Number(plain(v, 3)));
      }));
    }
  }
  const found = tuned && given === undefined ? h("small", {}, "the best of a grid") : "";
  return h("div", { class: "field" }, h("label", { for: id }, label(info.name)), control, found);
}

/** A slider on a logarithmic scale where the range asks for it. */
function slider(low: number, high: number, value: number, name: string, moved: (v: number) => void): HTMLElement {
  const logarithmic = low > 0 && high / low > 100;
  const to = (v: number): number => (logarithmic ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low));
  const from = (p: number): number => (logarithmic ? low * (high / low) ** p : low + (high - low) * p);
  const input = h("input", { type: "range", min: 0, max: 1, step: "any", value: to(value), "aria-label": `${name}, slider` });
  input.addEventListener("input", () => { moved(from(Number(input.value))); });
  return input;
}

export function createDetails(track: Track, method: MethodInfo, actions: DetailsActions): Details {
  const believes = h("p", { class: "believes" });
  const failure = h("p", { class: "failure" });
  const fields = method.settings.map((info) => field(track, info, method.tuned === info.name, actions));
  const element = h(
    "div",
    { class: "details" },
    h("p", { class: "full-name" }, method.title, method.needs.length > 0 ? h("small", {}, ` needs ${method.needs.join(", ")}`) : ""),
    failure,
    ...(fields.length > 0 ? [h("div", { class: "fields" }, ...fields)] : []),
    believes,
    h("p", { class: "actions" },
      h("button", { type: "button", click: () => { actions.twice(track.entrant); } }, "Race it twice"),
      h("button", { type: "button", click: () => { actions.remove(track.entrant); } }, "Remove")),
  );
  return {
    element,
    show: (now, beliefs) => {
      setText(failure, now.failure);
      setText(believes, beliefs === null ? "" : sentence(beliefs));
      // A step that was found meanwhile.
      const tuned = method.tuned;
      const input = tuned === null ? null : element.querySelector<HTMLInputElement>(`[id="${fieldId(track.entrant, tuned)}"]`);
      const value = tuned === null ? undefined : now.settings[tuned];
      if (input && typeof value === "number" && document.activeElement !== input) input.value = plain(value);
    },
  };
}

/** Where a matrix comes from, in words; empty where there is none to be drawn. */
const FROM: Readonly<Record<Source, string>> = {
  nothing: "",
  pairs: "from the steps it took and the gradients' changes along them",
  squares: "a diagonal, from squared gradients",
  hessian: "the true Hessian, anew at each point",
  sizes: "the true Hessian with the sizes of its eigenvalues, one of which is negative here",
  changed: "",
  jacobian: "from the Jacobian of the residuals, without their second derivatives",
  part: "from a part of the Hessian",
  fisher: "the Fisher information of the model instead of the Hessian",
};

function sentence(b: Beliefs): string {
  const matrix = (entries: readonly number[]): string => `(${entries.map((v) => short(v)).join(", ")})`;
  const parts = [
    b.curvature
      ? `Its matrix: ${FROM[b.source]}. Drawn as the filled curve; its entries xx, xy, yy are ${matrix(b.curvature)}${b.source === "hessian" ? "" : `, the true Hessian's, dotted, ${matrix(b.truth)}`}.`
      : b.source === "changed"
        ? `It takes the true Hessian, which is not positive definite here, and changes it until its step goes down; dotted is the true one, with the entries xx, xy, yy ${matrix(b.truth)}.`
        : FROM[b.source] !== ""
          ? `Its matrix: ${FROM[b.source]}, evaluated anew at each point; dotted is the true Hessian, with the entries xx, xy, yy ${matrix(b.truth)}.`
          : `It keeps no curvature; dotted is the true Hessian, with the entries xx, xy, yy ${matrix(b.truth)}.`,
  ];
  if (Number.isFinite(b.radius)) parts.push(`Its trust radius, dashed, is ${short(b.radius)}.`);
  if (Number.isFinite(b.weight)) parts.push(`The weight of its cubic term is ${short(b.weight)}.`);
  return parts.join(" ");
}
