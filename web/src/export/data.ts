// Cells of CSV, words of a command, and files.

import type { Point } from "../state";
import { plain } from "../ui/format";

/** A cell of CSV. */
export const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A word of a command. */
export const quoted = (text: string): string => (/^[\w:=.,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** A point, as commands read it. */
export const numbers = (point: Point): string => point.map((v) => plain(v, 8)).join(",");

/** Hands a file to the browser. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => { URL.revokeObjectURL(url); }, 10_000);
}
