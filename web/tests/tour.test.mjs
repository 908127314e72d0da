// The tour of the first visit.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { settled, standings, start, written } from "./harness.mjs";

const { open, browser, url } = await start();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const visible = (page) => page.locator(".scene").isVisible();
const number = (text) => Number(text.replaceAll("\u202f", "").replaceAll("−", "-"));

/** Clicks an answer; what is said then, once the runs have been shown. */
async function answer(page, i) {
  await settled(page);
  await page.locator(".answers button").nth(i).click();
  await page.waitForFunction(() => document.querySelector(".reveal").textContent !== "");
  assert.notEqual(await page.locator(".player .play").getAttribute("aria-label"), "Play", "the runs are in motion");
  await page.evaluate(() => document.querySelector(".scrub").dispatchEvent(new Event("input")));
  await page.locator(".scrub").fill("1000");
  await settled(page);
  return page.textContent(".reveal");
}
const rightAnswer = (page) => page.$eval(".answers .right", (button) => [...button.parentElement.children].indexOf(button));

test("the first visit begins with the tour, and the next one does not", async () => {
  const page = await open("", { first: true });
  assert.ok(await visible(page));
  assert.match(await page.textContent(".scene .where"), /Scene 1 of 7/);
  assert.match(await page.textContent(".scene .says"), /λ = 20/);
  assert.ok(await page.locator(".map").isVisible());
  await written(page);
  assert.match(page.url(), /#arena\?v=1&scene=1$/);
  await page.goto(url);
  await settled(page);
  assert.ok(!(await visible(page)));
  assert.equal(await page.textContent("#title"), "Rosenbrock");
  await page.click(".tour");
  await settled(page);
  assert.ok(await visible(page));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a link to a race shows no tour, and one to a scene shows that", async () => {
  const race = await open("#arena?v=1&f=beale&methods=bfgs", { first: true });
  assert.ok(!(await visible(race)));
  assert.equal(await race.textContent("#title"), "Beale");
  await race.context().close();
  const scene = await open("#arena?v=1&scene=4");
  assert.match(await scene.textContent(".scene h1"), /saddle/);
  await scene.context().close();
  const none = await open("#arena?v=1&scene=99");
  assert.ok(!(await visible(none)));
  assert.ok((await standings(none)).length > 0);
  assert.deepEqual(none.complaints, []);
  await none.context().close();
});

test("Escape and a button skip it, and the page is as it was", async () => {
  for (const skip of [(page) => page.keyboard.press("Escape"), (page) => page.click("text=Skip the tour")]) {
    const page = await open("", { first: true });
    await skip(page);
    await settled(page);
    assert.ok(!(await visible(page)));
    assert.equal(await page.textContent("#title"), "Rosenbrock");
    assert.ok(await page.locator(".strip").isVisible());
    assert.match(await page.textContent(".verdict"), /is first by iterations/);
    await page.context().close();
  }
  const page = await open("#arena?v=1&f=himmelblau&start=1,1&methods=bfgs,newton&by=work");
  await written(page);
  const before = page.url();
  await page.click(".tour");
  await settled(page);
  await page.keyboard.press("Escape");
  await written(page);
  assert.equal(page.url(), before);
  await page.context().close();
});

test("without storage the tour works, too", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no storage"); } });
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  await settled(page);
  assert.ok(await visible(page));
  await page.keyboard.press("Escape");
  await settled(page);
  assert.ok(!(await visible(page)));
  assert.deepEqual(complaints, []);
  await context.close();
});

test("what each scene says is what its runs did", async () => {
  const page = await open("#arena?v=1&scene=1");
  const next = async () => {
    await page.click(".scene .next");
    await settled(page);
  };
  // 1: the limit 2 / λ at λ = 20.
  let words = await answer(page, 0);
  let rows = await standings(page);
  assert.deepEqual(rows.map((row) => row.status), ["converged", "converged", "diverged"]);
  assert.equal(await rightAnswer(page), rows[1].iterations < rows[0].iterations ? 1 : 0);
  assert.match(words, /^No: /);
  assert.match(words, new RegExp(`ends after ${rows[1].iterations} iterations, 1/λ after ${rows[0].iterations}`));
  const [, limit, told] = words.match(/the limit at (0\.\d+); 2\/λ is (0\.\d+)/);
  assert.equal(Number(told), 0.1);
  assert.ok(Math.abs(Number(limit) - 0.1) < 2e-4, limit);
  // 2: ten times the condition number.
  await next();
  assert.match(await page.textContent(".says"), /At κ = 10 .* took \d+ iterations/);
  const wide = Number((await page.textContent(".says")).match(/took (\d+)/)[1]);
  words = await answer(page, 2);
  [rows] = [await standings(page)];
  assert.match(words, /^Yes\. /);
  assert.equal(number(words.match(/([\d\u202f]+) iterations/)[1]), rows[0].iterations);
  assert.ok(Math.abs(Number(words.match(/, ([\d.]+) times the/)[1]) / (rows[0].iterations / wide) - 1) < 0.1, words);
  // 3: momentum, about √κ times fewer.
  await next();
  words = await answer(page, 2);
  rows = await standings(page);
  const factor = rows[0].iterations / rows[1].iterations;
  assert.ok(factor > 5 && factor < 12);
  assert.match(words, new RegExp(`^Yes\\. ${rows[1].iterations} instead of `));
  assert.match(words, /√κ = 10\b/);
  // 4: Newton at the saddle.
  await next();
  words = await answer(page, 1);
  rows = await standings(page);
  assert.deepEqual(rows.map((row) => row.status), ["at a saddle", "converged", "converged"]);
  assert.match(words, /^Yes\. Newton stops at the saddle \(0, 0\)/);
  assert.match(words, new RegExp(`in ${rows[1].iterations} iterations, .* in ${rows[2].iterations} iterations\\.`));
  // 5: BFGS's matrix.
  await next();
  words = await answer(page, 0);
  assert.match(words, /^No: within a hundredth\./);
  assert.ok(Number(words.match(/at the end by ([\d.]+) %/)[1]) < 1);
  assert.ok((await page.getAttribute(".believed", "d")).length > 50);
  // 6: the radius.
  await next();
  assert.match(await page.textContent(".says"), /radius 0\.05, another with one 200 times as long/);
  words = await answer(page, 2);
  rows = await standings(page);
  assert.match(words, new RegExp(`^Yes\\. .*${rows[0].iterations} iterations from this one, ${rows[1].iterations} from`));
  // 7: natural gradient.
  await next();
  words = await answer(page, 1);
  rows = await standings(page);
  assert.equal(rows[0].status, "converged");
  assert.match(words, new RegExp(`^Yes\\. The natural gradient arrives at \\(2\\.92, 0\\.619\\) after ${rows[0].iterations} iterations\\. Newton: ${rows[1].status}`));
  // diag(e^(-2 s), 2) at s = 1.
  assert.match(words, /the Fisher information has 2 and 0\.135\./);
  await next();
  assert.ok(!(await visible(page)));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("before the answer nothing gives it away", async () => {
  const page = await open("#arena?v=1&scene=1");
  assert.ok(!(await page.locator(".standings").isVisible()));
  assert.ok(!(await page.locator(".arena .verdict").isVisible()));
  assert.match(await page.textContent(".player .clock"), /^0 of/);
  await page.context().close();
});

test("by keys alone: an answer, the next scene, back", async () => {
  const page = await open("#arena?v=1&scene=2");
  await page.focus(".answers button");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".reveal").textContent !== "");
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("next")));
  await page.keyboard.press("Enter");
  await settled(page);
  await written(page);
  assert.match(await page.textContent(".where"), /Scene 3/);
  await page.goBack();
  await settled(page);
  assert.match(await page.textContent(".where"), /Scene 2/);
  await page.context().close();
});

for (const [width, height] of [[1440, 900], [390, 844], [844, 390]]) {
  for (const scheme of ["light", "dark"]) {
    test(`a scene at ${width} by ${height}, ${scheme}`, async () => {
      const page = await open("#arena?v=1&scene=6", { width, height, scheme });
      const check = async () => {
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join("; ")}`), []);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      };
      await check();
      await answer(page, 0);
      await check();
      const map = await page.locator(".map").boundingBox();
      assert.ok(map.y < height, `the map begins at ${map.y}`);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}
