// Ticks and their numbers on the edges of the map.

import { setAttributes, svg } from "../ui/dom";
import { type Camera, screenX, screenY, tickLabels } from "./camera";

/** Draws ticks into a group, reusing nothing: they change only with the camera. */
export function drawAxes(group: SVGGElement, camera: Camera, names: readonly [string, string]): void {
  const { width, height } = camera;
  const marks: SVGElement[] = [];
  const text = (x: number, y: number, anchor: string, words: string, kind = "tick"): void => {
    const element = svg("text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: kind });
    element.textContent = words;
    marks.push(element);
  };
  for (const [t, words] of tickLabels(camera.x0, camera.x1, width / 110)) {
    const x = screenX(camera, t);
    if (x < 44 || x > width - 34) continue;
    marks.push(svg("line", { x1: x, x2: x, y1: height, y2: height - 6 }));
    text(x, height - 10, "middle", words);
  }
  for (const [t, words] of tickLabels(camera.y0, camera.y1, height / 80)) {
    const y = screenY(camera, t);
    if (y < 34 || y > height - 34) continue;
    marks.push(svg("line", { x1: 0, x2: 6, y1: y, y2: y }));
    text(10, y + 4, "start", words);
  }
  text(width - 10, height - 10, "end", names[0], "name");
  text(10, 20, "start", names[1], "name");
  group.replaceChildren(...marks);
  setAttributes(group, { class: "axes", "aria-hidden": "true" });
}
