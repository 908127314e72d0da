// Lines and areas with their style, as SVG: what the processor of the page only writes down is painted
// elsewhere, which a canvas is not.

import { setAttributes, svg } from "../ui/dom";

export interface Shape {
  /** What it shows. */
  readonly kind: string;
  /** SVG path data, in pixels. */
  readonly d: string;
  readonly stroke: string;
  readonly width: number;
  readonly dashes?: readonly number[];
  readonly fill?: string;
  /** Of line and area. */
  readonly opacity?: readonly [number, number];
}

/** Shows shapes in a group, the first at the bottom. */
export function showShapes(group: SVGGElement, shapes: readonly Shape[]): void {
  while (group.children.length < shapes.length) group.append(svg("path"));
  while (group.children.length > shapes.length) group.lastChild?.remove();
  shapes.forEach(({ kind, d, stroke, width, dashes = [], fill = "none", opacity: [line, area] = [1, 1] }, i) => {
    const element = group.children[i];
    if (!element) return;
    // The style stays mostly: one look tells.
    const style = `fill:${fill};fill-opacity:${area};stroke:${stroke};stroke-opacity:${line};stroke-width:${width};stroke-dasharray:${dashes.join(" ") || "none"}`;
    setAttributes(element, { "data-kind": kind, style, d });
  });
}

/** Path data of a circle, or of an ellipse along the axes. */
export function ellipsePath(x: number, y: number, rx: number, ry = rx): string {
  const half = `a${rx.toFixed(1)} ${ry.toFixed(1)} 0 1 1 `;
  return `M${(x - rx).toFixed(1)} ${y.toFixed(1)}${half}${(2 * rx).toFixed(1)} 0${half}${(-2 * rx).toFixed(1)} 0Z`;
}
