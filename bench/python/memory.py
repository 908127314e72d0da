"""Peak memory of one case, beyond what is there before it: a line of JSON. Linux only."""

import json
import sys
from pathlib import Path

import numpy as np
import scipy.sparse
from scipy.optimize import minimize
from scipy.sparse.linalg import cg

import ravine

MB = 1e6


def resident(field):
    """`VmRSS`, the memory now, or `VmHWM`, its peak, in megabytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / MB
    raise OSError(f"no {field} in /proc/self/status")


def dense():
    """A matrix of 200 MB and a vector; a hundredth as small to warm up."""
    for n in (50, 5000):
        a = np.full((n, n), 0.1 / n)
        a.flat[:: n + 1] = 1.0 + np.arange(n) / n
        yield a.nbytes, {
            "ravine": lambda a=a, n=n: ravine.linalg.cg(a, np.ones(n)),
            "scipy": lambda a=a, n=n: cg(a, np.ones(n)),
        }


def sparse():
    """A tridiagonal matrix of 2.5 million rows, 120 MB."""
    for n in (1000, 2_500_000):
        side, middle = np.full(n - 1, -1.0), np.full(n, 3.0)
        a = scipy.sparse.diags_array([side, middle, side], offsets=[-1, 0, 1]).tocsr()
        yield a.data.nbytes + a.indices.nbytes + a.indptr.nbytes, {
            "ravine": lambda a=a, n=n: ravine.linalg.cg(a, np.ones(n)),
            "scipy": lambda a=a, n=n: cg(a, np.ones(n)),
        }


def points():
    """Points of 5 million variables, 40 MB, with ten secant pairs of them."""

    def fun(x):
        return 0.5 * float(x @ x) + float(np.sum(x)) + 0.25 * float(np.sum(x[:1000] ** 4))

    def jac(x):
        g = x + 1.0
        g[:1000] += x[:1000] ** 3
        return g

    given = {"method": "L-BFGS-B", "jac": jac, "options": {"maxiter": 12}}
    for n in (2000, 5_000_000):
        x0 = np.linspace(1.0, 3.0, n)
        yield x0.nbytes, {
            "ravine": lambda x0=x0: ravine.minimize(fun, x0, **given),
            "scipy": lambda x0=x0: minimize(fun, x0, **given),
        }


def hessian():
    """A Hessian of 3000 variables, 72 MB, the same array from every call."""
    for n in (50, 3000):
        h = np.full((n, n), 0.1 / n)
        h.flat[:: n + 1] = 1.0 + np.arange(n) / n
        functions = {"jac": lambda x, h=h: h @ x, "hess": lambda x, h=h: h}

        def fun(x, h=h):
            return 0.5 * float(x @ (h @ x))

        yield h.nbytes, {
            "ravine": lambda n=n, fun=fun, f=functions: ravine.minimize(
                fun, np.ones(n), method="newton-cg", **f
            ),
            "scipy": lambda n=n, fun=fun, f=functions: minimize(
                fun, np.ones(n), method="Newton-CG", **f
            ),
        }


def main(case, library):
    small, large = globals()[case]()
    small[1][library]()
    before = resident("VmRSS")
    # From here on the peak is that of what follows.
    Path("/proc/self/clear_refs").write_text("5")
    large[1][library]()
    row = {"case": case, "library": library, "array": large[0] / MB}
    print(json.dumps(row | {"peak": resident("VmHWM") - before}))


main(*sys.argv[1:])
