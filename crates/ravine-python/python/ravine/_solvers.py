"""Krylov solvers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._operator import Matrix, Operator, Vector, named, operator, vector
from ravine._settings import count, encode, number

Settings: TypeAlias = dict[str, Any]
Callback: TypeAlias = Callable[[Vector], Any]

#: The largest relative tolerance that the solvers take.
_ALMOST_ONE = float(np.nextafter(1.0, 0.0))


@dataclass(frozen=True, repr=False)
class SolveResult:
    """What a solver of `A x = b`, or of the least-squares problem `min |b - A x|`, gives.

    It unpacks as SciPy's results do: `x, info = ravine.linalg.cg(A, b)`.

    Attributes
    ----------
    x : numpy.ndarray
        The solution, or the last iterate.
    converged : bool
        Whether the test that was asked for holds: that of the residual, or that of a least-squares
        solution (`reason` says which).
    reason : str
        Why it ended: "converged", "least_squares", "iteration_limit", "precision_limit" (nothing
        better can be had in doubles), "condition_limit", "not_definite", "negative_curvature",
        "indefinite_preconditioner", "stopped" (by the callback).
    message : str
        The same in words.
    iterations : int
        Iterations made.
    products : int
        Products with A, and with its transpose where there are any.
    residual_norm : float
        `|b - A x|` by the recurrence of the method; with a preconditioner in MINRES, `sqrt(r'M r)`.
    true_residual_norm : float or None
        The Euclidean norm of `b - A x` by a product; that of rounding is in it.
    residual_history : numpy.ndarray
        The norm of the residual at the start and after every iteration.
    normal_residual_norm : float or None
        `|A'r|`, zero at a least-squares solution; None from CG.
    normal_residual_history : numpy.ndarray
        The same after every iteration, from LSQR and LSMR; else empty.
    operator_norm, condition : float or None
        Estimates of the norm and of the condition number of A, mostly too low; None from CG.
    """

    x: Vector
    converged: bool
    reason: str
    message: str
    iterations: int
    products: int
    residual_norm: float
    true_residual_norm: float | None
    residual_history: Vector
    normal_residual_norm: float | None
    normal_residual_history: Vector
    operator_norm: float | None
    condition: float | None

    @property
    def info(self) -> int:
        """SciPy's: 0 where converged, the number of iterations at their limit, -1 else."""
        if self.converged:
            return 0
        return max(self.iterations, 1) if self.reason == "iteration_limit" else -1

    def __iter__(self) -> Iterator[Any]:
        return iter((self.x, self.info))

    def __repr__(self) -> str:
        residual = (
            self.residual_norm if self.true_residual_norm is None else self.true_residual_norm
        )
        return (
            f"<{self.message}; {self.iterations} iterations, {self.products} products, "
            f"|b - A x| = {residual:.3g}>"
        )


def _solve(
    method: str,
    A: Operator,
    b: ArrayLike,
    x0: ArrayLike | None,
    rtol: float,
    atol: float,
    maxiter: int | None,
    M: Operator | None,
    callback: Callback | None,
    n: int | None = None,
    **given: Any,
) -> SolveResult:
    rhs = vector("b", b)
    start = None if x0 is None else vector("x0", x0)
    columns = n if n is not None else (start.size if start is not None else rhs.size)
    a = operator(A, columns, rhs.size)
    m = None if M is None else operator(M, rhs.size, name="M")
    tolerance, most = _tolerance(rtol, atol, rhs), count("maxiter", maxiter)
    enough_at_zero = start is None and atol > 0.0 and float(np.linalg.norm(rhs)) <= atol
    settings = given | {
        "tolerance": tolerance,
        "iterations": 0 if enough_at_zero else most,
        "start": "zero" if start is None else "given",
    }
    with named(
        tolerance="rtol",
        iterations="maxiter",
        normal_tolerance="least_squares_rtol",
        damping="damp",
        operator_tolerance="operator_rtol",
        condition_limit="conlim",
        start="x0",
    ):
        result = _core.solve(method, a, rhs, start, m, encode(**settings), callback)
    if enough_at_zero:
        result |= {"reason": "converged", "message": "converged: zero is near enough"}
    converged = result["reason"] in ("converged", "least_squares")
    return SolveResult(converged=converged, **result)


def _tolerance(rtol: float, atol: float, b: Vector) -> float:
    rtol, atol = number("rtol", rtol), number("atol", atol)
    if not atol >= 0.0:
        raise ValueError(f"atol: is {atol}, but must be zero or positive")
    if not 0.0 <= rtol < 1.0:
        raise ValueError(f"rtol: is {rtol}, but must be at least 0 and less than 1")
    norm = float(np.linalg.norm(b))
    if atol == 0.0 or norm == 0.0 or not np.isfinite(norm):
        return float(rtol)
    return float(min(max(rtol, atol / norm), _ALMOST_ONE))


def cg(
    A: Operator,
    b: ArrayLike,
    x0: ArrayLike | None = None,
    *,
    rtol: float = 1e-8,
    atol: float = 0.0,
    maxiter: int | None = None,
    M: Operator | None = None,
    callback: Callback | None = None,
) -> SolveResult:
    r"""Solve `A x = b` with symmetric positive definite A by conjugate gradients.

    .. math:: \alpha = r'z / p'Ap,\quad x \mathrel{+}= \alpha p,\quad r \mathrel{-}= \alpha A p,
              \quad z = M r,\quad p = z + (r'z / r_{old}'z_{old})\, p

    About `sqrt(kappa) ln(2 / rtol) / 2` products suffice for the condition number kappa; the error
    falls in the norm of A at every step. A direction with `p'Ap <= 0` proves that A is not positive
    definite and ends the iteration with the reason "negative_curvature".

    Parameters
    ----------
    A
        An array of doubles or a sparse matrix in CSR or CSC, both used where they are (other sparse
        formats are converted to CSR); a `scipy.sparse.linalg.LinearOperator`; or a function
        `v -> A v`, whose results may be anything that `numpy.asarray` takes. Symmetric, which is
        not checked.
    b
        The right-hand side.
    x0
        Where to start; at zero by default.
    rtol, atol
        Stop where `|b - A x| <= max(rtol |b|, atol)`.
    maxiter
        Most iterations; ten times the dimension and ten more by default.
    M
        A symmetric positive definite approximation of the inverse of A, in the forms of A.
    callback
        Called with a copy of every iterate; `StopIteration` ends the run.

    Returns
    -------
    SolveResult
        Unpacks as `x, info`.

    Raises
    ------
    ValueError
        If a shape does not fit, a setting cannot be used, or a product is not finite.
    TypeError
        If an argument is of another type, or A is not of dtype float64.

    References
    ----------
    Hestenes and Stiefel (1952); Nocedal and Wright, Numerical Optimization (2006), algorithm 5.3.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.array([[4.0, 1.0], [1.0, 3.0]])
    >>> result = ravine.linalg.cg(A, [1.0, 2.0])
    >>> result.x.round(6), result.converged, result.iterations
    (array([0.090909, 0.636364]), True, 2)
    >>> x, info = ravine.linalg.cg(lambda v: A @ v, [1.0, 2.0])
    >>> info
    0
    """
    return _solve("cg", A, b, x0, rtol, atol, maxiter, M, callback)


def cr(
    A: Operator,
    b: ArrayLike,
    x0: ArrayLike | None = None,
    *,
    rtol: float = 1e-8,
    atol: float = 0.0,
    maxiter: int | None = None,
    callback: Callback | None = None,
    least_squares_rtol: float = 1e-7,
) -> SolveResult:
    """Solve `A x = b` with symmetric positive (semi)definite A by conjugate residuals.

    Of all x in the Krylov space, the one with the smallest `|b - A x|`, as :func:`minres`, by
    simpler recurrences; residual, error and quadratic `x'Ax/2 - b'x` all fall monotonically. A
    residual with `r'Ar <= 0` proves that A is not definite and ends the iteration ("not_definite").

    Parameters
    ----------
    A, b, x0, rtol, atol, maxiter, callback
        As in :func:`cg`.
    least_squares_rtol
        The `|A r|` that is small enough for a least-squares solution, relative to `|A| |r|`.

    Returns
    -------
    SolveResult
        Unpacks as `x, info`.

    References
    ----------
    Stiefel (1955); Fong and Saunders, CG versus MINRES: an empirical comparison (2012), section 2.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> result = ravine.linalg.cr(np.array([[4.0, 1.0], [1.0, 3.0]]), [1.0, 2.0])
    >>> result.x.round(6)
    array([0.090909, 0.636364])
    >>> bool(np.all(np.diff(result.residual_history) < 0))
    True
    """
    return _solve(
        "cr",
        A,
        b,
        x0,
        rtol,
        atol,
        maxiter,
        None,
        callback,
        normal_tolerance=number("least_squares_rtol", least_squares_rtol),
    )


def minres(
    A: Operator,
    b: ArrayLike,
    x0: ArrayLike | None = None,
    *,
    rtol: float = 1e-8,
    atol: float = 0.0,
    maxiter: int | None = None,
    M: Operator | None = None,
    callback: Callback | None = None,
    least_squares_rtol: float = 1e-7,
) -> SolveResult:
    """Solve `A x = b` with symmetric A, definite or not, by minimal residuals.

    Of all x in the Krylov space of A and b, the one with the smallest `|b - A x|`, by a QR
    factorization of the tridiagonal matrix of the Lanczos process. Where A is singular and b not in
    its range, x is a least-squares solution, not the shortest: see :func:`minres_qlp`.

    Parameters
    ----------
    A, b, x0, rtol, atol, maxiter, M, callback
        As in :func:`cg`; A may be indefinite, M not. With M, norms are `|r|_M = sqrt(r'M r)`.
    least_squares_rtol
        The `|A r|` that is small enough for a least-squares solution, relative to `|A| |r|`. Where
        the condition number is greater than the reciprocal of this, a slow phase is taken for
        the end: then set it to 0.

    Returns
    -------
    SolveResult
        Unpacks as `x, info`.

    References
    ----------
    Paige and Saunders, Solution of sparse indefinite systems of linear equations (1975).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> x, info = ravine.linalg.minres(np.array([[1.0, 2.0], [2.0, 1.0]]), [5.0, 4.0])
    >>> x.round(6), info
    (array([1., 2.]), 0)
    """
    settings: Settings = {"normal_tolerance": number("least_squares_rtol", least_squares_rtol)}
    return _solve("minres", A, b, x0, rtol, atol, maxiter, M, callback, **settings)


def minres_qlp(
    A: Operator,
    b: ArrayLike,
    x0: ArrayLike | None = None,
    *,
    rtol: float = 1e-8,
    atol: float = 0.0,
    maxiter: int | None = None,
    M: Operator | None = None,
    callback: Callback | None = None,
    least_squares_rtol: float = 1e-7,
) -> SolveResult:
    """Solve `A x = b` with symmetric A, singular or not, by MINRES-QLP.

    As :func:`minres`, and where A is singular x is the shortest of the least-squares solutions
    (from zero). Somewhat more work an iteration, and more accurate for ill-conditioned A.

    Parameters
    ----------
    A, b, x0, rtol, atol, maxiter, M, callback, least_squares_rtol
        As in :func:`minres`. Iterates for the callback cost `6 n` operations more each.

    Returns
    -------
    SolveResult
        Unpacks as `x, info`.

    References
    ----------
    Choi, Paige and Saunders, MINRES-QLP (2011).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.diag([2.0, -1.0, 0.0])
    >>> result = ravine.linalg.minres_qlp(A, [2.0, 3.0, 1.0])
    >>> result.x.round(6) + 0.0, result.reason
    (array([ 1., -3.,  0.]), 'least_squares')
    """
    settings: Settings = {"normal_tolerance": number("least_squares_rtol", least_squares_rtol)}
    return _solve("minres_qlp", A, b, x0, rtol, atol, maxiter, M, callback, **settings)


def lsqr(
    A: Operator,
    b: ArrayLike,
    damp: float = 0.0,
    *,
    x0: ArrayLike | None = None,
    rtol: float = 1e-8,
    atol: float = 0.0,
    operator_rtol: float = 1e-12,
    conlim: float = 1e15,
    maxiter: int | None = None,
    callback: Callback | None = None,
    n: int | None = None,
) -> SolveResult:
    """Solve `min |b - A x|^2 + damp^2 |x|^2` with any A, square or not, by LSQR.

    In exact arithmetic the iterates of :func:`cg` on `(A'A + damp^2 I) x = A'b`, without the
    squared condition number of these equations. Where A has not full rank, x (from zero) is the
    shortest solution.

    Parameters
    ----------
    A
        As in :func:`cg`, of any shape; functions as a pair `(v -> A v, v -> A'v)`.
    b
        The right-hand side.
    damp
        The damping.
    x0
        Where to start; with a damping, only at zero.
    rtol, atol
        Stop where `|r| <= max(rtol |b|, atol) + operator_rtol |A| |x|`.
    operator_rtol
        Stop where `|A'r| <= operator_rtol |A| |r|`: a least-squares solution.
    conlim
        Stop where the estimated condition number of A is beyond this.
    maxiter
        Most iterations; ten times the number of columns and ten more by default.
    callback
        Called with a copy of every iterate; `StopIteration` ends the run.
    n
        The number of columns, where A is a pair of functions and not square.

    Returns
    -------
    SolveResult
        Unpacks as `x, info`. With a damping, `residual_norm` is that of the damped problem,
        `true_residual_norm` that of `b - A x`.

    References
    ----------
    Paige and Saunders, LSQR: an algorithm for sparse linear equations and sparse least squares
    (1982).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> result = ravine.linalg.lsqr(A, [1.1, 2.7, 5.3, 6.9])
    >>> result.x.round(6), result.reason
    (array([1., 2.]), 'least_squares')
    """
    return _least_squares(
        "lsqr", A, b, damp, x0, rtol, atol, operator_rtol, conlim, maxiter, callback, n
    )


def lsmr(
    A: Operator,
    b: ArrayLike,
    damp: float = 0.0,
    *,
    x0: ArrayLike | None = None,
    rtol: float = 1e-8,
    atol: float = 0.0,
    operator_rtol: float = 1e-12,
    conlim: float = 1e15,
    maxiter: int | None = None,
    callback: Callback | None = None,
    n: int | None = None,
) -> SolveResult:
    """Solve `min |b - A x|^2 + damp^2 |x|^2` with any A, square or not, by LSMR.

    In exact arithmetic the iterates of :func:`minres` on `(A'A + damp^2 I) x = A'b`. Both `|A'r|`
    and `|r|` fall monotonically, so that it can stop earlier than :func:`lsqr`, whose `|A'r|` does
    not.

    Parameters
    ----------
    A, b, damp, x0, rtol, atol, operator_rtol, conlim, maxiter, callback, n
        As in :func:`lsqr`.

    Returns
    -------
    SolveResult
        Unpacks as `x, info`.

    References
    ----------
    Fong and Saunders, LSMR: an iterative algorithm for sparse least-squares problems (2011).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    >>> ravine.linalg.lsmr(A, [2.0, 3.0]).x.round(6)
    array([1., 3., 1.])
    >>> pair = (lambda v: A @ v, lambda u: A.T @ u)
    >>> ravine.linalg.lsmr(pair, [2.0, 3.0], n=3).x.round(6)
    array([1., 3., 1.])
    """
    return _least_squares(
        "lsmr", A, b, damp, x0, rtol, atol, operator_rtol, conlim, maxiter, callback, n
    )


def _least_squares(
    method: str,
    A: Operator,
    b: ArrayLike,
    damp: float,
    x0: ArrayLike | None,
    rtol: float,
    atol: float,
    operator_rtol: float,
    conlim: float,
    maxiter: int | None,
    callback: Callback | None,
    n: int | None,
) -> SolveResult:
    settings: Settings = {
        "damping": number("damp", damp),
        "operator_tolerance": number("operator_rtol", operator_rtol),
        "condition_limit": number("conlim", conlim),
    }
    return _solve(method, A, b, x0, rtol, atol, maxiter, None, callback, n, **settings)


@dataclass(frozen=True)
class ShiftedResult:
    """What :func:`shifted_cg` gives, for each shift in the order given.

    Attributes
    ----------
    x : numpy.ndarray
        The solutions, in rows.
    shifts : numpy.ndarray
        The shifts.
    converged : numpy.ndarray
        Whether the residual of each is small enough.
    reasons : list of str
        Why each ended; "not_definite" where `A + shift I` is not positive definite.
    iterations : numpy.ndarray
        Iterations until then.
    products : int
        Products with A, for all together.
    residual_norms, true_residual_norms : numpy.ndarray
        The norms of the residuals by the recurrence, and by a product each.
    residual_histories : list of numpy.ndarray
        The norms at the start and after every iteration.
    """

    x: Matrix
    shifts: Vector
    converged: Any
    reasons: list[str]
    iterations: Any
    products: int
    residual_norms: Vector
    true_residual_norms: Vector
    residual_histories: list[Vector]


def shifted_cg(
    A: Operator,
    b: ArrayLike,
    shifts: ArrayLike,
    *,
    rtol: float = 1e-8,
    atol: float = 0.0,
    maxiter: int | None = None,
) -> ShiftedResult:
    """Solve `(A + shift I) x = b` for many shifts at once by conjugate gradients.

    The Krylov space does not depend on the shift: a whole path of dampings for the products of the
    hardest of them, and one more product each for the true residuals.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric, `A + shift I` positive definite.
    b
        The right-hand side.
    shifts
        The dampings.
    rtol, atol, maxiter
        As in :func:`cg`.

    Returns
    -------
    ShiftedResult
        Solutions in rows.

    References
    ----------
    Jegerlehner, Krylov space solvers for shifted linear systems (1996).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.array([[4.0, 1.0], [1.0, 3.0]])
    >>> path = ravine.linalg.shifted_cg(A, [1.0, 2.0], [0.0, 1.0, 10.0])
    >>> bool(np.abs((A + 10 * np.eye(2)) @ path.x[2] - [1.0, 2.0]).max() < 1e-12)
    True
    """
    rhs, dampings = vector("b", b), np.atleast_1d(vector("shifts", np.atleast_1d(shifts)))
    if not np.isfinite(dampings).all():
        raise ValueError(f"shifts: are {dampings}, but must be finite")
    settings = {
        "tolerance": _tolerance(rtol, atol, rhs),
        "iterations": count("maxiter", maxiter),
        "true_residual": "measured",
    }
    a = operator(A, rhs.size)
    with named(tolerance="rtol", iterations="maxiter"):
        result = _core.solve_shifted(a, dampings.tolist(), rhs, encode(**settings))
    converged = np.array([reason == "converged" for reason in result["reasons"]])
    return ShiftedResult(shifts=dampings, converged=converged, **result)
