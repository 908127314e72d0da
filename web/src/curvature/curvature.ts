// The curvature visualizer: everything second derivatives say at a point.

import { shortName } from "../arena/names";
import type { Change, Context, Pane } from "../context";
import { type FirstStep, modelContours, steps as stepsFrom } from "../core";
import { numbers, quoted } from "../export/data";
import { localCsv } from "../export/local";
import { escape } from "../export/picture";
import type { Point } from "../state";
import { h, setText, svg } from "../ui/dom";
import { plain, short } from "../ui/format";
import { scales } from "../view/camera";
import { createHandle } from "../view/handles";
import { inks } from "../view/looks";
import { showShapes } from "../view/shapes";
import { type Scene, compose, createLabels, freeDirection } from "./drawing";
import { createLandscape } from "./landscape";
import { type Local, localAt } from "./local";
import { createReadout } from "./readout";
import { createSteps } from "./steps";
import { createStrip } from "./strip";

/** Points of the way from Newton's step to the gradient's. */
const PATH = 41;
/** Numbers change at most this often while the point moves, in milliseconds. */
const READABLE = 80;
const NOTHING = new Float64Array(0);

export function createCurvature(context: Context): Pane {
  const { store, map } = context;
  const drawing = svg("g");
  const labels = createLabels();
  const readout = createReadout();
  const strip = createStrip();
  const landscape = createLandscape();
  let local: Local | null = null;
  let shownAt: Point | null = null;
  let stripTimer = 0;
  // No frame is under way for these: both at once, looks of steps first.
  const steps = createSteps(() => { writeSteps(); draw(); });

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

  /** What is seen at the point; found once for drawing and words. */
  interface Seen {
    readonly local: Local | null;
    readonly path: Float64Array;
    readonly damping: number;
    readonly steps: readonly FirstStep[];
    /** Where in the path the damping is. */
    readonly at: number;
  }
  let seen: Seen | null = null;
  /** What is left to be done for the point. */
  const pending = new Set<() => void>();
  let written = 0;
  /** Whether this frame has had its work. */
  let busy = false;

  const look = (): Seen => {
    if (seen) return seen;
    const { point, damping } = store.get();
    const surface = context.surface();
    local = localAt(surface, point);
    seen = { local, path: NOTHING, damping: 0, steps: [], at: 0 };
    if (local) {
      const path = surface.damped_path(point[0], point[1], PATH);
      const at = 3 * Math.min(Math.round(damping * (PATH - 1)), Math.max(0, path.length / 3 - 1));
      const value = path[at] ?? 0;
      seen = { local, path, damping: value, steps: stepsFrom(surface, point[0], point[1], radius(), value), at };
    }
    return seen;
  };

  const scene = (): Scene | null => {
    const { local: model, path, steps: all, at } = look();
    if (!model) return null;
    const { point } = store.get();
    const camera = map.camera();
    const grid = { ...camera, columns: Math.round(camera.width / 16), rows: Math.round(camera.height / 16) };
    // Every other level of the surface's.
    const levels = map.lines()?.levels.filter((_, k) => k % 2 === 1);
    const lines = levels ? modelContours(context.surface(), point[0], point[1], grid, levels) : null;
    const lit = steps.lit();
    return {
      local: model, camera, radius: radius(), lines, path, dark: context.dark(),
      damped: path.length > 0 ? [path[at + 1] ?? 0, path[at + 2] ?? 0] : null,
      steps: all.flatMap((step) => {
        const which = steps.lookOf(step.method);
        return which && step.method !== "damped" && (lit === null || lit === step.method)
          ? [{ step, look: which, strong: lit === step.method }]
          : [];
      }),
    };
  };
  const draw = (): void => {
    const now = scene();
    const { shapes, labels: texts } = now ? compose(now) : { shapes: [], labels: [] };
    showShapes(drawing, shapes);
    labels.show(texts);
  };

  const writeSteps = (): void => {
    steps.show(look().steps, context.dark());
  };
  const write = (): void => {
    written = performance.now();
    const { local: model, damping } = look();
    const { point, pinned } = store.get();
    const names = context.info().variables;
    const summary = readout.show(model, names);
    setText(dampingOut, damping === 0 ? "0: Newton" : short(damping));
    const [sx] = scales(map.camera());
    const digits = Math.max(3, Math.ceil(Math.log10(Math.max(1, sx))) + 3);
    if (document.activeElement !== xInput) xInput.value = plain(point[0], digits);
    if (document.activeElement !== yInput) yInput.value = plain(point[1], digits);
    setText(radiusOut, short(radius()));
    if (shownAt === null || shownAt[0] !== point[0] || shownAt[1] !== point[1]) {
      shownAt = point;
      if (pinned) context.say(summary);
      clearTimeout(stripTimer);
      stripTimer = window.setTimeout(() => { strip.show(context.surface(), model); }, 120);
    }
  };

  /** One of them a frame, so that no frame is late: numbers first where they are old. */
  const one = (): void => {
    busy = true;
    const old = performance.now() - written > READABLE;
    const next = (old ? [write, writeSteps, draw] : [draw, write, writeSteps]).find((job) => pending.delete(job));
    next?.();
  };
  const redraw = (): void => {
    seen = null;
    for (const job of [draw, write, writeSteps]) pending.add(job);
    one();
  };

  return {
    side: h("div", { class: "curvature-side" }, readout.element, controls, steps.element),
    under: h("div", {}, under, key),
    below: h("div", { class: "curvature-below" }, strip.element, landscape.element),
    enter: () => {
      map.layer.clearRect(0, 0, map.camera().width, map.camera().height);
      map.overlay.append(drawing, labels.element);
      map.handles.append(radiusHandle.element);
      shownAt = null;
      landscape.draw(context.dark());
      landscape.resize();
    },
    leave: () => {
      drawing.remove();
      labels.element.remove();
      radiusHandle.element.remove();
    },
    resized: () => { landscape.resize(); },
    picture: () => {
      draw();
      const { ink, paper } = inks(context.dark());
      const now = scene();
      const texts = now ? compose(now).labels : [];
      return {
        title: context.info().title,
        content: drawing.innerHTML + texts.map(({ text, x, y }) =>
          `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" text-anchor="middle" font-size="13" font-weight="600" paint-order="stroke" stroke="${paper}" stroke-width="4" fill="${ink}">${escape(text)}</text>`).join("\n"),
        legend: (now?.steps ?? []).map(({ look: which, step }) => ({ look: which, words: shortName(step.method) })),
        caption: readout.show(look().local, context.info().variables),
      };
    },
    csv: () => localCsv(look().local, radius(), look().damping, look().steps),
    command: () => `ravine diagnose ${quoted(store.get().surface)} --at ${numbers(store.get().point)}`,
    update: ({ now, surface, camera: moved }: Change) => {
      if (surface) shownAt = null;
      redraw();
      const names = context.info().variables;
      if (surface || moved) {
        landscape.draw(context.dark());
        setText(xName, names[0]);
        setText(yName, names[1]);
        key.classList.toggle("with-fisher", context.info().fisher);
        // Looks of steps are known from here on.
        for (const job of [write, writeSteps, draw]) job();
        pending.clear();
      }
      const camera = map.camera();
      pin.setAttribute("aria-pressed", String(now.pinned));
      setText(pin, now.pinned ? "Let go" : "Pin");
      const r = radius();
      const [ux, uy] = local ? freeDirection(local, camera) : [0.8, -0.6];
      radiusHandle.place(camera, [now.point[0] + r * ux, now.point[1] + r * uy]);
      radiusInput.value = String(Math.log10(r / (camera.y1 - camera.y0)));
      dampingInput.value = String(now.damping);
    },
    frame: () => {
      if (!busy) one();
      busy = false;
      return pending.size > 0;
    },
  };
}
