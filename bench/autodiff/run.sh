#!/usr/bin/env bash
# What exact derivatives cost: automatic against hand-written ones in one run.
# Writes results/autodiff.md.
set -euo pipefail
cd "$(dirname "$0")"

mkdir -p ../results
measured="$(cargo run --quiet --release --locked --package ravine --example autodiff_cost)"
{
    echo "# What exact derivatives cost"
    echo
    echo "Made by \`bench/autodiff/run.sh\` (the example \`autodiff_cost\` of the crate \`ravine\`):"
    echo "extended Rosenbrock, n = 1000, one thread."
    echo
    echo '```text'
    echo "$measured"
    echo '```'
    echo
    echo "Processor: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)."
} >../results/autodiff.md
cat ../results/autodiff.md
