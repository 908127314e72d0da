#!/usr/bin/env bash
# Ravine, SciPy, argmin and basin on the More-Garbow-Hillstrom problems: standard starts, the same
# code evaluating and counting, the same gradient test. Writes results/peers.json and
# peers.md and the table of the README.
# Needs Rust, Python 3 with venv, and the package registries on the first run.
set -euo pipefail
# SciPy on one thread, like all others.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked

venv="$target/venv"
if ! "$venv/bin/python" -c 'import scipy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement requirements.txt
fi

mkdir -p ../results
lines="$target/peers.jsonl"
"$target/release/peers" ravine argmin basin >"$lines"
"$venv/bin/python" scipy_peer.py "$target/release/libpeers.so" >>"$lines"
"$venv/bin/python" report.py "$lines" ../results ../../README.md
