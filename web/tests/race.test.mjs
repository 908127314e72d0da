// `ravine race --html`: a page in one file, opened from the disk, with the race of the command.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { dist, settled, standings, start, written } from "./harness.mjs";

const ravine = process.env.RAVINE ?? join(import.meta.dirname, "../../target/debug/ravine");
const environment = { ...process.env, RAVINE_PAGE: join(dist, "standalone.html") };
const { browser } = await start();

/** Runs the race and opens its page; its complaints are what the browser or the page object to. */
async function opened(...race) {
  const folder = mkdtempSync(join(tmpdir(), "ravine-"));
  const file = join(folder, "race.html");
  execFileSync(ravine, ["race", ...race, "--html", file], { env: environment, stdio: "pipe" });
  // At rest at the end: the last test looks at the motion.
  const page = await browser.newPage({ reducedMotion: "reduce" });
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) page.complaints.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  await settled(page);
  rmSync(folder, { recursive: true });
  return page;
}

test("a race with methods and settings", async () => {
  const methods = "bfgs,gd:step=0.001,newton-damped:line_search=exact,trust-dogleg:radius.initial=0.5";
  const page = await opened("himmelblau", "--start", "-0.5,-1", "--methods", methods);
  assert.equal(await page.textContent("#title"), "Himmelblau");
  const shown = (await standings(page)).map((row) => row.method);
  assert.deepEqual(shown.toSorted(), ["bfgs", "gd", "newton-damped", "trust-dogleg"]);
  const hash = decodeURIComponent(await page.evaluate(() => location.hash));
  assert.match(hash, /gd:step=0.001/);
  assert.match(hash, /trust-dogleg:radius.initial=0.5/);
  assert.deepEqual(page.complaints, []);
});

test("a race of all methods on a formula shows all of them, in motion, with the steps it has found", async () => {
  const page = await opened("(1-x)^2 + 100*(y-x^2)^2", "--start", "-1.2,1", "--methods", "gd,momentum,adam,bfgs,lbfgs,newton-damped,trust-exact,sr1,cg-pr,rmsprop,adagrad,nesterov");
  const rows = await standings(page);
  assert.equal(rows.length, 12);
  assert.match(await page.textContent("#title"), /100\*\(y-x\^2\)\^2/);
  assert.match(decodeURIComponent(await page.evaluate(() => location.hash)), /gd:step=0\.00/);
  assert.deepEqual(page.complaints, []);
});

test("the page ends its runs where the table did", async () => {
  const limits = ["--max-iterations", "50", "--tolerance", "1e-3"];
  const race = ["rosenbrock", "--start", "-1.2,1", "--methods", "gd:step=0.001,bfgs,newton-damped"];
  const table = execFileSync(ravine, ["race", ...race, ...limits, "--json"], { env: environment }).toString();
  const runs = table.trim().split("\n").map((line) => JSON.parse(line)).filter((run) => run.method);
  const page = await opened(...race, ...limits);
  const rows = await standings(page);
  assert.equal(rows.length, 3);
  for (const run of runs) {
    const row = rows.find((one) => one.method === run.method.split(":")[0]);
    assert.equal(Number(row.iterations), run.iterations, `${run.method}: ${JSON.stringify(row)}`);
  }
  assert.equal(await page.inputValue("input.limit"), "50");
  assert.match(await page.textContent(".arena"), /tolerance 0\.001/);
  // Changed by hand, the race begins anew.
  await page.fill("input.limit", "7");
  await page.press("input.limit", "Enter");
  await settled(page);
  await written(page);
  const again = (await standings(page)).find((row) => row.method === "gd");
  assert.equal(Number(again.iterations), 7);
  assert.match(await page.evaluate(() => location.hash), /limits=iterations=7,tolerance=0.001/);
  assert.deepEqual(page.complaints, []);
});

test("a race opens in motion, and still for who asked for less of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ravine-"));
  const file = join(folder, "race.html");
  execFileSync(ravine, ["race", "himmelblau", "--methods", "bfgs,gd", "--html", file], { env: environment, stdio: "pipe" });
  for (const reducedMotion of ["no-preference", "reduce"]) {
    const page = await browser.newPage({ reducedMotion });
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction(() => document.querySelectorAll(".standings tbody tr").length >= 2);
    assert.equal(await page.getAttribute(".player .play", "aria-label"), reducedMotion === "reduce" ? "Play" : "Pause");
    await page.close();
  }
  rmSync(folder, { recursive: true });
});
