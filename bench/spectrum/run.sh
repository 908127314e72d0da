#!/usr/bin/env bash
# The 10 largest and 10 smallest eigenpairs of a sparse symmetric matrix with a million rows, a Laplacian
# with a random potential: Ravine and SciPy's eigsh in one run, at equal accuracy.
# Writes results/spectrum.json and spectrum.md. Takes about half an hour and 8 GB.
# usage: run.sh [WIDTH [DISORDER...]]
set -euo pipefail
# SciPy on one thread, like Ravine.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export TOLERANCE=1e-10
cd "$(dirname "$0")"

width="${1:-1000}"
disorders=("${@:2}")
[ "${#disorders[@]}" -gt 0 ] || disorders=(8 1)

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked

venv="$target/venv"
if ! "$venv/bin/python" -c 'import scipy' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement requirements.txt
fi

mkdir -p ../results
lines="$target/spectrum.jsonl"
: >"$lines"

# eigsh, then Ravine to the residual that it reached.
pair() {
    local disorder="$1" which="$2" theirs="$3" ours="$4"
    "$venv/bin/python" scipy_peer.py "$width" "$disorder" "$target/potential" "$theirs" "$which" 10 \
        "$TOLERANCE" | tee -a "$lines" | cut -c 1-200
    local residual
    residual="$(tail -n 1 "$lines" | "$venv/bin/python" -c 'import json; print(json.loads(input())["residual"])')"
    [ -n "$ours" ] || return 0
    "$target/release/spectrum" solve "$width" "$disorder" "$ours" "$which" 10 "$residual" |
        tee -a "$lines" | cut -c 1-200
}

for disorder in "${disorders[@]}"; do
    "$target/release/spectrum" potential "$width" "$disorder" "$target/potential"
    for which in BE LA SA; do
        pair "$disorder" "$which" products products
    done
    pair "$disorder" SA inverse-symmetric inverse
    pair "$disorder" SA inverse ""
done
"$venv/bin/python" report.py "$lines" ../results
