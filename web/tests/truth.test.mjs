// What the page says, against what is known of the surfaces from elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { copied, download, rowsOf, settled, standings, start } from "./harness.mjs";

const { open } = await start();

/** A page at a surface, with methods where they are not the surface's own; its verdict and rows. */
async function race(surface, { methods, from, ...more } = {}) {
  const given = Object.entries({ start: from, methods, ...more }).filter(([, value]) => value !== undefined);
  const page = await open(`#arena?v=1&f=${encodeURIComponent(surface)}${given.map(([name, value]) => `&${name}=${value}`).join("")}`);
  const rows = await standings(page);
  return { page, rows, of: (method) => rows.find((row) => row.method === method), verdict: await page.textContent(".verdict") };
}

test("Himmelblau's maximum, 181.617 at (-0.271, -0.923), is called a maximum", async () => {
  const { page, of, verdict } = await race("himmelblau");
  assert.ok(Math.abs(of("newton").value - 181.617) < 1, JSON.stringify(of("newton")));
  assert.equal(of("newton").status, "maximum");
  assert.match(verdict, /Newton stopped at a maximum/);
  assert.doesNotMatch(verdict, /saddle/);
  await page.context().close();
});

test("no saddle is seen where the function has none", async () => {
  // Both are positive, with the infimum 0, and stationary nowhere else.
  for (const [surface, methods] of [["1/(x^2+y^2)", "bfgs,newton-damped,trust-dogleg"], ["x^2*y^2", "adam,bfgs,newton-damped"]]) {
    const { page, rows, verdict } = await race(surface, { methods, from: "-1.2,1" });
    assert.doesNotMatch(verdict, /saddle|maximum|higher minimum/, surface);
    assert.ok(rows.every(({ status }) => !/saddle|maximum|not lowest/.test(status)), JSON.stringify(rows));
    await page.context().close();
  }
});

test("where there is one minimum, nobody converges to a higher one", async () => {
  for (const [surface, methods] of [
    ["brown-badly-scaled", "cg-pr,bfgs,sr1,newton-damped,trust-dogleg"],
    ["powell-badly-scaled", "cg-pr,cg-hs,sr1,bfgs,newton-damped"],
    ["valley:kappa=1e9,angle=30", "gd-linesearch,cg-pr,bfgs,newton,momentum"],
  ]) {
    const { page, rows, verdict } = await race(surface, { methods });
    assert.doesNotMatch(verdict, /higher|saddle|maximum/, surface);
    assert.ok(rows.every(({ status }) => !/not lowest|higher|saddle|maximum/.test(status)), JSON.stringify(rows));
    await page.context().close();
  }
});

test("if all end in a higher minimum, that is said", async () => {
  // The other minima: 48.98 of Freudenstein and Roth, -64.2 and -50.1 of Styblinski and Tang.
  for (const [surface, lowest, others] of [
    ["freudenstein-roth", /lowest known minimum, f = 0 at \(5, 4\)/, [48.98]],
    ["styblinski-tang", /lowest known minimum, f = −78\.3 at \(−2\.9, −2\.9\)/, [-64.2, -50.1]],
  ]) {
    const { page, rows, verdict } = await race(surface);
    const there = rows.filter((row) => others.some((value) => Math.abs(row.value - value) < 0.1));
    for (const row of there) assert.notEqual(row.status, "converged", JSON.stringify(row));
    assert.ok(there.some((row) => row.status === "not lowest"), JSON.stringify(rows));
    assert.match(verdict, /converged to a higher minimum/);
    if (rows.every((row) => row.status !== "converged")) assert.match(verdict, lowest);
    await page.context().close();
  }
});

test("a surface without a minimum is drawn by its value, and the fall that was seen is shown", async () => {
  for (const surface of ["plain-saddle", "monkey-saddle"]) {
    const { page } = await race(surface);
    assert.match(await page.textContent(".y-label"), /^the value f/, surface);
    await page.context().close();
  }
  const { page, rows } = await race("plain-saddle", { methods: "newton-damped,newton-eigen,bfgs,trust-exact" });
  const unbounded = rows.filter((row) => row.status === "unbounded");
  assert.ok(unbounded.length > 0 && unbounded.every((row) => row.value < -1e6), JSON.stringify(rows));
  const title = await page.$$eval(".standings .chip", (chips) => chips.find((chip) => chip.textContent === "unbounded").title);
  assert.match(title, /seen down to −\S+/);
  await page.context().close();
  const bowl = await race("rosenbrock");
  assert.match(await bowl.page.textContent(".y-label"), /above the lowest minimum/);
  await bowl.page.context().close();
});

test("in the valley gradient descent bounces between the walls, beside a step that does not", async () => {
  const { page, rows } = await race("valley:kappa=100,angle=30");
  const descents = rows.filter((row) => row.method === "gd");
  assert.equal(descents.length, 2);
  assert.ok(descents.every((row) => row.status === "converged"));
  assert.ok(descents[0].iterations < descents[1].iterations, JSON.stringify(descents));
  const { bytes } = await download(page, "CSV");
  const table = rowsOf(bytes.toString());
  const labels = [...new Set(table.map((row) => row.method))].filter((label) => label.startsWith("gd:step="));
  const steps = labels.map((label) => Number(label.split("=")[1]));
  // The best is 2 / 101, the limit 2 / 100, and 1 / 100 goes to the floor at once.
  assert.ok(steps[0] > 0.019 && steps[0] < 0.02 && steps[1] === 0.01, labels.join());
  const [sine, cosine] = [Math.sin(Math.PI / 6), Math.cos(Math.PI / 6)];
  const across = labels.map((label) => table.filter((row) => row.method === label).slice(0, 12).map((row) => cosine * row.x + sine * row.y));
  assert.ok(across[0].every((u, k) => k === 0 || u * across[0][k - 1] < 0), across[0].join());
  assert.ok(across[1].slice(1).every((u) => Math.abs(u) < 1e-12 * Math.abs(across[1][0])), across[1].join());
  assert.match(await page.textContent(".sliders"), /0\.019\d*.*limit 2\/λ = 0\.02, λ = 100 .*best of \d+ runs, work \d/);
  await page.context().close();
});

test("methods of signs do not make the condition number vanish", async () => {
  for (const kappa of [10, 1000]) {
    const { page, rows } = await race(`valley:kappa=${kappa},angle=30`, { methods: "adam,adagrad,rmsprop" });
    for (const row of rows) assert.ok(row.iterations > 10, JSON.stringify(row));
    await page.context().close();
  }
});

test("a step is called the best only where it was, from the start in use", async () => {
  const { page } = await race("rosenbrock", { methods: "momentum,adam", from: "0.2,2.05", open: "0" });
  const rows = await standings(page);
  assert.ok(rows.every((row) => row.status !== "diverged" && row.value < 1), JSON.stringify(rows));
  await page.waitForSelector(".details .found");
  await settled(page);
  assert.match(await page.textContent(".details .found"), /the best of \d+ from this start, found at the work of/);
  const input = page.locator(".details input[type=number]").first();
  const best = await input.inputValue();
  await input.fill("0.021");
  await input.press("Enter");
  await settled(page);
  assert.equal(await page.textContent(".details .found"), "");
  // Emptied, the field shows what is in use again.
  await input.fill("");
  await input.press("Enter");
  await settled(page);
  assert.equal(await input.inputValue(), best);
  assert.match(await page.textContent(".details .found"), /the best of/);
  assert.match(await copied(page, "Copy as command"), new RegExp(`momentum:step=${best.replace(".", "\\.")}`));
  await page.context().close();
});

test("while a race is under way, nothing is said of another one", async () => {
  const { page } = await race("rosenbrock");
  const seen = await page.evaluate(async () => {
    const moments = [];
    location.hash = location.hash.replace(/start=[^&]*/, "start=0.3,-0.5");
    for (let frame = 0; frame < 240; frame += 1) {
      await new Promise(requestAnimationFrame);
      const words = [...document.querySelectorAll(".standings .chip")].map((chip) => chip.textContent);
      moments.push([document.querySelector(".verdict").textContent, words]);
      if (frame > 5 && document.body.dataset.ready === "true") break;
    }
    return moments;
  });
  const last = seen.at(-1)[0];
  assert.match(last, /is first/);
  const between = seen.slice(2);
  for (const [verdict, words] of between) {
    if (words.some((word) => word === "on its way" || word === "step sought")) assert.match(verdict, /^$|under way/, words.join());
  }
  assert.ok(between.some(([verdict]) => /under way/.test(verdict)), "seen under way");
  await page.context().close();
});

test("markers stay inside of the curves' plot", async () => {
  const { page } = await race("valley:kappa=300,angle=30", { methods: "adam,gd,bfgs" });
  const outside = await page.evaluate(async () => {
    let most = 0;
    location.hash = location.hash.replace(/f=[^&]*/, "f=rosenbrock");
    for (let frame = 0; frame < 120; frame += 1) {
      await new Promise(requestAnimationFrame);
      const plot = document.querySelector(".u-over")?.getBoundingClientRect();
      for (const path of document.querySelectorAll(".heads path:not([hidden])")) {
        if (plot) most = Math.max(most, path.getBoundingClientRect().right - plot.right);
      }
    }
    return most;
  });
  assert.ok(outside < 8, `${outside} pixels`);
  await page.context().close();
});

test("the model's word and the function's are told apart", async () => {
  const words = async (at, surface) => {
    const page = await open(`#curvature?v=1&f=${surface}&start=${at}&point=${at}&pin=1`);
    const rows = await page.$$eval(".first-steps tbody tr", (all) =>
      Object.fromEntries(all.map((row) => [row.dataset.method, [...row.querySelectorAll("td")].map((cell) => cell.textContent)])));
    await page.context().close();
    return rows;
  };
  const gaussian = await words("1,0.5", "gaussian");
  assert.match(gaussian["natural-gradient"][3], /not foretold/);
  assert.match((await words("1e5,1e5", "rosenbrock"))["gd-linesearch"][3], /not foretold/);
  // x² − y² + y⁴/4 at (1, 0.1): without damping, the slider's step is Newton's own, to the saddle.
  const saddle = await words("1,0.1", "saddle");
  assert.deepEqual(saddle.damped, saddle.newton);
  const page = await open("#curvature?v=1&f=saddle&start=1,0.1&point=1,0.1&pin=1");
  assert.equal(await page.textContent('output[for="damping"]'), "0: Newton");
  await page.context().close();
});

test("back goes to the surface and the view before", async () => {
  const page = await open();
  const choose = (value) => page.locator(`.strip input[value="${value}"]`).evaluate((input) => input.parentElement.click());
  const written = () => page.waitForFunction(() => document.body.dataset.address === "written");
  await choose("himmelblau");
  await settled(page);
  await written();
  await page.click('#views a[href="#curvature"]');
  await settled(page);
  await written();
  await page.goBack();
  await settled(page);
  assert.match(page.url(), /#arena\?.*f=himmelblau/);
  assert.equal(await page.textContent("#title"), "Himmelblau");
  await written();
  await page.goBack();
  await settled(page);
  assert.equal(await page.textContent("#title"), "Rosenbrock");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test("the link to the map goes there without a complaint", async () => {
  const page = await open();
  await page.focus(".skip");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.ok(await page.locator("#toast").isHidden());
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("map")));
  await page.context().close();
});

test("ticks of a narrow window differ, and its link opens it again", async () => {
  const { page } = await race("rosenbrock", { methods: "bfgs", from: "1.2,1", window: "0.9999999,1.0000001,0.9999999,1.0000001" });
  const ticks = await page.$$eval(".axes text.tick", (all) => all.map((text) => [text.getAttribute("text-anchor"), text.textContent]));
  assert.ok(ticks.length > 4);
  assert.equal(new Set(ticks.map(String)).size, ticks.length, ticks.join(" "));
  await page.waitForFunction(() => document.body.dataset.address === "written");
  const [x0, x1] = new URLSearchParams(page.url().split("?")[1]).get("window").split(",").map(Number);
  assert.ok(Math.abs(x1 - x0 - 2e-7) < 1e-9, `${x0} ${x1}`);
  await page.context().close();
});

test("a formula's window holds the minimum below its start, and a start without a value is left", async () => {
  const { page } = await race("(x-100)^2+(y+50)^2", { methods: "bfgs" });
  assert.match(await page.getAttribute(".map", "aria-label"), /to 1\d\d and y from −\d/);
  await page.locator('.strip input[value=""]').evaluate((input) => input.parentElement.click());
  const type = async (formula) => {
    await page.fill("#formula", formula);
    await page.waitForTimeout(400);
    await settled(page);
  };
  await type("x^2 + y^2");
  await type("log(x)+y^2");
  assert.ok((await standings(page)).every((row) => row.status !== "cannot run"), await page.textContent(".verdict"));
  await type("x^2");
  assert.match(await page.textContent("#formula-problem"), /"a function of x", but must be one of two variables/);
  assert.equal(await page.getAttribute("#formula", "aria-invalid"), "true");
  await type("sin");
  assert.ok((await page.textContent("#formula-problem")).length < 90);
  await page.context().close();
});
