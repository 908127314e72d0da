"""Minimization step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._custom import CustomMethod
from ravine._method import Method, method_of
from ravine._options import Options
from ravine._result import OptimizeResult, result_of
from ravine._solve import start


@dataclass(frozen=True, eq=False)
class Step:
    """A moment of a run.

    Attributes
    ----------
    iteration
        0 at the start.
    x, fun, jac
        The point, its value and its gradient.
    gradient_norm
        The norm that the gradient test compares: the maximum norm, projected where there are
        bounds.
    evaluations
        Calls of the caller's functions so far, by kind.
    radius, cubic_weight
        How far the method trusts its model, where that is how it does.
    """

    iteration: int
    x: NDArray[np.float64]
    fun: float
    jac: NDArray[np.float64]
    gradient_norm: float
    evaluations: dict[str, int]
    radius: float | None
    cubic_weight: float | None


class Iteration:
    """A run that is made step by step: what `ravine.iterate` gives.

    It is an iterator of `Step`, the start first. In a `with` statement, the run is stopped at the
    end. It belongs to the thread that made it.
    """

    def __init__(self, run: _core.Run, objective: _core.Objective, options: Options) -> None:
        self._run = run
        self._objective = objective
        self._options = options
        self._shown = -1
        self._ended = False
        self._stopped = False

    def __iter__(self) -> Iteration:
        return self

    def __next__(self) -> Step:
        if self._shown < 0:
            return self._show()
        while not self._ended:
            self._ended = self._run.step() is not None
            # The last step may end without a new point.
            if self._run.iteration != self._shown:
                return self._show()
        raise StopIteration

    def _show(self) -> Step:
        self._shown = self._run.iteration
        run = self._run
        return Step(
            iteration=self._shown,
            x=run.x,
            fun=run.fun,
            jac=run.jac,
            gradient_norm=run.gradient_norm,
            evaluations=run.evaluations,
            radius=run.radius,
            cubic_weight=run.cubic_weight,
        )

    def __enter__(self) -> Iteration:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the run, unless it has ended."""
        if not self._ended:
            self._ended = self._stopped = True
            self._run.stop()

    @property
    def method(self) -> str:
        """The method's name."""
        return self._run.method

    @property
    def because(self) -> str | None:
        """Why the method was chosen, where it was."""
        return self._run.because

    @property
    def result(self) -> OptimizeResult:
        """The result so far; of a run that has not ended, as if it were stopped here."""
        return result_of(self._run, self._objective, tolerance=self._options.tolerance)


def iterate(
    fun: Any,
    x0: ArrayLike | None = None,
    args: Any = (),
    method: str | Method | CustomMethod | None = None,
    jac: Callable[..., Any] | str | bool | None = None,
    hess: Callable[..., Any] | str | None = None,
    hessp: Callable[..., Any] | None = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    options: dict[str, Any] | None = None,
) -> Iteration:
    """Minimize step by step, with the arguments of `ravine.minimize`.

    Returns
    -------
    Iteration
        An iterator of steps, the start first.

    Examples
    --------
    >>> import ravine
    >>> run = ravine.iterate(lambda x: (x[0] - 1) ** 2 + 10 * x[1] ** 2, [3.0, 4.0], method="bfgs")
    >>> for step in run:
    ...     if step.fun < 1e-6:
    ...         break
    >>> step.iteration > 0, run.result.reason
    (True, 'stopped')
    """
    chosen = method_of(method, bounded=bounds is not None)
    core, run, read = start(
        fun, x0, args, chosen, jac, hess, hessp, bounds, constraints, tol, options
    )
    return Iteration(run, core, read)
