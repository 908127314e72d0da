"""What all linear models share: input, weights, fits, and what fits leave behind."""

from __future__ import annotations

import contextlib
import json
import numbers
import operator
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from ravine import _core
from ravine._lm_columns import Coding, array_design, is_table, table_columns
from ravine._lm_inference import PENALIZED
from ravine._threads import threads
from ravine._warning import warn

Vector = NDArray[np.float64]


class SeparationWarning(ConvergenceWarning):
    """The likelihood has no maximum: some coefficients are infinite."""


class CollinearityWarning(UserWarning):
    """Columns are combinations of others, and were left out."""


#: Names of solvers here and in the core. All of scikit-learn's minimize the same objective; those
#: that have no counterpart leave the choice to the core.
SOLVERS = {
    "auto": "automatic",
    "cholesky": "cholesky",
    "newton-cholesky": "cholesky",
    "newton-cg": "newton_cg",
    "sparse_cg": "newton_cg",
    "lbfgs": "lbfgs",
    "coordinate-descent": "coordinate_descent",
    "liblinear": "automatic",
    "lsqr": "automatic",
    "sag": "automatic",
    "saga": "automatic",
    "svd": "automatic",
}


def solver_name(solver: Any) -> str:
    """The core's name of a solver."""
    if not isinstance(solver, str) or solver not in SOLVERS:
        raise ValueError(f"solver: is {solver!r}, but must be one of {', '.join(sorted(SOLVERS))}")
    return SOLVERS[solver]


def check_real(
    name: str, value: Any, least: float, *, open_: str = "", most: float = np.inf
) -> float:
    """`value` as a number from `least` to `most`; `open_` names the ends that are left out."""
    good = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    good = good and least <= value <= most
    good = (
        good
        and not ("least" in open_ and value == least)
        and not ("most" in open_ and value == most)
    )
    if not good:
        start = "above" if "least" in open_ else "at least"
        end = f" and {'below' if 'most' in open_ else 'at most'} {most:g}"
        allowed = f"a number {start} {least:g}" + (end if most < np.inf or "most" in open_ else "")
        raise ValueError(f"{name}: is {value!r}, but must be {allowed}")
    return float(value)


def check_count(name: str, value: Any, least: int) -> int:
    """`value` as a whole number of at least `least`."""
    try:
        count = operator.index(value)
    except TypeError:
        count = least - 1
    if count < least or isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name}: is {value!r}, but must be a whole number of at least {least}")
    return count


def gap_of(tol: Any) -> float:
    """The gap, relative to the objective, at which a fit ends whose coefficients are to be accurate
    to `tol`: a gap is of the square of what is missing to the coefficients.

    >>> gap_of(0.01) == 1e-8
    True
    """
    return max((check_real("tol", tol, 0, open_="least most", most=1) / 100) ** 2, 1e-30)


@contextlib.contextmanager
def jobs(n_jobs: Any) -> Iterator[None]:
    """Work with `n_jobs` threads: None for those that there are, -1 for all cores."""
    if n_jobs is None:
        yield
        return
    count = operator.index(n_jobs)
    if count == 0:
        raise ValueError("n_jobs: is 0, but must be a number of threads, or -1 for all cores")
    cores = os.cpu_count() or 1
    with threads(count if count > 0 else max(1, cores + 1 + count)):
        yield


class LinearModel:
    """A linear predictor `X b + b0`, with what its fits and predictions share."""

    coef_: Any
    intercept_: Any
    n_features_in_: int
    fit_intercept: bool

    #: Whether missing values of categories are refused, no level, or a level of their own.
    categorical_missing = "fail"

    def _read(self, X: Any, y: Any, **checks: Any) -> tuple[Any, Any]:
        """X and y for a fit: X as an array, a CSR matrix, or the columns of a table."""
        if is_table(X):
            columns = table_columns(X)
            X = validate_data(self, X, reset=True, skip_check_array=True)
            if y is None:
                raise ValueError(
                    f"This {type(self).__name__} estimator requires y to be passed, but the target "
                    "y is None."
                )
            from sklearn.utils.validation import _check_y

            y = _check_y(y, multi_output=False, y_numeric=checks.get("y_numeric", False))
            check_consistent_length(X, y)
            if len(y) == 0:
                raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
            self.n_features_in_ = len(columns)
            return columns, y
        self._coding: Coding | None = None
        return validate_data(
            self, X, y, accept_sparse="csr", dtype=np.float64, accept_large_sparse=True, **checks
        )

    def _design(self, X: Any, unpenalized: bool) -> _core.Design:
        """The design of what was read, whose coding of categories is learnt."""
        if isinstance(X, list):
            drop = self._drop(unpenalized)
            self._coding = Coding.of(X, self.categorical_missing, drop, self._intercept())
            return self._coding.design(X)
        named = getattr(self, "feature_names_in_", None)
        count = range(1, X.shape[1] + 1)
        return array_design(X, [f"x{j}" for j in count] if named is None else list(named))

    def _drop(self, unpenalized: bool) -> str:
        return "first" if unpenalized else "none"

    def _intercept(self) -> bool:
        return bool(self.fit_intercept)

    def _weights(self, sample_weight: Any, X: Any, count: int) -> Vector | None:
        if sample_weight is None:
            return None
        rows = np.empty((count, 1)) if isinstance(X, list) else X
        return _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)

    def _predictors(self, X: Any) -> Vector:
        """The linear predictors of rows: a number, or one a class."""
        check_is_fitted(self)
        if self._coding is None:
            X = validate_data(
                self, X, accept_sparse=["csr", "csc", "coo"], dtype=np.float64, reset=False
            )
            coef = self.coef_
            return safe_sparse_dot(X, coef.T, dense_output=True) + self.intercept_
        if is_table(X) or hasattr(X, "iloc"):
            validate_data(self, X, reset=False, skip_check_array=True)
            columns = table_columns(X)
        else:
            raise TypeError(
                f"X: {type(self).__name__} was fitted to a table with categories, but this is "
                f"{type(X).__name__}"
            )
        design = self._coding.design(columns)
        coef = np.atleast_2d(self.coef_)
        products = [design.multiply(np.ascontiguousarray(b, dtype=np.float64)) for b in coef]
        if np.ndim(self.coef_) == 1:
            return products[0] + self.intercept_
        return np.column_stack(products) + self.intercept_

    def _check_fitted(self) -> None:
        check_is_fitted(self)

    def _forget(self) -> None:
        """Leaves nothing of a fit before but its coefficients."""
        for name in ("_inference", "_core_table", "_kept_goodness", "_no_inference"):
            self.__dict__.pop(name, None)

    def _keep(self, fit: Any, *, inference: bool, classifier: bool = False) -> None:
        """Takes over what a fit of one linear predictor has found."""
        self._forget()
        coef, intercept = fit.coefficients, fit.intercept
        self.coef_ = coef[None, :] if classifier else coef
        self.intercept_ = np.array([intercept]) if classifier else intercept
        if not self._intercept() and not classifier:
            self.intercept_ = 0.0
        self.status_ = fit.status
        self.converged_ = fit.status == "converged"
        self.certificate_, self.gap_ = fit.certificate
        self.solver_, self.solver_reason_ = fit.solver
        count = fit.iterations
        self.n_iter_ = np.array([count], dtype=np.int32) if classifier else count
        aliased = fit.aliased
        self.aliased_ = np.zeros(len(coef), dtype=bool)
        self.aliased_[[column for column, _ in aliased]] = True
        separation = fit.separation
        self.infinite_ = np.zeros(len(coef), dtype=np.int8)
        self._infinite_intercept = 0
        for column, positive in separation[1] if separation else []:
            sign = 1 if positive else -1
            if column is None:
                self._infinite_intercept = sign
            else:
                self.infinite_[column] = sign
        self.notes_ = [*(words for _, words in aliased), *fit.notes]
        if separation:
            self.notes_.append(separation[0])
        self._core_fit = fit if inference else None
        self._no_inference = None if inference else PENALIZED
        for _, words in aliased:
            warn(words, CollinearityWarning)
        if separation:
            warn(separation[0], SeparationWarning)
        elif not self.converged_ and not at_precision(fit.status, fit.certificate, fit.objectives):
            warn_unconverged(self)

    def _left_out(self) -> list[bool]:
        first = [False] if self._intercept() else []
        return [*first, *self.aliased_.tolist()]

    def _infinite_signs(self) -> list[int]:
        first = [self._infinite_intercept] if self._intercept() else []
        return [*first, *self.infinite_.tolist()]

    def _estimates(self) -> Vector:
        first = np.ravel(self.intercept_) if self._intercept() else np.empty(0)
        coef = self.coef_.toarray() if hasattr(self.coef_, "toarray") else self.coef_
        return np.concatenate([first, np.ravel(coef)])

    def _described(self) -> str:
        return ""

    def _name_coefficients(self, design: _core.Design) -> None:
        first = ["(intercept)"] if self._intercept() else []
        self.coefficient_names_ = np.array([*first, *design.names], dtype=object)


def at_precision(
    status: str, certificate: tuple[str, float], objectives: tuple[float, float]
) -> bool:
    """Whether a fit has ended at the precision of the machine, next to the minimum."""
    value, null = objectives
    kind, missing = certificate
    near = kind != "violation" and missing <= 1e-10 * max(abs(value), null - value)
    return status == "precision_limit" and near


def warn_unconverged(model: Any) -> None:
    """Says how a fit ended that does not satisfy its test."""
    words = {
        "iteration_limit": "used up its iterations; increase max_iter, or scale the data",
        "precision_limit": "found no decrease that floating point can represent",
    }
    what = words.get(model.status_, f"ended as {model.status_}")
    warn(
        f"{type(model).__name__} failed to converge: it {what} ({model.certificate_} "
        f"{model.gap_:.2g}, tol={model.tol:g})",
        ConvergenceWarning,
    )


def settings_json(
    *,
    alpha: float,
    l1_ratio: float,
    intercept: bool,
    tol: float,
    max_iter: int,
    solver: str = "automatic",
    family: Any = "gaussian",
    link: str | None = None,
    penalty_factor: Any = None,
    penalty_units: str = "columns",
    groups: Any = (),
    monotone: Any = (),
) -> str:
    """The settings of a model for the core."""
    return json.dumps(
        {
            "family": family,
            "link": link,
            "alpha": alpha,
            "l1_ratio": l1_ratio,
            "intercept": intercept,
            "tolerance": tol,
            "iterations": max_iter,
            "solver": solver,
            "penalty_factors": penalty_factor,
            "penalty_units": penalty_units,
            "groups": list(groups),
            "monotone": list(monotone),
        }
    )
