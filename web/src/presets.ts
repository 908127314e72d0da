// Which methods show best what a surface teaches.

import type { Entrant, Settings } from "./state";

const USUAL = ["gd", "momentum", "adam", "bfgs", "newton-damped", "trust-dogleg"];

const PRESETS: Readonly<Record<string, readonly string[]>> = {
  booth: ["gd", "momentum", "cg-pr", "bfgs", "newton"],
  saddle: ["gd", "momentum", "newton", "newton-eigen", "trust-exact", "arc"],
  "plain-saddle": ["gd", "newton", "newton-eigen", "trust-exact"],
  "monkey-saddle": ["gd", "adam", "newton", "trust-exact", "arc"],
  valley: ["gd", "momentum", "cg-pr", "bfgs", "newton"],
  gaussian: ["gd", "bfgs", "newton-damped", "natural-gradient", "natural-gradient-kl"],
  rastrigin: ["gd", "momentum", "bfgs", "newton", "trust-exact"],
  ackley: ["gd", "adam", "bfgs", "newton-damped", "trust-dogleg"],
  himmelblau: ["gd", "momentum", "cg-pr", "bfgs", "newton", "trust-dogleg"],
};

/** The name in front of the settings of a specification. */
export function baseName(surface: string): string {
  return surface.split(":")[0] ?? surface;
}

/** The methods to begin with on a surface. */
export function presetEntrants(surface: string): Entrant[] {
  const name = baseName(surface);
  const methods = PRESETS[name] ?? USUAL;
  const settings: Settings = {};
  const entrants = methods.map((method, id): Entrant => ({ method, settings, id }));
  if (name !== "valley") return entrants;
  // The step that no wall sends back, 1 / κ, beside the best, near 2 / κ, which each of them does.
  const careful = Number((1 / valleySettings(surface).kappa).toPrecision(3));
  return [...entrants, { method: "gd", settings: { step: careful }, id: entrants.length }];
}

/** Whether these are the methods the surface begins with. */
export function isPreset(surface: string, entrants: readonly Entrant[]): boolean {
  return JSON.stringify(presetEntrants(surface)) === JSON.stringify(entrants);
}

/** The quadratic's specification. */
export function valley(kappa: number, angle: number): string {
  return `valley:kappa=${kappa},angle=${angle}`;
}

/** Condition number and angle, in degrees, of a quadratic's specification. */
export function valleySettings(surface: string): { kappa: number; angle: number } {
  const read = (name: string, otherwise: number): number => {
    const value = Number(new RegExp(`\\b${name}=([^,]+)`).exec(surface)?.[1]);
    return Number.isFinite(value) ? value : otherwise;
  };
  return { kappa: read("kappa", 100), angle: read("angle", 0) };
}
