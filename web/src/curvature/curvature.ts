// The curvature visualizer: everything second derivatives say at a point.

import { shortName } from "../arena/names";
import type { Change, Context, Pane } from "../context";
import { numbers, quoted } from "../export/data";
import { localCsv } from "../export/local";
import { type Picture, escape } from "../export/picture";
import { type Point, samePoint } from "../state";
import { h, svg } from "../ui/dom";
import { scales } from "../view/camera";
import { createHandle } from "../view/handles";
import { inks } from "../view/looks";
import { showShapes } from "../view/shapes";
import { compose, createLabels, freeDirection } from "./drawing";
import { createKnobs } from "./knobs";
import { createLayerKey } from "./layers";
import { createLandscape } from "./landscape";
import { createPlace } from "./place";
import { createReadout } from "./readout";
import { createSight } from "./seen";
import { createSteps } from "./steps";
import { createStrip } from "./strip";
import { createTurns } from "./turns";

/** Numbers change at most this often while the point moves, in milliseconds. */
const READABLE = 80;
/** The strip follows a point that stays so long, in milliseconds. */
const STAYS = 120;

/** An arrow is pointed at from so many pixels. */
const NEAR = 9;

export function createCurvature(context: Context): Pane {
  const { store, map } = context;
  const sight = createSight(context);
  const { look, radius } = sight;
  const drawing = svg("g");
  const labels = createLabels();
  const readout = createReadout();
  const strip = createStrip();
  const landscape = createLandscape(context.methods);
  const place = createPlace(store);
  const knobs = createKnobs(store, map.camera);
  const key = createLayerKey(store);
  // No frame is under way for these: both at once, looks of steps first.
  const steps = createSteps(() => { writeSteps(); draw(); });
  const radiusHandle = createHandle({
    kind: "radius", tag: "radius", camera: map.camera,
    moved: (to) => {
      const { point } = store.get();
      const distance = Math.hypot(to[0] - point[0], to[1] - point[1]);
      if (distance > 0) store.set({ radius: distance, pinned: true });
    },
  });
  /** The point that the words are about. */
  let shownAt: Point | null = null;
  let written = 0;
  let stripTimer = 0;

  const draw = (): void => {
    const now = sight.scene(steps);
    const { shapes, labels: texts } = now ? compose(now) : { shapes: [], labels: [] };
    showShapes(drawing, shapes);
    labels.show(texts);
  };
  const writeSteps = (): void => { steps.show(look().steps, context.dark()); };
  const write = (): void => {
    written = performance.now();
    const { local, damping } = look();
    const { point, pinned } = store.get();
    const summary = readout.show(local, context.info().variables);
    place.show(point, scales(map.camera())[0]);
    knobs.write(radius(), damping);
    if (shownAt !== null && samePoint(shownAt, point)) return;
    shownAt = point;
    if (pinned) context.say(summary);
    clearTimeout(stripTimer);
    stripTimer = window.setTimeout(() => { strip.show(context.surface(), local); }, STAYS);
  };
  // Numbers first where they are old.
  const turns = createTurns(() =>
    performance.now() - written > READABLE ? [write, writeSteps, draw] : [draw, write, writeSteps]);

  const picture = (): Picture => {
    draw();
    const { ink, paper } = inks(context.dark());
    const now = sight.scene(steps);
    const texts = now ? compose(now).labels : [];
    return {
      title: context.info().title,
      content: drawing.innerHTML + texts.map(({ text, x, y }) =>
        `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" text-anchor="middle" font-size="13" font-weight="600" paint-order="stroke" stroke="${paper}" stroke-width="4" fill="${ink}">${escape(text)}</text>`).join("\n"),
      legend: (now?.steps ?? []).map(({ look: which, step }) => ({ look: which, words: shortName(step.method) })),
      caption: readout.show(look().local, context.info().variables),
    };
  };

  return {
    side: h("div", { class: "curvature-side" }, readout.element, knobs.element, steps.element),
    under: h("div", {}, place.element, key.element),
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
    hover: (at) => {
      const { point, pinned } = store.get();
      // What is not pinned follows the mouse.
      if (!pinned) return;
      let [best, least]: [string | null, number] = [null, NEAR];
      const [sx, sy] = scales(map.camera());
      for (const { method, dx, dy } of at === null ? [] : look().steps) {
        if (at === null || dx === null || dy === null || !steps.shows(method)) continue;
        const [x, y] = [(at[0] - point[0]) * sx, (at[1] - point[1]) * sy];
        const [ax, ay] = [dx * sx, dy * sy];
        const part = Math.min(1, Math.max(0, (x * ax + y * ay) / (ax * ax + ay * ay || 1)));
        // Near the point, where all begin, none is meant.
        const distance = part * Math.hypot(ax, ay) < NEAR ? Infinity : Math.hypot(x - part * ax, y - part * ay);
        if (distance < least) [best, least] = [method, distance];
      }
      steps.light(best);
    },
    picture,
    csv: () => localCsv(look().local, radius(), look().damping, look().steps),
    command: () => `ravine diagnose ${quoted(store.get().surface)} --at ${numbers(store.get().point)}`,
    update: ({ now, surface, camera: moved }: Change) => {
      if (surface) shownAt = null;
      sight.forget();
      turns.again();
      if (surface || moved) {
        landscape.draw(context.dark());
        place.name(context.info().variables);
        // Looks of steps are known from here on.
        turns.all([write, writeSteps, draw]);
      }
      key.show(now.hidden, context.dark(), context.info().fisher);
      place.pin(now.pinned);
      const camera = map.camera();
      const local = sight.local();
      const [ux, uy] = local ? freeDirection(local, camera) : [0.8, -0.6];
      radiusHandle.place(camera, [now.point[0] + radius() * ux, now.point[1] + radius() * uy]);
      knobs.turn(radius(), camera, now.damping);
    },
    frame: turns.frame,
  };
}
