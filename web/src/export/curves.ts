// The curves of a race as SVG.

import type { Shown } from "../arena/curves";
import { shortName } from "../arena/names";
import { colorOf, inks } from "../view/looks";
import { dashes, escape, legendOf, marker, opening, text } from "./picture";

const [WIDTH, HEIGHT] = [620, 340];
const [LEFT, TOP] = [64, 62];

/** All curves to their ends, with what they are of. */
export function curvesSvg(title: string, shown: Shown, dark: boolean): string {
  const { ink } = inks(dark);
  const legend = legendOf(shown.lines.map(({ track }) => ({ look: track.look, words: shortName(track.entrant.method) })), WIDTH + LEFT, dark);
  const under = TOP + HEIGHT + 56;
  const [toX, toY] = [(part: number): number => LEFT + part * WIDTH, (part: number): number => TOP + (1 - part) * HEIGHT];
  const parts = [
    opening(WIDTH + LEFT + 24, under + legend.height, `${title}: ${shown.upward}, by ${shown.across}`, dark),
    text(LEFT, 22, "start", title, ' font-size="15" font-weight="600"'),
    text(LEFT, 46, "start", shown.upward),
    text(LEFT + WIDTH, TOP + HEIGHT + 36, "end", shown.across),
    `<clipPath id="plot"><rect x="${LEFT}" y="${TOP}" width="${WIDTH}" height="${HEIGHT}"/></clipPath>`,
  ];
  for (const [part, words] of shown.marksAcross) {
    parts.push(`<path d="M${toX(part).toFixed(1)} ${TOP}v${HEIGHT}" stroke="${ink}" stroke-opacity=".12"/>`, text(toX(part), TOP + HEIGHT + 17, "middle", words));
  }
  for (const [part, words] of shown.marksUpward) {
    parts.push(`<path d="M${LEFT} ${toY(part).toFixed(1)}h${WIDTH}" stroke="${ink}" stroke-opacity=".12"/>`, text(LEFT - 8, toY(part) + 4, "end", words));
  }
  for (const { track, vertices } of shown.lines) {
    const data = vertices.map(([x, y], k) => `${k === 0 ? "M" : "L"}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join("");
    const [x, y] = vertices[vertices.length - 1] ?? [NaN, NaN];
    if (data === "") continue;
    parts.push(
      `<path data-method="${escape(track.entrant.method)}" clip-path="url(#plot)" d="${data}" fill="none" stroke="${colorOf(track.look, dark)}" stroke-width="2" stroke-linejoin="round"${dashes(track.look)}/>`,
      y >= 0 && y <= 1 ? marker(track.look, 4.4, toX(x), toY(y), dark) : "",
    );
  }
  parts.push(legend.at(LEFT, under), "</svg>");
  return parts.join("\n");
}
