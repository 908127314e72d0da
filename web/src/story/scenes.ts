// The seven scenes: what each shows, asks, and says of what was measured.

import { endOf } from "../arena/race";
import { standing } from "../arena/standing";
import { valley } from "../presets";
import type { Entrant, Point, Settings, State } from "../state";
import { many, pair, short } from "../ui/format";
import {
  type Facts, beliefErrors, crossings, curvaturesAt, curvaturesOf, curvaturesOfNamed, fisherAt, iterationsOf, iterationsOn,
  limitBetween, radii, stepOf,
} from "./facts";

/** What became of the question. */
export interface Judgement {
  /** The place of the right answer. */
  readonly right: number;
  readonly words: string;
}

export interface Scene {
  readonly title: string;
  /** One sentence on what is shown. */
  readonly says: (facts: Facts) => string;
  readonly asks: string;
  readonly answers: readonly string[];
  readonly surface: string;
  readonly start: Point;
  readonly entrants: () => readonly Entrant[];
  readonly also?: Partial<State>;
  readonly judge: (facts: Facts) => Judgement;
}

const ANGLE = 30;
const VALLEY_START: Point = [-1.1, 1];
const ORIGIN: Point = [0, 0];

const entrants = (...list: readonly (readonly [method: string, settings: Settings])[]): Entrant[] =>
  list.map(([method, settings], id) => ({ method, settings, id }));
const typed = (x: number): number => Number(x.toPrecision(4));

/** The place of the factor among these that is nearest on a logarithmic scale. */
function nearest(factor: number, among: readonly number[]): number {
  const distances = among.map((one) => Math.abs(Math.log(factor / one)));
  return distances.indexOf(Math.min(...distances));
}

/** The step that is best for gradient descent on a quadratic: 2 over the sum of its curvatures. */
function bestStep(spec: string): number {
  const { large, small } = curvaturesOfNamed(spec, ORIGIN);
  return typed(2 / (large + small));
}

/** Polyak's step and momentum, the best on a quadratic. */
function polyak(spec: string): Settings {
  const { large, small } = curvaturesOfNamed(spec, ORIGIN);
  const [a, b] = [Math.sqrt(large), Math.sqrt(small)];
  return { step: typed(4 / (a + b) ** 2), momentum: typed(((a - b) / (a + b)) ** 2) };
}

/** Where a run ended, to a thousandth. */
function placeOf(track: Facts["tracks"][number]): string {
  const [x, y] = endOf(track).map((v) => Number(v.toFixed(3)) + 0);
  return pair(x ?? NaN, y ?? NaN);
}

/** How a run ended, in a word. */
function wordOf(facts: Facts, i: number): string {
  const track = facts.tracks[i];
  return track ? standing(track, track.count - 1, { value: facts.info.minima[0]?.value ?? Infinity, point: null, undercut: false }).word : "";
}

/** The radius a run began with. */
function firstRadius(track: Facts["tracks"][number] | undefined): number {
  return track ? (radii(track)[0] ?? NaN) : NaN;
}

/** Both curvatures at a point, in words. */
function bothAt(surface: Facts["surface"], at: Point): string {
  const { large, small } = curvaturesAt(surface, at);
  return `${short(large)} and ${short(small)}`;
}

const NARROW = valley(100, ANGLE);
const WIDE = valley(10, ANGLE);
const STEEP = valley(20, ANGLE);
const SHARES = [1, 1.9, 2.1];

export const SCENES: readonly Scene[] = [
  {
    title: "How long may a step be?",
    says: ({ surface, info }) => `Methods race down a surface to its lowest point, and some need a thousand times the steps of others. Here one method, gradient descent, goes down a valley whose walls curve by λ = ${short(curvaturesOf(surface, info).large)}: three runs with the steps 1/λ, 1.9/λ and 2.1/λ.`,
    asks: "Which of them gets to the bottom first?",
    answers: ["1/λ, which does not bounce", "1.9/λ, which zigzags", "2.1/λ, the longest"],
    surface: STEEP,
    start: VALLEY_START,
    entrants: () => entrants(...SHARES.map((share) => ["gd", { step: typed(share / curvaturesOfNamed(STEEP, ORIGIN).large) }] as const)),
    judge: (facts) => {
      const { surface, info, tracks } = facts;
      const [careful, bold, wild] = tracks;
      const { large, across } = curvaturesOf(surface, info);
      const arrived = tracks.map((track) => (track.ended?.converged ? iterationsOf(track) : Infinity));
      if (!careful || !bold || !wild) return { right: 0, words: "" };
      const limit = limitBetween(surface, VALLEY_START, stepOf(bold), stepOf(wild));
      return {
        right: arrived.indexOf(Math.min(...arrived)),
        words: `1.9/λ crosses the floor ${many(crossings(bold, info.minima[0]?.point ?? ORIGIN, across), "time")} and ends after ${many(iterationsOf(bold), "iteration")}, 1/λ after ${iterationsOf(careful)}. With 2.1/λ each bounce is longer than the last: ${wordOf(facts, 2)}. Runs with steps between them put the limit at ${short(limit, 4)}; 2/λ is ${short(2 / large, 4)}.`,
      };
    },
  },
  {
    title: "Ten times narrower",
    says: ({ tracks }) => `The condition number κ says how much more the walls curve than the floor. At κ = 10 gradient descent with its best step took ${many(iterationsOn(WIDE, "gd", { step: bestStep(WIDE) }, VALLEY_START), "iteration")}; here κ is 100, with the best step for that${tracks[0] ? `, ${short(stepOf(tracks[0]))}` : ""}.`,
    asks: "How many iterations does it take now?",
    answers: ["about as many", "about three times as many", "about ten times as many"],
    surface: NARROW,
    start: VALLEY_START,
    entrants: () => entrants(["gd", { step: bestStep(NARROW) }]),
    judge: ({ surface, info, tracks: [track] }) => {
      if (!track) return { right: 0, words: "" };
      const before = iterationsOn(WIDE, "gd", { step: bestStep(WIDE) }, VALLEY_START);
      const { large, small } = curvaturesOf(surface, info);
      const factor = iterationsOf(track) / before;
      return {
        right: nearest(factor, [1, 3, 10]),
        words: `${many(iterationsOf(track), "iteration")}, ${short(factor, 2)} times the ${before}. The walls, λ = ${short(large)}, keep the step short, and along the floor, λ = ${short(small)}, each step gains only about ${short(100 * stepOf(track) * small, 2)} % of the way that is left.`,
      };
    },
  },
  {
    title: "Momentum",
    says: ({ tracks: [gd, momentum] }) => `The same valley, κ = 100. Momentum keeps a share β of its velocity: across, the bounces cancel, along the floor they add up. Gradient descent${gd ? ` (step ${short(stepOf(gd))})` : ""} races momentum with Polyak's step and β${momentum ? ` = ${short(Number(momentum.settings.momentum))}` : ""}.`,
    asks: "How many times fewer iterations does momentum need?",
    answers: ["about as many", "about three times fewer", "about ten times fewer"],
    surface: NARROW,
    start: VALLEY_START,
    entrants: () => entrants(["gd", { step: bestStep(NARROW) }], ["momentum", polyak(NARROW)]),
    judge: ({ surface, info, tracks: [gd, momentum] }) => {
      if (!gd || !momentum) return { right: 0, words: "" };
      const { large, small } = curvaturesOf(surface, info);
      const factor = iterationsOf(gd) / iterationsOf(momentum);
      return {
        right: nearest(factor, [1, 3, 10]),
        words: `${iterationsOf(momentum)} instead of ${many(iterationsOf(gd), "iteration")}: ${short(factor, 2)} times fewer, where √κ = ${short(Math.sqrt(large / small))}.`,
      };
    },
  },
  {
    title: "Newton at a saddle",
    says: ({ surface }) => `Newton's step goes to where the quadratic model is flat. The start is almost on the ridge between two minima, and the curvatures at the point between them are ${bothAt(surface, ORIGIN)}.`,
    asks: "Where does pure Newton go?",
    answers: ["down into a minimum", "onto the saddle, and stays", "away without end"],
    surface: "saddle",
    start: [1, 1e-3],
    entrants: () => entrants(["newton", {}], ["newton-eigen", {}], ["trust-exact", {}]),
    judge: ({ tracks: [newton, sizes, trust] }) => {
      if (!newton || !sizes || !trust) return { right: 0, words: "" };
      const kind = newton.ended?.kind;
      const cured = [["taking the sizes |λ| of the curvatures", sizes], ["a trust region", trust]] as const;
      return {
        right: kind === "minimum" ? 0 : kind === "saddle" ? 1 : 2,
        words: `Newton ${kind === "saddle" ? "stops at the saddle" : `ends at a ${kind ?? "point it does not tell"}`} ${placeOf(newton)} after ${many(iterationsOf(newton), "iteration")}: to it, up is as good as down. The cures: ${cured.map(([what, track]) => `${what} ${track.ended?.kind === "minimum" ? "reaches the minimum" : "ends at"} ${placeOf(track)} in ${many(iterationsOf(track), "iteration")}`).join(", ")}.`,
      };
    },
  },
  {
    title: "Curvature from gradients alone",
    says: () => "BFGS never sees a second derivative. It builds a matrix from its steps and the changes of the gradient along them; the filled ellipse is what it believes, the dotted one the truth at the point where it is.",
    asks: "How near does its belief come to the truth at the end?",
    answers: ["it stays far off", "within a tenth", "within a hundredth"],
    surface: "himmelblau",
    start: [-0.5, -1],
    entrants: () => entrants(["bfgs", {}]),
    also: { opened: 0 },
    judge: (facts) => {
      const errors = beliefErrors(facts);
      const known = errors.filter((error) => Number.isFinite(error));
      const [first = NaN, last = NaN] = [known[0], known[known.length - 1]];
      const tenth = errors.findIndex((_, k) => errors.slice(k).every((error) => error <= 0.1));
      const percent = (part: number): string => `${short(100 * part, 2)} %`;
      return {
        right: last > 0.1 ? 0 : last > 0.01 ? 1 : 2,
        words: `After its first step the two differ by ${percent(first)} of the true one, at the end by ${percent(last)}${tenth >= 0 ? `, from iteration ${tenth} on by no more than a tenth` : ""}.`,
      };
    },
  },
  {
    title: "How far to trust a model",
    says: ({ tracks: [track, long] }) => `A trust region takes the model's best step within a circle, the dashed one. One run begins with the radius ${short(firstRadius(track))}, another with one ${short(firstRadius(long) / firstRadius(track))} times as long.`,
    asks: "What becomes of the short radius?",
    answers: ["it stays as it is", "it only grows", "it grows and shrinks all the way"],
    surface: "rosenbrock",
    start: [-1.2, 1],
    entrants: () => entrants(["trust-exact", { "radius.initial": 0.05 }], ["trust-exact", { "radius.initial": 10 }]),
    also: { opened: 0 },
    judge: ({ tracks: [short_, long] }) => {
      if (!short_ || !long) return { right: 0, words: "" };
      const sizes = radii(short_);
      const changes = sizes.slice(1).map((radius, k) => radius - (sizes[k] ?? NaN));
      const [grew, shrank] = [changes.filter((c) => c > 0).length, changes.filter((c) => c < 0).length];
      return {
        right: grew === 0 ? 0 : shrank === 0 ? 1 : 2,
        words: `It grows ${many(grew, "time")}, where the model foretold the decrease well, and shrinks ${many(shrank, "time")}, where it did not: between ${short(Math.min(...sizes))} and ${short(Math.max(...sizes))}. So its start matters little: ${iterationsOf(short_)} iterations from this one, ${iterationsOf(long)} from the long one.`,
      };
    },
  },
  {
    title: "Natural gradient, in its own geometry",
    says: () => "Here each point is a normal distribution: its mean μ and the logarithm of its spread σ. The natural gradient measures a step by how much the distribution changes: by the Fisher information, the filled ellipse, and not by how far μ and ln σ move.",
    asks: "Newton scales the gradient by the Hessian, the natural gradient by the Fisher information. Which gets to the estimate?",
    answers: ["Newton alone", "the natural gradient alone", "both"],
    surface: "gaussian",
    start: [1, 1],
    entrants: () => entrants(["natural-gradient", { step: 1 }], ["newton", {}]),
    also: { opened: 0 },
    judge: (facts) => {
      const { surface, tracks: [natural, newton] } = facts;
      if (!natural || !newton) return { right: 0, words: "" };
      const arrived = [newton, natural].map((track) => track.ended?.kind === "minimum");
      const { large, small } = curvaturesAt(surface, [1, 1]);
      return {
        right: arrived[0] && arrived[1] ? 2 : arrived[1] ? 1 : 0,
        words: `The natural gradient ${arrived[1] ? "arrives" : "ends"} at ${placeOf(natural)} after ${many(iterationsOf(natural), "iteration")}. Newton: ${wordOf(facts, 1)}. At the start the Hessian has the eigenvalues ${short(large)} and ${short(small)}${small < 0 ? ", so that its step goes up along the second" : ""}; the Fisher information has ${fisherAt(surface, [1, 1]).map((v) => short(v)).join(" and ")}.`,
      };
    },
  },
];
