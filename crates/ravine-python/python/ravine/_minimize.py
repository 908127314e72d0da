"""Minimization in SciPy's manner."""

from __future__ import annotations

from typing import Any

from ravine import _core
from ravine._objective import objective


class OptimizeResult(dict[str, Any]):
    """The outcome of a minimization: a dict whose entries are attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def minimize(
    fun: Any,
    x0: Any,
    args: Any = (),
    method: str | None = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
) -> OptimizeResult:
    """Minimize a function of several variables."""
    core, start = objective(fun, x0, args, jac, hess, hessp, bounds)
    run = _core.Run(core, method or "auto", "{}", start, "{}")
    while run.step() is None:
        pass
    return OptimizeResult(run.outcome())
