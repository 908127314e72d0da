"""Regressions of counts and positive numbers with a ridge penalty."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine._lm_base import check_real
from ravine._lm_regression import LogScore


def tweedie_family(power: float) -> Any:
    """The family whose variance is this power of the mean, as the core reads it."""
    known: dict[float, str] = {0: "gaussian", 1: "poisson", 2: "gamma", 3: "inverse_gaussian"}
    if power in known:
        return known[power]
    try:
        checked = check_real("power", power, 1, open_="least most", most=2)
    except ValueError:
        raise ValueError(
            f"power: is {power!r}, but must be 0, from 1 to 2, or 3: no other has a "
            "density that is fitted here"
        ) from None
    return {"tweedie": {"power": checked}}


class PenalizedCounts(LogScore):
    """A regression with a ridge penalty whose parameters are those of scikit-learn's."""

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        solver: str = "auto",
        max_iter: int = 100,
        tol: float = 1e-4,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _penalty(self, total: float) -> tuple[float, float]:
        return check_real("alpha", self.alpha, 0, open_="most"), 0.0

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> Any:
        """Fits the model.

        Parameters
        ----------
        X, y, sample_weight, offset
            See :meth:`GeneralizedLinearModel.fit`.
        """
        self._fit(X, y, sample_weight, offset)
        return self


class PoissonRegressor(PenalizedCounts):
    """Counts whose logarithmic means are linear.

    Minimizes `(1/W) sum_i w_i (mu_i - y_i z_i) + alpha |b|^2 / 2`, `mu = exp(z)`, W the sum of the
    weights, as scikit-learn's class of this name does, whose parameters it takes.

    Parameters
    ----------
    alpha
        The size of the penalty. With 0 the fit has standard errors, tests and a likelihood.
    fit_intercept
        Whether there is an intercept, which is never penalized.
    solver
        `"auto"`, `"newton-cholesky"`, `"newton-cg"` or `"lbfgs"`, which have the same minimizer.
    max_iter
        Most iterations.
    tol
        The accuracy of the coefficients, about: the fit ends once its duality gap, what is missing
        to the minimum at most, is below `(tol / 100)**2` of the objective.
    warm_start
        Whether a fit starts at the coefficients of the one before.
    verbose
        Changes nothing.

    Attributes
    ----------
    coef_, intercept_
        The coefficients.
    n_iter_
        Iterations.
    converged_, status_, gap_, solver_, solver_reason_
        How the fit ended, how far from the minimum it is at most, and what minimized.
    aliased_, infinite_
        Of each column: whether it was left out as a combination of others, and the sign of an
        infinite estimate.

    Examples
    --------
    >>> from ravine.linear_model import PoissonRegressor
    >>> X = [[1, 2], [2, 3], [3, 4], [4, 3]]
    >>> model = PoissonRegressor().fit(X, [12, 17, 22, 21])
    >>> model.coef_.round(4)
    array([0.1211, 0.1584])
    >>> model.predict([[1, 1], [3, 4]]).round(3)
    array([10.676, 21.875])
    """

    def _family(self) -> Any:
        return "poisson"


class GammaRegressor(PenalizedCounts):
    """Positive numbers with a constant coefficient of variation, whose logarithmic means are
    linear.

    Minimizes `(1/W) sum_i w_i (y_i / mu_i + z_i) + alpha |b|^2 / 2`, `mu = exp(z)`. Parameters and
    attributes are those of :class:`PoissonRegressor`.

    Examples
    --------
    >>> from ravine.linear_model import GammaRegressor
    >>> model = GammaRegressor(alpha=0).fit([[0], [1], [2], [3]], [1.0, 2.0, 3.5, 9.0])
    >>> bool(model.pvalues_[1] < 0.02)
    True
    """

    def _family(self) -> Any:
        return "gamma"


class TweedieRegressor(PenalizedCounts):
    """Numbers whose variance is a power of their mean.

    Parameters
    ----------
    power
        Of the variance `V = mu^power`: 0 normal, 1 Poisson, above 1 and below 2 zeros and positive
        numbers, 2 gamma, 3 inverse Gaussian.
    alpha, fit_intercept, solver, max_iter, tol, warm_start, verbose
        See :class:`PoissonRegressor`.
    link
        `"auto"`: the identity for the power 0, else the logarithm; `"identity"` (power 0 alone) or
        `"log"`.

    Examples
    --------
    >>> from ravine.linear_model import TweedieRegressor
    >>> model = TweedieRegressor(power=1.5, alpha=0.1).fit([[0], [1], [2], [3]], [0, 2, 0, 9])
    >>> bool(model.coef_[0] > 0.5)
    True
    """

    def __init__(
        self,
        *,
        power: float = 0.0,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        link: str = "auto",
        solver: str = "auto",
        max_iter: int = 100,
        tol: float = 1e-4,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.power = power
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.link = link
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _family(self) -> Any:
        return tweedie_family(self.power)

    def _link(self) -> str | None:
        if self.link not in ("auto", "identity", "log"):
            raise ValueError(f"link: is {self.link!r}, but must be 'auto', 'identity' or 'log'")
        return None if self.link == "auto" else self.link

    def _positive_means(self) -> bool:
        return self.power > 0


class NegativeBinomialRegressor(PenalizedCounts):
    """Counts with more variance than Poisson's, `V = mu + a mu^2`, whose logarithmic means are
    linear.

    Parameters
    ----------
    overdispersion
        a; by default estimated with the coefficients by maximum likelihood. Where the counts vary
        no more than Poisson's, the estimate is 0 and the fit Poisson's.
    alpha, fit_intercept, solver, max_iter, tol, warm_start, verbose
        See :class:`PoissonRegressor`.

    Attributes
    ----------
    overdispersion_
        a.
    theta_
        `1 / a`, R's name.

    Examples
    --------
    >>> from ravine.linear_model import NegativeBinomialRegressor
    >>> X, y = [[0], [1], [0], [1], [0], [1]], [0, 9, 4, 1, 0, 14]
    >>> bool(NegativeBinomialRegressor(alpha=0).fit(X, y).overdispersion_ > 0.5)
    True
    """

    def __init__(
        self,
        *,
        overdispersion: float | None = None,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        solver: str = "auto",
        max_iter: int = 100,
        tol: float = 1e-4,
        warm_start: bool = False,
        verbose: int = 0,
    ) -> None:
        self.overdispersion = overdispersion
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _family(self) -> Any:
        if self.overdispersion is None:
            return "poisson"
        a = check_real("overdispersion", self.overdispersion, 0, open_="least most")
        return {"negative_binomial": {"alpha": a}}

    def _known_family(self) -> Any:
        a = self.overdispersion_
        return {"negative_binomial": {"alpha": a}} if a > 0 else "poisson"

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> Any:
        """Fits the model; see :meth:`PoissonRegressor.fit`."""
        kind = "negative_binomial" if self.overdispersion is None else "glm"
        more = self._fit(X, y, sample_weight, offset, kind)
        a = more["alpha"] if self.overdispersion is None else self.overdispersion
        self.overdispersion_ = float(a)
        self.theta_ = 1 / self.overdispersion_ if a > 0 else np.inf
        return self
