"""SciPy's methods on the problems of the bridge: one JSON object a line.

usage: scipy_peer.py PATH_TO_THE_BRIDGE

The objectives are evaluated by the same code as for the other libraries, which also counts what it
is asked for. Every method has its own defaults but for the stopping rules: only the gradient test
in the maximum norm ends a run. Where a method has no such test, a callback after each iteration
makes it, with evaluations that are neither counted nor timed.
"""

import ctypes
import json
import sys
import time
import warnings

import numpy as np
import scipy
from scipy.optimize import least_squares, minimize

ITERATIONS = 10_000
REPEATS = 3
POINTER = ctypes.POINTER(ctypes.c_double)


class Exhausted(Exception):
    """The limit of evaluations, or of time."""


class Reached(Exception):
    """The gradient test holds."""

    def __init__(self, x):
        super().__init__("converged")
        self.x = x


def pointer(array):
    return array.ctypes.data_as(POINTER)


def load(path):
    library = ctypes.CDLL(path)
    library.problems.restype = ctypes.c_char_p
    library.open.restype = ctypes.c_void_p
    library.open.argtypes = [ctypes.c_size_t]
    library.open_named.restype = ctypes.c_void_p
    library.open_named.argtypes = [ctypes.c_char_p]
    library.describe.restype = ctypes.c_char_p
    library.describe.argtypes = [ctypes.c_void_p]
    library.reset.argtypes = [ctypes.c_void_p]
    library.counts.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64)]
    for name in ("peek_value", "peek_gradient_norm"):
        function = getattr(library, name)
        function.restype = ctypes.c_double
        function.argtypes = [ctypes.c_void_p, POINTER]
    for name in ("value", "gradient", "hessian", "residuals", "jacobian"):
        getattr(library, name).argtypes = [ctypes.c_void_p, POINTER, POINTER]
    library.hessian_product.argtypes = [ctypes.c_void_p, POINTER, POINTER, POINTER]
    return library


class Problem:
    """A problem of the bridge, from its handle."""

    def __init__(self, library, handle, entry):
        self.library = library
        self.handle = handle
        self.n, self.m = entry["n"], entry["m"]
        self.tolerance = entry["tolerance"]
        self.watching = 0.0
        self.deadline = float("inf")

    def call(self, name, x, shape):
        x = np.ascontiguousarray(x, dtype=float)
        out = np.empty(shape)
        self.check_time()
        if getattr(self.library, name)(self.handle, pointer(x), pointer(out)) != 0:
            raise Exhausted
        return out

    def check_time(self):
        if time.perf_counter() > self.deadline:
            raise Exhausted

    def value(self, x):
        return self.call("value", x, 1)[0]

    def gradient(self, x):
        return self.call("gradient", x, self.n)

    def hessian(self, x):
        return self.call("hessian", x, (self.n, self.n))

    def residuals(self, x):
        return self.call("residuals", x, self.m)

    def jacobian(self, x):
        return self.call("jacobian", x, (self.m, self.n))

    def hessian_product(self, x, d):
        x = np.ascontiguousarray(x, dtype=float)
        d = np.ascontiguousarray(d, dtype=float)
        product = np.empty(self.n)
        self.check_time()
        code = self.library.hessian_product(self.handle, pointer(x), pointer(d), pointer(product))
        if code != 0:
            raise Exhausted
        return product

    def peek(self, x):
        x = np.ascontiguousarray(x, dtype=float)
        return (
            self.library.peek_value(self.handle, pointer(x)),
            self.library.peek_gradient_norm(self.handle, pointer(x)),
        )

    def watch(self, x):
        start = time.perf_counter()
        x = np.array(x, dtype=float)
        norm = self.library.peek_gradient_norm(self.handle, pointer(x))
        self.watching += time.perf_counter() - start
        if norm <= self.tolerance:
            raise Reached(x)

    def counts(self):
        counts = (ctypes.c_uint64 * 4)()
        self.library.counts(self.handle, counts)
        return dict(zip(("value", "gradient", "hessian_product", "hessian"), counts))


def by_minimize(name, options, second=None, watched=False):
    """A method of scipy.optimize.minimize; `second` says which second derivatives it gets."""

    def solve(problem, x0):
        given = dict(options)
        if "gtol" in given:
            given["gtol"] = problem.tolerance
        best = {"x": x0}

        def callback(intermediate_result):
            best["x"] = np.array(intermediate_result.x)
            if watched:
                problem.watch(intermediate_result.x)

        derivatives = {}
        if second == "hessian":
            derivatives["hess"] = problem.hessian
        elif second == "products":
            derivatives["hessp"] = problem.hessian_product
        try:
            result = minimize(
                problem.value, x0, jac=problem.gradient, method=name, callback=callback,
                options=given, **derivatives,
            )
        except Exhausted:
            return best["x"], "limit of evaluations or time"
        return result.x, result.message

    return solve


def by_least_squares(name):
    """A method of scipy.optimize.least_squares.

    MINPACK's test is on an angle, so `lm` is stopped at the Jacobian that meets the common one.
    SciPy's objective is half of ours.
    """

    def solve(problem, x0):
        def jacobian(x):
            result = problem.jacobian(x)
            if name == "lm":
                problem.watch(x)
            return result

        tolerances = {"ftol": None, "xtol": None, "gtol": problem.tolerance / 2}
        if name == "lm":
            tolerances = {"ftol": 3e-16, "xtol": 3e-16, "gtol": 3e-16}
        try:
            result = least_squares(
                problem.residuals, x0, jac=jacobian, method=name, max_nfev=ITERATIONS, **tolerances
            )
        except Exhausted:
            return x0, "limit of evaluations or time"
        return result.x, result.message

    return solve


MOST = {"maxiter": ITERATIONS}
METHODS = {
    "BFGS": by_minimize("BFGS", {**MOST, "gtol": 0}),
    "L-BFGS-B": by_minimize("L-BFGS-B", {**MOST, "gtol": 0, "ftol": 0, "maxfun": 10**6}),
    "CG": by_minimize("CG", {**MOST, "gtol": 0}),
    "Newton-CG": by_minimize("Newton-CG", {**MOST, "xtol": 1e-300}, "hessian", watched=True),
    "trust-exact": by_minimize("trust-exact", {**MOST, "gtol": 0}, "hessian", watched=True),
    "trust-ncg": by_minimize("trust-ncg", {**MOST, "gtol": 0}, "products", watched=True),
    "trust-krylov": by_minimize("trust-krylov", {**MOST, "gtol": 0}, "products", watched=True),
    "least_squares lm": by_least_squares("lm"),
    "least_squares trf": by_least_squares("trf"),
}

def run(method, solve, problem, entry, limit=float("inf")):
    x0 = np.array(entry["start"], dtype=float)
    best = entry["best"]
    seconds = float("inf")
    for _ in range(REPEATS):
        problem.library.reset(problem.handle)
        problem.watching = 0.0
        start = time.perf_counter()
        problem.deadline = start + limit
        try:
            x, status = solve(problem, x0.copy())
        except Reached as reached:
            x, status = reached.x, "converged"
        except Exception as error:  # SciPy's own: reported, not hidden.
            x, status = x0, f"{type(error).__name__}: {error}"
        spent = time.perf_counter() - start - problem.watching
        seconds = min(seconds, spent)
        if spent > 2.0:
            break
    counts = problem.counts()
    value, norm = problem.peek(x)
    finite = lambda v: v if np.isfinite(v) else None
    return {
        "library": "scipy",
        "method": method,
        "problem": entry["name"],
        "status": str(status)[:60],
        "reached": bool(norm <= problem.tolerance),
        "solved": bool(value <= best + max(1e-6 * abs(best), 1e-12)),
        "value": finite(value),
        "gradient_norm": finite(norm),
        "evaluations": counts,
        "seconds": seconds,
    }


def main():
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    library = load(sys.argv[1])
    entries = json.loads(library.problems())
    print(f"scipy {scipy.__version__}, numpy {np.__version__}", file=sys.stderr)
    for index, entry in enumerate(entries):
        problem = Problem(library, library.open(index), entry)
        for method, solve in METHODS.items():
            print(json.dumps(run(method, solve, problem, entry)), flush=True)


if __name__ == "__main__":
    main()
