// What the views share.

import type { MethodInfo, ProblemInfo, Surface } from "./core";
import type { Moving, Picture } from "./export/picture";
import type { Point, State, Store } from "./state";
import type { SurfaceMap } from "./view/map";

export interface Context {
  readonly store: Store;
  readonly map: SurfaceMap;
  readonly methods: readonly MethodInfo[];
  readonly surface: () => Surface;
  readonly info: () => ProblemInfo;
  readonly dark: () => boolean;
  /** Whether something is being dragged, when only what is seen at once is drawn. */
  readonly dragging: () => boolean;
  /** Says something to screen readers, once it stays for a moment. */
  readonly say: (words: string) => void;
}

/** What changed since the last update besides the state. */
export interface Change {
  readonly now: State;
  readonly before: State;
  readonly surface: boolean;
  /** The camera or the theme. */
  readonly camera: boolean;
}

/** One of the views of the page. */
export interface Pane {
  /** Beside the map, under it, and below both. */
  readonly side: HTMLElement;
  readonly under: HTMLElement;
  readonly below: HTMLElement;
  readonly enter: () => void;
  readonly leave: () => void;
  readonly update: (change: Change) => void;
  /** Called each frame with the seconds since the last; whether it wants another. */
  readonly frame: (seconds: number) => boolean;
  readonly resized: () => void;
  /** The mouse is over a point of the map, or over none. */
  readonly hover: (at: Point | null) => void;
  /** What it draws on the map, the numbers behind it, and the command that gives them. */
  readonly picture: () => Picture;
  /** A picture that is no map, as SVG, in place of that. */
  readonly svg?: () => string;
  /** Its curves as SVG; empty where there are none. */
  readonly chart?: () => string;
  /** What it plays, from its beginning to its end. */
  readonly moving?: () => Moving;
  readonly csv: () => string;
  readonly command: () => string;
}
