// The arena: methods race from one start, as paths on the map, as curves and as a table.

import type { Change, Context, Pane } from "../context";
import { curvesSvg } from "../export/curves";
import type { Picture } from "../export/picture";
import { raceCommand, raceCsv, raceMoving, racePicture } from "../export/race";
import { h } from "../ui/dom";
import { createBasins } from "./basins";
import { createCourse } from "./course";
import { createDrawing } from "./drawing";
import { createPanel } from "./panel";
import { createPicker } from "./picker";
import { type Player, SECONDS, createPlayer } from "./player";
import type { Track } from "./race";
import { createSteps } from "./steps";
import { verdict } from "./verdict";

/** Numbers in the table change at most this often while playing, in milliseconds. */
const READABLE = 90;
/** The same for curves while a race is under way. */
const CURVES = 250;
/** Steps are searched for once surface and start have stayed so long, in milliseconds. */
const REST = 150;
/** A dragged start is held still if it has not moved for so long, in milliseconds. */
const HELD = 60;
/** Curves and numbers follow the dragged start at this pace, in milliseconds. */
const WHILE_DRAGGING = 160;

export interface Arena extends Pane {
  /** The first coordinates of the paths' ends. */
  readonly ends: () => readonly number[];
  readonly player: Player;
  /** The runs, and whether all have ended. */
  readonly tracks: () => readonly Track[];
  readonly finished: () => boolean;
}

export function createArena(context: Context): Arena {
  const { store, map, methods } = context;
  const steps = createSteps(methods);
  const course = createCourse(context, steps);
  const player = createPlayer(store, course.tracks);
  const drawing = createDrawing(context, course, steps, player);
  const basins = createBasins(context, course);
  const picker = createPicker(
    methods,
    (entrants) => { store.set({ entrants, opened: null }); },
    () => store.get().entrants,
  );
  const panel = createPanel(store, drawing.curves, drawing.table, picker, course.refusal);
  const { drawCurves, drawMap, drawNumbers, curvesDrawn, numbersDrawn } = drawing;
  /** When surface or start were taken, on the page's clock. */
  let surfaceTaken = 0;
  /** Whether the race is of a start that has moved on. */
  let stale = false;
  /** Whether this frame has had its work. */
  let busy = false;
  /** Whether a step was found that the race does not know. */
  let stepsFound = false;
  /** Whether no step is left to be found. */
  let searched = false;

  const since = (time: number): number => performance.now() - time;

  const drawEnd = (): void => {
    drawCurves(false);
    drawMap();
    drawNumbers();
    const sentence = verdict(course.tracks(), course.lowest(), store.get().axis);
    panel.judge(sentence);
    if (store.get().view === "arena") context.say(sentence);
  };

  const restart = (): void => {
    stepsFound = false;
    stale = false;
    busy = true;
    course.begin();
    searched = false;
    drawing.rows();
    panel.judge(context.dragging() ? "" : verdict(course.tracks(), course.lowest(), store.get().axis));
    if (context.dragging()) {
      drawMap();
    } else if (course.finished()) {
      drawEnd();
    } else {
      drawCurves(false);
      drawMap();
      drawNumbers();
    }
  };

  /** While dragging, a frame draws paths, curves or numbers; whether it drew one of the latter. */
  const drawBesidePaths = (): boolean => {
    busy = stale = since(Math.min(curvesDrawn(), numbersDrawn())) > WHILE_DRAGGING;
    if (stale && curvesDrawn() < numbersDrawn()) drawCurves(true);
    else if (stale) drawNumbers();
    return stale;
  };

  /** The race goes on, and is drawn. */
  const goOn = (playing: boolean): void => {
    const dragging = context.dragging();
    if (since(numbersDrawn()) > READABLE && !playing && !dragging) {
      drawNumbers();
      return;
    }
    course.advance();
    if (course.finished() && !dragging) drawEnd();
    else if (!playing) {
      if (since(curvesDrawn()) > CURVES && !dragging) drawCurves(true);
      else drawMap();
    }
  };

  /** Held still, the start waits for what it had no time for while it moved. */
  const catchUp = (): void => {
    if (since(course.began()) <= HELD) return;
    if (curvesDrawn() < course.began()) drawCurves(true);
    else if (numbersDrawn() < course.began()) drawNumbers();
  };

  const searchSteps = (): void => {
    const { surface, start, entrants } = store.get();
    const now = steps.search(context.surface(), surface, start, entrants);
    stepsFound = now === "found";
    searched = now === "done";
    // The same entrants in a new list: the race begins again with the step.
    if (stepsFound) store.set({ entrants: [...entrants] });
  };

  /** Whether the curves and numbers shown are of the race that goes on. */
  const showFresh = (): void => {
    panel.fresh(!stale && curvesDrawn() >= course.began() && numbersDrawn() >= course.began());
  };

  const mapped = (): HTMLCanvasElement | null => (store.get().basins ? map.basins.canvas : null);
  const picture = (): Picture => {
    const { start, axis, time } = store.get();
    const { tracks, lowest } = course;
    return racePicture(context.info().title, tracks(), drawing.iterates(), start, axis, time, lowest(), map.camera(), context.dark(), mapped());
  };

  return {
    side: panel.element,
    under: h("div", {}, player.element, basins.element),
    below: h("div"),
    player,
    tracks: course.tracks,
    finished: course.finished,
    hover: (at) => {
      const lit = at === null ? null : drawing.nearest(at);
      if (lit !== store.get().lit) store.set({ lit });
    },
    ends: () =>
      course.tracks().flatMap((track) => (track.count > 0 ? [track.points[2 * track.count - 2] ?? 0] : [])),
    picture,
    moving: () => {
      const { start, axis, speed } = store.get();
      return raceMoving(SECONDS / speed, picture(), mapped(), course.tracks(), start, axis, map.camera(), context.dark());
    },
    chart: () => {
      const drawn = drawing.curvesShown();
      return drawn ? curvesSvg(context.info().title, drawn, context.dark()) : "";
    },
    csv: () => raceCsv(course.tracks()),
    command: () => {
      const { surface, start, axis, limits } = store.get();
      return raceCommand(surface, start, course.tracks(), axis, limits);
    },
    enter: drawing.enter,
    leave: () => {
      drawing.leave();
      basins.leave();
      store.set({ playing: false, lit: null });
    },
    resized: drawing.resized,
    update: ({ now, before, surface, camera }: Change) => {
      panel.show(now);
      if (surface || now.start !== before.start) surfaceTaken = performance.now();
      if (context.dragging() && course.race() && !surface && drawBesidePaths()) {
        panel.judge("");
        return;
      }
      const fresh = surface || stale || stepsFound || !course.race() || now.entrants !== before.entrants || now.limits !== before.limits || now.start !== before.start;
      if (fresh) {
        restart();
        basins.update();
        return;
      }
      drawing.rows();
      basins.update();
      if (now.axis !== before.axis && course.finished()) drawEnd();
      else if (now.measure !== before.measure || now.opened !== before.opened || camera) drawCurves(false);
      drawMap();
      if (!now.playing || since(numbersDrawn()) > READABLE || camera) drawNumbers();
    },
    frame: (seconds) => {
      const { playing } = store.get();
      if (busy) {
        // What changed was drawn in this frame; the next goes on.
      } else if (stale) restart();
      else if (course.race() && !course.finished()) goOn(playing);
      else if (context.dragging()) catchUp();
      else if (!playing && !stepsFound && !searched && since(surfaceTaken) > REST) searchSteps();
      if (playing) player.tick(seconds);
      showFresh();
      const mapping = !busy && basins.frame();
      const more = busy;
      busy = false;
      // What is dragged wakes the frames itself.
      const waiting = context.dragging() ? Math.min(curvesDrawn(), numbersDrawn()) < course.began() : !searched;
      return more || mapping || playing || !course.finished() || waiting;
    },
  };
}
