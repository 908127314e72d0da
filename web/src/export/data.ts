// All iterates as CSV, and the same race as a command.

import type { Track } from "../arena/race";
import { MOST_ITERATIONS } from "../arena/race";
import type { Axis, Point } from "../state";
import { plain } from "../ui/format";
import { methodList } from "../url";

const HEADER = "method,iteration,x,y,value,gradient_norm,values,gradients,hessian_products,hessians,work";

/** Every iterate of every method, a row each. */
export function csv(tracks: readonly Track[]): string {
  const rows = [HEADER];
  for (const track of tracks) {
    const name = methodList([{ ...track.entrant, settings: track.settings }]);
    const cell = /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
    for (let k = 0; k < track.count; k += 1) {
      const numbers = [
        track.points[2 * k], track.points[2 * k + 1], track.values[k], track.norms[k],
        ...track.evaluations.subarray(5 * k, 5 * k + 5),
      ];
      rows.push(`${cell},${k},${numbers.join(",")}`);
    }
  }
  return `${rows.join("\n")}\n`;
}

const quoted = (text: string): string => (/^[\w:=.,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The command that runs the same race. */
export function command(surface: string, start: Point, tracks: readonly Track[], axis: Axis): string {
  const running = tracks.filter((track) => !track.failure);
  const methods = methodList(running.map((track) => ({ ...track.entrant, settings: track.settings })));
  const parts = [
    "ravine race", quoted(surface),
    "--start", start.map((v) => plain(v, 8)).join(","),
    "--methods", quoted(methods),
    "--max-iterations", String(MOST_ITERATIONS),
  ];
  if (axis === "iterations") parts.push("--x-axis iterations");
  return parts.join(" ");
}

/** Hands a file to the browser. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => { URL.revokeObjectURL(url); }, 10_000);
}
