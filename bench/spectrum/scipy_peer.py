"""eigsh (ARPACK) on the same matrices: one JSON object a line.

usage: scipy_peer.py WIDTH DISORDER POTENTIAL METHOD WHICH PAIRS TOLERANCE
"""

import json
import sys
import time

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh, splu


def matrix(width, potential):
    line = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(width, width))
    identity = sparse.identity(width)
    plane = sparse.kron(identity, line) + sparse.kron(line, identity)
    return (plane + sparse.diags(potential)).tocsr()


class Counted:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, x):
        self.calls += 1
        return self.function(x)


def operator(n, function):
    return LinearOperator((n, n), matvec=function, dtype=float)


def main():
    width, disorder, file, method, which, pairs, tolerance = sys.argv[1:]
    width, disorder, pairs = int(width), float(disorder), int(pairs)
    a = matrix(width, np.fromfile(file, dtype="<f8"))
    n = a.shape[0]
    clock, processor = time.perf_counter(), time.process_time()
    settings = {"k": 2 * pairs if which == "BE" else pairs, "tol": float(tolerance)}
    end = "converged"
    if method == "products":
        counted = Counted(lambda x: a @ x)
        operators = {"A": operator(n, counted), "which": which}
    else:
        # What eigsh(sigma=0) does itself, by SuperLU, but counted; "inverse-symmetric" has the
        # ordering and pivoting that suit a symmetric definite matrix.
        options = {}
        if method == "inverse-symmetric":
            options = {
                "permc_spec": "MMD_AT_PLUS_A",
                "diag_pivot_thresh": 0.0,
                "options": {"SymmetricMode": True},
            }
        counted = Counted(splu(a.tocsc(), **options).solve)
        operators = {"A": a, "sigma": 0.0, "which": "LM", "OPinv": operator(n, counted)}
    try:
        values, vectors = eigsh(**operators, **settings)
    except ArpackNoConvergence as error:
        values, vectors, end = error.eigenvalues, error.eigenvectors, "no_convergence"
    seconds, processor = time.perf_counter() - clock, time.process_time() - processor
    residual = max(np.linalg.norm(a @ v - t * v) for v, t in zip(vectors.T, values))
    print(json.dumps({
        "library": "scipy", "method": method, "which": which, "width": width,
        "disorder": disorder, "end": end, "products": counted.calls, "seconds": seconds,
        "processor_seconds": processor, "residual": residual / (8.0 + disorder),
        "values": sorted(values),
    }), flush=True)


if __name__ == "__main__":
    main()
