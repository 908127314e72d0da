"""What `scipy.optimize.minimize` gets from Ravine's methods."""

from __future__ import annotations

from typing import Any

import scipy.optimize

from ravine._result import OptimizeResult


class Result(OptimizeResult, scipy.optimize.OptimizeResult):
    """Ravine's result, which is one of SciPy's, too."""

    __repr__ = OptimizeResult.__repr__

    def __reduce__(self) -> tuple[Any, ...]:
        return Result, (dict(self),)


def result(own: OptimizeResult) -> Result:
    """The same result, for SciPy."""
    both = Result(own)
    both.__dict__.update(own.__dict__)
    return both
