"""Linear algebra by products: solvers, eigenvalues, spectra, curvatures.

What a method needs of a matrix A are products `A v`. So A may be

- a NumPy array of dtype float64, in C or Fortran order or with any strides, or a SciPy sparse
  matrix in CSR or CSC: used where they are, without copies, by products in Rust while other Python
  threads run;
- a `scipy.sparse.linalg.LinearOperator`;
- a function `v -> A v`, whose results may be anything that `numpy.asarray` takes, so that a Hessian
  product of JAX works as it is, and one of PyTorch as `lambda v: hvp(torch.from_numpy(v))`;
- a curvature of Ravine's: :func:`hessian`, :func:`gauss_newton`, :func:`bfgs` and others.

Everything random takes a seed, and the same seed gives the same result. Exceptions of functions
pass through as they are, and Ctrl-C interrupts all of it.

Examples
--------
>>> import numpy as np
>>> from ravine import linalg
>>> A = np.diag(np.linspace(1.0, 100.0, 500))
>>> linalg.cg(A, np.ones(500)).converged
True
>>> round(linalg.condition_number(lambda v: A @ v, n=500).lower)
100
"""

from ravine._curvature import bfgs, gauss_newton, hessian, lbfgs, sr1
from ravine._density import (
    Estimate,
    Histogram,
    LogarithmicHistogram,
    SpectralDensity,
    log_determinant,
    spectral_density,
)
from ravine._eigenvalues import Eigenpairs, LanczosResult, eigsh, lanczos, power_iteration
from ravine._preconditioners import incomplete_cholesky, jacobi, nystrom
from ravine._solvers import (
    ShiftedResult,
    SolveResult,
    cg,
    cr,
    lsmr,
    lsqr,
    minres,
    minres_qlp,
    shifted_cg,
)
from ravine._spectrum import (
    ConditionNumber,
    DiagonalEstimate,
    Inertia,
    condition_number,
    diagonal,
    effective_rank,
    frobenius_norm,
    inertia,
    inverse,
    trace,
)

__all__ = [
    "ConditionNumber",
    "DiagonalEstimate",
    "Eigenpairs",
    "Estimate",
    "Histogram",
    "Inertia",
    "LanczosResult",
    "LogarithmicHistogram",
    "ShiftedResult",
    "SolveResult",
    "SpectralDensity",
    "bfgs",
    "cg",
    "condition_number",
    "cr",
    "diagonal",
    "effective_rank",
    "eigsh",
    "frobenius_norm",
    "gauss_newton",
    "hessian",
    "incomplete_cholesky",
    "inertia",
    "inverse",
    "jacobi",
    "lanczos",
    "lbfgs",
    "log_determinant",
    "lsmr",
    "lsqr",
    "minres",
    "minres_qlp",
    "nystrom",
    "power_iteration",
    "shifted_cg",
    "spectral_density",
    "sr1",
    "trace",
]
