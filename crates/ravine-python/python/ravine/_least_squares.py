"""Nonlinear least squares in SciPy's manner."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._arrays import Vector, point, real_array
from ravine._callback import wrap_callback
from ravine._custom import CustomMethod
from ravine._method import Method, method_of
from ravine._objective import SCHEMES, First, read_sides
from ravine._options import whole_number
from ravine._result import OptimizeResult, result_of
from ravine._settings import number, to_json, tolerance
from ravine._solve import follow

#: SciPy's numbers of how least squares end.
_RULES = {"gradient": 1, "value_change": 2, "decrease": 2, "step": 3}
_LIMITS = ("iteration_limit", "evaluation_limit", "time_limit")


def least_squares(
    fun: Callable[..., Any],
    x0: ArrayLike,
    jac: Callable[..., Any] | str | None = "3-point",
    bounds: Any = (-np.inf, np.inf),
    method: str | Method | CustomMethod | None = None,
    ftol: float | None = None,
    xtol: float | None = None,
    gtol: float | None = None,
    x_scale: Any = None,
    loss: str | Callable[..., Any] = "linear",
    f_scale: float = 1.0,
    diff_step: ArrayLike | None = None,
    tr_solver: str | None = None,
    tr_options: dict[str, Any] | None = None,
    jac_sparsity: Any = None,
    max_nfev: int | None = None,
    verbose: int = 0,
    args: Any = (),
    kwargs: dict[str, Any] | None = None,
    callback: Callable[..., Any] | None = None,
    max_iterations: int | None = None,
    typical: float = 1.0,
) -> OptimizeResult:
    """Minimize half a sum of squares, ``F(x) = sum(rho(r_i(x)^2)) / 2``.

    The arguments are those of `scipy.optimize.least_squares`; those in the same place have the same
    meaning.

    Parameters
    ----------
    fun
        The residuals, `fun(x, *args, **kwargs)`, an array.
    x0
        The start.
    jac
        Their Jacobian, `jac(x, *args, **kwargs)`, an array with a row a residual, or a sparse
        matrix, which is never filled; '3-point' (the default) or '2-point' for differences.
    bounds
        A pair, lower and upper bounds, numbers or arrays; or a `scipy.optimize.Bounds`. Every point
        at which `fun` is called is within them.
    method
        'lm' (Levenberg-Marquardt, by Ravine with every shape of residuals), 'lm-geodesic',
        'gauss-newton', any other method of Ravine's for the sum, or an object. By default, as for
        'trf' and 'dogbox', which Ravine does not have, the choice is automatic.
    ftol
        Stop where a step changes ``2 F`` by at most this times ``max(1, 2 F)``.
    xtol
        Stop where a step is at most this times ``max(1, |x|)``, in the maximum norm.
    gtol
        Stop where no entry of the gradient of F is larger (projected, within bounds). Without any
        of the three, the rules of `ravine.minimize`.
    x_scale
        The sizes of the variables, a number or one each: steps are measured in ``x / x_scale``.
        None or 'jac': by the columns of the Jacobian, so that units do not matter.
    loss
        'linear', 'huber', 'soft_l1', 'cauchy' or 'arctan'; or a function of the array z of squared
        residuals over `f_scale`, which returns rho(z), its first and its second derivative, an
        array of three rows. The residuals are then replaced by ``sign(r) sqrt(rho)``, so that rho
        must not be negative nor fall; the second derivative is not used.
    f_scale
        The size of residuals up to which they count as inliers.
    diff_step
        The steps of differences over the sizes of the variables, a number or one each: ``h_j =
        diff_step_j |x_j|``, which nothing changes. By default they are found.
    tr_solver, tr_options
        Taken as `scipy.optimize.least_squares` takes them: None, 'exact' or 'lsmr', where 'exact'
        needs a dense Jacobian. Ravine solves by orthogonal factors, of a sparse Jacobian sparse
        ones, whichever is named, and has no use for the options.
    jac_sparsity
        Where the Jacobian may have entries, an array or a sparse matrix with a row a residual:
        variables that no residual shares are moved together in differences, and the Jacobian stays
        sparse. Not used where `jac` is a function.
    max_nfev
        Most evaluations of the residuals, those for differences included.
    verbose
        Print a line at the end, where positive.
    args, kwargs
        Further arguments of the functions.
    callback
        Called after each iteration as for `ravine.minimize`; there `fun` is the cost.
    max_iterations
        Most iterations.
    typical
        The size that variables near zero are taken to have, for differences.

    Returns
    -------
    OptimizeResult
        `x`; `cost`, F there; `fun`, the residuals; `jac`, their Jacobian (a sparse one as a
        `scipy.sparse.csr_array`); `grad`, the gradient of
        F; `optimality`, its maximum norm (projected, within bounds); `active_mask`, -1 and 1 at
        active lower and upper bounds; `nfev`, evaluations of the residuals, those for differences
        included, `njev`, `nit`; `status`, 0 a limit, 1 `gtol`, 2
        `ftol` or no smaller cost can be told from rounding, 3 `xtol`, -2 stopped by the callback,
        -1 all else; `success`, `message`; and what Ravine adds: see `ravine.OptimizeResult`.

    Examples
    --------
    A decay through noisy points, one of them far off:

    >>> import numpy as np
    >>> import ravine
    >>> t = np.linspace(0, 3, 16)
    >>> y = 2.0 * np.exp(-1.5 * t) + 0.01 * np.cos(9 * t)
    >>> y[8] += 1.0
    >>> def residuals(x):
    ...     return x[0] * np.exp(-x[1] * t) - y
    >>> plain = ravine.least_squares(residuals, [1.0, 1.0])
    >>> robust = ravine.least_squares(residuals, [1.0, 1.0], loss="cauchy", f_scale=0.05)
    >>> bool(abs(robust.x[1] - 1.5) < 0.05 < abs(plain.x[1] - 1.5))
    True
    >>> robust.method
    'lm'
    """
    start = point("x0", x0)
    arguments = args if isinstance(args, tuple) else (args,)
    fun, first = _residuals(fun, start, arguments, kwargs)
    jac, sparsity = _sparsity(jac, jac_sparsity, kwargs, start, arguments, first.size)
    _solver(tr_solver, tr_options, sparsity is not None)
    core = _core.Objective.of_residuals(
        start.size,
        first.size,
        fun,
        arguments,
        jac=_jacobian(jac),
        loss="linear" if callable(loss) else _loss(loss),
        scale=number("f_scale", f_scale),
        scheme=jac if isinstance(jac, str) else "3-point",
        typical=number("typical", typical),
        loss_function=loss if callable(loss) else None,
        sparsity=sparsity,
        steps=None if diff_step is None else _each("diff_step", diff_step, start.size),
        sizes=_sizes(x_scale, start.size),
    )
    sides = _bounds(bounds, start)
    core = core if sides is None else core.within(*sides)
    stopping = _stopping(ftol, xtol, gtol, max_nfev, max_iterations)
    if method in ("trf", "dogbox"):
        method = None
    if method is None and sparsity is not None:
        method = "lm" if sides is None else "gauss-newton/projected/radius"
    chosen = method_of(method, bounded=sides is not None)
    stops = wrap_callback(callback)
    run = _core.Run(
        core, chosen.named, to_json("method", chosen.settings), start, to_json("options", stopping)
    )
    stopped = False
    if stops is None:
        run.finish()
    else:
        stopped = follow(run, stops)
    given = any(tol is not None for tol in (ftol, xtol, gtol))
    result = result_of(
        run, core, tolerance=given, callback=stops.message if stops and stopped else None
    )
    _in_scipys_terms(result, run, sides, first.size)
    if verbose > 0:
        print(
            f"{result.message}. Function evaluations {result.nfev}, final cost {result.cost:.4e}, "
            f"first-order optimality {result.optimality:.2e}."
        )
    return result


def _residuals(
    fun: Any, x0: Vector, args: tuple[Any, ...], kwargs: dict[str, Any] | None
) -> tuple[Callable[..., Any], Vector]:
    """The function, and the residuals at the start, for which it is called once."""
    if not callable(fun):
        raise TypeError(f"fun: must be a function, not {type(fun).__name__}")
    function = functools.partial(fun, **kwargs) if kwargs else fun
    first = np.atleast_1d(real_array("fun: its result", function(x0.copy(), *args)))
    if first.ndim != 1:
        raise ValueError(f"fun: its result has shape {first.shape}, but must have one dimension")
    if first.size == 0:
        raise ValueError("fun: its result is empty, but must have at least one residual")
    if not np.isfinite(first).all():
        raise ValueError("x0: residuals are not finite there; start where they are")
    return First(function, x0, first), first


def _sparsity(
    jac: Any, given: Any, kwargs: dict[str, Any] | None, x0: Vector, args: tuple[Any, ...], m: int
) -> tuple[Any, Any]:
    """The Jacobian's function, and where it may have entries, of a sparse one."""
    if callable(jac):
        function = functools.partial(jac, **kwargs) if kwargs else jac
        first = function(x0.copy(), *args)
        # Its values may be zeros by chance; what is stored is the pattern.
        return First(function, x0, first), first if hasattr(first, "tocsc") else None
    if given is None:
        return jac, None
    from scipy.sparse import csc_array

    pattern = csc_array(given)
    if pattern.shape != (m, x0.size):
        raise ValueError(
            f"jac_sparsity: has shape {pattern.shape}, but must have ({m}, {x0.size}), "
            "a row a residual and a column a variable"
        )
    pattern.data = np.ones(pattern.data.size)
    return jac, pattern


def _solver(name: Any, options: Any, sparse: bool) -> None:
    if name not in (None, "exact", "lsmr"):
        raise ValueError(f"tr_solver: is {name!r}, but must be None, 'exact' or 'lsmr'")
    if name == "exact" and sparse:
        raise ValueError(
            "tr_solver: is 'exact', but must be None or 'lsmr' with a sparse Jacobian; "
            "leave out jac_sparsity, or fill the Jacobian"
        )
    if options is not None and not isinstance(options, dict):
        raise TypeError(f"tr_options: must be a dict, not {type(options).__name__}")


def _each(name: str, value: Any, n: int) -> list[float]:
    """Positive numbers, one for all variables or one each."""
    numbers = real_array(name, value)
    if numbers.ndim == 0:
        numbers = np.full(n, float(numbers))
    if numbers.shape != (n,):
        raise ValueError(
            f"{name}: has shape {numbers.shape}, but must be a number, or have shape ({n},), one "
            "each variable"
        )
    if not (np.isfinite(numbers).all() and (numbers > 0.0).all()):
        raise ValueError(f"{name}: must be positive and finite")
    return numbers.tolist()


def _sizes(x_scale: Any, n: int) -> list[float] | None:
    if x_scale is None or (isinstance(x_scale, str) and x_scale == "jac"):
        return None
    if isinstance(x_scale, str):
        raise ValueError(f"x_scale: is {x_scale!r}, but must be None, 'jac', a number or an array")
    return _each("x_scale", x_scale, n)


def _jacobian(jac: Any) -> Callable[..., Any] | None:
    if callable(jac):
        return jac
    if jac is None or jac in SCHEMES:
        return None
    if jac == "cs":
        raise ValueError(
            "jac: 'cs' needs functions of complex numbers, which Ravine does not call; "
            "use '3-point', or a function"
        )
    raise ValueError(f"jac: is {jac!r}, but must be a function, '2-point' or '3-point'")


def _loss(loss: Any) -> str:
    if not isinstance(loss, str):
        raise TypeError("loss: must be the name of one, such as 'huber', or a function")
    return loss


def _bounds(bounds: Any, x0: Vector) -> tuple[Vector, Vector] | None:
    sides = read_sides(bounds, x0.size)
    if sides is not None and not ((sides[0] <= x0) & (x0 <= sides[1])).all():
        raise ValueError("x0: must be within the bounds")
    return sides


def _stopping(
    ftol: Any, xtol: Any, gtol: Any, max_nfev: Any, max_iterations: Any
) -> dict[str, Any]:
    stopping: dict[str, Any] = {}
    if gtol is not None:
        # The library's function is the sum without one half.
        stopping["gradient_absolute"] = 2.0 * tolerance("gtol", gtol)
        stopping |= {"gradient_relative": 0.0, "decrease": None}
    if ftol is not None:
        stopping["value_change"] = tolerance("ftol", ftol)
    if xtol is not None:
        stopping["step"] = tolerance("xtol", xtol)
    if max_nfev is not None:
        stopping["evaluations"] = whole_number("max_nfev", max_nfev)
    if max_iterations is not None:
        stopping["iterations"] = whole_number("max_iterations", max_iterations)
    return stopping


def _in_scipys_terms(
    result: OptimizeResult, run: _core.Run, sides: tuple[Vector, Vector] | None, count: int
) -> None:
    """Cost, residuals and Jacobian in place of the sum and its gradient: of half the sum."""
    found = run.residuals()
    if found is None:
        return
    result["cost"] = result["fun"] / 2.0
    result["grad"] = result["jac"] / 2.0
    result["fun"], jacobian = found
    if isinstance(jacobian, tuple):
        from scipy.sparse import csc_array

        jacobian = csc_array(jacobian, shape=(count, result.x.size)).tocsr()
    result["jac"] = jacobian
    projected = result["grad"]
    mask = np.zeros(result.x.size, dtype=int)
    if sides is not None:
        lower, upper = sides
        projected = result.x - np.clip(result.x - result["grad"], lower, upper)
        # As SciPy: where the way to a bound is no more than the tolerance of x.
        mask[np.isclose(result.x, upper, rtol=1e-8, atol=1e-8)] = 1
        mask[np.isclose(result.x, lower, rtol=1e-8, atol=1e-8)] = -1
    result["optimality"] = float(np.abs(projected).max())
    result["active_mask"] = mask
    result["nfev"] = run.evaluations["value"]
    reason = result["reason"]
    if result["status"] == 99:
        result["status"] = -2
    elif reason == "converged":
        result["status"] = _RULES[run.rule or "gradient"]
    elif reason in _LIMITS:
        result["status"] = 0
    else:
        result["status"] = 2 if result["success"] else -1
