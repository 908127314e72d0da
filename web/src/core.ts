// The Rust core, as the page uses it: the only module that imports what is generated.

import initialize, {
  Basins, type Contours, Run, Surface, Tuning, landscape_start, level, methods as methodsText, problems as problemsText,
  step_limit,
} from "./generated/ravine_wasm";

export { Basins, Run, Surface, Tuning, landscape_start, level, step_limit };

export interface Minimum {
  readonly value: number;
  readonly point: readonly [number, number] | null;
}

export interface ProblemInfo {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly note: string;
  readonly start: readonly [number, number];
  readonly window: { readonly x: readonly [number, number]; readonly y: readonly [number, number] };
  readonly minima: readonly Minimum[];
  readonly variables: readonly [string, string];
  readonly fisher: boolean;
}

export interface MethodInfo {
  readonly name: string;
  readonly title: string;
  readonly family: string;
  readonly needs: readonly string[];
  readonly tuned: string | null;
}

export interface Ended {
  readonly status: string;
  readonly converged: boolean;
  readonly sentence: string;
  /** What the point is where it came to rest; null where it did not, or second derivatives do not tell. */
  readonly kind: "minimum" | "saddle" | "maximum" | "undecided" | "receding" | null;
  /** The value of the minimum that the way down from there leads to. */
  readonly bottom: number | null;
}

/** Loads the module, which a page in one file carries in itself; before anything else here. */
export async function loadCore(): Promise<void> {
  const carried = document.getElementById("ravine-module")?.textContent;
  if (carried === undefined || carried === null) await initialize();
  else await initialize({ module_or_path: Uint8Array.from(atob(carried.trim()), (c) => c.charCodeAt(0)) });
}

/** What the command spells in letters, as people write it. */
const greek = (text: string): string => text.replaceAll("ln_sigma", "ln σ").replace(/\bsigma\b/g, "σ").replace(/\bmu\b/g, "μ");

function written(info: ProblemInfo): ProblemInfo {
  const [x, y] = info.variables;
  return { ...info, title: greek(info.title), variables: [greek(x), greek(y)] };
}

/** The surfaces, in order. */
export function problems(): ProblemInfo[] {
  return (JSON.parse(problemsText()) as ProblemInfo[]).map(written);
}

/** The methods, in order of family. */
export function methods(): MethodInfo[] {
  return JSON.parse(methodsText()) as MethodInfo[];
}

/** What a surface is. */
export function describe(surface: Surface): ProblemInfo {
  return written(JSON.parse(surface.describe()) as ProblemInfo);
}

/** Settings as the core reads them. */
export function settingsText(settings: Readonly<Record<string, number | string>>): string {
  return Object.entries(settings).map((setting) => setting.join("=")).join(",");
}

/** How a run ended; null while it is on its way. */
export function ended(run: Run): Ended | null {
  const text = run.ended();
  return text === "" ? null : (JSON.parse(text) as Ended);
}

/** The step that a method takes from a point. */
export interface FirstStep {
  readonly method: string;
  readonly title: string;
  readonly dx: number | null;
  readonly dy: number | null;
  readonly predicted: number | null;
  readonly actual: number | null;
  readonly ratio: number | null;
  readonly why?: string;
}

/** The steps of all methods from a point. */
export function steps(surface: Surface, x: number, y: number, radius: number, damping: number): FirstStep[] {
  return JSON.parse(surface.steps(x, y, radius, damping)) as FirstStep[];
}

/** Level lines: line k is the points from starts[k] to before starts[k + 1], at levels[line_level[k]]. */
export interface Lines {
  readonly levels: Float64Array;
  readonly points: Float64Array;
  readonly starts: Uint32Array;
  readonly line_level: Uint32Array;
}

/** A window of the plane with a grid on it. */
export interface Grid {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly columns: number;
  readonly rows: number;
}

/** The arrays once, since each access copies them. */
function read(contours: Contours): Lines {
  const { levels, points, starts, line_level } = contours;
  contours.free();
  return { levels, points, starts, line_level };
}

/** Level lines of a surface at about so many levels. */
export function contours(surface: Surface, g: Grid, count: number): Lines {
  return read(surface.contours(g.x0, g.x1, g.y0, g.y1, g.columns, g.rows, count));
}

/** Level lines of a surface at these levels. */
export function contoursAt(surface: Surface, g: Grid, levels: Float64Array): Lines {
  return read(surface.contours_at(g.x0, g.x1, g.y0, g.y1, g.columns, g.rows, levels));
}

/** Values of a surface, row by row from the lower left. */
export function field(surface: Surface, g: Grid): Float64Array {
  return surface.field(g.x0, g.x1, g.y0, g.y1, g.columns, g.rows);
}
