#!/usr/bin/env bash
# What an iteration of L-BFGS and BFGS costs outside the objective: Ravine, libLBFGS and SciPy in
# one run, on one thread. Writes results/lbfgs.json and lbfgs.md. Needs Rust, a C compiler,
# libLBFGS (Debian: liblbfgs-dev), Python 3 with venv, 4 GB of memory, and the package registries
# on the first run.
set -euo pipefail
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked
cc -O3 -march=native -o "$target/liblbfgs_peer" liblbfgs_peer.c -llbfgs -lm

venv="$target/venv"
if ! "$venv/bin/python" -c 'import scipy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement requirements.txt
fi

mkdir -p ../results
"$venv/bin/python" report.py "$target/release/ravine-bench-lbfgs" "$target/liblbfgs_peer" ../results
