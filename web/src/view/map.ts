// The map: field, level lines, axes, known minima; canvases and groups for what lies on it.

import { type Lines, type ProblemInfo, type Surface, contours, contoursAt, field } from "../core";
import type { Rectangle } from "../state";
import { h, setAttributes, show, svg } from "../ui/dom";
import { short } from "../ui/format";
import { drawAxes } from "./axes";
import { type Camera, fitted, screenX, screenY, zoomed } from "./camera";
import { eachLine, trace } from "./contours";
import { fieldImage, paintField } from "./field";
import { type Gestures, listen } from "./gestures";
import { ellipsePath } from "./shapes";

/** How many level lines are asked for. */
const LEVELS = 22;

export interface SurfaceMap {
  readonly element: HTMLElement;
  /** Canvas over the field for what changes from frame to frame. */
  readonly layer: CanvasRenderingContext2D;
  /** Canvas between field and paths, for a map of basins. */
  readonly basins: CanvasRenderingContext2D;
  /** Group over the canvases. */
  readonly overlay: SVGGElement;
  readonly handles: HTMLElement;
  readonly camera: () => Camera;
  readonly lines: () => Lines | null;
  /** The known minima in view, as the data of a path. */
  readonly minima: () => string;
  readonly image: () => ImageData | null;
  readonly setSurface: (surface: Surface, info: ProblemInfo) => void;
  /** Paints field and level lines for what the camera shows now. */
  readonly paint: (dark: boolean, detail: Detail) => void;
  /** Takes the size from the layout; whether it changed. */
  readonly measure: () => boolean;
}

/** How finely: while the window moves, at once, and when there is time. */
export type Detail = "moving" | "first" | "fine";
/** Pixels between the nodes of the field. */
const CELL: Readonly<Record<Detail, number>> = { moving: 9, first: 4.6, fine: 2.4 };

export interface MapOptions {
  readonly window: () => Rectangle | null;
  readonly gestures: Omit<Gestures, "camera">;
}

function context(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const made = canvas.getContext("2d");
  if (!made) throw new Error("this browser draws no canvas");
  return made;
}

/** The window that a surface is shown in at first. */
export function homeWindow(info: ProblemInfo): Rectangle {
  return info.window ?? { x: [info.start[0] - 4, info.start[0] + 4], y: [info.start[1] - 4, info.start[1] + 4] };
}

export function createMap(options: MapOptions): SurfaceMap {
  const ground = h("canvas", { class: "ground", "aria-hidden": "true" });
  const between = h("canvas", { class: "basins", "aria-hidden": "true" });
  const above = h("canvas", { class: "layer", "aria-hidden": "true" });
  const axes = svg("g");
  const marks = svg("path", { class: "minima" });
  const overlay = svg("g");
  const drawing = svg("svg", { class: "overlay", "aria-hidden": "true" }, axes, marks, overlay);
  const handles = h("div", { class: "handles" });
  const low = h("span");
  const high = h("span");
  const known = h("span", { class: "known" },
    svg("svg", { width: 20, height: 20, viewBox: "-10 -10 20 20" }, svg("path", { class: "minima", d: `${ellipsePath(0, 0, 5)}M-9 0h18M0-9v18` })),
    "minimum");
  const legend = h("div", { class: "scale", "aria-hidden": "true" }, known, h("i", {}, "f"), low, h("span", { class: "ramp" }), high);
  const zoom = (factor: number): void => {
    const c = camera();
    options.gestures.moved(zoomed(c, factor, c.width / 2, c.height / 2));
  };
  const button = (label: string, sign: string, act: () => void): HTMLButtonElement =>
    h("button", { type: "button", "aria-label": label, title: label, click: act }, sign);
  const zooms = h(
    "div",
    { class: "zooms" },
    button("Zoom in", "+", () => { zoom(1.5); }),
    button("Zoom out", "−", () => { zoom(1 / 1.5); }),
    button("Show the whole surface; Shift and drag to move the map, Ctrl and wheel to zoom", "⌂", () => { options.gestures.reset(); }),
  );
  const element = h(
    "div",
    { class: "map", tabindex: 0, role: "group" },
    ground, between, above, drawing, legend, handles, zooms,
  );
  const groundContext = context(ground);
  const layer = context(above);
  const basins = context(between);

  let surface: Surface | null = null;
  let info: ProblemInfo | null = null;
  let width = 300;
  let height = 300;
  let lines: Lines | null = null;
  let image: ImageData | null = null;

  const camera = (): Camera => {
    const window = options.window() ?? (info ? homeWindow(info) : { x: [-1, 1], y: [-1, 1] });
    return fitted(window, width, height);
  };
  listen(element, { ...options.gestures, camera });

  const minimaData = (at: Camera): string => {
    let d = "";
    // Many are small, so that they leave something to be seen.
    const r = (info?.minima.length ?? 0) > 30 ? 2.5 : 5;
    const arm = r + 4;
    for (const { point } of info?.minima ?? []) {
      if (!point) continue;
      const x = screenX(at, point[0]);
      const y = screenY(at, point[1]);
      if (x < 0 || y < 0 || x > at.width || y > at.height) continue;
      d += `${ellipsePath(x, y, r)}M${(x - arm).toFixed(1)} ${y.toFixed(1)}h${2 * arm}M${x.toFixed(1)} ${(y - arm).toFixed(1)}v${2 * arm}`;
    }
    return d;
  };
  const drawMinima = (at: Camera): void => {
    const d = minimaData(at);
    setAttributes(marks, { d });
    show(known, d !== "");
  };

  return {
    element,
    layer,
    basins,
    overlay,
    handles,
    camera,
    lines: () => lines,
    minima: () => minimaData(camera()),
    image: () => image,
    setSurface: (next, about) => {
      surface = next;
      info = about;
    },
    measure: () => {
      const box = element.getBoundingClientRect();
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      const [w, t] = [Math.max(120, Math.round(box.width)), Math.max(120, Math.round(box.height))];
      const pixels = Math.round(w * ratio);
      if (w === width && t === height && ground.width === pixels) return false;
      [width, height] = [w, t];
      for (const canvas of [ground, between, above]) {
        canvas.width = pixels;
        canvas.height = Math.round(t * ratio);
      }
      for (const target of [groundContext, basins, layer]) target.setTransform(ratio, 0, 0, ratio, 0, 0);
      setAttributes(drawing, { viewBox: `0 0 ${w} ${t}` });
      return true;
    },
    paint: (dark, detail) => {
      if (!surface || !info) return;
      const c = camera();
      const columns = Math.max(40, Math.round(c.width / CELL[detail]));
      const rows = Math.max(40, Math.round(c.height / CELL[detail]));
      const grid = { ...c, columns, rows };
      // The finer picture has the levels of the first: nothing moves.
      lines = detail === "fine" && lines ? contoursAt(surface, grid, lines.levels) : contours(surface, grid, LEVELS);
      const values = field(surface, grid);
      image = fieldImage(values, columns, rows, lines.levels, dark);
      groundContext.clearRect(0, 0, c.width, c.height);
      paintField(groundContext, image, c.width, c.height);
      for (const major of [false, true]) {
        groundContext.strokeStyle = dark
          ? `rgba(214,228,236,${major ? 0.26 : 0.13})`
          : `rgba(34,52,64,${major ? 0.34 : 0.17})`;
        // Wider lines would take ten times as long.
        groundContext.lineWidth = major ? 1 : 0.8;
        groundContext.stroke(trace(lines, c, (level) => (level % 4 === 3) === major));
      }
      let [least, most] = [Infinity, -Infinity];
      for (const value of values) {
        if (value < least) least = value;
        if (value > most && Number.isFinite(value)) most = value;
      }
      const some = least <= most;
      low.textContent = short(some ? least : NaN, 2);
      high.textContent = short(some ? most : NaN, 2);
      if (detail === "fine") return;
      drawAxes(axes, c, info.variables);
      drawMinima(c);
      element.setAttribute(
        "aria-label",
        `Map of ${info.title} for ${info.variables[0]} from ${short(c.x0)} to ${short(c.x1)} and ${info.variables[1]} from ${short(c.y0)} to ${short(c.y1)}. Plus and minus zoom, 0 shows all.`,
      );
    },
  };
}

/** The level lines as SVG path data, for export. */
export function lineData(lines: Lines, camera: Camera): string {
  const parts: string[] = [];
  eachLine(lines, camera, () => true, (pixels) => {
    let path = "";
    for (let i = 0; i < pixels.length; i += 2) {
      path += `${i === 0 ? "M" : "L"}${pixels[i]!.toFixed(1)} ${pixels[i + 1]!.toFixed(1)}`;
    }
    parts.push(path);
  });
  return parts.join("");
}
