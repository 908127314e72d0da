"""Fits of generalized linear models beside scikit-learn: the same objective, the same data, in turns.

Usage: report.py TIME_FIT, the example `time_fit` of ravine-glm built for release. The objective of both
is evaluated here, so that a run counts by the accuracy that it has reached. Seconds are those of the
processor, so that other work on the machine counts little.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet, LogisticRegression, PoissonRegressor

ROUNDS = 3


def data(rows, columns, family, correlation=0.5, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((rows, columns))
    for j in range(1, columns):
        x[:, j] = correlation * x[:, j - 1] + (1 - correlation**2) ** 0.5 * x[:, j]
    truth = np.where(np.arange(columns) % 5 == 0, random.standard_normal(columns), 0) * 0.5
    z = x @ truth
    if family == "binomial":
        y = (random.random(rows) < 1 / (1 + np.exp(-z))).astype(float)
    elif family == "poisson":
        y = random.poisson(np.exp(np.clip(0.3 * z, -5, 3))).astype(float)
    else:
        y = z + random.standard_normal(rows)
    return x, y


def objective(x, y, family, alpha, l1_ratio, b, b0):
    z = x @ b + b0
    if family == "binomial":
        f = np.logaddexp(0, z) - y * z
    elif family == "poisson":
        f = np.exp(z) - y * z
    else:
        f = 0.5 * (y - z) ** 2
    return f.mean() + alpha * (l1_ratio * np.abs(b).sum() + 0.5 * (1 - l1_ratio) * b @ b)


def peer(family, alpha, l1_ratio, rows, tolerance):
    if family == "binomial" and l1_ratio == 0:
        return LogisticRegression(
            C=1 / (alpha * rows), solver="newton-cholesky", tol=tolerance, max_iter=1000
        )
    if family == "binomial":
        return LogisticRegression(
            C=1 / (alpha * rows), l1_ratio=l1_ratio, solver="saga", tol=tolerance, max_iter=10000
        )
    if family == "poisson":
        return PoissonRegressor(alpha=alpha, solver="newton-cholesky", tol=tolerance, max_iter=1000)
    return ElasticNet(alpha=alpha, l1_ratio=l1_ratio, tol=tolerance, max_iter=100000)


CASES = [
    ("logistic L2, dense", "binomial", 100_000, 100, 1e-4, 0.0),
    ("Poisson L2, dense", "poisson", 100_000, 100, 1e-4, 0.0),
    ("logistic L1, dense", "binomial", 20_000, 200, 2e-3, 1.0),
    # Of a lasso the share of the least alpha at which all coefficients are zero.
    ("lasso, wide, alpha 0.05 of the largest", "gaussian", 1_000, 10_000, 0.05, 1.0),
    ("lasso, tall, alpha 0.1 of the largest", "gaussian", 10_000, 1_000, 0.1, 1.0),
]


def main(time_fit):
    print("# Generalized linear models beside scikit-learn\n")
    print(f"scikit-learn {sklearn.__version__}; one thread, CPU seconds, smallest of {ROUNDS} rounds in turns.\n")
    print("| problem | target | Ravine s | scikit-learn s | ratio | gap of Ravine | of scikit-learn |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name, family, rows, columns, alpha, l1_ratio in CASES:
        x, y = data(rows, columns, family)
        if family == "gaussian":
            alpha *= np.abs((x - x.mean(axis=0)).T @ (y - y.mean())).max() / rows
        with tempfile.NamedTemporaryFile(suffix=".raw") as file:
            np.asfortranarray(x).T.astype("<f8").tofile(file.name)
            with open(file.name, "ab") as more:
                y.astype("<f8").tofile(more)

            def ours(tolerance):
                command = [time_fit, file.name, str(rows), str(columns), family, str(alpha)]
                command += [str(l1_ratio), str(tolerance)]
                return json.loads(subprocess.check_output(command))

            best = ours(1e-13)["objective"]
            for target in (1e-4, 1e-8):
                # The loosest tolerance of the peer that reaches the target.
                fortran = np.asfortranarray(x) if family == "gaussian" else np.ascontiguousarray(x)
                for exponent in range(1, 13):
                    model = peer(family, alpha, l1_ratio, rows, 10.0**-exponent)
                    model.fit(fortran, y)
                    b = np.ravel(model.coef_)
                    reached = objective(x, y, family, alpha, l1_ratio, b, float(np.ravel(model.intercept_)[0]))
                    gap = (reached - best) / max(abs(best), 1e-300)
                    if gap <= target:
                        break
                times, own = [], []
                for _ in range(ROUNDS):
                    start = time.process_time()
                    model.fit(fortran, y)
                    times.append(time.process_time() - start)
                    own.append(ours(target))
                mine = min(run["computed"] for run in own)
                error = (own[0]["objective"] - best) / max(abs(best), 1e-300)
                print(
                    f"| {name}, {rows:,} x {columns:,} | {target:g} | {mine:.4f} | {min(times):.4f} "
                    f"| {min(times) / mine:.2f} | {error:.1e} | {gap:.1e} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1])
