"""Linear models with scikit-learn's interface, exact fits and inference.

Classes of the names that scikit-learn has take its parameters and minimize its objectives; what
ends a fit is its duality gap, below `(tol / 100)**2` of the objective, and `gap_` says
what was reached. The intercept is never penalized. Columns of categories and of text in tables of
pandas, polars and Arrow are indicators that are never written out. Fits without penalty have
standard errors, tests, likelihoods, residuals and a `summary()`; they keep a copy of their data for
it.

This module needs scikit-learn: `pip install 'ravine[sklearn]'`.

Examples
--------
>>> import numpy as np
>>> from ravine.linear_model import LogisticRegression
>>> X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
>>> model = LogisticRegression(C=np.inf).fit(X, [0, 0, 1, 0, 1, 1])
>>> model.coef_.round(3), model.pvalues_.round(2)
(array([[1.214]]), array([0.23, 0.18]))
"""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "ravine.linear_model needs scikit-learn: pip install 'ravine[sklearn]'"
    ) from error

from ravine._lm_base import CollinearityWarning, SeparationWarning
from ravine._lm_counts import (
    GammaRegressor,
    NegativeBinomialRegressor,
    PoissonRegressor,
    TweedieRegressor,
)
from ravine._lm_counts_cv import (
    GammaRegressorCV,
    NegativeBinomialRegressorCV,
    PoissonRegressorCV,
    TweedieRegressorCV,
)
from ravine._lm_glm import GeneralizedLinearModel
from ravine._lm_glm_cv import GeneralizedLinearModelCV
from ravine._lm_inference import Inference, Influence, WaldTest
from ravine._lm_linear import ElasticNet, HuberRegressor, Lasso, LinearRegression, Ridge
from ravine._lm_linear_cv import ElasticNetCV, LassoCV, RidgeCV
from ravine._lm_logistic import LogisticRegression
from ravine._lm_logistic_cv import LogisticRegressionCV
from ravine._lm_svc import LinearSVC

__all__ = [
    "CollinearityWarning",
    "ElasticNet",
    "ElasticNetCV",
    "GammaRegressor",
    "GammaRegressorCV",
    "GeneralizedLinearModel",
    "GeneralizedLinearModelCV",
    "HuberRegressor",
    "Inference",
    "Influence",
    "Lasso",
    "LassoCV",
    "LinearRegression",
    "LinearSVC",
    "LogisticRegression",
    "LogisticRegressionCV",
    "NegativeBinomialRegressor",
    "NegativeBinomialRegressorCV",
    "PoissonRegressor",
    "PoissonRegressorCV",
    "Ridge",
    "RidgeCV",
    "SeparationWarning",
    "TweedieRegressor",
    "TweedieRegressorCV",
    "WaldTest",
]
