"""Methods side by side on one problem."""

from __future__ import annotations

import html
import json
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._custom import CustomMethod
from ravine._epochs import Batches
from ravine._history import History
from ravine._method import Method, method_of
from ravine._objective import Differences, objective
from ravine._options import read_options
from ravine._settings import to_json
from ravine._solve import Chosen, leaving_intercept
from ravine.problems import Problem, problem

#: Seconds that each method gets where the caller does not say.
SECONDS = 1.0

MEASURES = ("iterations", "evaluations", "seconds")


@dataclass(frozen=True, eq=False)
class RaceEntry:
    """A method in a race.

    Attributes
    ----------
    label
        The method as it was given, with the step that was found for it.
    method, title, family
        Its name in the catalogue, in print, and what kind it is.
    settings
        The settings that were given or found.
    reason, message
        How the run ended, in one word and in words.
    elsewhere
        Whether it converged at a higher value than others.
    stationary_point
        Of a run that converged "minimum", "saddle", "maximum" or, where eigenvalues of the Hessian
        are zero to rounding, "undecided"; None where second derivatives are not at hand. Where
        `hess` is given, it is called once more for it.
    status
        How the run ended, as the table says it.
    x, fun, gradient_norm
        The point, its value and the maximum norm of its gradient.
    nit, nfev, njev, nhev, nhpev
        Iterations; evaluations of values, gradients, Hessians and Hessian products. A gradient by
        differences counts as the values that it takes.
    evaluations
        All evaluations at the price of a gradient: a value 1/3, a Hessian product 2, a Hessian n.
    seconds, seconds_in_objective
        Wall time, and how much of it in the function.
    tuning
        What finding the step took, of methods with a fixed step: `setting`, `value`, `tried`,
        `nfev`, `njev`, `seconds`; else None.
    history
        The run, iteration by iteration.

    Examples
    --------
    >>> import ravine
    >>> winner = ravine.race("booth", methods=["newton", "gd"]).best
    >>> winner.label, winner.nit, winner.status
    ('newton', 1, 'converged')
    """

    label: str
    method: str
    title: str
    family: str
    settings: dict[str, Any]
    reason: str
    message: str
    elsewhere: bool
    x: NDArray[np.float64]
    fun: float
    gradient_norm: float
    nit: int
    nfev: int
    njev: int
    nhev: int
    nhpev: int
    evaluations: float
    seconds: float
    seconds_in_objective: float
    history: History
    status: str
    stationary_point: str | None
    tuning: dict[str, Any] | None = field(default_factory=lambda: None)

    @property
    def success(self) -> bool:
        """Whether it converged."""
        return self.reason == "converged"


@dataclass(frozen=True, eq=False, repr=False)
class Race:
    """A race that has been run: prints as a table, iterates over its entries, the winner first.

    Attributes
    ----------
    entries
        The methods that ran: those that reached the lowest value by effort, the search for a step
        included, then those that converged elsewhere, then the rest by value.
    left_out
        Pairs of a reason and the methods that it kept out.
    lowest
        The lowest value known or reached.
    by
        What decided between methods that converged: "iterations", "evaluations" or "seconds".
    title, note, variables
        What was minimized, what to watch, and the names of the variables, where they have some.
    start
        From where.
    minima
        The points of known minima.
    window
        In two dimensions, where the problem is drawn; None where it does not say.
    grid
        The steps that were tried for methods with a fixed step: lowest, highest, how many.
    drawn
        Which entries a picture shows: of each family the best, then the second, ..., eight at most.

    Examples
    --------
    >>> import ravine
    >>> race = ravine.race("rosenbrock", methods="newton,bfgs,gd-linesearch")
    >>> [entry.method for entry in race]
    ['newton', 'bfgs', 'gd-linesearch']
    >>> race["bfgs"].success, len(race)
    (True, 3)
    """

    entries: tuple[RaceEntry, ...]
    left_out: tuple[tuple[str, tuple[str, ...]], ...]
    lowest: float
    by: str
    title: str
    note: str
    variables: tuple[str, ...]
    start: NDArray[np.float64]
    minima: tuple[NDArray[np.float64], ...]
    window: tuple[tuple[float, float], tuple[float, float]] | None
    drawn: tuple[int, ...]
    grid: tuple[float, float, int]
    #: The table: titles, how the columns are set ("left" or "right"), rows; what stands below.
    _head: tuple[str, ...]
    _sides: tuple[str, ...]
    _rows: tuple[tuple[str, ...], ...]
    _footnotes: tuple[str, ...]
    #: What `objective` takes, to draw contours: function, arguments, bounds.
    _given: tuple[Any, Any, Any] | None = None

    def __iter__(self) -> Iterator[RaceEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, which: int | str) -> RaceEntry:
        """An entry by its place, or by label or method."""
        if not isinstance(which, str):
            return self.entries[which]
        for entry in self.entries:
            if which in (entry.label, entry.method):
                return entry
        there = ", ".join(entry.label for entry in self.entries)
        raise KeyError(f"there is no {which!r} in the race; there are {there}")

    @property
    def best(self) -> RaceEntry:
        """The winner."""
        return self.entries[0]

    def table(self) -> list[list[str]]:
        """The table of the race as texts, the head first."""
        return [list(self._head), *(list(row) for row in self._rows)]

    def footnotes(self) -> list[str]:
        """What the table does not say."""
        return list(self._footnotes)

    def _heading(self) -> str:
        return _core.heading(self.title, self.start)

    def __str__(self) -> str:
        rows = self.table()
        widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
        lines = []
        for row in rows:
            cells = [
                cell.ljust(width) if side == "left" else cell.rjust(width)
                for cell, width, side in zip(row, widths, self._sides, strict=True)
            ]
            lines.append(" " + "   ".join(cells).rstrip())
        lines.insert(1, "─" * (sum(widths) + 3 * len(widths) - 1))
        head = [self._heading(), *([self.note] if self.note else []), ""]
        foot = self.footnotes()
        return "\n".join(head + lines + ([""] + foot if foot else []))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def row(cells: Sequence[str], tag: str) -> str:
            return "".join(
                f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag}>'
                for cell, side in zip(cells, self._sides, strict=True)
            )

        head, *rows = self.table()
        body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
        notes = "".join(f"<p>{html.escape(line)}</p>" for line in self.footnotes())
        note = f"<br>{html.escape(self.note)}" if self.note else ""
        return (
            f"<p><b>{html.escape(self._heading())}</b>{note}</p>"
            f"<table><thead><tr>{row(head, 'th')}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )

    def to_pandas(self) -> Any:
        """The entries as a `pandas.DataFrame`, a row a method, numbers as numbers.

        >>> import ravine
        >>> frame = ravine.race("booth", methods="newton,bfgs").to_pandas()
        >>> frame.loc["newton", "nit"]
        np.int64(1)
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install 'ravine[pandas]'") from error
        names = (
            *("method", "title", "family", "status", "reason", "success", "elsewhere"),
            *("nit", "nfev", "njev", "nhpev", "nhev", "evaluations"),
            *("fun", "gradient_norm", "seconds", "seconds_in_objective"),
        )
        rows = [{name: getattr(entry, name) for name in names} for entry in self]
        for entry, row in zip(self, rows, strict=True):
            row["tuning_nfev"] = entry.tuning["nfev"] if entry.tuning else 0
        labels = pandas.Index([entry.label for entry in self], name="label")
        return pandas.DataFrame(rows, index=labels)

    def plot(self, *, by: str | None = None, y: str = "gap", axes: Any = None) -> Any:
        """Draw how the methods converged, and in two dimensions their paths over contours.

        Needs matplotlib.

        Parameters
        ----------
        by
            What the horizontal axis counts: "iterations", "evaluations" or "seconds"; default what
            decided the race.
        y
            "gap", the value above the lowest, or "gradient", the norm of the gradient.
        axes
            One axes of matplotlib for the curves, or a pair for map and curves. Default a new
            figure.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Examples
        --------
        >>> import ravine
        >>> figure = ravine.race("rosenbrock", methods="newton,bfgs").plot()
        >>> len(figure.axes)
        2
        """
        from ravine import _plot

        return _plot.plot_race(self, by=self.by if by is None else by, y=y, axes=axes)

    def _objective(self) -> _core.Objective | None:
        """What was minimized, where it is known still."""
        if self._given is None:
            return None
        fun, args, bounds = self._given
        return objective(fun, self.start, args, bounds=bounds)[0]

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        try:
            pickle.dumps(self._given)
        except Exception:  # A function may refuse to be pickled in any way; the race goes without.
            state["_given"] = None
        return state


def race(
    fun: Any,
    x0: ArrayLike | None = None,
    methods: str | Method | CustomMethod | Sequence[str | Method | CustomMethod] | None = None,
    *,
    args: Any = (),
    jac: Callable[..., Any] | Differences | bool | None = None,
    hess: Callable[..., Any] | Differences | None = None,
    hessp: Callable[..., Any] | None = None,
    bounds: Any = None,
    tol: float | None = None,
    by: str = "evaluations",
    options: dict[str, Any] | None = None,
    batch_size: int | None = None,
    epochs: int | None = None,
    schedule: str | None = None,
    average_after: int | None = None,
    seed: int | None = None,
    last_batch: str | None = None,
    measure: int | str | None = None,
) -> Race:
    """Run methods side by side on one problem.

    Methods with a fixed step run with the best step of a grid; the search for it counts. A problem
    of the library runs wholly in Rust. What a function of the caller raises ends the race and is
    passed on.

    Parameters
    ----------
    fun, x0, args, jac, hess, hessp, bounds
        What is minimized, from where, with which derivatives and within which bounds, as in
        :func:`ravine.minimize`.
    methods
        Names, perhaps with settings, or methods, the library's or of one's own
        (:class:`ravine.CustomMethod`): `["newton", "lbfgs:memory=5", ravine.BFGS()]`; or one text,
        `"newton,lbfgs:memory=5"`. Default all that the derivatives at hand allow; those with dense
        matrices up to 500 variables. Named methods get what they lack by differences.
    tol
        As in :func:`ravine.minimize`.
    by
        What decides between methods that reached the same minimum: "evaluations" at the price of a
        gradient, "iterations" or "seconds".
    options
        Stopping rules, as in :func:`ravine.minimize`. Each method gets one second unless `seconds`
        says otherwise. Limits are for a run with the search for its step.
    batch_size, epochs, schedule, average_after, seed, last_batch, measure
        Over the batches of a problem that is a mean over cases, as in :func:`ravine.minimize`;
        where no methods are named, those take part that go over batches.

    Returns
    -------
    Race
        Prints as a table; iterates over its entries, the winner first.

    Raises
    ------
    ValueError, TypeError
        An argument that cannot be used, or a method that was asked for and cannot run.

    Examples
    --------
    >>> import ravine
    >>> race = ravine.race("rosenbrock", methods=["newton", "bfgs", "gd"], by="iterations")
    >>> race.best.label, race.best.nit
    ('newton', 6)
    >>> race["gd"].tuning["tried"]
    22
    >>> print(race)
    Rosenbrock, 2 variables, start (-1.2, 1)
    A curved valley: its floor is found at once, then followed slowly by methods without curvature.
    <BLANKLINE>
     method             status ...
    """
    if by not in MEASURES:
        names = ", ".join(repr(name) for name in MEASURES)
        raise ValueError(f"by: is {by!r}, but must be one of {names}")
    if isinstance(fun, str):
        fun = problem(fun)
    read = read_options(options, tol, {})
    batches = Batches(batch_size, epochs, schedule, average_after, seed, last_batch, measure)
    over = batches.settings(read)
    stopping = {"seconds": SECONDS} | read.stopping
    if read.evaluations is not None:
        stopping["evaluations"] = read.evaluations
    core, start = objective(fun, x0, args, jac, hess, hessp, bounds, read.typical)
    named = None if methods is None else _named(fun, methods)
    known = isinstance(fun, Problem) and bounds is None
    minima = fun.minima if known else ()
    lowest = minima[0].value if minima else float("inf")
    found = _core.race(core, start, named, to_json("options", stopping), by, lowest, over)
    if not found["entries"] or (named is not None and found["left_out"]):
        # Methods that were asked for and did not begin are an error.
        reasons = "; ".join(f"{', '.join(n)}: {reason}" for reason, n in found["left_out"])
        raise ValueError(f"methods: {reasons or 'none applies'}")
    return Race(
        entries=tuple(_entry(entry) for entry in found["entries"]),
        left_out=tuple((reason, tuple(names)) for reason, names in found["left_out"]),
        lowest=found["lowest"],
        by=by,
        title=fun.title if isinstance(fun, Problem) else getattr(fun, "__name__", "a function"),
        note=fun.note if isinstance(fun, Problem) else "",
        variables=fun.variables if isinstance(fun, Problem) else (),
        start=start,
        minima=tuple(m.point for m in minima if m.point is not None),
        window=fun.window if isinstance(fun, Problem) else None,
        drawn=tuple(found["drawn"]),
        grid=found["grid"],
        _head=tuple(found["head"]),
        _sides=tuple(found["sides"]),
        _rows=tuple(tuple(row) for row in found["rows"]),
        _footnotes=tuple(found["footnotes"]),
        _given=(_Value(fun) if jac is True else fun, args, bounds),
    )


class _Value:
    """The value of a function that returns a pair."""

    def __init__(self, fun: Callable[..., Any]) -> None:
        self.fun = fun

    def __call__(self, x: Any, *args: Any) -> Any:
        return self.fun(x, *args)[0]


def _named(fun: Any, methods: Any) -> list[tuple[str, str | _core.CustomMethod, str]]:
    """Each method as label, what the library takes it by, and settings."""
    if isinstance(methods, str):
        methods = _core.split_methods(methods)
    elif isinstance(methods, (Method, CustomMethod, type)):
        methods = [methods]
    named: list[tuple[str, str | _core.CustomMethod, str]] = []
    for given in methods:
        method = method_of(given)
        label = given.strip() if isinstance(given, str) else _label(method)
        settings = leaving_intercept(fun, method, method.settings)
        named.append((label, method.named, to_json("methods", settings)))
    if not named:
        raise ValueError("methods: are none, but must be at least one")
    return named


def _label(method: Chosen) -> str:
    settings = ",".join(f"{path}={value}" for path, value in _flat("", method.settings))
    return f"{method.name}:{settings}" if settings else method.name


def _flat(prefix: str, settings: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def _entry(found: dict[str, Any]) -> RaceEntry:
    settings = json.loads(found.pop("settings"))
    found.pop("name")
    return RaceEntry(**found | {"settings": settings, "history": History(*found["history"])})
