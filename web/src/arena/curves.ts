// Convergence curves: both axes logarithmic, so that three steps and five thousand share a page.

import type { Axis, Measure } from "../state";
import { h, setAttributes, svg } from "../ui/dom";
import { power } from "../ui/format";
import { across, aligned, createTimePlot, scaleSplits, timeLabel, timeSplits } from "../ui/timeplot";
import { colorOf } from "../view/looks";
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

/** Where the ticks of the heights are, and what they are called. */
function ticksOf(view: CurvesView): { readonly splits: (low: number, high: number) => number[]; readonly name: (y: number) => string } {
  if (heightOf(view) !== "value") return { splits: scaleSplits, name: power };
  const unit = unitOf(view.tracks);
  return { splits: signedSplits, name: (y) => signedLabel(y, unit) };
}

export function createCurves(scrubbed: (time: number) => void, pointed: (id: number | null) => void): Curves {
  const plot = createTimePlot(() => view?.extent ?? 1, scrubbed);
  const across_label = h("span", { class: "x-label" });
  const up_label = h("span", { class: "y-label" });
  const element = h("div", { class: "curves" }, up_label, plot.place, across_label);
  const over = svg("path", { class: "over" });
  plot.heads.append(over);
  let view: CurvesView | null = null;
  let time: number | null = null;
  /** The powers of ten that the plot shows. */
  let span: [number, number] = [0, 1];
  /** The vertices of what is drawn. */
  let lines: [number, number][][] = [];

  /** A curve in pixels of the plot. */
  const pixels = (i: number): readonly (readonly [number, number])[] => {
    const inner = plot.inner();
    if (!inner || !view) return [];
    const [width, height] = inner;
    const [from, to] = span;
    const most = across(view.extent);
    return (lines[i] ?? []).map(([x, y]) => [(x / most) * width, ((to - y) / (to - from)) * height] as const);
  };
  const point = (event: PointerEvent, of: HTMLElement): void => {
    if (!view || event.buttons !== 0 || event.pointerType === "touch") return;
    const box = of.getBoundingClientRect();
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

  const at = (next: number | null): void => {
    time = next;
    if (!view) return;
    const now = view;
    const [low, high] = span;
    plot.at(time, now.tracks.map((track) => {
      const k = Math.floor(iterateAt(track, now.axis, time));
      const y = upward(track, k, now);
      if (!Number.isFinite(y) || track.count === 0) return null;
      // A race that goes on may be farther than what is drawn of it.
      const x = Math.min(1, across(positionOf(track, k, now.axis)) / across(now.extent));
      return [x, Math.min(1, Math.max(0, (high - y) / (high - low)))];
    }));
  };

  return {
    element,
    draw: (next, coarse) => {
      view = next;
      const [width] = plot.size();
      const columns = Math.max(40, Math.round((width - 60) / (coarse ? 5 : 1.5)));
      lines = next.tracks.map((track) => vertices(track, next, columns));
      const heights = lines.flatMap((line) => line.map(([, y]) => y));
      // What diverges leaves the picture instead of flattening it.
      const top = Math.max(...lines.map((line) => line[0]?.[1] ?? -Infinity)) + ABOVE;
      const below = heightOf(next) === "value" ? -BELOW : -16;
      const from = Math.max(below, Math.floor(Math.min(top, ...heights)));
      span = heights.length > 0 ? [from, Math.max(Math.ceil(Math.min(top, Math.max(...heights))), from + 1)] : [0, 1];
      const height = heightOf(next);
      const wanted = JSON.stringify([
        next.tracks.map((track) => track.entrant.id), next.dark, next.opened, next.axis, height,
      ]);
      across_label.textContent = AXIS_LABEL[next.axis];
      up_label.textContent = HEIGHT_LABEL[height];
      const made = plot.draw(wanted, aligned(lines), {
        range: () => span,
        splits: ticksOf(next).splits,
        // The unit is that of the race that is shown.
        values: (splits) => splits.map(ticksOf(view ?? next).name),
      }, next.tracks.map(({ look, entrant }) => ({
        look, width: next.opened === null || next.opened === entrant.id ? 2 : 1,
      })), next.dark);
      made?.over.addEventListener("pointermove", (event) => { point(event, made.over); });
      made?.over.addEventListener("pointerleave", () => { pointed(null); });
      at(time);
    },
    at,
    shown: () => {
      if (!view) return null;
      const now = view;
      const [from, to] = span;
      const most = across(now.extent);
      const up = (y: number): number => (y - from) / (to - from);
      const { splits, name } = ticksOf(now);
      return {
        across: AXIS_LABEL[now.axis],
        upward: HEIGHT_LABEL[heightOf(now)],
        marksAcross: timeSplits(now.extent, 560).map((x) => [x / most, timeLabel(x)]),
        marksUpward: splits(from, to).map((y) => [up(y), name(y)]),
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
      plot.resize();
      at(time);
    },
  };
}
