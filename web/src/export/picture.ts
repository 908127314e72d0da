// The map with its trajectories as one SVG file, and that as PNG.

import { shortName } from "../arena/names";
import type { Track } from "../arena/race";
import type { ProblemInfo } from "../core";
import { short } from "../ui/format";
import { type Camera, screenX, screenY, ticks } from "../view/camera";
import { colorOf, markerPath } from "../view/looks";
import { type SurfaceMap, lineData } from "../view/map";

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const FONT = 'font-family="Helvetica, Arial, sans-serif"';

function trajectory(track: Track, until: number, camera: Camera, dark: boolean): string {
  const color = colorOf(track.look, dark);
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
  const dashes = track.look.dashes.length > 0 ? ` stroke-dasharray="${track.look.dashes.join(" ")}"` : "";
  const ground = dark ? "#11161a" : "#ffffff";
  return (
    `<g data-method="${escape(track.entrant.method)}" fill="none" stroke-linejoin="round">` +
    `<path d="${path}" stroke="${ground}" stroke-opacity=".8" stroke-width="4.5"/>` +
    `<path d="${path}" stroke="${color}" stroke-width="2.1"${dashes}/>` +
    `<path d="${markerPath(track.look.shape, 5)}" transform="translate(${px.toFixed(2)} ${py.toFixed(2)})" fill="${track.look.hollow ? ground : color}" stroke="${color}" stroke-width="1.6"/></g>`
  );
}

/** The picture of the map as it is shown. */
export function mapSvg(
  map: SurfaceMap,
  info: ProblemInfo,
  tracks: readonly Track[],
  iterates: readonly number[],
  start: readonly [number, number],
  dark: boolean,
): string {
  const c = map.camera();
  const [ink, paper, line] = dark ? ["#e8edf0", "#11161a", "#d6e4ec"] : ["#1c2328", "#ffffff", "#223440"];
  const rowHeight = 20;
  const columns = Math.max(1, Math.floor(c.width / 200));
  const legendRows = Math.ceil(tracks.length / columns);
  const [left, top] = [52, 34];
  const width = c.width + left + 14;
  const height = c.height + top + 44 + legendRows * rowHeight;
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${FONT} font-size="12" fill="${ink}">`,
    `<title>${escape(info.title)}: paths of ${escape(tracks.map((t) => shortName(t.entrant.method)).join(", "))}</title>`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    `<text x="${left}" y="21" font-size="15" font-weight="600">${escape(info.title)}</text>`,
    `<g transform="translate(${left} ${top})"><clipPath id="map"><rect width="${c.width}" height="${c.height}"/></clipPath><g clip-path="url(#map)">`,
  ];
  const image = map.image();
  if (image) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    const [dx, dy] = [c.width / (image.width - 1), c.height / (image.height - 1)];
    parts.push(
      `<image href="${canvas.toDataURL()}" x="${-dx / 2}" y="${-dy / 2}" width="${c.width + dx}" height="${c.height + dy}" preserveAspectRatio="none"/>`,
    );
  }
  const lines = map.lines();
  if (lines) parts.push(`<path d="${lineData(lines, c)}" fill="none" stroke="${line}" stroke-opacity=".25" stroke-width=".9"/>`);
  tracks.forEach((track, i) => { parts.push(trajectory(track, iterates[i] ?? 0, c, dark)); });
  const [sx, sy] = [screenX(c, start[0]).toFixed(1), screenY(c, start[1]).toFixed(1)];
  parts.push(`<circle cx="${sx}" cy="${sy}" r="7" fill="${paper}" stroke="${ink}" stroke-width="2.5"/></g>`);
  parts.push(`<rect width="${c.width}" height="${c.height}" fill="none" stroke="${ink}" stroke-opacity=".4"/>`);
  for (const t of ticks(c.x0, c.x1, c.width / 90)) {
    parts.push(`<text x="${screenX(c, t).toFixed(1)}" y="${c.height + 16}" text-anchor="middle">${short(t, 4)}</text>`);
  }
  for (const t of ticks(c.y0, c.y1, c.height / 60)) {
    parts.push(`<text x="-6" y="${(screenY(c, t) + 4).toFixed(1)}" text-anchor="end">${short(t, 4)}</text>`);
  }
  parts.push(`<text x="${c.width}" y="${c.height + 32}" text-anchor="end" font-style="italic">${escape(info.variables[0])}</text>`);
  parts.push(`<text x="-6" y="-8" text-anchor="end" font-style="italic">${escape(info.variables[1])}</text></g>`);
  tracks.forEach((track, i) => {
    const color = colorOf(track.look, dark);
    const x = left + (i % columns) * 200;
    const y = top + c.height + 48 + Math.floor(i / columns) * rowHeight;
    const dashes = track.look.dashes.length > 0 ? ` stroke-dasharray="${track.look.dashes.join(" ")}"` : "";
    parts.push(
      `<path d="M${x} ${y - 4}h30" stroke="${color}" stroke-width="2.1"${dashes}/>` +
      `<path d="${markerPath(track.look.shape, 4.5)}" transform="translate(${x + 15} ${y - 4})" fill="${track.look.hollow ? paper : color}" stroke="${color}" stroke-width="1.5"/>` +
      `<text x="${x + 38}" y="${y}">${escape(shortName(track.entrant.method))}</text>`,
    );
  });
  parts.push("</svg>");
  return parts.join("\n");
}

/** An SVG picture as PNG, at twice its size. */
export async function pngOf(picture: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([picture], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => { if (blob) resolve(blob); else reject(new Error("the picture could not be written")); });
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
