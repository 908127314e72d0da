// The local model over the true surface: level lines, ellipse, eigenvectors, radius, steps.

import type { FirstStep } from "../core";
import type { Layer, Point } from "../state";
import { setAttributes, setText, show, svg } from "../ui/dom";
import { short } from "../ui/format";
import { type Camera, scales, screenX, screenY } from "../view/camera";
import { conic, levelCurve, levelFor } from "../view/conics";
import { type Look, colorOf, inks } from "../view/looks";
import { type Shape, ellipsePath } from "../view/shapes";
import { linesOf } from "./layers";
import type { Local } from "./local";

/** Pixels of the ellipse's long half axis. */
const ELLIPSE = 92;
const ARROW = 104;
/** Lines are drawn so many pixels beyond the map's edges. */
const MARGIN = 60;
/** Farther than this, in pixels, no curve goes. */
const FAR = 1e5;

export interface DrawnStep {
  readonly step: FirstStep;
  readonly look: Look;
  readonly strong: boolean;
}

export interface Scene {
  readonly local: Local;
  readonly camera: Camera;
  readonly radius: number;
  /** The values that the model's level lines are at. */
  readonly levels: Float64Array | null;
  readonly hidden: readonly Layer[];
  readonly steps: readonly DrawnStep[];
  /** damping, dx, dy in turn. */
  readonly path: Float64Array;
  readonly damped: Point | null;
  readonly dark: boolean;
}

export interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** An arrow by (x, y) from a pixel, with its head. */
export function arrow(x: number, y: number, head = 9, [ox, oy]: Point = [0, 0]): string {
  const length = Math.hypot(x, y);
  if (length < 1) return "";
  const size = Math.min(head, length * 0.6);
  const [ux, uy] = [x / length, y / length];
  const [bx, by] = [x - size * ux, y - size * uy];
  const w = size * 0.45;
  const p = (a: number, b: number): string => `${(ox + a).toFixed(1)} ${(oy + b).toFixed(1)}`;
  return `M${p(0, 0)}L${p(bx, by)}M${p(bx - w * uy, by + w * ux)}L${p(x, y)}L${p(bx + w * uy, by - w * ux)}Z`;
}

function limited(x: number, y: number, most: number): Point {
  const length = Math.hypot(x, y);
  return length > most ? [(x / length) * most, (y / length) * most] : [x, y];
}

const within = (low: number, value: number, high: number): number => Math.min(high, Math.max(low, value));

/** The model's level lines as path data: what of them is farther than so many pixels (x, y), and what is within. */
function modelPaths({ local, levels, camera }: Scene, [px, py]: Point, [rx, ry]: Point): readonly [string, string] {
  const { width, height } = camera;
  const reach = Math.max(Math.hypot(px, py), Math.hypot(width - px, py), Math.hypot(px, height - py), Math.hypot(width - px, height - py));
  const paths = ["", ""];
  for (const level of levels ?? []) {
    for (const piece of levelCurve(local.gradient, local.hessian, level - local.value, camera, reach, [px, py])) {
      let before = "";
      let which = -1;
      for (let i = 0; i < piece.length; i += 2) {
        const [x, y] = [piece[i]!, piece[i + 1]!];
        if (x < -MARGIN || y < -MARGIN || x > width + MARGIN || y > height + MARGIN) {
          [before, which] = ["", -1];
          continue;
        }
        const here = `${x.toFixed(1)} ${y.toFixed(1)}`;
        const now = ((x - px) / rx) ** 2 + ((y - py) / ry) ** 2 < 1 ? 1 : 0;
        if (now !== which && before !== "") paths[now] += `M${before}`;
        paths[now] += (before === "" ? "M" : "L") + here;
        [before, which] = [here, now];
      }
    }
  }
  return [paths[0] ?? "", paths[1] ?? ""];
}

/** What there is to see at the point, the first at the bottom, and what stands beside it. */
export function compose(scene: Scene): { readonly shapes: readonly Shape[]; readonly labels: readonly Label[] } {
  const { local, camera, dark } = scene;
  const { ink, paper } = inks(dark);
  const lines = linesOf(dark);
  const shown = (layer: Layer): boolean => !scene.hidden.includes(layer);
  const [sx, sy] = scales(camera);
  const at: Point = [screenX(camera, local.at[0]), screenY(camera, local.at[1])];
  const [px, py] = at;
  const pixel = (x: number, y: number): string => `${(px + x).toFixed(1)} ${(py + y).toFixed(1)}`;
  const reach = 1.5 * Math.max(camera.width, camera.height);
  const around = (matrix: Local["hessian"]): ReturnType<typeof conic> => {
    const level = levelFor(matrix, camera, ELLIPSE);
    return level > 0 ? conic(matrix, level, camera, reach, at) : { positive: "", negative: "" };
  };
  const curvature = around(local.hessian);
  const labels: Label[] = [];

  let axes = "";
  local.eigenvectors.forEach(([vx, vy], i) => {
    const long = Math.hypot(vx * sx, vy * sy);
    let [ux, uy] = [(vx * sx) / long, (-vy * sy) / long];
    // Labels on the side that the gradient's arrow does not point to.
    if (ux * -local.gradient[0] * sx + uy * local.gradient[1] * sy > 0) [ux, uy] = [-ux, -uy];
    const r = ELLIPSE + 16;
    axes += `M${pixel(-r * ux, -r * uy)}L${pixel(r * ux, r * uy)}`;
    if (shown("axes")) labels.push({
      text: `λ${i === 0 ? "₁" : "₂"} = ${short(local.eigenvalues[i] ?? NaN)}`,
      x: within(60, px + (r + 14) * ux, camera.width - 60),
      y: within(54, py + (r + 12) * uy + 4, camera.height - 12),
    });
  });

  const [gx, gy] = [-local.gradient[0] * sx, local.gradient[1] * sy];
  const size = Math.hypot(gx, gy);
  const [ax, ay] = size > 0 ? [(gx / size) * ARROW, (gy / size) * ARROW] : [0, 0];
  if (size > 0 && shown("gradient")) labels.push({ text: "−∇f", x: px + ax * 1.17, y: py + ay * 1.17 + 5 });

  let trail = "";
  // Where the Hessian is not positive definite, Newton's own step, without damping, is not of the way.
  const from = scene.path[0] === 0 && !(local.eigenvalues[1] > 0) ? 3 : 0;
  for (let i = from; i + 2 < scene.path.length; i += 3) {
    const [x, y] = limited((scene.path[i + 1] ?? 0) * sx, -(scene.path[i + 2] ?? 0) * sy, FAR);
    trail += `${i === from ? "M" : "L"}${pixel(x, y)}`;
  }
  const dot = scene.damped ? limited(scene.damped[0] * sx, -scene.damped[1] * sy, FAR) : null;
  const steps = scene.steps.map(({ step, look, strong }): Shape => {
    const [x, y] = limited((step.dx ?? 0) * sx, -(step.dy ?? 0) * sy, 2 * reach);
    const color = colorOf(look, dark);
    return { kind: step.method, d: arrow(x, y, 9, at), stroke: color, fill: color, width: strong ? 3.5 : 2.2, dashes: look.dashes };
  });
  const trusted: Point = [Math.min(FAR, scene.radius * sx), Math.min(FAR, scene.radius * sy)];
  const [outer, inner] = shown("model") ? modelPaths(scene, at, trusted) : ["", ""];
  const layers: readonly (readonly [Layer | null, readonly Shape[]])[] = [
    ["model", [
      { kind: "model", d: outer, ...lines.model, opacity: [lines.model.opacity, 0] },
      { kind: "model-trusted", d: inner, ...lines.trusted },
    ]],
    ["trust", [{ kind: "trust-region", d: ellipsePath(px, py, ...trusted), ...lines.trust, fill: ink, opacity: [1, 0.045] }]],
    ["fisher", [{ kind: "fisher", d: local.fisher ? around(local.fisher).positive : "", ...lines.fisher }]],
    ["curvature", [
      { kind: "curvature", d: curvature.positive, ...lines.curvature },
      { kind: "negative-curvature", d: curvature.negative, ...lines.negative },
    ]],
    ["axes", [{ kind: "eigenvectors", d: axes, ...lines.axes }]],
    ["path", [{ kind: "damped-path", d: trail, ...lines.path }]],
    ["steps", steps],
    ["gradient", [{ kind: "gradient", d: arrow(ax, ay, 13, at), ...lines.gradient, fill: ink }]],
    ["path", [{ kind: "damped", d: dot ? ellipsePath(px + dot[0], py + dot[1], 6) : "", stroke: ink, width: 2.4, fill: paper }]],
    [null, [{ kind: "point", d: ellipsePath(px, py, 5), stroke: paper, width: 2, fill: ink }]],
  ];
  const shapes = layers.flatMap(([layer, drawn]) => (layer === null || shown(layer) ? drawn : []));
  return { shapes, labels };
}

/** Labels as elements, which are sharp and found by who searches the page. */
export function createLabels(): { readonly element: SVGGElement; readonly show: (labels: readonly Label[]) => void } {
  const texts = [0, 1, 2].map(() => svg("text", { class: "label" }));
  return {
    element: svg("g", {}, ...texts),
    show: (labels) => {
      texts.forEach((element, i) => {
        const label = labels[i];
        show(element, label !== undefined);
        if (!label) return;
        setText(element, label.text);
        setAttributes(element, { x: label.x.toFixed(0), y: label.y.toFixed(0) });
      });
    },
  };
}

/** A direction, in the plane's orientation, that no label lies in. */
export function freeDirection(local: Local, camera: Camera): Point {
  const [sx, sy] = scales(camera);
  const unit = (x: number, y: number): Point => {
    const length = Math.hypot(x, y) || 1;
    return [x / length, y / length];
  };
  const taken = [unit(-local.gradient[0] * sx, -local.gradient[1] * sy)];
  for (const [x, y] of local.eigenvectors) {
    const [ux, uy] = unit(x * sx, y * sy);
    taken.push([ux, uy], [-ux, -uy]);
  }
  let best: Point = [0.8, -0.6];
  let gap = Infinity;
  for (let k = 0; k < 12; k += 1) {
    const angle = -0.6 + (k * Math.PI) / 6;
    const way: Point = [Math.cos(angle), Math.sin(angle)];
    const nearest = Math.max(...taken.map(([x, y]) => x * way[0] + y * way[1]));
    if (nearest < gap - 0.03) [best, gap] = [way, nearest];
  }
  return best;
}
