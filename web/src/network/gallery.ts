// What each method has learnt: one large picture, and a small one for each.

import { h, setAttributes, setText, svg } from "../ui/dom";
import { short } from "../ui/format";
import { colorOf, markerPath } from "../view/looks";
import { fitCanvas, learntImage, paintImage, paintPoints } from "./paint";
import type { Track } from "./race";

/** Nodes along a side. */
const LARGE = 72;
const SMALL = 30;

export interface Scene {
  readonly points: Float64Array;
  readonly classes: Float64Array;
  readonly kinds: number;
  readonly dark: boolean;
}

export interface Gallery {
  readonly element: HTMLElement;
  /** Frames for these methods. */
  readonly build: (tracks: readonly Track[], scene: Scene, nameOf: (track: Track) => string) => void;
  /** Pictures at a step of each; whether some are left for the next frame. */
  readonly show: (steps: readonly number[], shown: number, milliseconds: number) => boolean;
  readonly resized: () => void;
}

interface Frame {
  readonly button: HTMLButtonElement;
  readonly canvas: HTMLCanvasElement;
  readonly dots: HTMLCanvasElement;
  readonly note: HTMLElement;
  painted: number;
}

/** Paths of markers have a digit after the point. */
const rounded = (radius: number): number => Math.round(2 * radius) / 2;

const percent = (share: number): string => (Number.isNaN(share) ? "–" : `${Math.round(100 * share)} % right`);

export function createGallery(chosen: (look: number) => void): Gallery {
  const canvas = h("canvas", { class: "learnt", role: "img", "aria-label": "What the chosen method has learnt" });
  const dots = h("canvas", { class: "points", "aria-hidden": "true" });
  const title = h("span", { class: "name" });
  const note = h("span", { class: "remark" });
  const large = h("figure", { class: "large" }, canvas, dots, h("figcaption", {}, title, note));
  const strip = h("div", { class: "small", role: "group", "aria-label": "What each method has learnt" });
  const element = h("div", { class: "gallery" }, large, strip);
  let frames: Frame[] = [];
  let tracks: readonly Track[] = [];
  let scene: Scene | null = null;
  let names: readonly string[] = [];
  let painted = "";
  let dotted = false;

  const drawPoints = (): void => {
    if (!scene) return;
    paintPoints(dots, scene.points, scene.classes, Math.max(4, rounded(dots.width / 110)), scene.dark);
    for (const frame of frames) paintPoints(frame.dots, scene.points, scene.classes, Math.max(1.5, rounded(frame.dots.width / 95)), scene.dark);
    dotted = true;
  };
  return {
    element,
    build: (next, now, nameOf) => {
      tracks = next;
      scene = now;
      names = tracks.map(nameOf);
      painted = "";
      dotted = false;
      frames = tracks.map((track, i) => {
        const { look } = track;
        const mark = svg("svg", { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" },
          svg("path", { d: markerPath(look.shape, 4.6), class: look.hollow ? "hollow" : "solid", style: `--c:${colorOf(look, now.dark)}` }));
        const small = h("canvas", { class: "learnt", "aria-hidden": "true" });
        const over = h("canvas", { class: "points", "aria-hidden": "true" });
        const words = h("small", {});
        const button = h("button", { type: "button", class: "frame", "data-method": track.racer.method, click: () => { chosen(track.racer.look); } },
          h("span", { class: "square" }, small, over), h("span", { class: "name" }, mark, names[i] ?? ""), words);
        return { button, canvas: small, dots: over, note: words, painted: -1 };
      });
      strip.replaceChildren(...frames.map((frame) => frame.button));
    },
    show: (steps, shown, milliseconds) => {
      if (!scene) return false;
      const until = performance.now() + milliseconds;
      const sized = [canvas, dots, ...frames.flatMap((frame) => [frame.canvas, frame.dots])].map(fitCanvas);
      if (sized.some((changed) => changed)) {
        painted = "";
        dotted = false;
        for (const frame of frames) frame.painted = -1;
      }
      if (!dotted) drawPoints();
      const at = tracks.findIndex((track) => track.racer.look === shown);
      const track = tracks[at];
      const step = steps[at] ?? 0;
      if (track?.learner) {
        const key = `${shown} ${step} ${scene.dark}`;
        if (key !== painted) {
          painted = key;
          paintImage(canvas, learntImage(track.learner, step, LARGE, scene.kinds, scene.dark));
        }
        const said = `step ${step}, loss ${short(track.losses[step] ?? NaN)}, ${percent(track.right[step] ?? NaN)}`;
        setText(title, names[at] ?? "");
        setText(note, said);
        setAttributes(canvas, { "aria-label": `What ${names[at] ?? ""} has learnt at ${said}` });
      }
      let left = false;
      // Those that wait longest go first.
      const order = frames.map((_, i) => i).sort((a, b) => (frames[a]?.painted ?? 0) - (frames[b]?.painted ?? 0));
      for (const i of order) {
        const frame = frames[i];
        const own = tracks[i];
        if (!frame || !own) continue;
        const k = steps[i] ?? 0;
        setAttributes(frame.button, { "aria-pressed": String(i === at) });
        setText(frame.note, own.failure !== "" ? "cannot run" : own.learner ? percent(own.right[k] ?? NaN) : "…");
        if (frame.painted === k || !own.learner) continue;
        if (performance.now() > until) {
          left = true;
          continue;
        }
        frame.painted = k;
        paintImage(frame.canvas, learntImage(own.learner, k, SMALL, scene.kinds, scene.dark));
      }
      return left;
    },
    resized: () => { painted = ""; },
  };
}
