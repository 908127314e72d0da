#!/usr/bin/env bash
# How the errors of stochastic estimators (traces, diagonals, spectral densities) fall with products.
# Writes results/estimators.md and estimators.svg. Needs Rust, Python 3 with venv, and the package
# registries on the first run.
set -euo pipefail
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
venv="$target/venv"
if ! "$venv/bin/python" -c 'import matplotlib' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement requirements.txt
fi

mkdir -p ../results "$target"
cargo run --quiet --release --locked --package ravine-linalg --example estimator_errors >"$target/errors.jsonl"
"$venv/bin/python" report.py "$target/errors.jsonl" ../results
