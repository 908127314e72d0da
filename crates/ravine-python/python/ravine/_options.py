"""Options of minimizations: SciPy's names and Ravine's."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ravine._settings import number, tolerance

#: Ravine's stopping rules, by their own names.
STOPPING = (
    "gradient_absolute",
    "gradient_relative",
    "decrease",
    "step",
    "value_change",
    "unbounded_below",
    "iterations",
    "evaluations",
    "seconds",
)

#: SciPy's names of stopping rules, and ours.
RENAMED = {
    "ftol": "value_change",
    "max_seconds": "seconds",
    "maxfev": "evaluations",
    "maxfun": "evaluations",
    "maxiter": "iterations",
    "xrtol": "step",
    "xtol": "step",
}

#: SciPy's names of settings of methods, and where ours have them.
SETTINGS = {
    "c1": ("line_search", "more_thuente", "decrease"),
    "c2": ("line_search", "more_thuente", "slope"),
    "eta": ("radius", "accept"),
    "initial_trust_radius": ("radius", "initial"),
    "initial_tr_radius": ("radius", "initial"),
    "max_trust_radius": ("radius", "largest"),
    "maxcor": ("memory",),
    "maxls": ("line_search", "more_thuente", "evaluations"),
}

#: SciPy's options that have no counterpart, and why.
REFUSED = {
    "eps": "steps of differences follow the size of each variable; see the option 'typical'",
    "finite_diff_rel_step": "steps of differences follow the size of each variable; see 'typical'",
    "hess_inv0": "the first matrix is scaled by the first step",
    "workers": "evaluations are made one after the other",
    "factorization_method": "there is one for each kind of matrix",
    "inexact": "Newton-CG and the trust regions are inexact where that pays",
}

#: Options that change nothing here: SciPy's printing.
IGNORED = ("iprint", "verbose")


@dataclass
class Options:
    """What the options of a minimization ask for."""

    stopping: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    evaluations: int | None = None
    tolerance: bool = False
    disp: bool = False
    return_all: bool = False
    typical: float = 1.0
    #: The names by which settings were given, where those are SciPy's.
    renamed: dict[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def by_given_names(self) -> Iterator[None]:
        """Errors of settings have the names by which these were given."""
        try:
            yield
        except ValueError as error:
            name, colon, message = str(error).partition(":")
            if colon and name in self.renamed:
                raise ValueError(f"{self.renamed[name]}:{message}") from None
            raise


def read_options(options: Any, tol: float | None, method_settings: dict[str, Any]) -> Options:
    """Read `options`, for a method with these settings and their defaults.

    >>> read_options({"maxiter": 50, "memory": 5}, 1e-6, {"memory": 10}).settings
    {'memory': 5}
    """
    read = Options()
    given = dict(options or {})
    tol = given.pop("tol", tol)
    if tol is not None:
        _gradient_tolerance(read, "tol", tol)
    for name, value in given.items():
        if not isinstance(name, str):
            raise TypeError(f"options: have the key {name!r}, but must have names")
        _read_option(read, name, value, method_settings)
    if read.evaluations is not None:
        read.evaluations = max(read.evaluations, 0)
    return read


def _read_option(read: Options, name: str, value: Any, method_settings: dict[str, Any]) -> None:
    if name in method_settings:
        read.settings[name] = value
    elif name == "gtol":
        if value is not None:
            _gradient_tolerance(read, name, value)
    elif name in ("disp", "return_all"):
        setattr(read, name, bool(value))
    elif name == "typical":
        read.typical = number(name, value)
    elif name == "norm":
        if value not in (None, np.inf):
            raise ValueError(f"norm: is {value!r}, but the gradient test is in the maximum norm")
    elif name in IGNORED:
        return
    elif name in REFUSED:
        if value is not None:
            raise ValueError(f"{name}: is not an option of Ravine: {REFUSED[name]}")
    elif RENAMED.get(name, name) in STOPPING:
        _read_rule(read, name, value)
    elif name in SETTINGS and SETTINGS[name][0] in method_settings:
        first = SETTINGS[name][0]
        read.settings.setdefault(first, copy.deepcopy(method_settings[first]))
        _insert(read.settings, SETTINGS[name], value)
        read.renamed[SETTINGS[name][-1]] = name
    else:
        raise ValueError(f"options: there is no {name!r}; there are {_all(method_settings)}")


def _read_rule(read: Options, name: str, value: Any) -> None:
    rule = RENAMED.get(name, name)
    if rule in ("iterations", "evaluations"):
        if value is None and name != rule:
            return
        count = None if value is None or value == np.inf else whole_number(name, value)
        if rule == "evaluations":
            read.evaluations = count
        else:
            read.stopping[rule] = count
        return
    if value is None and rule not in ("decrease", "step", "value_change", "seconds"):
        return
    read_number = number if rule == "unbounded_below" else tolerance
    read.stopping[rule] = None if value is None else read_number(name, value)
    if rule.startswith("gradient"):
        read.tolerance = True


def _gradient_tolerance(read: Options, name: str, value: Any) -> None:
    """As in SciPy: the maximum norm of the gradient, and nothing else."""
    read.stopping |= {
        "gradient_absolute": tolerance(name, value),
        "gradient_relative": 0.0,
        "decrease": None,
    }
    read.tolerance = True


def whole_number(name: str, value: Any) -> int:
    """`value` as a whole number, zero or positive, or an error that names it."""
    try:
        count = int(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name}: is {value!r}, but must be a whole number") from None
    if count != value or count < 0:
        raise ValueError(f"{name}: is {value!r}, but must be a whole number, zero or positive")
    return count


def _insert(settings: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        settings = settings.setdefault(key, {})
    settings[path[-1]] = value


def _all(method_settings: dict[str, Any]) -> str:
    scipy = [n for n, path in SETTINGS.items() if path[0] in method_settings]
    names = [*STOPPING, *RENAMED, "gtol", "tol", "disp", "return_all", "typical", *scipy]
    own = f"; of the method: {', '.join(sorted(method_settings))}" if method_settings else ""
    return ", ".join(sorted(names)) + own
