// Work against condition number, measured while you watch.

import type uPlot from "uplot";
import { shortName } from "../arena/names";
import { swatch } from "../arena/table";
import { type MethodInfo, Run, Surface, Tuning, ended, landscape_start } from "../core";
import { valley } from "../presets";
import { h, svg } from "../ui/dom";
import { power, short } from "../ui/format";
import { createPlot } from "../ui/plot";
import { colorOf, lookOf, markerPath } from "../view/looks";

const METHODS = ["gd", "momentum", "adam", "gd-linesearch", "cg-pr", "bfgs", "newton", "trust-exact"];
const KAPPAS = Float64Array.of(1, 3, 10, 30, 100, 300, 1000, 3000, 10_000);
const MOST_ITERATIONS = 20_000;
/** Where runs begin: across by κ^-share, along by 1; the worst counts. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];

/** The direction of the valleys, in degrees: no axis has it. */
const ANGLE = 30;

/** The work in gradient evaluations that a method needs to converge from a start; NaN where it does not. */
function workOf({ name, tuned }: MethodInfo, kappa: number, share: number): number {
  const surface = new Surface(valley(kappa, ANGLE));
  const [x = NaN, y = NaN] = landscape_start(kappa, ANGLE, share);
  let settings = "";
  if (tuned !== null) {
    const tuning = new Tuning(surface, name, "", x, y, MOST_ITERATIONS);
    while (tuning.advance());
    settings = `${tuned}=${tuning.found()[0] ?? ""}`;
    tuning.free();
  }
  const run = new Run(surface, name, settings, x, y, MOST_ITERATIONS);
  run.advance(MOST_ITERATIONS + 1);
  const work = ended(run)?.converged ? (run.evaluations().at(-1) ?? NaN) : NaN;
  run.free();
  surface.free();
  return work;
}

export interface Landscape {
  readonly element: HTMLElement;
  readonly draw: (dark: boolean) => void;
  readonly resize: () => void;
}

export function createLandscape(methods: readonly MethodInfo[]): Landscape {
  const place = h("div", { class: "plot", "aria-hidden": "true" });
  const heads = svg("svg", { class: "heads" });
  const legend = h("ul", { class: "legend" });
  const state = h("p", { class: "quiet", role: "status" }, "Measured when it comes into view.");
  const table = h("table", { class: "unseen" });
  const element = h(
    "section", { class: "landscape" },
    h("div", { class: "head" }, h("h2", {}, "Work against condition number")),
    h("p", {}, "Quadratics, rotated by 30°: the worst of five starts, one of them where exact steps along the gradient are slowest. Fixed steps are the best from each start, of a fine search that does not count. A straight line upwards is a power of the condition number; a flat one does not feel it, and momentum with its fixed β is flat while β is what slows it down."),
    h("div", {},
      h("div", { class: "curves" }, h("span", { class: "y-label" }, "work to converge, in gradient evaluations"), place, h("span", { class: "x-label" }, "condition number κ")),
      legend),
    state, table,
  );
  const work = METHODS.map(() => new Array<number | null>(KAPPAS.length).fill(null));
  let plot: uPlot | null = null;
  let dark = false;

  const size = (): readonly [number, number] => [Math.max(220, place.clientWidth), 260];
  /** Each curve ends in its method's marker. */
  const mark = (now: uPlot): void => {
    heads.replaceChildren(...work.flatMap((row, i) => {
      const last = row.findLastIndex((value) => value !== null);
      const value = row[last];
      if (value === null || value === undefined) return [];
      const [x, y] = [now.valToPos(Math.log10(KAPPAS[last] ?? 1), "x"), now.valToPos(Math.log10(value), "y")];
      const which = lookOf(METHODS[i] ?? "");
      return [svg("path", { d: markerPath(which.shape, 5, x, y), class: which.hollow ? "hollow" : "solid", style: `--c:${colorOf(which, dark)}` })];
    }));
  };
  const data = (): uPlot.AlignedData => [KAPPAS.map(Math.log10), ...work.map((row) => row.map((v) => (v === null ? null : Math.log10(v))))];
  const build = (): void => {
    plot?.destroy();
    const decades = (low: number, high: number): number[] =>
      Array.from({ length: Math.floor(high + 1e-9) - Math.ceil(low) + 1 }, (_, k) => Math.ceil(low) + k);
    const values = (splits: number[]): string[] => splits.map(power);
    plot = createPlot(place, size(),
      { range: () => [0, 4], splits: decades, values },
      { range: (low, high) => [0, Math.max(2, Math.ceil(high || low || 4))], splits: decades, values },
      METHODS.map((method) => ({ look: lookOf(method), width: 2, points: true })), data(), dark, mark);
    plot.over.append(heads);
  };
  const fillTable = (): void => {
    table.replaceChildren(
      h("caption", {}, "Work in gradient evaluations by method and condition number"),
      h("tr", {}, h("th", { scope: "col" }, "Method"), ...[...KAPPAS].map((kappa) => h("th", { scope: "col" }, short(kappa)))),
      ...METHODS.map((method, i) =>
        h("tr", {}, h("th", { scope: "row" }, shortName(method)), ...(work[i] ?? []).map((v) => h("td", {}, v === null ? "not converged" : short(v))))),
    );
  };
  const measure = (): void => {
    const jobs = [...KAPPAS].flatMap((_, k) => METHODS.flatMap((_, i) => SHARES.map((share) => [i, k, share] as const)));
    const next = (): void => {
      const until = performance.now() + 12;
      while (jobs.length > 0 && performance.now() < until) {
        const [i, k, share] = jobs.shift() ?? [0, 0, 0];
        const row = work[i];
        // Who did not converge from one start needs no other.
        if (!row || (row[k] === null && share !== SHARES[0])) continue;
        const info = methods.find(({ name }) => name === METHODS[i]);
        const value = info ? workOf(info, KAPPAS[k] ?? 1, share) : NaN;
        row[k] = Number.isFinite(value) && value > 0 ? Math.max(value, row[k] ?? 0) : null;
      }
      plot?.setData(data());
      state.textContent = jobs.length > 0 ? `Measuring: ${jobs.length} runs to go.` : "Measured just now in this browser.";
      if (jobs.length > 0) setTimeout(next, 16);
      else fillTable();
    };
    next();
  };
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    measure();
  });
  watch.observe(element);

  return {
    element,
    draw: (isDark) => {
      if (plot && dark === isDark) return;
      dark = isDark;
      legend.replaceChildren(...METHODS.map((method) => h("li", {}, swatch(lookOf(method), dark), shortName(method))));
      build();
    },
    resize: () => {
      const [width, height] = size();
      plot?.setSize({ width, height });
    },
  };
}
