// The page's runs are those of the command: iterates agree to 1e-9.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { download, rowsOf, start } from "./harness.mjs";

const ravine = process.env.RAVINE ?? join(import.meta.dirname, "../../target/debug/ravine");
const { open } = await start();

const CASES = [
  ["rosenbrock", "-1.2,1", ["gd:step=0.001", "momentum:step=0.001", "adam:step=0.01", "bfgs", "lbfgs", "newton-damped", "trust-dogleg", "trust-steihaug", "arc", "cg-pr"]],
  ["himmelblau", "-0.5,-1", ["nesterov:step=0.005", "bfgs", "sr1", "trust-exact", "newton-cg"]],
  ["gaussian", "1,1", ["natural-gradient:step=0.5", "bfgs", "newton-damped"]],
];

for (const [surface, from, methods] of CASES) {
  test(`${surface}: ${methods.join(", ")}`, async () => {
    const page = await open(`#arena?v=1&f=${surface}&start=${from}&methods=${methods.join(",")}`);
    const { bytes } = await download(page, "CSV");
    const rows = rowsOf(bytes.toString());
    const folder = mkdtempSync(join(tmpdir(), "ravine-"));
    try {
      for (const method of methods) {
        const file = join(folder, "trace.csv");
        try {
          execFileSync(ravine, ["minimize", surface, "--method", method, "--start", from, "--max-iterations", "5000", "--trace", file, "--json"], { stdio: "pipe" });
        } catch (error) {
          // 1: not converged, as gradient descent here.
          if (error.status !== 1) throw error;
        }
        const native = rowsOf(readFileSync(file, "utf8"));
        const mine = rows.filter((row) => row.method === method);
        assert.ok(mine.length > 1 && native.length > 1, `${method}: ${mine.length} and ${native.length} rows`);
        const count = Math.min(mine.length, native.length);
        assert.ok(Math.abs(mine.length - native.length) <= 1, `${method}: ${mine.length} and ${native.length} iterates`);
        // The variables follow eight columns of counts and norms.
        const [x, y] = Object.keys(native[0]).slice(8);
        for (let k = 0; k < count; k += 1) {
          for (const [a, b] of [[mine[k].x, native[k][x]], [mine[k].y, native[k][y]]]) {
            assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)), `${method}, iterate ${k}: ${a} and ${b}`);
          }
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    await page.context().close();
  });
}
