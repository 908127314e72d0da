#!/usr/bin/env bash
# Reads CSV and LIBSVM files by Ravine, and by the default readers of pandas and scikit-learn, in turns.
# Writes results/reading.md. Needs Rust, Python 3 with venv, disk and memory of about four times the size
# of a file, and the package registries on the first run.
#
# Usage: run.sh [MEGABYTES]: the size of each file, 100 where it is not given.
set -euo pipefail
cd "$(dirname "$0")/../.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked -p ravine-data --example time_read

venv="$target/venv"
if ! "$venv/bin/python" -c 'import pandas, sklearn' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement bench/reading/requirements.txt
fi
report="$("$venv/bin/python" bench/reading/report.py "$target/release/examples/time_read" "${1:-100}")"
printf '%s\n' "$report" | tee bench/results/reading.md
