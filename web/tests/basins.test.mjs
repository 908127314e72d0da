// The map of where runs lead to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { download, settled, start, written } from "./harness.mjs";

const { open } = await start();
const legend = (page) => page.$$eval(".basins-bar .legend li", (all) => all.map((item) => item.textContent));
/** The colour of the basins' canvas at a point of the plane. */
const colourAt = (page, x, y) => page.evaluate(([x, y]) => {
  const label = document.querySelector(".map").getAttribute("aria-label");
  const [x0, x1, y0, y1] = label.match(/from (\S+) to (\S+) and \S+ from (\S+) to ([^.\s]+\.?\d*)/).slice(1).map((t) => Number(t.replace("−", "-")));
  const canvas = document.querySelector(".map .basins");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return [...copy.getImageData(Math.round(canvas.width * (x - x0) / (x1 - x0)), Math.round(canvas.height * (y1 - y) / (y1 - y0)), 1, 1).data];
}, [x, y]);

test("Newton's basins on Himmelblau: four minima, a part to none, and each minimum in its own colour", async () => {
  const page = await open("#arena?v=1&f=himmelblau&methods=bfgs,newton");
  await page.selectOption("#basins-of", { label: "Newton" });
  await settled(page);
  const words = await legend(page);
  assert.equal(words.filter((text) => /^to \(/.test(text)).length, 4, words.join(" | "));
  assert.ok(words.some((text) => /^to no minimum/.test(text)), words.join(" | "));
  const parts = words.map((text) => Number(text.match(/([\d.e−]+) %/)[1].replace("−", "-")));
  assert.ok(Math.abs(parts.reduce((a, b) => a + b, 0) - 100) < 3, parts.join());
  const colours = [];
  for (const [x, y] of [[3, 2], [-2.805, 3.131], [-3.779, -3.283], [3.584, -1.848]]) colours.push((await colourAt(page, x, y)).join());
  assert.equal(new Set(colours).size, 4, colours.join(" | "));
  await page.locator('input[name="basins-by"][value="iterations"]').evaluate((input) => input.click());
  await settled(page);
  assert.match((await legend(page))[0], /iterations; at most \d+ to a minimum/);
  await written(page);
  assert.match(page.url(), /basins=1,iterations/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a link brings the map of basins back, and none takes it away", async () => {
  const hash = "#arena?v=1&f=himmelblau&start=-0.5,-1&methods=bfgs,trust-exact&basins=1,minimum";
  const page = await open(hash);
  await written(page);
  assert.equal(await page.evaluate(() => location.hash), hash);
  assert.equal(await page.$eval("#basins-of", (select) => select.selectedOptions[0].textContent), "Trust region, exact");
  assert.equal((await colourAt(page, 3, 2))[3], 255);
  await page.selectOption("#basins-of", { label: "no method" });
  await settled(page);
  assert.equal((await colourAt(page, 3, 2))[3], 0);
  await written(page);
  assert.doesNotMatch(page.url(), /basins/);
  await page.context().close();
});

test("it comes coarse first and blocks nothing", async () => {
  const page = await open("#arena?v=1&f=rosenbrock&start=-1.2,1&methods=bfgs,newton-damped");
  const seen = await page.evaluate(async () => {
    const select = document.getElementById("basins-of");
    select.value = "0";
    select.dispatchEvent(new Event("change"));
    const canvas = document.querySelector(".map .basins");
    const alpha = () => {
      const copy = new OffscreenCanvas(8, 8).getContext("2d");
      copy.drawImage(canvas, 0, 0, 8, 8);
      return copy.getImageData(0, 0, 8, 8).data.filter((_, i) => i % 4 === 3).filter((a) => a > 100).length;
    };
    const frames = [];
    let last = performance.now();
    let covered = -1;
    for (let k = 0; k < 400 && document.body.dataset.ready !== "true" || k < 5; k += 1) {
      await new Promise(requestAnimationFrame);
      frames.push(performance.now() - last);
      last = performance.now();
      if (covered < 0 && alpha() > 60) covered = k;
    }
    return { frames: frames.sort((a, b) => a - b), covered, count: frames.length };
  });
  assert.ok(seen.covered >= 0 && seen.covered < seen.count / 2, JSON.stringify([seen.covered, seen.count]));
  assert.ok(seen.frames[Math.floor(seen.frames.length / 2)] < 60, `${seen.frames.at(-1)}`);
  await page.context().close();
});

test("basins follow the window, the surface and the settings", async () => {
  const page = await open("#arena?v=1&f=himmelblau&methods=trust-exact&basins=0,minimum");
  const before = await colourAt(page, 3, 2);
  await page.focus(".map");
  await page.keyboard.press("+");
  await settled(page);
  assert.deepEqual((await colourAt(page, 3, 2)).slice(3), before.slice(3));
  await page.locator('.strip input[value="rosenbrock"]').evaluate((input) => input.parentElement.click());
  await settled(page);
  const { bytes } = await download(page, "SVG");
  assert.equal(bytes.toString().match(/<image /g).length, 2, "the picture has field and basins");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
