// The module says what the native build says: fields, local models and runs of every method.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const generated = join(import.meta.dirname, "../src/generated");
const core = await import(join(generated, "ravine_wasm.js"));
await core.default({ module_or_path: readFileSync(join(generated, "ravine_wasm_bg.wasm")) });
const cargo = ["run", "--quiet", "--locked", "--package", "ravine-wasm", "--example", "numbers"];
const native = JSON.parse(
  execFileSync("cargo", cargo, { cwd: root, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] }),
);

/** Numbers that are not finite are null in JSON. */
function near(mine, theirs, what, tolerance = 1e-9) {
  assert.equal(mine.length, theirs.length, what);
  let scale = 1;
  for (let k = 0; k < mine.length; k += 1) {
    if (theirs[k] === null) assert.ok(!Number.isFinite(mine[k]), `${what}, ${k}`);
    else {
      scale = Math.max(scale, Math.abs(theirs[k]));
      const distance = Math.abs(mine[k] - theirs[k]);
      assert.ok(distance <= tolerance * scale, `${what}, ${k}: ${mine[k]} and ${theirs[k]}`);
    }
  }
}

/** A condition number of 10^15 leaves no digit of the last bits' difference after so many iterates. */
const SENSITIVE = { "powell-badly-scaled": 4 };

/** Two pivots are equal but for rounding, which decides the first step. */
const TIES = ["ackley, newton-damped"];

/**
 * The first iterates of two runs. The last bits of exp and sin differ between the builds. They grow
 * where values fall without end, and decide whether a trial is taken where nothing but rounding is
 * left to gain: up to there, iterates agree to 1e-9.
 */
function runsAgree(mine, theirs, what) {
  if (TIES.includes(what)) return;
  const rest = theirs.norms.findIndex(
    (norm, k) => norm === null || norm < 1e-6 * theirs.norms[0] || Math.abs(theirs.values[k]) > 1e9,
  );
  const most = rest === -1 ? theirs.values.length : rest;
  const count = Math.min(mine.values.length, most, SENSITIVE[what.split(",")[0]] ?? 40);
  assert.ok(mine.values.length >= count, what);
  near(mine.points.slice(0, 2 * count), theirs.points.slice(0, 2 * count), `${what}: points`);
  near(mine.values.slice(0, count), theirs.values.slice(0, count), `${what}: values`);
  // Rounding decides whether a trial or a question to the function is one more.
  const evaluations = theirs.evaluations.slice(0, 5 * count);
  evaluations.forEach((count, k) => {
    const distance = Math.abs(mine.evaluations[k] - count);
    assert.ok(distance <= 2, `${what}: evaluations, ${k}: ${mine.evaluations[k]} and ${count}`);
  });
}

for (const { name, start: [x, y], runs, ...expected } of native.surfaces) {
  test(name, () => {
    const surface = new core.Surface(name);
    const window = [x - 1, x + 1, y - 1, y + 1, 12, 9];
    near(surface.local(x, y), expected.local, "local");
    near(surface.field(...window), expected.field, "field");
    near(surface.contours(...window, 6).points, expected.contours, "contours");
    near(surface.damped_path(x, y, 20), expected.path, "path");
    near(surface.cg(x, y), expected.cg, "cg");
    near(surface.power(x, y, 10), expected.power, "power");
    assert.ok(runs.length > 20);
    for (const run of runs) {
      const mine = new core.Run(surface, run.method, "", x, y, 10_000);
      mine.advance(native.iterations);
      const numbers = { points: mine.points(), values: mine.values(), evaluations: mine.evaluations() };
      runsAgree(numbers, run, `${name}, ${run.method}`);
      mine.free();
    }
    surface.free();
  });
}

test("mistakes are errors with the library's message", () => {
  assert.throws(() => new core.Surface("rosenbrok"), /did you mean `rosenbrock`/);
  assert.throws(() => new core.Surface("x + )"), /expected a number/);
  const surface = new core.Surface("beale");
  assert.throws(() => new core.Run(surface, "gd", 'step=-1', 0, 0, 10_000), /step: is -1/);
  assert.throws(() => new core.Run(surface, "natural-gradient", "", 0, 0, 10_000), /Fisher information/);
  assert.throws(() => surface.field(0, 0, 0, 1, 5, 5), /window x/);
});

test("the methods are those that are described, and their settings at the defaults change nothing", () => {
  const described = JSON.parse(readFileSync(join(generated, "methods.json"), "utf8"));
  const offered = JSON.parse(core.methods());
  assert.deepEqual(offered.map(({ name }) => name).sort(), Object.keys(described).sort());
  let checked = 0;
  for (const { name, needs } of offered) {
    const surface = new core.Surface(needs.includes("Fisher information") ? "gaussian" : "rosenbrock");
    const points = (settings) => {
      const run = new core.Run(surface, name, Object.entries(settings).map((setting) => setting.join("=")).join(","), -1.2, 1, 10_000);
      run.advance(60);
      return run.points();
    };
    const plain = points({});
    for (const setting of described[name].settings) {
      for (const inner of setting.settings ?? [setting]) {
        const key = inner === setting ? setting.name : `${setting.name}.${inner.name}`;
        if (typeof inner.default === "object") continue;
        assert.deepEqual(points({ [key]: inner.default }), plain, `${name}: ${key}`);
        checked += 1;
      }
    }
  }
  assert.ok(checked > 80, `${checked}`);
});
