"""SciPy's solvers on the problems of src/main.rs: the same arguments, the same answer."""

import json
import sys
import time

import numpy as np
from scipy.sparse import coo_array, csr_array, identity
from scipy.sparse.linalg import LinearOperator, cg, lsmr, lsqr, minres


def edges(k, jumps):
    node = np.arange(k * k)
    i, j = node // k, node % k
    coefficient = np.where(jumps & ((i // 8 + j // 8) % 2 == 1), 1e3, 1.0)
    right, below = node[j + 1 < k], node[i + 1 < k]
    a = np.concatenate([right, below])
    b = np.concatenate([right + 1, below + k])
    # In the order of the Rust side: by nodes, right before below.
    order = np.lexsort((b != a + 1, a))
    a, b = a[order], b[order]
    return a, b, 2 * coefficient[a] * coefficient[b] / (coefficient[a] + coefficient[b])


def laplacian(k, jumps, shift):
    n = k * k
    a, b, c = edges(k, jumps)
    node = np.arange(n)
    rows = np.concatenate([node, a, b, a, b])
    columns = np.concatenate([node, a, b, b, a])
    potential = 1e-3 * (1 + np.cos(3.0 * node))
    values = np.concatenate([potential - shift, c, c, -c, -c])
    return csr_array(coo_array((values, (rows, columns)), shape=(n, n)))


def differences(k):
    n = k * k
    a, b, _ = edges(k, False)
    m = a.size
    row, node = np.arange(m), np.arange(n)
    rows = np.concatenate([row, row, m + node])
    columns = np.concatenate([a, b, node])
    values = np.concatenate([np.ones(m), -np.ones(m), np.full(n, 0.01)])
    return csr_array(coo_array((values, (rows, columns)), shape=(m + n, n)))


method, problem, k, tolerance = sys.argv[1:]
k, tolerance = int(k), float(tolerance)
a = {
    "laplacian": lambda: laplacian(k, False, 0.0),
    "jumps": lambda: laplacian(k, True, 0.0),
    "indefinite": lambda: laplacian(k, False, 0.05),
    "differences": lambda: differences(k),
}[problem]()
m, n = a.shape
b = np.sin(1.0 + np.arange(m))
iterations = 0


def count(_):
    global iterations
    iterations += 1


def residual(matrix, x):
    return float(np.linalg.norm(b - matrix @ x) / np.linalg.norm(b))


limit = 10 * n
before = time.perf_counter()
if method == "dampings":
    shifts = 1e-3 * 1e3 ** (np.arange(20) / 19)
    shifted = [csr_array(a + s * identity(n)) for s in shifts]
    before = time.perf_counter()
    x = [cg(s, b, rtol=tolerance, maxiter=limit, callback=count)[0] for s in shifted]
    seconds = time.perf_counter() - before
    products = iterations
    reached = max(residual(s, y) for s, y in zip(shifted, x))
else:
    if method == "cg":
        x, _ = cg(a, b, rtol=tolerance, maxiter=limit, callback=count)
    elif method == "cg-jacobi":
        inverse = 1 / a.diagonal()
        jacobi = LinearOperator((n, n), matvec=lambda v: inverse * v)
        x, _ = cg(a, b, rtol=tolerance, maxiter=limit, M=jacobi, callback=count)
    elif method == "minres":
        x, _ = minres(a, b, rtol=tolerance, maxiter=limit, callback=count)
    elif method == "lsqr":
        x, _, iterations = lsqr(a, b, atol=tolerance, btol=0, conlim=0, iter_lim=limit)[:3]
    elif method == "lsmr":
        x, _, iterations = lsmr(a, b, atol=tolerance, btol=0, conlim=0, maxiter=limit)[:3]
    seconds = time.perf_counter() - before
    products = 2 * iterations + 1 if method in ("lsqr", "lsmr") else iterations
    reached = residual(a, x)
print(
    json.dumps(
        {
            "seconds": seconds,
            "iterations": int(iterations),
            "products": int(products),
            "residual": reached,
        }
    )
)
