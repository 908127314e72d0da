"""SciPy's Krylov solvers on matrices with condition numbers to 1e10: iterations, products and true
residuals, as JSON on standard output. The copy in crates/ravine/tests/data/krylov_scipy.json is
what Ravine is tested against.
"""

import json
import sys

import numpy as np
import scipy
from scipy.sparse.linalg import cg, lsmr, lsqr, minres

from problems import Counted, right_hand_side

CASES = [
    # method, spectrum, rows, columns, condition, right-hand side, tolerance
    ("cg", "geometric", 300, 300, 1e2, "sine", 1e-10),
    ("cg", "geometric", 300, 300, 1e4, "sine", 1e-8),
    ("cg", "geometric", 300, 300, 1e6, "image", 1e-7),
    ("cg", "clustered", 300, 300, 1e6, "sine", 1e-8),
    ("cg", "outliers", 300, 300, 1e8, "sine", 1e-8),
    ("cg", "clustered", 300, 300, 1e10, "image", 1e-8),
    ("cg", "geometric", 300, 300, 1e10, "image", 1e-6),
    ("minres", "geometric", 300, 300, 1e4, "sine", 1e-8),
    ("minres", "indefinite", 300, 300, 1e2, "sine", 1e-10),
    ("minres", "indefinite", 300, 300, 1e4, "image", 1e-7),
    ("minres", "clustered", 300, 300, 1e6, "sine", 1e-10),
    ("minres", "outliers", 300, 300, 1e8, "image", 1e-9),
    ("minres", "clustered", 300, 300, 1e10, "image", 1e-9),
    ("lsqr", "geometric", 500, 300, 1e2, "noise", 1e-10),
    ("lsqr", "geometric", 500, 300, 1e4, "noise", 1e-5),
    ("lsqr", "geometric", 500, 300, 1e4, "image", 1e-6),
    ("lsqr", "clustered", 300, 300, 1e5, "sine", 1e-9),
    ("lsqr", "outliers", 500, 300, 1e8, "image", 1e-10),
    ("lsqr", "clustered", 500, 300, 1e10, "image", 1e-10),
    ("lsmr", "geometric", 500, 300, 1e2, "noise", 1e-10),
    ("lsmr", "geometric", 500, 300, 1e4, "noise", 1e-5),
    ("lsmr", "geometric", 500, 300, 1e4, "image", 1e-6),
    ("lsmr", "clustered", 300, 300, 1e5, "sine", 1e-9),
    ("lsmr", "outliers", 500, 300, 1e8, "image", 1e-10),
    ("lsmr", "clustered", 500, 300, 1e10, "image", 1e-10),
]


def run(method, kind, rows, columns, condition, rhs, tolerance):
    a = Counted(kind, rows, columns, condition)
    b = right_hand_side(rhs, a)
    a.products = 0
    limit = 20 * columns
    if method in ("cg", "minres"):
        iterations = 0

        def count(_):
            nonlocal iterations
            iterations += 1

        solver = cg if method == "cg" else minres
        x, end = solver(a, b, rtol=tolerance, maxiter=limit, callback=count)
    elif method == "lsqr":
        x, end, iterations = lsqr(a, b, atol=tolerance, btol=tolerance, conlim=0, iter_lim=limit)[:3]
    else:
        x, end, iterations = lsmr(a, b, atol=tolerance, btol=tolerance, conlim=0, maxiter=limit)[:3]
    products = a.products
    residual = b - a.matvec(x)
    return {
        "method": method,
        "spectrum": kind,
        "rows": rows,
        "columns": columns,
        "condition": condition,
        "right_hand_side": rhs,
        "tolerance": tolerance,
        "end": int(end),
        "iterations": int(iterations),
        "products": products,
        "residual": float(np.linalg.norm(residual) / np.linalg.norm(b)),
        "normal_residual": float(
            np.linalg.norm(a.rmatvec(residual)) / np.linalg.norm(residual)
        ),
    }


json.dump(
    {"scipy": scipy.__version__, "cases": [run(*case) for case in CASES]}, sys.stdout, indent=1
)
print()
