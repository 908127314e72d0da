// The arena, used as a person would.

import assert from "node:assert/strict";
import { test } from "node:test";
import { centre, settled, standings, start, written } from "./harness.mjs";

const { open } = await start();
const page = await open();
const surfaces = await page.$$eval(".strip input", (inputs) => inputs.map((i) => i.value).filter((v) => v !== ""));

async function choose(value) {
  await page.locator(`.strip input[value="${value}"]`).evaluate((input) => input.parentElement.click());
  await settled(page);
}
const address = () => page.evaluate(() => location.hash);
const param = async (name) => new URLSearchParams((await address()).split("?")[1]).get(name);

test("there are at least fifteen surfaces", () => {
  assert.ok(surfaces.length >= 15, surfaces.join());
});

for (const surface of surfaces) {
  test(`surface ${surface}: drawn, named, raced`, async () => {
    await choose(surface);
    assert.ok((await page.textContent("#title")).length > 3);
    assert.ok((await page.textContent("#note")).length > 20, "a sentence on what to watch");
    const rows = await standings(page);
    assert.ok(rows.length >= 4);
    for (const row of rows) {
      assert.notEqual(row.status, "on its way", row.method);
      assert.notEqual(row.status, "cannot run", row.method);
      assert.ok(row.evaluations > 0 || row.iterations === 0, row.method);
    }
    assert.ok((await page.textContent(".verdict")).length > 20);
    // The field is no blank: many colours on the canvas.
    const colors = await page.$eval(".ground", (canvas) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 404) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      return seen.size;
    });
    assert.ok(colors > 20, `${colors} colours`);
  });
}

test("on Rosenbrock second-order methods converge to (1, 1) in tens of iterations", async () => {
  await choose("rosenbrock");
  const rows = await standings(page);
  const of = (method) => rows.find((row) => row.method === method);
  for (const method of ["bfgs", "newton-damped", "trust-dogleg"]) {
    assert.equal(of(method).status, "converged");
    assert.ok(of(method).iterations < 60);
    assert.ok(of(method).value < 1e-10);
  }
  assert.ok(of("gd").iterations > 1000);
  assert.match(await page.textContent(".verdict"), /is first by iterations/);
});

test("Newton is said to stop at the saddle", async () => {
  await choose("saddle");
  const newton = (await standings(page)).find((row) => row.method === "newton");
  assert.equal(newton.status, "at a saddle");
  assert.match(await page.textContent(".verdict"), /Newton stopped at a saddle/);
});

test("falling without bound is said plainly", async () => {
  await choose("plain-saddle");
  const rows = await standings(page);
  assert.ok(rows.some((row) => row.status === "unbounded" || row.status === "diverged"), JSON.stringify(rows));
});

test("every method runs on the Gaussian surface; natural gradient is refused with a reason elsewhere", async () => {
  const all = async () => {
    await page.click(".edit");
    return page.$$eval(".picker input", (inputs) => inputs.map((i) => ({
      value: i.value, disabled: i.disabled, reason: i.parentElement.querySelector("small").textContent,
    })));
  };
  await choose("rosenbrock");
  const here = await all();
  await page.click(".picker .done");
  const natural = here.filter(({ value }) => value.startsWith("natural-gradient"));
  assert.ok(natural.length >= 1 && natural.every(({ disabled, reason }) => disabled && /needs/.test(reason)), JSON.stringify(natural));
  await choose("gaussian");
  const methods = await all();
  assert.ok(methods.length >= 25 && methods.every(({ disabled }) => !disabled), JSON.stringify(methods.filter((m) => m.disabled)));
  for (const { value } of methods) {
    const box = page.locator(`.picker input[value="${value}"]`);
    if (!(await box.isChecked())) await box.check();
  }
  await page.click(".picker .done");
  await settled(page);
  const rows = await standings(page);
  assert.equal(rows.length, methods.length);
  for (const row of rows) {
    assert.ok(!["on its way", "cannot run"].includes(row.status), `${row.method}: ${row.status}`);
    assert.ok(row.iterations > 0, row.method);
  }
  const looks = await page.$$eval(".arena .swatch", (all) => all.map((s) => s.outerHTML));
  assert.equal(new Set(looks).size, looks.length, "no two methods look the same");
  await page.click(".edit");
  for (const { value } of methods.slice(5)) await page.uncheck(`.picker input[value="${value}"]`);
  await page.keyboard.press("Escape");
  await settled(page);
  assert.equal((await standings(page)).length, 5);
});

test("dragging the start runs all methods from where it is", async () => {
  await page.goto(page.url().split("#")[0] + "#arena?v=1&f=rosenbrock&methods=gd,bfgs,newton-damped");
  await page.reload();
  await settled(page);
  const before = await standings(page);
  const from = await centre(page, ".handle.start");
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y - 20, { steps: 8 });
  await page.mouse.up();
  await settled(page);
  await written(page);
  const to = await centre(page, ".handle.start");
  assert.ok(Math.abs(to.x - from.x - 60) < 2 && Math.abs(to.y - from.y + 20) < 2);
  const [x, y] = (await param("start")).split(",").map(Number);
  assert.ok(x > -1.2 && y > 1, `${x}, ${y}`);
  const after = await standings(page);
  assert.notDeepEqual(after.map((r) => r.iterations), before.map((r) => r.iterations));
  assert.ok(after.every((row) => row.status !== "on its way"));
});

test("a start held still shows the curves and numbers of its race", async () => {
  const before = await standings(page);
  const from = await centre(page, ".handle.start");
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x - 40, from.y + 30, { steps: 4 });
  await settled(page);
  const held = await standings(page);
  assert.notDeepEqual(held, before);
  await page.mouse.up();
  await settled(page);
  const after = await standings(page);
  assert.deepEqual(held.filter((row) => row.status === "converged"), after.filter((row) => row.status === "converged"));
});

test("on a touch screen a tap sets the start and a finger drags it", async () => {
  const phone = await open("#arena?v=1&f=himmelblau&start=0,0&methods=bfgs,newton-damped", { width: 390, height: 844, touch: true });
  const box = await phone.locator(".map").boundingBox();
  await phone.touchscreen.tap(box.x + 150, box.y + 160);
  await settled(phone);
  const tapped = await centre(phone, ".handle.start");
  assert.ok(Math.abs(tapped.x - box.x - 150) < 2 && Math.abs(tapped.y - box.y - 160) < 2, JSON.stringify(tapped));
  const session = await phone.context().newCDPSession(phone);
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  await touch("touchStart", [tapped]);
  for (let k = 1; k <= 6; k += 1) await touch("touchMove", [{ x: tapped.x + 8 * k, y: tapped.y - 5 * k }]);
  await touch("touchEnd", []);
  await settled(phone);
  const dragged = await centre(phone, ".handle.start");
  assert.ok(Math.abs(dragged.x - tapped.x - 48) < 3 && Math.abs(dragged.y - tapped.y + 30) < 3, JSON.stringify(dragged));
  assert.ok((await standings(phone)).every((row) => row.status === "converged"));
  assert.deepEqual(phone.complaints, []);
  await phone.context().close();
});

test("a click on the map sets the start", async () => {
  const box = await page.locator(".map").boundingBox();
  await page.mouse.click(box.x + box.width * 0.6, box.y + box.height * 0.3);
  await settled(page);
  const to = await centre(page, ".handle.start");
  assert.ok(Math.abs(to.x - box.x - box.width * 0.6) < 2 && Math.abs(to.y - box.y - box.height * 0.3) < 2);
});

test("arrow keys move the start, plus and zero zoom and reset", async () => {
  await page.focus(".handle.start");
  const before = await centre(page, ".handle.start");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  await settled(page);
  const after = await centre(page, ".handle.start");
  assert.ok(Math.abs(after.x - before.x - 8) < 1.5 && Math.abs(after.y - before.y - 40) < 1.5, JSON.stringify([before, after]));
  assert.match(await page.getAttribute(".handle.start", "aria-label"), /^start at \(.*\)/);
  await page.focus(".map");
  const label = await page.getAttribute(".map", "aria-label");
  await page.keyboard.press("+");
  await settled(page);
  assert.notEqual(await page.getAttribute(".map", "aria-label"), label);
  await page.keyboard.press("0");
  await settled(page);
  assert.equal(await page.getAttribute(".map", "aria-label"), label);
});

test("play, pause, step and scrub", async () => {
  await page.selectOption(".player select", "4");
  await page.click(".player .play");
  await page.waitForFunction(() => /^[1-9]/.test(document.querySelector(".player .clock").textContent));
  await page.click(".player .play");
  await settled(page);
  const clock = () => page.textContent(".player .clock");
  const paused = await clock();
  assert.notEqual(paused.split(" of ")[0], paused.split(" of ")[1].split(" ")[0], "paused on the way");
  await settled(page);
  assert.equal(await clock(), paused);
  await page.locator(".player .scrub").fill("0");
  await settled(page);
  assert.match(await clock(), /^0 of/);
  assert.ok((await standings(page)).every((row) => row.iterations === 0));
  await page.click('[aria-label="One step on"]');
  await settled(page);
  assert.ok((await standings(page)).every((row) => row.iterations === 1));
  await page.keyboard.press(".");
  await settled(page);
  assert.match(await clock(), /^2 of/);
  await page.keyboard.press(",");
  await settled(page);
  assert.match(await clock(), /^1 of/);
  const plot = await page.locator(".u-over").boundingBox();
  await page.mouse.click(plot.x + plot.width * 0.5, plot.y + 40);
  await settled(page);
  assert.doesNotMatch(await clock(), /^[01] of/);
});

test("the axis of the race is also that of the clock", async () => {
  for (const [axis, unit] of [["evaluations", /evaluations/], ["work", /gradients$/], ["iterations", /iterations/]]) {
    await page.locator(`input[name="axis"][value="${axis}"]`).evaluate((input) => input.click());
    await settled(page);
    assert.match(await page.textContent(".player .clock"), unit);
    assert.match(await page.textContent(".curves .x-label"), new RegExp(axis));
  }
  await page.locator('input[name="measure"][value="gradient"]').evaluate((input) => input.click());
  await settled(page);
  assert.match(await page.textContent(".y-label"), /gradient/);
});

test("a row opens to settings and beliefs, and a setting changes the run", async () => {
  await page.click('tr[data-method="bfgs"] .method-name');
  await settled(page);
  assert.match(await page.textContent(".believes"), /true Hessian/);
  assert.ok((await page.getAttribute(".true-curvature", "d")).length > 50);
  await page.click('tr[data-method="gd"] .method-name');
  await settled(page);
  const before = (await standings(page)).find((row) => row.method === "gd");
  const input = page.locator('.details input[type="number"]').first();
  assert.ok(Number(await input.inputValue()) > 0, "the step that was found");
  await input.fill("0.0001");
  await input.press("Enter");
  await settled(page);
  const after = (await standings(page)).find((row) => row.method === "gd");
  assert.notEqual(after.value, before.value);
  await written(page);
  assert.match(await param("methods"), /gd:step=0\.0001/);
  await page.click('.details button:has-text("Race it twice")');
  await settled(page);
  assert.equal((await standings(page)).filter((row) => row.method === "gd").length, 2);
  await page.click('.details button:has-text("Remove")');
  await settled(page);
  assert.equal((await standings(page)).filter((row) => row.method === "gd").length, 1);
});

test("an opened row says of the settings what the library says", async () => {
  const other = await open("#arena?v=1&f=rosenbrock&methods=lbfgs,trust-exact&open=0");
  await other.waitForSelector(".details .field");
  const field = (name) => other.locator(".details .field", { has: other.locator(`label:text-is("${name}")`) });
  const memory = field("memory");
  assert.equal(await memory.locator("input").inputValue(), "10");
  assert.equal(await memory.locator("input").getAttribute("min"), "1");
  assert.match(await memory.textContent(), /secant pairs kept.*Allowed: at least 1/);
  assert.match(await other.textContent(".details .costs"), /keeps 2 m n \+ 7 n numbers.*Nocedal/);
  const search = field("line search").locator("select");
  assert.equal(await search.inputValue(), "");
  assert.match(await search.locator("option").first().textContent(), /more thuente \(default\)/);
  await search.selectOption("backtracking");
  await written(other);
  assert.match(await other.evaluate(() => decodeURIComponent(location.hash)), /lbfgs:line_search=backtracking/);
  await search.selectOption("");
  await written(other);
  assert.doesNotMatch(await other.evaluate(() => location.hash), /line_search/);
  // Settings of settings: the first at once, the others on demand.
  await other.click('tr[data-method="trust-exact"] .method-name');
  await settled(other);
  assert.ok(await field("radius initial").locator('input[type="number"]').isVisible());
  assert.ok(!(await field("radius shrink").locator('input[type="number"]').isVisible()));
  await other.click(".details summary");
  assert.equal(await field("radius shrink").locator('input[type="number"]').inputValue(), "0.25");
  assert.deepEqual(other.complaints, []);
  await other.context().close();
});

test("what a method believes is said as it is", async () => {
  const believes = async (surface, method, from) => {
    const other = await open(`#arena?v=1&f=${surface}&start=${from}&methods=${method}&open=0&at=0`);
    const words = await other.textContent(".believes");
    const drawn = (await other.getAttribute(".believed", "d")) ?? "";
    await other.context().close();
    return { words, drawn };
  };
  // The Hessian at the start of the saddle is diag(2, -2 + 3 y^2).
  for (const [surface, method, from, says, draws] of [
    ["rosenbrock", "newton", "-1.2,1", /the true Hessian, anew at each point.*\(1330, 480, 200\)/, true],
    ["saddle", "newton-eigen", "1,0.1", /sizes of its eigenvalues.*\(2, 0, 1\.97\).*true Hessian's, dotted, \(2, 0, −1\.97\)/, true],
    ["saddle", "newton-damped", "1,0.1", /not positive definite here.*changes it/, false],
    ["saddle", "trust-exact", "1,0.1", /the true Hessian, anew.*trust radius/, true],
    ["rosenbrock", "gd", "-1.2,1", /keeps no curvature/, false],
    ["gaussian", "natural-gradient", "1,1", /Fisher information of the model instead/, true],
  ]) {
    const { words, drawn } = await believes(surface, method, from);
    assert.match(words, says, method);
    assert.equal(drawn.length > 50, draws, `${method}: ${drawn.slice(0, 40)}`);
  }
});

test("where a function has no value, nothing starts, and it is said", async () => {
  const other = await open(`#arena?v=1&f=${encodeURIComponent("log(x) + y^2/x")}&start=-1,2&methods=bfgs,newton`);
  assert.match(await other.textContent(".verdict"), /No method can start here.*NaN/);
  assert.deepEqual((await standings(other)).map((row) => row.status), ["cannot run", "cannot run"]);
  // The half plane without values is not painted.
  const opacity = await other.$eval(".ground", (canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return [0.1, 0.9].map((part) => copy.getImageData(canvas.width * part, canvas.height * 0.45, 1, 1).data[3]);
  });
  assert.deepEqual(opacity, [0, 255]);
  assert.deepEqual(other.complaints, []);
  await other.context().close();
});

test("windows without a single value, or as narrow as rounding, are drawn without complaint", async () => {
  for (const window of ["-1e200,1e200,-1e200,1e200", "0.9999999999,1.0000000001,0.9999999999,1.0000000001"]) {
    const other = await open(`#arena?v=1&f=rosenbrock&start=-1.2,1&methods=bfgs&window=${window}`);
    assert.equal((await standings(other))[0].status, "converged");
    assert.deepEqual(other.complaints, []);
    await other.context().close();
  }
});

test("the quadratic's sliders change condition number and rotation", async () => {
  // A link without settings means the library's defaults, and the sliders say so.
  const plain = await open("#arena?v=1&f=valley");
  assert.match(await plain.textContent(".valley"), /κ = 100.*[^\d]0°/);
  await plain.context().close();
  await choose("valley");
  assert.match(await page.textContent(".valley"), /κ = 100.*30°/);
  await page.locator("#kappa").fill("3");
  await settled(page);
  await page.locator("#angle").fill("60");
  await settled(page);
  await written(page);
  assert.equal(await param("f"), "valley:kappa=1000,angle=60");
  assert.match(await page.textContent(".valley"), /κ = 1000.*60°/);
});

test("a typed formula is raced, a wrong one is explained and changes nothing", async () => {
  await choose("");
  await page.fill("#formula", "(x - 2)^2 + 3*(y + 1)^4");
  await page.waitForFunction(() => location.hash.includes(encodeURIComponent("(y + 1)^4")));
  await settled(page);
  assert.equal(await param("f"), "(x - 2)^2 + 3*(y + 1)^4");
  const rows = await standings(page);
  assert.ok(rows.some((row) => row.status === "converged"), JSON.stringify(rows));
  await page.fill("#formula", "(x - 2)^2 + 3*(y + ");
  await page.waitForFunction(() => document.getElementById("formula-problem").textContent !== "");
  assert.ok((await page.textContent("#formula-problem")).length > 5);
  assert.equal(await param("f"), "(x - 2)^2 + 3*(y + 1)^4");
});

test("nothing was written to the console", () => {
  assert.deepEqual(page.complaints, []);
});
