// A race as a picture, as CSV, and as a command.

import { shortName } from "../arena/names";
import { type Track, extent, iterateAt } from "../arena/race";
import type { Lowest } from "../arena/standing";
import { verdict } from "../arena/verdict";
import type { Axis, Limits, Point } from "../state";
import { many } from "../ui/format";
import { timeAt } from "../ui/timeplot";
import { methodList } from "../url";
import { type Camera, screenX, screenY } from "../view/camera";
import { colorOf, inks } from "../view/looks";
import { MOST_DOTS } from "../view/paths";
import { cell, numbers, quoted } from "./data";
import { type Moving, type Picture, dashes, escape, marker } from "./picture";

/** Pixels between two dots of a path. */
const APART = 5;

function dotsOf(track: Track, last: number, camera: Camera): string {
  let dots = "";
  let [px, py] = [Infinity, Infinity];
  for (let k = 1; k <= Math.min(last, MOST_DOTS); k += 1) {
    const x = screenX(camera, track.points[2 * k] ?? NaN);
    const y = screenY(camera, track.points[2 * k + 1] ?? NaN);
    if (Number.isNaN(x + y) || Math.hypot(x - px, y - py) < APART) continue;
    dots += `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2.2"/>`;
    [px, py] = [x, y];
  }
  return dots;
}

function trajectory(track: Track, until: number, camera: Camera, dark: boolean): string {
  let path = "";
  let [px, py] = [NaN, NaN];
  const last = Math.min(Math.floor(until), track.count - 1);
  for (let k = 0; k <= last; k += 1) {
    const x = screenX(camera, track.points[2 * k] ?? NaN);
    const y = screenY(camera, track.points[2 * k + 1] ?? NaN);
    if (Number.isNaN(x + y) || Math.abs(x) + Math.abs(y) > 1e5) break;
    if (k !== last && Math.abs(x - px) + Math.abs(y - py) < 0.4) continue;
    path += `${path === "" ? "M" : "L"}${x.toFixed(2)} ${y.toFixed(2)}`;
    [px, py] = [x, y];
  }
  if (path === "") return "";
  const color = colorOf(track.look, dark);
  return (
    `<g data-method="${escape(track.entrant.method)}" fill="none" stroke-linejoin="round">` +
    `<path d="${path}" stroke="${inks(dark).paper}" stroke-opacity=".8" stroke-width="4.5"/>` +
    `<path d="${path}" stroke="${color}" stroke-width="2.1"${dashes(track.look)}/>` +
    `<g fill="${color}" stroke="none">${dotsOf(track, last, camera)}</g>` +
    `${marker(track.look, 5, px, py, dark)}</g>`
  );
}

const UNITS: Readonly<Record<Axis, string>> = { iterations: "iteration", evaluations: "evaluation", work: "gradient" };

/** When a race is at this time of its axis. */
const momentOf = (axis: Axis, time: number): string => `After ${axis === "work" ? "the work of " : ""}${many(Math.floor(time + 1e-9), UNITS[axis])}`;

/** The map of basins under the paths, if it is shown. */
const groundOf = (basins: HTMLCanvasElement | null, camera: Camera, dark: boolean): string =>
  basins ? `<image href="${basins.toDataURL()}" width="${camera.width}" height="${camera.height}" style="opacity:.75;mix-blend-mode:${dark ? "screen" : "multiply"}"/>` : "";

function pathsOf(tracks: readonly Track[], iterates: readonly number[], start: Point, camera: Camera, dark: boolean): string {
  const { ink, paper } = inks(dark);
  const [x, y] = [screenX(camera, start[0]).toFixed(1), screenY(camera, start[1]).toFixed(1)];
  return [
    ...tracks.map((track, i) => trajectory(track, iterates[i] ?? 0, camera, dark)),
    `<circle cx="${x}" cy="${y}" r="7" fill="${paper}" stroke="${ink}" stroke-width="2.5"/>`,
  ].join("\n");
}

/** The paths up to the iterates shown. */
export function racePicture(
  title: string,
  tracks: readonly Track[],
  iterates: readonly number[],
  start: Point,
  axis: Axis,
  time: number | null,
  lowest: Lowest,
  camera: Camera,
  dark: boolean,
  basins: HTMLCanvasElement | null,
): Picture {
  return {
    title,
    content: [groundOf(basins, camera, dark), pathsOf(tracks, iterates, start, camera, dark)].join("\n"),
    legend: tracks.map(({ look, entrant }) => ({ look, words: shortName(entrant.method) })),
    caption: time === null ? verdict(tracks, lowest, axis) : `${momentOf(axis, time)}. In the end: ${verdict(tracks, lowest, axis)}`,
  };
}

/** A race in motion, from its start. */
export function raceMoving(seconds: number, end: Picture, basins: HTMLCanvasElement | null, tracks: readonly Track[], start: Point, axis: Axis, camera: Camera, dark: boolean): Moving {
  const most = extent(tracks, axis);
  return {
    seconds,
    still: { ...end, content: groundOf(basins, camera, dark), caption: "" },
    at: (part) => {
      const time = timeAt(part, most);
      const paths = pathsOf(tracks, tracks.map((track) => iterateAt(track, axis, time)), start, camera, dark);
      return { content: paths, moment: momentOf(axis, time) };
    },
  };
}

const HEADER = "method,iteration,x,y,value,gradient_norm,values,gradients,hessian_products,hessians,work";

/** Every iterate of every method, a row each. */
export function raceCsv(tracks: readonly Track[]): string {
  const rows = [HEADER];
  for (const track of tracks) {
    const name = cell(methodList([{ ...track.entrant, settings: track.settings }]));
    for (let k = 0; k < track.count; k += 1) {
      rows.push([
        name, k, track.points[2 * k], track.points[2 * k + 1], track.values[k], track.norms[k],
        ...track.evaluations.subarray(5 * k, 5 * k + 5),
      ].join(","));
    }
  }
  return `${rows.join("\n")}\n`;
}

const OPTIONS: Readonly<Record<string, string>> = {
  iterations: "--max-iterations", evaluations: "--max-evaluations", tolerance: "--tolerance", "gradient-tolerance": "--gradient-tolerance",
};

/** The command that runs the same race. */
export function raceCommand(surface: string, start: Point, tracks: readonly Track[], axis: Axis, limits: Limits): string {
  const running = tracks.filter((track) => !track.failure);
  const methods = methodList(running.map((track) => ({ ...track.entrant, settings: track.settings })));
  const parts = [
    "ravine race", quoted(surface), "--start", numbers(start), "--methods", quoted(methods),
    ...Object.entries(limits).flatMap(([name, value]) => [OPTIONS[name] ?? "", String(value)]),
  ];
  if (axis === "iterations") parts.push("--x-axis iterations");
  return parts.join(" ");
}
