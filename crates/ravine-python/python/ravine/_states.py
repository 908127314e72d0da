"""States of the caller's methods as bytes: arrays, numbers, texts, and what is made of these.

Reading runs no code of the file's, as unpickling would.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

#: Numbers and truth values.
PLAIN_ARRAYS = "biufc"


def packed(state: Any) -> bytes:
    """A state as bytes that :func:`unpacked` reads, to the same bits.

    >>> unpacked(packed({"x": np.array([0.1, np.inf]), "steps": (1, None)}))
    {'x': array([0.1, inf]), 'steps': (1, None)}
    >>> packed({"line": object()})
    Traceback (most recent call last):
    TypeError: an object in it is not made of arrays, numbers, texts, tuples, lists and dictionaries
    """
    return json.dumps(_described(state)).encode()


def unpacked(data: bytes) -> Any:
    """The state of these bytes."""
    return _made(json.loads(data))


def plain(value: Any) -> bool:
    """Whether a value is a number, a text, a truth value or None."""
    return value is None or isinstance(value, (bool, int, float, str))


def _described(state: Any) -> Any:
    is_array = type(state) is np.ndarray
    if (is_array or isinstance(state, np.generic)) and state.dtype.kind in PLAIN_ARRAYS:
        data = base64.b64encode(np.ascontiguousarray(state).tobytes()).decode()
        return {"array" if is_array else "scalar": [state.dtype.str, list(state.shape), data]}
    if type(state) in (bool, int, float, str) or state is None:
        return state
    if type(state) is list:
        return [_described(item) for item in state]
    if type(state) is tuple:
        return {"tuple": [_described(item) for item in state]}
    if type(state) is dict:
        return {"dict": [[_described(key), _described(item)] for key, item in state.items()]}
    raise TypeError(
        f"an {type(state).__name__} in it is not made of arrays, numbers, texts, tuples, lists and "
        "dictionaries"
    )


def _made(described: Any) -> Any:
    if isinstance(described, list):
        return [_made(item) for item in described]
    if not isinstance(described, dict):
        return described
    [(kind, content)] = described.items()
    if kind == "tuple":
        return tuple(_made(item) for item in content)
    if kind == "dict":
        return {_made(key): _made(item) for key, item in content}
    dtype, shape, data = content
    array = np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
    return array if kind == "array" else array[()]
