"""Preconditioners: symmetric positive definite approximations of an inverse."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._operator import LinearOperator, Operator, linear_operator, operator, vector
from ravine._settings import choice, count, encode, number


def jacobi(A: ArrayLike | Any) -> LinearOperator:
    """The Jacobi preconditioner `diag(1 / a_ii)`.

    Of all diagonal ones it makes the condition number smallest to within a factor of n, and of at
    most q where A has at most q entries a row.

    Parameters
    ----------
    A
        A dense or sparse matrix, or its diagonal; all entries of that must be positive.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        To be used as M.

    References
    ----------
    van der Sluis, Condition numbers and equilibration of matrices (1969).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.array([[1e8, 5e3], [5e3, 1.0]])
    >>> ravine.linalg.cg(A, [1e8, 0.0], M=ravine.linalg.jacobi(A)).iterations
    2
    """
    if not hasattr(A, "tocsr") and np.ndim(A) == 1:
        return linear_operator(_core.jacobi(vector("A", A)))
    diagonal = _core.matrix_diagonal(operator(A))
    return linear_operator(_core.jacobi(np.array(diagonal)))


def incomplete_cholesky(
    A: Operator,
    *,
    fill: Literal["pattern", "largest", "threshold"] = "largest",
    extra: int = 5,
    drop: float = 1e-3,
    shift: float = 1e-3,
) -> LinearOperator:
    """An incomplete Cholesky factorization `L L'` of a sparse symmetric A, as a preconditioner.

    A is scaled first. Where dropping makes a pivot negative, all begins anew with a growing
    multiple of the identity added, so that there always is a factor.

    Parameters
    ----------
    A
        A sparse matrix, with both triangles.
    fill
        Which entries of L are kept: "pattern", those where A has one (IC(0)); "largest", in each
        column as many as A has and `extra` more; "threshold", those above `drop` times the norm of
        the column.
    extra, drop
        As said.
    shift
        The first multiple of the identity that is tried where the factorization breaks down
        without.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        To be used as M.

    References
    ----------
    Meijerink and van der Vorst (1977); Lin and More, Incomplete Cholesky factorizations with
    limited memory (1999).

    Examples
    --------
    >>> import numpy as np, ravine, scipy.sparse as sp
    >>> n = 50
    >>> A = sp.diags_array([-np.ones(n - 1), 2.001 * np.ones(n), -np.ones(n - 1)],
    ...                    offsets=[-1, 0, 1], format="csr")
    >>> M = ravine.linalg.incomplete_cholesky(A, fill="pattern")
    >>> ravine.linalg.cg(A, np.ones(n), M=M).iterations
    1
    """
    kept: Any = choice("fill", fill, {name: name for name in ("pattern", "largest", "threshold")})
    if kept == "largest":
        kept = {"largest": {"extra": count("extra", extra)}}
    elif kept == "threshold":
        kept = {"threshold": {"drop": number("drop", drop)}}
    settings = encode(fill=kept, shift=number("shift", shift))
    held, _ = _core.incomplete_cholesky(operator(A), settings)
    return linear_operator(held)


def nystrom(
    A: Operator,
    mu: float,
    *,
    rank: int = 20,
    largest_rank: int | None = None,
    ratio: float = 10.0,
    seed: int = 0,
    n: int | None = None,
) -> LinearOperator:
    """The randomized Nystrom preconditioner for `A + mu I` with semidefinite A.

    From products with l random vectors, `A ~ U diag(w) U'`, and

    `M = (w_l + mu) U (diag(w) + mu I)^-1 U' + (I - U U')`.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric and positive semidefinite.
    mu
        The damping.
    rank
        How many random vectors l, at first.
    largest_rank
        Up to this the rank doubles while `w_l > ratio mu`; `rank` by default.
    ratio
        The `w_l / mu` that is small enough.
    seed
        Of the random vectors.
    n
        The dimension, where A is a function.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        To be used as M for `A + mu I`.

    References
    ----------
    Frangella, Tropp and Udell, Randomized Nystrom preconditioning (2023).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> mu, spectrum = 1e-6, 0.5 ** np.arange(60)
    >>> M = ravine.linalg.nystrom(np.diag(spectrum), mu)
    >>> A, b = np.diag(spectrum + mu), np.ones(60)
    >>> 3 * ravine.linalg.cg(A, b, M=M).iterations < ravine.linalg.cg(A, b).iterations
    True
    """
    first = count("rank", rank)
    settings = encode(
        rank=first,
        largest_rank=first if largest_rank is None else count("largest_rank", largest_rank),
        ratio=number("ratio", ratio),
        seed=count("seed", seed),
    )
    held, _ = _core.nystrom(operator(A, n), number("mu", mu), settings)
    return linear_operator(held)
