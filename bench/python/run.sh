#!/usr/bin/env bash
# What a minimization of a Python function costs outside the function: Ravine and SciPy in one run, on
# one thread. Writes results/python.json and python.md. Needs Rust, Python 3 with venv, and the package
# registries on the first run.
set -euo pipefail
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
cd "$(dirname "$0")"

venv="${CARGO_TARGET_DIR:-$PWD/target}/venv"
if ! "$venv/bin/python" -c 'import scipy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement requirements.txt
fi
"$venv/bin/pip" install --quiet ../../crates/ravine-python

mkdir -p ../results
"$venv/bin/python" report.py ../results
"$venv/bin/python" linalg.py ../results
