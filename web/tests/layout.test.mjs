// Narrow and wide, light and dark: nothing overlaps, nothing is cut off, axe has nothing to say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { settled, start } from "./harness.mjs";

const { open } = await start();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Pairs of pieces of text whose boxes overlap, and pieces that reach out of the page. */
function collisions() {
  const pieces = [...document.querySelectorAll("button, select, label, output, dt, dd, th, td, h1, h2, h3, p, small, summary, .views a, figcaption")]
    .filter((e) => e.checkVisibility() && !e.closest(".unseen, .handle, .map, dialog, .skip") && !e.matches(".unseen, .skip, .toast"))
    // A heading may be there for screen readers alone.
    .filter((e) => getComputedStyle(e.closest("thead") ?? e).clipPath === "none")
    .filter((e) => e.textContent.trim() !== "" && !e.querySelector("button, select, label, output, dt, dd, th, td, p, small"));
  const boxes = pieces.map((e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    const port = e.closest(".strip, .film, .scroller")?.getBoundingClientRect();
    // What is scrolled away is not seen.
    const box = { left: Math.max(left, port?.left ?? left), right: Math.min(right, port?.right ?? right), top, bottom };
    return { e, box };
  });
  const found = [];
  for (const [i, a] of boxes.entries()) {
    if (a.box.right > innerWidth + 1 || (a.box.left < -1 && a.box.right > 0)) {
      found.push(`out of the page: ${a.e.textContent}`);
    }
    for (const b of boxes.slice(i + 1)) {
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (wide > 1 && high > 2 && !a.e.contains(b.e) && !b.e.contains(a.e)) found.push(`${a.e.textContent} | ${b.e.textContent}`);
    }
  }
  return found;
}

for (const [view, hash] of [
  ["arena", "#arena?v=1&f=himmelblau&open=1&basins=4,minimum"],
  ["curvature", "#curvature?v=1&f=gaussian&start=1,1&point=1,1&pin=1"],
]) {
  for (const width of [390, 768, 1440]) {
    for (const scheme of ["light", "dark"]) {
      test(`${view} at ${width} pixels, ${scheme}`, async () => {
        const page = await open(hash, { width, height: width === 390 ? 844 : 900, scheme });
        await page.waitForTimeout(200);
        assert.deepEqual(await page.evaluate(collisions), []);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join("; ")}`), []);
        assert.deepEqual(page.complaints, []);
        await page.context().close();
      });
    }
  }
}

test("the dialog of methods is accessible and fits", async () => {
  const page = await open("", { width: 390, height: 844 });
  await page.click(".edit");
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(".picker"));
  assert.deepEqual(violations.map((v) => v.id), []);
  const box = await page.locator(".picker").boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.height <= 844);
});

test("the switch turns light to dark and back, and is remembered", async () => {
  const page = await open();
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await page.click(".theme");
  await settled(page);
  assert.equal(await theme(), "dark");
  await page.reload();
  await settled(page);
  assert.equal(await theme(), "dark");
  await page.click(".theme");
  await settled(page);
  assert.equal(await theme(), "light");
});

test("everything is reached by the Tab key, and the start is among the first", async () => {
  const page = await open();
  const reached = [];
  for (let k = 0; k < 40; k += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => {
      const e = document.activeElement;
      return e.getAttribute("aria-label") ?? e.textContent.trim().slice(0, 30) ?? e.tagName;
    }));
  }
  const at = (pattern) => reached.findIndex((name) => pattern.test(name));
  for (const pattern of [/^Arena/, /^Share/, /^Map of/, /^start .*at/, /^Play/, /Gradient descent/, /Choose methods/]) {
    assert.ok(at(pattern) >= 0, `${pattern} in ${reached.join(" | ")}`);
  }
  assert.ok(at(/^start .*at/) < 12);
});

test("with reduced motion nothing pulses", async () => {
  const page = await open("", { motion: "reduce" });
  const name = await page.evaluate(() => getComputedStyle(document.querySelector(".handle.start"), "::before").animationName);
  assert.equal(name, "none");
});

test("what happened is told to screen readers", async () => {
  const page = await open();
  await page.waitForFunction(() => /is first by/.test(document.getElementById("live").textContent), null, { timeout: 20_000 });
  assert.equal(await page.getAttribute("#live", "role"), "status");
});

for (const [width, height] of [[1024, 768], [844, 390], [720, 450]]) {
  test(`map and player are on the first screen at ${width} by ${height}`, async () => {
    const page = await open("#arena?v=1&f=rosenbrock", { width, height });
    const play = await page.locator(".player .play").boundingBox();
    assert.ok(play.y >= 0 && play.y + play.height <= height, JSON.stringify(play));
    const map = await page.locator("#map .map, .map").first().boundingBox();
    assert.ok(map.y >= 0 && map.y < play.y && map.height >= 180, JSON.stringify(map));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.context().close();
  });
}
