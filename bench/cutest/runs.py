"""Ravine's and SciPy's methods on CUTEst problems: one JSON object a line.

usage: runs.py [--most N | --all] [--large] [--check] [--only NAME,...] [--solvers NAME,...]

All methods get the same functions and the same test of convergence; where SciPy's method has no such
test, it is made after each iteration: the gradient of the last one counts, as in any method with a
test. Both libraries keep their other defaults.
"""

import argparse
import json
import sys
import time
import warnings

import numpy as np
import ravine
import scipy.optimize

from functions import Problem, entries

#: Calls after which a run ends, of each kind.
BUDGET = {"value": 5000, "gradient": 5000, "hessian": 1000, "hessian_product": 50_000}
#: Iterations that no run makes.
ITERATIONS = 1_000_000

#: Large instances: S2MPJ's argument is the one that CUTEst calls N, M, P or K.
LARGE = {
    "ARWHEAD": 5000, "BDQRTIC": 5000, "BROYDN3DLS": 5000, "BROYDNBDLS": 5000, "BRYBND": 5000,
    "COSINE": 10_000, "CRAGGLVY": 2499, "CURLY10": 1000, "CURLY20": 1000, "CURLY30": 1000,
    "DIXMAANA1": 1000, "DIXMAANB": 1000, "DIXMAANC": 1000, "DIXMAAND": 1000, "DIXMAANE1": 1000,
    "DIXMAANF": 1000, "DIXMAANG": 1000, "DIXMAANH": 1000, "DIXMAANI1": 1000, "DIXMAANJ": 1000,
    "DIXMAANK": 1000, "DIXMAANL": 1000, "DIXMAANM1": 1000, "DIXMAANN": 1000, "DIXMAANO": 1000,
    "DIXMAANP": 1000, "DIXON3DQ": 1000, "DQRTIC": 5000, "EDENSCH": 2000, "EIGENALS": 32,
    "EIGENBLS": 32, "ENGVAL1": 5000, "EXTROSNB": 1000, "FLETCBV2": 5000, "FLETCHCR": 1000,
    "FMINSRF2": 75, "FMINSURF": 75, "FREUROTH": 5000, "GENHUMPS": 5000, "GENROSE": 1000,
    "INTEQNELS": 1000, "LIARWHD": 5000, "MODBEALE": 5000, "MOREBV": 5000, "MSQRTALS": 32,
    "MSQRTBLS": 32, "NCB20": 1000, "NCB20B": 1000, "NONCVXU2": 1000, "NONCVXUN": 1000,
    "NONDIA": 5000, "NONDQUAR": 5000, "PENALTY1": 1000, "POWELLSG": 5000, "POWER": 5000,
    "QING": 1000, "QUARTC": 5000, "SCHMVETT": 5000, "SINQUAD": 5000, "SPARSINE": 1000,
    "SPARSQUR": 5000, "SPMSRTLS": 1667, "TESTQUAD": 1000, "TOINTGSS": 5000, "TQUARTIC": 5000,
    "TRIDIA": 5000, "VAREIGVL": 4999, "WOODS": 1000, "YATP1LS": 50, "YATP2LS": 50,
}


class Exhausted(Exception):
    """The budget is spent."""


class Reached(Exception):
    """The test of convergence holds."""

    def __init__(self, x):
        super().__init__("converged")
        self.x = np.array(x)


class Counted:
    """The functions of a problem, each call counted. A point is evaluated once for all of them."""

    def __init__(self, problem, tolerance):
        self.problem = problem
        self.tolerance = tolerance
        self.counts = dict.fromkeys(BUDGET, 0)
        self.known = (None, 0, None)
        self.asked = None
        self.best = (np.inf, problem.x0)

    def at(self, x, order):
        x = np.asarray(x, dtype=float)
        before, has, found = self.known
        if before is None or has < order or not np.array_equal(before, x):
            found = self.problem.evaluate(x, order)
            self.known = (x.copy(), order, found)
        return found

    def spend(self, kind):
        if self.counts[kind] >= BUDGET[kind]:
            raise Exhausted
        self.counts[kind] += 1

    def value(self, x):
        self.spend("value")
        value = self.at(x, 2)[0]
        if value < self.best[0]:
            self.best = (value, np.array(x))
        return value

    def only_value(self, x):
        """For runs without gradients."""
        self.spend("value")
        value = self.problem.evaluate(np.asarray(x, dtype=float), 1)
        if value < self.best[0]:
            self.best = (value, np.array(x))
        return value

    def gradient(self, x):
        self.spend("gradient")
        self.asked = np.array(x)
        return self.at(x, 2)[1].copy()

    def hessian(self, x):
        self.spend("hessian")
        return self.at(x, 3)[2].toarray()

    def product(self, x, d):
        self.spend("hessian_product")
        return self.at(x, 3)[2] @ np.ravel(d)

    def watch(self, x):
        """Ends a run of a method without the test, which needs the gradient: counted at the end, where
        the method had not come to ask for it; before, it asks for it by itself."""
        kept = self.known
        if np.max(np.abs(self.at(x, 2)[1])) <= self.tolerance:
            if not np.array_equal(self.asked, x):
                self.spend("gradient")
            raise Reached(x)
        if kept[1] == 3:
            self.known = kept


def scipy_method(name, options, second=None, watched=False):
    def solve(f):
        given = {k: f.tolerance if v == "tolerance" else v for k, v in options.items()}

        def callback(intermediate_result):
            if watched:
                f.watch(intermediate_result.x)

        extra = {"hess": f.hessian} if second == "hessian" else {}
        extra = {"hessp": f.product} if second == "products" else extra
        return scipy.optimize.minimize(f.value, f.problem.x0.copy(), jac=f.gradient, method=name,
                                       callback=callback, options=given, **extra)

    return solve


def ravine_method(name, second=None):
    def solve(f):
        extra = {"hess": f.hessian} if second == "hessian" else {}
        extra = {"hessp": f.product} if second == "products" else extra
        options = {"gtol": f.tolerance, "maxiter": ITERATIONS}
        return ravine.minimize(f.value, f.problem.x0.copy(), jac=f.gradient, method=name,
                               options=options, **extra)

    return solve


def without_gradients(minimizer, method, tested=True):
    def solve(f):
        options = {"maxiter": ITERATIONS, **({"gtol": f.tolerance} if tested else {})}
        return minimizer(f.only_value, f.problem.x0.copy(), method=method, options=options)

    return solve


MOST = {"maxiter": ITERATIONS}
#: What is compared; SciPy's trust-exact tests another norm, and its Newton-CG steps.
SOLVERS = {
    "ravine bfgs": ravine_method("bfgs"),
    "scipy BFGS": scipy_method("BFGS", {**MOST, "gtol": "tolerance"}),
    "ravine lbfgs": ravine_method("lbfgs"),
    "ravine lbfgsb": ravine_method("lbfgsb"),
    "scipy L-BFGS-B": scipy_method(
        "L-BFGS-B", {**MOST, "gtol": "tolerance", "ftol": 0, "maxfun": ITERATIONS}
    ),
    "ravine trust-exact": ravine_method("trust-exact", "hessian"),
    "scipy trust-exact": scipy_method("trust-exact", {**MOST, "gtol": 0}, "hessian", True),
    "ravine newton-cg": ravine_method("newton-cg", "products"),
    "scipy Newton-CG": scipy_method("Newton-CG", {**MOST, "xtol": 1e-300}, "products", True),
    "ravine auto": ravine_method(None, "hessian"),
    "ravine values": without_gradients(ravine.minimize, None),
    "ravine default values": without_gradients(ravine.minimize, None, tested=False),
    "scipy values": without_gradients(scipy.optimize.minimize, "BFGS"),
}
#: Those that run large problems: no dense matrices.
MATRIX_FREE = ["ravine lbfgs", "ravine lbfgsb", "scipy L-BFGS-B", "ravine newton-cg",
               "scipy Newton-CG"]


def finite(value):
    return float(value) if np.isfinite(value) else None


def run(problem, solver):
    _, start = problem.evaluate(problem.x0, 2)
    tolerance = max(1e-5, 1e-12 * float(np.max(np.abs(start))))
    f = Counted(problem, tolerance)
    iterations = None
    begin = time.perf_counter()
    try:
        result = SOLVERS[solver](f)
        x, status, iterations = result.x, str(result.message), int(result.nit)
    except Exhausted:
        x, status = f.best[1], "budget spent"
    except Reached as reached:
        x, status = reached.x, "converged"
    except Exception as error:  # The library's own: reported, not hidden.
        x, status = f.best[1], f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - begin
    value, gradient = problem.evaluate(np.asarray(x, dtype=float), 2)
    norm = np.max(np.abs(gradient))
    return {
        "problem": problem.name, "n": problem.n, "solver": solver, "status": status[:80],
        "iterations": iterations, "f": finite(value), "gradient_norm": finite(norm),
        "tolerance": tolerance, "reached": bool(norm <= tolerance), **f.counts,
        "seconds": round(seconds, 4),
    }


def instances(most, large):
    for name, size, _ in entries():
        if large:
            if name in LARGE:
                yield name, [LARGE[name]]
        elif size <= most:
            yield name, []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=50)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--solvers")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    solvers = MATRIX_FREE if chosen.large else list(SOLVERS)
    if chosen.large:
        BUDGET.update({kind: 4 * most for kind, most in BUDGET.items()})
    if chosen.solvers:
        solvers = chosen.solvers.split(",")
    for name, arguments in instances(np.inf if chosen.all else chosen.most, chosen.large):
        if chosen.only and name not in chosen.only.split(","):
            continue
        try:
            problem = Problem(name, *arguments)
            value, gradient = problem.evaluate(problem.x0, 2)
            if not np.isfinite(value) or not np.all(np.isfinite(gradient)):
                raise ValueError("value or gradient at the start is not finite")
            if chosen.check and problem.check(problem.x0) > 1e-9:
                raise ValueError("differs from the library's own evaluation")
        except Exception as error:
            print(json.dumps({"problem": name, "failed": f"{type(error).__name__}: {error}"}), flush=True)
            continue
        for solver in solvers:
            print(json.dumps(run(problem, solver)), flush=True)
        print(name, problem.n, file=sys.stderr)


if __name__ == "__main__":
    main()
