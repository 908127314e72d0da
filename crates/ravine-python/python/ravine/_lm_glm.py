"""Generalized linear models of every family."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._lm_base import Vector, check_real
from ravine._lm_inference import FIRTH, settings_of
from ravine._lm_regression import LogScore
from ravine._lm_terms import Terms

FAMILIES = (
    "gaussian",
    "binomial",
    "poisson",
    "gamma",
    "inverse-gaussian",
    "negative-binomial",
    "tweedie",
)
LINKS = {
    "identity": "identity",
    "log": "log",
    "inverse": "inverse",
    "inverse-squared": "inverse_squared",
    "logit": "logit",
    "probit": "probit",
    "cloglog": "complementary_log_log",
}


class GeneralizedLinearModel(LogScore):
    """A generalized linear model with an elastic-net or group penalty, bounds and monotone terms.

    Minimizes

    `(1/W) sum_i w_i f(y_i, z_i) + alpha sum_j pf_j (l1_ratio |b_j| + (1 - l1_ratio) b_j^2 / 2)`,

    `z = X b + b0 + offset`, f half the unit deviance up to a term free of z, over
    `lower_bounds <= b <= upper_bounds`. Without penalty, the default, it has standard errors,
    tests, residuals and a summary.

    Parameters
    ----------
    family
        `"gaussian"`, `"binomial"` (shares from 0 to 1, with the trials as weights), `"poisson"`,
        `"gamma"`, `"inverse-gaussian"`, `"negative-binomial"` or `"tweedie"`.
    link
        `"auto"`: the logarithm for families of positive means, the logit for shares, the identity
        for the normal family; else `"identity"`, `"log"`, `"logit"`, `"probit"`, `"cloglog"`,
        `"inverse"` or `"inverse-squared"`, where the family takes it.
    power
        Of the Tweedie family.
    overdispersion
        a of the negative binomial family, `V = mu + a mu^2`; None for an estimate.
    alpha
        The size of the penalty.
    l1_ratio
        The share of L1 in it.
    penalty_factor
        Factors of the penalty, one a column of the design, or `{column: factor}` with 1 for all
        others; None for ones. Here and below a column of X goes by its name or its number from 0,
        and a column of categories stands for those of all its levels; a single one goes by the name
        of its coefficient.
    lower_bounds, upper_bounds
        Bounds of the coefficients, one a column of the design, one for all, or `{column: bound}`
        with none for all others; None for none.
    monotonic_cst
        Directions, one a column of X or `{column: direction}`: with 1 the linear predictor does not
        fall along the column, with -1 it does not rise, with 0 it may do both. The coefficient of
        a column of numbers keeps its sign; those of categories rise or fall in the order of the
        levels, and a penalty is one of the increments from level to level. None for none.
    feature_groups
        Lists of columns whose coefficients are all zero or none is, the group lasso:
        `alpha l1_ratio sqrt(p_g) |b_g|_2` in place of the absolute values of their p_g
        coefficients. `"categories"` for each column of categories by itself; None for none.
        Neither with bounds nor with `standardize`.
    standardize
        Whether coefficients are penalized as if the columns had been standardized; they are in
        units of the columns always.
    fit_intercept
        Whether there is an intercept, which is never penalized.
    drop_first
        Whether the first level of each category is left out: `"auto"` where there is no penalty,
        else True or False.
    categorical_missing
        Missing categories: `"fail"`, `"zero"` (no level), or `"convert"` (a level of their own).
    correction
        `"firth"`: Firth's penalty, half the logarithm of the determinant of the information, for
        shares with the logit link, without another penalty, bounds or monotone terms: finite
        coefficients in spite of separation. None for none.
    dispersion, covariance, weights
        How inference is made by default: see :meth:`inference`.
    solver
        `"auto"`, `"cholesky"`, `"newton-cg"`, `"lbfgs"` or `"coordinate-descent"`.
    max_iter
        Most iterations.
    tol
        How exact the fit is: see :class:`PoissonRegressor`; without penalty it is of half of
        Newton's decrement squared.
    warm_start
        Whether a fit starts at the coefficients of the one before.
    n_jobs
        Threads; None for those that :func:`ravine.threads` gives.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import GeneralizedLinearModel
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> model = GeneralizedLinearModel(family="poisson").fit(X, [1, 1, 3, 5, 9, 14])
    >>> print(model.summary())
    GeneralizedLinearModel (poisson, log link)
                 estimate  std. error      z     P>|z|  95 % from      to
    ---------------------------------------------------------------------
    (intercept)   -0.1040      0.5362  -0.19     0.846    -1.1550  0.9470
    x1             0.5572      0.1308   4.26  2.03e-05     0.3009  0.8135
    ---------------------------------------------------------------------
    rows 6, coefficients 2, residual degrees of freedom 4
    deviance 0.354311, null 23.6163; dispersion 1 (fixed)
    ...
    """

    coefficient_names_: Any

    def __init__(
        self,
        *,
        family: str = "gaussian",
        link: str = "auto",
        power: float = 1.5,
        overdispersion: float | None = None,
        alpha: float = 0.0,
        l1_ratio: float = 0.0,
        penalty_factor: ArrayLike | Mapping[Any, float] | None = None,
        lower_bounds: ArrayLike | Mapping[Any, float] | None = None,
        upper_bounds: ArrayLike | Mapping[Any, float] | None = None,
        monotonic_cst: ArrayLike | Mapping[Any, int] | None = None,
        feature_groups: Any = None,
        standardize: bool = False,
        fit_intercept: bool = True,
        drop_first: str | bool = "auto",
        categorical_missing: str = "fail",
        dispersion: str | float = "auto",
        covariance: str = "model",
        weights: str = "variance",
        solver: str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        warm_start: bool = False,
        n_jobs: int | None = None,
        correction: str | None = None,
    ) -> None:
        self.family = family
        self.link = link
        self.power = power
        self.overdispersion = overdispersion
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.penalty_factor = penalty_factor
        self.lower_bounds = lower_bounds
        self.upper_bounds = upper_bounds
        self.monotonic_cst = monotonic_cst
        self.feature_groups = feature_groups
        self.standardize = standardize
        self.fit_intercept = fit_intercept
        self.drop_first = drop_first
        self.categorical_missing = categorical_missing
        self.dispersion = dispersion
        self.covariance = covariance
        self.weights = weights
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.correction = correction

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> Any:
        """Fits the model.

        Parameters
        ----------
        X
            Rows by columns: an array, a sparse matrix, or a table of pandas, polars or Arrow, whose
            columns of categories and text become indicators that are never written out.
        y
            A target a row.
        sample_weight
            Weights of the rows; default ones. Rows of weight 0 are left out.
        offset
            What is added to the linear predictor, as the logarithm of an exposure; default nothing.
        clusters
            The cluster of each row, for covariances that allow rows of a cluster to depend on each
            other; default none.
        """
        self._check_choices()
        kind = "glm"
        if self._name() == "negative-binomial" and self.overdispersion is None:
            kind = "negative_binomial"
        if self._correction() == "firth":
            kind = "firth"
        more = self._fit(X, y, sample_weight, offset, kind)
        if self._name() == "negative-binomial":
            a = more["alpha"] if self.overdispersion is None else self.overdispersion
            self.overdispersion_ = float(a)
        self._clusters = None if clusters is None else np.asarray(clusters)
        return self

    def _check_choices(self) -> None:
        missing = ("fail", "zero", "convert")
        if self.categorical_missing not in missing:
            raise ValueError(
                f"categorical_missing: is {self.categorical_missing!r}, but must be one of "
                f"{', '.join(missing)}"
            )
        if self.drop_first not in ("auto", True, False):
            raise ValueError(f"drop_first: is {self.drop_first!r}, but must be 'auto' or a boolean")
        if self.standardize not in (True, False):
            raise ValueError(f"standardize: is {self.standardize!r}, but must be a boolean")

    def _name(self) -> str:
        name = str(self.family).replace("_", "-")
        if name not in FAMILIES:
            families = ", ".join(FAMILIES)
            raise ValueError(f"family: is {self.family!r}, but must be one of {families}")
        return name

    def _family(self) -> Any:
        name = self._name()
        if name == "tweedie":
            power = check_real("power", self.power, 1, open_="least most", most=2)
            return {"tweedie": {"power": power}}
        if name == "negative-binomial":
            if self.overdispersion is None:
                return "poisson"
            a = check_real("overdispersion", self.overdispersion, 0, open_="least most")
            return {"negative_binomial": {"alpha": a}}
        return name.replace("-", "_")

    def _known_family(self) -> Any:
        if self._name() != "negative-binomial":
            return self._family()
        a = self.overdispersion_
        return {"negative_binomial": {"alpha": a}} if a > 0 else "poisson"

    def _link(self) -> str | None:
        if self.link == "auto":
            return None
        name = str(self.link).replace("_", "-")
        if name not in LINKS:
            names = ", ".join(LINKS)
            raise ValueError(f"link: is {self.link!r}, but must be 'auto' or one of {names}")
        return LINKS[name]

    def _penalty(self, total: float) -> tuple[float, float]:
        alpha = check_real("alpha", self.alpha, 0, open_="most")
        return alpha, check_real("l1_ratio", self.l1_ratio, 0, most=1)

    def _design(self, X: Any, unpenalized: bool) -> _core.Design:
        design = super()._design(X, unpenalized)
        columns = X if isinstance(X, list) else []
        self._terms = Terms.of(design, columns, self._coding)
        return design

    def _factors(self, columns: int) -> list[float] | None:
        if self.penalty_factor is None:
            return None
        return self._terms.each("penalty_factor", self.penalty_factor, 1.0).tolist()

    def _settings(self, total: float, columns: int, least_gap: float = 0.0) -> str:
        if self._correction() == "firth":
            logistic = self._name() == "binomial" and self._link() in (None, "logit")
            if not logistic or not self._is_free(total, columns):
                words = "by the logit link, without another penalty, bounds or monotone terms"
                raise ValueError(f"{FIRTH} {words}")
        return super()._settings(total, columns, least_gap)

    def _bounds(self, columns: int) -> tuple[Vector | None, Vector | None]:
        lower, upper = self.lower_bounds, self.upper_bounds
        each = self._terms.each
        low = None if lower is None else each("lower_bounds", lower, -np.inf)
        high = None if upper is None else each("upper_bounds", upper, np.inf)
        signs = self._signs()
        for name, j in self._terms.ordered_columns(signs):
            if any(own is not None and np.isfinite(own[j]) for own in (low, high)):
                raise ValueError(f"monotonic_cst: is for {name!r}, which has bounds of its own")
        for j, sign in self._terms.sloped(signs):
            if sign > 0:
                low = np.full(columns, -np.inf) if low is None else low
                low[j] = max(low[j], 0.0)
            else:
                high = np.full(columns, np.inf) if high is None else high
                high[j] = min(high[j], 0.0)
        return low, high

    def _signs(self) -> list[int]:
        return self._terms.signs("monotonic_cst", self.monotonic_cst)

    def _together(self) -> dict[str, Any]:
        return {
            "groups": self._terms.groups("feature_groups", self.feature_groups),
            "monotone": self._terms.monotone(self._signs()),
            "penalty_units": "deviations" if self.standardize else "columns",
        }

    def _drop(self, unpenalized: bool) -> str:
        drop = unpenalized if self.drop_first == "auto" else self.drop_first
        return "first" if drop else "none"

    def _positive_means(self) -> bool:
        return str(self.family) not in ("gaussian", "binomial")

    def _default_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "dispersion": self.dispersion,
            "covariance": self.covariance,
            "weights": self.weights,
        }
        if self.__dict__.get("_clusters") is not None:
            settings["clusters"] = self._clusters
        return settings

    def _keep_goodness(self, fit: Any) -> None:
        settings = settings_of("model", None, self.dispersion, self.weights, "expected")
        self._kept_goodness = fit.goodness(json.dumps(settings))

    def _described(self) -> str:
        usual = {"gaussian": "identity", "binomial": "logit"}
        link = usual.get(self._name(), "log") if self.link == "auto" else self.link
        return f" ({self._name()}, {link} link)"

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        state.pop("_clusters", None)
        state.pop("_terms", None)
        return state
