// How a run stands, and what its end is beside the minima that are known or were found.

import { type ProblemInfo, level } from "../core";
import { pair, short } from "../ui/format";
import type { Track } from "./race";

/** The lowest minimum of a race: what others are measured from. */
export interface Lowest {
  /** Infinite where none is known or was found. */
  readonly value: number;
  /** Where it is, if it is of the catalogue. */
  readonly point: readonly [number, number] | null;
  /** Whether a run has been below: values are then measured from nothing. */
  readonly undercut: boolean;
}

export interface Standing {
  readonly word: string;
  readonly kind: "running" | "good" | "bad" | "warn";
  readonly sentence: string;
}

/** The value where a run began. */
const first = (track: Track): number => track.values[0] ?? NaN;
/** The value where it ended. */
export const last = (track: Track): number => track.values[track.count - 1] ?? NaN;

const rests = (track: Track): boolean =>
  track.ended?.status === "converged" || track.ended?.status === "precision_limit";

/** The lowest minimum: known, found below a run's end, or where a run rests, unless that is no minimum. */
export function lowestOf(tracks: readonly Track[], info: ProblemInfo): Lowest {
  let value = Infinity;
  let point: Lowest["point"] = null;
  for (const minimum of info.minima) if (minimum.value < value) ({ value, point } = minimum);
  const known = value;
  for (const track of tracks) {
    const { ended } = track;
    if (!ended || !rests(track) || ended.kind === "saddle" || ended.kind === "maximum") continue;
    value = Math.min(value, ended.bottom ?? last(track));
  }
  // The last digits of what was found are no other minimum.
  if (tracks.some((track) => known <= level(value, first(track)))) value = known;
  else point = null;
  const undercut = tracks.some((track) => value > level(track.least, first(track)));
  return { value, point, undercut };
}

/** Whether a run rests as low as the lowest minimum. */
const isLowest = (track: Track, lowest: Lowest): boolean => last(track) <= level(lowest.value, first(track));

/** How a run stands at an iterate, in a word or two, and what kind of end that is. */
export function standing(track: Track, iterate: number, lowest: Lowest): Standing {
  const { ended, failure, provisional } = track;
  if (failure) return { word: "cannot run", kind: "bad", sentence: failure };
  if (provisional) {
    return { word: "step sought", kind: "running", sentence: "The best step from this start is being searched for; it is drawn with another meanwhile." };
  }
  if (!ended || Math.floor(iterate) < track.count - 1) return { word: "on its way", kind: "running", sentence: "" };
  const says = (word: string, kind: Standing["kind"], more = ""): Standing =>
    ({ word, kind, sentence: more === "" ? ended.sentence : `${ended.sentence}, ${more}` });
  if (rests(track)) {
    if (ended.kind === "saddle") return says("at a saddle", "warn", "at a saddle");
    if (ended.kind === "maximum") return says("maximum", "warn", "at a maximum");
    if (ended.kind === "undecided" && ended.bottom !== null) {
      return says("stops short", "warn", `above a minimum of the value ${short(ended.bottom)}, to which a better method goes on`);
    }
    if (!isLowest(track, lowest)) {
      const above = lowest.point ? `the lowest known minimum is ${short(lowest.value)} at ${pair(...lowest.point)}` : `the lowest one found is ${short(lowest.value)}`;
      return ended.kind === "minimum"
        ? says("not lowest", "warn", `at a minimum; ${above}`)
        : says("higher up", "warn", "at no minimum that second derivatives can tell");
    }
    const open = ended.kind === "minimum" ? "" : "where second derivatives leave open whether it is a minimum";
    return says(ended.status === "converged" ? "converged" : "precision limit", "good", open);
  }
  switch (ended.status) {
    case "diverged": return says("diverged", "bad");
    case "unbounded": return says("unbounded", "bad", `seen down to ${short(last(track))}`);
    case "iteration_limit": return says("out of steps", "warn");
    case "evaluation_limit": return says("out of evaluations", "warn");
    case "no_progress": return says("stalled", "warn");
    default: return says(ended.status.replaceAll("_", " "), "warn");
  }
}
