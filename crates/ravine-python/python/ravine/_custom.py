"""Methods of the caller's own."""

from __future__ import annotations

import json
from typing import Any, Protocol, runtime_checkable

from ravine import _core
from ravine._arrays import Vector, point
from ravine._states import packed, plain, unpacked


@runtime_checkable
class CustomMethod(Protocol):
    """A method of one's own: any object with `start` and `step`, as a `method` for
    :func:`ravine.minimize`, :func:`ravine.iterate` and :func:`ravine.race`.

    The library's loop calls it, and has the stopping rules, budgets, counts and history; the class
    has the mathematics. Its settings are those of the object; what changes from step to step is the
    state: the point itself, an array of n finite numbers, or any object that has the point as its
    attribute `x`. An object may be used for several runs at once, as it holds nothing of them.

    Value and gradient at a point that is returned are taken from what was asked for there, or else
    evaluated. The point may be worse than the last; the result has the best one. Where it is the
    same, the step counts as rejected.

    A checkpoint of a run keeps the state, where that is made of arrays, numbers, texts, tuples,
    lists and dictionaries. For others the class has two functions more: `save(state)` returns it
    as such, and `load(saved)` makes a state of that again. Settings of the object that are numbers
    or texts must be the same in the run that goes on.

    Attributes
    ----------
    name
        What it is called; default the name of the class. None of the library's names, and without
        blanks and any of ``/:,=``.
    needs
        What it asks the oracle for: "gradient" (the default), "hessian_product" as well, or
        "hessian" as well as both. What the function lacks is supplied by differences.

    Examples
    --------
    >>> import ravine
    >>> class Descent:
    ...     def __init__(self, rate):
    ...         self.rate = rate
    ...
    ...     def start(self, oracle, x0):
    ...         return x0
    ...
    ...     def step(self, oracle, x):
    ...         value, gradient = oracle.value_and_gradient(x)
    ...         return x - self.rate * gradient
    >>> result = ravine.minimize("booth", method=Descent(0.1))
    >>> result.method, result.success
    ('Descent', True)
    >>> result.njev == result.nit + 1
    True
    """

    def start(self, oracle: _core.Oracle, x0: Vector) -> Any:
        """The state at the start `x0`, an array of the method's own."""

    def step(self, oracle: _core.Oracle, state: Any) -> Any:
        """The state after one step from `state`, which may be changed; None where there is nothing
        left to try.
        """


class Custom:
    """An object of the caller's as a method."""

    settings: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    second_derivatives = True

    def __init__(self, method: CustomMethod) -> None:
        kind = type(method).__name__
        name = getattr(method, "name", kind)
        needs = getattr(method, "needs", "gradient")
        for attribute, value in (("name", name), ("needs", needs)):
            if not isinstance(value, str):
                raise TypeError(f"{attribute}: of {kind} is {value!r}, but must be a text")
        placed = _Placed(method)
        self.name: str = name
        settings = {key: value for key, value in _settings(method).items() if plain(value)}
        self.named = _core.CustomMethod(
            name,
            needs,
            json.dumps({key: _finite(value) for key, value in settings.items()}),
            placed.start,
            placed.step,
            placed.pack,
            placed.unpack,
        )


def _settings(method: CustomMethod) -> dict[str, Any]:
    return {key: value for key, value in getattr(method, "__dict__", {}).items() if key[:1] != "_"}


def _finite(value: Any) -> Any:
    """JSON has no other numbers."""
    return repr(value) if value in (float("inf"), -float("inf")) or value != value else value


class _Placed:
    """A method whose states come with their points, which are checked."""

    def __init__(self, method: CustomMethod) -> None:
        self._method = method

    def start(self, oracle: _core.Oracle, x0: Vector) -> tuple[Vector, Any]:
        return self._place("start", self._method.start(oracle, x0), oracle.dimension)

    def step(self, oracle: _core.Oracle, state: Any) -> tuple[Vector, Any] | None:
        state = self._method.step(oracle, state)
        return None if state is None else self._place("step", state, oracle.dimension)

    def pack(self, state: Any) -> bytes:
        save = getattr(self._method, "save", None)
        try:
            return packed(state if save is None else save(state))
        except TypeError as error:
            kind = type(self._method).__name__
            what = f"what `save` of {kind} returned" if save else f"the state of {kind}"
            raise TypeError(
                f"checkpoint: {what} cannot be kept in a file: {error}; give the class "
                "`save(state)`, which returns it as such, and `load(saved)`"
            ) from None

    def unpack(self, data: bytes) -> Any:
        load = getattr(self._method, "load", None)
        return unpacked(data) if load is None else load(unpacked(data))

    def _place(self, function: str, state: Any, n: int) -> tuple[Vector, Any]:
        what = f"{function} of {type(self._method).__name__}"
        is_point = hasattr(state, "__array__")
        if not is_point and not hasattr(state, "x"):
            raise TypeError(
                f"{what}: must return the point, an array of {n} numbers, or an object that has it "
                f"as its attribute `x`, not {type(state).__name__}"
            )
        x = point(f"{what}: the point", state if is_point else state.x)
        if x.size != n:
            raise ValueError(f"{what}: the point has {x.size} entries, but must have {n}")
        return x, state
