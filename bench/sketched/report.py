"""Runs everything in turn and writes sketched.json and sketched.md: report.py RAVINE TABLES RESULTS."""

import json
import os
import platform
import subprocess
import sys

ravine, tables, results = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
TABLES = ["digits", "diamonds", "digits-l2", "cells", "cells-l2"]
METHODS = [
    ("Ravine", "newton-nystrom"),
    ("Ravine", "newton-cg"),
    ("Ravine", "lbfgs"),
    ("Ravine", "newton-sketch"),
    ("Ravine", "newton-subsampled"),
    ("Ravine", "newton-damped"),
    ("SciPy", "scipy:Newton-CG"),
    ("SciPy", "scipy:L-BFGS-B"),
    ("scikit-learn", "sklearn:newton-cg"),
    ("scikit-learn", "sklearn:lbfgs"),
    ("scikit-learn", "sklearn:newton-cholesky"),
]
TOLERANCE, SECONDS, ROUNDS = 1e-9, 20, 3


def once(table, method):
    program = [ravine]
    if ":" in method:
        program = [sys.executable, os.path.join(here, "peers.py")]
    command = [*program, os.path.join(tables, table), method, str(TOLERANCE), str(SECONDS)]
    try:
        output = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=2 * SECONDS
        )
    except subprocess.TimeoutExpired:
        return {"seconds": float("inf"), "converged": False, "timeout": True}
    return json.loads(output.stdout)


def measure(table, method):
    """The fastest of some rounds; slow runs only once."""
    runs = [once(table, method)]
    while len(runs) < ROUNDS and runs[0]["seconds"] < 2.0:
        runs.append(once(table, method))
    return min(runs, key=lambda run: run["seconds"])


def processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


def number(value, form="{}"):
    return "" if value is None else form.format(value)


everything = []
text = [
    "# Sketched second-order methods on logistic regressions",
    "",
    "Made by `bench/sketched/run.sh`: minimize `1/N sum_i loss(x_i'w, y_i) + l2/2 |w|^2` from zero",
    f"until the maximum norm of the gradient is at most {TOLERANCE:g}, without intercept, one thread,",
    f"at most {SECONDS} seconds a method. The fastest of {ROUNDS} runs, or one run of two seconds or",
    "more. Products are Hessian products in units of one over all cases, those for preconditioners",
    "included; a Hessian of the Newton sketch is a sketch. Where scikit-learn stops by rules of its own,",
    "the gradient that it leaves is what its coefficients have in this objective; it knows no limit of",
    f"time and is ended after {2 * SECONDS} seconds. On a loaded machine counts are exact and seconds",
    "are not.",
    f"Processor: {processor()}, {os.cpu_count()} cores; load average at the start "
    f"{os.getloadavg()[0]:.1f}.",
]
for table in TABLES:
    with open(os.path.join(tables, table + ".json")) as file:
        about = json.load(file)
    eigen = once(table, "@condition")
    kappa = eigen["largest"] / eigen["smallest"]
    rows = [(library, method, measure(table, method)) for library, method in METHODS]
    lowest = min(run["value"] for _, _, run in rows if "value" in run)
    text += [
        "",
        f"## {about['title']}",
        "",
        f"{about['cases']} cases, {about['columns']} columns, condition number at the minimizer "
        f"{kappa:.1e}.",
        "",
        "| library | method | gradient | above the lowest value | gradients | products | Hessians "
        "| seconds |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for library, method, run in rows:
        everything.append({"table": table, "library": library, "method": method, **run})
        name = method.split(":")[-1]
        if run.get("timeout"):
            text.append(f"| {library} | {name} | | | | | | more than {2 * SECONDS} |")
            continue
        mark = "" if run["converged"] else " (not reached)"
        text.append(
            f"| {library} | {name} | {run['gradient_norm']:.1e}{mark} "
            f"| {run['value'] - lowest:.1e} | {number(run['gradients'])} "
            f"| {number(run['products'])} | {number(run['hessians'])} | {run['seconds']:.3f} |"
        )
    print("\n".join(text[-len(rows) - 4 :]), file=sys.stderr)
with open(os.path.join(results, "sketched.json"), "w") as file:
    json.dump(everything, file, indent=1)
    file.write("\n")
with open(os.path.join(results, "sketched.md"), "w") as file:
    file.write("\n".join(text) + "\n")
