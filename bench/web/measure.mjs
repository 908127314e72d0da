// Measures the built page: node measure.mjs RESULT.md

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { launch, serve, settled } from "../../web/tests/harness.mjs";

const assets = join(import.meta.dirname, "../../web/dist/assets");
const TEN = "gd,momentum,nesterov,adam,cg-pr,bfgs,lbfgs,newton-damped,trust-dogleg,arc";
const SURFACES = ["rosenbrock", "himmelblau", "beale", "goldstein-price", "rastrigin", "ackley", "saddle", "valley", "gaussian"];

/** Counts, for each frame, the time in callbacks and until the frame is laid out and painted. */
function instrument() {
  globalThis.frames_measured = [];
  const request = globalThis.requestAnimationFrame.bind(globalThis);
  const channel = new MessageChannel();
  let frame = null;
  channel.port1.onmessage = () => {
    if (frame) globalThis.frames_measured.push({ script: frame.script, whole: performance.now() - frame.begin });
    frame = null;
  };
  globalThis.requestAnimationFrame = (callback) =>
    request((time) => {
      const begin = performance.now();
      if (!frame) {
        frame = { begin, script: 0 };
        channel.port2.postMessage(0);
      }
      callback(time);
      if (frame) frame.script += performance.now() - begin;
    });
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const ms = (value) => value.toFixed(value < 1 ? 2 : 1);

const server = await serve();
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.addInitScript(instrument);
const rows = [];
const report = (what, frames, limit, kind = "whole") => {
  const times = frames.map((frame) => frame[kind]);
  rows.push({ what, p50: quantile(times, 0.5), p95: quantile(times, 0.95), count: times.length, limit });
};
/** The frames of what is done meanwhile. */
async function during(act) {
  await page.evaluate(() => { globalThis.frames_measured.length = 0; });
  await act();
  return page.evaluate(() => globalThis.frames_measured);
}

await page.goto(`${server.url}#arena?v=1&f=rosenbrock&start=-1.2,1&methods=${TEN}`);
await settled(page);
report("playing ten methods, a frame", await during(async () => {
  await page.click(".player .play");
  await page.waitForFunction(() => document.querySelector(".player .play").getAttribute("aria-label") === "Play", null, { timeout: 30_000 });
}), 8);
report("dragging the start of ten methods, a frame", await during(async () => {
  const box = await page.locator(".map").boundingBox();
  await page.mouse.move(box.x + 150, box.y + 250);
  await page.mouse.down();
  for (let k = 0; k < 200; k += 1) {
    await page.mouse.move(box.x + 250 + 120 * Math.cos(k / 15), box.y + 260 + 90 * Math.sin(k / 11));
    await page.waitForTimeout(12);
  }
  await page.mouse.up();
  await settled(page);
}), 8);

const fresh = [];
for (const surface of SURFACES) {
  await page.goto(`${server.url}#arena?v=1&f=booth`);
  await settled(page);
  const frames = await during(async () => {
    await page.locator(`.strip input[value="${surface}"]`).evaluate((input) => input.parentElement.click());
    await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 60); }));
  });
  // The first long frame is the one that draws the surface and starts the race.
  fresh.push(frames.reduce((most, frame) => (frame.whole > most.whole ? frame : most)));
}
report("a new surface, drawn and raced", fresh, 50);

await page.goto(`${server.url}#curvature?v=1&f=rosenbrock&start=-1.2,1&methods=bfgs&point=0,0`);
await settled(page);
report("everything that follows the cursor in the curvature view, a frame", await during(async () => {
  const box = await page.locator(".map").boundingBox();
  for (let k = 0; k < 200; k += 1) {
    await page.mouse.move(box.x + 300 + 200 * Math.cos(k / 17), box.y + 260 + 150 * Math.sin(k / 13));
    await page.waitForTimeout(12);
  }
}), 8);

// The probe itself, in the page's own module: the local model at a point.
const probe = await page.evaluate(async (path) => {
  const module = await WebAssembly.compileStreaming(fetch(path));
  return module instanceof WebAssembly.Module;
}, `${server.url}assets/${readdirSync(assets).find((name) => name.endsWith(".wasm"))}`);
if (!probe) throw new Error("the module does not compile");
const core = await import("../../web/src/generated/ravine_wasm.js");
core.initSync({ module: readFileSync(join(assets, readdirSync(assets).find((name) => name.endsWith(".wasm")))) });
for (const name of ["rosenbrock", "ackley"]) {
  const surface = new core.Surface(name);
  const times = [];
  for (let k = 0; k < 2000; k += 1) {
    const begin = performance.now();
    surface.local(Math.cos(k), Math.sin(2 * k));
    times.push({ whole: performance.now() - begin });
  }
  report(`the probe: value, gradient, Hessian, eigenvectors at a point of ${name}`, times.slice(200), 1);
}
await browser.close();
server.close();

const lines = [
  "# The web page",
  "",
  "Written by `bench/web/run.sh`: the built page in headless Chromium without a GPU, 1440 by 900 pixels.",
  "A frame is everything from its first callback until it is laid out and painted, in milliseconds.",
  "",
  `Machine: ${cpus()[0]?.model ?? "unknown"}, ${cpus().length} processors.`,
  "",
  "| | median, ms | 95th percentile, ms | samples | limit, ms | |",
  "| --- | ---: | ---: | ---: | ---: | --- |",
  ...rows.map(({ what, p50, p95, count, limit }) => `| ${what} | ${ms(p50)} | ${ms(p95)} | ${count} | ${limit} | ${p95 <= limit ? "within" : "above"} |`),
  "",
];
writeFileSync(process.argv[2], lines.join("\n"));
console.log(lines.join("\n"));
