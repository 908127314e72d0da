#!/usr/bin/env bash
# How fast the page is: frames with ten methods, the probe under the cursor, a new surface; and how
# many bytes it is. Builds the page, measures it in headless Chromium and writes results/web.md.
# Needs Rust, Node with npm, Chromium (CHROMIUM names another than /usr/bin/chromium), and the package
# registries on the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo xtask web
mkdir -p bench/results
node bench/web/measure.mjs bench/results/web.md
