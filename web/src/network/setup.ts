// What the view shows, and how its address says it.

import type { Settings } from "../state";
import { plain } from "../ui/format";
import { methodList, parseMethods, queryOf } from "../url";

const VERSION = "1";
export const DATA: Readonly<Record<string, string>> = {
  moons: "Two moons", spirals: "Spirals", rings: "Rings", xor: "XOR", blobs: "Three blobs",
};
export const UNITS: readonly string[] = ["tanh", "relu", "gelu", "softplus", "sigmoid", "squared-relu"];
export const BATCHES: readonly number[] = [0, 64, 16];
export const MOST_METHODS = 10;

export type Axis = "steps" | "work";

/** A method in the race, with the step that was typed for it; null: found by trials. */
export interface Racer {
  readonly method: string;
  readonly step: number | null;
  /** Its colour and marker. */
  readonly look: number;
}

/** What is learnt, by which network and how long. */
export interface Task {
  readonly data: string;
  readonly points: number;
  readonly noise: number;
  readonly seed: number;
  readonly layers: string;
  readonly units: string;
  /** Points of a batch; 0 for all. */
  readonly batch: number;
  readonly steps: number;
}

export interface Setup extends Task {
  readonly racers: readonly Racer[];
  /** The look of the racer whose surface is large. */
  readonly shown: number;
  readonly axis: Axis;
  /** How far the race is, in units of `axis`; null: to its end. */
  readonly time: number | null;
  readonly layer: number;
}

const FIRST = ["sgd", "momentum", "adamw", "muon", "soap", "lbfgs", "newton-cg", "kfac-adaptive"];

export const USUAL: Setup = {
  data: "spirals", points: 200, noise: 0.08, seed: 1, layers: "8,8", units: "tanh", batch: 0, steps: 200,
  racers: FIRST.map((method, look) => ({ method, step: null, look })),
  shown: FIRST.length - 1, axis: "steps", time: null, layer: 1,
};

/** The part of the task that decides what is computed, as a key. */
export const taskKey = (task: Task): string =>
  [task.data, task.points, task.noise, task.seed, task.layers, task.units, task.batch, task.steps].join(" ");

const settingsOf = ({ step }: Racer): Settings => (step === null ? {} : { step });

/** The query of an address. */
export function encodeSetup(now: Setup, playing: boolean): string {
  const entrants = now.racers.map((racer) => ({ method: racer.method, settings: settingsOf(racer), id: racer.look }));
  const parameters: [string, string][] = [
    ["v", VERSION], ["data", now.data], ["points", String(now.points)], ["noise", plain(now.noise)],
    ["seed", String(now.seed)], ["layers", now.layers], ["units", now.units],
  ];
  if (now.batch !== 0) parameters.push(["batch", String(now.batch)]);
  parameters.push(["steps", String(now.steps)], ["methods", methodList(entrants)]);
  const looks = now.racers.map((racer) => racer.look);
  if (looks.some((look, i) => look !== i)) parameters.push(["looks", looks.join(",")]);
  parameters.push(["show", String(Math.max(0, looks.indexOf(now.shown)))]);
  if (now.axis !== "steps") parameters.push(["by", now.axis]);
  if (now.time !== null && !playing) parameters.push(["at", plain(now.time)]);
  if (now.layer !== USUAL.layer) parameters.push(["layer", String(now.layer)]);
  return queryOf(parameters);
}

/** Reads a query; what it does not say is as usual. */
export function decodeSetup(query: string, methods: readonly string[]): { setup: Setup; complaints: string[] } {
  const complaints: string[] = [];
  const given = new URLSearchParams(query);
  if (query === "") return { setup: USUAL, complaints };
  if (given.get("v") !== VERSION) {
    return { setup: USUAL, complaints: ["the link is of another version of this page"] };
  }
  const number = (name: string, usual: number, low: number, high: number, whole: boolean): number => {
    const text = given.get(name);
    if (text === null) return usual;
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
    complaints.push(`${name} “${text}” is not ${whole ? "a whole number" : "a number"} from ${low} to ${high}`);
    return usual;
  };
  const choice = (name: string, usual: string, among: readonly string[]): string => {
    const text = given.get(name);
    if (text === null || among.includes(text)) return text ?? usual;
    complaints.push(`${name} “${text}” is none of ${among.join(", ")}`);
    return usual;
  };
  const layers = given.get("layers") ?? USUAL.layers;
  const wrong = layersProblem(layers);
  if (wrong !== "") complaints.push(wrong);
  let racers = USUAL.racers;
  const wanted = given.get("methods");
  if (wanted !== null) {
    const parsed = parseMethods(wanted);
    const unknown = parsed.filter(({ method }) => !methods.includes(method)).map(({ method }) => method);
    if (unknown.length > 0) complaints.push(`there is no method ${unknown.join(", ")} of networks`);
    const known = parsed.filter(({ method }) => methods.includes(method));
    if (known.length > MOST_METHODS) complaints.push(`at most ${MOST_METHODS} methods race`);
    const looks = (given.get("looks") ?? "").split(",").map(Number);
    const distinct = new Set(looks).size === known.length && looks.every((l) => Number.isInteger(l) && l >= 0 && l < 64);
    racers = known.slice(0, MOST_METHODS).map(({ method, settings }, i) => {
      const others = Object.keys(settings).filter((name) => name !== "step");
      if (others.length > 0) complaints.push(`only the step of ${method} can be set here, not ${others.join(", ")}`);
      const step = settings.step;
      const usable = typeof step === "number" && step > 0 && Number.isFinite(step);
      if (step !== undefined && !usable) complaints.push(`the step “${step}” of ${method} is not a positive number`);
      return { method, step: usable ? step : null, look: distinct ? (looks[i] ?? i) : i };
    });
  }
  const last = Math.max(0, racers.length - 1);
  const shown = number("show", Math.min(last, USUAL.shown), 0, last, true);
  const time = given.has("at") ? number("at", -1, 0, 1e9, false) : -1;
  return {
    setup: {
      data: choice("data", USUAL.data, Object.keys(DATA)),
      points: number("points", USUAL.points, 10, 1000, true),
      noise: number("noise", USUAL.noise, 0, 2, false),
      seed: number("seed", USUAL.seed, 0, 1e9, true),
      layers: wrong === "" ? layers : USUAL.layers,
      units: choice("units", USUAL.units, UNITS),
      batch: number("batch", USUAL.batch, 0, 1000, true),
      steps: number("steps", USUAL.steps, 10, 2000, true),
      racers,
      shown: racers[shown]?.look ?? 0,
      axis: choice("by", USUAL.axis, ["steps", "work"]) as Axis,
      time: time < 0 ? null : time,
      layer: number("layer", USUAL.layer, 0, 4, true),
    },
    complaints,
  };
}

/** What is wrong with layers as they are typed; empty if nothing. */
export function layersProblem(text: string): string {
  const sizes = text.split(",").map((part) => part.trim());
  const fits = sizes.length <= 4 && sizes.every((size) => /^\d+$/.test(size) && Number(size) >= 1 && Number(size) <= 16);
  return fits ? "" : `layers “${text}” are not one to four numbers of units from 1 to 16, such as 8,8`;
}
