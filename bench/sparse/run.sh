#!/usr/bin/env bash
# A minimal surface over a square with 316 by 316 inner nodes (n = 99,856): Ravine's methods for
# many variables, Newton with sparse Hessians among them, and SciPy's, in one run.
# Writes results/sparse.json and sparse.md.
set -euo pipefail
# SciPy on one thread, like all others.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
cd "$(dirname "$0")"

problem="${1:-minimal-surface:grid=316}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$(cd ../peers && pwd)/target}"
cargo build --release --locked --manifest-path ../peers/Cargo.toml

venv="$CARGO_TARGET_DIR/venv"
if ! "$venv/bin/python" -c 'import scipy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement ../peers/requirements.txt
fi

mkdir -p ../results
lines="$CARGO_TARGET_DIR/sparse.jsonl"
"$CARGO_TARGET_DIR/release/sparse" "$problem" \
    auto newton-sparse newton-cg trust-steihaug trust-gltr lbfgs cg-hz >"$lines"
"$venv/bin/python" scipy_sparse.py "$CARGO_TARGET_DIR/release/libpeers.so" "$problem" >>"$lines"
"$venv/bin/python" report.py "$lines" ../results
