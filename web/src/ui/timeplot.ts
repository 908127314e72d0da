// A plot along whose time one scrubs: the axis is logarithmic, so that three steps and five thousand share a page; a
// curtain hangs over what is to come, and a marker stands where each curve is.

import type uPlot from "uplot";
import { type Look, colorOf, markerPath } from "../view/looks";
import { h, setAttributes, svg } from "./dom";
import { short } from "./format";
import { type PlotAxis, createPlot } from "./plot";

/** The place of a time on the axis, and the time at a part of it. */
export const across = (t: number): number => Math.log10(1 + t);
export const timeAt = (part: number, extent: number): number => (1 + extent) ** part - 1;
export const partOf = (time: number | null, extent: number): number =>
  time === null ? 1 : Math.min(1, Math.log1p(time) / Math.log1p(extent));

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

/** Whole powers of ten that are not too dense. */
export function scaleSplits(low: number, high: number): number[] {
  const step = Math.max(1, Math.ceil((high - low) / 7));
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, k) => first + k * step);
}

/** Round times that are not too dense on an axis of so many pixels, as places. */
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

/** What the time at a place is called. */
export const timeLabel = (x: number): string => short(Math.round(10 ** x - 1), 6);

export interface TimePlot {
  readonly place: HTMLElement;
  /** The layer over the curves. */
  readonly heads: SVGSVGElement;
  /** The size of all, read again only when the layout changed. */
  readonly size: () => readonly [number, number];
  /** The size within the axes; null where nothing is drawn yet. */
  readonly inner: () => readonly [number, number] | null;
  /** Draws data, in a new plot where `wanted` is another; that plot, if it is. */
  readonly draw: (
    wanted: string, data: uPlot.AlignedData, y: PlotAxis, curves: readonly { readonly look: Look; readonly width: number }[], dark: boolean,
  ) => uPlot | null;
  /** Moves the curtain to a time, and each curve's marker to parts of the width and of the height from above; null: hidden. */
  readonly at: (time: number | null, markers: readonly (readonly [number, number] | null)[]) => void;
  readonly resize: () => void;
}

/** A plot up to the time `extent`; `scrubbed` gets the times that are pointed at. */
export function createTimePlot(extent: () => number, scrubbed: (time: number) => void): TimePlot {
  const place = h("div", { class: "plot", "aria-hidden": "true" });
  const curtain = h("div", { class: "curtain" });
  const heads = svg("svg", { class: "heads" });
  let plot: uPlot | null = null;
  let key = "";
  let looks: readonly Look[] = [];
  let markers: SVGPathElement[] = [];
  let known: readonly [number, number] | null = null;
  const size = (): readonly [number, number] => (known ??= [Math.max(200, place.clientWidth), Math.max(140, place.clientHeight)]);
  const inner = (): readonly [number, number] | null =>
    plot && [plot.bbox.width / devicePixelRatio, plot.bbox.height / devicePixelRatio];
  const scrub = (event: PointerEvent): void => {
    if (!plot || event.buttons === 0) return;
    const box = plot.over.getBoundingClientRect();
    scrubbed(timeAt(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), extent()));
  };
  return {
    place,
    heads,
    size,
    inner,
    draw: (wanted, data, y, curves, dark) => {
      if (plot && wanted === key) {
        plot.setData(data);
        return null;
      }
      key = wanted;
      plot?.destroy();
      const made = createPlot(place, size(), {
        range: () => [0, across(extent())],
        splits: () => timeSplits(extent(), size()[0] - 60),
        values: (splits) => splits.map(timeLabel),
      }, y, curves.map((curve) => ({ ...curve, points: false })), data, dark);
      plot = made;
      made.over.append(curtain, heads);
      made.over.addEventListener("pointerdown", (event) => {
        made.over.setPointerCapture(event.pointerId);
        scrub(event);
      });
      made.over.addEventListener("pointermove", scrub);
      looks = curves.map(({ look }) => look);
      for (const marker of markers) marker.remove();
      markers = looks.map((look) => svg("path", { class: look.hollow ? "hollow" : "solid", style: `--c:${colorOf(look, dark)}` }));
      heads.append(...markers);
      return made;
    },
    at: (time, places) => {
      const [width, height] = inner() ?? [0, 0];
      const part = time === null ? 1 : Math.min(1, across(time) / across(extent()));
      curtain.style.left = `${(100 * part).toFixed(2)}%`;
      curtain.classList.toggle("away", time === null);
      markers.forEach((marker, i) => {
        const at = places[i] ?? null;
        const shape = looks[i]?.shape;
        marker.toggleAttribute("hidden", at === null);
        if (at && shape) setAttributes(marker, { d: markerPath(shape, 4.4, at[0] * width, at[1] * height) });
      });
    },
    resize: () => {
      known = null;
      const [width, height] = size();
      plot?.setSize({ width, height });
    },
  };
}
