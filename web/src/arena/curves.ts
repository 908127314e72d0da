// Convergence curves: both axes logarithmic, so that three steps and five thousand share a page.

import type uPlot from "uplot";
import type { Axis, Measure } from "../state";
import { h, setAttributes, svg } from "../ui/dom";
import { power, short } from "../ui/format";
import { createPlot } from "../ui/plot";
import { colorOf, markerPath } from "../view/looks";
import { type Track, iterateAt, positionOf } from "./race";

/** A curve is pointed at from so many pixels. */
const NEAR = 9;
/** Smaller gaps than this are drawn at it: beyond is rounding. */
const FLOOR = 1e-17;
/** Powers of ten above the start that are shown. */
const ABOVE = 3;
/** Powers of ten below zero that are shown of values. */
const BELOW = 12;

export interface Curves {
  readonly element: HTMLElement;
  /** New data; `coarse` while a handle is dragged. */
  readonly draw: (view: CurvesView, coarse: boolean) => void;
  /** Moves the cursor. */
  readonly at: (time: number | null) => void;
  /** Draws the curve of who is pointed at over the others. */
  readonly light: (id: number | null) => void;
  readonly resize: () => void;
  readonly shown: () => Shown | null;
}

/** What is drawn, in parts of the plot's width and height from its lower left corner. */
export interface Shown {
  readonly across: string;
  readonly upward: string;
  readonly marksAcross: readonly (readonly [number, string])[];
  readonly marksUpward: readonly (readonly [number, string])[];
  readonly lines: readonly { readonly track: Track; readonly vertices: readonly (readonly [number, number])[] }[];
}

export interface CurvesView {
  readonly tracks: readonly Track[];
  readonly axis: Axis;
  readonly measure: Measure;
  readonly extent: number;
  /** The lowest minimum, which gaps are measured from; null where there is none: values are shown then. */
  readonly lowest: number | null;
  readonly dark: boolean;
  readonly opened: number | null;
}

export const AXIS_LABEL: Readonly<Record<Axis, string>> = {
  iterations: "iterations",
  evaluations: "evaluations of f, ∇f or ∇²f",
  work: "work, in gradient evaluations",
};
/** What is shown upwards. */
type Height = "gap" | "value" | "gradient";
const HEIGHT_LABEL: Readonly<Record<Height, string>> = {
  gap: "f above the lowest minimum",
  value: "the value f: no lowest minimum is known",
  gradient: "largest entry of the gradient",
};
const heightOf = ({ measure, lowest }: CurvesView): Height => (measure === "gradient" ? "gradient" : lowest === null ? "value" : "gap");

export const across = (t: number): number => Math.log10(1 + t);

/** The power of ten in which values of either sign are measured: that of the value where the race begins. */
function unitOf(tracks: readonly Track[]): number {
  const size = Math.abs(tracks.find((track) => track.count > 0)?.values[0] ?? 0);
  return size > 0 && size < Infinity ? 10 ** Math.floor(Math.log10(size)) : 1;
}

/** Values of either sign: about linear within the unit, logarithmic beyond. */
const signed = (value: number, unit: number): number => Math.sign(value) * Math.log10(1 + Math.min(1e300, Math.abs(value) / unit));

/** The measure of an iterate as a power of ten, or its value on the scale of both signs. */
function upward(track: Track, k: number, view: CurvesView): number {
  const value = track.values[k] ?? NaN;
  if (heightOf(view) === "value") return signed(value, unitOf(view.tracks));
  const raw = view.measure === "gradient" ? (track.norms[k] ?? NaN) : value - (view.lowest ?? 0);
  if (Number.isNaN(raw)) return NaN;
  return Math.log10(Math.min(1e300, Math.max(FLOOR, raw)));
}

/** A curve with at most two vertices a column of pixels. */
function vertices(track: Track, view: CurvesView, columns: number): [number, number][] {
  const kept: [number, number][] = [];
  const wide = across(view.extent) / columns;
  let column = -1;
  let least: [number, number] = [0, Infinity];
  let most: [number, number] = [0, -Infinity];
  const close = (): void => {
    if (least[1] > most[1]) return;
    const both = least[0] <= most[0] ? [least, most] : [most, least];
    for (const vertex of both) if (vertex[0] !== kept[kept.length - 1]?.[0]) kept.push(vertex);
  };
  for (let k = 0; k < track.count; k += 1) {
    const x = across(positionOf(track, k, view.axis));
    const y = upward(track, k, view);
    if (!Number.isFinite(y)) continue;
    const here = Math.floor(x / wide);
    if (here !== column) {
      close();
      column = here;
      least = [x, Infinity];
      most = [x, -Infinity];
    }
    if (y < least[1]) least = [x, y];
    if (y > most[1]) most = [x, y];
  }
  close();
  return kept;
}

/** All curves over one shared, ascending x, with gaps as uPlot wants them. */
export function aligned(curves: readonly [number, number][][]): uPlot.AlignedData {
  const xs = Float64Array.from(new Set(curves.flatMap((curve) => curve.map(([x]) => x)))).sort();
  const place = new Map<number, number>();
  xs.forEach((x, i) => place.set(x, i));
  const columns = curves.map((curve) => {
    const ys: (number | null)[] = new Array<number | null>(xs.length).fill(null);
    for (const [x, y] of curve) ys[place.get(x) ?? 0] = y;
    return ys;
  });
  return [xs, ...columns];
}

export function scaleSplits(low: number, high: number): number[] {
  const step = Math.max(1, Math.ceil((high - low) / 7));
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, k) => first + k * step);
}

/** Values of both signs whose powers of ten are not too dense, on their scale. */
function signedSplits(low: number, high: number): number[] {
  const step = Math.max(1, Math.ceil((high - low) / 7));
  const ups = Array.from({ length: Math.floor(300 / step) }, (_, k) => signed(10 ** ((k + 1) * step), 1));
  return [...ups.map((y) => -y).reverse(), 0, ...ups].filter((y) => y >= low && y <= high);
}

/** What such a split is called. */
function signedLabel(y: number, unit: number): string {
  if (y === 0) return "0";
  return `${y < 0 ? "\u2212" : ""}${power(Math.round(Math.log10((10 ** Math.abs(y) - 1) * unit)))}`;
}

export function timeSplits(most: number, width: number): number[] {
  const all = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 1e6];
  const room = 42 / width;
  let last = -Infinity;
  return all.filter((t) => {
    const at = across(t) / across(most);
    if (at > 1 || at - last < room) return false;
    last = at;
    return true;
  }).map(across);
}

export function createCurves(scrubbed: (time: number) => void, pointed: (id: number | null) => void): Curves {
  const place = h("div", { class: "plot", "aria-hidden": "true" });
  const across_label = h("span", { class: "x-label" });
  const up_label = h("span", { class: "y-label" });
  const element = h("div", { class: "curves" }, up_label, place, across_label);
  const curtain = h("div", { class: "curtain" });
  const heads = svg("svg", { class: "heads" });
  const over = svg("path", { class: "over" });
  let plot: uPlot | null = null;
  let key = "";
  let view: CurvesView | null = null;
  let time: number | null = null;
  /** The powers of ten that the plot shows. */
  let span: [number, number] = [0, 1];
  let markers: SVGPathElement[] = [];
  /** The vertices of what is drawn. */
  let lines: [number, number][][] = [];

  /** The size of the plot, read again only when the layout changed. */
  let known: [number, number] | null = null;
  const size = (): [number, number] => (known ??= [Math.max(200, place.clientWidth), Math.max(140, place.clientHeight)]);

  const scrub = (event: PointerEvent): void => {
    if (!plot || !view || event.buttons === 0) return;
    const box = plot.over.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    scrubbed((1 + view.extent) ** part - 1);
  };

  /** A curve in pixels of the plot. */
  const pixels = (i: number): readonly (readonly [number, number])[] => {
    if (!plot || !view) return [];
    const [width, height] = [plot.bbox.width / devicePixelRatio, plot.bbox.height / devicePixelRatio];
    const [from, to] = span;
    const most = across(view.extent);
    return (lines[i] ?? []).map(([x, y]) => [(x / most) * width, ((to - y) / (to - from)) * height] as const);
  };
  const point = (event: PointerEvent): void => {
    if (!plot || !view || event.buttons !== 0 || event.pointerType === "touch") return;
    const box = plot.over.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least]: [number | null, number] = [null, NEAR];
    view.tracks.forEach(({ entrant }, i) => {
      const curve = pixels(i);
      for (let k = 1; k < curve.length; k += 1) {
        const [[ax = 0, ay = 0] = [], [bx = 0, by = 0] = []] = [curve[k - 1], curve[k]];
        const [dx, dy] = [bx - ax, by - ay];
        const part = Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
        const distance = Math.hypot(ax + part * dx - px, ay + part * dy - py);
        if (distance < least) [best, least] = [entrant.id, distance];
      }
    });
    pointed(best);
  };

  const build = (data: uPlot.AlignedData, now: CurvesView): void => {
    plot?.destroy();
    const most = (): number => view?.extent ?? 1;
    plot = createPlot(place, size(), {
      range: () => [0, across(most())],
      splits: () => timeSplits(most(), size()[0] - 60),
      values: (splits) => splits.map((x) => short(Math.round(10 ** x - 1), 6)),
    }, {
      range: () => span,
      splits: heightOf(now) === "value" ? signedSplits : scaleSplits,
      values: (splits) => splits.map(heightOf(now) === "value"
        ? (y) => signedLabel(y, unitOf(view?.tracks ?? []))
        : power),
    }, now.tracks.map(({ look, entrant }) => ({
      look, points: false, width: now.opened === null || now.opened === entrant.id ? 2 : 1,
    })), data, now.dark);
    plot.over.append(curtain, heads);
    plot.over.addEventListener("pointerdown", (event) => {
      plot?.over.setPointerCapture(event.pointerId);
      scrub(event);
    });
    plot.over.addEventListener("pointermove", scrub);
    plot.over.addEventListener("pointermove", point);
    plot.over.addEventListener("pointerleave", () => { pointed(null); });
    markers = now.tracks.map((track) =>
      svg("path", { class: track.look.hollow ? "hollow" : "solid", style: `--c:${colorOf(track.look, now.dark)}` }),
    );
    heads.replaceChildren(over, ...markers);
  };

  const at = (next: number | null): void => {
    time = next;
    if (!plot || !view) return;
    const width = plot.bbox.width / devicePixelRatio;
    const part = time === null ? 1 : across(time) / across(view.extent);
    curtain.style.left = `${(100 * part).toFixed(2)}%`;
    curtain.classList.toggle("away", time === null);
    const [low, high] = span;
    const height = plot.bbox.height / devicePixelRatio;
    view.tracks.forEach((track, i) => {
      const marker = markers[i];
      if (!marker || !view) return;
      const k = Math.floor(iterateAt(track, view.axis, time));
      const y = upward(track, k, view);
      // A race that goes on may be farther than what is drawn of it.
      const x = Math.min(1, across(positionOf(track, k, view.axis)) / across(view.extent));
      const shown = Number.isFinite(y) && track.count > 0;
      marker.toggleAttribute("hidden", !shown);
      if (!shown) return;
      const v = Math.min(1, Math.max(0, (high - y) / (high - low)));
      setAttributes(marker, { d: markerPath(track.look.shape, 4.4, x * width, v * height) });
    });
  };

  return {
    element,
    draw: (next, coarse) => {
      view = next;
      const [width] = size();
      const columns = Math.max(40, Math.round((width - 60) / (coarse ? 5 : 1.5)));
      lines = next.tracks.map((track) => vertices(track, next, columns));
      const heights = lines.flatMap((line) => line.map(([, y]) => y));
      // What diverges leaves the picture instead of flattening it.
      const top = Math.max(...lines.map((line) => line[0]?.[1] ?? -Infinity)) + ABOVE;
      const below = heightOf(next) === "value" ? -BELOW : -16;
      const from = Math.max(below, Math.floor(Math.min(top, ...heights)));
      span = heights.length > 0 ? [from, Math.max(Math.ceil(Math.min(top, Math.max(...heights))), from + 1)] : [0, 1];
      const data = aligned(lines);
      const wanted = JSON.stringify([
        next.tracks.map((track) => track.entrant.id), next.dark, next.opened, next.axis, heightOf(next),
      ]);
      across_label.textContent = AXIS_LABEL[next.axis];
      up_label.textContent = HEIGHT_LABEL[heightOf(next)];
      if (!plot || wanted !== key) {
        key = wanted;
        build(data, next);
      } else {
        plot.setData(data);
      }
      at(time);
    },
    at,
    shown: () => {
      if (!view) return null;
      const now = view;
      const [from, to] = span;
      const most = across(now.extent);
      const up = (y: number): number => (y - from) / (to - from);
      const signedScale = heightOf(now) === "value";
      const splits = signedScale ? signedSplits(from, to) : scaleSplits(from, to);
      const name = signedScale ? (y: number) => signedLabel(y, unitOf(now.tracks)) : power;
      return {
        across: AXIS_LABEL[now.axis],
        upward: HEIGHT_LABEL[heightOf(now)],
        marksAcross: timeSplits(now.extent, 560).map((x) => [x / most, short(Math.round(10 ** x - 1), 6)]),
        marksUpward: splits.map((y) => [up(y), name(y)]),
        lines: now.tracks.map((track, i) => ({ track, vertices: (lines[i] ?? []).map(([x, y]) => [x / most, up(y)] as const) })),
      };
    },
    light: (id) => {
      const i = view?.tracks.findIndex(({ entrant }) => entrant.id === id) ?? -1;
      const track = view?.tracks[i];
      const path = track ? pixels(i).map(([x, y], k) => `${k === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("") : "";
      setAttributes(over, { d: path, style: track && view ? `stroke:${colorOf(track.look, view.dark)};stroke-dasharray:${track.look.dashes.join(" ") || "none"}` : "" });
    },
    resize: () => {
      known = null;
      const [width, height] = size();
      plot?.setSize({ width, height });
      at(time);
    },
  };
}
