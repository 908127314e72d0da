"""Generalized linear models whose penalty cross-validation chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._lm_base import check_count, check_real, jobs
from ravine._lm_glm import GeneralizedLinearModel


class GeneralizedLinearModelCV(GeneralizedLinearModel):
    """A generalized linear model whose penalty is chosen by cross-validation.

    The alphas are a geometric grid from the least at which all penalized coefficients are zero,
    from all rows and shared by all folds; the best has the least mean deviance of rows that were
    held out, and all rows are fitted with it.

    Parameters
    ----------
    alphas
        None for a grid.
    n_alphas
        Points of the grid.
    eps
        The last alpha of the grid by the first; None for 1e-4 where there are more rows than
        columns, else 1e-2.
    l1_ratio
        The share of L1, or several to choose among.
    cv
        The number of folds, of rows at random, of classes in equal shares.
    random_state
        A number, which gives the folds.
    selection
        `"best"`, or `"one-standard-error"`: the largest alpha whose deviance is within a standard
        error of the least.
    family, link, power, penalty_factor, lower_bounds, upper_bounds, fit_intercept, drop_first
        See :class:`GeneralizedLinearModel`.
    monotonic_cst, feature_groups, standardize
        See :class:`GeneralizedLinearModel`.
    categorical_missing, dispersion, weights, solver, max_iter, tol, n_jobs
        See :class:`GeneralizedLinearModel`.

    Attributes
    ----------
    alpha_, l1_ratio_
        What was chosen.
    alpha_one_standard_error_
        The largest alpha within a standard error of the best.
    cv_results_
        Arrays `alpha`, `l1_ratio`, `deviance` and `standard_error` of all that were tried.
    folds_
        The fold of each row.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import GeneralizedLinearModelCV
    >>> X = np.random.default_rng(0).normal(size=(60, 8))
    >>> y = np.random.default_rng(1).poisson(np.exp(0.8 * X[:, 0]))
    >>> model = GeneralizedLinearModelCV(family="poisson", l1_ratio=1.0).fit(X, y)
    >>> bool(model.coef_[0] > 0.5 and model.alpha_ > 0)
    True
    """

    def __init__(
        self,
        *,
        family: str = "gaussian",
        link: str = "auto",
        power: float = 1.5,
        overdispersion: float = 1.0,
        alphas: ArrayLike | None = None,
        n_alphas: int = 100,
        eps: float | None = None,
        l1_ratio: Any = 0.0,
        cv: int = 5,
        random_state: int | None = None,
        selection: str = "best",
        penalty_factor: ArrayLike | Mapping[Any, float] | None = None,
        lower_bounds: ArrayLike | Mapping[Any, float] | None = None,
        upper_bounds: ArrayLike | Mapping[Any, float] | None = None,
        monotonic_cst: ArrayLike | Mapping[Any, int] | None = None,
        feature_groups: Any = None,
        standardize: bool = False,
        fit_intercept: bool = True,
        drop_first: str | bool = False,
        categorical_missing: str = "fail",
        dispersion: str | float = "auto",
        weights: str = "variance",
        solver: str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_jobs: int | None = None,
    ) -> None:
        self.family = family
        self.link = link
        self.power = power
        self.overdispersion = overdispersion
        self.alphas = alphas
        self.n_alphas = n_alphas
        self.eps = eps
        self.l1_ratio = l1_ratio
        self.cv = cv
        self.random_state = random_state
        self.selection = selection
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
        self.weights = weights
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.n_jobs = n_jobs

    def fit(  # type: ignore[override]
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Any:
        """Chooses the penalty, and fits all rows with it.

        Parameters
        ----------
        X, y, sample_weight, offset
            See :meth:`GeneralizedLinearModel.fit`.
        groups
            The group of each row; groups stay together in folds. Default none.
        """
        self._check_choices()
        if self.selection not in ("best", "one-standard-error"):
            raise ValueError(
                f"selection: is {self.selection!r}, but must be 'best' or 'one-standard-error'"
            )
        X, y, weights, offset = self._read_cases(X, y, sample_weight, offset)
        count = len(y)
        total = float(count if weights is None else weights.sum())
        design = self._design(X, False)
        columns = design.shape[1]
        lower, upper = self._bounds(columns)
        together = None
        if groups is not None:
            of_rows = np.ravel(np.asarray(groups))
            if len(of_rows) != count:
                raise ValueError(f"groups: has {len(of_rows)} entries, but X has {count} rows")
            together = np.unique(of_rows, return_inverse=True)[1].tolist()
        folds = check_count("cv", self.cv, 2)
        if count == 1:
            raise ValueError(f"cv: is {folds}, but X has only 1 sample")
        alphas = self.alphas
        ratios = np.ravel(self.l1_ratio).astype(float).tolist()
        with jobs(self.n_jobs):
            fit, found = _core.cross_validate_glm(
                design,
                y,
                weights,
                offset,
                self._settings(total, columns),
                lower=lower,
                upper=upper,
                alphas=None if alphas is None else np.ravel(alphas).astype(float).tolist(),
                count=check_count("n_alphas", self.n_alphas, 1),
                ratio=self.eps,
                l1_ratios=ratios,
                folds=folds,
                seed=1
                if self.random_state is None
                else check_count("random_state", self.random_state, 0),
                groups=together,
            )
        self.alpha_, self.l1_ratio_ = found.pop("best")
        self.alpha_one_standard_error_ = found.pop("one_standard_error")
        self.folds_ = found.pop("folds")
        self.cv_results_ = found
        if self.selection == "one-standard-error" and self.alpha_one_standard_error_ > self.alpha_:
            self.alpha_ = self.alpha_one_standard_error_
            settings = self._settings(total, columns)
            with jobs(self.n_jobs):
                fit, _ = _core.fit_glm(
                    "glm", design, y, weights, offset, settings, lower=lower, upper=upper
                )
        self._name_coefficients(design)
        self.overdispersion_ = float(self.overdispersion or 0)
        self._keep(fit, inference=self._is_free(total, columns))
        self._keep_goodness(fit)
        return self

    def _penalty(self, total: float) -> tuple[float, float]:
        chosen = self.__dict__.get("l1_ratio_", float(np.ravel(self.l1_ratio)[0]))
        alpha = self.__dict__.get("alpha_", 0.0)
        return alpha, check_real("l1_ratio", float(chosen), 0, most=1)

    def _default_settings(self) -> dict[str, Any]:
        return {"dispersion": self.dispersion, "weights": self.weights}
