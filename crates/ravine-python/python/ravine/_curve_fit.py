"""Curves fitted to data, with the errors of their parameters."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._arrays import Vector, real_array
from ravine._least_squares import least_squares
from ravine._objective import read_sides
from ravine._result import OptimizeResult

#: How accurate Jacobians are, by where they come from.
_ACCURACY = {"2-point": "forward", "3-point": "central"}


class CovarianceWarning(UserWarning):
    """The data do not determine all parameters, or leave nothing to tell their errors from."""


class CurveFit:
    """A curve fitted by least squares: what `fit_curve` gives.

    The errors are those of the linear theory, from the Jacobian at the solution: covariance
    ``s^2 (J'J)^-1``, with ``s^2 = |r|^2 / (m - n)``, or 1 with `absolute_sigma`. Bounds are not
    taken into account.

    Attributes
    ----------
    parameters
        The parameters found.
    names
        What they are called: the names of the arguments of `f`.
    standard_errors, covariance, correlation
        Of the parameters; infinite (the correlation NaN) for those that the data do not determine.
    residual_standard_error
        ``sqrt(|r|^2 / (m - n))``, with residuals in units of `sigma` where there is one.
    degrees_of_freedom
        m - n: data less parameters.
    rank
        How many combinations of the parameters the data determine.
    undetermined
        The names of those parameters that are not determined.
    deficiency
        The same in words, or None.
    residuals
        ``ydata - f(xdata, *parameters)``.
    result
        The result of `ravine.least_squares`, of the residuals in units of `sigma`.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        jac: Callable[..., Any] | str | None,
        names: list[str],
        residuals: Vector,
        result: OptimizeResult,
        statistics: _core.Fit,
    ) -> None:
        self._f = f
        self._jac = jac
        self._statistics = statistics
        self.names = names
        self.parameters: Vector = result.x
        self.residuals = residuals
        self.result = result
        self.standard_errors = statistics.standard_errors
        self.covariance = statistics.covariance
        self.correlation = statistics.correlation
        self.residual_standard_error = statistics.residual_standard_error
        self.degrees_of_freedom = statistics.degrees_of_freedom
        self.rank = statistics.rank
        self.undetermined = [names[i] for i in statistics.undetermined]
        self.deficiency = statistics.deficiency(names)

    def intervals(self, level: float = 0.95) -> Vector:
        """The intervals of confidence of the parameters: lower and upper ends, a row each.

        By Student's t with the degrees of freedom left, or, with `absolute_sigma`, by the normal
        distribution.
        """
        return self._statistics.intervals(level)

    def predict(self, x: Any) -> Vector:
        """The curve at new places."""
        return np.asarray(self._f(_places(x), *self.parameters), dtype=np.float64)

    def band(
        self, x: Any, level: float = 0.95, *, of: str = "data", sigma: ArrayLike = 1.0
    ) -> tuple[Vector, Vector]:
        """A band around the curve at new places: its lower and upper edge.

        Parameters
        ----------
        x
            Where, as for `f`.
        level
            The confidence, for one place at a time.
        of
            'data', where new data will lie; or 'curve', where the curve does.
        sigma
            Of new data, in the units of the `sigma` of the fit; 1 where there was none.
        """
        if of not in ("data", "curve"):
            raise ValueError(f"of: is {of!r}, but must be 'data' or 'curve'")
        there = _at(self._f, self._jac, _places(x), self.parameters)
        values = there.fun
        errors = None
        if of == "data":
            errors = np.array(np.broadcast_to(real_array("sigma", sigma), values.shape))
        widths = self._statistics.half_widths(there.jac, errors, level)
        return values - widths, values + widths

    def __repr__(self) -> str:
        width = max(len(name) for name in self.names)
        lines = [f"{'':>{width}}  {'estimate':>14}  {'standard error':>14}  95% interval"]
        rows = zip(self.names, self.parameters, self.standard_errors, self.intervals(), strict=True)
        for name, estimate, error, (low, high) in rows:
            lines.append(
                f"{name:>{width}}  {estimate:>14.8g}  {error:>14.4g}  [{low:.8g}, {high:.8g}]"
            )
        lines.append(
            f"residual standard error {self.residual_standard_error:.6g} with "
            f"{self.degrees_of_freedom} degrees of freedom; {self.result.message}"
        )
        if self.deficiency is not None:
            lines.append(f"Note: {self.deficiency}.")
        return "\n".join(lines)


def fit_curve(
    f: Callable[..., Any],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    check_finite: bool | None = None,
    bounds: Any = (-np.inf, np.inf),
    method: Any = None,
    jac: Callable[..., Any] | str | None = None,
    *,
    nan_policy: str | None = None,
    **kwargs: Any,
) -> CurveFit:
    """Fit a curve to data by least squares, with the errors of its parameters.

    The arguments are those of `curve_fit`; the result is an object with everything that is known.
    A fit that does not converge is not an error here: see `CurveFit.result`.

    Examples
    --------
    >>> import numpy as np
    >>> import ravine
    >>> t = np.linspace(0, 4, 9)
    >>> y = np.array([2.51, 1.73, 1.22, 0.92, 0.78, 0.69, 0.59, 0.57, 0.55])
    >>> fit = ravine.fit_curve(lambda t, a, b, c: a * np.exp(-b * t) + c, t, y, [1, 1, 0])
    >>> print(fit)
             estimate  standard error  95% interval
    a       2.0003199         0.01883  [1.954255, 2.0463847]
    b       1.0301419         0.02507  [0.96880095, 1.0914828]
    c      0.51544201          0.0128  [0.48413062, 0.54675341]
    residual standard error 0.0175654 with 6 degrees of freedom; converged: gradient below ...
    >>> low, high = fit.band([5.0], of="curve")
    >>> bool(low[0] < fit.predict([5.0])[0] < high[0])
    True
    """
    if not callable(f):
        raise TypeError(f"f: must be a function, not {type(f).__name__}")
    if "args" in kwargs:
        raise ValueError("args: is no argument; make them part of f")
    xdata, ydata, sigma = _data(xdata, ydata, sigma, check_finite, nan_policy)
    names = _names(f, p0)
    start = _start(p0, len(names), bounds)
    weights = _weights(sigma, ydata.size)
    if jac is not None and not callable(jac) and jac not in _ACCURACY:
        raise ValueError(f"jac: is {jac!r}, but must be a function, '2-point', '3-point' or None")
    loss = kwargs.get("loss", "linear")
    if not isinstance(loss, str):
        raise ValueError("loss: must be named, for the errors of the parameters")
    if "maxfev" in kwargs:
        kwargs["max_nfev"] = kwargs.pop("maxfev")

    def residuals(p: Vector) -> Vector:
        r = real_array("f: its result", f(xdata, *p)) - ydata
        if r.shape != ydata.shape:
            raise ValueError(
                f"f: its result less ydata has shape {r.shape}, but must have {ydata.shape}"
            )
        return _whitened(weights, r)

    def jacobian(p: Vector) -> Vector:
        assert callable(jac)
        return _whitened(weights, real_array("jac: its result", jac(xdata, *p)))

    result = least_squares(
        residuals,
        start,
        jacobian if callable(jac) else jac or "3-point",
        bounds=bounds,
        method=method,
        **kwargs,
    )
    filled = result.jac.toarray() if hasattr(result.jac, "toarray") else result.jac
    statistics = _core.Fit(
        result.x,
        result.fun,
        np.ascontiguousarray(filled),
        known=bool(absolute_sigma),
        loss=loss,
        scale=float(kwargs.get("f_scale", 1.0)),
        accuracy="exact" if callable(jac) else _ACCURACY[jac or "3-point"],
    )
    plain = ydata - np.asarray(f(xdata, *result.x), dtype=np.float64)
    return CurveFit(f, jac, names, plain, result, statistics)


def curve_fit(
    f: Callable[..., Any],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    check_finite: bool | None = None,
    bounds: Any = (-np.inf, np.inf),
    method: Any = None,
    jac: Callable[..., Any] | str | None = None,
    *,
    full_output: bool = False,
    nan_policy: str | None = None,
    **kwargs: Any,
) -> Any:
    """Fit a curve to data by least squares, as `scipy.optimize.curve_fit` does.

    Parameters
    ----------
    f
        The curve, `f(xdata, *parameters)`.
    xdata
        What `f` is called with: usually an array of m numbers, or of k by m.
    ydata
        The m data.
    p0
        Where to begin. By default ones, or within bounds that both are finite the middle.
    sigma
        The standard deviations of `ydata`, an array of m or one number; or their covariance
        matrix, m by m.
    absolute_sigma
        Whether `sigma` holds the errors themselves, not only in proportion.
    check_finite
        Whether to refuse data that are not finite. By default so, unless there is a `nan_policy`.
    bounds
        Lower and upper bounds of the parameters, numbers or arrays.
    method
        As for `ravine.least_squares`; 'lm', the default, keeps bounds, too.
    jac
        The Jacobian of `f`, `jac(xdata, *parameters)`, m by n; or '2-point' or '3-point' (the
        default) for differences.
    full_output
        Whether to return the last three values, too.
    nan_policy
        'raise', or 'omit' to leave out data with NaN.
    kwargs
        For `ravine.least_squares`; `maxfev` is its `max_nfev`.

    Returns
    -------
    popt
        The parameters.
    pcov
        Their covariance, infinite, with a `CovarianceWarning`, where the data do not determine all
        parameters.
    infodict
        `nfev`, calls of `f`; `njev`; `fvec`, the residuals in units of `sigma`; `fjac`, their
        Jacobian; `fit`, the `CurveFit`.
    mesg, ier
        How it ended, in words and as `status` of `ravine.least_squares`.

    Raises
    ------
    RuntimeError
        Where it did not converge.

    Examples
    --------
    >>> import numpy as np
    >>> import ravine
    >>> x = np.array([1.0, 2.0, 3.0, 4.0])
    >>> popt, pcov = ravine.curve_fit(lambda x, a, b: a + b * x, x, [1.1, 1.9, 3.2, 3.8])
    >>> popt.round(4), np.sqrt(np.diag(pcov)).round(4)
    (array([0.15, 0.94]), array([0.248 , 0.0906]))
    """
    fit = fit_curve(
        f,
        xdata,
        ydata,
        p0,
        sigma,
        absolute_sigma,
        check_finite,
        bounds,
        method,
        jac,
        nan_policy=nan_policy,
        **kwargs,
    )
    result = fit.result
    if not result.success:
        raise RuntimeError(f"Optimal parameters not found: {result.message}")
    covariance = fit.covariance
    if not np.isfinite(covariance).all():
        covariance = np.full_like(covariance, np.inf)
        reason = fit.deficiency or "as many parameters as data leave nothing to tell errors from"
        warnings.warn(
            f"Covariance of the parameters could not be estimated: {reason}",
            CovarianceWarning,
            stacklevel=2,
        )
    if not full_output:
        return fit.parameters, covariance
    info = {
        "nfev": result.nfev,
        "njev": result.njev,
        "fvec": result.fun,
        "fjac": result.jac,
        "fit": fit,
    }
    return fit.parameters, covariance, info, result.message, result.status


def _places(x: Any) -> Any:
    """Lists as arrays, which curves are written for."""
    return real_array("x", x) if isinstance(x, list | tuple) else x


def _at(f: Any, jac: Any, x: Any, parameters: Vector) -> OptimizeResult:
    """Values of a curve and their Jacobian by the parameters."""

    def values(p: Vector) -> Vector:
        return np.atleast_1d(real_array("f: its result", f(x, *p)))

    def jacobian(p: Vector) -> Vector:
        assert callable(jac)
        return np.atleast_2d(real_array("jac: its result", jac(x, *p)))

    given = jacobian if callable(jac) else jac or "3-point"
    return least_squares(values, parameters, given, method="lm", max_iterations=0)


def _data(
    xdata: Any, ydata: Any, sigma: Any, check_finite: bool | None, nan_policy: str | None
) -> tuple[Any, Vector, Vector | None]:
    check = nan_policy is None if check_finite is None else check_finite
    if nan_policy not in (None, "raise", "omit"):
        raise ValueError(f"nan_policy: is {nan_policy!r}, but must be 'raise', 'omit' or None")
    y = real_array("ydata", ydata)
    if y.ndim != 1 or y.size == 0:
        raise ValueError(f"ydata: has shape {y.shape}, but must be of one dimension, not empty")
    arrays = isinstance(xdata, list | tuple | np.ndarray)
    x = real_array("xdata", xdata) if arrays else xdata
    deviations = None if sigma is None else real_array("sigma", sigma)
    if check:
        for name, values in [("ydata", y)] + [("xdata", x)] * arrays:
            if not np.isfinite(values).all():
                raise ValueError(f"{name}: must be finite; nan_policy='omit' leaves out NaN")
        return x, y, deviations
    missing = np.isnan(y)
    if arrays and x.shape[-1:] == y.shape:
        missing |= np.isnan(x).any(axis=tuple(range(x.ndim - 1)))
    if nan_policy == "raise" and missing.any():
        raise ValueError("xdata, ydata: hold NaN; nan_policy='omit' leaves it out")
    if nan_policy == "omit" and missing.any():
        if not arrays:
            raise ValueError("xdata: must be an array, for nan_policy='omit'")
        kept = ~missing
        if deviations is not None and deviations.size > 1:
            two = deviations.ndim == 2
            deviations = deviations[kept][:, kept] if two else deviations[kept]
        x, y = x[..., kept], y[kept]
        if y.size == 0:
            raise ValueError("ydata: nothing is left without NaN")
    return x, y, deviations


def _names(f: Any, p0: ArrayLike | None) -> list[str]:
    """Of the parameters: those of the arguments of the function, where it has as many."""
    try:
        arguments = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        arguments = []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [a.name for a in arguments if a.kind in positional][1:]
    if p0 is None:
        if not names or any(a.kind == inspect.Parameter.VAR_POSITIONAL for a in arguments):
            raise ValueError("p0: must be given, as f does not name its parameters")
        return names
    count = np.atleast_1d(np.asarray(p0)).size
    return names if len(names) == count else [f"p{k}" for k in range(count)]


def _start(p0: ArrayLike | None, n: int, bounds: Any) -> Vector:
    if p0 is not None:
        return np.atleast_1d(real_array("p0", p0))
    free = (np.full(n, -np.inf), np.full(n, np.inf))
    return _core.usual_start(*(read_sides(bounds, n) or free))


def _weights(sigma: Vector | None, m: int) -> _core.Weights | None:
    if sigma is None:
        return None
    if sigma.size == 1 and m > 1:
        sigma = np.full(m, sigma.reshape(-1)[0])
    if sigma.shape == (m,):
        return _core.Weights.deviations(np.ascontiguousarray(sigma))
    if sigma.shape == (m, m):
        return _core.Weights.covariance(np.ascontiguousarray(sigma))
    raise ValueError(f"sigma: has shape {sigma.shape}, but must have ({m},) or ({m}, {m})")


def _whitened(weights: _core.Weights | None, values: Vector) -> Vector:
    if weights is None:
        return values
    columns = np.ascontiguousarray(values.reshape(values.shape[0], -1))
    return np.ascontiguousarray(weights.whiten(columns)).reshape(values.shape)
