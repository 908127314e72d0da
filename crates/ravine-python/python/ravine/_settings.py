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
    """As JSON.

    >>> encode(seed=np.int64(1), tolerance=0.5)
    '{"seed": 1, "tolerance": 0.5}'
    """
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in settings.items()}
    return json.dumps(plain)
