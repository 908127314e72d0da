// A race as a picture, as CSV, and as a command.

import { shortName } from "../arena/names";
import type { Track } from "../arena/race";
import type { Lowest } from "../arena/standing";
import { verdict } from "../arena/verdict";
import type { Axis, Limits, Point } from "../state";
import { many } from "../ui/format";
import { methodList } from "../url";
import { type Camera, screenX, screenY } from "../view/camera";
import { colorOf, inks } from "../view/looks";
import { MOST_DOTS } from "../view/paths";
import { cell, numbers, quoted } from "./data";
import { type Picture, dashes, escape, marker } from "./picture";

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
  const { ink, paper } = inks(dark);
  const ground = basins ? `<image href="${basins.toDataURL()}" width="${camera.width}" height="${camera.height}" style="opacity:.75;mix-blend-mode:${dark ? "screen" : "multiply"}"/>` : "";
  const [x, y] = [screenX(camera, start[0]).toFixed(1), screenY(camera, start[1]).toFixed(1)];
  return {
    title,
    content: [
      ground,
      ...tracks.map((track, i) => trajectory(track, iterates[i] ?? 0, camera, dark)),
      `<circle cx="${x}" cy="${y}" r="7" fill="${paper}" stroke="${ink}" stroke-width="2.5"/>`,
    ].join("\n"),
    legend: tracks.map(({ look, entrant }) => ({ look, words: shortName(entrant.method) })),
    caption: time === null ? verdict(tracks, lowest, axis) : `After ${axis === "work" ? "the work of " : ""}${many(Math.floor(time + 1e-9), UNITS[axis])}. In the end: ${verdict(tracks, lowest, axis)}`,
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
