// Step and momentum in the row, with the limit of stability and the best step.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settled, standings, start, written } from "./harness.mjs";

const { open } = await start();
const VALLEY = "#arena?v=1&f=valley:kappa=100,angle=30&start=1,1";

const rowOf = (method) => `tr[data-method="${method}"] + .sliders`;
const words = (page, method) => page.textContent(`${rowOf(method)} .about-step`);
/** Moves a slider as a hand does: to a part of its way. */
async function slide(page, selector, part) {
  const box = await page.locator(selector).boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(box.x + 9 + (box.width - 18) * part, y, { steps: 6 });
  await page.mouse.up();
  await settled(page);
}

test("on a quadratic the limits are those of the textbook, and what the best step cost is said", async () => {
  const page = await open(`${VALLEY}&methods=gd,momentum,nesterov,adam`);
  assert.match(await words(page, "gd"), /limit 2\/λ = 0\.02, λ = 100 .*best of \d+ runs, work \d/);
  assert.match(await words(page, "momentum"), /limit 2\(1\+β\)\/λ = 0\.038,/);
  assert.match(await words(page, "nesterov"), /limit 4\/\(3λ\), as βₖ → 1 = 0\.0133,/);
  assert.doesNotMatch(await words(page, "adam"), /limit/);
  assert.match(await page.textContent(`${rowOf("gd")} .rule`), /x ← x − α g/);
  const marks = await page.$$eval(".mark:not([hidden])", (all) => all.map((mark) => mark.className));
  assert.equal(marks.filter((name) => name.includes("limit")).length, 3);
  assert.equal(marks.filter((name) => name.includes("best")).length, 4);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("a step dragged beyond the limit diverges, one below arrives, and the best is one press away", async () => {
  const page = await open(`${VALLEY}&methods=gd,bfgs`);
  const gd = async () => (await standings(page)).find((row) => row.method === "gd");
  const best = await gd();
  assert.equal(best.status, "converged");
  const step = `${rowOf("gd")} input[aria-label="step α"]`;
  await slide(page, step, 0.98);
  assert.equal((await gd()).status, "diverged");
  assert.match(await page.getAttribute(step, "aria-valuetext"), /% of the limit/);
  assert.ok(await page.$eval(step, (input) => input.classList.contains("beyond")));
  await written(page);
  assert.match(await page.evaluate(() => location.hash), /gd:step=[\d.]+/);
  const bfgs = (await standings(page)).find((row) => row.method === "bfgs");
  await slide(page, step, 0.5);
  const slow = await gd();
  assert.notEqual(slow.status, "diverged");
  assert.ok(slow.iterations > best.iterations);
  assert.deepEqual((await standings(page)).find((row) => row.method === "bfgs"), bfgs, "the others go on as they were");
  await page.click(`${rowOf("gd")} .reset`);
  await settled(page);
  assert.deepEqual(await gd(), best);
  assert.equal(await page.$eval(`${rowOf("gd")} .reset`, (button) => getComputedStyle(button).visibility), "hidden");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the limit that is marked is where runs begin to diverge", async () => {
  const page = await open(`${VALLEY}&methods=gd:step=0.0199,gd:step=0.0202,momentum:step=0.0376,momentum:step=0.0385`);
  const rows = await standings(page);
  assert.deepEqual(rows.map((row) => row.status === "converged"), [true, false, true, false], JSON.stringify(rows));
  // The best step is told beside a step of one's own, too.
  assert.match(await words(page, "gd"), /best of \d+ runs/);
  await page.context().close();
});

test("momentum by its slider moves the limit and the run; arrow keys work", async () => {
  const page = await open(`${VALLEY}&methods=momentum:step=0.01`);
  const momentum = page.locator(`${rowOf("momentum")} input[aria-label="momentum β"]`);
  assert.equal(await momentum.getAttribute("aria-valuetext"), "0.9");
  const before = (await standings(page))[0];
  await momentum.focus();
  for (let k = 0; k < 8; k += 1) await page.keyboard.press("ArrowLeft");
  await settled(page);
  const value = Number(await momentum.getAttribute("aria-valuetext"));
  assert.ok(value < 0.9 && value > 0.8, `${value}`);
  const limit = Number((await words(page, "momentum")).match(/= ([\d.]+), λ/)[1]);
  assert.ok(Math.abs(limit - (2 * (1 + value)) / 100) < 1e-4, `${limit}`);
  assert.notDeepEqual((await standings(page))[0], before);
  await written(page);
  assert.match(await page.evaluate(() => location.hash), new RegExp(`momentum:step=0.01,momentum=${value}`));
  await page.context().close();
});

test("the momentum that sliders begin with is the library's default", async () => {
  const page = await open(`${VALLEY}&methods=momentum,adam,adamw`);
  for (const [method, name] of [["momentum", "momentum"], ["adam", "beta1"], ["adamw", "beta1"]]) {
    await page.click(`tr[data-method="${method}"] .method-name`);
    await page.waitForSelector(".details .field");
    const shown = await page.locator(".details .field", { has: page.locator(`label:text-is("${name}")`) }).locator("input[type=number]").inputValue();
    assert.equal(shown, await page.getAttribute(`${rowOf(method)} input[aria-label="momentum β"]`, "aria-valuetext"), method);
  }
  await page.context().close();
});
