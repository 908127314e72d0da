"""Arrays of real numbers, and points."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector: TypeAlias = NDArray[np.float64]


def unmasked(name: str, value: Any) -> None:
    """Refuses arrays of NumPy with masked entries, whose masks would be lost.

    >>> unmasked("y", np.ma.array([1, 2], mask=[False, True]))
    Traceback (most recent call last):
    ValueError: y: has masked entries; fill them in, or leave them out
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{name}: has masked entries; fill them in, or leave them out")


def real_array(name: str, value: ArrayLike) -> Vector:
    """The entries of `value` as doubles; without a copy where they are.

    Raises
    ------
    TypeError
        Where they are not real numbers.
    ValueError
        Where some are masked.
    """
    unmasked(name, value)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"{name}: must be an array of real numbers: {error}") from None
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            pass
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: must have real numbers, not entries of type {array.dtype}")
    return np.asarray(array, dtype=np.float64)


def point(name: str, value: ArrayLike) -> Vector:
    """`value` as a point: one dimension, at least one entry, all finite.

    >>> point("x0", 3)
    array([3.])
    """
    array = np.atleast_1d(real_array(name, value))
    if array.ndim != 1:
        raise ValueError(f"{name}: has shape {array.shape}, but must have one dimension")
    if array.size == 0:
        raise ValueError(f"{name}: is empty, but must have at least one entry")
    if not np.isfinite(array).all():
        index = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{name}: entry {index} is {array[index]}, but all must be finite")
    return np.ascontiguousarray(array)
