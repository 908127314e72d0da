// Where runs of a method lead to from everywhere: each start of the map coloured by the minimum that is reached,
// or by how many iterations that takes; a part of a frame at a time.

import type { Context } from "../context";
import { Basins, settingsText } from "../core";
import type { BasinsChoice } from "../state";
import { h, show } from "../ui/dom";
import { count, pair, short } from "../ui/format";
import { segments } from "../ui/segments";
import { term } from "../ui/term";
import { COARSEST, type Mosaic, createMosaic } from "../view/mosaic";
import type { Course } from "./course";
import { shortName } from "./names";
import { AWAY, MINIMUM, NOWHERE, NO_MINIMUM, UNDERWAY, shade } from "./shades";

/** Pixels of a cell. */
const CELL = 3;
/** Iterations of a run at most: a map is many thousands of them. */
const MOST_ITERATIONS = 1000;
/** Starts in one call of the core, and milliseconds of a frame that go into them. */
const BLOCK = 32;
const BUDGET = 12;
/** The same while the race plays. */
const BESIDE = 3;
/** Milliseconds between two pictures of a map on its way. */
const PICTURES = 120;
/** Milliseconds between two counts of what was reached. */
const READABLE = 300;
/** Minima that are named. */
const NAMED = 4;

export interface BasinsMap {
  readonly element: HTMLElement;
  /** Begins again where what it is of has changed. */
  readonly update: () => void;
  /** Goes on; whether there is more to do. */
  readonly frame: () => boolean;
  readonly leave: () => void;
}

/** A map on its way. */
interface Work {
  readonly basins: Basins;
  readonly mosaic: Mosaic;
  readonly reached: Uint32Array;
  readonly iterations: Uint32Array;
  /** Which cells have been run from. */
  readonly known: Uint8Array;
  readonly picture: OffscreenCanvasRenderingContext2D;
  /** How often each number was reached, and the most iterations to a minimum. */
  readonly tally: Map<number, number>;
  most: number;
  /** Iterations that are as dark as it gets. */
  scale: number;
  done: boolean;
}

/** The next of 10, 20, 50, 100, ... */
function round(iterations: number): number {
  let [at, k] = [10, 0];
  while (at < iterations) {
    at *= k % 3 === 1 ? 2.5 : 2;
    k += 1;
  }
  return at;
}

export function createBasins(context: Context, course: Course): BasinsMap {
  const { store, map } = context;
  const which = h("select", { id: "basins-of" });
  const by = segments<BasinsChoice["by"]>("Coloured by", "basins-by", [["minimum", "minimum"], ["iterations", "iterations"]], (value) => {
    const { basins } = store.get();
    if (basins) store.set({ basins: { ...basins, by: value } });
  });
  const legend = h("ul", { class: "legend" });
  const more = h("div", { class: "more-basins" }, by.element, legend);
  const element = h("div", { class: "basins-bar" },
    h("label", { for: "basins-of" }, "basins of"), which,
    term("What is a map of basins?", "Each point of the map is the start of a run of its own, up to 1000 iterations long, and is coloured by where that run ends: its basin of attraction. It is darker where the run takes longer."),
    more);
  which.addEventListener("change", () => {
    const id = which.value === "" ? null : Number(which.value);
    store.set({ basins: id === null ? null : { id, by: store.get().basins?.by ?? "minimum" } });
  });
  let work: Work | null = null;
  let key = "";
  let style = "";
  let told = 0;
  let painted = 0;
  let listed = "";

  const drop = (): void => {
    work?.basins.free();
    work = null;
    key = "";
    map.basins.clearRect(0, 0, map.camera().width, map.camera().height);
  };
  const fill = ({ picture, mosaic, reached, iterations, scale }: Work, column: number, row: number, side: number): void => {
    const i = row * mosaic.columns + column;
    const paint = shade(reached[i] ?? NOWHERE, iterations[i] ?? 0, store.get().basins?.by ?? "minimum", scale, context.dark());
    if (!paint) picture.clearRect(column, row, side, side);
    else {
      picture.fillStyle = `rgb(${paint.join(" ")})`;
      picture.fillRect(column, row, side, side);
    }
  };
  /** All that is known again, in other colours. */
  const refill = (now: Work): void => {
    const { columns, rows } = now.mosaic;
    now.scale = round(now.most);
    for (let side = COARSEST; side >= 1; side /= 2) {
      for (let row = 0; row < rows; row += side) {
        for (let column = 0; column < columns; column += side) {
          const coarser = side < COARSEST && column % (2 * side) === 0 && row % (2 * side) === 0;
          if (!coarser && now.known[row * columns + column] === 1) fill(now, column, row, side);
        }
      }
    }
  };
  const paint = (now: Work): void => {
    const { width, height } = map.camera();
    map.basins.imageSmoothingEnabled = false;
    map.basins.clearRect(0, 0, width, height);
    map.basins.drawImage(now.picture.canvas, 0, 0, now.mosaic.columns * CELL, now.mosaic.rows * CELL);
  };
  const begin = (choice: BasinsChoice): void => {
    const track = course.tracks().find(({ entrant }) => entrant.id === choice.id);
    const camera = map.camera();
    const settings = track && track.failure === "" ? settingsText(track.settings) : null;
    const wanted = JSON.stringify([context.info().name, store.get().surface, track?.entrant.method, settings, camera]);
    if (wanted === key) return;
    drop();
    key = wanted;
    if (!track || settings === null) return;
    const [columns, rows] = [Math.ceil(camera.width / CELL), Math.ceil(camera.height / CELL)];
    const picture = new OffscreenCanvas(columns, rows).getContext("2d");
    if (!picture) return;
    work = {
      basins: new Basins(context.surface(), track.entrant.method, settings, MOST_ITERATIONS),
      mosaic: createMosaic(columns, rows),
      reached: new Uint32Array(columns * rows), iterations: new Uint32Array(columns * rows), known: new Uint8Array(columns * rows),
      picture, tally: new Map(), most: 0, scale: round(0), done: false,
    };
  };
  /** What was reached how often, in words. */
  const tell = (now: Work): void => {
    told = performance.now();
    const all = [...now.tally.values()].reduce((sum, n) => sum + n, 0);
    const minima = now.basins.minima();
    const entries = [...now.tally].sort((a, b) => b[1] - a[1]);
    const part = (n: number): string => `${n / all > 0.0995 ? Math.round((100 * n) / all) : short((100 * n) / all, 2)} %`;
    const found = entries.filter(([reached]) => reached >= MINIMUM);
    const item = (reached: number, words: string): HTMLElement => {
      const at = shade(reached, Math.sqrt(now.scale), store.get().basins?.by ?? "minimum", now.scale, context.dark());
      return h("li", {}, h("span", { class: "patch", style: at ? `background:rgb(${at.join(" ")})` : "" }), words);
    };
    const rest: readonly (readonly [number, string])[] = [
      [NO_MINIMUM, "to no minimum"], [AWAY, "without bound"], [UNDERWAY, `not within ${count(MOST_ITERATIONS)} iterations`],
    ];
    const others = rest.flatMap(([reached, words]) => {
      const n = now.tally.get(reached);
      return n === undefined ? [] : [item(reached, `${words} ${part(n)}`)];
    });
    if (store.get().basins?.by === "iterations") {
      legend.replaceChildren(
        h("li", {}, "1", h("span", { class: "ramp-of-iterations" }), `${count(now.scale)} iterations; at most ${count(now.most)} to a minimum`), ...others);
      return;
    }
    const left = found.slice(NAMED);
    legend.replaceChildren(
      ...found.slice(0, NAMED).map(([reached, n]) => {
        const i = 3 * (reached - MINIMUM);
        return item(reached, `to ${pair(minima[i] ?? NaN, minima[i + 1] ?? NaN, 2)} ${part(n)}`);
      }),
      ...(left.length > 0 ? [h("li", {}, `to ${left.length} other minima ${part(left.reduce((sum, [, n]) => sum + n, 0))}`)] : []),
      ...others);
  };
  const list = (): void => {
    const { entrants } = store.get();
    const wanted = JSON.stringify(entrants.map(({ id, method }) => [id, method]));
    if (wanted === listed) return;
    listed = wanted;
    which.replaceChildren(h("option", { value: "" }, "no method"), ...entrants.map(({ id, method }) => h("option", { value: id }, shortName(method))));
  };
  return {
    element,
    update: () => {
      list();
      const { basins: choice, entrants } = store.get();
      const chosen = choice !== null && entrants.some(({ id }) => id === choice.id) ? choice : null;
      which.value = chosen ? String(chosen.id) : "";
      show(more, chosen !== null);
      if (!chosen) {
        if (work) drop();
        return;
      }
      by.set(chosen.by);
      begin(chosen);
      const look = `${chosen.by}${context.dark()}`;
      if (work && look !== style) {
        refill(work);
        tell(work);
      }
      style = look;
      if (work) paint(work);
    },
    frame: () => {
      if (!work || work.done) return false;
      const { x0, x1, y0, y1, width, height } = map.camera();
      const until = performance.now() + (store.get().playing || context.dragging() ? BESIDE : BUDGET);
      const { mosaic, basins, reached, iterations, known, tally } = work;
      do {
        const cells = mosaic.next(BLOCK);
        if (cells.length === 0) {
          work.done = true;
          break;
        }
        const starts = new Float64Array(cells.length);
        for (let k = 0; k < cells.length; k += 2) {
          starts[k] = x0 + (((cells[k] ?? 0) + 0.5) * CELL * (x1 - x0)) / width;
          starts[k + 1] = y1 - (((cells[k + 1] ?? 0) + 0.5) * CELL * (y1 - y0)) / height;
        }
        const ends = basins.from(starts);
        for (let k = 0; k < cells.length; k += 2) {
          const [column = 0, row = 0, end = 0, took = 0] = [cells[k], cells[k + 1], ends[k], ends[k + 1]];
          const i = row * mosaic.columns + column;
          [reached[i], iterations[i], known[i]] = [end, took, 1];
          tally.set(end, (tally.get(end) ?? 0) + 1);
          if (end >= MINIMUM && took > work.most) work.most = took;
          fill(work, column, row, mosaic.side());
        }
      } while (performance.now() < until);
      if (work.done || performance.now() - painted > PICTURES) {
        if (round(work.most) !== work.scale) refill(work);
        paint(work);
        painted = performance.now();
      }
      if (work.done || performance.now() - told > READABLE) tell(work);
      return !work.done;
    },
    leave: drop,
  };
}
