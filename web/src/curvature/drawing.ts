// The local model over the true surface: level lines, ellipse, eigenvectors, radius, steps.

import type { FirstStep, Lines } from "../core";
import type { Point } from "../state";
import { setAttributes, svg } from "../ui/dom";
import { short } from "../ui/format";
import { type Camera, scales, screenX, screenY } from "../view/camera";
import { conic, levelFor } from "../view/conics";
import { trace } from "../view/contours";
import { type Look, colorOf } from "../view/looks";
import type { Local } from "./local";

/** Pixels of the ellipse's long half axis. */
const ELLIPSE = 92;
const ARROW = 104;

export interface DrawnStep {
  readonly step: FirstStep;
  readonly look: Look;
  readonly strong: boolean;
}

export interface Scene {
  readonly local: Local;
  readonly camera: Camera;
  readonly radius: number;
  readonly steps: readonly DrawnStep[];
  /** damping, dx, dy in turn. */
  readonly path: Float64Array;
  readonly damped: Point | null;
  readonly dark: boolean;
}

export interface Drawing {
  readonly element: SVGGElement;
  readonly draw: (scene: Scene | null) => void;
}

/** An arrow from the origin, in pixels, with its head. */
export function arrow(x: number, y: number, head = 9): string {
  const length = Math.hypot(x, y);
  if (length < 1) return "";
  const size = Math.min(head, length * 0.6);
  const [ux, uy] = [x / length, y / length];
  const [bx, by] = [x - size * ux, y - size * uy];
  const w = size * 0.45;
  const p = (a: number, b: number): string => `${a.toFixed(1)} ${b.toFixed(1)}`;
  return `M0 0L${p(bx, by)}M${p(bx - w * uy, by + w * ux)}L${p(x, y)}L${p(bx + w * uy, by - w * ux)}Z`;
}

function limited(x: number, y: number, most: number): Point {
  const length = Math.hypot(x, y);
  return length > most ? [(x / length) * most, (y / length) * most] : [x, y];
}

export function createDrawing(): Drawing {
  const circle = svg("ellipse", { class: "trust" });
  const fisher = svg("path", { class: "fisher" });
  const positive = svg("path", { class: "curvature" });
  const negative = svg("path", { class: "curvature negative" });
  const axes = svg("path", { class: "eigen" });
  const labels = [svg("text", { class: "label" }), svg("text", { class: "label" })];
  const path = svg("path", { class: "damped-path" });
  const steps = svg("g", { class: "steps" });
  const gradient = svg("path", { class: "gradient" });
  const gradientLabel = svg("text", { class: "label" });
  const damped = svg("circle", { class: "damped", r: 6 });
  const centre = svg("circle", { class: "centre", r: 5 });
  const element = svg(
    "g", { class: "local" },
    circle, fisher, positive, negative, axes, path, steps, gradient, damped, centre, ...labels, gradientLabel,
  );

  const drawSteps = (scene: Scene, sx: number, sy: number): void => {
    while (steps.children.length < scene.steps.length) steps.append(svg("path"));
    while (steps.children.length > scene.steps.length) steps.lastChild?.remove();
    const most = 3 * Math.max(scene.camera.width, scene.camera.height);
    scene.steps.forEach(({ step, look, strong }, i) => {
      const line = steps.children[i];
      if (!line) return;
      const [x, y] = step.dx === null || step.dy === null ? [0, 0] : limited(step.dx * sx, -step.dy * sy, most);
      const color = colorOf(look, scene.dark);
      setAttributes(line, {
        d: arrow(x, y), stroke: color, fill: color, "stroke-dasharray": look.dashes.join(" "),
        "stroke-width": strong ? 3.5 : 2.2, "data-method": step.method,
      });
    });
  };

  return {
    element,
    draw: (scene) => {
      element.toggleAttribute("hidden", scene === null);
      if (!scene) return;
      const { local, camera } = scene;
      const [sx, sy] = scales(camera);
      const [px, py] = [screenX(camera, local.at[0]), screenY(camera, local.at[1])];
      setAttributes(element, { transform: `translate(${px.toFixed(1)} ${py.toFixed(1)})` });
      const reach = 1.5 * Math.max(camera.width, camera.height);
      const level = levelFor(local.hessian, camera, ELLIPSE);
      const curve = level > 0 ? conic(local.hessian, level, camera, reach) : { positive: "", negative: "" };
      setAttributes(positive, { d: curve.positive });
      setAttributes(negative, { d: curve.negative });
      setAttributes(circle, { rx: Math.min(1e5, scene.radius * sx), ry: Math.min(1e5, scene.radius * sy) });

      let lines = "";
      local.eigenvectors.forEach(([vx, vy], i) => {
        const long = Math.hypot(vx * sx, vy * sy);
        let [ux, uy] = [(vx * sx) / long, (-vy * sy) / long];
        // Labels on the side that the gradient's arrow does not point to.
        if (ux * -local.gradient[0] * sx + uy * local.gradient[1] * sy > 0) [ux, uy] = [-ux, -uy];
        const r = ELLIPSE + 16;
        lines += `M${(-r * ux).toFixed(1)} ${(-r * uy).toFixed(1)}L${(r * ux).toFixed(1)} ${(r * uy).toFixed(1)}`;
        const label = labels[i];
        if (!label) return;
        label.textContent = `λ${i === 0 ? "₁" : "₂"} = ${short(local.eigenvalues[i] ?? NaN)}`;
        const x = Math.min(camera.width - px - 60, Math.max(60 - px, (r + 14) * ux));
        setAttributes(label, { x: x.toFixed(1), y: Math.min(camera.height - py - 12, Math.max(54 - py, (r + 12) * uy + 4)).toFixed(1), "text-anchor": "middle" });
      });
      setAttributes(axes, { d: lines });

      const [gx, gy] = [-local.gradient[0] * sx, local.gradient[1] * sy];
      const size = Math.hypot(gx, gy);
      const [ax, ay] = size > 0 ? [(gx / size) * ARROW, (gy / size) * ARROW] : [0, 0];
      setAttributes(gradient, { d: arrow(ax, ay, 13) });
      gradientLabel.textContent = size > 0 ? "−∇f" : "";
      setAttributes(gradientLabel, { x: (ax * 1.17).toFixed(1), y: (ay * 1.17 + 5).toFixed(1), "text-anchor": "middle" });

      let trail = "";
      for (let i = 0; i + 2 < scene.path.length; i += 3) {
        const [x, y] = limited((scene.path[i + 1] ?? 0) * sx, -(scene.path[i + 2] ?? 0) * sy, 1e5);
        trail += `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
      }
      setAttributes(path, { d: trail });
      const dot: Point = scene.damped ? limited(scene.damped[0] * sx, -scene.damped[1] * sy, 1e5) : [0, 0];
      setAttributes(damped, { cx: dot[0].toFixed(1), cy: dot[1].toFixed(1) });
      damped.toggleAttribute("hidden", scene.damped === null);
      drawSteps(scene, sx, sy);

      const information = local.fisher;
      const own = information ? conic(information, levelFor(information, camera, ELLIPSE), camera, reach).positive : "";
      setAttributes(fisher, { d: own });
    },
  };
}

/** Level lines of the model over the true ones: strong within the trust region, faint outside. */
export function drawModel(
  context: CanvasRenderingContext2D,
  lines: Lines | null,
  camera: Camera,
  trusted: { readonly at: Point; readonly radius: number },
  dark: boolean,
): void {
  context.clearRect(0, 0, camera.width, camera.height);
  if (!lines) return;
  const path = trace(lines, camera, () => true);
  const [sx, sy] = scales(camera);
  context.strokeStyle = dark ? "#62b5ec" : "#0067a3";
  context.lineWidth = 1;
  context.globalAlpha = 0.22;
  context.stroke(path);
  context.save();
  context.beginPath();
  context.ellipse(
    screenX(camera, trusted.at[0]), screenY(camera, trusted.at[1]),
    Math.min(1e5, trusted.radius * sx), Math.min(1e5, trusted.radius * sy), 0, 0, 2 * Math.PI,
  );
  context.clip();
  context.lineWidth = 1.6;
  context.setLineDash([5, 4]);
  context.globalAlpha = 0.9;
  context.stroke(path);
  context.restore();
  context.globalAlpha = 1;
  context.setLineDash([]);
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
