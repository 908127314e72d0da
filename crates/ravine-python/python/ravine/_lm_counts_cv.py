"""Regressions of counts and positive numbers whose penalty cross-validation chooses."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from ravine._lm_counts import tweedie_family
from ravine._lm_glm_cv import GeneralizedLinearModelCV


class CountsCV(GeneralizedLinearModelCV):
    """A regression of one family whose penalty is chosen by cross-validation."""

    family = "poisson"
    link = "auto"
    power = 1.5
    overdispersion = 1.0
    penalty_factor = None
    lower_bounds = None
    upper_bounds = None
    monotonic_cst = None
    feature_groups = None
    standardize = False
    drop_first = False
    categorical_missing = "fail"
    dispersion = "auto"
    weights = "variance"

    def __init__(
        self,
        *,
        alphas: ArrayLike | None = None,
        n_alphas: int = 100,
        eps: float | None = None,
        l1_ratio: Any = 0.0,
        cv: int = 5,
        random_state: int | None = None,
        selection: str = "best",
        fit_intercept: bool = True,
        solver: str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_jobs: int | None = None,
    ) -> None:
        self.alphas = alphas
        self.n_alphas = n_alphas
        self.eps = eps
        self.l1_ratio = l1_ratio
        self.cv = cv
        self.random_state = random_state
        self.selection = selection
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.n_jobs = n_jobs


class PoissonRegressorCV(CountsCV):
    """:class:`PoissonRegressor` with its penalty chosen by cross-validation.

    Parameters and attributes are those of :class:`GeneralizedLinearModelCV` of these names.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import PoissonRegressorCV
    >>> X = np.random.default_rng(0).normal(size=(60, 8))
    >>> y = np.random.default_rng(1).poisson(np.exp(0.8 * X[:, 0]))
    >>> model = PoissonRegressorCV(n_alphas=20).fit(X, y)
    >>> bool(model.coef_[0] > 0.5 and model.alpha_ > 0)
    True
    """


class GammaRegressorCV(CountsCV):
    """:class:`GammaRegressor` with its penalty chosen by cross-validation.

    Parameters and attributes are those of :class:`GeneralizedLinearModelCV` of these names.
    """

    family = "gamma"


class TweedieRegressorCV(CountsCV):
    """:class:`TweedieRegressor` with its penalty chosen by cross-validation.

    Parameters
    ----------
    power, link
        See :class:`TweedieRegressor`.
    alphas, n_alphas, eps, l1_ratio, cv, random_state, selection, fit_intercept
        See :class:`GeneralizedLinearModelCV`.
    solver, max_iter, tol, n_jobs
        See :class:`GeneralizedLinearModelCV`.
    """

    family = "tweedie"

    def __init__(
        self,
        *,
        power: float = 0.0,
        link: str = "auto",
        alphas: ArrayLike | None = None,
        n_alphas: int = 100,
        eps: float | None = None,
        l1_ratio: Any = 0.0,
        cv: int = 5,
        random_state: int | None = None,
        selection: str = "best",
        fit_intercept: bool = True,
        solver: str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_jobs: int | None = None,
    ) -> None:
        self.power = power
        self.link = link
        super().__init__(
            alphas=alphas,
            n_alphas=n_alphas,
            eps=eps,
            l1_ratio=l1_ratio,
            cv=cv,
            random_state=random_state,
            selection=selection,
            fit_intercept=fit_intercept,
            solver=solver,
            max_iter=max_iter,
            tol=tol,
            n_jobs=n_jobs,
        )

    def _family(self) -> Any:
        return tweedie_family(self.power)

    def _known_family(self) -> Any:
        return self._family()

    def _positive_means(self) -> bool:
        return self.power > 0

    def _described(self) -> str:
        usual = "log" if self.power > 0 else "identity"
        return f" (power {self.power}, {usual if self.link == 'auto' else self.link} link)"


class NegativeBinomialRegressorCV(CountsCV):
    """:class:`NegativeBinomialRegressor` with its penalty chosen by cross-validation; the
    dispersion of the counts has to be known.

    Parameters
    ----------
    overdispersion
        a of the variance `mu + a mu^2`.
    alphas, n_alphas, eps, l1_ratio, cv, random_state, selection, fit_intercept
        See :class:`GeneralizedLinearModelCV`.
    solver, max_iter, tol, n_jobs
        See :class:`GeneralizedLinearModelCV`.
    """

    family = "negative-binomial"

    def __init__(
        self,
        *,
        overdispersion: float = 1.0,
        alphas: ArrayLike | None = None,
        n_alphas: int = 100,
        eps: float | None = None,
        l1_ratio: Any = 0.0,
        cv: int = 5,
        random_state: int | None = None,
        selection: str = "best",
        fit_intercept: bool = True,
        solver: str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_jobs: int | None = None,
    ) -> None:
        self.overdispersion = overdispersion
        super().__init__(
            alphas=alphas,
            n_alphas=n_alphas,
            eps=eps,
            l1_ratio=l1_ratio,
            cv=cv,
            random_state=random_state,
            selection=selection,
            fit_intercept=fit_intercept,
            solver=solver,
            max_iter=max_iter,
            tol=tol,
            n_jobs=n_jobs,
        )
