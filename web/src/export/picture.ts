// The map with what a view draws on it as one SVG file, and that as PNG.

import { screenX, screenY, tickLabels } from "../view/camera";
import { type Look, colorOf, inks, markerPath } from "../view/looks";
import { type SurfaceMap, lineData } from "../view/map";

/** What a view draws on the map, in pixels of it. */
export interface Picture {
  readonly title: string;
  /** Elements of SVG. */
  readonly content: string;
  readonly legend: readonly { readonly look: Look; readonly words: string }[];
  /** A sentence below. */
  readonly caption: string;
}

export const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A marker as an element. */
export function marker(look: Look, radius: number, x: number, y: number, dark: boolean): string {
  const color = colorOf(look, dark);
  return `<path d="${markerPath(look.shape, radius, x, y)}" fill="${look.hollow ? inks(dark).paper : color}" stroke="${color}" stroke-width="1.6"/>`;
}

/** Dashes as an attribute, where there are any. */
export function dashes({ dashes: pattern }: Look): string {
  return pattern.length > 0 ? ` stroke-dasharray="${pattern.join(" ")}"` : "";
}

/** Words in lines of about so many letters. */
export function wrapped(words: string, letters: number): string[] {
  const lines = [""];
  for (const word of words.split(" ")) {
    const last = lines[lines.length - 1] ?? "";
    if (last !== "" && last.length + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

/** Words at a point. */
export const text = (x: number, y: number, anchor: "start" | "middle" | "end", words: string, style = ""): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${style}>${escape(words)}</text>`;

/** The beginning of a file: its size, letters and ground. */
export function opening(width: number, height: number, title: string, dark: boolean): string {
  const { ink, paper } = inks(dark);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="${ink}">\n` +
    `<title>${escape(title)}</title>\n<rect width="${width}" height="${height}" fill="${paper}"/>`
  );
}

/** Pixels from one name of a legend to the next, and from one row to the next. */
const [COLUMN, ROW] = [200, 20];

/** What is played on the map. */
export interface Moving {
  /** From its beginning to its end. */
  readonly seconds: number;
  /** What stays. */
  readonly still: Picture;
  /** What moves, of the part that is over, and how far that is in words. */
  readonly at: (part: number) => { readonly content: string; readonly moment: string };
}

export interface Legend {
  readonly height: number;
  /** Its elements, from the left end of its first line on. */
  readonly at: (left: number, top: number) => string;
}

/** Which look is what, in rows of this width. */
export function legendOf(entries: Picture["legend"], width: number, dark: boolean): Legend {
  const columns = Math.max(1, Math.floor(width / COLUMN));
  return {
    height: Math.ceil(entries.length / columns) * ROW,
    at: (left, top) => entries.map(({ look, words }, i) => {
      const [x, y] = [left + (i % columns) * COLUMN, top + Math.floor(i / columns) * ROW];
      return (
        `<path d="M${x} ${y - 4}h30" stroke="${colorOf(look, dark)}" stroke-width="2.1"${dashes(look)}/>\n` +
        `${marker(look, 4.5, x + 15, y - 4, dark)}\n${text(x + 38, y, "start", words)}`
      );
    }).join("\n"),
  };
}

/** Pixels left of and above the map in its picture. */
export const [LEFT, TOP] = [52, 34];

/** The picture of the map as it is shown. */
export function mapSvg(map: SurfaceMap, names: readonly [string, string], picture: Picture, dark: boolean): string {
  const c = map.camera();
  const { ink, paper } = inks(dark);
  const legend = legendOf(picture.legend, c.width, dark);
  const under = TOP + c.height + 48;
  const below = under + legend.height;
  const caption = wrapped(picture.caption, c.width / 6.4);
  const width = c.width + LEFT + 14;
  const height = below + caption.length * 16;
  const parts: string[] = [
    opening(width, height, `${picture.title}. ${picture.caption}`, dark),
    text(LEFT, 21, "start", picture.title, ' font-size="15" font-weight="600"'),
    `<g transform="translate(${LEFT} ${TOP})"><clipPath id="map"><rect width="${c.width}" height="${c.height}"/></clipPath><g clip-path="url(#map)">`,
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
  if (lines) parts.push(`<path d="${lineData(lines, c)}" fill="none" stroke="${ink}" stroke-opacity=".25" stroke-width=".9"/>`);
  parts.push(picture.content);
  const minima = map.minima();
  if (minima !== "") {
    // A light casing around what is dark, as on the page.
    parts.push(`<path class="minima" d="${minima}" fill="none" stroke="${paper}" stroke-width="4"/>`, `<path d="${minima}" fill="none" stroke="${ink}" stroke-width="1.6"/>`);
  }
  parts.push("</g>", `<rect width="${c.width}" height="${c.height}" fill="none" stroke="${ink}" stroke-opacity=".4"/>`);
  for (const [t, words] of tickLabels(c.x0, c.x1, c.width / 90)) parts.push(text(screenX(c, t), c.height + 16, "middle", words));
  for (const [t, words] of tickLabels(c.y0, c.y1, c.height / 60)) parts.push(text(-6, screenY(c, t) + 4, "end", words));
  parts.push(
    text(c.width, c.height + 32, "end", names[0], ' font-style="italic"'),
    text(8, 18, "start", names[1], ` font-style="italic" font-size="15" paint-order="stroke" stroke="${paper}" stroke-width="4"`), "</g>",
  );
  parts.push(legend.at(LEFT, under));
  caption.forEach((line, i) => { parts.push(text(LEFT, below + 4 + 16 * i, "start", line)); });
  parts.push("</svg>");
  return parts.join("\n");
}

/** An SVG picture as an image. */
export async function imageOf(picture: string): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(new Blob([picture], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A canvas for an image at twice its size. */
export function canvasOf(image: HTMLImageElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * Math.round(image.width), 2 * Math.round(image.height)];
  return canvas;
}

/** An SVG picture as PNG, at twice its size. */
export async function pngOf(picture: string): Promise<Blob> {
  const image = await imageOf(picture);
  const canvas = canvasOf(image);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => { if (blob) resolve(blob); else reject(new Error("the picture could not be written")); });
  });
}
