// Links, exports, and the command that runs the same race.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { inflateSync } from "node:zlib";
import { copied, dist, download, rowsOf, settled, standings, start, written } from "./harness.mjs";

const ravine = process.env.RAVINE ?? join(import.meta.dirname, "../../target/debug/ravine");
const { browser, open } = await start();
const HASH =
  "#arena?v=1&f=himmelblau&start=-0.5,-1&methods=gd:step=0.01,bfgs,newton-damped&window=-5,5,-4,6&by=work&show=gradient&at=7&open=1";

test("a link brings back everything, and is written again the same", async () => {
  const page = await open(HASH);
  await written(page);
  assert.equal(await page.textContent("#title"), "Himmelblau");
  assert.equal(await page.evaluate(() => location.hash), HASH);
  assert.deepEqual((await standings(page)).map((row) => row.method), ["gd", "bfgs", "newton-damped"]);
  assert.match(await page.textContent(".player .clock"), /^7 of .* gradients$/);
  assert.deepEqual(page.complaints, []);
});

test("a state of the curvature view comes back, too", async () => {
  const hash = "#curvature?v=1&f=beale&start=1,1&methods=bfgs&point=2.5,0.25&pin=1&radius=0.5&damping=0.4";
  const page = await open(hash);
  await written(page);
  assert.equal(await page.evaluate(() => location.hash), hash);
  assert.equal(await page.inputValue("#point-x"), "2.5");
});

for (const [what, hash, complaint] of [
  ["another version", "#arena?v=99&f=beale", /another version/],
  ["a surface that is not one", "#arena?v=1&f=nowhere", /not usable/],
  ["a start that is no point", "#arena?v=1&f=beale&start=1,two", /start/],
  ["an unknown method", "#arena?v=1&f=beale&methods=bfgs,warp", /warp/],
  ["an empty window", "#arena?v=1&f=beale&window=1,1,0,2", /window/],
  ["an unknown axis", "#arena?v=1&f=beale&by=luck", /luck/],
]) {
  test(`${what} in a link is said and left out`, async () => {
    const page = await open(hash);
    assert.match(await page.textContent("#toast"), complaint);
    assert.ok((await standings(page)).length > 0);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test("the CSV file has every iterate and agrees with the table", async () => {
  const page = await open("#arena?v=1&f=rosenbrock&start=-1.2,1&methods=bfgs,gd:step=0.001,newton");
  const { name, bytes } = await download(page, "CSV");
  assert.equal(name, "ravine-rosenbrock.csv");
  const rows = rowsOf(bytes.toString());
  const table = await standings(page);
  for (const row of table) {
    const mine = rows.filter((r) => r.method.split(":")[0] === row.method);
    assert.equal(mine.length, row.iterations + 1);
    assert.equal(Number(mine[0].x), -1.2);
    const last = mine[mine.length - 1];
    assert.equal(Number(Number(last.value).toPrecision(3)), row.value);
    // The value is that of the point.
    for (const r of [mine[0], mine[1], last]) {
      const [x, y] = [Number(r.x), Number(r.y)];
      const value = (1 - x) ** 2 + 100 * (y - x * x) ** 2;
      assert.ok(Math.abs(value - Number(r.value)) <= 1e-9 * (1 + value));
    }
  }
});

test("the SVG file has a path for each method and parses", async () => {
  const page = await open("#arena?v=1&f=saddle&methods=newton,arc,trust-exact");
  const { name, bytes } = await download(page, "Picture, SVG");
  assert.equal(name, "ravine-saddle.svg");
  const found = await page.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, "image/svg+xml");
    return {
      error: document.querySelector("parsererror") !== null,
      methods: [...document.querySelectorAll("g[data-method]")].map((g) => g.dataset.method),
      text: document.documentElement.textContent,
      image: document.querySelector("image").getAttribute("href").slice(0, 22),
    };
  }, bytes.toString());
  assert.equal(found.error, false);
  assert.deepEqual(found.methods, ["newton", "arc", "trust-exact"]);
  assert.match(found.text, /Cubic model/);
  assert.equal(found.image, "data:image/png;base64,");
});

test("the picture has minima and iterates, and says when it was taken", async () => {
  const page = await open("#arena?v=1&f=himmelblau&start=-0.5,-1&methods=gd:step=0.01,bfgs&at=3");
  const text = async () => (await download(page, "Picture, SVG")).bytes.toString();
  const early = await text();
  assert.match(early, /After 3 iterations\. In the end: /);
  const [minima] = early.match(/<path class="minima" d="([^"]*)"/).slice(1);
  assert.equal(minima.match(/h18/g).length, 4);
  // Three steps of each, where they are apart.
  const dots = early.match(/<circle cx="[^"]*" cy="[^"]*" r="2.2"/g).length;
  assert.ok(dots >= 4 && dots <= 6, String(dots));
  await page.focus(".scrub");
  await page.keyboard.press("End");
  await settled(page);
  const late = await text();
  assert.doesNotMatch(late, /In the end/);
  assert.ok(late.match(/r="2.2"/g).length > dots);
  assert.deepEqual(page.complaints, []);
});

test("the curves are handed out as they are drawn", async () => {
  const page = await open("#arena?v=1&f=rosenbrock&methods=bfgs,newton-damped&by=evaluations&show=gradient");
  const { name, bytes } = await download(page, "Curves, SVG");
  assert.equal(name, "ravine-rosenbrock-curves.svg");
  const found = await page.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, "image/svg+xml");
    return {
      error: document.querySelector("parsererror") !== null,
      methods: [...document.querySelectorAll("path[data-method]")].map((path) => path.dataset.method),
      points: [...document.querySelectorAll("path[data-method]")].map((path) => path.getAttribute("d").split("L").length),
      words: [...document.querySelectorAll("text")].map((text) => text.textContent),
    };
  }, bytes.toString());
  assert.equal(found.error, false);
  assert.deepEqual(found.methods, ["bfgs", "newton-damped"]);
  assert.ok(found.points.every((count) => count > 10), String(found.points));
  for (const words of ["Rosenbrock", "largest entry of the gradient", "evaluations of f, \u2207f or \u2207\u00b2f", "BFGS", "10", "1"]) {
    assert.ok(found.words.includes(words), `${words}: ${found.words}`);
  }
  // Views without curves hand out none.
  await page.click("nav >> text=Curvature");
  await page.click(".menu summary");
  assert.ok(!(await page.locator('.menu button:has-text("Curves, SVG")').isVisible()));
  assert.deepEqual(page.complaints, []);
});

test("the film plays the race from its start to its end", async () => {
  const page = await open("#arena?v=1&f=rosenbrock&methods=gd,bfgs&by=iterations");
  await page.selectOption('select[aria-label="Speed"]', "4");
  const { name, bytes } = await download(page, "Film");
  assert.equal(name, "ravine-rosenbrock.webm");
  const seen = await page.evaluate(async (data) => {
    const video = document.createElement("video");
    video.muted = true;
    video.src = URL.createObjectURL(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: "video/webm" }));
    const reached = (event) => new Promise((resolve, reject) => {
      video.addEventListener(event, resolve, { once: true });
      video.addEventListener("error", () => reject(new Error("no film")), { once: true });
    });
    await reached("loadeddata");
    const [width, height] = [video.videoWidth, video.videoHeight];
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    const frame = () => {
      context.drawImage(video, 0, 0);
      return context.getImageData(0, 0, width, height).data;
    };
    const at = async (seconds) => {
      const there = reached("seeked");
      video.currentTime = seconds;
      await there;
      return frame();
    };
    const [first, last] = [await at(0), await at(video.duration - 0.1)];
    let changed = 0;
    for (let i = 0; i < last.length; i += 4) if (Math.abs(last[i] - first[i]) + Math.abs(last[i + 1] - first[i + 1]) > 60) changed += 1;
    return { width, height, seconds: video.duration, changed: changed / (width * height) };
  }, bytes.toString("base64"));
  const map = await page.locator("#map").boundingBox();
  assert.ok(seen.width > 2 * map.width && seen.height > 2 * map.height, JSON.stringify(seen));
  // Nine seconds at speed 1, and the last frame stays for 1.2 and its own thirtieth.
  assert.ok(Math.abs(seen.seconds - (9 / 4 + 1.2)) < 0.06, String(seen.seconds));
  // Two paths have been drawn, and nothing else.
  assert.ok(seen.changed > 1e-3 && seen.changed < 0.05, String(seen.changed));
  assert.deepEqual(page.complaints, []);
});

test("the PNG file is a picture with colours in it", async () => {
  const page = await open();
  const { name, bytes } = await download(page, "Picture, PNG");
  assert.equal(name, "ravine-rosenbrock.png");
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  assert.ok(width > 800 && height > 800, `${width} by ${height}`);
  const chunks = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") chunks.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  assert.ok(new Set(inflateSync(Buffer.concat(chunks))).size > 100);
});

const POINT = "#curvature?v=1&f=six-hump-camel&start=1,1&methods=bfgs&point=0.3,0.1&pin=1&radius=0.5";

test("the picture of the curvature view has its curves, steps, labels and what they say", async () => {
  const page = await open(POINT);
  const { name, bytes } = await download(page, "Picture, SVG");
  assert.equal(name, "ravine-six-hump-camel-curvature.svg");
  const found = await page.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, "image/svg+xml");
    return {
      error: document.querySelector("parsererror") !== null,
      kinds: [...document.querySelectorAll("[data-kind]")].filter((e) => e.getAttribute("d") !== "").map((e) => e.dataset.kind),
      text: document.documentElement.textContent,
    };
  }, bytes.toString());
  assert.equal(found.error, false);
  for (const kind of ["model", "trust-region", "curvature", "negative-curvature", "gradient", "newton", "trust-exact"]) {
    assert.ok(found.kinds.includes(kind), `${kind} in ${found.kinds}`);
  }
  assert.match(found.text, /λ₁ = 5\.89/);
  assert.match(found.text, /A saddle/);
  const png = await download(page, "Picture, PNG");
  assert.equal(png.name, "ravine-six-hump-camel-curvature.png");
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
  assert.ok(png.bytes.length > 50_000);
  assert.deepEqual(page.complaints, []);
});

test("the numbers of the curvature view are those of the formula", async () => {
  const page = await open(POINT);
  const { name, bytes } = await download(page, "CSV");
  assert.equal(name, "ravine-six-hump-camel-curvature.csv");
  const rows = rowsOf(bytes.toString());
  assert.ok(rows.length > 20, "a row a method");
  const [x, y] = [0.3, 0.1];
  const f = (a, b) => (4 - 2.1 * a * a + a ** 4 / 3) * a * a + a * b + (4 * b * b - 4) * b * b;
  for (const row of rows) {
    assert.ok(Math.abs(row.value - f(x, y)) < 1e-12);
    assert.ok(Math.abs(row.hessian_yy - (48 * y * y - 8)) < 1e-12);
    assert.equal(Number(row.radius), 0.5);
    if (row.step_x === "") {
      assert.ok(row.why.length > 5, row.method);
      continue;
    }
    const [dx, dy] = [Number(row.step_x), Number(row.step_y)];
    assert.ok(Math.abs(row.actual - (f(x, y) - f(x + dx, y + dy))) <= 1e-9 * Math.max(1, Math.abs(row.actual)), row.method);
    // The methods' own tolerance of the radius is a ten-thousandth.
    if (row.method.startsWith("trust")) assert.ok(Math.hypot(dx, dy) <= 0.5 * 1.0002, row.method);
  }
});

test("copied commands run, and find what the page shows", async () => {
  const shared = async (hash) => {
    const page = await open(hash);
    const command = await copied(page, "command");
    const rows = page.url().includes("#arena") ? await standings(page) : [];
    await page.context().close();
    return { command, rows };
  };
  const run = (command) => {
    const words = command.replace(/^ravine /, `'${ravine}' `);
    return execFileSync("sh", ["-c", `${words} --json`], { encoding: "utf8" }).trim().split("\n").map((line) => JSON.parse(line));
  };
  for (const hash of [
    "#arena?v=1&f=rosenbrock&start=-1.2,1&methods=gd,bfgs,newton-damped:line_search=exact,trust-dogleg:radius.initial=0.5",
    `#arena?v=1&f=${encodeURIComponent("-x + exp(x) + y^2")}&start=-1,-2&methods=newton-damped,lbfgs:memory=3`,
    "#arena?v=1&f=valley:kappa=50,angle=10&start=1,2&methods=nesterov,cg-pr&by=work",
  ]) {
    const { command, rows } = await shared(hash);
    const lines = run(command).filter((line) => line.method !== undefined);
    assert.equal(lines.length, rows.length, command);
    for (const row of rows) {
      const line = lines.find(({ method }) => method.split(":")[0] === row.method);
      assert.ok(Math.abs(line.iterations - row.iterations) <= 1, `${command}: ${row.method} ${line.iterations} ${row.iterations}`);
    }
  }
  const { command } = await shared(POINT);
  assert.equal(command, "ravine diagnose six-hump-camel --at 0.3,0.1");
  assert.ok(run(command).length > 0);
});

test("the command names the same surface, start, methods and steps", async () => {
  const page = await open("#arena?v=1&f=valley:kappa=50,angle=10&start=1,2&methods=gd:step=0.01,lbfgs:memory=3,newton");
  assert.equal(
    await copied(page, "command"),
    "ravine race valley:kappa=50,angle=10 --start 1,2 --methods gd:step=0.01,lbfgs:memory=3,newton --max-iterations 5000 --x-axis iterations",
  );
});

test("a formula with spaces is quoted in the command", async () => {
  const page = await open(`#arena?v=1&f=${encodeURIComponent("x^2 + 3*y^2")}&start=1,1&methods=bfgs`);
  assert.match(await copied(page, "command"), /^ravine race 'x\^2 \+ 3\*y\^2' --start 1,1 /);
});

test("the link that is copied is the address", async () => {
  const page = await open(HASH);
  await written(page);
  const link = await copied(page, "link");
  assert.equal(link, page.url());
  await settled(page);
});

test("the page in one file opens from disk", async () => {
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${pathToFileURL(join(dist, "standalone.html"))}#arena?v=1&f=beale&methods=bfgs,newton-damped`);
  await settled(page);
  assert.equal(await page.textContent("#title"), "Beale");
  assert.deepEqual((await standings(page)).map((row) => row.method), ["bfgs", "newton-damped"]);
  assert.deepEqual(complaints, []);
});
