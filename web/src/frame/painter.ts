// The map's field and level lines: at once, and finer when the page has nothing else to do.

import type { SurfaceMap } from "../view/map";
import type { Loop } from "./loop";

/** Milliseconds after which the page is looked at again. */
const LATER = 200;

/** Paints; coarsely where the window is moving. */
export function createPainter(map: SurfaceMap, dark: () => boolean, loop: Loop): (moving: boolean) => void {
  let timer = 0;
  const later = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (loop.idle()) requestAnimationFrame(() => { map.paint(dark(), "fine"); });
      else later();
    }, LATER);
  };
  return (moving) => {
    map.paint(dark(), moving ? "moving" : "first");
    later();
  };
}
