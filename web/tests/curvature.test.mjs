// The curvature visualizer, used as a person would.

import assert from "node:assert/strict";
import { test } from "node:test";
import { centre, settled, start } from "./harness.mjs";

const { open } = await start();
const page = await open("#curvature?v=1&f=rosenbrock&start=-1.2,1&methods=bfgs&point=-1.2,1&pin=1");

const readout = () =>
  page.$$eval(".readout dl > div", (all) =>
    Object.fromEntries(all.map((entry) => [entry.querySelector("dt").textContent, entry.querySelector("dd").textContent])));
const number = (text) => Number(text.replaceAll("\u2212", "-"));
const steps = () =>
  page.$$eval(".first-steps tbody tr", (rows) =>
    rows.map((row) => ({ method: row.dataset.method, cells: [...row.querySelectorAll("td")].map((td) => td.textContent) })));

test("the numbers at Rosenbrock's start are those of the formula", async () => {
  const shown = await readout();
  assert.equal(number(shown["value f"]), 24.2);
  // 1200 x^2 - 400 y + 2 = 1330, -400 x = 480, 200.
  const entries = await page.$$eval(".matrix span", (all) => all.map((span) => Number(span.textContent)));
  assert.deepEqual(entries, [1330, 480, 480, 200]);
  const [trace, determinant] = [1530, 1330 * 200 - 480 * 480];
  const large = trace / 2 + Math.sqrt((trace * trace) / 4 - determinant);
  assert.ok(Math.abs(number(shown["eigenvalue λ₁"].split(" at ")[0]) / large - 1) < 0.005);
  assert.ok(Math.abs(number(shown["condition number"]) / (large / (trace - large)) - 1) < 0.005);
  assert.match(await page.textContent(".readout .verdict"), /bowl/);
});

test("without a pin the point follows the mouse; a click pins it, a second control lets it go", async () => {
  await page.click(".pin");
  await settled(page);
  const box = await page.locator(".map").boundingBox();
  const point = async () => [await page.inputValue("#point-x"), await page.inputValue("#point-y")];
  await page.mouse.move(box.x + 200, box.y + 200);
  await settled(page);
  const one = await point();
  await page.mouse.move(box.x + 260, box.y + 240);
  await settled(page);
  const two = await point();
  assert.notDeepEqual(one, two);
  await page.mouse.click(box.x + 300, box.y + 200);
  await settled(page);
  const pinned = await point();
  await page.mouse.move(box.x + 100, box.y + 100);
  await settled(page);
  assert.deepEqual(await point(), pinned);
  const handle = await centre(page, ".handle.probe");
  assert.ok(Math.abs(handle.x - box.x - 300) < 2 && Math.abs(handle.y - box.y - 200) < 2);
  await page.focus(".handle.probe");
  await page.keyboard.press("ArrowLeft");
  await settled(page);
  assert.notDeepEqual(await point(), pinned);
});

test("a typed point is taken exactly", async () => {
  await page.fill("#point-x", "0.5");
  await page.press("#point-x", "Enter");
  await page.fill("#point-y", "0.25");
  await page.press("#point-y", "Enter");
  await settled(page);
  assert.equal(number((await readout())["value f"]), 0.25);
});

test("the steps tell promised from actual decrease", async () => {
  const rows = await steps();
  assert.ok(rows.length >= 7);
  for (const { method, cells } of rows) {
    const [, promised, actual] = cells.map(number);
    const ratio = number(cells[3]);
    if (Number.isFinite(ratio) && promised > 1e-3) {
      assert.ok(Math.abs(actual / promised - ratio) < 0.02 + 0.01 * Math.abs(ratio), `${method}: ${cells}`);
    }
  }
  const few = rows.length;
  await page.check("#all-steps");
  await page.waitForFunction(
    (least) => document.querySelectorAll(".first-steps tbody tr").length > least, few + 10, { timeout: 10_000 });
  await page.uncheck("#all-steps");
});

test("the trust radius bounds the trust-region steps, by slider and by handle", async () => {
  const longest = async () =>
    Math.max(...(await steps()).filter((s) => s.method.startsWith("trust")).map((s) => number(s.cells[0])));
  await page.locator("#trust").fill("-2");
  await settled(page);
  const small = number(await page.textContent('output[for="trust"]'));
  assert.ok((await longest()) <= small * 1.02);
  const from = await centre(page, ".handle.radius");
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 50, from.y + 30, { steps: 4 });
  await page.mouse.up();
  await settled(page);
  const large = number(await page.textContent('output[for="trust"]'));
  assert.ok(large > small);
  assert.ok((await longest()) <= large * 1.02);
});

test("damping shortens Newton's step to the gradient's", async () => {
  const damped = async () => number((await steps()).find((s) => s.method === "damped").cells[0]);
  const lengths = [];
  for (const value of ["0", "0.3", "0.6", "1"]) {
    await page.locator("#damping").fill(value);
    await settled(page);
    lengths.push(await damped());
  }
  for (let k = 1; k < lengths.length; k += 1) assert.ok(lengths[k] < lengths[k - 1], String(lengths));
});

test("power iteration ends at the largest eigenvalue, conjugate gradients at a small residual", async () => {
  await page.waitForFunction(
    () => document.querySelectorAll('.film[aria-label="Power iteration"] figcaption').length >= 5, null, { timeout: 15_000 });
  const captions = async (label) =>
    page.$$eval(`.film[aria-label="${label}"] figcaption`, (all) => all.map((c) => c.textContent));
  const power = await captions("Power iteration");
  assert.ok(power.length >= 5);
  const quotient = number(power[power.length - 1].split("quotient ")[1]);
  assert.ok(Math.abs(quotient / number((await readout())["eigenvalue λ₁"].split(" at ")[0]) - 1) < 0.01);
  const cg = await captions("Conjugate gradients");
  assert.ok(cg.length === 3);
  assert.ok(number(cg[2].split("residual ")[1]) < 1e-6 * number(cg[0].split("residual ")[1]));
  await page.click('button:has-text("Run step by step")');
  assert.ok((await page.$$(".film .waiting")).length > 0);
  await page.waitForFunction(() => document.querySelectorAll(".film .waiting").length === 0, null, { timeout: 15_000 });
});

test("an indefinite Hessian is a hyperbola and a saddle in words", async () => {
  await page.goto(page.url().split("#")[0] + "#curvature?v=1&f=plain-saddle&start=1,0.5&methods=bfgs&point=1,0.5&pin=1");
  await settled(page);
  assert.match(await page.textContent(".readout .verdict"), /saddle/);
  assert.ok((await page.getAttribute('[data-kind="negative-curvature"]', "d")).length > 20);
});

test("the Gaussian has the ellipse of its Fisher information", async () => {
  await page.goto(page.url().split("#")[0] + "#curvature?v=1&f=gaussian&start=1,1&methods=bfgs&point=1,1&pin=1");
  await settled(page);
  assert.ok((await page.getAttribute('[data-kind="fisher"]', "d")).length > 50);
  assert.ok((await steps()).some((s) => s.method === "natural-gradient"));
});

test("the landscape is measured when it is seen: Newton's work is flat, gradient descent's grows", async () => {
  await page.locator(".landscape").scrollIntoViewIfNeeded();
  await page.waitForSelector(".landscape table tr", { state: "attached", timeout: 60_000 });
  const rows = await page.$$eval(".landscape table tr", (all) =>
    Object.fromEntries(all.slice(1).map((row) => [row.querySelector("th").textContent, [...row.querySelectorAll("td")].map((td) => Number(td.textContent))])));
  const newton = rows.Newton;
  assert.ok(Math.max(...newton) <= 3 * Math.min(...newton), String(newton));
  const gd = rows["Gradient descent"];
  assert.ok(gd[4] > 5 * gd[2], String(gd));
});

test("on a touch screen a tap moves the point and a long press pins it", async () => {
  const phone = await open("#curvature?v=1&f=himmelblau&start=0,0&methods=bfgs&point=0,0", { width: 390, height: 844, touch: true });
  await phone.locator(".map").scrollIntoViewIfNeeded();
  let box = await phone.locator(".map").boundingBox();
  await phone.touchscreen.tap(box.x + 120, box.y + 120);
  await settled(phone);
  const tapped = await phone.inputValue("#point-x");
  assert.notEqual(tapped, "0");
  const session = await phone.context().newCDPSession(phone);
  await phone.click(".pin");
  box = await phone.locator(".map").boundingBox();
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  await touch("touchStart", [{ x: box.x + 200, y: box.y + 200 }]);
  await phone.waitForSelector('.pin[aria-pressed="true"]');
  await touch("touchEnd", []);
  await settled(phone);
  assert.equal(await phone.getAttribute(".pin", "aria-pressed"), "true");
  assert.notEqual(await phone.inputValue("#point-x"), tapped);
  // Two fingers apart: zoom in.
  const label = await phone.getAttribute(".map", "aria-label");
  await touch("touchStart", [{ x: box.x + 150, y: box.y + 150 }, { x: box.x + 220, y: box.y + 150 }]);
  await touch("touchMove", [{ x: box.x + 120, y: box.y + 150 }, { x: box.x + 260, y: box.y + 150 }]);
  await touch("touchEnd", []);
  await settled(phone);
  assert.notEqual(await phone.getAttribute(".map", "aria-label"), label);
  assert.deepEqual(phone.complaints, []);
});

test("nothing was written to the console", () => {
  assert.deepEqual(page.complaints, []);
});
