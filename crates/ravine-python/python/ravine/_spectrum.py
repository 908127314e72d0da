"""Measurements of the spectrum of a symmetric operator, by products with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from ravine import _core
from ravine._density import Estimate
from ravine._operator import (
    LinearOperator,
    Operator,
    Vector,
    linear_operator,
    named,
    operator,
)
from ravine._settings import choice, count, encode, number

_STRUCTURES = {name: name for name in ("general", "symmetric", "semidefinite", "definite")}


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
        Whether there are no more.
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
