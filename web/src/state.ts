// What the page shows, in one place.

export type View = "arena" | "curvature" | "network";
/** What the race is synchronized by. */
export type Axis = "iterations" | "evaluations" | "work";
/** What the curves show. */
export type Measure = "gap" | "gradient";
export type Theme = "system" | "light" | "dark";
/** What is drawn at the point of the curvature view. */
export const LAYERS = ["model", "trust", "curvature", "axes", "fisher", "path", "steps", "gradient"] as const;
export type Layer = (typeof LAYERS)[number];
export type Point = readonly [number, number];
export interface Rectangle {
  readonly x: Point;
  readonly y: Point;
}
export type SettingValue = number | string;
export type Settings = Readonly<Record<string, SettingValue>>;

export type Limits = Readonly<Record<string, number>>;

/** Enough iterations for gradient descent at a condition number of 1000. */
export const USUAL_LIMITS: Limits = { iterations: 5000 };

/** Runs are kept whole: what fits into memory. */
export const MOST_ITERATIONS = 1e5;

/** A method in the race; `id` is its own and never changes while it is in. */
export interface Entrant {
  readonly method: string;
  readonly settings: Settings;
  readonly id: number;
}

/** The map of where runs of a method lead to: of which entrant, and what its colours tell. */
export interface BasinsChoice {
  readonly id: number;
  readonly by: "minimum" | "iterations";
}

export interface State {
  readonly view: View;
  /** The specification of the surface: a name, a name with settings, or a formula. */
  readonly surface: string;
  readonly start: Point;
  /** What the map shows; null: the surface's own window. */
  readonly window: Rectangle | null;
  readonly entrants: readonly Entrant[];
  /** When runs end: `iterations`, `evaluations`, `tolerance`, `gradient-tolerance`; else the library's rules. */
  readonly limits: Limits;
  readonly axis: Axis;
  readonly measure: Measure;
  /** How far the race is, in units of `axis`; null: all the way. */
  readonly time: number | null;
  readonly playing: boolean;
  readonly speed: number;
  /** The entrant whose internals are shown. */
  readonly opened: number | null;
  /** The entrant that is pointed at, in whichever of its pictures. */
  readonly lit: number | null;
  readonly basins: BasinsChoice | null;
  /** The point of the curvature view. */
  readonly point: Point;
  readonly pinned: boolean;
  /** The trust radius; null: chosen for the window. */
  readonly radius: number | null;
  /** Damping on a scale from 0, Newton's step, to 1, the gradient's direction. */
  readonly damping: number;
  /** What of the curvature view is not drawn. */
  readonly hidden: readonly Layer[];
  readonly theme: Theme;
  /** What the network view shows, as its address says it. */
  readonly network: string;
  /** Map and player alone, for a page that embeds this one. */
  readonly bare: boolean;
  /** The scene of the tour that is shown, from 1. */
  readonly scene: number | null;
}

export type Listener = (now: State, before: State) => void;

/** A value whose changes are told once a frame. */
export interface Store {
  readonly get: () => State;
  readonly set: (patch: Partial<State>) => void;
  /** Tells what changed since the last time. */
  readonly flush: (tell: Listener) => void;
}

/** `wake` is called at each change, so that a frame comes. */
export function createStore(initial: State, wake: () => void): Store {
  let now = initial;
  let told = initial;
  return {
    get: () => now,
    set: (patch) => {
      now = { ...now, ...patch };
      wake();
    },
    flush: (tell) => {
      // What is told may set again.
      for (let round = 0; told !== now && round < 8; round += 1) {
        const before = told;
        told = now;
        tell(told, before);
      }
    },
  };
}

/** The first number from 0 on that is not taken. */
export function freeNumber(taken: readonly number[]): number {
  let free = 0;
  while (taken.includes(free)) free += 1;
  return free;
}

/** Whether two points are the same. */
export function samePoint(a: Point, b: Point): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
