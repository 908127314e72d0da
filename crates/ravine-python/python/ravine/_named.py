"""Problems by name, and formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._arrays import real_array
from ravine._problem import Problem


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
