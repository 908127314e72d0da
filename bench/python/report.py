"""Times Ravine and SciPy on a Python function, and writes python.json and python.md."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import minimize

import ravine

ROUNDS = 15
LIMIT = 100
TOLERANCE = 1e-5

# Ravine's method, SciPy's, and whether Hessian products are given.
PAIRS = [
    ("bfgs", "BFGS", False),
    ("lbfgs", "L-BFGS-B", False),
    ("lbfgsb", "L-BFGS-B", False),
    ("cg-pr", "CG", False),
    ("newton-cg", "Newton-CG", True),
    ("trust-steihaug", "trust-ncg", True),
]
SIZES = [2, 100, 10_000]

# Cases of memory.py, and what they do.
CASES = {
    "dense": "conjugate gradients with a dense matrix",
    "sparse": "conjugate gradients with a sparse matrix",
    "points": "L-BFGS-B, 12 iterations; beside the start",
    "hessian": "Newton-CG; beside the Hessian that is returned",
}


def value(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def gradient(x):
    inner, left = x[1:] - x[:-1] ** 2, x[:-1]
    g = np.empty_like(x)
    g[:-1] = -400.0 * left * inner - 2.0 * (1.0 - left)
    g[-1] = 0.0
    g[1:] += 200.0 * inner
    return g


def product(x, d):
    left, right = x[:-1], x[1:]
    h = np.zeros_like(x)
    h[:-1] = (1200.0 * left**2 - 400.0 * right + 2.0) * d[:-1] - 400.0 * left * d[1:]
    h[1:] += 200.0 * d[1:] - 400.0 * left * d[:-1]
    return h


class Timed:
    """A function that adds up the time inside it."""

    def __init__(self, function):
        self.function = function
        self.calls = 0
        self.seconds = 0.0

    def __call__(self, *arguments):
        begin = time.perf_counter()
        result = self.function(*arguments)
        self.seconds += time.perf_counter() - begin
        self.calls += 1
        return result


def start(n):
    return np.tile([-1.2, 1.0], n // 2)


def run(minimizer, method, n, with_products):
    """The least cost outside the functions over several rounds, with the counts of a round."""
    best = None
    for _ in range(ROUNDS):
        functions = [Timed(value), Timed(gradient), Timed(product)]
        fun, jac, hessp = functions
        # SciPy's Newton-CG has no gradient test, and would end early by its own.
        stops = {"xtol": 1e-14} if method == "Newton-CG" else {"gtol": TOLERANCE}
        options = {"maxiter": LIMIT, **stops}
        keywords = {"hessp": hessp} if with_products else {}
        begin = time.perf_counter()
        result = minimizer(fun, start(n), method=method, jac=jac, options=options, **keywords)
        seconds = time.perf_counter() - begin
        row = {
            "method": method,
            "iterations": int(result.nit),
            "calls": sum(f.calls for f in functions),
            "value": float(result.fun),
            "gradient": float(np.abs(gradient(result.x)).max()),
            "seconds": seconds,
            "outside": seconds - sum(f.seconds for f in functions),
        }
        if best is None or row["outside"] < best["outside"]:
            best = row
    return best


def memory(case, library):
    """The peak of a process of its own, beyond what is there before."""
    here = Path(__file__).parent
    command = [sys.executable, str(here / "memory.py"), case, library]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory_table(cases):
    yield "| what | in arrays, MB | Ravine, MB more | SciPy, MB more |"
    yield "|---|---:|---:|---:|"
    for case, (ours, theirs) in cases.items():
        what = [CASES[case], *(f"{x:.0f}" for x in (ours["array"], ours["peak"], theirs["peak"]))]
        yield f"| {' | '.join(what)} |"


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def micro(seconds):
    return f"{1e6 * seconds:.1f}"


def table(rows):
    yield "| n | Ravine | SciPy | iterations | calls | a call, us | ratio | an iteration, us | ratio |"
    yield "|---:|---|---|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        ours, theirs = row["ravine"], row["scipy"]
        call = [r["outside"] / r["calls"] for r in (ours, theirs)]
        step = [r["outside"] / r["iterations"] for r in (ours, theirs)]
        yield (
            f"| {row['n']} | `{ours['method']}` | {theirs['method']}"
            f" | {ours['iterations']} / {theirs['iterations']}"
            f" | {ours['calls']} / {theirs['calls']}"
            f" | {micro(call[0])} / {micro(call[1])} | {call[0] / call[1]:.2f}"
            f" | {micro(step[0])} / {micro(step[1])} | {step[0] / step[1]:.2f} |"
        )


def main(folder):
    rows = []
    for n in SIZES:
        for ours, theirs, with_products in PAIRS:
            if ours == "bfgs" and n > 1000:
                continue
            pair = {
                "n": n,
                "ravine": run(ravine.minimize, ours, n, with_products),
                "scipy": run(minimize, theirs, n, with_products),
            }
            rows.append(pair)
    cases = {case: [memory(case, library) for library in ("ravine", "scipy")] for case in CASES}
    facts = {"processor": processor(), "python": platform.python_version()}
    facts |= {"numpy": np.__version__, "scipy": scipy.__version__, "rows": rows}
    facts |= {"memory": [row for pair in cases.values() for row in pair]}
    (folder / "python.json").write_text(json.dumps(facts, indent=1) + "\n")
    lines = [
        "# What minimizing a Python function costs outside the function",
        "",
        "Written by `bench/python/run.sh`. Rosenbrock's function in n variables with its gradient, and"
        " for the last two methods Hessian products, in NumPy; both libraries call the same functions,"
        f" which time themselves. Until the gradient's maximum norm is {TOLERANCE:g}, or for {LIMIT}"
        f" iterations (SciPy's Newton-CG, which has no such test, until steps are below 1e-14); the"
        f" least of {ROUNDS} rounds. Numbers are Ravine / SciPy; a call is one of any"
        " of the functions. BFGS with 10,000 variables, a matrix of 800 MB, is left out for both.",
        "",
        f"{facts['processor']}, one thread; Python {facts['python']}, NumPy {facts['numpy']},"
        f" SciPy {facts['scipy']}; load average {os.getloadavg()[0]:.1f} at the end.",
        "",
        *table(rows),
        "",
        "## Memory",
        "",
        "The peak of a call beyond what was there before it, with arrays of the size given. Matrices"
        " are not copied; the start of a minimization is, once, for it changes. The rest are a method's"
        " own vectors: L-BFGS-B keeps ten pairs of them.",
        "",
        *memory_table(cases),
    ]
    (folder / "python.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


main(Path(sys.argv[1]))
