// The state in the address, versioned: a link opens what its sender saw.

import { presetEntrants } from "./presets";
import { LAYERS, type Axis, type Entrant, type Limits, MOST_ITERATIONS, type Measure, type Point, type Rectangle, type SettingValue, type Settings, type State, USUAL_LIMITS } from "./state";
import { plain } from "./ui/format";

const VERSION = "1";
const AXES: readonly Axis[] = ["iterations", "evaluations", "work"];
const MEASURES: readonly Measure[] = ["gap", "gradient"];
const MOST_METHODS = 64;
const LIMITS: readonly string[] = ["iterations", "evaluations", "tolerance", "gradient-tolerance"];

/** A part of the state, as it is put together. */
type Draft = { -readonly [K in keyof State]?: State[K] };

/** What an address says, and what in it could not be used. */
export interface Decoded {
  readonly state: Draft;
  readonly complaints: readonly string[];
}

/** Methods as the command takes them: `gd:step=0.01,bfgs`. */
export function methodList(entrants: readonly Entrant[]): string {
  return entrants
    .map(({ method, settings }) => {
      const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      return given.length > 0 ? `${method}:${given.join(",")}` : method;
    })
    .join(",");
}

/** The other way round; parts with `=` but no `:` go on with the method before them. */
export function parseMethods(text: string): { method: string; settings: Settings }[] {
  const parts: { method: string; settings: Record<string, SettingValue> }[] = [];
  for (const part of text.split(",").map((p) => p.trim()).filter((p) => p !== "")) {
    const [name = "", rest] = part.includes(":") ? part.split(":", 2) : part.includes("=") ? ["", part] : [part];
    if (name !== "") parts.push({ method: name, settings: {} });
    const last = parts[parts.length - 1];
    const [key, value] = (rest ?? "").split("=", 2);
    if (!last || key === undefined || value === undefined) continue;
    const number = Number(value);
    last.settings[key] = value !== "" && Number.isFinite(number) ? number : value;
  }
  return parts;
}

/** Limits as `iterations=50,tolerance=1e-6`. */
export function limitsText(limits: Limits): string {
  return Object.entries(limits).map(([name, value]) => `${name}=${plain(value, 17)}`).join(",");
}

/** The other way round, and what of it is no limit. */
function parseLimits(text: string): { limits: Limits; wrong: string[] } {
  const limits: Record<string, number> = { ...USUAL_LIMITS };
  const wrong: string[] = [];
  for (const part of text.split(",").filter((p) => p !== "")) {
    const [name = "", value = ""] = part.split("=", 2);
    const number = Number(value);
    const counted = name === "iterations" || name === "evaluations";
    const fits = value !== "" && (counted ? Number.isInteger(number) && number >= 1 && (name !== "iterations" || number <= MOST_ITERATIONS) : number >= 0 && number < Infinity);
    if (LIMITS.includes(name) && fits) limits[name] = number;
    else wrong.push(part);
  }
  return { limits, wrong };
}

function numbers(values: readonly number[], digits = 8): string {
  return values.map((v) => plain(v, digits)).join(",");
}

/** A window with as many digits as its width needs. */
function windowNumbers({ x, y }: Rectangle): string {
  const of = ([low, high]: Point): string =>
    numbers([low, high], Math.min(17, 6 + Math.max(0, Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / (high - low))))));
  return `${of(x)},${of(y)}`;
}

/** Names and values as an address holds them, with commas, colons and equals signs as they are. */
export const queryOf = (parameters: readonly (readonly [string, string])[]): string =>
  parameters.map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%(2C|3A|3D)/g, decodeURIComponent)}`).join("&");

/** The part of the address after `#`. */
export function encode(state: State): string {
  if (state.view === "network") return state.network === "" ? "network" : `network?${state.network}`;
  // A scene is all that there is to say while it is shown.
  if (state.scene !== null) return `${state.view}?v=${VERSION}&scene=${state.scene}`;
  const parameters: [string, string][] = [
    ["v", VERSION],
    ["f", state.surface],
    ["start", numbers(state.start)],
    ["methods", methodList(state.entrants)],
  ];
  if (state.window) parameters.push(["window", windowNumbers(state.window)]);
  if (limitsText(state.limits) !== limitsText(USUAL_LIMITS)) parameters.push(["limits", limitsText(state.limits)]);
  if (state.axis !== "iterations") parameters.push(["by", state.axis]);
  if (state.measure !== "gap") parameters.push(["show", state.measure]);
  if (state.time !== null && !state.playing) parameters.push(["at", plain(state.time)]);
  const place = (id: number): string => String(state.entrants.findIndex((entrant) => entrant.id === id));
  if (state.opened !== null) parameters.push(["open", place(state.opened)]);
  if (state.basins !== null) parameters.push(["basins", `${place(state.basins.id)},${state.basins.by}`]);
  if (state.view === "curvature" || state.pinned) {
    parameters.push(["point", numbers(state.point)]);
    if (state.pinned) parameters.push(["pin", "1"]);
    if (state.radius !== null) parameters.push(["radius", plain(state.radius)]);
    if (state.damping > 0) parameters.push(["damping", plain(state.damping)]);
    if (state.hidden.length > 0) parameters.push(["hide", state.hidden.join(",")]);
  }
  if (state.bare) parameters.push(["bare", "1"]);
  return `${state.view}?${queryOf(parameters)}`;
}

/** Reads an address; what it does not say stays as it is. */
export function decode(hash: string, methods: readonly string[]): Decoded {
  const text = hash.replace(/^#/, "");
  const [view = "", query = ""] = text.split("?", 2);
  const complaints: string[] = [];
  const state: Draft = {};
  if (view === "network") return { state: { view, network: query }, complaints };
  if (view === "arena" || view === "curvature") state.view = view;
  else if (view !== "") complaints.push(`there is no view “${view}”`);
  const given = new URLSearchParams(query);
  if (query === "") return { state, complaints };
  if (given.get("v") !== VERSION) {
    complaints.push("the link is of another version of this page");
    return { state, complaints };
  }
  const list = (name: string, length: number): number[] | null => {
    const value = given.get(name);
    if (value === null) return null;
    const read = value.split(",").map((v) => (v.trim() === "" ? NaN : Number(v)));
    if (read.length === length && read.every(Number.isFinite)) return read;
    complaints.push(`${name} “${value}” is not ${length === 1 ? "a number" : `${length} numbers`}`);
    return null;
  };
  const point = (name: string): Point | null => {
    const read = list(name, 2);
    return read ? [read[0] ?? 0, read[1] ?? 0] : null;
  };
  const choice = <T extends string>(name: string, among: readonly T[]): T | null => {
    const value = given.get(name);
    const found = among.find((option) => option === value) ?? null;
    if (value !== null && found === null) complaints.push(`${name} “${value}” is none of ${among.join(", ")}`);
    return found;
  };

  const surface = given.get("f");
  if (surface !== null && surface.length < 2000) {
    state.surface = surface;
    state.entrants = presetEntrants(surface);
  }
  const start = point("start");
  if (start) state.start = start;
  const window = list("window", 4);
  if (window) {
    const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = window;
    const box: Rectangle = { x: [x0, x1], y: [y0, y1] };
    if (x1 > x0 && y1 > y0) state.window = box;
    else complaints.push("window is empty");
  }
  const wanted = given.get("methods");
  if (wanted !== null) {
    const parsed = parseMethods(wanted).slice(0, MOST_METHODS);
    const unknown = parsed.filter(({ method }) => !methods.includes(method)).map(({ method }) => method);
    if (unknown.length > 0) complaints.push(`there is no method ${unknown.join(", ")}`);
    const known = parsed.filter(({ method }) => methods.includes(method));
    // Links of before had numbers of their own for who is opened.
    const numbered = given.has("looks") ? (list("looks", known.length) ?? []) : [];
    const distinct = new Set(numbered).size === known.length;
    state.entrants = known.map((entry, i) => ({ ...entry, id: distinct ? (numbered[i] ?? i) : i }));
  }
  const { limits, wrong } = parseLimits(given.get("limits") ?? "");
  state.limits = limits;
  if (wrong.length > 0) complaints.push(`there is no limit ${wrong.join(", ")}`);
  state.axis = choice("by", AXES) ?? "iterations";
  state.measure = choice("show", MEASURES) ?? "gap";
  const time = list("at", 1)?.[0];
  state.time = time !== undefined && time >= 0 ? time : null;
  if (given.get("play") === "1") [state.time, state.playing] = [0, true];
  const opened = list("open", 1)?.[0];
  state.opened = state.entrants?.find((entrant) => entrant.id === opened)?.id ?? null;
  const [of, by] = given.get("basins")?.split(",") ?? [];
  const mapped = state.entrants?.find((entrant) => String(entrant.id) === of);
  state.basins = mapped ? { id: mapped.id, by: by === "iterations" ? by : "minimum" } : null;
  const at = point("point") ?? start;
  if (at) state.point = at;
  state.pinned = given.get("pin") === "1";
  const radius = list("radius", 1)?.[0];
  state.radius = radius !== undefined && radius > 0 ? radius : null;
  const damping = list("damping", 1)?.[0];
  state.damping = damping !== undefined && damping >= 0 && damping <= 1 ? damping : 0;
  const hidden = given.get("hide")?.split(",") ?? [];
  state.hidden = LAYERS.filter((layer) => hidden.includes(layer));
  state.bare = given.get("bare") === "1";
  const scene = list("scene", 1)?.[0];
  state.scene = scene !== undefined && Number.isInteger(scene) && scene >= 1 ? scene : null;
  return { state, complaints };
}
