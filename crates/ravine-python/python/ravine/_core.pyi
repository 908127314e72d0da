"""The extension: objectives, runs and linear algebra in Rust."""

from collections.abc import Callable
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Objective", "Run"]

@final
class Objective:
    def __new__(
        cls,
        dimension: int,
        fun: Callable[..., Any],
        args: tuple[Any, ...],
        *,
        fused: bool,
        jac: Callable[..., Any] | None,
        hess: Callable[..., Any] | None,
        hess_kind: str,
        hessp: Callable[..., Any] | None,
        scheme: str,
        typical: float,
    ) -> Objective: ...
    def within(self, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> Objective: ...
    @property
    def dimension(self) -> int: ...
    @property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None: ...

@final
class Run:
    def __new__(
        cls,
        objective: Objective,
        method: str,
        settings: str,
        x0: NDArray[np.float64],
        stopping: str,
    ) -> Run: ...
    def step(self) -> str | None: ...
    def stop(self) -> None: ...
    def outcome(self) -> dict[str, Any]: ...
    @property
    def method(self) -> str: ...
    @property
    def because(self) -> str | None: ...
    @property
    def iteration(self) -> int: ...
    @property
    def x(self) -> NDArray[np.float64]: ...
    @property
    def fun(self) -> float: ...
