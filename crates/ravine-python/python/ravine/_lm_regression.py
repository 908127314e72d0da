"""Regressions: one target, one linear predictor."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from ravine import _core
from ravine._lm_base import (
    LinearModel,
    Vector,
    check_count,
    gap_of,
    jobs,
    settings_json,
    solver_name,
)
from ravine._lm_inference import InferenceMixin


class Regression(InferenceMixin, LinearModel, RegressorMixin, BaseEstimator):
    """A regression with a family of distributions, a link and an elastic-net penalty."""

    tol: float
    max_iter: int | None

    def _family(self) -> Any:
        """The family as the core reads it."""
        return "gaussian"

    def _link(self) -> str | None:
        return None

    def _penalty(self, total: float) -> tuple[float, float]:
        """alpha and the share of L1, for a sum of the weights."""
        raise NotImplementedError

    def _bounds(self, columns: int) -> tuple[Vector | None, Vector | None]:
        return (np.zeros(columns), None) if getattr(self, "positive", False) else (None, None)

    def _factors(self, columns: int) -> list[float] | None:
        return None

    def _together(self) -> dict[str, Any]:
        """Settings of the core about groups, monotone terms and the units of penalties."""
        return {}

    def _most(self) -> int:
        most = getattr(self, "max_iter", None)
        return 1000 if most is None else check_count("max_iter", most, 1)

    def _tolerance(self) -> float:
        return gap_of(self.tol)

    def _settings(self, total: float, columns: int, least_gap: float = 0.0) -> str:
        alpha, l1_ratio = self._penalty(total)
        lower, upper = self._bounds(columns)
        solver = solver_name(getattr(self, "solver", "auto"))
        together = self._together()
        bounded = lower is not None or upper is not None or together.get("monotone")
        if l1_ratio * alpha > 0 or bounded:
            solver = solver if solver == "coordinate_descent" else "automatic"
        return settings_json(
            alpha=alpha,
            l1_ratio=l1_ratio,
            intercept=self._intercept(),
            tol=max(self._tolerance(), least_gap),
            max_iter=self._most(),
            solver=solver,
            family=self._family(),
            link=self._link(),
            penalty_factor=self._factors(columns),
            **together,
        )

    def _read_cases(
        self, X: Any, y: Any, sample_weight: Any, offset: Any
    ) -> tuple[Any, Vector, Vector | None, Vector | None]:
        """What a fit takes, checked."""
        X, y = self._read(X, y, y_numeric=True)
        y = np.ascontiguousarray(y, dtype=np.float64)
        weights = self._weights(sample_weight, X, len(y))
        return X, y, weights, read_offset(offset, len(y))

    def _is_free(self, total: float, columns: int) -> bool:
        lower, upper = self._bounds(columns)
        bounded = lower is not None or upper is not None or self._together().get("monotone")
        return self._penalty(total)[0] == 0 and not bounded

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        offset: Any = None,
        kind: str = "glm",
        epsilon: float | None = None,
    ) -> dict[str, Any]:
        """Fits, and takes over what was found; gives what the kind of the model adds."""
        X, y, weights, offset = self._read_cases(X, y, sample_weight, offset)
        total = float(len(y) if weights is None else weights.sum())
        self._penalty(max(total, 1.0))
        design = self._design(X, self._penalty(max(total, 1.0))[0] == 0)
        columns = design.shape[1]
        settings = self._settings(max(total, np.finfo(float).tiny), columns)
        lower, upper = self._bounds(columns)
        start = self._start(columns)
        with jobs(getattr(self, "n_jobs", None)):
            fit, more = _core.fit_glm(
                kind,
                design,
                y,
                weights,
                offset,
                settings,
                lower=lower,
                upper=upper,
                start=start,
                epsilon=epsilon,
            )
        self._name_coefficients(design)
        self._keep(fit, inference=self._has_inference(total, columns))
        self._keep_goodness(fit)
        return more

    def _has_inference(self, total: float, columns: int) -> bool:
        return self._is_free(total, columns)

    def _keep_goodness(self, fit: Any) -> None:
        """Deviance and likelihood of a fit whose data are not kept."""

    def _start(self, columns: int) -> tuple[float, Vector] | None:
        coef = getattr(self, "coef_", None) if getattr(self, "warm_start", False) else None
        if coef is None or np.shape(coef) != (columns,):
            return None
        return float(np.ravel(self.intercept_)[0]), np.ascontiguousarray(coef, dtype=np.float64)

    def linear_predictor(self, X: Any, offset: Any = None) -> Vector:
        """`X b + b0 + offset`.

        Parameters
        ----------
        X
            Rows as those of the fit.
        offset
            What is added; default nothing.
        """
        z = np.asarray(self._predictors(X), dtype=np.float64)
        offset = read_offset(offset, len(z))
        return z if offset is None else z + offset

    def predict(self, X: Any) -> Vector:
        """The means of rows.

        Parameters
        ----------
        X
            An array, a sparse matrix, or a table with the columns of the fit.
        """
        return self.linear_predictor(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class LogScore(Regression):
    """A regression whose predictions are means by a link, scored by its deviance."""

    def predict(self, X: Any, offset: Any = None) -> Vector:
        """The means of rows.

        Parameters
        ----------
        X
            An array, a sparse matrix, or a table with the columns of the fit.
        offset
            What is added to the linear predictor, as the logarithm of an exposure; default nothing.
        """
        z = self.linear_predictor(X, offset)
        return _core.glm_means(json.dumps(self._known_family()), self._json_link(), z)

    def _json_link(self) -> str | None:
        link = self._link()
        return None if link is None else json.dumps(link)

    def _known_family(self) -> Any:
        """The family, with what was estimated of it."""
        return self._family()

    def score(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> float:
        """The share of the deviance explained, `1 - D(y, mu) / D(y, mean of y)`.

        Parameters
        ----------
        X
            Rows as those of the fit.
        y
            Targets.
        sample_weight
            Weights of the rows; default ones.
        offset
            What is added to the linear predictor; default nothing.
        """
        z = self.linear_predictor(X, offset)
        y = np.ascontiguousarray(np.ravel(y), dtype=np.float64)
        weights = self._weights(sample_weight, [], len(y))
        if len(y) != len(z):
            raise ValueError(f"y: has {len(y)} entries, but X has {len(z)} rows")
        family, link = json.dumps(self._known_family()), self._json_link()
        return float(_core.glm_score(family, link, y, z, weights))

    def _positive_means(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self._positive_means()
        return tags


def read_offset(offset: Any, rows: int) -> Vector | None:
    """An offset as numbers, a row one."""
    if offset is None:
        return None
    numbers: NDArray[np.float64] = np.asarray(offset, dtype=np.float64)
    if numbers.shape != (rows,):
        raise ValueError(f"offset: has shape {numbers.shape}, but must have ({rows},), one a row")
    if not np.isfinite(numbers).all():
        row = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise ValueError(f"offset: entry {row} is {numbers[row]}, but all must be finite")
    return np.ascontiguousarray(numbers)
