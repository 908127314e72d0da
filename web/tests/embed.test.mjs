// The page as a frame in another, hover links, terms and layers.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { copied, dist, settled, standings, start, written } from "./harness.mjs";

const { open } = await start();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RACE = "#arena?v=1&f=himmelblau&start=-0.5,-1&methods=bfgs,newton-damped";

test("a bare page has map, player and verdict, and a way to the whole one", async () => {
  const page = await open(`${RACE}&bare=1`, { width: 720, height: 640, first: true });
  for (const selector of [".map", ".player", ".verdict", ".whole"]) assert.ok(await page.locator(selector).isVisible(), selector);
  for (const selector of [".top", ".strip", ".standings", ".curves", ".tour", ".scene"]) assert.ok(!(await page.locator(selector).isVisible()), selector);
  assert.ok((await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)) <= 0, "all of it is in view");
  await written(page);
  assert.match(page.url(), /&bare=1$/);
  await page.hover(".whole");
  assert.doesNotMatch(await page.getAttribute(".whole", "href"), /bare/);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map((v) => v.id), []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the code that is copied is a frame that shows the race", async () => {
  const page = await open(RACE);
  await written(page);
  const code = await copied(page, "embed code");
  await page.setContent(code, { waitUntil: "load" });
  const frame = await (await page.waitForSelector("iframe")).contentFrame();
  await frame.waitForFunction(() => document.body?.dataset.ready === "true");
  assert.equal(await frame.textContent("#title"), "Himmelblau");
  assert.ok(await frame.locator(".map").isVisible());
  assert.ok(!(await frame.locator(".standings").isVisible()));
  assert.match(code, /title="Ravine: Himmelblau"/);
  await page.context().close();
});

test("a picture of the page is there for who links to it", () => {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const image = page.match(/property="og:image" content="([^"]+)"/)[1];
  assert.doesNotMatch(image, /%/);
  const file = join(dist, image.split("/").pop());
  assert.ok(existsSync(file));
  const bytes = readFileSync(file);
  // A JPEG says its size behind the marker of its frame.
  const at = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  assert.deepEqual([bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)], [1200, 630]);
  assert.ok(bytes.length < 200_000);
  assert.match(page, /property="og:description"/);
});

test("a row lights its path and its curve, and a path or curve its row", async () => {
  const page = await open("#arena?v=1&f=rosenbrock&start=-1.2,1&methods=gd:step=0.001,newton-damped");
  const lit = () => page.$$eval(".standings tr.lit:not(.detail)", (rows) => rows.map((row) => row.dataset.method));
  const over = () => page.getAttribute(".heads .over", "d");
  await page.hover('tr[data-method="newton-damped"] .method-name');
  await settled(page);
  assert.deepEqual(await lit(), ["newton-damped"]);
  assert.ok((await over()).length > 20);
  const faded = await page.$$eval(".heads-on-map path", (heads) => heads.map((head) => head.getAttribute("opacity")));
  assert.deepEqual(faded, ["0.35", "1"]);
  // Onto the path of gradient descent, which goes along the valley's floor: at (0.5, 0.25).
  const box = await page.locator(".map").boundingBox();
  const [x0, x1, y0, y1] = (await page.getAttribute(".map", "aria-label")).match(/from (\S+) to (\S+) and \S+ from (\S+) to ([^.\s]+\.?\d*)/).slice(1).map((t) => Number(t.replace("−", "-")));
  await page.mouse.move(box.x + (box.width * (0.6 - x0)) / (x1 - x0), box.y + (box.height * (y1 - 0.36)) / (y1 - y0));
  await settled(page);
  assert.equal((await lit()).length, 1);
  await page.mouse.move(box.x + 20, box.y + box.height - 60);
  await settled(page);
  assert.deepEqual(await lit(), []);
  assert.equal(await over(), "");
  // Onto a curve: gradient descent's last marker.
  const plot = await page.locator(".u-over").boundingBox();
  const head = await page.locator(".curves .heads path.solid, .curves .heads path.hollow").first().boundingBox();
  await page.mouse.move(Math.min(head.x + head.width / 2 - 2, plot.x + plot.width - 2), head.y + head.height / 2);
  await settled(page);
  assert.deepEqual(await lit(), ["gd"]);
  await page.context().close();
});

test("a row of the curvature view lights its arrow, and an arrow its row", async () => {
  const page = await open("#curvature?v=1&f=rosenbrock&start=-1.2,1&point=-1.2,1&pin=1&radius=0.8");
  const drawn = () => page.$$eval('[data-kind="newton"],[data-kind="trust-exact"],[data-kind="trust-cauchy"]', (all) => all.map((path) => path.dataset.kind));
  assert.equal((await drawn()).length, 3);
  await page.hover('.first-steps tr[data-method="newton"]');
  await settled(page);
  assert.deepEqual(await drawn(), ["newton"]);
  await page.hover("h1");
  await settled(page);
  const arrow = await page.locator('[data-kind="trust-cauchy"]').boundingBox();
  const probe = await page.locator(".handle.probe").boundingBox();
  const from = { x: probe.x + probe.width / 2, y: probe.y + probe.height / 2 };
  const tip = { x: arrow.x + arrow.width / 2 > from.x ? arrow.x + arrow.width : arrow.x, y: arrow.y + arrow.height / 2 > from.y ? arrow.y + arrow.height : arrow.y };
  await page.mouse.move(from.x + 0.85 * (tip.x - from.x), from.y + 0.85 * (tip.y - from.y));
  await settled(page);
  assert.equal(await page.$$eval(".first-steps tr.lit", (rows) => rows.length), 1);
  await page.context().close();
});

test("layers are switched off and on, and a link keeps them", async () => {
  const page = await open("#curvature?v=1&f=rosenbrock&start=-1.2,1&methods=bfgs&point=0.5,0.5&pin=1");
  const kinds = () => page.$$eval(".overlay [data-kind]", (all) => all.filter((path) => path.getAttribute("d") !== "").map((path) => path.dataset.kind));
  assert.ok((await kinds()).includes("model-trusted"));
  for (const layer of ["model", "steps", "axes"]) await page.uncheck(`.key input[value="${layer}"]`);
  await written(page);
  const left = await kinds();
  for (const gone of ["model", "model-trusted", "newton", "eigenvectors"]) assert.ok(!left.includes(gone), gone);
  assert.ok(left.includes("curvature") && left.includes("gradient"));
  assert.match(page.url(), /hide=model,axes,steps/);
  const again = await open(`#${page.url().split("#")[1]}`);
  assert.ok(!(await again.isChecked('.key input[value="model"]')));
  await again.check('.key input[value="model"]');
  await settled(again);
  assert.ok((await again.$$('.overlay [data-kind="model-trusted"]')).length === 1);
  for (const each of [page, again]) await each.context().close();
});

test("the model's level lines are its conics, to a tenth of a pixel", async () => {
  // x² − y² + y⁴/4 at (1, 0.5): f = 0.765625, g = (2, -0.875), H = diag(2, -1.25).
  const page = await open("#curvature?v=1&f=saddle&start=1,0.5&methods=bfgs&point=1,0.5&pin=1");
  const [x0, x1, y0, y1] = (await page.getAttribute(".map", "aria-label")).match(/from (\S+) to (\S+) and \S+ from (\S+) to ([^.\s]+\.?\d*)/).slice(1).map((t) => Number(t.replace("−", "-")));
  const { d, width, height, probe } = await page.evaluate(() => {
    const box = document.querySelector(".map").getBoundingClientRect();
    const handle = document.querySelector(".handle.probe").getBoundingClientRect();
    return {
      d: ["model", "model-trusted"].map((kind) => document.querySelector(`[data-kind="${kind}"]`).getAttribute("d")).join(""),
      width: box.width, height: box.height,
      probe: [handle.x + handle.width / 2 - box.x, handle.y + handle.height / 2 - box.y],
    };
  });
  const scale = [width / (x1 - x0), height / (y1 - y0)];
  const pieces = d.split("M").filter((piece) => piece !== "").map((piece) => piece.split("L").map((pair) => pair.split(" ").map(Number)));
  assert.ok(pieces.length > 5);
  let checked = 0;
  for (const piece of pieces) {
    const model = ([px, py]) => {
      const [dx, dy] = [(px - probe[0]) / scale[0], -(py - probe[1]) / scale[1]];
      return { value: 2 * dx - 0.875 * dy + dx * dx - 0.625 * dy * dy, slope: Math.hypot((2 + 2 * dx) / scale[0], (-0.875 - 1.25 * dy) / scale[1]) };
    };
    const levels = piece.map(model);
    const middle = levels[Math.floor(levels.length / 2)];
    for (const { value, slope } of levels) {
      // In pixels off the level line: what rounds the path's numbers, and the label's to three digits.
      if (slope < 1e-3) continue;
      assert.ok(Math.abs(value - middle.value) / slope < 1.5, `${Math.abs(value - middle.value) / slope} pixels`);
      checked += 1;
    }
    // No kinks: it turns little at each vertex.
    for (let k = 2; k < piece.length; k += 1) {
      const [a, b, c] = [piece[k - 2], piece[k - 1], piece[k]];
      const [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]];
      if (Math.hypot(ux, uy) < 3 || Math.hypot(vx, vy) < 3) continue;
      const turn = Math.abs(Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy));
      assert.ok(turn < 0.35, `${turn} at ${b}`);
    }
  }
  assert.ok(checked > 200);
  await page.context().close();
});

test("question marks explain by mouse, key and finger, and Escape closes", async () => {
  const page = await open(RACE, { width: 390, height: 844, touch: true });
  const marks = await page.locator(".ask").count();
  assert.ok(marks >= 4);
  await page.locator(".ask").nth(1).tap();
  const note = page.locator(".note:popover-open");
  assert.equal(await note.count(), 1);
  assert.ok((await note.textContent()).length > 60);
  const box = await note.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y >= 0 && box.y + box.height <= 844, JSON.stringify(box));
  await page.keyboard.press("Escape");
  assert.equal(await note.count(), 0);
  const words = [];
  for (let k = 0; k < marks; k += 1) {
    await page.locator(".ask").nth(k).focus();
    await page.keyboard.press("Enter");
    words.push(await note.textContent());
    await page.keyboard.press("Escape");
  }
  for (const term of [/work/i, /evaluations/i, /converged/i, /gap/i, /basin/i]) assert.ok(words.some((text) => term.test(text)), `${term}`);
  assert.equal((await standings(page)).length, 2);
  await page.context().close();
});
