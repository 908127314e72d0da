// Measures the built page: node measure.mjs RESULT.md

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { launch, serve, settled } from "../../web/tests/harness.mjs";

const assets = join(import.meta.dirname, "../../web/dist/assets");
const TEN = "gd,momentum,nesterov,adam,cg-pr,bfgs,lbfgs,newton-damped,trust-dogleg,arc";
const SURFACES = ["rosenbrock", "himmelblau", "beale", "goldstein-price", "rastrigin", "ackley", "saddle", "valley", "gaussian"];

/** The tasks of the page's main thread that draw a frame, from a trace: processor and wall time, ms. */
function framesOf(events) {
  const main = events.find((e) => e.name === "thread_name" && e.args.name === "CrRendererMain" && events.some((o) => o.name === "FireAnimationFrame" && o.pid === e.pid));
  if (!main) return [];
  const mine = events.filter((e) => e.pid === main.pid && e.tid === main.tid && e.ph === "X");
  const callbacks = mine.filter((e) => e.name === "FireAnimationFrame").map((e) => e.ts);
  return mine
    .filter((e) => e.name === "RunTask" || e.name === "ThreadControllerImpl::RunTask")
    // A task is traced under both names, one within the other.
    .filter((e, i, all) => !all.some((o, j) => j !== i && o.ts <= e.ts && o.ts + o.dur >= e.ts + e.dur && (o.dur > e.dur || j < i)))
    .filter((task) => callbacks.some((ts) => ts >= task.ts && ts <= task.ts + task.dur))
    .map((task) => ({ cpu: task.tdur / 1000, wall: task.dur / 1000 }));
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const ms = (value) => value.toFixed(value < 1 ? 2 : 1);

const server = await serve();
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const rows = [];
const report = (what, frames, limit) => {
  const of = (kind, q) => quantile(frames.map((frame) => frame[kind]), q);
  rows.push({ what, count: frames.length, limit, p50: of("cpu", 0.5), p95: of("cpu", 0.95), wall: of("wall", 0.95) });
};
/** The frames of what is done meanwhile. */
async function during(act) {
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline", "devtools.timeline", "__metadata"] });
  await act();
  const trace = JSON.parse(await browser.stopTracing());
  const frames = framesOf(trace.traceEvents);
  if (frames.length === 0) throw new Error("the trace has no frames");
  return frames;
}

await page.goto(`${server.url}#arena?v=1&f=rosenbrock&start=-1.2,1&methods=${TEN}`);
await settled(page);
report("playing ten methods, a frame", await during(async () => {
  await page.click(".player .play");
  for (const label of ["Pause", "Play"]) {
    await page.waitForFunction((now) => document.querySelector(".player .play").getAttribute("aria-label") === now, label, { timeout: 30_000 });
  }
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
const rest = [];
for (const surface of SURFACES) {
  await page.goto(`${server.url}#arena?v=1&f=booth`);
  await settled(page);
  const frames = await during(async () => {
    await page.locator(`.strip input[value="${surface}"]`).evaluate((input) => input.parentElement.click());
    await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 60); }));
  });
  // The first long frame is the one that draws the surface and starts the race.
  const longest = (all) => all.reduce((most, frame) => (frame.cpu > most.cpu ? frame : most));
  fresh.push(longest(frames));
  rest.push(longest(await during(async () => {
    await settled(page);
    await page.waitForTimeout(600);
  })));
}
report("a new surface, drawn and raced", fresh, 50);
report("the longest frame after that, at rest: a step searched for, or the finer picture", rest, 50);

await page.goto(`${server.url}#curvature?v=1&f=rosenbrock&start=-1.2,1&methods=bfgs&point=0,0`);
await settled(page);
report("everything that follows the cursor in the curvature view, a frame", await during(async () => {
  const box = await page.locator(".map").boundingBox();
  for (let k = 0; k < 200; k += 1) {
    await page.mouse.move(box.x + 300 + 200 * Math.cos(k / 17), box.y + 260 + 150 * Math.sin(k / 13));
    await page.waitForTimeout(12);
  }
}), 8);

// The probe itself: the local model at a point.
const core = await import("../../web/src/generated/ravine_wasm.js");
core.initSync({ module: readFileSync(join(assets, readdirSync(assets).find((name) => /^ravine_wasm_bg.*\.wasm$/.test(name)))) });
for (const name of ["rosenbrock", "ackley"]) {
  const surface = new core.Surface(name);
  const times = [];
  for (let k = 0; k < 2000; k += 1) {
    const begin = performance.now();
    surface.local(Math.cos(k), Math.sin(2 * k));
    const took = performance.now() - begin;
    times.push({ cpu: took, wall: took });
  }
  report(`the probe: value, gradient, Hessian, eigenvectors at a point of ${name}`, times.slice(200), 1);
}
await browser.close();
server.close();

const lines = [
  "# The web page",
  "",
  "Written by `bench/web/run.sh`: the built page in headless Chromium without a GPU, 1440 by 900 pixels.",
  "A frame is the task of the page's main thread that runs its scripts, lays it out and paints it: its",
  "processor time, in milliseconds, and its wall time, which counts what else the machine does.",
  "",
  `Machine: ${cpus()[0]?.model ?? "unknown"}, ${cpus().length} processors.`,
  "",
  "| | median, ms | 95th percentile, ms | limit, ms | | wall, 95th percentile, ms | samples |",
  "| --- | ---: | ---: | ---: | --- | ---: | ---: |",
  ...rows.map(({ what, p50, p95, wall, count, limit }) =>
    `| ${what} | ${ms(p50)} | ${ms(p95)} | ${limit} | ${p95 <= limit ? "within" : "above"} | ${ms(wall)} | ${count} |`),
  "",
];
writeFileSync(process.argv[2], lines.join("\n"));
console.log(lines.join("\n"));
