"""Least squares and its penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ravine._lm_base import Vector, check_real, warn_unconverged
from ravine._lm_regression import Regression


class SquaresRegression(Regression):
    """A regression by least squares with the parameters of scikit-learn's."""

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Fits the model.

        Parameters
        ----------
        X, y, sample_weight
            See :meth:`GeneralizedLinearModel.fit`.
        """
        self._fit(X, y, sample_weight)
        return self


class LinearRegression(SquaresRegression):
    """Least squares, with standard errors and tests.

    Columns that are combinations of others are left out, and said.

    Parameters
    ----------
    fit_intercept
        Whether there is an intercept.
    copy_X
        Changes nothing: X is never changed.
    tol
        The accuracy of the coefficients, about.
    n_jobs
        Threads; None for those that :func:`ravine.threads` gives, -1 for all cores.
    positive
        Whether coefficients are kept from being negative; then there are no standard errors.

    Attributes
    ----------
    coef_, intercept_
        The coefficients.
    rank_
        Estimated coefficients without the intercept.
    bse_, tvalues_, pvalues_, cov_params_, dispersion_, loglik_, aic_, bic_
        See :meth:`inference`.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import LinearRegression
    >>> X = np.array([[1, 1], [1, 2], [2, 2], [2, 3]])
    >>> model = LinearRegression().fit(X, X @ [1, 2] + [3.1, 2.9, 2.9, 3.1])
    >>> model.coef_.round(6)
    array([1., 2.])
    >>> model.bse_.round(3)
    array([0.332, 0.283, 0.2  ])
    """

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        copy_X: bool = True,
        tol: float = 1e-6,
        n_jobs: int | None = None,
        positive: bool = False,
    ) -> None:
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.tol = tol
        self.n_jobs = n_jobs
        self.positive = positive

    def _penalty(self, total: float) -> tuple[float, float]:
        return 0.0, 0.0

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Fits the model; see :meth:`Ridge.fit`."""
        super().fit(X, y, sample_weight)
        self.rank_ = int((~self.aliased_).sum())
        return self


class Ridge(SquaresRegression):
    """Least squares with a ridge penalty: minimizes `sum_i w_i (y_i - z_i)^2 + alpha |b|^2`.

    Parameters
    ----------
    alpha
        The size of the penalty. With 0 the fit has standard errors and tests.
    fit_intercept
        Whether there is an intercept, which is never penalized.
    copy_X, random_state
        Change nothing.
    max_iter
        Most iterations; None for 1000.
    tol
        See :class:`PoissonRegressor`.
    solver
        `"auto"`, `"cholesky"`, `"newton-cg"` or `"lbfgs"`; scikit-learn's others are taken as
        `"auto"`.
    positive
        Whether coefficients are kept from being negative.

    Examples
    --------
    >>> from ravine.linear_model import Ridge
    >>> Ridge(alpha=1.0).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 5.0]).coef_.round(6)
    array([1.666667])
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        copy_X: bool = True,
        max_iter: int | None = None,
        tol: float = 1e-4,
        solver: str = "auto",
        positive: bool = False,
        random_state: Any = None,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.solver = solver
        self.positive = positive
        self.random_state = random_state

    def _penalty(self, total: float) -> tuple[float, float]:
        return check_real("alpha", self.alpha, 0, open_="most") / total, 0.0


class ElasticNet(SquaresRegression):
    """Least squares with an elastic-net penalty.

    Minimizes `(1/2W) sum_i w_i (y_i - z_i)^2 + alpha (l1_ratio |b|_1 + (1 - l1_ratio) |b|^2 / 2)`,
    W the sum of the weights.

    Parameters
    ----------
    alpha
        The size of the penalty.
    l1_ratio
        The share of L1.
    fit_intercept
        Whether there is an intercept, which is never penalized.
    precompute, copy_X, random_state, selection
        Change nothing.
    max_iter
        Most rounds.
    tol
        See :class:`PoissonRegressor`.
    warm_start
        Whether a fit starts at the coefficients of the one before.
    positive
        Whether coefficients are kept from being negative.

    Attributes
    ----------
    coef_, intercept_
        The coefficients.
    sparse_coef_
        The same as a sparse matrix.
    dual_gap_
        In units of the objective above.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import ElasticNet
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> model = ElasticNet(alpha=0.1).fit(X, 3 * X[:, 1])
    >>> (model.coef_ != 0).tolist()
    [False, True, False, False]
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        l1_ratio: float = 0.5,
        fit_intercept: bool = True,
        precompute: Any = False,
        max_iter: int = 1000,
        copy_X: bool = True,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.copy_X = copy_X
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def _penalty(self, total: float) -> tuple[float, float]:
        alpha = check_real("alpha", self.alpha, 0, open_="most")
        return alpha, check_real("l1_ratio", self.l1_ratio, 0, most=1)

    @property
    def sparse_coef_(self) -> sparse.csr_matrix:
        """The coefficients as a sparse matrix."""
        return sparse.csr_matrix(self.coef_)

    @property
    def dual_gap_(self) -> float:
        """The duality gap."""
        return self.gap_


class Lasso(ElasticNet):
    """Least squares with an L1 penalty: :class:`ElasticNet` with the share 1.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import Lasso
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> (Lasso(alpha=0.2).fit(X, 3 * X[:, 1]).coef_ != 0).tolist()
    [False, True, False, False]
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        precompute: Any = False,
        copy_X: bool = True,
        max_iter: int = 1000,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def _penalty(self, total: float) -> tuple[float, float]:
        return check_real("alpha", self.alpha, 0, open_="most"), 1.0


class HuberRegressor(SquaresRegression):
    """A regression that outliers do not carry away, with the scale of the residuals estimated.

    Minimizes `sum_i w_i sigma (1 + H(r_i / sigma)) + alpha |b|^2` over coefficients and scale, with
    `H(t) = t^2` for `|t| < epsilon` and `2 epsilon |t| - epsilon^2` beyond.

    Parameters
    ----------
    epsilon
        Where residuals begin to count as outliers, in units of the scale; above 1.
    max_iter
        Most rounds of coefficients and scale.
    alpha
        The size of the penalty.
    warm_start
        Whether a fit starts at the coefficients of the one before.
    fit_intercept
        Whether there is an intercept, which is never penalized.
    tol
        The relative change of scale and predictions in a round below which the fit ends.

    Attributes
    ----------
    coef_, intercept_
        The coefficients.
    scale_
        sigma.
    outliers_
        Of each row, whether it is beyond `epsilon sigma`.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import HuberRegressor
    >>> x = np.arange(20.0)
    >>> y = 2 * x + np.tile([-1, 0, 1, 0], 5)
    >>> y[-1] = -500
    >>> model = HuberRegressor().fit(x[:, None], y)
    >>> bool(abs(model.coef_[0] - 2) < 0.1), bool(model.outliers_[-1])
    (True, True)
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.35,
        max_iter: int = 500,
        alpha: float = 0.0001,
        warm_start: bool = False,
        fit_intercept: bool = True,
        tol: float = 1e-8,
    ) -> None:
        self.epsilon = epsilon
        self.max_iter = max_iter
        self.alpha = alpha
        self.warm_start = warm_start
        self.fit_intercept = fit_intercept
        self.tol = tol

    def _penalty(self, total: float) -> tuple[float, float]:
        return check_real("alpha", self.alpha, 0, open_="most") / total, 0.0

    def _has_inference(self, total: float, columns: int) -> bool:
        return False

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Fits the model; see :meth:`Ridge.fit`."""
        epsilon = check_real("epsilon", self.epsilon, 1, open_="least most")
        more = self._fit(X, y, sample_weight, None, "huber", epsilon)
        self.scale_ = more["scale"]
        self.n_iter_ = more["rounds"]
        self._no_inference = "the scale is estimated with the coefficients"
        if self.converged_ and not more["converged"]:
            self.converged_, self.status_ = False, "iteration_limit"
            warn_unconverged(self)
        residuals = np.abs(np.asarray(y, dtype=np.float64).ravel() - self._predictors(X))
        self.outliers_: NDArray[np.bool_] = residuals > epsilon * self.scale_
        return self


def residual_squares(y: Vector, z: Vector, weights: Vector | None) -> float:
    """The weighted mean of squared residuals."""
    return float(np.average((y - z) ** 2, weights=weights))
