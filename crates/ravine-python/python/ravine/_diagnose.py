"""What a problem looks like at a point, and which method will win on it."""

from __future__ import annotations

import copy
import json
from typing import Any

from numpy.typing import ArrayLike

from ravine import _core
from ravine._density import SpectralDensity, axes
from ravine._objective import Differences, Function, objective
from ravine._operator import named
from ravine._settings import count, encode, number


class Record(dict[str, Any]):
    """A part of a diagnosis: a dict whose entries are attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self])


def _record(value: Any) -> Any:
    if isinstance(value, dict):
        return Record({name: _record(entry) for name, entry in value.items()})
    if isinstance(value, list):
        return [_record(entry) for entry in value]
    return value


class Diagnosis(Record):
    """What :func:`diagnose` found out: `print` gives the report, entries are attributes.

    What is None could not be found out.

    Attributes
    ----------
    dimension : int
        The number of variables.
    derivatives : Record
        What the function supplies; the rest was had by differences.
    value, gradient_norm : float
        The value and the maximum norm of the gradient, projected where there are bounds.
    smallest_eigenvalue, largest_eigenvalue : float
        The ends of the Hessian's spectrum; of many variables from within.
    residuals : list
        How far an eigenvalue can be from the largest and the smallest.
    exact : bool
        Whether all eigenvalues are known, to rounding.
    inertia : Record
        How many eigenvalues are `positive`, `negative` and `zero`; `inertia_counted` says whether
        they were counted.
    condition_number, condition_interval, scaled_condition_number : float, list, float
        The condition number, an interval for it, and the number after scaling the variables by the
        Hessian's diagonal.
    density : SpectralDensity
        The spectral density.
    gradient_measure : Record
        How the gradient is spread over the spectrum.
    model : Record
        Whether the quadratic model holds: `verdict`, and decreases at some `lengths` of the step.
    noise : Record
        The noise of the values.
    walk : Record or None
        Where the forecasts are made, where that is not the point itself: `method`, `steps`,
        `reduction` of the gradient, and the ends of the spectrum there.
    trials : list of Record
        The first steps of Newton-like methods.
    costs : Record
        What evaluations cost.
    forecast : list of Record
        What each method will need, the fastest first: `method`, `iterations`, `evaluations`,
        `memory_bytes`, `seconds`.
    recommended_method, recommended_settings, reason : str, Record, str
        The method to take, how, and why.
    evaluations : Record
        What the diagnosis itself took, in `seconds`.

    Examples
    --------
    >>> import ravine
    >>> found = ravine.diagnose(lambda x: 50 * x[0] ** 2 + 0.5 * x[1] ** 2, [1.0, 1.0])
    >>> found.inertia.positive, round(found.condition_number)
    (2, 100)
    >>> print(found)
        variables 2
    ...
    """

    def __init__(self, entries: dict[str, Any], report: str) -> None:
        super().__init__({name: _record(entry) for name, entry in entries.items()})
        density = entries.get("density")
        if density is not None:
            held = _core.Density.from_json(json.dumps(density))
            super().__setitem__("density", SpectralDensity(held))
        super().__setattr__("_entries", entries)
        super().__setattr__("_report", report)

    def __str__(self) -> str:
        return str(self._report)

    def __repr__(self) -> str:
        return f"<diagnosis of {self['dimension']} variables; take {self['recommended_method']}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Diagnosis, (self._entries, self._report)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain dicts, lists, numbers and texts, which JSON takes."""
        entries: dict[str, Any] = copy.deepcopy(self._entries)
        return entries

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draws the density of the Hessian's eigenvalues with matplotlib.

        Parameters
        ----------
        ax
            The axes to draw in; new ones by default.
        options
            Of :meth:`ravine.linalg.SpectralDensity.plot`; on a logarithmic axis by default.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = axes(ax)
        if self["density"] is None:
            raise ValueError("density: could not be measured, so that there is nothing to draw")
        self["density"].plot(ax, **{"scale": "log", **options})
        condition = self["condition_number"]
        known = "a singular Hessian" if condition is None else f"condition number {condition:.4g}"
        ax.set(title=f"Spectrum of the Hessian: {known}")
        return ax


def diagnose(
    fun: Any,
    x: ArrayLike | None = None,
    args: Any = (),
    jac: Function | Differences | bool | None = None,
    hess: Function | Differences | None = None,
    hessp: Function | None = None,
    bounds: Any = None,
    *,
    dense: int = 500,
    products: int = 300,
    probes: int = 6,
    trial_steps: int = 4,
    gradient_relative: float = 1e-8,
    seed: int = 1,
) -> Diagnosis:
    """Find out what a function looks like at a point, and which method to take.

    The Hessian there says how methods will fare before any is run: its extreme eigenvalues, how the
    gradient spreads over them, whether the quadratic model holds for a whole step. From these each
    method's iterations are forecast, from measured times of the function its seconds.

    Parameters
    ----------
    fun, args, jac, hess, hessp, bounds
        As in :func:`ravine.minimize`.
    x
        The point; a problem's own start by default.
    dense
        Up to this many variables the Hessian is formed and all its eigenvalues are found.
    products
        Of a larger one, most products for the ends of the spectrum, as many for its density, and
        as many for the measure of the gradient.
    probes
        Random vectors for the density, at least two.
    trial_steps
        Steps of a Newton-like method on the function itself.
    gradient_relative
        The accuracy of the forecasts: the gradient relative to that at the point.
    seed
        Of everything random.

    Returns
    -------
    Diagnosis
        `print` gives the report.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> def fun(x):
    ...     return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    >>> found = ravine.diagnose(fun, [-1.2, 1.0])
    >>> found.model.verdict, found.exact
    ('good', True)
    >>> sorted(found.forecast[0])[:3]
    ['basis', 'evaluations', 'iterations']
    """
    settings = encode(
        dense=count("dense", dense),
        products=count("products", products),
        probes=count("probes", probes),
        trial_steps=count("trial_steps", trial_steps),
        gradient_relative=number("gradient_relative", gradient_relative),
        seed=count("seed", seed),
    )
    with named(x0="x"):
        core, at = objective(fun, x, args, jac, hess, hessp, bounds)
    entries, report = _core.diagnose(core, at, settings)
    return Diagnosis(json.loads(entries), report)
