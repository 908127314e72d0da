// What the opened row shows: a method's settings and what it believes.

import type { MethodInfo } from "../core";
import { type MethodDescription, type SettingInfo, described, loadDescriptions } from "../described";
import type { Entrant, SettingValue } from "../state";
import { h, setText } from "../ui/dom";
import { many, plain, short } from "../ui/format";
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

/** Marks a field that was emptied. */
const EMPTIED = "data-emptied";

const label = (name: string): string => name.replaceAll(/[._]/g, " ");
const words = (text: string): string => text.replaceAll("`", "").replaceAll("None", "empty");

const fieldId = (entrant: Entrant, setting: string): string => `setting-${entrant.id}-${setting}`;

/** A setting under the name that the core reads, with a dot before that of a setting of settings. */
interface Field {
  readonly name: string;
  readonly info: SettingInfo;
  /** Whether it is shown at once. */
  readonly first: boolean;
}

/** The settings that the page can show; of settings of settings the first is shown at once. */
function fieldsOf(settings: readonly SettingInfo[]): Field[] {
  return settings.flatMap((info): Field[] =>
    info.settings
      ? info.settings.map((inner, i) => ({ name: `${info.name}.${inner.name}`, info: inner, first: i === 0 }))
      : [{ name: info.name, info, first: true }])
    .filter(({ info }) => /number/.test(info.takes) || choices(info).length > 1);
}

/** The values of a choice that a word names, the default, an empty one, before. */
function choices(info: SettingInfo): readonly (readonly [value: string, text: string])[] {
  if (!info.choices) return [];
  const usual = info.default;
  const name = typeof usual === "string" ? usual : Object.keys(usual ?? {})[0] ?? "";
  const others = info.choices.filter((choice) =>
    choice.name !== usual && (choice.takes === null || choice.takes.startsWith("settings")));
  return [["", `${label(name)} (default)`], ...others.map((choice) => [choice.name, label(choice.name)] as const)];
}

function field(track: Track, { name, info }: Field, tuned: boolean, actions: DetailsActions): HTMLElement {
  const { entrant } = track;
  const given = entrant.settings[name];
  const id = fieldId(entrant, name);
  const change = (value: SettingValue | null): void => { actions.changed(entrant, name, value); };
  let control: HTMLElement;
  if (info.choices) {
    const select = h(
      "select",
      { id },
      ...choices(info).map(([value, text]) => h("option", { value, selected: value === (given ?? "") }, text)),
    );
    select.addEventListener("change", () => { change(select.value === "" ? null : select.value); });
    control = select;
  } else {
    const usual = typeof info.default === "number" ? info.default : null;
    const effective = given ?? track.settings[name];
    const value = typeof effective === "number" ? effective : usual;
    const whole = info.takes.startsWith("whole");
    const input = h("input", {
      id,
      type: "number",
      step: whole ? 1 : "any",
      inputmode: "decimal",
      value: value === null ? "" : plain(value),
      placeholder: "automatic",
    });
    if (info.low !== null) input.min = String(info.low);
    if (info.high !== null) input.max = String(info.high);
    input.addEventListener("change", () => {
      const typed = Number(input.value);
      const usable = input.value.trim() !== "" && Number.isFinite(typed);
      // Emptied, it shows the value in use, focused or not.
      input.toggleAttribute(EMPTIED, !usable);
      change(usable && typed !== usual ? typed : null);
    });
    control = input;
    const ends = whole || usual === null ? null : span(info, usual);
    if (ends && value !== null) {
      control = h("span", { class: "with-slider" }, input, slider(...ends, value, label(name), (v) => {
        input.value = plain(v, 3);
        change(Number(plain(v, 3)));
      }));
    }
  }
  const found = tuned ? h("small", { class: "found" }) : "";
  const meaning = [words(info.meaning), info.range === "" || info.choices ? "" : `Allowed: ${words(info.range)}.`].join(" ");
  return h("div", { class: "field" }, h("label", { for: id }, label(name)), control, found, h("small", { class: "meaning" }, meaning));
}

/** Where a slider goes: over the range inside its ends, or three powers of ten around the default. */
function span(info: SettingInfo, usual: number): readonly [number, number] | null {
  if (info.low !== null && info.high !== null) {
    const rim = 1e-4 * (info.high - info.low);
    return [info.low + rim, info.high - rim];
  }
  if (usual <= 0) return null;
  return [Math.max(usual / 1e3, info.low ?? 0), Math.min(usual * 1e3, info.high ?? Infinity)];
}

/** What costs and keeps, and the settings. */
function says(track: Track, method: MethodInfo, description: MethodDescription, actions: DetailsActions): HTMLElement[] {
  const fields = fieldsOf(description.settings);
  const shown = (first: boolean): HTMLElement[] => fields
    .filter((one) => one.first === first)
    .map((one) => field(track, one, method.tuned === one.name, actions));
  const letters = Object.entries(description.letters).map(([letter, what]) => `${letter} ${what}`).join(", ");
  const more = shown(false);
  return [
    h("div", { class: "fields" }, ...shown(true)),
    ...(more.length > 0 ? [h("details", {}, h("summary", {}, "More settings"), h("div", { class: "fields" }, ...more))] : []),
    h("p", { class: "costs" }, h("small", {}, `A step costs, beside value and gradient: ${description.cost}. It keeps ${description.memory} numbers, with ${letters}. ${words(description.source)}`)),
  ];
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
  const said = h("div", { class: "said" });
  const fill = (): void => {
    const description = described()?.[method.name];
    if (description) said.replaceChildren(...says(track, method, description, actions));
  };
  fill();
  if (!described()) loadDescriptions().then(fill, () => { setText(said, "The settings could not be loaded."); });
  const element = h(
    "div",
    { class: "details" },
    h("p", { class: "full-name" }, method.title, method.needs.length > 0 ? h("small", {}, ` needs ${method.needs.join(", ")}`) : ""),
    failure,
    said,
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
      if (input && typeof value === "number" && (document.activeElement !== input || input.hasAttribute(EMPTIED))) {
        input.value = plain(value);
        input.removeAttribute(EMPTIED);
      }
      const found = element.querySelector(".found");
      if (found) setText(found, sought(now));
    },
  };
}

/** What is said of a step that was searched for; nothing of one that was given. */
function sought({ found, provisional }: Track): string {
  if (provisional) return "the best from this start is searched for";
  return found ? `the best of ${found.runs} from this start, found at the work of ${many(found.work, "gradient")}` : "";
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
