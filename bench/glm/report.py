"""Fits of generalized linear models beside scikit-learn: the same objective, the same data, in turns.

Usage: report.py TIME_FIT, the example `time_fit` of ravine-glm built for release. The objective of both
is evaluated by the same code from the coefficients, so that a run counts by the accuracy that it has
reached. Seconds are those of the processor, so that other work on the machine counts little.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import sklearn
from cases import CASES, CHOICES

ROUNDS = 3
# A peer that has not reached a target after a run of so many seconds does not get a tighter tolerance.
PATIENCE = 20


class Ours:
    """Runs of `time_fit` on the table of a case."""

    def __init__(self, time_fit, case):
        self.file = tempfile.NamedTemporaryFile(suffix=".raw")
        table = np.asarray(case.x, dtype="<f8").T.ravel()
        np.concatenate([table, np.asarray(case.y, dtype="<f8")]).tofile(self.file.name)
        shape = [str(case.rows), str(case.x.shape[1])]
        self.command = [time_fit, case.kind, self.file.name, *shape]
        self.command += [case.family, repr(float(case.alpha)), repr(case.l1_ratio)]

    def fit(self, tolerance):
        return json.loads(subprocess.check_output([*self.command, repr(tolerance)]))


def timed(model, case):
    start = time.process_time()
    model.fit(case.of_peer, case.y)
    return time.process_time() - start


def of_ours(case, run):
    return case.objective(np.array(run["coefficients"]), np.array(run["intercepts"]))


def of_peer(case, model):
    return case.objective(np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_))


def loosest(case, best, target):
    """The peer of the loosest tolerance, in steps of ten, that reaches the target."""
    for exponent in range(1, 13):
        model = case.peer(10.0**-exponent)
        took = timed(model, case)
        gap = (of_peer(case, model) - best) / abs(best)
        if gap <= target or took > PATIENCE:
            break
    return model, took, gap


def fits(time_fit):
    print("| problem | rows x columns | target | Ravine s | scikit-learn s | scikit-learn / Ravine | gap of Ravine | of scikit-learn |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for case in CASES:
        case.prepare()
        ours = Ours(time_fit, case)
        best = of_ours(case, ours.fit(1e-13))
        for target in (1e-4, 1e-8):
            model, took, gap = loosest(case, best, target)
            times, runs = [took], [ours.fit(target)]
            while len(times) < ROUNDS and sum(times) < PATIENCE:
                times.append(timed(model, case))
                runs.append(ours.fit(target))
            mine = min(run["computed"] for run in runs)
            error = (of_ours(case, runs[0]) - best) / abs(best)
            rows, columns = case.of_peer.shape
            peer = f"{min(times):.4f}" if gap <= target else f"over {min(times):.1f}"
            print(
                f"| {case.name} | {rows:,} x {columns:,} | {target:g} | {mine:.4f} | {peer} "
                f"| {min(times) / mine:.2f} | {error:.1e} | {gap:.1e} |",
                flush=True,
            )


def choices(time_fit):
    print("| table | rows x columns | Ravine s | scikit-learn s | scikit-learn / Ravine |")
    print("|---|---|---:|---:|---:|")
    for case in CHOICES:
        case.prepare()
        ours = Ours(time_fit, case)
        model = case.peer(1e-4)
        mine, times = [], []
        for _ in range(ROUNDS):
            times.append(timed(model, case))
            mine.append(ours.fit(1e-4)["computed"])
        rows, columns = case.of_peer.shape
        ratio = min(times) / min(mine)
        print(
            f"| {case.name} | {rows:,} x {columns:,} | {min(mine):.4f} | {min(times):.4f} | {ratio:.2f} |",
            flush=True,
        )


def main(time_fit):
    warnings.filterwarnings("ignore")
    load = os.getloadavg()[0]
    print("# Generalized linear models beside scikit-learn\n")
    print(
        f"{os.cpu_count()} cores, load {load:.1f} when the run began; one thread, seconds of the processor, the\n"
        f"smallest of up to {ROUNDS} rounds in turns. scikit-learn {sklearn.__version__}: `newton-cg` for classes and\n"
        "categories (as a sparse matrix), `newton-cholesky` for dense L2, `saga` for logistic L1, `ElasticNet`\n"
        "for the lasso, each at the loosest tolerance, in steps of ten, that reaches the target, and in the\n"
        "layout that it likes. The objective of both is evaluated by the same code, and the relative gap is its\n"
        "distance from the best value found. Differences below a quarter are ties.\n"
    )
    fits(time_fit)
    print(
        "\nRavine stops when its duality gap, a proof, is below the target, not when the distance happens to be.\n\n"
        "## Lasso by cross-validation\n\n"
        "100 alphas down to a thousandth of the largest in 5 folds, and the fit of all rows; both to a duality\n"
        "gap of 1e-4, relative to the objective (Ravine) and to the squares of the targets (`LassoCV`).\n"
    )
    choices(time_fit)


if __name__ == "__main__":
    main(sys.argv[1])
