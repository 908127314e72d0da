#!/usr/bin/env bash
# Ravine's Krylov solvers and SciPy's on the same sparse problems in one run, on one thread: products
# and time at the same residual. Writes results/krylov.json and krylov.md, and SciPy's iterations on
# matrices with condition numbers to 1e10, which tests compare with, to
# crates/ravine/tests/data/krylov_scipy.json.
# Needs Rust, Python 3 with venv, and the package registries on the first run.
set -euo pipefail
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

"$venv/bin/python" reference.py >"$target/krylov_scipy.json"
cp "$target/krylov_scipy.json" ../../crates/ravine/tests/data/krylov_scipy.json
mkdir -p ../results
"$venv/bin/python" report.py "$target/release/ravine-bench-krylov" ../results
