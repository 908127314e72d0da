"""Solvers and eigenvalues of Ravine and SciPy from Python, the same work in the same run.

`python linalg.py FOLDER` writes `python_linalg.json` and `python_linalg.md` there.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from ravine import linalg
from ravine._operator import operator


def best(work: Callable[[], Any], repeats: int = 5) -> float:
    """The shortest of some times, in seconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def laplacian(k: int) -> sp.csr_array:
    """Second differences on a square of k by k points."""
    line = sp.diags_array(
        [-np.ones(k - 1), 2 * np.ones(k), -np.ones(k - 1)], offsets=[-1, 0, 1], format="csr"
    )
    eye = sp.eye_array(k, format="csr")
    return sp.csr_array(sp.kron(line, eye) + sp.kron(eye, line))


def peak(field: str) -> int:
    """Resident memory in bytes: "VmRSS" now, "VmHWM" at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def growth(work: Callable[[], Any]) -> int:
    """By how much the peak of resident memory is over what it was before."""
    Path("/proc/self/clear_refs").write_text("5")
    before = peak("VmRSS")
    work()
    return peak("VmHWM") - before


def measure() -> list[dict[str, Any]]:
    """One row for each piece of work: seconds of both, or bytes."""
    rows: list[dict[str, Any]] = []
    rng = np.random.default_rng(1)

    def compare(what: str, ours: Callable[[], Any], theirs: Callable[[], Any]) -> None:
        row = {"what": what, "ravine": best(ours), "scipy": best(theirs)}
        rows.append(row)
        print(f"{what}: {row['ravine']:.3g} s, {row['scipy']:.3g} s", file=sys.stderr)

    n = 3000
    a = rng.standard_normal((n, n))
    a = a + a.T + 200 * np.eye(n)
    x = rng.standard_normal(n)
    rows_first = operator(a)
    compare(f"dense {n} by {n}, order C: A x", lambda: rows_first.apply(x), lambda: a @ x)
    compare(f"dense {n} by {n}, order C: A'x", lambda: rows_first.apply_adjoint(x), lambda: x @ a)
    f = np.asfortranarray(a)
    columns_first = operator(f)
    compare(f"dense {n} by {n}, order F: A x", lambda: columns_first.apply(x), lambda: f @ x)
    strided = np.ones((n, 2 * n))[:, ::2]
    held = operator(strided)
    compare(f"dense {n} by {n}, strided: A x", lambda: held.apply(x), lambda: strided @ x)

    csr = laplacian(1000)
    wide = rng.standard_normal(10**6)
    sparse = operator(csr)
    compare("CSR, a million rows: A x", lambda: sparse.apply(wide), lambda: csr @ wide)
    compare("CSR, a million rows: A'x", lambda: sparse.apply_adjoint(wide), lambda: csr.T @ wide)

    compare(
        "100 iterations of CG with it",
        lambda: linalg.cg(csr, wide, rtol=0.0, maxiter=100),
        lambda: spla.cg(csr, wide, rtol=0.0, maxiter=100),
    )
    compare(
        "100 iterations of MINRES with it",
        lambda: linalg.minres(csr, wide, rtol=0.0, maxiter=100),
        lambda: spla.minres(csr, wide, rtol=0.0, maxiter=100),
    )
    compare(
        "100 iterations of LSMR with it",
        lambda: linalg.lsmr(csr, wide, rtol=0.0, operator_rtol=0.0, maxiter=100),
        lambda: spla.lsmr(csr, wide, atol=0.0, btol=0.0, conlim=0.0, maxiter=100),
    )

    small = np.diag(np.linspace(1.0, 10.0, 10))
    ones = np.ones(10)
    compare(
        "CG, 10 unknowns, to 1e-10",
        lambda: linalg.cg(small, ones, rtol=1e-10),
        lambda: spla.cg(small, ones, rtol=1e-10),
    )
    factors = np.geomspace(1e-6, 1.0, 100)
    by_function = spla.LinearOperator((100, 100), matvec=lambda v: factors * v, dtype=float)
    compare(
        "200 iterations of CG with a function of 100 numbers",
        lambda: linalg.cg(lambda v: factors * v, np.ones(100), rtol=0.0, maxiter=200),
        lambda: spla.cg(by_function, np.ones(100), rtol=0.0, maxiter=200),
    )

    grid = laplacian(200)
    compare(
        "6 largest eigenpairs of 40,000 rows, to 1e-8",
        lambda: linalg.eigsh(grid, 6, which="LA", tol=1e-8),
        lambda: spla.eigsh(grid, 6, which="LA", tol=1e-8),
    )
    compare(
        "6 smallest eigenpairs by shift and invert",
        lambda: linalg.eigsh(grid, 6, sigma=0.0, tol=1e-8),
        lambda: spla.eigsh(grid, 6, sigma=0.0, tol=1e-8),
    )

    large = np.ones((6000, 6000))
    large[np.diag_indices(6000)] += np.arange(6000.0)
    grown = growth(lambda: linalg.cg(large, np.ones(6000), maxiter=5))
    what = "growth of memory by CG, of the array's 288 MB"
    rows.append({"what": what, "share": grown / large.nbytes})
    return rows


def main(folder: Path) -> None:
    """Measures and writes."""
    rows = measure()
    versions = {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "machine": platform.machine(),
    }
    report = {"versions": versions, "rows": rows}
    (folder / "python_linalg.json").write_text(json.dumps(report, indent=1) + "\n")
    lines = ["| work | Ravine, ms | SciPy or NumPy, ms | ratio |", "|---|---:|---:|---:|"]
    for row in rows:
        if "share" in row:
            lines.append(f"| {row['what']} | {100 * row['share']:.1f} % | | |")
            continue
        ours, theirs = 1e3 * row["ravine"], 1e3 * row["scipy"]
        lines.append(f"| {row['what']} | {ours:.3g} | {theirs:.3g} | {ours / theirs:.2f} |")
    title = "Ravine and SciPy from Python, the best of five, on one thread."
    (folder / "python_linalg.md").write_text(title + "\n\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
