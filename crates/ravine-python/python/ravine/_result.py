"""What a minimization gives back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ravine import _core
from ravine._history import History
from ravine._warning import warn

#: SciPy's numbers of how a run ended.
STATUS = {
    "converged": 0,
    "iteration_limit": 1,
    "epoch_limit": 1,
    "evaluation_limit": 1,
    "precision_limit": 2,
    "no_progress": 2,
    "diverged": 3,
    "unbounded": 4,
    "time_limit": 5,
    "stopped": 99,
    "failed": 6,
}


class OptimizeResult(dict[str, Any]):
    """The outcome of a minimization: a dict whose entries are attributes, too.

    Attributes
    ----------
    x, fun, jac
        The best point, its value and its gradient.
    success
        Whether a stopping rule holds, or, where no tolerance was asked for, no smaller value can be
        told from rounding.
    status
        0 converged, 1 limit of iterations, epochs or evaluations, 2 no further progress,
        3 diverged, 4 unbounded below, 5 time limit, 99 stopped by the callback.
    reason
        The same in one word: "converged", "iteration_limit", "precision_limit", ...
    message
        The same in words.
    nit, nfev, njev, nhev
        Iterations; evaluations of the function (for differences, too), the gradient, the Hessian.
    epochs, cases
        Of a run over batches: whole epochs, and cases visited.
    evaluations
        Calls of the caller's functions, by kind; Hessian products too.
    gradient_norm
        The maximum norm of the gradient, projected where there are bounds.
    stationary_point
        Of a run that has found one, what the second derivatives say of it: "minimum", "saddle",
        "maximum", or "undecided" where eigenvalues of the Hessian are zero to rounding; None where
        the method has no dense Hessian or there are more than 300 variables. Where `hess` is given,
        it is called once more for it, which is counted.
    ray
        Of a run that ended as unbounded: the direction in which the function falls forever
        from `x`.
    hessian_error
        Of a run with second derivatives by differences: an estimate of their error relative to the
        largest, each in the units of its variables. Beyond 1e-3 there is a `DifferencesWarning`.
    method, because
        The method, and, where it was chosen automatically, why.
    tuning
        Of a run over batches whose method was left open, what finding the step took: `setting`,
        `value`, `tried`, `nfev`, `njev`, `seconds`.
    hess_inv, hess
        The approximation of the inverse Hessian, or of the Hessian, that the method ended with,
        where it keeps one: an array, or of few secant pairs an operator with `matvec`.
    seconds, seconds_in_objective
        Wall time, and how much of it in the function.
    history
        The run, iteration by iteration: a `History`.

    Examples
    --------
    >>> import ravine
    >>> result = ravine.minimize(lambda x: (x[0] - 1) ** 2 + x[1] ** 2, [3.0, 4.0])
    >>> result.success, result["reason"]
    (True, 'converged')
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this result has no {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"this result has no {name!r}") from None

    def __dir__(self) -> list[str]:
        return [*self.keys(), *super().__dir__()]

    def __reduce__(self) -> tuple[Any, ...]:
        return OptimizeResult, (dict(self),)

    def __repr__(self) -> str:
        width = max((len(name) for name in self), default=0)
        with np.printoptions(threshold=20, edgeitems=3, linewidth=100 - width):
            lines = [f"{name:>{width}}: {_brief(self[name], width)}" for name in self]
        return "\n".join(lines)

    def plot(self, *args: Any, **kwargs: Any) -> Any:
        """Draw how the run converged, and in two dimensions its path over contours.

        Needs matplotlib.
        """
        from ravine import _plot

        return _plot.plot_result(self, *args, **kwargs)


class DifferencesWarning(UserWarning):
    """Second derivatives by differences are not accurate."""


#: Errors of second derivatives beyond this, relative to the largest, are worth a warning.
ROUGH = 1e-3


def warn_of_differences(error: float | None) -> None:
    """Warns where the error of second derivatives is large."""
    if error is None or error <= ROUGH:
        return
    much = f"about {error:.1g} of the largest" if error < 1 else "as large as they are"
    warn(
        f"The error of second derivatives by differences is {much}: the function or its gradient "
        "is noisy or not smooth; give `hess` or `hessp`, or a method without second derivatives",
        DifferencesWarning,
    )


def _brief(value: Any, width: int) -> str:
    if isinstance(value, float):
        return repr(value)
    return str(value).replace("\n", "\n" + " " * (width + 2))


def result_of(
    run: _core.Run, objective: _core.Objective, *, tolerance: bool, callback: str | None = None
) -> OptimizeResult:
    """The result of a run that has ended; by the callback where `callback` says how."""
    result = OptimizeResult(run.outcome())
    reason = result["reason"]
    if callback is not None:
        result["reason"], result["message"] = "stopped", callback
    result["status"] = STATUS[reason] if callback is None else 99
    result["success"] = callback is None and (
        reason == "converged" or (reason == "precision_limit" and not tolerance)
    )
    warn_of_differences(result.get("hessian_error"))
    for name, matrix in (("hess_inv", run.inverse_hessian()), ("hess", run.hessian())):
        if matrix is not None:
            result[name] = matrix
    result["history"] = History(*run.history())
    # For pictures; not an entry, and not pickled.
    result.__dict__["_objective"] = objective
    return result
