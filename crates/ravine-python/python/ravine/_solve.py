"""A minimization by a method that was chosen: all arguments read, and the run to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._callback import wrap_callback
from ravine._checkpoints import NO_CHECKPOINTS, Checkpoints
from ravine._epochs import ALL_CASES, Batches
from ravine._objective import objective
from ravine._options import Options, read_options
from ravine._problem import Problem
from ravine._result import OptimizeResult, result_of
from ravine._settings import to_json


class Chosen(Protocol):
    """What a run asks of its method."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def named(self) -> str | _core.CustomMethod:
        """The library's name of it, or the caller's own."""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that were given."""

    @property
    def defaults(self) -> dict[str, Any]:
        """All settings with their defaults."""

    @property
    def second_derivatives(self) -> bool:
        """Whether it may ask for Hessians or products with them."""


def leaving_intercept(fun: Any, method: Chosen, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a run on `fun`: the intercept of a regression is left out of the L1 term of a
    method that has one, unless they say what to leave out."""
    intercept = isinstance(fun, Problem) and fun.variables[:1] == ("(intercept)",)
    if intercept and "unpenalized" in method.defaults and "unpenalized" not in settings:
        return settings | {"unpenalized": {"start": 0, "end": 1}}
    return settings


def solve(
    fun: Any,
    x0: ArrayLike | None,
    args: Any,
    method: Chosen,
    jac: Any,
    hess: Any,
    hessp: Any,
    bounds: Any,
    constraints: Any,
    tol: float | None,
    callback: Callable[..., Any] | None,
    options: dict[str, Any] | None,
    shown: Callable[[OptimizeResult], OptimizeResult] = lambda result: result,
    batches: Batches = ALL_CASES,
    checkpoints: Checkpoints = NO_CHECKPOINTS,
) -> OptimizeResult:
    """`minimize`, with results as `shown` makes them."""
    core, run, read = start(
        fun,
        x0,
        args,
        method,
        jac,
        hess,
        hessp,
        bounds,
        constraints,
        tol,
        options,
        batches,
        checkpoints,
    )
    stops = wrap_callback(callback, shown)
    stopped = False
    if stops is None:
        run.finish()
    else:
        stopped = follow(run, stops)
    message = stops.message if stops and stopped else None
    result = result_of(run, core, tolerance=read.tolerance, callback=message)
    if read.return_all and result.history.x is not None:
        result["allvecs"] = list(result.history.x)
    if read.disp:
        print(_report(result))
    return shown(result)


def start(
    fun: Any,
    x0: ArrayLike | None,
    args: Any,
    method: Chosen,
    jac: Any,
    hess: Any,
    hessp: Any,
    bounds: Any,
    constraints: Any,
    tol: float | None,
    options: dict[str, Any] | None,
    batches: Batches = ALL_CASES,
    checkpoints: Checkpoints = NO_CHECKPOINTS,
) -> tuple[_core.Objective, _core.Run, Options]:
    """Read all arguments and start the method."""
    if constraints is not None and np.size(constraints) > 0:
        raise ValueError(
            "constraints: Ravine has none but bounds; put them into the function as a penalty, or "
            "use scipy.optimize.minimize with 'trust-constr' or 'SLSQP'"
        )
    read = read_options(options, tol, method.defaults)
    second = method.second_derivatives
    core, point = objective(fun, x0, args, jac, hess, hessp, bounds, read.typical, second=second)
    over = batches.settings(read)
    settings = leaving_intercept(fun, method, {**method.settings, **read.settings})
    with read.by_given_names():
        run = _core.Run(
            core,
            method.named,
            to_json("options", settings),
            point,
            to_json("options", read.stopping),
            evaluations=read.evaluations,
            all_points=read.return_all,
            epochs=over,
            **checkpoints.arguments(fun),
        )
    return core, run, read


def follow(run: _core.Run, stops: Callable[[_core.Run], bool]) -> bool:
    """Runs to the end, unless `stops` says otherwise after an iteration; whether it did."""
    iteration = run.iteration
    while True:
        status = run.step()
        if run.iteration != iteration:
            iteration = run.iteration
            if stops(run):
                run.stop()
                return True
        if status is not None:
            return False


def _report(result: OptimizeResult) -> str:
    lines = [
        f"{result.method}: {result.message}",
        f"         Current function value: {result.fun:.6f}",
        f"         Iterations: {result.nit}",
        f"         Function evaluations: {result.nfev}",
        f"         Gradient evaluations: {result.njev}",
    ]
    if result.nhev:
        lines.append(f"         Hessian evaluations: {result.nhev}")
    return "\n".join(lines)
