"""Measurements of the spectrum of a symmetric operator, by products with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._density import Estimate
from ravine._operator import (
    LinearOperator,
    Matrix,
    Operator,
    Vector,
    linear_operator,
    named,
    operator,
    vector,
)
from ravine._settings import choice, count, encode, number

_STRUCTURES = {name: name for name in ("general", "symmetric", "semidefinite", "definite")}


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
        Bounds on `|A v - w v|`: an eigenvalue of A is within that of each value.
    norm : float
        The largest magnitude seen of an eigenvalue, which the tolerance refers to.
    products : int
        Products with the operator, or with its inverse.
    restarts : int
        How often the basis was cut down to the best of what it spanned.
    converged : bool
        Whether all are known to the tolerance; else the products allowed are used up.
    """

    values: Vector
    vectors: Matrix
    residuals: Vector
    norm: float
    products: int
    restarts: int
    converged: bool

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

    A pair is converged when the bound of its residual `|A v - w v|` is at most `tol` times the
    largest `|w|` seen. Further copies of a multiple eigenvalue come late, from rounding.

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
        its factorization, for which it is copied once.
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
    Simon, Wang and Wu, ACM Trans. Math. Software 37 (2010).

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
                solve = _core.inverse(a, -shift, json.dumps("symmetric"))
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
    return Eigenpairs(
        np.delete(pairs.values, i),
        np.delete(vectors, i, axis=1) if vectors.shape[1] else vectors,
        np.delete(pairs.residuals, i),
        pairs.norm,
        pairs.products,
        pairs.restarts,
        pairs.converged,
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


_TRACES = {"xtrace": "XTrace", "hutch++": "HutchPlusPlus", "hutchinson": "Hutchinson"}


def trace(
    A: Operator,
    *,
    method: Literal["xtrace", "hutch++", "hutchinson"] = "xtrace",
    products: int = 60,
    rtol: float = 0.0,
    seed: int = 0,
    n: int | None = None,
) -> Estimate:
    """The trace of a square A, from random probes.

    With m products, "hutchinson" is the mean of `z'Az` over random signs z, off by about
    `sqrt(2 sum_{i != j} a_ij^2 / m)`; "hutch++" takes the large eigenvalues exactly by a sketch of
    the range, and is off by the order of `1/m` for semidefinite A; "xtrace" uses each probe for
    both, and its error falls as fast as the eigenvalues do. Where `rtol` is 0 and as many products
    are allowed as A has rows, the result is exact.

    Parameters
    ----------
    A
        As in :func:`cg`; square.
    method
        Which of them.
    products
        Most products with A.
    rtol
        The standard error that is small enough, relative to the value; all products are made where
        it is 0.
    seed
        Which random vectors.
    n
        The dimension, where A is a function.

    Returns
    -------
    Estimate
        Value, standard error, products.

    References
    ----------
    Hutchinson (1989); Meyer, Musco, Musco and Woodruff, Hutch++ (2021); Epperly, Tropp and Webber,
    XTrace, SIAM J. Matrix Analysis 45 (2024).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> i = np.arange(300)
    >>> A = 1.0 / (1 + i[:, None] + i)
    >>> found = ravine.linalg.trace(A)
    >>> bool(abs(found.value - A.trace()) < 1e-8)
    True
    """
    return _estimate("trace", A, method, products, rtol, seed, n)


def frobenius_norm(
    A: Operator,
    *,
    method: Literal["xtrace", "hutch++", "hutchinson"] = "xtrace",
    products: int = 60,
    rtol: float = 0.0,
    seed: int = 0,
    n: int | None = None,
) -> Estimate:
    """`|A|_F = sqrt(sum_ij a_ij^2)` of a square A, from random probes, without products by A'.

    Parameters
    ----------
    A, method, products, rtol, seed, n
        As in :func:`trace`.

    Returns
    -------
    Estimate
        Value, standard error, products.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> i = np.arange(300)
    >>> A = 1.0 / (1 + i[:, None] + i)
    >>> bool(abs(ravine.linalg.frobenius_norm(A).value - np.linalg.norm(A)) < 1e-8)
    True
    """
    return _estimate("frobenius_norm", A, method, products, rtol, seed, n)


def effective_rank(
    A: Operator,
    *,
    method: Literal["xtrace", "hutch++", "hutchinson"] = "xtrace",
    products: int = 60,
    rtol: float = 0.0,
    seed: int = 0,
    n: int | None = None,
) -> Estimate:
    """`tr(A)^2 / |A|_F^2`: how many equal eigenvalues would have that trace and that norm.

    Parameters
    ----------
    A, method, products, rtol, seed, n
        As in :func:`trace`.

    Returns
    -------
    Estimate
        Value, standard error, products.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.diag((np.arange(400) % 150 == 0).astype(float))
    >>> round(ravine.linalg.effective_rank(A).value, 6)
    3.0
    """
    return _estimate("effective_rank", A, method, products, rtol, seed, n)


def _estimate(
    what: str, A: Operator, method: str, products: int, rtol: float, seed: int, n: int | None
) -> Estimate:
    settings = encode(
        method=choice("method", method, _TRACES),
        products=count("products", products),
        tolerance=number("rtol", rtol),
        seed=count("seed", seed),
    )
    with named(tolerance="rtol"):
        return Estimate(*_core.estimate(what, operator(A, n), settings))


@dataclass(frozen=True)
class DiagonalEstimate:
    """A diagonal estimated from random probes.

    Attributes
    ----------
    value : numpy.ndarray
        The diagonal.
    standard_error : numpy.ndarray
        The standard error of every entry.
    products : int
        Products with the operator.
    """

    value: Vector
    standard_error: Vector
    products: int


def diagonal(
    A: Operator,
    *,
    method: Literal["xdiag", "hutchinson"] = "xdiag",
    products: int = 60,
    rtol: float = 0.0,
    seed: int = 0,
    n: int | None = None,
) -> DiagonalEstimate:
    """The diagonal of a square A, from random probes.

    "hutchinson" is the mean of `z_i (Az)_i` over random signs z, off by `sqrt(sum_j a_ij^2 / m)`
    (j not i) after m products, for any A; "xdiag" takes the large eigenvalues of a symmetric A by a
    sketch of its range. Where `rtol` is 0 and as many products are allowed as A has rows, exact.

    Parameters
    ----------
    A
        As in :func:`cg`; square, for "xdiag" symmetric.
    method, products, rtol, seed, n
        As in :func:`trace`; `rtol` compares the norm of the errors with that of the diagonal.

    Returns
    -------
    DiagonalEstimate
        Values, standard errors, products.

    References
    ----------
    Bekas, Kokiopoulou and Saad, Applied Numerical Mathematics 57 (2007); Epperly, Tropp and Webber,
    SIAM J. Matrix Analysis 45 (2024), section 2.3.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> i = np.arange(300)
    >>> A = 1.0 / (1 + i[:, None] + i)
    >>> bool(np.abs(ravine.linalg.diagonal(A).value - np.diag(A)).max() < 1e-9)
    True
    """
    settings = encode(
        method=choice("method", method, {"xdiag": "XDiag", "hutchinson": "Hutchinson"}),
        products=count("products", products),
        tolerance=number("rtol", rtol),
        seed=count("seed", seed),
    )
    with named(tolerance="rtol"):
        return DiagonalEstimate(*_core.diagonal(operator(A, n), settings))


@dataclass(frozen=True)
class ConditionNumber:
    """An interval for the condition number `max |w| / min |w|` of a symmetric operator.

    Attributes
    ----------
    lower, upper : float
        It is between these; `upper` is infinite where that is not known, or A singular to rounding.
    largest : float
        The largest magnitude of an eigenvalue, from below.
    smallest : float
        The smallest, from above; zero if A is singular to rounding.
    products : int
        Products with the operator, and with its inverse.
    converged : bool
        Whether both are known to the tolerance; else the products allowed are used up.
    """

    lower: float
    upper: float
    largest: float
    smallest: float
    products: int
    converged: bool


def condition_number(
    A: Operator,
    *,
    tol: float = 0.005,
    assume: Literal["symmetric", "semidefinite", "definite"] = "symmetric",
    inverse: Operator | None = None,
    ncv: int | None = None,
    max_products: int = 10_000,
    seed: int = 0,
    n: int | None = None,
) -> ConditionNumber:
    """The condition number `max |w| / min |w|` of a symmetric A, as an interval.

    The Lanczos process runs until both ends of the spectrum are known to `tol`, or the products are
    used up. The lower bound is certain at any time; the upper one takes the outermost Ritz values
    to belong to the outermost eigenvalues, which a random start makes all but certain. Where
    eigenvalues of both signs show up, the process runs on the square of A, and condition numbers
    above about 1e7 end with an infinite upper bound; the inverse of A serves then.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric.
    tol
        The relative residual of the smallest and the largest eigenvalue that is small enough.
    assume
        What is known of A: of a "semidefinite" or "definite" one the lower bound is certain.
    inverse
        The inverse of A, in the forms of A: :func:`inverse` makes that of a matrix.
    ncv
        The most vectors in the basis; 200 by default, fewer of long vectors.
    max_products
        The most products with A.
    seed
        What the random starting vector comes from.
    n
        The dimension, where A is a function.

    Returns
    -------
    ConditionNumber
        The interval.

    References
    ----------
    Golub and Van Loan, Matrix Computations (2013), sections 2.6.2 and 10.1.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.diag([1.0, 2.0, 12.0])
    >>> found = ravine.linalg.condition_number(A)
    >>> found.lower <= 12 <= found.upper < 1.02 * found.lower
    True
    >>> A = np.diag(10.0 ** np.linspace(-10, 0, 50))
    >>> found = ravine.linalg.condition_number(A, inverse=ravine.linalg.inverse(A))
    >>> found.lower <= 1.000001e10 <= found.upper < 1.02 * found.lower
    True
    """
    settings = encode(
        tolerance=number("tol", tol),
        basis=count("ncv", ncv),
        products=count("max_products", max_products),
        seed=count("seed", seed),
    )
    structure = json.dumps(choice("assume", assume, _STRUCTURES))
    a = operator(A, n)
    other = None if inverse is None else operator(inverse, a.shape[1], name="inverse")
    with named(tolerance="tol", basis="ncv", products="max_products"):
        return ConditionNumber(**_core.condition_number(a, other, structure, settings))


@dataclass(frozen=True)
class Inertia:
    """How many eigenvalues of a symmetric operator are positive and negative.

    Attributes
    ----------
    positive, negative : int
        At least so many.
    all_positive, all_negative : bool
        Whether there are no more, up to further copies of multiple eigenvalues.
    dimension : int
        The number of eigenvalues.
    products : int
        Products with the operator.
    """

    positive: int
    negative: int
    all_positive: bool
    all_negative: bool
    dimension: int
    products: int


def inertia(
    A: Operator,
    *,
    k: int = 10,
    tol: float = 0.1,
    max_products: int = 1_000,
    seed: int = 0,
    n: int | None = None,
) -> Inertia:
    """How many eigenvalues of a symmetric A are positive and negative, by products alone.

    An operator has at least as many negative eigenvalues as its projection on any space. The
    Lanczos process works on both ends of the spectrum until the k outermost at each are known, or
    one of the other sign is, beyond which there can be no more.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric.
    k
        How many eigenvalues are followed at each end.
    tol
        The residual that is small enough, relative to the eigenvalue.
    max_products
        The most products with A.
    seed
        What the random starting vector comes from.
    n
        The dimension, where A is a function.

    Returns
    -------
    Inertia
        The counts.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> found = ravine.linalg.inertia(np.diag([-4.0, -1.0, 2.0, 3.0, 5.0, 9.0]))
    >>> found.negative, found.positive, found.all_negative
    (2, 4, True)
    """
    settings = encode(
        pairs=count("k", k),
        tolerance=number("tol", tol),
        products=count("max_products", max_products),
        seed=count("seed", seed),
    )
    with named(pairs="k", tolerance="tol", products="max_products"):
        found = _core.inertia(operator(A, n), settings)
    (positive, all_positive), (negative, all_negative) = found["positive"], found["negative"]
    return Inertia(
        positive, negative, all_positive, all_negative, found["dimension"], found["products"]
    )


def inverse(
    A: Operator,
    shift: float = 0.0,
    *,
    assume: Literal["general", "symmetric", "semidefinite", "definite"] = "general",
) -> LinearOperator:
    """The inverse of `A + shift I`, of a dense or sparse matrix by a factorization.

    Cholesky where `A + shift I` is known to be definite, Bunch-Kaufman where symmetric, LU else, of
    dense matrices only; a symmetric matrix of which nothing is said is tried by the first two. A is
    copied once.

    Parameters
    ----------
    A
        An array, or a symmetric sparse matrix.
    shift
        The shift.
    assume
        What is known of `A + shift I`.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        The inverse; Ravine's own functions use it without Python.

    Raises
    ------
    ValueError
        If the matrix is singular, or not as it should be.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.array([[1.0, 2.0], [2.0, 4.0]])
    >>> ravine.linalg.inverse(A, 5.0) @ np.array([10.0, 20.0])
    array([1., 2.])
    """
    structure = choice("assume", assume, _STRUCTURES)
    held = _core.inverse(operator(A), number("shift", shift), json.dumps(structure))
    return linear_operator(held)
