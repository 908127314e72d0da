"""Writes estimators.md and estimators.svg from the lines that the example printed."""

import json
import math
import os
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

lines, results = sys.argv[1:]
with open(lines) as file:
    rows = [json.loads(line) for line in file]

SPECTRA = {
    "flat": "flat: 1 to 3",
    "polynomial": "polynomial: $i^{-2}$",
    "exponential": "exponential: $0.8^i$",
    "indefinite": "indefinite: $i^{-1}$, every third $-2 i^{-1}$",
}
QUANTITIES = {"trace": ["Hutchinson", "HutchPlusPlus", "XTrace"], "diagonal": ["Hutchinson", "XDiag"]}
NAMES = {"HutchPlusPlus": "Hutch++"}
COLOURS = {"Hutchinson": "#7a7a7a", "HutchPlusPlus": "#d95f02", "XTrace": "#1b6ca8", "XDiag": "#1b6ca8"}
MARKERS = {"Hutchinson": "o", "HutchPlusPlus": "s", "XTrace": "^", "XDiag": "^"}


def series(spectrum, quantity, method):
    chosen = [
        r
        for r in rows
        if (r["spectrum"], r["quantity"], r.get("method")) == (spectrum, quantity, method)
    ]
    return [[r[key] for r in chosen] for key in ("products", "error", "said")]


def order(products, errors):
    """The slope of log error over log products, by least squares, where the error is above
    rounding."""
    points = [(math.log(m), math.log(e)) for m, e in zip(products, errors) if e > 1e-13]
    mx = sum(x for x, _ in points) / len(points)
    my = sum(y for _, y in points) / len(points)
    return sum((x - mx) * (y - my) for x, y in points) / sum((x - mx) ** 2 for x, _ in points)


plt.rcParams.update({"svg.hashsalt": "ravine", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
                     "axes.spines.right": False})
figure, axes = plt.subplots(2, 4, figsize=(13, 6.2), sharex=True, constrained_layout=True)
for row, (quantity, methods) in zip(axes, QUANTITIES.items()):
    for axis, (spectrum, title) in zip(row, SPECTRA.items()):
        for method in methods:
            products, errors, said = series(spectrum, quantity, method)
            errors = [max(e, 1e-16) for e in errors]
            axis.loglog(products, errors, color=COLOURS[method], marker=MARKERS[method],
                        markersize=4, label=NAMES.get(method, method))
            shown = [(m, s) for m, s in zip(products, said) if s > 1e-16]
            axis.loglog(*zip(*shown), color=COLOURS[method], linestyle=":", linewidth=1)
            if method == methods[0]:
                guides = [(-0.5, "$m^{-1/2}$")] if quantity == "diagonal" else [
                    (-0.5, "$m^{-1/2}$"), (-1.0, "$m^{-1}$")]
                for slope, label in guides:
                    ends = [products[0], products[-1]]
                    level = [3 * errors[0] * (m / ends[0]) ** slope for m in ends]
                    axis.loglog(ends, level, color="#bbbbbb", linestyle="--", linewidth=0.8)
                    axis.annotate(label, (ends[1], level[1]), fontsize=8, color="#888888",
                                  xytext=(0, 5), textcoords="offset points", ha="right", va="bottom")
        axis.set_title(title if quantity == "trace" else "")
        axis.set_xticks([6, 12, 24, 48, 96, 192, 384], ["6", "12", "24", "48", "96", "192", "384"])
        axis.minorticks_off()
        axis.grid(color="#eeeeee")
    row[0].set_ylabel(f"{quantity}: relative error")
    row[0].legend(frameon=False, loc="lower left")
for axis in axes[1]:
    axis.set_xlabel("products m")
figure.savefig(os.path.join(results, "estimators.svg"), metadata={"Date": None})

out = [
    "# Estimates from random probes",
    "",
    "Made by `bench/estimators/run.sh` (the example `estimator_errors` of the crate `ravine-linalg`): symmetric",
    "operators with n = 2000 and known eigenvalues in a random basis that mixes all coordinates.",
    "",
    "## Traces and diagonals",
    "",
    "Root mean square relative errors (trace: 50 seeds; diagonal: 10, in the Euclidean norm) against",
    "products m, their order, the slope over all m in logarithms (where errors fall exponentially no",
    "more than an average), and their ratio to the standard errors that the estimates report. Theory: Hutchinson `m^(-1/2)`, Hutch++ `m^-1`",
    "or better for semidefinite operators, XTrace as the eigenvalues fall. Dotted in the picture: the",
    "standard errors.",
    "",
    "![Errors against products](estimators.svg)",
    "",
]
for quantity, methods in QUANTITIES.items():
    products = series("flat", quantity, methods[0])[0]
    out.append(f"| {quantity} | method | " + " | ".join(f"m = {m}" for m in products)
               + " | order | error / standard error |")
    out.append("|---|---|" + "---:|" * (len(products) + 2))
    for spectrum in SPECTRA:
        for method in methods:
            products, errors, said = series(spectrum, quantity, method)
            ratios = [e / s for e, s in zip(errors, said) if e > 1e-13 and s > 0]
            out.append(
                f"| {spectrum} | {NAMES.get(method, method)} | "
                + " | ".join(f"{e:.1e}" for e in errors)
                + f" | {order(products, errors):.2f} | {min(ratios):.2f} to {max(ratios):.2f} |"
            )
    out.append("")
out += [
    "## Densities",
    "",
    "Total variation in percent between the histogram that 10 probes give and that of all 2000",
    "eigenvalues, with k steps of Lanczos a probe: in 20 and in 40 equal bins over the whole range, and",
    "in bins of half a decade for either sign down to 1e-4 of the largest, with what is smaller as",
    "zero. Resolution in the logarithm takes steps: about `10^(d/2)` for d decades.",
    "",
    "| spectrum | k | 20 bins | 40 bins | half decades |",
    "|---|---:|---:|---:|---:|",
]
for r in rows:
    if r["quantity"] == "density":
        out.append(f"| {r['spectrum']} | {r['steps']} | {100 * r['bins20']:.2f} | "
                   f"{100 * r['bins40']:.2f} | {100 * r['half_decades']:.2f} |")
with open(os.path.join(results, "estimators.md"), "w") as file:
    file.write("\n".join(out) + "\n")
print("\n".join(out))
