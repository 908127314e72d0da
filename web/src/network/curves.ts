// Losses as they fall, by steps or by work: both axes logarithmic.

import type uPlot from "uplot";
import { across, aligned, scaleSplits, timeSplits } from "../arena/curves";
import { h, setAttributes, svg } from "../ui/dom";
import { power, short } from "../ui/format";
import { createPlot } from "../ui/plot";
import { colorOf, markerPath } from "../view/looks";
import { type Track, positionOf, stepAt } from "./race";
import type { Axis } from "./setup";

/** Lower losses are drawn at it. */
const FLOOR = 1e-9;

export interface CurvesView {
  readonly tracks: readonly Track[];
  readonly axis: Axis;
  readonly extent: number;
  readonly shown: number;
  /** The loss that the verdict is about. */
  readonly mark: number | null;
  readonly dark: boolean;
}

export interface LossCurves {
  readonly element: HTMLElement;
  readonly draw: (view: CurvesView) => void;
  readonly at: (time: number | null) => void;
  readonly resize: () => void;
}

const LABEL: Readonly<Record<Axis, string>> = { steps: "steps", work: "work, in gradients over all points" };

const upward = (track: Track, k: number): number => Math.log10(Math.max(FLOOR, track.losses[k] ?? NaN));

export function createLossCurves(scrubbed: (time: number) => void): LossCurves {
  const place = h("div", { class: "plot", "aria-hidden": "true" });
  const label = h("span", { class: "x-label" });
  const element = h("div", { class: "curves" }, h("span", { class: "y-label" }, "mean loss over all points"), place, label);
  const curtain = h("div", { class: "curtain" });
  const heads = svg("svg", { class: "heads" });
  const goal = svg("line", { class: "goal", x1: "0", x2: "100%" });
  let plot: uPlot | null = null;
  let key = "";
  let view: CurvesView | null = null;
  let time: number | null = null;
  let span: [number, number] = [0, 1];
  let markers: SVGPathElement[] = [];
  let known: [number, number] | null = null;
  const size = (): [number, number] => (known ??= [Math.max(200, place.clientWidth), Math.max(140, place.clientHeight)]);

  const scrub = (event: PointerEvent): void => {
    if (!plot || !view || event.buttons === 0) return;
    const box = plot.over.getBoundingClientRect();
    scrubbed((1 + view.extent) ** Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) - 1);
  };
  const build = (data: uPlot.AlignedData, now: CurvesView): void => {
    plot?.destroy();
    const most = (): number => view?.extent ?? 1;
    plot = createPlot(place, size(), {
      range: () => [0, across(most())],
      splits: () => timeSplits(most(), size()[0] - 60),
      values: (splits) => splits.map((x) => short(Math.round(10 ** x - 1), 6)),
    }, { range: () => span, splits: scaleSplits, values: (splits) => splits.map(power) },
    now.tracks.map(({ look, racer }) => ({ look, points: false, width: now.shown === racer.look ? 3 : 1.75 })), data, now.dark);
    plot.over.append(curtain, heads);
    plot.over.addEventListener("pointerdown", (event) => {
      plot?.over.setPointerCapture(event.pointerId);
      scrub(event);
    });
    plot.over.addEventListener("pointermove", scrub);
    markers = now.tracks.map(({ look }) => svg("path", { class: look.hollow ? "hollow" : "solid", style: `--c:${colorOf(look, now.dark)}` }));
    heads.replaceChildren(goal, ...markers);
  };
  const at = (next: number | null): void => {
    time = next;
    if (!plot || !view) return;
    const width = plot.bbox.width / devicePixelRatio;
    const height = plot.bbox.height / devicePixelRatio;
    const part = time === null ? 1 : Math.min(1, across(time) / across(view.extent));
    curtain.style.left = `${(100 * part).toFixed(2)}%`;
    curtain.classList.toggle("away", time === null);
    const [low, high] = span;
    const down = (y: number): number => height * Math.min(1, Math.max(0, (high - y) / (high - low)));
    goal.toggleAttribute("hidden", view.mark === null);
    if (view.mark !== null) setAttributes(goal, { y1: down(Math.log10(view.mark)), y2: down(Math.log10(view.mark)) });
    view.tracks.forEach((track, i) => {
      const marker = markers[i];
      if (!marker || !view) return;
      const k = stepAt(track, view.axis, time);
      const y = upward(track, k);
      marker.toggleAttribute("hidden", !Number.isFinite(y) || !track.learner);
      if (!Number.isFinite(y)) return;
      const x = Math.min(1, across(positionOf(track, k, view.axis)) / across(view.extent));
      setAttributes(marker, { d: markerPath(track.look.shape, 4.4, x * width, down(y)) });
    });
  };
  return {
    element,
    at,
    draw: (next) => {
      view = next;
      const lines = next.tracks.map((track) => {
        const points: [number, number][] = [];
        for (let k = 0; k <= track.count && track.learner; k += 1) {
          const x = across(positionOf(track, k, next.axis));
          const y = upward(track, k);
          // Steps without work of their own are one above the other.
          if (points.length > 0 && points[points.length - 1]?.[0] === x) points.pop();
          if (Number.isFinite(y)) points.push([x, y]);
        }
        return points;
      });
      const heights = lines.flatMap((line) => line.map(([, y]) => y));
      const first = lines.find((line) => line.length > 0)?.[0]?.[1] ?? 0;
      span = [Math.min(first - 1, Math.floor(Math.min(...heights) * 2) / 2), Math.min(first + 1, Math.max(...heights)) + 0.15];
      if (heights.length === 0) span = [-2, 0];
      const wanted = JSON.stringify([next.tracks.map((track) => track.racer.look), next.dark, next.shown]);
      label.textContent = LABEL[next.axis];
      const data = aligned(lines);
      // The start alone is no curve, and has no width for an axis.
      if (data[0].length < 2) return;
      if (!plot || wanted !== key) {
        key = wanted;
        build(data, next);
      } else plot.setData(data);
      at(time);
    },
    resize: () => {
      known = null;
      const [width, height] = size();
      plot?.setSize({ width, height });
      at(time);
    },
  };
}
