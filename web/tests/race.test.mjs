// `ravine race --html`: a page in one file, opened from the disk, with the race of the command.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { dist, settled, standings, start } from "./harness.mjs";

const ravine = process.env.RAVINE ?? join(import.meta.dirname, "../../target/debug/ravine");
const environment = { ...process.env, RAVINE_PAGE: join(dist, "standalone.html") };
const { browser } = await start();

/** Runs the race and opens its page; its complaints are what the browser or the page object to. */
async function opened(...race) {
  const folder = mkdtempSync(join(tmpdir(), "ravine-"));
  const file = join(folder, "race.html");
  execFileSync(ravine, ["race", ...race, "--html", file], { env: environment, stdio: "pipe" });
  const page = await browser.newPage();
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

test("a race of all methods on a formula shows the ten best, whose steps it has found", async () => {
  const page = await opened("(1-x)^2 + 100*(y-x^2)^2", "--start", "-1.2,1");
  const rows = await standings(page);
  assert.equal(rows.length, 10);
  assert.match(await page.textContent("#title"), /100\*\(y-x\^2\)\^2/);
  assert.deepEqual(page.complaints, []);
});
