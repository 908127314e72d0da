// What mouse, fingers and keys do to the map.

import type { Point, Rectangle } from "../state";
import { type Camera, panned, toPlane, zoomed } from "./camera";

export interface Gestures {
  /** Pressed, or dragged with the button down, at a point of the plane. */
  readonly pressed: (at: Point, first: boolean) => void;
  readonly released: () => void;
  /** The mouse over the map without a button; null when it leaves. */
  readonly hovered: (at: Point | null) => void;
  /** A finger that stays. */
  readonly held: (at: Point) => void;
  readonly moved: (window: Rectangle) => void;
  readonly reset: () => void;
  /** A finger drags the map's point rather than the page. */
  readonly camera: () => Camera;
}

/** Milliseconds, less than what browsers take for a press that opens a menu. */
const HOLD = 400;

export function listen(map: HTMLElement, on: Gestures): void {
  let mode: "none" | "press" | "pan" | "tap" = "none";
  let last: Point = [0, 0];
  let timer = 0;

  const local = (event: { clientX: number; clientY: number }): Point => {
    const box = map.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const plane = ([x, y]: Point): Point => toPlane(on.camera(), x, y);

  map.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Element && event.target.closest("button, input, a, summary")) return;
    last = local(event);
    if (event.pointerType === "touch") {
      mode = "tap";
      timer = window.setTimeout(() => {
        if (mode === "tap") on.held(plane(last));
        mode = "none";
      }, HOLD);
      return;
    }
    mode = event.button === 0 && !event.shiftKey ? "press" : "pan";
    map.setPointerCapture(event.pointerId);
    if (mode === "press") on.pressed(plane(last), true);
    map.classList.toggle("panning", mode === "pan");
  });
  map.addEventListener("pointermove", (event) => {
    const at = local(event);
    if (event.pointerType !== "touch" && mode === "none") on.hovered(plane(at));
    if (mode === "press") on.pressed(plane(at), false);
    if (mode === "pan") {
      on.moved(panned(on.camera(), at[0] - last[0], at[1] - last[1]));
      last = at;
    }
    if (mode === "tap" && Math.hypot(at[0] - last[0], at[1] - last[1]) > 10) mode = "none";
  });
  const end = (event: PointerEvent): void => {
    clearTimeout(timer);
    if (mode === "tap" && event.type === "pointerup") {
      on.pressed(plane(local(event)), true);
      on.released();
    }
    if (mode === "press") on.released();
    mode = "none";
    map.classList.remove("panning");
  };
  map.addEventListener("pointerup", end);
  map.addEventListener("pointercancel", end);
  map.addEventListener("pointerleave", () => {
    if (mode === "none") on.hovered(null);
  });
  map.addEventListener("contextmenu", (event) => {
    if (!(event.target instanceof Element && event.target.closest("button"))) event.preventDefault();
  });

  map.addEventListener("wheel", (event) => {
    // The page keeps scrolling, if it can, unless the map was meant.
    const scrolls = document.documentElement.scrollHeight > window.innerHeight;
    if (!event.ctrlKey && !event.metaKey && scrolls) return;
    event.preventDefault();
    const [x, y] = local(event);
    on.moved(zoomed(on.camera(), Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), x, y));
  }, { passive: false });
  map.addEventListener("dblclick", (event) => {
    if (event.target instanceof Element && event.target.closest("button")) return;
    event.preventDefault();
  });

  let fingers: readonly Point[] = [];
  const touches = (event: TouchEvent): Point[] => [...event.touches].map(local);
  map.addEventListener("touchstart", (event) => {
    fingers = touches(event);
    if (fingers.length > 1) {
      mode = "none";
      clearTimeout(timer);
    }
  }, { passive: true });
  map.addEventListener("touchmove", (event) => {
    const now = touches(event);
    const [a, b] = fingers;
    const [c, d] = now;
    if (!a || !b || !c || !d) return;
    event.preventDefault();
    const middle: Point = [(c[0] + d[0]) / 2, (c[1] + d[1]) / 2];
    const factor = Math.hypot(c[0] - d[0], c[1] - d[1]) / Math.hypot(a[0] - b[0], a[1] - b[1]);
    on.moved(panned(on.camera(), middle[0] - (a[0] + b[0]) / 2, middle[1] - (a[1] + b[1]) / 2));
    on.moved(zoomed(on.camera(), Number.isFinite(factor) ? factor : 1, middle[0], middle[1]));
    fingers = now;
  }, { passive: false });

  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const camera = on.camera();
    const middle: Point = [camera.width / 2, camera.height / 2];
    if (event.key === "+" || event.key === "=") on.moved(zoomed(camera, 1.25, ...middle));
    else if (event.key === "-") on.moved(zoomed(camera, 0.8, ...middle));
    else if (event.key === "0") on.reset();
    else return;
    event.preventDefault();
  });
}
