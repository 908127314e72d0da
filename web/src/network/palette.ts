// The looks of methods and classes in this view: by their place, since any of its methods may be beside any other.

import type { Look } from "../view/looks";

/** Okabe and Ito's colours, and what stands for them on a dark ground. */
const COLORS: readonly (readonly [string, string])[] = [
  ["#0072b2", "#4da6e0"], ["#d55e00", "#f0803c"], ["#009e73", "#2cc79a"], ["#cc79a7", "#e39cc4"],
  ["#56b4e9", "#8fd0f7"], ["#e69f00", "#f5c04a"], ["#5a5a5a", "#b4b4b4"], ["#784614", "#c58f57"],
];
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
const SHAPES: readonly (readonly [Look["shape"], boolean])[] = [
  ["circle", false], ["up", false], ["square", false], ["diamond", false],
  ["circle", true], ["up", true], ["square", true], ["diamond", true], ["star", false], ["down", false],
];

/** The k-th look; the first 32 differ. */
export function look(k: number): Look {
  const [light, dark] = COLORS[k % COLORS.length] ?? ["#000", "#fff"];
  const dashes = DASHES[Math.floor(k / COLORS.length) % DASHES.length] ?? [];
  const [shape, hollow] = SHAPES[k % SHAPES.length] ?? ["circle", false];
  return { light, dark, dashes, shape, hollow };
}
