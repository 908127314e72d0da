// A choice of few as radio buttons in one bar.

import { h } from "./dom";

export interface Segments<T extends string> {
  readonly element: HTMLElement;
  readonly set: (value: T) => void;
}

export function segments<T extends string>(
  label: string,
  name: string,
  choices: readonly (readonly [T, string])[],
  chosen: (value: T) => void,
): Segments<T> {
  const inputs = choices.map(([value, words]) => {
    const input = h("input", { type: "radio", name, value, class: "unseen" });
    input.addEventListener("change", () => { chosen(value); });
    return { value, input, element: h("label", {}, input, h("span", {}, words)) };
  });
  return {
    element: h("div", { class: "segments", role: "radiogroup", "aria-label": label }, ...inputs.map((i) => i.element)),
    set: (value) => {
      for (const choice of inputs) choice.input.checked = choice.value === value;
    },
  };
}
