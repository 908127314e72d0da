"""Threads, as a setting of a block."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager

from ravine._core import set_threads


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Work with so many threads inside of a block, on the thread that entered it; one outside.

    They share evaluations of a `ravine.problems.regression` over many cases and products of large
    dense and sparse matrices. Functions of Python are called on one thread. The same number gives
    the same bits.

    Parameters
    ----------
    count
        From 1 to 1024.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> x = np.random.default_rng(0).normal(size=(50_000, 5))
    >>> problem = ravine.problems.regression(x, x @ np.arange(5.0), loss="squares")
    >>> with ravine.threads(2):
    ...     result = ravine.minimize(problem, method="lbfgs")
    >>> bool(abs(result.x - [0, 0, 1, 2, 3, 4]).max() < 1e-6)
    True
    """
    before = set_threads(operator.index(count))
    try:
        yield
    finally:
        set_threads(before)
