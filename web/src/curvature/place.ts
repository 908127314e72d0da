// Where the point is, as numbers that one can type, and whether it is pinned.

import type { State, Store } from "../state";
import { h, setText } from "../ui/dom";
import { plain } from "../ui/format";

export interface Place {
  readonly element: HTMLElement;
  /** Names the two variables. */
  readonly name: (names: readonly [string, string]) => void;
  /** Shows the coordinates, which are not being typed, with as many digits as a pixel at this scale needs. */
  readonly show: (point: State["point"], pixels: number) => void;
  readonly pin: (pinned: boolean) => void;
}

function coordinate(id: string, words: string, typed: (value: number) => void): HTMLInputElement {
  const input = h("input", { type: "number", id, step: "any", inputmode: "decimal" });
  input.addEventListener("change", () => {
    const value = Number(input.value);
    if (input.value.trim() !== "" && Number.isFinite(value)) typed(value);
  });
  input.setAttribute("aria-label", words);
  return input;
}

export function createPlace(store: Store): Place {
  const inputs = [
    coordinate("point-x", "first coordinate", (x) => { store.set({ point: [x, store.get().point[1]], pinned: true }); }),
    coordinate("point-y", "second coordinate", (y) => { store.set({ point: [store.get().point[0], y], pinned: true }); }),
  ] as const;
  const labels = [h("i"), h("i")] as const;
  const button = h("button", { type: "button", class: "pin", "aria-pressed": "false" }, "Pin");
  button.addEventListener("click", () => { store.set({ pinned: !store.get().pinned }); });
  const element = h(
    "div", { class: "place" },
    h("label", {}, labels[0], inputs[0]), h("label", {}, labels[1], inputs[1]), button,
    h("small", {}, "Move over the map; click to pin. On a phone, tap."),
  );
  return {
    element,
    name: (names) => {
      setText(labels[0], names[0]);
      setText(labels[1], names[1]);
    },
    show: (point, pixels) => {
      const digits = Math.max(3, Math.ceil(Math.log10(Math.max(1, pixels))) + 3);
      inputs.forEach((input, i) => {
        if (document.activeElement !== input) input.value = plain(point[i] ?? 0, digits);
      });
    },
    pin: (pinned) => {
      button.setAttribute("aria-pressed", String(pinned));
      setText(button, pinned ? "Let go" : "Pin");
    },
  };
}
