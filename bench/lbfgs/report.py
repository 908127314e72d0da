"""Runs everything in turn, on one thread, and writes lbfgs.json and lbfgs.md."""

import json
import os
import platform
import subprocess
import sys

import scipy

ravine, liblbfgs, results = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
one_thread = os.environ | {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}
# Variables, iterations of a run, runs.
SIZES = [(10, 30, 5000), (1_000, 40, 400), (1_000_000, 45, 1), (10_000_000, 30, 1)]
PAIRS = 10
BFGS = (1_000, 40, 2)
ROUNDS = 3


def run(*command):
    output = subprocess.run(command, env=one_thread, check=True, capture_output=True, text=True)
    return json.loads(output.stdout)


def scipy_peer(*arguments):
    return run(sys.executable, os.path.join(here, "scipy_peer.py"), *arguments)


def best(measure):
    """The least disturbed of several rounds."""
    return min((measure() for _ in range(ROUNDS)), key=lambda r: r["seconds_per_iteration"])


def cpu():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


rate = max(run(ravine, "dot", "10000000")["bytes_per_second"] for _ in range(ROUNDS))
rows = []
for n, iterations, runs in SIZES:
    size = [str(n), str(iterations), str(runs)]
    few = [str(n), str(iterations), str(max(1, runs // 20))]
    row = {
        "n": n,
        "ravine": best(lambda: run(ravine, "lbfgs", *size)),
        "liblbfgs": best(lambda: run(liblbfgs, *size)),
        "scipy": best(lambda: scipy_peer("L-BFGS-B", *few)),
        "bound_seconds": 32 * PAIRS * n / rate,
    }
    rows.append(row)
    print(json.dumps(row), file=sys.stderr)
size = [str(v) for v in BFGS]
bfgs = {
    "n": BFGS[0],
    "ravine": best(lambda: run(ravine, "bfgs", *size)),
    "scipy": best(lambda: scipy_peer("BFGS", *size)),
}
result = {
    "machine": cpu(),
    "scipy_version": scipy.__version__,
    "pairs": PAIRS,
    "dot_bytes_per_second": rate,
    "lbfgs": rows,
    "bfgs": bfgs,
}
with open(os.path.join(results, "lbfgs.json"), "w") as file:
    json.dump(result, file, indent=1)
    file.write("\n")


def time(seconds):
    for scale, unit in ((1e-6, "ns"), (1e-3, "us"), (1.0, "ms")):
        if seconds < scale:
            return f"{seconds / scale * 1e3:.3g} {unit}"
    return f"{seconds:.3g} s"


def cost(entry):
    return entry["seconds_per_iteration"]


with open(os.path.join(results, "lbfgs.md"), "w") as file:
    print(f"# Cost of a quasi-Newton iteration outside the objective\n\n{cpu()}, one thread.", file=file)
    print(f"Inner products of long vectors: {rate / 1e9:.2f} GB/s.\n", file=file)
    print(f"L-BFGS, m = {PAIRS}. Bound: 32 m n bytes at the rate of the inner products.\n", file=file)
    print("| n | Ravine | libLBFGS | SciPy | Ravine / libLBFGS | Ravine / bound |", file=file)
    print("|---:|---:|---:|---:|---:|---:|", file=file)
    for row in rows:
        ours, theirs, scipys = (cost(row[name]) for name in ("ravine", "liblbfgs", "scipy"))
        print(
            f"| {row['n']} | {time(ours)} | {time(theirs)} | {time(scipys)} "
            f"| {ours / theirs:.2f} | {ours / row['bound_seconds']:.2f} |",
            file=file,
        )
    ours, scipys = cost(bfgs["ravine"]), cost(bfgs["scipy"])
    print(
        f"\nBFGS, n = {bfgs['n']}: Ravine {time(ours)}, SciPy {time(scipys)}, "
        f"{scipys / ours:.0f} times faster.\n",
        file=file,
    )
    print(
        "Each time is the lower quartile over iterations after the fifteenth (the memory is then "
        f"full), the least of {ROUNDS} rounds, less what the evaluations of the objective cost on their own; inner products and steps of "
        "the line search are counted. Evaluations an iteration: "
        + ", ".join(
            f"n = {row['n']}: Ravine {row['ravine']['evaluations_per_iteration']:.2f}, "
            f"libLBFGS {row['liblbfgs']['evaluations_per_iteration']:.2f}, "
            f"SciPy {row['scipy']['evaluations_per_iteration']:.2f}"
            for row in rows
        )
        + ".",
        file=file,
    )
