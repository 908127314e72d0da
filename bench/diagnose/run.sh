#!/usr/bin/env bash
# `ravine diagnose --verify` on ten problems of different character: the forecast of each method
# beside what it needed, and the recommended method beside the fastest.
# Writes results/diagnose.json and diagnose.md.
set -euo pipefail
cd "$(dirname "$0")"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$(cd ../.. && pwd)/target}"
cargo build --release --locked --manifest-path ../../Cargo.toml --package ravine-cli
ravine="$CARGO_TARGET_DIR/release/ravine"

work="$CARGO_TARGET_DIR/diagnose"
mkdir -p "$work" ../results
python3 data.py >"$work/cases.csv"
lines="$work/lines.jsonl"
: >"$lines"

diagnose() {
    local character="$1"
    shift
    echo "$character: ravine diagnose $*" >&2
    # Where the data are, so that results name them without a folder.
    (cd "$work" && "$ravine" diagnose "$@" --verify --max-seconds 2 --json) |
        python3 labelled.py "$character" "$*" >>"$lines"
}

diagnose "well conditioned" quadratic:n=500,kappa=10,spectrum=linear,rotation=yes
diagnose "ill conditioned" quadratic:n=200,kappa=1e6,rotation=yes
diagnose "clustered" quadratic:n=2000,kappa=1e6,spectrum=clustered,rotation=yes
diagnose "sparse, large" bratu:grid=100
diagnose "sparse, large, far from quadratic" minimal-surface:grid=100
diagnose "indefinite start" trigonometric:n=100
diagnose "flat minimum" extended-powell:n=1000
diagnose "noisy finite sum" single-precision
diagnose "regression on data" cases.csv --target y --loss logistic --l2 1e-3
diagnose "least squares" mgh:19

python3 report.py "$lines" ../results
