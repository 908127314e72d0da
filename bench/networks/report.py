"""The tables of networks.md from the lines of the benchmark."""

import json
import pathlib
import sys


def main() -> None:
    lines, results = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    runs = [json.loads(line) for line in lines.read_text().splitlines()]
    (results / "networks.json").write_text(json.dumps(runs, indent=1) + "\n")
    costs = next(run for run in runs if run["kind"] == "costs")
    products, gradient = costs["products"], costs["gradient"]
    text = [
        "# Networks on one thread",
        "",
        "Made by `bench/networks/run.sh`; every run is an object of `networks.json`.",
        "",
        "## What a gradient and a product cost",
        "",
        "The autoencoder 784-1000-500-250-30 and back, rectified units, a batch of 1000, single",
        "precision; time on the processor, the fastest of several rounds. The products are those of forward and backward pass,",
        "and nothing else.",
        "",
        "| what | ms | in gradients | in bare products |",
        "|---|---:|---:|---:|",
    ]
    names = {
        "products": "the matrix products of a gradient alone",
        "gradient": "value and gradient",
        "hessian": "product with the Hessian",
        "gauss_newton": "product with the Gauss-Newton matrix",
        "sgd_step": "a step of gradient descent",
        "kfac_step": "a step of K-FAC, inverses every 20 steps",
        "kfac_eighth_step": "the same, statistics of an eighth of the batch",
        "ekfac_eighth_step": "EKFAC, so too",
        "ekfac_cheap_step": "EKFAC by the gradient of the batch",
        "tridiagonal_step": "block-tridiagonal K-FAC",
        "kbfgs_step": "K-BFGS",
    }
    for key, name in names.items():
        seconds = costs[key]
        text.append(
            f"| {name} | {1e3 * seconds:.1f} | {seconds / gradient:.2f} | {seconds / products:.2f} |"
        )
    text += [
        "",
        "## Handwritten digits",
        "",
        "A network 64-64-10 on 1,797 digits, batches of 256, 20 epochs, the usual step of each; nothing was held",
        "out. Evaluations over all cases: values, gradients, products.",
        "",
        "| method | loss | seconds | values | gradients | products |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for run in runs:
        if run["kind"] == "digits":
            counts = run["evaluations"]
            text.append(
                f"| {run['method']} | {run['loss']:.4f} | {run['seconds']:.2f} | {counts['value']} | "
                f"{counts['gradient']} | {counts['hessian_product']} |"
            )
    text += [
        "",
        "## The autoencoder of MNIST",
        "",
        "The same network on 60,000 images, batches of 1000, a penalty of 1e-5, weights uniform within one over",
        "the root of the fan; loss with penalty over all images after each epoch, seconds without measuring. K-FAC",
        "has the published constant settings (step 1, damping 3, averages 0.9, inverses every 20 steps); its",
        "published losses are 183.17, 135.1, 99.7, 73.97 (epoch 5), 61.65 (10), 56.72 (20). The others have their",
        "usual steps, which were not tuned here.",
        "",
        "| method | step | " + "loss by epoch (seconds) |",
        "|---|---:|---|",
    ]
    for run in runs:
        if run["kind"] == "autoencoder":
            losses = ", ".join(f"{e['loss']:.2f} ({e['seconds']:.0f})" for e in run["epochs"])
            text.append(f"| {run['method']} | {run['step']} | {losses} |")
    (results / "networks.md").write_text("\n".join(text) + "\n")


main()
