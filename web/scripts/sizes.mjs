// The bytes that a visitor loads, and whether they are within their limits.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = join(import.meta.dirname, "../dist/assets");

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length;
const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;

const limits = [
  { what: "module, brotli", files: /^ravine_wasm_bg.*\.wasm$/, size: brotli, limit: 163_840 },
  { what: "scripts and styles, gzip", files: /^(?!view-|curvature-|film-).*\.(js|css)$/, size: gzip, limit: 70_000 },
  // Fetched when the curvature view is opened.
  { what: "curvature scripts, gzip", files: /^curvature-.*\.js$/, size: gzip, limit: 12_000 },
  // Fetched when a film is asked for.
  { what: "film scripts, gzip", files: /^film-.*\.js$/, size: gzip, limit: 4_000 },
  // Fetched when the network view is opened.
  { what: "network module, brotli", files: /^ravine_wasm_network_bg.*\.wasm$/, size: brotli, limit: 163_840 },
  { what: "network scripts and styles, gzip", files: /^view-.*\.(js|css)$/, size: gzip, limit: 22_000 },
  // Loaded when a row of the race is opened.
  { what: "descriptions, gzip", files: /\.json$/, size: gzip, limit: 10_000 },
];

for (const { what, files, size, limit } of limits) {
  const names = readdirSync(folder).filter((name) => files.test(name));
  if (names.length === 0) throw new Error(`nothing in ${folder} matches ${files}`);
  const bytes = names.reduce((sum, name) => sum + size(readFileSync(join(folder, name))), 0);
  const within = bytes <= limit;
  console.log(`${what}: ${bytes} bytes of ${limit}${within ? "" : ": TOO LARGE"}`);
  if (!within) process.exitCode = 1;
}
