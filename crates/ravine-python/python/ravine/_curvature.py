"""Curvatures as linear operators."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._arrays import point, real_array
from ravine._objective import Differences, Function, objective
from ravine._operator import LinearOperator, Matrix, linear_operator, named, operator, vector
from ravine._settings import choice, number


def hessian(
    fun: Any,
    x: ArrayLike | None = None,
    args: Any = (),
    jac: Function | Differences | bool | None = None,
    hess: Function | Differences | None = None,
    hessp: Function | None = None,
) -> LinearOperator:
    """The Hessian of a function at a point, as a linear operator.

    Exact where there is a Hessian or Hessian products: a problem of :mod:`ravine.problems`, a
    formula (by automatic differentiation), `hess` or `hessp`; else by differences of gradients
    along each vector, or of values, and a `DifferencesWarning` says so where the first product is
    rough. A Hessian is evaluated once; products are made when they are asked for.

    Parameters
    ----------
    fun
        A function `fun(x, *args)`, a problem of :mod:`ravine.problems`, or a formula.
    x
        The point; a problem's own start by default.
    args, jac, hess, hessp
        As in :func:`ravine.minimize`.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Symmetric; the functions of :mod:`ravine.linalg` multiply by it without Python where the
        function is Ravine's.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> def fun(x):
    ...     return x[0] ** 4 + x[0] * x[1]
    >>> H = ravine.linalg.hessian(fun, [1.0, 2.0])
    >>> (H @ np.array([1.0, 0.0])).round(4)
    array([12.,  1.])
    >>> H = ravine.linalg.hessian(fun, [1.0, 2.0], hess=lambda x: [[12 * x[0] ** 2, 1], [1, 0]])
    >>> ravine.linalg.eigsh(H, 2).values.round(6)
    array([-0.082763, 12.082763])
    """
    if callable(hess) and hessp is None and not isinstance(fun, str):
        if x is None:
            raise TypeError("x: is None, but a function needs a point")
        at = point("x", x)
        arguments = args if isinstance(args, tuple) else (args,)
        held = _matrix("hess: its result", hess(at.copy(), *arguments))
        if held.shape != (at.size, at.size):
            raise ValueError(
                f"hess: its result has shape {held.shape}, but must have {(at.size, at.size)}"
            )
        return linear_operator(held)
    with named(x0="x"):
        core, at = objective(fun, x, args, jac, hess, hessp)
    return linear_operator(_core.hessian(core, at))


def _matrix(name: str, value: Any) -> _core.Operator:
    """What a function returned: an operator, a sparse matrix or anything that is an array."""
    if hasattr(value, "tocsr") and hasattr(value, "format"):
        return operator(value.astype(np.float64), name=name)
    if hasattr(value, "matvec") and not isinstance(value, np.ndarray):
        return operator(value, name=name)
    return operator(np.atleast_2d(real_array(name, value)), name=name)


def gauss_newton(
    residuals: Function | ArrayLike,
    x: ArrayLike,
    jac: Function | Any,
    args: Any = (),
    *,
    loss: Literal["linear", "huber", "soft_l1", "cauchy", "arctan"] = "linear",
    f_scale: float = 1.0,
) -> LinearOperator:
    """The Gauss-Newton matrix `J' W J` at a point, as a linear operator.

    An approximation of the Hessian of `sum_i rho(r_i(x)^2) / 2`, which is what
    :func:`scipy.optimize.least_squares` minimizes, without the second derivatives of the residuals;
    with the weights `w_i = rho' + 2 rho'' r_i^2`, all one for squares. Positive semidefinite. A
    product is one with the Jacobian J and one with its transpose; J is not multiplied out.

    Parameters
    ----------
    residuals
        A function `residuals(x, *args)`, or what it gives at x.
    x
        The point.
    jac
        A function `jac(x, *args)`, or what it gives at x: an array, a sparse matrix, or a linear
        operator with an adjoint.
    args
        Further arguments of both.
    loss
        The loss rho.
    f_scale
        The size of residuals from which on they count as outliers.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Symmetric positive semidefinite.

    References
    ----------
    Nocedal and Wright, Numerical Optimization (2006), section 10.3; Triggs et al., Bundle
    Adjustment (2000), section 4.3.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> def residuals(x):
    ...     return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])
    >>> def jac(x):
    ...     return np.array([[-20 * x[0], 10.0], [-1.0, 0.0]])
    >>> B = ravine.linalg.gauss_newton(residuals, [1.0, 1.0], jac)
    >>> B @ np.array([1.0, 0.0])
    array([ 401., -200.])
    """
    at = point("x", x)
    arguments = args if isinstance(args, tuple) else (args,)
    value = residuals(at.copy(), *arguments) if callable(residuals) else residuals
    r = vector("residuals", value)
    has_shape = hasattr(jac, "shape")
    jacobian = jac(at.copy(), *arguments) if callable(jac) and not has_shape else jac
    held = _matrix("jac: its result" if jacobian is not jac else "jac", jacobian)
    if held.shape != (r.size, at.size):
        raise ValueError(f"jac: has shape {held.shape}, but must have {(r.size, at.size)}")
    scale = number("f_scale", f_scale)
    if scale <= 0:
        raise ValueError(f"f_scale: is {scale}, but must be positive")
    losses = ("linear", "huber", "soft_l1", "cauchy", "arctan")
    word = choice("loss", loss, {name: name for name in losses})
    return linear_operator(_core.gauss_newton(held, r, word, scale))


def _pairs(s: ArrayLike, y: ArrayLike) -> tuple[Matrix, Matrix]:
    """Steps and changes of the gradient, in rows."""
    arrays = [np.atleast_2d(real_array(name, value)) for name, value in (("s", s), ("y", y))]
    for name, array in zip("sy", arrays, strict=True):
        if array.ndim != 2:
            raise ValueError(f"{name}: has shape {array.shape}, but must have two dimensions")
    return arrays[0], arrays[1]


def bfgs(
    s: ArrayLike,
    y: ArrayLike,
    *,
    inverse: bool = False,
    update: Literal["bfgs", "dfp"] = "bfgs",
) -> LinearOperator:
    """The BFGS matrix B of curvature pairs, an approximation of the Hessian, or its inverse H.

    `H <- (I - rho s y') H (I - rho y s') + rho s s'` with `rho = 1 / y's`, from a multiple of the
    identity, `s'y / y'y` of the first pair. Dense: n^2 / 2 numbers.

    Parameters
    ----------
    s
        The steps `s = x_new - x_old`, in rows, the oldest first.
    y
        The changes of the gradient, in rows.
    inverse
        Whether H is wanted, as a preconditioner; else B.
    update
        "bfgs", or "dfp", with the update of Davidon, Fletcher and Powell.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Symmetric positive definite.

    Raises
    ------
    ValueError
        If a pair has no clearly positive `s'y`.

    References
    ----------
    Nocedal and Wright, Numerical Optimization (2006), section 6.1.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> s, y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 4.0]])
    >>> ravine.linalg.bfgs(s, y) @ np.array([1.0, 1.0])
    array([1., 4.])
    >>> ravine.linalg.bfgs(s, y, inverse=True) @ np.array([1.0, 1.0])
    array([1.  , 0.25])
    """
    kind = choice("update", update, {"bfgs": "bfgs", "dfp": "dfp"})
    return linear_operator(_core.secant(kind, *_pairs(s, y), inverse, 1.0))


def lbfgs(s: ArrayLike, y: ArrayLike, *, inverse: bool = False) -> LinearOperator:
    """The L-BFGS matrix B of curvature pairs, or its inverse H, without forming either.

    The matrix that BFGS updates make of `y'y / s'y` times the identity, of the newest pair: H by
    the two-loop recursion, B by the compact form.

    Parameters
    ----------
    s, y, inverse
        As in :func:`bfgs`.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Symmetric positive definite.

    Raises
    ------
    ValueError
        If a pair has no clearly positive `s'y`.

    References
    ----------
    Nocedal and Wright, Numerical Optimization (2006), section 7.2; Byrd, Nocedal and Schnabel,
    Representations of quasi-Newton matrices (1994).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> s, y = np.array([[1.0, 1.0]]), np.array([[2.0, 4.0]])
    >>> B, H = ravine.linalg.lbfgs(s, y), ravine.linalg.lbfgs(s, y, inverse=True)
    >>> (B @ s[0]).round(9), (H @ (B @ np.array([5.0, -3.0]))).round(9)
    (array([2., 4.]), array([ 5., -3.]))
    """
    return linear_operator(_core.secant("lbfgs", *_pairs(s, y), inverse, 1.0))


def sr1(
    s: ArrayLike, y: ArrayLike, *, inverse: bool = False, gamma: float | None = None
) -> LinearOperator:
    """The symmetric rank-one matrix B of curvature pairs, or its inverse.

    `B <- B + (y - Bs)(y - Bs)' / (y - Bs)'s`, which may be indefinite, as the Hessian may. Updates
    whose denominator is lost in rounding are left out.

    Parameters
    ----------
    s, y
        As in :func:`bfgs`; of any curvature.
    inverse
        Whether the inverse of B is wanted.
    gamma
        The multiple of the identity that the pairs update: B is then kept by the pairs alone, in
        the compact form. By default B is dense, and starts at `y'y / s'y` of the first pair if that
        is positive, else at zero.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Symmetric.

    Raises
    ------
    ValueError
        If the inverse is wanted of a singular B.

    References
    ----------
    Nocedal and Wright, Numerical Optimization (2006), section 6.2; Byrd, Nocedal and Schnabel
    (1994), theorem 5.1.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.array([[1.0, 2.0], [2.0, -3.0]])
    >>> B = ravine.linalg.sr1(np.eye(2), A)
    >>> bool(np.abs(B @ np.eye(2) - A).max() < 1e-12)
    True
    """
    if gamma is None:
        return linear_operator(_core.secant("sr1", *_pairs(s, y), inverse, 1.0))
    scale = number("gamma", gamma)
    return linear_operator(_core.secant("limited_sr1", *_pairs(s, y), inverse, scale))
