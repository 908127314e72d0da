"""Callbacks in SciPy's forms."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ravine import _core
from ravine._result import OptimizeResult

#: SciPy's words for how callbacks stop a run.
RAISED = "`callback` raised `StopIteration`."
RETURNED = "`callback` function requested termination."


class Stops:
    """A function of the run that says whether to stop, and in words how the callback said so."""

    def __init__(self, call: Callable[[_core.Run], bool]) -> None:
        self._call = call
        self.message = RETURNED

    def __call__(self, run: _core.Run) -> bool:
        try:
            return self._call(run)
        except StopIteration:
            self.message = RAISED
            return True


def wrap_callback(
    callback: Callable[..., Any] | None,
    shown: Callable[[OptimizeResult], OptimizeResult] = lambda result: result,
) -> Stops | None:
    """A function of the run that says whether to stop.

    `callback` has one of the forms `callback(xk)`, `callback(intermediate_result=...)` (told by
    that name), and `callback(xk, state)`, which stops the run where it returns something true. Each
    stops it by raising `StopIteration`. Results are passed as `shown` makes them.
    """
    if callback is None:
        return None
    if not callable(callback):
        raise TypeError(f"callback: must be a function, not {type(callback).__name__}")
    return Stops(_form(callback, shown))


def _form(
    callback: Callable[..., Any], shown: Callable[[OptimizeResult], OptimizeResult]
) -> Callable[[_core.Run], bool]:
    try:
        parameters = list(inspect.signature(callback).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    if [p.name for p in parameters] == ["intermediate_result"]:
        return lambda run: _goes_on(callback(intermediate_result=shown(intermediate(run))))
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.default is p.empty and p.kind in positional]
    if len(needed) == 2:
        return lambda run: bool(callback(run.x, shown(intermediate(run))))
    return lambda run: _goes_on(callback(run.x))


def _goes_on(_returned: Any) -> bool:
    """What callbacks return means nothing, but in the last form."""
    return False


def intermediate(run: _core.Run) -> OptimizeResult:
    """The current point as a result."""
    evaluations = run.evaluations
    return OptimizeResult(
        x=run.x,
        fun=run.fun,
        jac=run.jac,
        nit=run.iteration,
        nfev=evaluations["value"],
        njev=evaluations["gradient"],
        nhev=evaluations["hessian"],
        gradient_norm=run.gradient_norm,
        evaluations=evaluations,
    )
