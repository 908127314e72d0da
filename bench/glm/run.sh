#!/bin/sh
# Fits of generalized linear models beside scikit-learn. Needs a Python with NumPy and scikit-learn 1.8.
set -eu
cd "$(dirname "$0")/../.."
cargo build --release --locked -p ravine-glm --example time_fit
"${PYTHON:-python3}" bench/glm/report.py "${CARGO_TARGET_DIR:-target}/release/examples/time_fit"
