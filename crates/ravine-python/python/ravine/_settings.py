"""Settings of the library, written for it."""

from __future__ import annotations

import json
import math
from operator import index
from typing import Any

import numpy as np


def count(name: str, value: int | None) -> int | None:
    """A whole number that is not negative, or None.

    >>> count("maxiter", 3)
    3
    """
    try:
        number = None if value is None else index(value)
    except TypeError:
        raise TypeError(f"{name}: is {value!r}, but must be a whole number") from None
    if number is not None and number < 0:
        raise ValueError(f"{name}: is {number}, but must not be negative")
    return number


def number(name: str, value: float) -> float:
    """A finite number.

    >>> number("tol", 1e-8)
    1e-08
    """
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: is {value!r}, but must be a number") from None
    if not math.isfinite(result):
        raise ValueError(f"{name}: is {result}, but must be finite")
    return result


def tolerance(name: str, value: float) -> float:
    """A finite number, zero or positive.

    >>> tolerance("gtol", 0)
    0.0
    """
    result = number(name, value)
    if result < 0.0:
        raise ValueError(f"{name}: is {result}, but must be zero or positive")
    return result


def choice(name: str, value: str, allowed: dict[str, str]) -> str:
    """What the library calls one of some words.

    >>> choice("which", "LA", {"LA": "largest", "SA": "smallest"})
    'largest'
    """
    if not isinstance(value, str) or value not in allowed:
        words = ", ".join(repr(word) for word in allowed)
        raise ValueError(f"{name}: is {value!r}, but must be one of {words}")
    return allowed[value]


def encode(**settings: Any) -> str:
    """Settings as JSON.

    >>> encode(seed=np.int64(1), tolerance=0.5)
    '{"seed": 1, "tolerance": 0.5}'
    """
    return to_json("settings", settings)


def to_json(name: str, value: Any) -> str:
    """`value` as JSON; numbers of NumPy are numbers.

    >>> to_json("settings", {"step": np.float32(0.5)})
    '{"step": 0.5}'
    """
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} is no number, text or mapping")
