// A race as a film: each frame is drawn and encoded, however long that takes.

import { inks } from "../view/looks";
import { LEFT, type Moving, TOP, canvasOf, escape, imageOf } from "./picture";
import { type Frame, webm } from "./webm";

/** What browsers encode and what WebM calls it, the smallest file first. */
const CODECS = [["vp09.00.50.08", "V_VP9"], ["vp8", "V_VP8"]] as const;
const FRAMES_A_SECOND = 30;
/** Frames from one that stands by itself to the next. */
const GROUP = 60;
/** Seconds that the last frame stays. */
const REST = 1.2;
/** Frames that wait for the encoder. */
const WAITING = 4;

/** Films what moves over `picture`, that of a map of this size; `progress` is told the part that is done. */
export async function film(picture: string, [mapWidth, mapHeight]: readonly [number, number], moving: Moving, dark: boolean, progress: (part: number) => void): Promise<Blob> {
  const ground = await imageOf(picture);
  const canvas = canvasOf(ground);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no canvas");
  const { width, height } = canvas;
  const settings = { width, height, framerate: FRAMES_A_SECOND, bitrate: 6e6 };
  let codec: (typeof CODECS)[number] | undefined;
  for (const known of CODECS) {
    if (!codec && (await VideoEncoder.isConfigSupported({ codec: known[0], ...settings })).supported) codec = known;
  }
  if (!codec) throw new Error("this browser encodes neither VP9 nor VP8");
  const frames: Frame[] = [];
  let failed: Error | null = null;
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      frames.push({ time: chunk.timestamp / 1000, key: chunk.type === "key", data });
    },
    error: (error) => { failed = error; },
  });
  encoder.configure({ codec: codec[0], ...settings });
  const moves = Math.max(Math.round(moving.seconds * FRAMES_A_SECOND), 1);
  const all = moves + Math.round(REST * FRAMES_A_SECOND);
  for (let k = 0; k <= all && !failed; k += 1) {
    if (k <= moves) {
      const { content, moment } = moving.at(k / moves);
      const [w, h] = [ground.width, ground.height];
      const over = await imageOf(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">` +
        `<text x="${LEFT + mapWidth}" y="21" text-anchor="end" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="${inks(dark).ink}">${escape(moment)}</text>` +
        `<svg x="${LEFT}" y="${TOP}" width="${mapWidth}" height="${mapHeight}">${content}</svg></svg>`,
      );
      context.drawImage(ground, 0, 0, width, height);
      context.drawImage(over, 0, 0, width, height);
    }
    const frame = new VideoFrame(canvas, { timestamp: (1e6 * k) / FRAMES_A_SECOND, duration: 1e6 / FRAMES_A_SECOND });
    encoder.encode(frame, { keyFrame: k % GROUP === 0 });
    frame.close();
    progress(k / all);
    while (encoder.encodeQueueSize > WAITING) await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
  if (failed) throw failed as Error;
  await encoder.flush();
  encoder.close();
  return webm(codec[1], width, height, (1000 * (all + 1)) / FRAMES_A_SECOND, frames);
}
