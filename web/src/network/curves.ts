// Losses as they fall, by steps or by work: both axes logarithmic.

import { h, setAttributes, svg } from "../ui/dom";
import { power } from "../ui/format";
import { across, aligned, createTimePlot, scaleSplits } from "../ui/timeplot";
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
  const plot = createTimePlot(() => view?.extent ?? 1, scrubbed);
  const label = h("span", { class: "x-label" });
  const element = h("div", { class: "curves" }, h("span", { class: "y-label" }, "mean loss over all points"), plot.place, label);
  const goal = svg("line", { class: "goal", x1: "0", x2: "100%" });
  plot.heads.append(goal);
  let view: CurvesView | null = null;
  let time: number | null = null;
  let span: [number, number] = [0, 1];

  const at = (next: number | null): void => {
    time = next;
    const inner = plot.inner();
    if (!inner || !view) return;
    const now = view;
    const [low, high] = span;
    const down = (y: number): number => Math.min(1, Math.max(0, (high - y) / (high - low)));
    goal.toggleAttribute("hidden", now.mark === null);
    if (now.mark !== null) {
      const y = inner[1] * down(Math.log10(now.mark));
      setAttributes(goal, { y1: y, y2: y });
    }
    plot.at(time, now.tracks.map((track) => {
      const k = stepAt(track, now.axis, time);
      const y = upward(track, k);
      if (!Number.isFinite(y) || !track.learner) return null;
      return [Math.min(1, across(positionOf(track, k, now.axis)) / across(now.extent)), down(y)];
    }));
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
      plot.draw(wanted, data, { range: () => span, splits: scaleSplits, values: (splits) => splits.map(power) },
        next.tracks.map(({ look, racer }) => ({ look, width: next.shown === racer.look ? 3 : 1.75 })), next.dark);
      at(time);
    },
    resize: () => {
      plot.resize();
      at(time);
    },
  };
}
