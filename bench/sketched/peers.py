"""One run of SciPy or scikit-learn on a table: peers.py TABLE METHOD TOLERANCE SECONDS, one JSON
object. The objective is `mean of ln(1 + e^eta) - y eta, plus l2 |w|^2 / 2`, as Ravine has it.
"""

import json
import sys
import time
import warnings

import numpy as np
import scipy.optimize
from scipy.special import expit

table, method, tolerance, seconds = sys.argv[1:]
tolerance, seconds = float(tolerance), float(seconds)
with open(table + ".json") as file:
    about = json.load(file)
cases, n, l2 = about["cases"], about["columns"], about["l2"]
# By columns, as Ravine has it; scikit-learn wants rows.
x = np.fromfile(table + ".x").reshape(n, cases).T
y = np.fromfile(table + ".y")
warnings.simplefilter("ignore")

counts = {"gradients": 0, "products": 0}
at = {"w": None, "eta": None, "norm": np.inf}


def predict(w):
    if at["w"] is None or not np.array_equal(at["w"], w):
        at["w"], at["eta"] = w.copy(), x @ w
    return at["eta"]


def value_and_gradient(w):
    eta = predict(w)
    value = (np.logaddexp(0.0, eta) - y * eta).mean() + 0.5 * l2 * (w @ w)
    gradient = x.T @ ((expit(eta) - y) / cases) + l2 * w
    counts["gradients"] += 1
    at["norm"] = np.abs(gradient).max()
    return value, gradient


def product(w, d):
    p = expit(predict(w))
    counts["products"] += 1
    return x.T @ (p * (1.0 - p) / cases * (x @ d)) + l2 * d


def scipy_run(name):
    def stop(_):
        if at["norm"] <= tolerance or time.perf_counter() - before > seconds:
            raise StopIteration

    options = {"maxiter": 10**6}
    extra = {}
    if name == "L-BFGS-B":
        options |= {"gtol": tolerance, "ftol": 0.0, "maxcor": 10, "maxfun": 10**9}
    else:
        options |= {"xtol": 1e-15}
        extra = {"hessp": product}
    before = time.perf_counter()
    result = scipy.optimize.minimize(
        value_and_gradient,
        np.zeros(n),
        jac=True,
        method=name,
        options=options,
        callback=stop,
        **extra,
    )
    return time.perf_counter() - before, result.x, int(result.nit)


def sklearn_run(solver):
    from sklearn.linear_model import LogisticRegression

    rows = np.ascontiguousarray(x)
    # Its objective is C times the sum of losses plus |w|^2 / 2, or that divided by C N; its
    # tolerance is on the latter for every solver of this version.
    model = LogisticRegression(
        solver=solver,
        C=1.0 / (cases * l2),
        tol=tolerance,
        max_iter=100_000,
        fit_intercept=False,
    )
    before = time.perf_counter()
    model.fit(rows, y)
    return time.perf_counter() - before, model.coef_[0], int(model.n_iter_[0])


library, name = method.split(":")
if library == "scipy":
    spent, w, iterations = scipy_run(name)
    used = dict(counts)
else:
    spent, w, iterations = sklearn_run(name)
    used = {"gradients": None, "products": None}
value, _ = value_and_gradient(w)
print(
    json.dumps(
        used
        | {
            "converged": bool(at["norm"] <= tolerance),
            "iterations": iterations,
            "value": value,
            "gradient_norm": float(at["norm"]),
            "hessians": None,
            "seconds": spent,
        }
    )
)
