// Who won, in sentences that follow from what was measured.

import type { Axis } from "../state";
import { many, pair, short } from "../ui/format";
import { shortName } from "./names";
import { type Track, positionOf } from "./race";
import { type Lowest, last, standing } from "./standing";

const COUNTED: Readonly<Record<Axis, string>> = { iterations: "iterations", evaluations: "evaluations", work: "work" };

/** What is said of those that ended so, in this order. */
const SAYINGS: readonly (readonly [word: string, saying: string])[] = [
  ["not lowest", "converged to a higher minimum"],
  ["higher up", "came to rest higher up, at no minimum that second derivatives can tell"],
  ["stops short", "stopped short of a minimum"],
  ["at a saddle", "stopped at a saddle"],
  ["maximum", "stopped at a maximum"],
  ["diverged", "diverged"],
  ["unbounded", "fell without bound"],
  ["stalled", "stalled"],
  ["out of steps", "ran out of steps"],
];

/** A method's name, with its own settings where another one of it races. */
function nameOf(track: Track, tracks: readonly Track[]): string {
  const name = shortName(track.entrant.method);
  const twins = tracks.filter((other) => other.entrant.method === track.entrant.method).length > 1;
  if (!twins) return name;
  const settings = Object.entries(track.settings)
    .map(([setting, value]) => `${setting} ${typeof value === "number" ? short(value) : value}`);
  return settings.length > 0 ? `${name} (${settings.join(", ")})` : name;
}

/** The first of those that ended well, in a sentence. */
function about(winner: Track, name: string, axis: Axis): string {
  const k = winner.count - 1;
  const where = pair(winner.points[2 * k] ?? NaN, winner.points[2 * k + 1] ?? NaN);
  const spent = (by: Axis): number => positionOf(winner, k, by);
  const search = winner.found ? ` The search for its step took the work of ${many(winner.found.work, "gradient")} before.` : "";
  return `${name} is first by ${COUNTED[axis]}: ${many(k, "iteration")} and ${many(spent("evaluations"), "evaluation")}, the work of ${many(spent("work"), "gradient")}, to f = ${short(last(winner))} at ${where}.${search}`;
}

/** Who won on an axis, for eyes and screen readers; of a race that is under way only that it is. */
export function verdict(tracks: readonly Track[], lowest: Lowest, axis: Axis): string {
  if (tracks.length === 0) return "Nothing races yet: choose methods.";
  const refused = tracks.every((track) => track.failure !== "") ? tracks[0]?.failure : undefined;
  if (refused !== undefined) return `No method can start here: ${refused.replace(/^start: /, "")}.`;
  const running = tracks.filter((track) => track.failure === "" && (!track.ended || track.provisional)).length;
  if (running > 0) return `The race is under way: ${tracks.length - running} of ${tracks.length} methods have ended.`;
  const ended = tracks.filter((track) => track.count > 0 && track.ended);
  const stands = new Map(ended.map((track) => [track, standing(track, track.count - 1, lowest)]));
  const spent = (track: Track): number => positionOf(track, track.count - 1, axis);
  const winner = ended.filter((t) => stands.get(t)?.kind === "good").sort((a, b) => spent(a) - spent(b))[0];
  const parts: string[] = [];
  if (winner) {
    parts.push(about(winner, nameOf(winner, tracks), axis));
    if (winner.ended?.kind !== "minimum") parts.push("Whether that is a minimum its second derivatives leave open.");
  } else if (ended.length > 0) {
    const where = lowest.point ? ` came to rest at the lowest known minimum, f = ${short(lowest.value)} at ${pair(...lowest.point)}` : " converged";
    parts.push(`No method${where}.`);
  }
  for (const [word, saying] of SAYINGS) {
    const names = ended.filter((t) => stands.get(t)?.word === word).map((t) => nameOf(t, tracks));
    if (names.length > 0) parts.push(`${joined(names)} ${saying}.`);
  }
  return parts.join(" ");
}

function joined(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1] ?? ""}`;
}
