"""SciPy on the objective of the benchmark: scipy_peer.py METHOD N ITERATIONS RUNS, one JSON object.

The time inside the objective is measured around it, call by call.
"""

import json
import sys
import time

import numpy as np
import scipy.optimize

method, n, iterations, runs = sys.argv[1], *map(int, sys.argv[2:])
weights = 1.0 + 99.0 / (n // 2) * np.arange(n // 2)
inside, evaluations = 0.0, 0


def valleys(x):
    global inside, evaluations
    before = time.perf_counter()
    x0 = x[::2]
    a, b = 1.0 - x0, x[1::2] - x0 * x0
    g = np.empty(n)
    wb = weights * b
    g[::2] = -4.0 * wb * x0 - 2.0 * a
    g[1::2] = 2.0 * wb
    value = wb @ b + a @ a
    inside += time.perf_counter() - before
    evaluations += 1
    return value, g


start = np.where(np.arange(n) % 2 == 0, -1.2, 1.0)
warm = min(15, iterations)
options = {"gtol": 0.0, "maxiter": iterations}
if method == "L-BFGS-B":
    options |= {"ftol": 0.0, "maxcor": 10, "maxfun": 10**9}
samples, counted, steps = [], 0, 0
batch = iterations - warm if runs > 1 else 1
for _ in range(runs):
    marks = []

    def mark(_):
        marks.append((time.perf_counter() - inside, evaluations))

    scipy.optimize.minimize(valleys, start, jac=True, method=method, callback=mark, options=options)
    marks = marks[warm - 1 :: batch]
    for before, after in zip(marks, marks[1:]):
        samples.append((after[0] - before[0]) / batch)
        counted += after[1] - before[1]
        steps += batch
samples.sort()
print(
    json.dumps(
        {
            "n": n,
            "seconds_per_iteration": samples[len(samples) // 4],
            "evaluations_per_iteration": counted / steps,
        }
    )
)
