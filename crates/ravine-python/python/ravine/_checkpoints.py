"""Runs that can go on: what `minimize` writes and reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, TypeAlias

from ravine._named import problem
from ravine._problem import Problem
from ravine._settings import count

File: TypeAlias = "str | os.PathLike[str]"


@dataclass(frozen=True)
class Checkpoints:
    """Where checkpoints go, how often, and which one the run goes on from."""

    checkpoint: File | None = None
    every: int | None = None
    resume: File | None = None

    def arguments(self, fun: Any) -> dict[str, Any]:
        """Of a run of `fun`, as the library takes them.

        >>> Checkpoints("run.checkpoint", every=10).arguments("booth")
        {'problem': 'booth', 'checkpoint': 'run.checkpoint', 'every': 10, 'resume': None}
        """
        if self.every is not None and self.checkpoint is None:
            raise ValueError("every: needs checkpoint, the file to write to")
        if count("every", self.every) == 0:
            raise ValueError("every: is 0, but must be positive")
        return {
            "problem": _name(fun),
            "checkpoint": _path("checkpoint", self.checkpoint),
            "every": self.every,
            "resume": _path("resume", self.resume),
        }


def _path(name: str, file: File | None) -> str | None:
    try:
        return None if file is None else os.fsdecode(file)
    except TypeError:
        raise TypeError(f"{name}: is {file!r}, but must be the name of a file") from None


def _name(fun: Any) -> str:
    """What checkpoints call a problem: its specification; a function by its name.

    >>> _name(_path)
    'function _path'
    """
    if isinstance(fun, str):
        fun = problem(fun)
    if isinstance(fun, Problem):
        return fun.name
    return f"function {getattr(fun, '__qualname__', type(fun).__qualname__)}"


#: None.
NO_CHECKPOINTS = Checkpoints()
