// Points that are dragged by mouse, finger and arrow keys: real buttons over the map.

import { h } from "../ui/dom";
import { pair } from "../ui/format";
import type { Point } from "../state";
import { type Camera, scales, screenX, screenY, toPlane } from "./camera";

export interface Handle {
  readonly element: HTMLButtonElement;
  /** Puts it at a point of the plane, or hides it outside of the map; its name to the left if asked. */
  readonly place: (camera: Camera, at: Point, left?: boolean) => void;
}

interface Options {
  readonly kind: string;
  readonly tag: string;
  readonly camera: () => Camera;
  readonly moved: (to: Point) => void;
  /** When it is let go, or Enter or the space bar is pressed on it. */
  readonly pressed?: () => void;
}

/** Pixels that an arrow key moves. */
const STEP = 8;

export function createHandle(options: Options): Handle {
  const tag = h("span", { class: "tag", "aria-hidden": "true" }, options.tag);
  const element = h("button", { type: "button", class: `handle ${options.kind}` }, h("span", { class: "dot" }), tag);
  let at: Point = [0, 0];
  let grip: Point | null = null;
  let dragged = false;
  /** Whether a press began here: a tap on the map may end on a handle that it has brought. */
  let armed = false;

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const box = element.getBoundingClientRect();
    grip = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
    dragged = false;
    armed = true;
    element.setPointerCapture(event.pointerId);
    event.stopPropagation();
  });
  element.addEventListener("pointermove", (event) => {
    const map = element.parentElement;
    if (!grip || !map) return;
    const box = map.getBoundingClientRect();
    dragged = true;
    element.classList.add("dragging");
    options.moved(
      toPlane(options.camera(), event.clientX - box.left - grip[0], event.clientY - box.top - grip[1]),
    );
  });
  const release = (): void => {
    grip = null;
    element.classList.remove("dragging");
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);
  element.addEventListener("click", (event) => {
    const byKey = event.detail === 0;
    if (byKey || (armed && !dragged)) options.pressed?.();
    armed = false;
  });
  element.addEventListener("keydown", (event) => {
    const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] } as const)[
      event.key as "ArrowLeft"
    ];
    if (way === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const step = event.shiftKey ? STEP * 5 : event.altKey ? 1 : STEP;
    const [sx, sy] = scales(options.camera());
    // The next key may come before the next frame.
    at = [at[0] + (way[0] * step) / sx, at[1] + (way[1] * step) / sy];
    options.moved(at);
  });

  return {
    element,
    place: (camera, point, left = false) => {
      at = point;
      const x = screenX(camera, point[0]);
      const y = screenY(camera, point[1]);
      const inside = x >= -1 && y >= -1 && x <= camera.width + 1 && y <= camera.height + 1;
      element.hidden = !inside;
      element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
      element.classList.toggle("left", x > camera.width - 140 || (left && x > 140));
      element.classList.toggle("below", y < 40);
      element.setAttribute("aria-label", `${tag.textContent} at ${pair(point[0], point[1])}. Arrow keys move it.`);
    },
  };
}
