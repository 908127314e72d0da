// What the curves of both views share: axes in the page's colours, no legend and no cursor.

import uPlot from "uplot";
import { type Look, colorOf, inks } from "../view/looks";

/** An axis: its range, where its ticks are, and what they are called. */
export interface PlotAxis {
  readonly range: (low: number, high: number) => uPlot.Range.MinMax;
  readonly splits: (low: number, high: number) => number[];
  readonly values: (splits: number[]) => string[];
}

export interface PlotCurve {
  readonly look: Look;
  readonly width: number;
  readonly points: boolean;
}

/** A plot of curves over one shared x; scales are linear in what they are given. */
export function createPlot(
  place: HTMLElement,
  [width, height]: readonly [number, number],
  x: PlotAxis,
  y: PlotAxis,
  curves: readonly PlotCurve[],
  data: uPlot.AlignedData,
  dark: boolean,
  drawn: (plot: uPlot) => void = () => {},
): uPlot {
  const { quiet, line: stroke } = inks(dark);
  const line = { stroke, width: 1 };
  const axis = (of: PlotAxis, size: number): uPlot.Axis => ({
    size, gap: 5, stroke: quiet, font: "12px system-ui, sans-serif", grid: line, ticks: { ...line, size: 4 },
    splits: (_, __, low, high) => of.splits(low, high),
    values: (_, splits) => of.values(splits),
  });
  const scale = (of: PlotAxis): uPlot.Scale => ({ time: false, range: (_, low, high) => of.range(low, high) });
  return new uPlot({
    width, height,
    legend: { show: false },
    hooks: { draw: [drawn] },
    cursor: { show: false },
    padding: [10, 14, 0, 0],
    scales: { x: scale(x), y: scale(y) },
    axes: [axis(x, 30), axis(y, 48)],
    series: [{}, ...curves.map((curve): uPlot.Series => {
      const stroke = colorOf(curve.look, dark);
      return {
        stroke, width: curve.width, dash: [...curve.look.dashes], spanGaps: true,
        points: { show: curve.points, size: 6, fill: stroke },
      };
    })],
  }, data, place);
}
