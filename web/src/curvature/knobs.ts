// Trust radius and damping.

import type { Store } from "../state";
import { h, setText } from "../ui/dom";
import { plain, short } from "../ui/format";
import type { Camera } from "../view/camera";
import { PATH } from "./seen";

export interface Knobs {
  readonly element: HTMLElement;
  /** Puts the knobs where radius and damping are. */
  readonly turn: (radius: number, camera: Camera, damping: number) => void;
  /** Writes the numbers beside them. */
  readonly write: (radius: number, damping: number) => void;
}

export function createKnobs(store: Store, camera: () => Camera): Knobs {
  const radius = h("input", { type: "range", id: "trust", min: -2.5, max: 0.5, step: 0.01 });
  const radiusOut = h("output", { for: "trust" });
  radius.addEventListener("input", () => {
    const { y0, y1 } = camera();
    store.set({ radius: Number(plain((y1 - y0) * 10 ** Number(radius.value), 3)) });
  });
  const damping = h("input", { type: "range", id: "damping", min: 0, max: 1, step: 1 / (PATH - 1) });
  const dampingOut = h("output", { for: "damping" });
  damping.addEventListener("input", () => { store.set({ damping: Number(damping.value) }); });
  const element = h(
    "div", { class: "knobs" },
    h("label", { for: "trust" }, "trust radius"), radius, radiusOut,
    h("label", { for: "damping" }, "damping"), damping, dampingOut,
  );
  return {
    element,
    turn: (size, { y0, y1 }, part) => {
      radius.value = String(Math.log10(size / (y1 - y0)));
      damping.value = String(part);
    },
    write: (size, value) => {
      setText(dampingOut, value === 0 ? "0: Newton" : short(value));
      setText(radiusOut, short(size));
    },
  };
}
