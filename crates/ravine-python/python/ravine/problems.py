"""Standard problems of smooth minimization, formulas and regressions.

Every problem has a start, the minima that are known, its source, and derivatives by Rust; it is a
function of NumPy arrays and serves :func:`ravine.minimize` and SciPy alike.

>>> import ravine
>>> p = ravine.problems.rosenbrock
>>> p(p.x0)
24.199999999999996
>>> p.minima[0].point
array([1., 1.])
>>> ravine.minimize(p).success
True
>>> from scipy.optimize import minimize
>>> bool(minimize(p, p.x0, jac=p.grad).success)
True

Every surface and every family of the list is an attribute by its name, with `_` for `-`;
:func:`named` takes parameters:

>>> ravine.problems.six_hump_camel
<Problem six-hump-camel: Six-hump camel, 2 variables>
>>> ravine.problems.named("quadratic:n=50,kappa=1e3").dimension
50
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ravine import _core
from ravine._named import formula, named, problem
from ravine._problem import Minimum, Problem
from ravine._regression import regression

__all__ = [
    "Listing",
    "Mgh",
    "Minimum",
    "Parameter",
    "Problem",
    "all",
    "formula",
    "mgh",
    "named",
    "problem",
    "regression",
]


class Parameter(NamedTuple):
    """A parameter of a problem, given as `name:key=value`.

    >>> import ravine
    >>> valley = next(p for p in ravine.problems.all() if p.name == "valley")
    >>> valley.parameters[0]
    Parameter(name='kappa', default='...', meaning='condition number')
    """

    name: str
    """The key."""
    default: str
    """The value where none is given, in words."""
    meaning: str
    """What it is."""


@dataclass(frozen=True)
class Listing:
    """A problem as :func:`all` lists it: with its default parameters.

    Attributes
    ----------
    name
        What :func:`named` takes.
    title
        What it is called in print.
    dimension
        The number of variables.
    derivatives
        What it supplies.
    source
        Where it comes from.
    parameters
        What can be given after the name.
    """

    name: str
    title: str
    dimension: int
    derivatives: tuple[str, ...]
    source: str
    parameters: tuple[Parameter, ...]

    def problem(self) -> Problem:
        """The problem."""
        return named(self.name)


def all() -> tuple[Listing, ...]:
    """What there is: surfaces, families with parameters, the classic demonstrations, and the
    problems of Moré, Garbow and Hillstrom by number.

    >>> import ravine
    >>> wood = next(listing for listing in ravine.problems.all() if listing.name == "mgh:14")
    >>> wood.title, wood.dimension
    ('Wood', 4)
    """
    return tuple(
        Listing(
            name=found["name"],
            title=found["title"],
            dimension=found["dimension"],
            derivatives=tuple(found["derivatives"]),
            source=found["source"],
            parameters=tuple(Parameter(*parameter) for parameter in found["parameters"]),
        )
        for found in _core.list_problems()
    )


class Mgh:
    """The problems of Moré, Garbow and Hillstrom, ACM Trans. Math. Softw. 7 (1981) 17-41.

    Each is a sum of squares, with no factor one half. Iteration gives 42 problems: the 35, those
    that come in several sizes in each size of the paper. `mgh[14]` and `mgh["wood"]` give one at
    its first size, `mgh(20, n=9)` at another.

    Examples
    --------
    >>> from ravine.problems import mgh
    >>> len(mgh), mgh[14], mgh["wood"].name
    (42, <Problem mgh:14: Wood, 4 variables>, 'mgh:14')
    >>> mgh(20, n=9)
    <Problem mgh:20,n=9: Watson, 9 variables>
    >>> max(p.dimension for p in mgh)
    12
    """

    def __iter__(self) -> Iterator[Problem]:
        return (named(name) for _, name in _core.list_mgh())

    def __len__(self) -> int:
        return len(_core.list_mgh())

    def __call__(self, which: int | str, n: int | None = None, m: int | None = None) -> Problem:
        """One problem by number or name, with n variables and m residuals."""
        sizes = {key: size for key, size in (("n", n), ("m", m)) if size is not None}
        return named(f"mgh:{which}", **sizes)

    def __getitem__(self, which: int | str) -> Problem:
        return self(which)

    def __repr__(self) -> str:
        return "<the problems of Moré, Garbow and Hillstrom>"


#: The problems of Moré, Garbow and Hillstrom.
mgh = Mgh()


@functools.cache
def _attributes() -> dict[str, str]:
    """The names of problems that stand alone, as Python writes them."""
    names = (found["name"] for found in _core.list_problems())
    return {name.replace("-", "_"): name for name in names if ":" not in name}


def __getattr__(name: str) -> Problem:
    # Private names are asked for by many tools.
    if not name.startswith("_") and name in _attributes():
        return named(_attributes()[name])
    raise AttributeError(f"module 'ravine.problems' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_attributes()])
