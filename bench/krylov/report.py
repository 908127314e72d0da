"""Runs everything in turn, on one thread, and writes krylov.json and krylov.md."""

import json
import os
import platform
import subprocess
import sys

import scipy

ravine, results = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
one_thread = os.environ | {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}
ROUNDS = 3
# Ravine's method, SciPy's, problem, grid, tolerance of SciPy, whether Ravine is asked for the
# residual that SciPy reached (else for the same test).
CASES = [
    ("cg", "cg", "laplacian", 20, 1e-8, True),
    ("cg", "cg", "laplacian", 300, 1e-8, True),
    ("cr", "cg", "laplacian", 300, 1e-8, True),
    ("cg", "cg", "jumps", 100, 1e-8, True),
    ("cg-jacobi", "cg-jacobi", "jumps", 100, 1e-8, True),
    ("cg-cholesky", "cg-jacobi", "jumps", 100, 1e-8, True),
    ("cg-cholesky", "cg-jacobi", "laplacian", 300, 1e-8, True),
    ("minres", "minres", "laplacian", 300, 1e-9, True),
    ("minres", "minres", "indefinite", 60, 1e-9, True),
    ("minres-qlp", "minres", "indefinite", 60, 1e-9, True),
    ("lsqr", "lsqr", "differences", 20, 1e-8, False),
    ("lsqr", "lsqr", "differences", 200, 1e-8, False),
    ("lsmr", "lsmr", "differences", 20, 1e-8, False),
    ("lsmr", "lsmr", "differences", 200, 1e-8, False),
    ("dampings", "dampings", "laplacian", 200, 1e-8, True),
    ("dampings-alone", "dampings", "laplacian", 200, 1e-8, True),
]


def run(command, method, problem, grid, tolerance):
    arguments = [method, problem, str(grid), repr(tolerance)]
    output = subprocess.run(
        [*command, *arguments], env=one_thread, check=True, capture_output=True, text=True
    )
    return json.loads(output.stdout)


def cpu():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


scipy_peer = [sys.executable, os.path.join(here, "scipy_peer.py")]
rows = []
for ours, theirs, problem, grid, tolerance, same_residual in CASES:
    peers, runs = [], []
    for _ in range(ROUNDS):
        peers.append(run(scipy_peer, theirs, problem, grid, tolerance))
        asked = 1.0001 * peers[-1]["residual"] if same_residual else tolerance
        runs.append(run([ravine], ours, problem, grid, asked))
    # The least disturbed of the rounds.
    peer, own = (min(r, key=lambda r: r["seconds"]) for r in (peers, runs))
    row = {"method": ours, "scipy_method": theirs, "problem": problem, "grid": grid}
    rows.append(row | {"ravine": own, "scipy": peer})
    print(row, own, peer, file=sys.stderr)

with open(os.path.join(results, "krylov.json"), "w") as file:
    json.dump(rows, file, indent=1)
    file.write("\n")

lines = [
    "# Krylov solvers",
    "",
    f"Made by `bench/krylov/run.sh`: Ravine and SciPy {scipy.__version__}, one thread, in turn, the best",
    f"of {ROUNDS} rounds. Processor: {cpu()}, {os.cpu_count()} cores, load average"
    f" {os.getloadavg()[0]:.1f} at the end of the run.",
    "",
    "`laplacian`: the graph Laplacian of a grid with a small potential; `jumps`: with coefficients that",
    "jump by 1000; `indefinite`: the first minus 0.05; `differences`: differences between neighbours and",
    "0.01 times each node, a least-squares problem. Ravine is asked for the residual that SciPy reached;",
    "LSQR and LSMR have the same test in both. Ravine's products include the one that measures the true",
    "residual (20 for separate dampings; none for dampings in one run). SciPy has neither conjugate",
    "residuals nor MINRES-QLP, incomplete Cholesky (its incomplete LU is not symmetric, and CG with it",
    "does not converge here) or shifts: `cr` is compared with its CG, `minres-qlp` with its MINRES,",
    "`cg-cholesky`, factorization included, with its CG and Jacobi, and `dampings` (20 of them, from",
    "0.001 to 1) with 20 runs of its CG, in Ravine by one run or (`dampings-alone`) by 20. Symmetric",
    "matrices are applied by their compressed columns in Ravine, by their compressed rows in SciPy.",
    "",
    "| method | problem | unknowns | products | SciPy's | ratio | residual | SciPy's | seconds | SciPy's"
    " | ratio |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
]
for row in rows:
    own, peer = row["ravine"], row["scipy"]
    lines.append(
        f"| {row['method']} | {row['problem']} | {row['grid'] ** 2:,} "
        f"| {own['products']} | {peer['products']} | {own['products'] / peer['products']:.2f} "
        f"| {own['residual']:.2e} | {peer['residual']:.2e} "
        f"| {own['seconds']:.4f} | {peer['seconds']:.4f} "
        f"| {own['seconds'] / peer['seconds']:.2f} |"
    )
with open(os.path.join(results, "krylov.md"), "w") as file:
    file.write("\n".join(lines) + "\n")
