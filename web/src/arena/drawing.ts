// The race as curves, as paths on the map, as numbers, and as what the opened method believes.

import type { Context } from "../context";
import type { Point } from "../state";
import { setAttributes, svg } from "../ui/dom";
import { colorOf, markerPath } from "../view/looks";
import { screenX, screenY } from "../view/camera";
import { type Trail, createTrails, distanceTo, headOf } from "../view/paths";
import { type Beliefs, beliefsAt, createBeliefsDrawing } from "./beliefs";
import type { Course } from "./course";
import { type Shown, createCurves } from "./curves";
import { type Details, createDetails } from "./details";
import { entrantActions } from "./entrants";
import type { Player } from "./player";
import { stepLimitOf } from "./stability";
import { extent, iterateAt } from "./race";
import { type Sliders, createSliders } from "./sliders";
import type { Steps } from "./steps";
import { createTable } from "./table";

/** A path is pointed at from so many pixels. */
const NEAR = 9;

export interface Drawing {
  readonly curves: HTMLElement;
  readonly table: HTMLElement;
  /** What the curves show. */
  readonly curvesShown: () => Shown | null;
  /** How far each method is. */
  readonly iterates: () => readonly number[];
  /** Makes the rows of the table and the heads of the paths, where the methods are others. */
  readonly rows: () => void;
  readonly drawCurves: (coarse: boolean) => void;
  readonly drawMap: () => void;
  /** Numbers, and what the opened method believes. */
  readonly drawNumbers: () => void;
  /** Whose path passes a point of the plane, within a few pixels. */
  readonly nearest: (at: Point) => number | null;
  /** When curves and numbers were drawn last, on the page's clock. */
  readonly curvesDrawn: () => number;
  readonly numbersDrawn: () => number;
  /** On the map, or off it. */
  readonly enter: () => void;
  readonly leave: () => void;
  /** The page has another size. */
  readonly resized: () => void;
}

export function createDrawing(context: Context, course: Course, steps: Steps, player: Player): Drawing {
  const { store, map, methods } = context;
  const point = (lit: number | null): void => {
    if (store.get().lit !== lit) store.set({ lit });
  };
  const curves = createCurves((time) => { store.set({ time, playing: false }); }, point);
  const table = createTable((id) => { store.set({ opened: id }); }, point);
  const actions = entrantActions(store);
  const heads = svg("g", { class: "heads-on-map" });
  const beliefsDrawing = createBeliefsDrawing();
  const paths = createTrails(map.layer);
  const group = svg("g", {}, beliefsDrawing.element, heads);
  let iterates: number[] = [];
  /** What the rows were made for. */
  let rowsKey = "";
  let details: Details | null = null;
  let sliders: (Sliders | null)[] = [];
  let curvesDrawn = 0;
  let numbersDrawn = 0;

  const drawPaths = (trails: readonly Trail[]): void => {
    const race = course.race();
    const camera = map.camera();
    if (race) paths.draw(trails, race, camera, context.dark(), context.dragging());
    trails.forEach((trail, i) => {
      const marker = heads.children[i];
      const at = trail.count > 0 ? headOf(trail, camera) : null;
      if (!marker) return;
      marker.toggleAttribute("hidden", at === null);
      if (at) setAttributes(marker, { d: markerPath(trail.look.shape, 5.4, ...at), opacity: trail.faded ? 0.35 : 1 });
    });
  };

  return {
    curves: curves.element,
    table: table.element,
    curvesShown: curves.shown,
    iterates: () => iterates,
    rows: () => {
      const { opened } = store.get();
      const tracks = course.tracks();
      const dark = context.dark();
      const key = JSON.stringify([tracks.map((t) => [t.entrant.method, t.entrant.id]), opened, dark, context.info().name]);
      if (key === rowsKey) return;
      rowsKey = key;
      const track = tracks.find((t) => t.entrant.id === opened);
      const info = methods.find((m) => m.name === track?.entrant.method);
      details = track && info ? createDetails(track, info, actions) : null;
      sliders = tracks.map(({ entrant }) => {
        const tuned = methods.find((m) => m.name === entrant.method)?.tuned ?? null;
        return tuned === null ? null : createSliders(entrant.method, tuned, (name, value) => { actions.changed(entrant, name, value); });
      });
      table.build(tracks, dark, opened, details?.element ?? null, sliders.map((one) => one?.element ?? null));
      heads.replaceChildren(
        ...tracks.map(({ look }) =>
          svg("path", { class: look.hollow ? "hollow" : "solid", style: `--c:${colorOf(look, dark)}` })),
      );
    },
    drawCurves: (coarse) => {
      const { axis, measure, opened } = store.get();
      const tracks = course.tracks();
      const lowest = course.lowest();
      curves.draw({
        tracks, axis, measure, extent: extent(tracks, axis), lowest: Number.isFinite(lowest.value) && !lowest.undercut ? lowest.value : null, dark: context.dark(), opened,
      }, coarse);
      curvesDrawn = performance.now();
    },
    drawMap: () => {
      const { time, axis, opened, lit } = store.get();
      const tracks = course.tracks();
      const chosen = lit ?? opened;
      iterates = tracks.map((track) => iterateAt(track, axis, time));
      drawPaths(tracks.map((track, i): Trail => ({
        look: track.look,
        points: track.points,
        count: track.count,
        until: iterates[i] ?? 0,
        faded: track.provisional || (chosen !== null && chosen !== track.entrant.id),
      })));
      if (context.dragging()) return;
      curves.at(time);
      curves.light(lit);
      table.light(lit);
      player.show(store.get(), extent(tracks, axis));
    },
    drawNumbers: () => {
      numbersDrawn = performance.now();
      const tracks = course.tracks();
      table.show(tracks, iterates, course.lowest());
      const { opened, surface, start } = store.get();
      tracks.forEach((track, i) => {
        sliders[i]?.show(track, steps.best(surface, start, track.entrant), stepLimitOf(context.surface(), track, tracks, context.info()));
      });
      const i = tracks.findIndex((track) => track.entrant.id === opened);
      const track = tracks[i];
      let beliefs: Beliefs | null = null;
      if (track) {
        beliefs = beliefsAt(context.surface(), track, iterates[i] ?? 0);
        details?.show(track, beliefs);
      }
      beliefsDrawing.draw(beliefs, map.camera(), track ? colorOf(track.look, context.dark()) : "");
    },
    nearest: (at) => {
      const camera = map.camera();
      const pixel: Point = [screenX(camera, at[0]), screenY(camera, at[1])];
      let [best, least]: [number | null, number] = [null, NEAR];
      course.tracks().forEach((track, i) => {
        const distance = distanceTo({ points: track.points, count: track.count, until: iterates[i] ?? 0 }, camera, pixel);
        if (distance < least) [best, least] = [track.entrant.id, distance];
      });
      return best;
    },
    curvesDrawn: () => curvesDrawn,
    numbersDrawn: () => numbersDrawn,
    enter: () => {
      map.overlay.append(group);
      curves.resize();
      paths.forget();
    },
    leave: () => { group.remove(); },
    resized: () => {
      curves.resize();
      paths.forget();
    },
  };
}
