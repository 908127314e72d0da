// What all methods have learnt side by side, as one SVG file.

import { escape, marker, wrapped } from "../export/picture";
import { inks } from "../view/looks";
import { learntImage, paintImage, paintPoints } from "./paint";
import type { Track } from "./race";

const SIDE = 260;
const GAP = 22;
const COLUMNS = 4;

export interface Learnt {
  readonly track: Track;
  readonly name: string;
  readonly step: number;
  /** What is said below it. */
  readonly note: string;
}

export function learntSvg(
  learnt: readonly Learnt[],
  scene: { readonly points: Float64Array; readonly classes: Float64Array; readonly kinds: number; readonly dark: boolean },
  title: string,
  caption: string,
): string {
  const { dark } = scene;
  const { ink, paper, quiet } = inks(dark);
  const columns = Math.min(COLUMNS, Math.max(1, learnt.length));
  const width = Math.max(560, columns * (SIDE + GAP) + GAP);
  const rows = Math.ceil(learnt.length / columns);
  const lines = wrapped(caption, Math.floor(width / 7) - 1);
  const height = 60 + rows * (SIDE + 60) + lines.length * 18 + 10;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="${ink}">`,
    `<title>${escape(`${title}. ${caption}`)}</title><rect width="${width}" height="${height}" fill="${paper}"/>`,
    `<text x="${GAP}" y="36" font-size="19" font-weight="600">${escape(title)}</text>`,
  ];
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * SIDE;
  const over = document.createElement("canvas");
  over.width = over.height = 2 * SIDE;
  paintPoints(over, scene.points, scene.classes, 5, dark);
  learnt.forEach(({ track, name, step, note }, i) => {
    const x = GAP + (i % columns) * (SIDE + GAP);
    const y = 60 + Math.floor(i / columns) * (SIDE + 60);
    if (track.learner) {
      paintImage(canvas, learntImage(track.learner, step, 72, scene.kinds, dark));
      canvas.getContext("2d")?.drawImage(over, 0, 0);
      parts.push(`<image href="${canvas.toDataURL()}" x="${x}" y="${y}" width="${SIDE}" height="${SIDE}"/>`);
    }
    parts.push(
      `<rect x="${x}" y="${y}" width="${SIDE}" height="${SIDE}" fill="none" stroke="${ink}" stroke-opacity=".4"/>`,
      marker(track.look, 5, x + 8, y + SIDE + 18, dark),
      `<text x="${x + 22}" y="${y + SIDE + 23}" font-weight="600">${escape(name)}</text>`,
      `<text x="${x + SIDE}" y="${y + SIDE + 23}" text-anchor="end" fill="${quiet}">${escape(note)}</text>`,
    );
  });
  const below = 60 + rows * (SIDE + 60) + 4;
  lines.forEach((line, i) => { parts.push(`<text x="${GAP}" y="${below + 18 * i}">${escape(line)}</text>`); });
  parts.push("</svg>");
  return parts.join("\n");
}
