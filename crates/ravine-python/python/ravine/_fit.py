"""Generalized linear models of tables by formulas."""

from __future__ import annotations

import json
import math
import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core
from ravine._lm_columns import Column, Factor, of_values, table_columns
from ravine._lm_summary import _number, _p_value, _table

#: What `ravine.fit` takes: a table of pandas, polars or Arrow, columns by name, or a file.
Data = Any


def _table_of(data: Data) -> _core.Table:
    """A table as the core takes it."""
    if isinstance(data, (str, os.PathLike)):
        return _core.Table.read(os.fspath(data))
    names = getattr(getattr(data, "dtype", None), "names", None)
    try:
        if isinstance(data, Mapping):
            columns = [Column(str(name), _array(str(name), cells)) for name, cells in data.items()]
        elif names is not None:
            columns = [Column(name, _array(name, data[name])) for name in names]
        elif isinstance(data, np.ndarray) or not (
            hasattr(data, "columns") or hasattr(data, "__arrow_c_stream__")
        ):
            raise TypeError(
                "data: must be a table of pandas, polars or Arrow, columns by name, or the path of "
                f"a file, but is {type(data).__name__}"
            )
        else:
            columns = table_columns(data)
    except (TypeError, ValueError) as error:
        # Readers of columns name the argument of scikit-learn's classes.
        raise type(error)(str(error).replace("X: ", "data: ", 1)) from error
    return _core.Table([(str(column.name), _cells(column.values)) for column in columns])


def _array(name: str, cells: Any) -> NDArray[np.float64] | Factor:
    array = np.asarray(cells)
    if array.ndim != 1:
        dimensions = f"{array.ndim} dimensions, but must have one"
        raise ValueError(f"data: the column `{name}` has {dimensions}")
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if array.dtype.kind not in "OUT":
        raise ValueError(f"data: the column `{name}` is of dtype {array.dtype}")
    missing = np.array([cell is None or cell != cell for cell in array.tolist()], dtype=bool)
    return of_values(name, array.astype(object), missing)


def _cells(values: NDArray[np.float64] | Factor) -> Any:
    if isinstance(values, Factor):
        levels = [str(level) for level in values.levels]
        return np.ascontiguousarray(values.codes, dtype=np.int64), levels
    return np.ascontiguousarray(values, dtype=np.float64)


@dataclass(frozen=True)
class Prediction:
    """What a model says of new rows."""

    #: The numbers of the rows in the table, from 0: rows with missing cells are left out.
    rows: NDArray[np.int64]
    #: Means; of two classes the probability of the second. None of several classes and of margins.
    mean: NDArray[np.float64] | None
    #: Probabilities of several classes, a column a class.
    probabilities: NDArray[np.float64] | None
    #: Distances from the boundary of a support vector machine.
    margin: NDArray[np.float64] | None
    #: The class of each row, of models of classes.
    labels: NDArray[Any] | None
    #: Ends of intervals of the means, where they were asked for.
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None
    #: What was done that may surprise.
    notes: list[str]


class TableFit:
    """A fitted model of a table: see :func:`fit`."""

    def __init__(self, core: _core.TableModel, told: Mapping[str, Any] | None = None) -> None:
        self._core = core
        self._about = core.about()
        self._told = dict(told or {})

    def __getattr__(self, name: str) -> Any:
        told = self.__dict__.get("_told", {})
        if name in told:
            return told[name]
        raise AttributeError(
            f"a {type(self).__name__} has no `{name}`"
            + ("" if told else "; a model that was loaded knows its coefficients, not its fit")
        )

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._told})

    @property
    def formula(self) -> str | None:
        """The formula, written out."""
        return self._about["formula"]

    @property
    def family(self) -> str:
        """What was fitted."""
        return self._about["family"]

    @property
    def classes(self) -> list[str] | None:
        """The classes by name; of two, the second counts as 1."""
        return self._about["classes"]

    @property
    def nobs(self) -> int:
        """The rows that were used."""
        return self._about["rows"]

    @property
    def coefficients(self) -> list[dict[str, Any]]:
        """A row a coefficient: name, class, estimate, standard_error, statistic, p_value, interval.

        The estimate of a column that is a combination of others is NaN and `left_out` true.
        """
        return self._about["coefficients"]

    def _by_name(self, what: str) -> dict[Any, float]:
        def key(row: dict[str, Any]) -> Any:
            return row["name"] if row["class"] is None else (row["class"], row["name"])

        missing = float("nan")
        rows = self.coefficients
        return {key(row): missing if row[what] is None else row[what] for row in rows}

    @property
    def params(self) -> dict[Any, float]:
        """Estimates by name; of several classes by (class, name)."""
        return self._by_name("estimate")

    @property
    def bse(self) -> dict[Any, float]:
        """Standard errors by name; NaN where there are none."""
        return self._by_name("standard_error")

    @property
    def pvalues(self) -> dict[Any, float]:
        """p-values by name; NaN where there are none."""
        return self._by_name("p_value")

    def summary(self) -> str:
        """The fit as a text: what was fitted, how it ended, the table of coefficients.

        >>> import ravine
        >>> data = {"y": [1, 3, 2, 5, 4], "x": [0.5, 1.5, 2.5, 4.5, 3.5]}
        >>> print(ravine.fit("y ~ x", data).summary().splitlines()[0])
        y ~ x, gaussian, 5 rows
        """
        letter = self._about["statistic"]
        lines = [f"{self.formula or self._about['target']}, {self.family}, {self.nobs} rows"]
        for name in ("status", "deviance", "null_deviance", "dispersion", "loglik", "aic"):
            value = self._told.get(name)
            if value is not None:
                text = value if isinstance(value, str) else f"{value:.6g}"
                lines.append(f"{name:>13} {text}")
        errors = any(row["standard_error"] is not None for row in self.coefficients)
        header = ["", "estimate"]
        header += ["std. error", letter, f"P>|{letter}|", "from", "to"] if errors else []
        rows = []
        for row in self.coefficients:
            name = row["name"] if row["class"] is None else f"{row['class']}: {row['name']}"
            estimate = row["estimate"]
            shown = "left out" if row["left_out"] else _number(estimate)
            if np.isinf(estimate):
                shown = "infinity" if estimate > 0 else "-infinity"
            cells = [name, shown]
            if errors and row["standard_error"] is None:
                cells += [""] * 5
            elif errors:
                low, high = row["interval"]
                statistic = f"{row['statistic']:.2f}"
                cells += [_number(row["standard_error"]), statistic, _p_value(row["p_value"])]
                cells += [_number(low), _number(high)]
            rows.append(cells)
        lines += ["", *_table(header, rows)]
        lines += [f"Note: {note}." for note in self._told.get("notes", [])]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.formula!r}, {self.family}, {self.nobs} rows>"

    def predict(
        self,
        data: Data,
        *,
        interval: float | None = None,
        unseen: str = "refuse",
        offset: str | None = None,
    ) -> Prediction:
        """What the model says of the rows of another table; the target need not be there.

        Parameters
        ----------
        data
            A table as :func:`fit` takes it.
        interval
            A level such as 0.95: with intervals of the means.
        unseen
            "refuse": a text that the model has not seen is an error; "base": it counts as the base
            level.
        offset
            The column that is added to the linear predictor.
        """
        if unseen not in ("refuse", "base"):
            raise ValueError(f"unseen: is {unseen!r}, but must be 'refuse' or 'base'")
        base = unseen == "base"
        found = self._core.predict(_table_of(data), offset, base, interval)
        labels = None if self.classes is None else np.array(self.classes)[found["places"]]
        return Prediction(
            rows=found["rows"],
            mean=found.get("mean"),
            probabilities=found.get("probabilities"),
            margin=found.get("margin"),
            labels=labels,
            low=found.get("low"),
            high=found.get("high"),
            notes=found["notes"],
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file that :func:`load_fit` and `ravine predict` take."""
        self._core.save(os.fspath(path))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._core.json(), self._told)


def _restored(text: str, told: dict[str, Any]) -> TableFit:
    return TableFit(_core.read_table_model(text), told)


def load_fit(path: str | os.PathLike[str]) -> TableFit:
    """A model from a file that :meth:`TableFit.save` or `ravine fit --out` wrote."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        return TableFit(_core.read_table_model(text))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None


def fit(
    formula: str | None,
    data: Data,
    *,
    target: str | None = None,
    ignore: Sequence[str] = (),
    family: str | None = None,
    link: str | None = None,
    positive: str | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    cv: int | None = None,
    l1_ratios: Sequence[float] = (1.0,),
    rule: str = "best",
    seed: int = 1,
    standardize: bool = False,
    unpenalized: Sequence[str] = (),
    bounds: Mapping[str, tuple[float | None, float | None]] | None = None,
    together: Sequence[str] = (),
    monotone: Mapping[str, str] | None = None,
    firth: bool = False,
    errors: str = "model",
    weights: str | None = None,
    offset: str | None = None,
    clusters: str | Sequence[str] | None = None,
    missing: str = "drop",
    level: float = 0.95,
    solver: str = "automatic",
    tolerance: float = 1e-8,
    max_iterations: int = 200,
    stream: bool = False,
) -> TableFit:
    """Fit a generalized linear model to a table, as the command `ravine fit` does.

    Parameters
    ----------
    formula
        What is explained by what, `"y ~ x1*x2 + C(region)"`; None to explain the column `target` by
        all others but those to `ignore`.
    data
        A table of pandas, polars or Arrow, columns by name, or the path of a CSV file (or of a
        Parquet file, where the package was built with its feature `parquet`). Texts and
        categories are categories and never written out; rows with missing cells are left out.
    family
        "gaussian", "binomial", "multinomial", "poisson", "negative-binomial", "gamma",
        "inverse-gaussian", "tweedie:power=1.5", "huber:delta=1.345", "hinge", "squared-hinge" or
        "smoothed-hinge:width=0.5". By default as the target suggests.
    link
        "identity", "log", "inverse", "inverse-squared", "logit", "probit" or "cloglog".
    positive
        The class that counts as 1; by default the last of two.
    l1, l2
        Weights of the penalties `sum |b_j|` and `sum b_j^2 / 2` beside the mean loss.
    cv, l1_ratios, rule, seed
        Choose the penalty by the deviance of rows held out, in so many parts: the "best" or the
        largest within "one_standard_error".
    standardize
        Penalize as if the columns had been standardized; coefficients are in their own units.
    unpenalized
        Columns without penalty, by their names among the coefficients; the name of a term, as
        "region" of "region[north]", is that of all its columns, here and below.
    bounds
        `{name: (low, high)}`, None for a free side.
    together
        Terms whose coefficients L1 takes in together or leaves out: the group lasso.
    monotone
        `{term: "rising"}` or `"falling"`: coefficients in the order of the levels.
    firth
        Firth's penalty: finite estimates in spite of separation.
    errors
        "model", "hc0", "hc1", "hc2" or "hc3".
    weights, offset, clusters
        Columns of the table; two of clusters for errors that allow for clusters of two kinds.
    missing
        "drop" or "fail".
    level
        The level of intervals.
    solver, tolerance, max_iterations
        How it is minimized: "automatic", "cholesky", "newton_cg", "lbfgs", "coordinate_descent",
        "saga" or "sketchy_saga".
    stream
        Read the file at `data` in batches, once for every step, and keep sums alone: for a
        table that does not fit into memory. For families of one linear predictor, with `l2` or
        without a penalty, and the model's standard errors.

    Returns
    -------
    TableFit
        With `params`, `bse`, `pvalues`, `summary()`, `predict()`, `save()`, and what is known of
        the fit: `converged`, `status`, `certificate`, `deviance`, `aic`, `notes` and others.

    Raises
    ------
    ValueError
        Of what cannot be used, with its name and what is allowed.

    Examples
    --------
    >>> import ravine
    >>> data = {"dose": [1, 2, 3, 4, 5, 6], "ill": ["no", "no", "yes", "no", "yes", "yes"]}
    >>> found = ravine.fit("ill ~ dose", data)
    >>> found.family, found.converged
    ('binomial', True)
    >>> found.predict({"dose": [2.5]}).labels
    array(['no'], dtype='<U3')
    """
    if (formula is None) == (target is None):
        raise ValueError("formula: give a formula, or None and a target")
    settings = {
        "formula": formula,
        "target": target,
        "ignore": list(ignore),
        "family": family,
        "link": link,
        "positive": positive,
        "l1": _finite("l1", l1),
        "l2": _finite("l2", l2),
        "cv": None if cv is None else _count("cv", cv, 2),
        "l1_ratios": [_finite("l1_ratios", ratio) for ratio in l1_ratios],
        "rule": rule,
        "seed": seed,
        "standardize": bool(standardize),
        "unpenalized": list(unpenalized),
        "bounds": [(name, *_sides(name, sides)) for name, sides in (bounds or {}).items()],
        "together": list(together),
        "monotone": [(name, _way(name, way)) for name, way in (monotone or {}).items()],
        "firth": bool(firth),
        "errors": errors,
        "weights": weights,
        "offset": offset,
        "clusters": [clusters] if isinstance(clusters, str) else list(clusters or ()),
        "missing": missing,
        "level": _finite("level", level),
        "solver": solver,
        "tolerance": _finite("tolerance", tolerance),
        "max_iterations": _count("max_iterations", max_iterations, 1),
    }
    if stream:
        if not isinstance(data, (str, os.PathLike)):
            raise TypeError("data: is streamed from a file, whose path it must be")
        core, told = _core.fit_streamed(os.fspath(data), json.dumps(settings))
    else:
        core, told = _core.fit_table(_table_of(data), json.dumps(settings))
    return TableFit(core, told)


def _finite(name: str, value: float) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name}: is {number}, but must be finite")
    return number


def _count(name: str, value: int, least: int) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        count = least - 1
    if count < least:
        raise ValueError(f"{name}: is {value!r}, but must be a whole number of at least {least}")
    return count


def _sides(name: str, sides: tuple[float | None, float | None]) -> tuple[Any, Any]:
    low, high = sides
    if low is not None and high is not None and not low <= high:
        raise ValueError(f"bounds: those of `{name}` hold no number: {low} to {high}")
    free = (None, float("-inf"), float("inf"))
    return (None if low in free else float(low)), (None if high in free else float(high))


def _way(name: str, way: str) -> str:
    if way not in ("rising", "falling"):
        raise ValueError(f"monotone: of `{name}` is {way!r}, but must be 'rising' or 'falling'")
    return way
