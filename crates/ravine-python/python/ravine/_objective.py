"""What is minimized, read from arguments in SciPy's forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._arrays import Vector, point, real_array
from ravine._named import problem
from ravine._problem import Problem

Differences: TypeAlias = Literal["2-point", "3-point"]
Function: TypeAlias = Callable[..., Any]

SCHEMES = ("2-point", "3-point")


def read_bounds(bounds: Any, n: int) -> tuple[Vector, Vector] | None:
    """Lower and upper bounds of n variables, in any of SciPy's forms; None where all are free.

    Pairs `(lower, upper)`, one a variable, with None where a side is free; or a
    `scipy.optimize.Bounds`, whose `keep_feasible` says nothing new: no point outside is asked for.
    A variable whose bounds are equal is fixed.

    >>> read_bounds([(0, None), (None, 2)], 2)
    (array([  0., -inf]), array([inf,  2.]))
    """
    if bounds is None:
        return None
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        try:
            lower = np.broadcast_to(real_array("bounds", bounds.lb), (n,))
            upper = np.broadcast_to(real_array("bounds", bounds.ub), (n,))
        except ValueError:
            shapes = f"{np.shape(bounds.lb)} and {np.shape(bounds.ub)}"
            raise ValueError(f"bounds: have shapes {shapes}, but must fit ({n},)") from None
    else:
        pairs = bounds.tolist() if isinstance(bounds, np.ndarray) else list(bounds)
        if len(pairs) != n:
            raise ValueError(f"bounds: are {len(pairs)}, but must be one pair a variable, {n}")
        lower, upper = np.empty(n), np.empty(n)
        for i, pair in enumerate(pairs):
            try:
                low, high = pair
                lower[i] = -np.inf if low is None else low
                upper[i] = np.inf if high is None else high
            except (TypeError, ValueError):
                raise ValueError(
                    f"bounds: of variable {i} are {pair!r}, but must be a pair of numbers or None"
                ) from None
    for empty in np.flatnonzero(~(lower <= upper) | np.isposinf(lower) | np.isneginf(upper)):
        low, high = lower[empty], upper[empty]
        raise ValueError(
            f"bounds: of variable {empty} are {low} and {high}, but must hold a number"
        )
    if np.isneginf(lower).all() and np.isposinf(upper).all():
        return None
    return np.ascontiguousarray(lower), np.ascontiguousarray(upper)


class _Sides:
    def __init__(self, lower: Any, upper: Any) -> None:
        self.lb = lower
        self.ub = upper


def read_sides(bounds: Any, n: int) -> tuple[Vector, Vector] | None:
    """The same where SciPy has a pair of sides, numbers or arrays, not pairs.

    >>> read_sides((0, [1, 2]), 2)
    (array([0., 0.]), array([1., 2.]))
    """
    if bounds is not None and not hasattr(bounds, "lb"):
        try:
            lower, upper = bounds
        except (TypeError, ValueError):
            raise ValueError("bounds: must be a pair, lower and upper bounds") from None
        bounds = _Sides(lower, upper)
    return read_bounds(bounds, n)


def objective(
    fun: Any,
    x0: ArrayLike | None,
    args: Any = (),
    jac: Function | Differences | bool | None = None,
    hess: Function | Differences | None = None,
    hessp: Function | None = None,
    bounds: Any = None,
    typical: float = 1.0,
    *,
    second: bool = True,
) -> tuple[_core.Objective, Vector]:
    """The one place that reads the functions of a caller.

    Parameters
    ----------
    fun
        A function `fun(x, *args)`, a problem of :mod:`ravine.problems`, or a text that names one or
        is a formula.
    x0
        The start; may be None for problems, which have their own.
    args
        Further arguments of all functions.
    jac
        The gradient `jac(x, *args)`; True where `fun` returns the value and the gradient;
        '2-point' or '3-point' (as None) for differences.
    hess
        The Hessian `hess(x, *args)`, an array, a sparse matrix or a linear operator; '2-point' or
        '3-point' for differences of gradients.
    hessp
        The Hessian times a vector, `hessp(x, d, *args)`.
    bounds
        Pairs, one a variable, or a `scipy.optimize.Bounds`.
    typical
        The size that variables near zero are taken to have, for differences.
    second
        Whether second derivatives are of use; where they are not, `hess` is never called.

    Returns
    -------
    tuple
        The objective and the start.
    """
    if isinstance(fun, str):
        fun = problem(fun)
    if isinstance(fun, Problem):
        for name, value in (("jac", jac), ("hess", hess), ("hessp", hessp)):
            if value is not None:
                raise TypeError(f"{name}: a problem of the library brings its own derivatives")
        core = fun._objective
        start = point("x0", fun.start if x0 is None else x0)
    else:
        if x0 is None:
            raise TypeError("x0: is None, but a function needs a start")
        start = point("x0", x0)
        core = _of_functions(fun, start, args, jac, hess, hessp, typical, second)
    if start.size != core.dimension:
        raise ValueError(
            f"x0: has {start.size} entries, but the objective has {core.dimension} variables"
        )
    sides = read_bounds(bounds, start.size)
    return (core if sides is None else core.within(*sides)), start


def _of_functions(
    fun: Any,
    x0: Vector,
    args: Any,
    jac: Any,
    hess: Any,
    hessp: Any,
    typical: float,
    second: bool,
) -> _core.Objective:
    if not callable(fun):
        raise TypeError(f"fun: must be a function, not {type(fun).__name__}")
    args = args if isinstance(args, tuple) else (args,)
    scheme, gradient = "automatic", None
    if callable(jac):
        gradient = jac
    elif jac == "cs":
        raise ValueError(
            "jac: 'cs' needs functions of complex numbers, which Ravine does not call; "
            "use '3-point', or a function"
        )
    elif isinstance(jac, str):
        scheme = jac
    elif jac not in (None, False, True):
        raise TypeError(
            f"jac: is {jac!r}, but must be a function, True, '2-point', '3-point' or None"
        )
    function, kind = _hessian(hess, x0, args, second)
    if kind == "differences" and jac in (None, False, hess):
        scheme = hess
    elif kind == "differences" and isinstance(jac, str):
        raise ValueError(f"hess: is {hess!r}, but must be as jac, {jac!r}, or a function")
    elif kind == "differences":
        scheme = hess
    if hessp is not None and not callable(hessp):
        raise TypeError(f"hessp: must be a function, not {type(hessp).__name__}")
    return _core.Objective(
        x0.size,
        fun,
        args,
        fused=jac is True,
        jac=gradient,
        hess=function,
        hess_kind=kind,
        hessp=hessp,
        scheme=scheme,
        typical=typical,
    )


def _hessian(
    hess: Any, x0: Vector, args: Sequence[Any], second: bool
) -> tuple[Function | None, str]:
    """The function of the Hessian and what it returns, for which it is called once."""
    if hess is None:
        return None, "none"
    if isinstance(hess, str):
        if hess not in SCHEMES:
            raise ValueError(f"hess: is {hess!r}, but must be a function, '2-point' or '3-point'")
        return None, "differences"
    if not callable(hess):
        name = type(hess).__name__
        if hasattr(hess, "initialize") and hasattr(hess, "update"):
            raise TypeError(
                f"hess: {name} is an update of SciPy's; Ravine's are methods: 'bfgs', 'sr1', 'dfp'"
            )
        raise TypeError(f"hess: must be a function, '2-point' or '3-point', not {name}")
    if not second:
        return None, "none"
    first = hess(x0.copy(), *args)
    seen = First(hess, x0, first)
    if hasattr(first, "tocsc"):
        return seen, "sparse"
    if not isinstance(first, np.ndarray) and hasattr(first, "matvec"):
        return seen, "operator"
    return seen, "dense"


class First:
    """A function whose first value is known already; it is not called twice for it."""

    def __init__(self, function: Function, x: Vector, value: Any) -> None:
        self._function = function
        self._x = x.copy()
        self._value = value

    def __call__(self, x: Vector, *args: Any) -> Any:
        value, self._value = self._value, None
        if value is not None and np.array_equal(x, self._x):
            return value
        return self._function(x, *args)
