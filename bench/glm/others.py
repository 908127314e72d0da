"""The same fits beside LIBLINEAR (through scikit-learn), skglm and glum, where these are installed.

Usage: others.py TIME_FIT, as `report.py`. Each peer runs at the loosest tolerance, in steps of ten, that
reaches the target by the common objective, after a run that compiles what it compiles.
"""

import importlib.util
import sys
import warnings

from report import PATIENCE, Ours, of_ours, of_peer, timed
from sklearn.linear_model import LogisticRegression

from cases import Case, data

ROUNDS = 2


def liblinear(case, tolerance):
    """Its intercept is a column of the constant 100, whose coefficient is penalized, but little."""
    penalty = {"l1_ratio": case.l1_ratio}
    return LogisticRegression(
        C=1 / (case.alpha * case.rows), solver="liblinear", tol=tolerance, max_iter=10_000, intercept_scaling=100, **penalty
    )


def skglm(case, tolerance):
    from skglm import Lasso, SparseLogisticRegression

    kind = Lasso if case.family == "gaussian" else SparseLogisticRegression
    return kind(alpha=case.alpha, tol=tolerance, max_iter=200)


def glum(case, tolerance):
    from glum import GeneralizedLinearRegressor

    family = {"gaussian": "normal"}.get(case.family, case.family)
    return GeneralizedLinearRegressor(
        family=family, alpha=case.alpha, l1_ratio=case.l1_ratio, gradient_tol=tolerance, max_iter=500
    )


def table(name, family, alpha, l1_ratio, load):
    return Case(name, "table", family, alpha, l1_ratio, load)


PROBLEMS = [
    (table("logistic L2", "binomial", 1e-4, 0.0, lambda: data(100_000, 100, "binomial")), [liblinear, glum]),
    (table("logistic L1", "binomial", 2e-3, 1.0, lambda: data(50_000, 200, "binomial")), [liblinear, skglm]),
    (table("Poisson L2", "poisson", 1e-4, 0.0, lambda: data(100_000, 100, "poisson")), [glum]),
    (table("lasso, tall, 0.1 of the largest", "gaussian", 0.1, 1.0, lambda: data(10_000, 1_000, "gaussian")), [skglm]),
    (table("lasso, wide, 0.1 of the largest", "gaussian", 0.1, 1.0, lambda: data(1_000, 10_000, "gaussian")), [skglm]),
]


def loosest(peer, case, best, target):
    """A run that reaches the target, or the last before patience ends; None of what fails."""
    for exponent in range(2, 12):
        model = peer(case, 10.0**-exponent)
        model.fit(case.of_peer[:50], case.y[:50])
        took = timed(model, case)
        gap = (of_peer(case, model) - best) / abs(best)
        if gap <= target or took > PATIENCE:
            break
    return model, took, gap


def main(time_fit):
    warnings.filterwarnings("ignore")
    print("\n## LIBLINEAR, skglm and glum\n")
    print("Seconds of the processor, one thread; a gap above the target is of what the peer does not reach.\n")
    print("| problem | rows x columns | target | Ravine s | peer | peer s | peer / Ravine | gap of peer |")
    print("|---|---|---:|---:|---|---:|---:|---:|")
    for case, peers in PROBLEMS:
        case.prepare()
        ours = Ours(time_fit, case)
        best = of_ours(case, ours.fit(1e-13))
        rows, columns = case.x.shape
        for target in (1e-4, 1e-8):
            mine = min(ours.fit(target)["computed"] for _ in range(ROUNDS))
            for peer in peers:
                name = peer.__name__
                if name != "liblinear" and importlib.util.find_spec(name) is None:
                    print(f"| {case.name} | {rows:,} x {columns:,} | {target:g} | {mine:.4f} | {name} is not installed | | | |")
                    continue
                model, took, gap = loosest(peer, case, best, target)
                mine = min(mine, ours.fit(target)["computed"])
                took = min(took, timed(model, case))
                print(
                    f"| {case.name} | {rows:,} x {columns:,} | {target:g} | {mine:.4f} | {name} | {took:.4f} "
                    f"| {took / mine:.2f} | {gap:.1e} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1])
