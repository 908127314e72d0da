// Who learnt first, in sentences that follow from what was measured.

import { count, many, short } from "../ui/format";
import { type Track, positionOf, stepTo } from "./race";
import type { Axis } from "./setup";

/** Losses of which one is the mark: the lowest that about half of the methods reach. */
const MARKS = [0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 1e-4, 1e-5, 1e-6];

export type NameOf = (track: Track) => string;

/** The mark of a race; null where hardly any method reaches one. */
export function markOf(tracks: readonly Track[]): number | null {
  const racing = tracks.filter((track) => track.failure === "");
  const enough = Math.max(1, Math.ceil(racing.length / 2));
  const reached = (mark: number): number => racing.filter((track) => stepTo(track, mark) !== null).length;
  for (const wanted of [enough, 1]) {
    const mark = [...MARKS].reverse().find((loss) => reached(loss) >= wanted);
    if (mark !== undefined) return mark;
  }
  return null;
}

const joined = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1] ?? ""}`;

/** Who was first to the mark on an axis, who came after, and who never did. */
export function verdict(tracks: readonly Track[], axis: Axis, steps: number, nameOf: NameOf): string {
  if (tracks.length === 0) return "Nothing learns yet: add methods.";
  const mark = markOf(tracks);
  const parts: string[] = [];
  const racing = tracks.filter((track) => track.failure === "");
  if (mark === null) {
    const best = [...racing].sort((a, b) => least(a) - least(b))[0];
    if (best) parts.push(`None came to a loss of 0.5 in ${many(steps, "step")}; the lowest is ${nameOf(best)}’s, ${short(least(best))}.`);
  } else {
    const spent = (track: Track): number => positionOf(track, stepTo(track, mark) ?? 0, axis);
    const arrived = racing.filter((track) => stepTo(track, mark) !== null).sort((a, b) => spent(a) - spent(b));
    const [first, ...others] = arrived;
    const amount = (track: Track): string =>
      (axis === "steps" ? `in ${many(spent(track), "step")}` : `with the work of ${many(Math.round(spent(track)), "gradient")}`);
    if (first) {
      const then = others.map((track) => `${nameOf(track)} ${axis === "steps" ? "in" : "with"} ${count(Math.round(spent(track)))}`);
      parts.push(`${nameOf(first)} reached a loss of ${short(mark)} ${amount(first)}${then.length > 0 ? `; ${joined(then)}` : ""}.`);
    }
    const never = racing.filter((track) => stepTo(track, mark) === null && track.ended?.word !== "diverged").map(nameOf);
    if (never.length > 0) parts.push(`${joined(never)} did not in ${many(steps, "step")}.`);
  }
  const diverged = racing.filter((track) => track.ended?.word === "diverged").map(nameOf);
  if (diverged.length > 0) parts.push(`${joined(diverged)} diverged.`);
  return parts.join(" ");
}

const least = (track: Track): number =>
  track.losses.reduce((low, loss) => (loss < low ? loss : low), Infinity);

/** What is known of the curvature at a step. */
export function aboutSpectrum(values: Float64Array, name: string, step: number): string {
  const n = values.length;
  const largest = values[n - 1] ?? NaN;
  const size = Math.max(Math.abs(largest), Math.abs(values[0] ?? 0));
  const negative = values.filter((value) => value < -1e-9 * size).length;
  const flat = values.filter((value) => Math.abs(value) < 1e-3 * size).length;
  const bends = negative === 0
    ? "none is negative: around here the loss is convex"
    : `${count(negative)} of them ${negative === 1 ? "is" : "are"} negative, down to ${short(values[0] ?? NaN)}: the loss is not convex here`;
  return `At step ${count(step)} of ${name}, the largest of ${count(n)} eigenvalues is ${short(largest)}; ${bends}. ${count(flat)} are below a thousandth of the largest: directions in which hardly anything changes.`;
}

/** How well a Kronecker product stands for the Fisher information. */
export function aboutFactors(difference: number, layer: string, name: string, step: number): string {
  const percent = 100 * difference;
  const words = percent < 10 ? "nearly the same" : percent < 40 ? "much alike" : percent < 80 ? "alike in outline" : "far apart";
  return `In ${layer} at step ${count(step)} of ${name}, the product of the two small factors differs from the exact Fisher information by ${short(percent, 2)} %: ${words}.`;
}
