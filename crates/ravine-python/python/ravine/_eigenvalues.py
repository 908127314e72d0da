"""Eigenpairs of a symmetric operator, and the Lanczos process that finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._operator import (
    Matrix,
    Operator,
    Vector,
    named,
    operator,
    vector,
)
from ravine._settings import choice, count, encode, number


@dataclass(frozen=True)
class LanczosResult:
    """What :func:`lanczos` gives: `A V = V T + beta_k v_{k+1} e_k'` with tridiagonal `T = V'AV`.

    Attributes
    ----------
    basis : numpy.ndarray
        The orthonormal basis V, in columns.
    alpha : numpy.ndarray
        The diagonal of T, k entries.
    beta : numpy.ndarray
        The k - 1 entries beside the diagonal, then the one that leads out of the space.
    start_norm : float
        `|b|`, where `b = |b| v_1`.
    exhausted : bool
        Whether the space is invariant under A to rounding.
    reorthogonalizations : int
        How many vectors were made orthogonal to all before.
    """

    basis: Matrix
    alpha: Vector
    beta: Vector
    start_norm: float
    exhausted: bool
    reorthogonalizations: int

    def tridiagonal(self) -> Matrix:
        """T as an array."""
        beside = self.beta[: max(self.alpha.size - 1, 0)]
        return np.diag(self.alpha) + np.diag(beside, 1) + np.diag(beside, -1)


def lanczos(
    A: Operator,
    b: ArrayLike,
    steps: int,
    *,
    reorthogonalization: Literal["full", "partial", "none"] = "full",
) -> LanczosResult:
    """The Lanczos process: an orthonormal basis of the Krylov space of a symmetric A and b.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric.
    b
        The first vector.
    steps
        Most products; fewer where the space is exhausted.
    reorthogonalization
        "full": each vector twice against all earlier ones; "partial": where it is needed for a T
        that is exact to rounding; "none".

    Returns
    -------
    LanczosResult
        The basis and T.

    References
    ----------
    Lanczos (1950); Golub and Van Loan, Matrix Computations (2013), section 10.1; Simon, The Lanczos
    algorithm with partial reorthogonalization (1984).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.diag(np.arange(1.0, 101.0))
    >>> process = ravine.linalg.lanczos(A, np.ones(100), 30)
    >>> V, T = process.basis, process.tridiagonal()
    >>> bool(np.abs(V.T @ A @ V - T).max() < 1e-11)
    True
    >>> bool(np.abs(V.T @ V - np.eye(30)).max() < 1e-14)
    True
    """
    first, most = vector("b", b), count("steps", steps)
    kept = choice(
        "reorthogonalization", reorthogonalization, {n: n for n in ("full", "partial", "none")}
    )
    result = _core.lanczos(operator(A, first.size), first, most or 0, json.dumps(kept))
    return LanczosResult(**result)


@dataclass(frozen=True)
class Eigenpairs:
    """Eigenpairs `A v = w v` of a symmetric A; it unpacks as `w, v`.

    Attributes
    ----------
    values : numpy.ndarray
        The eigenvalues, ascending.
    vectors : numpy.ndarray
        Their vectors in columns, of length one and orthogonal; none where only values were asked
        for.
    residuals : numpy.ndarray
        `|A v - w v|`, measured by products with A itself (bounds on it, where the products allowed
        are used up): an eigenvalue of A is within that of each value.
    norm : float
        The largest magnitude seen of an eigenvalue, which the tolerance refers to.
    products : int
        Products with the operator, or with its inverse.
    restarts : int
        How often the basis was cut down to the best of what it spanned.
    converged : bool
        Whether all residuals are within the tolerance, and no copy of an eigenvalue is missing.
    message : str
        Why it ended, in words: where it did not converge, whether the products allowed are used up,
        or how accurate products with A were found to be.
    """

    values: Vector
    vectors: Matrix
    residuals: Vector
    norm: float
    products: int
    restarts: int
    converged: bool
    message: str

    def __iter__(self) -> Iterator[Any]:
        return iter((self.values, self.vectors))


_WHICH = {
    "LA": "largest",
    "SA": "smallest",
    "BE": "both-ends",
    "LM": "largest-magnitude",
}


def eigsh(
    A: Operator,
    k: int = 6,
    *,
    which: Literal["LM", "LA", "SA", "BE"] = "LM",
    sigma: float | None = None,
    tol: float = 1e-10,
    ncv: int | None = None,
    max_products: int | None = None,
    return_eigenvectors: bool = True,
    inverse: Operator | None = None,
    seed: int = 0,
    n: int | None = None,
) -> Eigenpairs:
    """Some extreme eigenpairs of a symmetric A, by thick-restart Lanczos.

    The search goes on until no further copy of a multiple eigenvalue is left in the space
    orthogonal to what was found. The result is converged when the residuals `|A v - w v|`, measured
    by products with A, are at most `tol` times the largest `|w|` seen. Products that are not
    accurate enough for that, as those of functions in single precision, are noticed, and `message`
    says so.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric.
    k
        How many.
    which
        "LA" the largest, "SA" the smallest, "LM" the largest in magnitude, "BE" half from each end
        (one more from the high end where k is odd). With `sigma`, meant of `1 / (w - sigma)`: "LM"
        finds the nearest to sigma.
    sigma
        Finds the eigenvalues near it, by products with the inverse of `A - sigma I`: of a matrix by
        its factorization, for which it is copied. Factorizations at two more shifts count the
        eigenvalues between sigma and the farthest of those found, so that none is missing. An
        eigenvalue at sigma itself counts as above it.
    tol
        The residual that is small enough, relative to the norm.
    ncv
        The most vectors in the basis; `2 k + 60` by default.
    max_products
        The most products with A; ten times the dimension and a thousand more by default.
    return_eigenvectors
        Whether the vectors are wanted.
    inverse
        The inverse of `A - sigma I`, in the forms of A, where A cannot be factorized.
    seed
        What the random starting vector comes from.
    n
        The dimension, where A is a function.

    Returns
    -------
    Eigenpairs
        Unpacks as `w, v`.

    References
    ----------
    Wu and Simon, SIAM J. Matrix Anal. Appl. 22 (2000); Simon, Math. Comp. 42 (1984); Yamazaki, Bai,
    Simon, Wang and Wu, ACM Trans. Math. Software 37 (2010); with sigma: Grimes, Lewis and Simon,
    SIAM J. Matrix Anal. Appl. 15 (1994).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> n = 100
    >>> A = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    >>> w, v = ravine.linalg.eigsh(A, 4, which="BE")
    >>> exact = 2 - 2 * np.cos(np.array([1, 2, 99, 100]) * np.pi / 101)
    >>> bool(np.abs(w - exact).max() < 1e-10)
    True
    >>> bool(abs(ravine.linalg.eigsh(A, 1, sigma=0.0).values[0] - exact[0]) < 1e-12)
    True
    """
    pairs = count("k", k) or 0
    found = choice("which", which, _WHICH)
    if pairs == 0:
        raise ValueError("k: is 0, but must be at least 1")
    wanted = (pairs + 1) // 2 if which == "BE" else pairs
    settings = encode(
        pairs=wanted,
        which=found,
        tolerance=number("tol", tol),
        basis=count("ncv", ncv),
        products=count("max_products", max_products),
        seed=count("seed", seed),
    )
    a = operator(A, n)
    with named(pairs="k", tolerance="tol", basis="ncv", products="max_products"):
        if sigma is None:
            result = _core.eigenpairs(a, settings, return_eigenvectors)
        else:
            shift = number("sigma", sigma)
            if inverse is None:
                result = _core.eigenpairs_nearest_of(a, shift, settings)
            else:
                solve = operator(inverse, a.shape[1], name="inverse")
                result = _core.eigenpairs_nearest(a, solve, shift, settings)
    pairs_found = Eigenpairs(**result)
    if which == "BE" and pairs % 2 == 1 and pairs_found.values.size == pairs + 1:
        return _without(pairs_found, wanted - 1)
    return pairs_found


def _without(pairs: Eigenpairs, i: int) -> Eigenpairs:
    """All but one."""
    vectors = pairs.vectors
    return replace(
        pairs,
        values=np.delete(pairs.values, i),
        vectors=np.delete(vectors, i, axis=1) if vectors.shape[1] else vectors,
        residuals=np.delete(pairs.residuals, i),
    )


def power_iteration(
    A: Operator,
    k: int = 1,
    *,
    shift: float = 0.0,
    tol: float = 1e-10,
    max_products: int = 10_000,
    seed: int = 0,
    n: int | None = None,
) -> Eigenpairs:
    """The eigenpairs of a symmetric A farthest from a shift, by the power iteration with deflation.

    `v = (A - shift I) v / |(A - shift I) v|` from a random v; the error falls by
    `|w_2 - shift| / |w_1 - shift|` a product. :func:`eigsh` needs far fewer products; this is the
    method that everybody knows.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric.
    k
        How many.
    shift
        What the eigenvalues are to be far from; about the largest leads to the smallest.
    tol
        The residual that is small enough, relative to the largest `|w|`.
    max_products
        The most products with A, for all pairs.
    seed
        What the random starting vectors come from.
    n
        The dimension, where A is a function.

    Returns
    -------
    Eigenpairs
        Unpacks as `w, v`.

    References
    ----------
    Golub and Van Loan, Matrix Computations (2013), sections 7.3 and 8.2.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> w, v = ravine.linalg.power_iteration(np.array([[2.0, 1.0], [1.0, 2.0]]))
    >>> w.round(9)
    array([3.])
    """
    settings = encode(
        pairs=count("k", k),
        shift=number("shift", shift),
        tolerance=number("tol", tol),
        products=count("max_products", max_products),
        seed=count("seed", seed),
    )
    with named(pairs="k", tolerance="tol", products="max_products"):
        return Eigenpairs(**_core.power_iteration(operator(A, n), settings))
