#!/usr/bin/env bash
# Ten thousand fits of three parameters, by Ravine with one run for all and with a run each, and by the crate
# levenberg-marquardt, in one run on one thread: time and allocations a fit. Writes
# results/small-fits.json and small-fits.md.
# Needs Rust, Python 3, and the package registries on the first run.
set -euo pipefail
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked
mkdir -p ../results
python3 report.py "$target/release/ravine-bench-small-fits" ../results
