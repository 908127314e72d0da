"""Generalized linear models of counts, positive numbers and shares."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine._lm_base import Vector, check_count, check_real, jobs
from ravine._lm_inference import _settings as inference_settings
from ravine._lm_regression import LogScore

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


class PenalizedCounts(LogScore):
    """A regression with a ridge penalty whose parameters are those of scikit-learn's."""

    alpha: float

    def _penalty(self, total: float) -> tuple[float, float]:
        return check_real("alpha", self.alpha, 0, open_="most"), 0.0

    def fit(
        self, X: Any, y: Any, sample_weight: ArrayLike | None = None, offset: ArrayLike | None = None
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
        The duality gap, relative to the objective, at which the fit ends: what is missing to the
        minimum is at most that, for certain.
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
        Of each column: whether it was left out as a combination of others, and the sign of an infinite
        estimate.

    Examples
    --------
    >>> from ravine.linear_model import PoissonRegressor
    >>> X = [[1, 2], [2, 3], [3, 4], [4, 3]]
    >>> model = PoissonRegressor().fit(X, [12, 17, 22, 21])
    >>> model.coef_.round(4)
    array([0.1212, 0.1589])
    >>> model.predict([[1, 1], [3, 4]]).round(3)
    array([10.678, 21.875])
    """

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        solver: str = "auto",
        max_iter: int = 100,
        tol: float = 1e-8,
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

    def _family(self) -> Any:
        return "poisson"


class GammaRegressor(PenalizedCounts):
    """Positive numbers with a constant coefficient of variation, whose logarithmic means are linear.

    Minimizes `(1/W) sum_i w_i (y_i / mu_i + z_i) + alpha |b|^2 / 2`, `mu = exp(z)`. Parameters and
    attributes are those of :class:`PoissonRegressor`.

    Examples
    --------
    >>> from ravine.linear_model import GammaRegressor
    >>> model = GammaRegressor(alpha=0).fit([[0], [1], [2], [3]], [1.0, 2.0, 3.5, 9.0])
    >>> bool(model.pvalues_[1] < 0.02)
    True
    """

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        solver: str = "auto",
        max_iter: int = 100,
        tol: float = 1e-8,
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
        tol: float = 1e-8,
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
        known = {0: "gaussian", 1: "poisson", 2: "gamma", 3: "inverse_gaussian"}
        if self.power in known:
            return known[self.power]
        try:
            power = check_real("power", self.power, 1, open_="least most", most=2)
        except ValueError:
            raise ValueError(
                f"power: is {self.power!r}, but must be 0, from 1 to 2, or 3: no other has a density "
                "that is fitted here"
            ) from None
        return {"tweedie": {"power": power}}

    def _link(self) -> str | None:
        if self.link not in ("auto", "identity", "log"):
            raise ValueError(f"link: is {self.link!r}, but must be 'auto', 'identity' or 'log'")
        return None if self.link == "auto" else self.link

    def _positive_means(self) -> bool:
        return self.power > 0


class NegativeBinomialRegressor(PenalizedCounts):
    """Counts with more variance than Poisson's, `V = mu + a mu^2`, whose logarithmic means are linear.

    Parameters
    ----------
    overdispersion
        a; by default estimated with the coefficients by maximum likelihood. Where the counts vary no
        more than Poisson's, the estimate is 0 and the fit Poisson's.
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
        tol: float = 1e-8,
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
        self, X: Any, y: Any, sample_weight: ArrayLike | None = None, offset: ArrayLike | None = None
    ) -> Any:
        """Fits the model; see :meth:`PoissonRegressor.fit`."""
        kind = "negative_binomial" if self.overdispersion is None else "glm"
        more = self._fit(X, y, sample_weight, offset, kind)
        a = more.get("alpha", self.overdispersion)
        self.overdispersion_ = float(a)
        self.theta_ = more.get("theta", 1 / self.overdispersion_ if a else np.inf)
        return self


class GeneralizedLinearModel(LogScore):
    """A generalized linear model with an elastic-net penalty and bounds.

    Minimizes

    `(1/W) sum_i w_i f(y_i, z_i) + alpha sum_j pf_j (l1_ratio |b_j| + (1 - l1_ratio) b_j^2 / 2)`,

    `z = X b + b0 + offset`, f half the unit deviance up to a term free of z, over
    `lower_bounds <= b <= upper_bounds`. Without penalty, the default, it has standard errors, tests,
    residuals and a summary.

    Parameters
    ----------
    family
        `"gaussian"`, `"binomial"` (shares from 0 to 1, with the trials as weights), `"poisson"`,
        `"gamma"`, `"inverse-gaussian"`, `"negative-binomial"` or `"tweedie"`.
    link
        `"auto"`: the logarithm for families of positive means, the logit for shares, the identity for
        the normal family; else `"identity"`, `"log"`, `"logit"`, `"probit"`, `"cloglog"`,
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
        Factors of the penalty, one a column of the design; None for ones.
    lower_bounds, upper_bounds
        Bounds of the coefficients, one a column of the design or one for all; None for none.
    fit_intercept
        Whether there is an intercept, which is never penalized.
    drop_first
        Whether the first level of each category is left out: `"auto"` where there is no penalty, else
        True or False.
    categorical_missing
        Missing categories: `"fail"`, `"zero"` (no level), or `"convert"` (a level of their own).
    dispersion, covariance, weights
        How inference is made by default: see :meth:`inference`.
    solver
        `"auto"`, `"cholesky"`, `"newton-cg"`, `"lbfgs"` or `"coordinate-descent"`.
    max_iter
        Most iterations.
    tol
        How exact the fit is: see :class:`PoissonRegressor`; without penalty, half of Newton's
        decrement squared.
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
                  estimate  std. error      z  P>|z|  95 % from      to
    -------------------------------------------------------------------
    (intercept)    -0.2081      0.4894  -0.43  0.671    -1.1674  0.7512
    x1              0.5717      0.1226   4.66  ...
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
        penalty_factor: ArrayLike | None = None,
        lower_bounds: ArrayLike | None = None,
        upper_bounds: ArrayLike | None = None,
        fit_intercept: bool = True,
        drop_first: str | bool = "auto",
        categorical_missing: str = "fail",
        dispersion: str | float = "auto",
        covariance: str = "model",
        weights: str = "variance",
        solver: str = "auto",
        max_iter: int = 200,
        tol: float = 1e-8,
        warm_start: bool = False,
        n_jobs: int | None = None,
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
        more = self._fit(X, y, sample_weight, offset, kind)
        if self._name() == "negative-binomial":
            self.overdispersion_ = float(more.get("alpha", self.overdispersion))
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

    def _factors(self, columns: int) -> list[float] | None:
        if self.penalty_factor is None:
            return None
        return _each("penalty_factor", self.penalty_factor, columns).tolist()

    def _bounds(self, columns: int) -> tuple[Vector | None, Vector | None]:
        lower, upper = self.lower_bounds, self.upper_bounds
        return (
            None if lower is None else _each("lower_bounds", lower, columns),
            None if upper is None else _each("upper_bounds", upper, columns),
        )

    def _drop(self, unpenalized: bool) -> str:
        drop = unpenalized if self.drop_first == "auto" else self.drop_first
        return "first" if drop else "none"

    def _positive_means(self) -> bool:
        return str(self.family) not in ("gaussian", "binomial")

    def _default_settings(self) -> dict[str, Any]:
        settings = {
            "dispersion": self.dispersion,
            "covariance": self.covariance,
            "weights": self.weights,
        }
        if self.__dict__.get("_clusters") is not None:
            settings["clusters"] = self._clusters
        return settings

    def _keep_goodness(self, fit: Any) -> None:
        settings = inference_settings("model", None, self.dispersion, self.weights, "expected")
        self._kept_goodness = fit.goodness(json.dumps(settings))

    def _described(self) -> str:
        usual = {"gaussian": "identity", "binomial": "logit"}
        link = usual.get(self._name(), "log") if self.link == "auto" else self.link
        return f" ({self._name()}, {link} link)"

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        state.pop("_clusters", None)
        return state


class GeneralizedLinearModelCV(GeneralizedLinearModel):
    """A generalized linear model whose penalty is chosen by cross-validation.

    The alphas are a geometric grid from the least at which all penalized coefficients are zero, from all
    rows and shared by all folds; the best has the least mean deviance of rows that were held out, and
    all rows are fitted with it.

    Parameters
    ----------
    alphas
        None for a grid.
    n_alphas
        Points of the grid.
    eps
        The last alpha of the grid by the first; None for 1e-4 where there are more rows than columns,
        else 1e-2.
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
        penalty_factor: ArrayLike | None = None,
        lower_bounds: ArrayLike | None = None,
        upper_bounds: ArrayLike | None = None,
        fit_intercept: bool = True,
        drop_first: str | bool = False,
        categorical_missing: str = "fail",
        dispersion: str | float = "auto",
        weights: str = "variance",
        solver: str = "auto",
        max_iter: int = 200,
        tol: float = 1e-8,
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
        if groups is not None:
            groups = np.unique(np.asarray(groups), return_inverse=True)[1].tolist()
        folds = check_count("cv", self.cv, 2)
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
                seed=1 if self.random_state is None else check_count("random_state", self.random_state, 0),
                groups=groups,
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
        self.overdispersion_ = self.overdispersion
        self._keep(fit, inference=self.alpha_ == 0 and lower is None and upper is None)
        self._keep_goodness(fit)
        return self

    def _penalty(self, total: float) -> tuple[float, float]:
        chosen = self.__dict__.get("l1_ratio_", float(np.ravel(self.l1_ratio)[0]))
        alpha = self.__dict__.get("alpha_", 0.0)
        return alpha, check_real("l1_ratio", float(chosen), 0, most=1)

    def _default_settings(self) -> dict[str, Any]:
        return {"dispersion": self.dispersion, "weights": self.weights}


def _each(name: str, value: ArrayLike, columns: int) -> Vector:
    """One number a column; a single one stands for all."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: is {value!r}, but must be numbers") from None
    if array.ndim == 0:
        array = np.full(columns, float(array))
    if array.shape != (columns,):
        raise ValueError(f"{name}: has shape {array.shape}, but must have ({columns},)")
    return np.ascontiguousarray(array)
