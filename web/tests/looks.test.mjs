// Colours, dashes and markers: told apart by all eyes, on both grounds.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { transformWithOxc } from "vite";

/** A file of the page without its types; it imports nothing that runs. */
async function source(path) {
  const file = join(import.meta.dirname, "../src", path);
  const { code } = await transformWithOxc(readFileSync(file, "utf8"), file);
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
const { inks, lookOf } = await source("view/looks.ts");
const { presetEntrants } = await source("presets.ts");
const described = JSON.parse(readFileSync(join(import.meta.dirname, "../src/generated/methods.json"), "utf8"));
const methods = Object.keys(described);

const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const rgb = (hex) => [1, 3, 5].map((i) => linear(parseInt(hex.slice(i, i + 2), 16)));
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a, b) => {
  const [high, low] = [luminance(rgb(a)), luminance(rgb(b))].sort((p, q) => q - p);
  return (high + 0.05) / (low + 0.05);
};
/** Machado, Oliveira and Fernandes (2009), the strongest form of each deficiency, in linear RGB. */
const EYES = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};
const seen = (m, c) => [0, 3, 6].map((row) => Math.min(1, Math.max(0, m[row] * c[0] + m[row + 1] * c[1] + m[row + 2] * c[2])));
/** Ottosson (2020). */
const oklab = ([r, g, b]) => {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};
const apart = (a, b, eye) => {
  const [p, q] = [a, b].map((hex) => oklab(seen(EYES[eye], rgb(hex))));
  return Math.hypot(...p.map((v, i) => v - q[i]));
};

for (const theme of ["light", "dark"]) {
  test(`every method has a colour that stands out from the ${theme} ground`, () => {
    for (const method of methods) {
      const ratio = contrast(lookOf(method)[theme], inks(theme === "dark").paper);
      assert.ok(ratio >= 3, `${method}: ${ratio}`);
    }
  });

  test(`colours that differ are told apart by all eyes, ${theme}`, () => {
    const colours = [...new Set(methods.map((method) => lookOf(method)[theme]))];
    assert.equal(colours.length, 9);
    for (const [i, a] of colours.entries()) {
      for (const b of colours.slice(i + 1)) {
        for (const eye of Object.keys(EYES)) assert.ok(apart(a, b, eye) > 0.08, `${a} ${b} ${eye}: ${apart(a, b, eye)}`);
      }
    }
  });
}

test("no two methods look the same, and those of one colour have other dashes and markers", () => {
  const looks = methods.map((method) => [method, lookOf(method)]);
  for (const [i, [a, one]] of looks.entries()) {
    for (const [b, other] of looks.slice(i + 1)) {
      if (one.light !== other.light) continue;
      assert.notDeepEqual([one.shape, one.hollow], [other.shape, other.hollow], `${a} and ${b}`);
      // Five trust regions share four dashes.
      if (a !== "trust-steihaug" && b !== "trust-gltr") assert.notDeepEqual(one.dashes, other.dashes, `${a} and ${b}`);
    }
  }
});

test("a method looks the same wherever it is, and a second one of it differs in dashes and marker", () => {
  for (const method of methods) {
    const [first, twin] = [lookOf(method), lookOf(method, 1)];
    assert.deepEqual(lookOf(method), first);
    assert.equal(twin.light, first.light);
    assert.notDeepEqual(twin.dashes, first.dashes);
    assert.notEqual(twin.hollow, first.hollow);
  }
});

test("the methods that race at first have colours or dashes of their own", () => {
  for (const surface of ["rosenbrock", "booth", "saddle", "plain-saddle", "monkey-saddle", "gaussian", "rastrigin", "ackley", "himmelblau"]) {
    const looks = presetEntrants(surface).map(({ method }) => lookOf(method));
    assert.equal(new Set(looks.map(({ light, dashes }) => light + dashes.join())).size, looks.length, surface);
  }
});
