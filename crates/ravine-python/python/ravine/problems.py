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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._objective import real_array
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


def named(spec: str, **parameters: Any) -> Problem:
    """The problem of a specification `name:key=value,...`.

    Parameters
    ----------
    spec
        A name of :func:`all`, perhaps with parameters; `mgh:14` or `mgh:wood` of the set of Moré,
        Garbow and Hillstrom.
    **parameters
        Parameters, which may be given this way, too.

    Raises
    ------
    ValueError
        A name or parameter that there is not; the nearest is suggested.

    Examples
    --------
    >>> import ravine
    >>> ravine.problems.named("quadratic", n=20, kappa=1e3)
    <Problem quadratic:n=20,kappa=1000,spectrum=log: Quadratic, ...>
    >>> ravine.problems.named("rosenbrok")
    Traceback (most recent call last):
        ...
    ValueError: problem: there is no `rosenbrok`; did you mean `rosenbrock`?; there are ...
    """
    if not isinstance(spec, str):
        raise TypeError(f"spec: must be a text, not {type(spec).__name__}")
    if parameters:
        pairs = ",".join(f"{key}={_written(value)}" for key, value in parameters.items())
        spec = f"{spec}{',' if ':' in spec else ':'}{pairs}"
    core = _core.Problem.named(spec)
    return Problem(core, named, (core.name,))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def formula(text: str, start: ArrayLike | None = None) -> Problem:
    """A formula as a problem, with exact derivatives.

    Parameters
    ----------
    text
        Such as `"(1-x)^2 + 100*(y-x^2)^2"`. Any word that is not a function is a variable; the
        variables are sorted by name. Powers are `^` or `**`; `2x` is `2*x`; there are `exp`, `log`,
        `sqrt`, `sin`, `cos`, `tanh`, `atan2`, `min`, `max`, `logsumexp` and others.
    start
        The start; by default the first of some usual ones where value and gradient are finite and
        there is something to do.

    Raises
    ------
    ValueError
        A mistake in the formula, with its place, or a start that does not fit.

    Examples
    --------
    >>> import ravine
    >>> p = ravine.problems.formula("(a - 1)^4 + (a - 2b)^2", start=[0, 3])
    >>> p.variables, p.x0
    (('a', 'b'), array([0., 3.]))
    >>> ravine.problems.formula("sin(x) + )")
    Traceback (most recent call last):
        ...
    ValueError: formula: expected a number, a variable, a function or `(`, not `)`, at character 10:
      sin(x) + )
               ^
    """
    if not isinstance(text, str):
        raise TypeError(f"text: must be a text, not {type(text).__name__}")
    given = None if start is None else np.atleast_1d(real_array("start", start)).tolist()
    core = _core.Problem.formula(text, given)
    return Problem(core, formula, (text, core.start))


def problem(text: str) -> Problem:
    """What a text stands for: the name of a problem, or a formula.

    A word, perhaps with parameters after a colon, is a name; anything else is a formula. The
    command `ravine` reads its PROBLEM the same way.

    >>> import ravine
    >>> ravine.problems.problem("six-hump-camel")
    <Problem six-hump-camel: Six-hump camel, 2 variables>
    >>> ravine.problems.problem("x^2 - x*y + 3y^2")
    <Problem x^2 - x*y + 3y^2, 2 variables>
    """
    if not isinstance(text, str):
        raise TypeError(f"text: must be a text, not {type(text).__name__}")
    return named(text) if _core.is_name(text) else formula(text)


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
