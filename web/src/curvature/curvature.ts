// The curvature visualizer: everything second derivatives say at a point.

import type { Change, Context, Pane } from "../context";
import { modelContours, steps as stepsFrom } from "../core";
import type { Point } from "../state";
import { h, setText } from "../ui/dom";
import { plain, short } from "../ui/format";
import { scales } from "../view/camera";
import { createHandle } from "../view/handles";
import { createDrawing, drawModel, freeDirection } from "./drawing";
import { createLandscape } from "./landscape";
import { type Local, localAt } from "./local";
import { createReadout } from "./readout";
import { createSteps } from "./steps";
import { createStrip } from "./strip";

/** Points of the way from Newton's step to the gradient's. */
const PATH = 41;

export function createCurvature(context: Context): Pane {
  const { store, map } = context;
  const drawing = createDrawing();
  const readout = createReadout();
  const strip = createStrip();
  const landscape = createLandscape();
  let local: Local | null = null;
  let shownAt: Point | null = null;
  let stripTimer = 0;
  const steps = createSteps(() => { redraw(); });

  const radiusHandle = createHandle({
    kind: "radius", tag: "radius", camera: map.camera,
    moved: (to) => {
      const { point } = store.get();
      const radius = Math.hypot(to[0] - point[0], to[1] - point[1]);
      if (radius > 0) store.set({ radius, pinned: true });
    },
  });

  /** A radius of a sixth of the window where none was chosen. */
  const radius = (): number => {
    const camera = map.camera();
    return store.get().radius ?? Number(((camera.y1 - camera.y0) / 6).toPrecision(2));
  };

  const number = (id: string, words: string, typed: (value: number) => void): HTMLInputElement => {
    const input = h("input", { type: "number", id, step: "any", inputmode: "decimal" });
    input.addEventListener("change", () => {
      const value = Number(input.value);
      if (input.value.trim() !== "" && Number.isFinite(value)) typed(value);
    });
    input.setAttribute("aria-label", words);
    return input;
  };
  const xInput = number("point-x", "first coordinate", (x) => { store.set({ point: [x, store.get().point[1]], pinned: true }); });
  const yInput = number("point-y", "second coordinate", (y) => { store.set({ point: [store.get().point[0], y], pinned: true }); });
  const xName = h("i");
  const yName = h("i");
  const pin = h("button", { type: "button", class: "pin", "aria-pressed": "false" }, "Pin");
  pin.addEventListener("click", () => { store.set({ pinned: !store.get().pinned }); });
  const under = h(
    "div", { class: "place" },
    h("label", {}, xName, xInput), h("label", {}, yName, yInput), pin,
    h("small", {}, "Move over the map; click to pin. On a phone, tap."),
  );

  const radiusInput = h("input", { type: "range", id: "trust", min: -2.5, max: 0.5, step: 0.01 });
  const radiusOut = h("output", { for: "trust" });
  radiusInput.addEventListener("input", () => {
    const camera = map.camera();
    store.set({ radius: Number(plain((camera.y1 - camera.y0) * 10 ** Number(radiusInput.value), 3)) });
  });
  const dampingInput = h("input", { type: "range", id: "damping", min: 0, max: 1, step: 1 / (PATH - 1) });
  const dampingOut = h("output", { for: "damping" });
  dampingInput.addEventListener("input", () => { store.set({ damping: Number(dampingInput.value) }); });
  const controls = h(
    "div", { class: "knobs" },
    h("label", { for: "trust" }, "trust radius"), radiusInput, radiusOut,
    h("label", { for: "damping" }, "damping"), dampingInput, dampingOut,
  );
  const key = h(
    "ul", { class: "key" },
    h("li", { class: "k-model" }, "model's level lines"),
    h("li", { class: "k-curvature" }, "curvature ellipse, or hyperbola"),
    h("li", { class: "k-negative" }, "where it curves downwards"),
    h("li", { class: "k-path" }, "Newton's step to the gradient's"),
    h("li", { class: "k-trust" }, "trust region"),
    h("li", { class: "k-fisher" }, "Fisher information"),
  );

  const redraw = (): void => {
    const { point, damping } = store.get();
    const camera = map.camera();
    const dark = context.dark();
    const surface = context.surface();
    local = localAt(surface, point);
    const names = context.info().variables;
    const summary = readout.show(local, names);
    if (shownAt === null || shownAt[0] !== point[0] || shownAt[1] !== point[1]) {
      shownAt = point;
      if (store.get().pinned) context.say(summary);
      clearTimeout(stripTimer);
      stripTimer = window.setTimeout(() => { strip.show(surface, local); }, 120);
    }
    if (!local) {
      drawing.draw(null);
      drawModel(map.layer, null, camera, { at: point, radius: 0 }, dark);
      return;
    }
    const lines = map.lines();
    const grid = { ...camera, columns: Math.round(camera.width / 16), rows: Math.round(camera.height / 16) };
    const levels = lines && lines.levels.filter((_, k) => k % 2 === 1);
    const model = levels && modelContours(surface, point[0], point[1], grid, levels);
    drawModel(map.layer, model, camera, { at: point, radius: radius() }, dark);
    const whole = surface.damped_path(point[0], point[1], PATH);
    // The first damping of an indefinite Hessian makes it singular: there is no step.
    const path = (whole[0] ?? 0) > 0 ? whole.subarray(3) : whole;
    const at = 3 * Math.min(Math.round(damping * (PATH - 1)), Math.max(0, path.length / 3 - 1));
    const value = path[at] ?? 0;
    const all = stepsFrom(surface, point[0], point[1], radius(), value);
    steps.show(all, dark);
    const lit = steps.lit();
    drawing.draw({
      local, camera, radius: radius(), path, dark,
      damped: path.length > 0 ? [path[at + 1] ?? 0, path[at + 2] ?? 0] : null,
      steps: all.flatMap((step) => {
        const look = steps.lookOf(step.method);
        return look && step.method !== "damped" && (lit === null || lit === step.method)
          ? [{ step, look, strong: lit === step.method }]
          : [];
      }),
    });
    setText(dampingOut, value === 0 ? "0: Newton" : short(value));
  };

  return {
    side: h("div", { class: "curvature-side" }, readout.element, controls, steps.element),
    under: h("div", {}, under, key),
    below: h("div", { class: "curvature-below" }, strip.element, landscape.element),
    enter: () => {
      map.overlay.append(drawing.element);
      map.handles.append(radiusHandle.element);
      shownAt = null;
      landscape.draw(context.dark());
      landscape.resize();
    },
    leave: () => {
      drawing.element.remove();
      radiusHandle.element.remove();
    },
    resized: () => { landscape.resize(); },
    update: ({ now, surface }: Change) => {
      const camera = map.camera();
      if (surface) shownAt = null;
      redraw();
      landscape.draw(context.dark());
      const names = context.info().variables;
      setText(xName, names[0]);
      setText(yName, names[1]);
      const [sx] = scales(camera);
      const digits = Math.max(3, Math.ceil(Math.log10(Math.max(1, sx))) + 3);
      if (document.activeElement !== xInput) xInput.value = plain(now.point[0], digits);
      if (document.activeElement !== yInput) yInput.value = plain(now.point[1], digits);
      pin.setAttribute("aria-pressed", String(now.pinned));
      setText(pin, now.pinned ? "Let go" : "Pin");
      const r = radius();
      const [ux, uy] = local ? freeDirection(local, camera) : [0.8, -0.6];
      radiusHandle.place(camera, [now.point[0] + r * ux, now.point[1] + r * uy]);
      radiusInput.value = String(Math.log10(r / (camera.y1 - camera.y0)));
      setText(radiusOut, short(r));
      dampingInput.value = String(now.damping);
      key.classList.toggle("with-fisher", context.info().fisher);
    },
    frame: () => false,
  };
}
