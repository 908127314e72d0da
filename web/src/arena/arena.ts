// The arena: methods race from one start, as paths on the map, as curves and as a table.

import type { Change, Context, Pane } from "../context";
import { raceCommand, raceCsv, racePicture } from "../export/race";
import { type Axis, type Entrant, type Measure, type SettingValue, freeLook } from "../state";
import { h, setAttributes, setText, svg } from "../ui/dom";
import { segments } from "../ui/segments";
import { colorOf, markerPath } from "../view/looks";
import { type Trail, createTrails, headOf } from "../view/paths";
import { type Beliefs, beliefsAt, createBeliefsDrawing } from "./beliefs";
import { createCurves } from "./curves";
import { type Details, createDetails } from "./details";
import { createPicker } from "./picker";
import { createPlayer } from "./player";
import { type Race, type Track, extent, iterateAt, standing, startRace } from "./race";
import { createSteps } from "./steps";
import { createTable, verdict } from "./table";

/** Milliseconds of a frame that go into runs. */
const BUDGET = 2;
/** The same while the start is dragged, when there is more to draw. */
const DRAGGED = 1;
/** Numbers in the table change at most this often while playing, in milliseconds. */
const READABLE = 90;
/** Steps are searched for once the surface has stayed so long, in milliseconds. */
const REST = 150;
/** A dragged start is held still if it has not moved for so long, in milliseconds. */
const HELD = 60;
/** Curves and numbers follow the dragged start at this pace, in milliseconds. */
const WHILE_DRAGGING = 160;

export interface Arena extends Pane {
  readonly tracks: () => readonly Track[];
  readonly player: ReturnType<typeof createPlayer>;
}

export function createArena(context: Context): Arena {
  const { store, map, methods } = context;
  const steps = createSteps(methods);
  let race: Race | null = null;
  let finished = false;
  let iterates: number[] = [];
  let rowsKey = "";
  let details: Details | null = null;
  let surfaceAge = 0;
  let raceAge = 0;
  let curvesAge = 0;
  let tableAge = 0;
  let stepsFound = false;
  /** Whether the race is of a start that has moved on. */
  let stale = false;
  /** Whether this frame has had its work. */
  let busy = false;
  /** Whether no step is left to be found. */
  let searched = false;

  const tracks = (): readonly Track[] => race?.tracks ?? [];
  const player = createPlayer(store, tracks);
  const curves = createCurves((time) => { store.set({ time, playing: false }); });
  const table = createTable((look) => { store.set({ opened: look }); });
  const picker = createPicker(
    methods,
    (entrants) => { store.set({ entrants, opened: null }); },
    () => store.get().entrants,
  );
  const heads = svg("g", { class: "heads-on-map" });
  const drawing = createBeliefsDrawing();
  const paths = createTrails(map.layer);
  const group = svg("g", {}, drawing.element, heads);

  const axis = segments<Axis>("Race by", "axis", [
    ["iterations", "iterations"], ["evaluations", "evaluations"], ["work", "work"],
  ], (value) => { store.set({ axis: value, time: null, playing: false }); });
  const measure = segments<Measure>("Curves show", "measure", [
    ["gap", "value"], ["gradient", "gradient"],
  ], (value) => { store.set({ measure: value }); });
  const edit = h("button", { type: "button", class: "edit", "aria-haspopup": "dialog" }, "Choose methods…");
  edit.addEventListener("click", () => { picker.open(store.get().entrants, refusal); });
  const words = h("p", { class: "verdict" });
  const side = h(
    "div",
    { class: "arena" },
    h("div", { class: "choices" },
      h("span", { class: "group" }, h("small", {}, "race by"), axis.element),
      h("span", { class: "group" }, h("small", {}, "curves of"), measure.element)),
    curves.element,
    words,
    table.element,
    h("div", { class: "choices" }, edit, h("small", {}, "Open a row for its settings and what it believes.")),
    picker.element,
  );

  /** Why a method cannot run on this surface; empty if it can. */
  const refusal = (method: string): string => {
    const probe: Entrant = { method, settings: {}, look: 0 };
    const trial = startRace(context.surface(), [probe], () => ({}), context.info().start);
    const reason = trial.tracks[0]?.failure ?? "";
    trial.free();
    return reason.replace(/^method:? `[\w-]+` /, "");
  };

  const begin = (): void => {
    const { entrants, start, surface } = store.get();
    raceAge = performance.now();
    race?.free();
    race = startRace(context.surface(), entrants, (entrant) => steps.complete(surface, entrant), start);
    finished = race.advance(context.dragging() ? DRAGGED : BUDGET);
    searched = false;
  };

  /** The lowest minimum that is known or was found; where there is none, the lowest value. */
  const lowest = (): number => {
    let least = Infinity;
    for (const { value } of context.info().minima) least = Math.min(least, value);
    for (const track of tracks()) {
      const last = track.count - 1;
      if (["good", "warn"].includes(standing(track, last).kind) && track.ended?.status !== "iteration_limit") {
        least = Math.min(least, track.values[last] ?? Infinity);
      }
    }
    if (least < Infinity) return least;
    for (const track of tracks()) for (const value of track.values) if (value < least) least = value;
    return least;
  };

  const patchEntrant = (entrant: Entrant, change: (old: Entrant) => Entrant | null): void => {
    const entrants = store.get().entrants.flatMap((old) => {
      const next = old.look === entrant.look ? change(old) : old;
      return next ? [next] : [];
    });
    store.set({ entrants });
  };
  const actions = {
    changed: (entrant: Entrant, name: string, value: SettingValue | null): void => {
      patchEntrant(entrant, (old) => {
        const { [name]: _, ...rest } = old.settings;
        return { ...old, settings: value === null ? rest : { ...rest, [name]: value } };
      });
    },
    twice: (entrant: Entrant): void => {
      const { entrants } = store.get();
      const now = entrants.find((old) => old.look === entrant.look) ?? entrant;
      const copy = { ...now, look: freeLook(entrants) };
      store.set({ entrants: [...entrants, copy], opened: copy.look });
    },
    remove: (entrant: Entrant): void => {
      patchEntrant(entrant, () => null);
      store.set({ opened: null });
    },
  };

  const buildRows = (): void => {
    const { opened } = store.get();
    const key = JSON.stringify([tracks().map((t) => [t.entrant.method, t.entrant.look]), opened, context.dark(), context.info().name]);
    if (key === rowsKey) return;
    rowsKey = key;
    const track = tracks().find((t) => t.entrant.look === opened);
    const info = methods.find((m) => m.name === track?.entrant.method);
    details = track && info ? createDetails(track, info, actions) : null;
    table.build(tracks(), context.dark(), opened, details?.element ?? null);
    heads.replaceChildren(
      ...tracks().map(({ look }) =>
        svg("path", { class: look.hollow ? "hollow" : "solid", style: `--c:${colorOf(look, context.dark())}` })),
    );
  };

  const drawCurves = (coarse: boolean): void => {
    const { axis: by, measure: of, opened } = store.get();
    curves.draw({
      tracks: tracks(), axis: by, measure: of, extent: extent(tracks(), by), lowest: lowest(), dark: context.dark(), opened,
    }, coarse);
    curvesAge = performance.now();
  };

  const drawMap = (): void => {
    const { time, axis: by, opened } = store.get();
    iterates = tracks().map((track) => iterateAt(track, by, time));
    const camera = map.camera();
    const trails = tracks().map((track, i): Trail => ({
      look: track.look,
      points: track.points,
      count: track.count,
      until: iterates[i] ?? 0,
      faded: opened !== null && opened !== track.entrant.look,
    }));
    if (race) paths.draw(trails, race, camera, context.dark(), context.dragging());
    trails.forEach((trail, i) => {
      const marker = heads.children[i];
      const at = trail.count > 0 ? headOf(trail, camera) : null;
      if (!marker) return;
      marker.toggleAttribute("hidden", at === null);
      if (at) setAttributes(marker, { d: markerPath(trail.look.shape, 5.4, ...at), opacity: trail.faded ? 0.35 : 1 });
    });
    if (context.dragging()) return;
    curves.at(time);
    player.show(store.get(), extent(tracks(), by));
  };

  /** Numbers, and what the opened method believes. */
  const drawNumbers = (): void => {
    tableAge = performance.now();
    table.show(tracks(), iterates);
    const { opened } = store.get();
    const i = tracks().findIndex((track) => track.entrant.look === opened);
    const track = tracks()[i];
    let beliefs: Beliefs | null = null;
    if (track) {
      const needs = methods.find((m) => m.name === track.entrant.method)?.needs ?? [];
      beliefs = beliefsAt(context.surface(), track, iterates[i] ?? 0, needs);
      details?.show(track, beliefs);
    }
    drawing.draw(beliefs, map.camera(), track ? colorOf(track.look, context.dark()) : "");
  };

  const drawEnd = (): void => {
    drawCurves(false);
    drawMap();
    drawNumbers();
    const sentence = verdict(tracks(), lowest(), store.get().axis);
    setText(words, sentence);
    if (store.get().view === "arena") context.say(sentence);
  };

  const restart = (): void => {
    stepsFound = false;
    stale = false;
    busy = true;
    begin();
    buildRows();
    if (context.dragging()) {
      drawMap();
    } else if (finished) {
      drawEnd();
    } else {
      drawCurves(false);
      drawMap();
      drawNumbers();
    }
  };

  return {
    side,
    under: player.element,
    below: h("div"),
    player,
    tracks,
    picture: () => {
      const { start, axis: by } = store.get();
      return racePicture(context.info().title, tracks(), iterates, start, by, lowest(), map.camera(), context.dark());
    },
    csv: () => raceCsv(tracks()),
    command: () => {
      const { surface, start, axis: by } = store.get();
      return raceCommand(surface, start, tracks(), by);
    },
    enter: () => {
      map.overlay.append(group);
      curves.resize();
      paths.forget();
    },
    leave: () => {
      group.remove();
      store.set({ playing: false });
    },
    resized: () => {
      curves.resize();
      paths.forget();
    },
    update: ({ now, before, surface, camera }: Change) => {
      axis.set(now.axis);
      measure.set(now.measure);
      if (surface) surfaceAge = performance.now();
      // While dragging, a frame draws paths, curves or numbers.
      if (context.dragging() && race && !surface) {
        const time = performance.now();
        busy = stale = time - Math.min(curvesAge, tableAge) > WHILE_DRAGGING;
        if (stale && curvesAge < tableAge) drawCurves(true);
        else if (stale) drawNumbers();
        if (stale) return;
      }
      const fresh = surface || stale || stepsFound || !race || now.entrants !== before.entrants || now.start !== before.start;
      if (fresh) {
        restart();
        return;
      }
      buildRows();
      if (now.axis !== before.axis && finished) drawEnd();
      else if (now.measure !== before.measure || now.opened !== before.opened || camera) drawCurves(false);
      drawMap();
      if (!now.playing || performance.now() - tableAge > READABLE || camera) drawNumbers();
    },
    frame: (seconds) => {
      const state = store.get();
      if (busy) {
        // What changed was drawn in this frame; the next goes on.
      } else if (stale) restart();
      else if (race && !finished) {
        if (performance.now() - tableAge > READABLE && !state.playing && !context.dragging()) {
          drawNumbers();
          return true;
        }
        finished = race.advance(context.dragging() ? DRAGGED : BUDGET);
        if (finished && !context.dragging()) drawEnd();
        else if (!state.playing) {
          if (performance.now() - curvesAge > 250 && !context.dragging()) drawCurves(true);
          else drawMap();
        }
      } else if (context.dragging()) {
        // Held still, the start waits for what it had no time for while it moved.
        if (performance.now() - raceAge > HELD) {
          if (curvesAge < raceAge) drawCurves(true);
          else if (tableAge < raceAge) drawNumbers();
        }
      } else if (!state.playing && !stepsFound && !searched && performance.now() - surfaceAge > REST) {
        const { surface, entrants } = state;
        stepsFound = steps.search(context.surface(), surface, context.info().start, entrants);
        searched = !stepsFound;
        // The same entrants in a new list: the race begins again with the step.
        if (stepsFound) store.set({ entrants: [...entrants] });
      }
      if (state.playing) player.tick(seconds);
      const more = busy;
      busy = false;
      // What is dragged wakes the frames itself.
      const waiting = context.dragging() ? Math.min(curvesAge, tableAge) < raceAge : !searched;
      return more || state.playing || !finished || waiting;
    },
  };
}
