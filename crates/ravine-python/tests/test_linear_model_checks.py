"""scikit-learn's own checks of estimators, on every one of ours.

| check that is expected to fail | of | why |
|---|---|---|
| `check_sample_weight_equivalence_*` | `GeneralizedLinearModelCV`, and those of one family | \
folds are of rows at random: one that is repeated lies in several folds, one with a weight in one |

`check_array_api_input` is left out: it is about arrays of other libraries than NumPy.
"""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator

from ravine import linear_model as ours

FOLDS = "folds are of rows, not of weights"

ESTIMATORS = [
    ours.ElasticNet(),
    ours.ElasticNetCV(cv=3, alphas=5),
    ours.GammaRegressor(),
    ours.GammaRegressorCV(cv=2, n_alphas=5),
    ours.GeneralizedLinearModel(),
    ours.GeneralizedLinearModel(family="poisson", alpha=0.5, l1_ratio=0.5),
    ours.GeneralizedLinearModelCV(cv=2, n_alphas=5),
    ours.HuberRegressor(),
    ours.Lasso(),
    ours.LassoCV(cv=3, alphas=5),
    ours.LinearRegression(),
    ours.LinearSVC(),
    ours.LinearSVC(loss="hinge", tol=1e-12),
    ours.LogisticRegression(),
    ours.LogisticRegression(l1_ratio=0.5),
    ours.LogisticRegressionCV(cv=3, Cs=3),
    ours.NegativeBinomialRegressor(),
    ours.NegativeBinomialRegressorCV(cv=2, n_alphas=5),
    ours.PoissonRegressor(),
    ours.PoissonRegressorCV(cv=2, n_alphas=5),
    ours.Ridge(),
    ours.RidgeCV(),
    ours.RidgeCV(cv=3),
    ours.TweedieRegressor(),
    ours.TweedieRegressor(power=1.5),
    ours.TweedieRegressorCV(power=1.5, cv=2, n_alphas=5),
]


EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": FOLDS,
    "check_sample_weight_equivalence_on_sparse_data": FOLDS,
}


def checks() -> list[Any]:
    found = []
    for estimator in ESTIMATORS:
        fails = EXPECTED if isinstance(estimator, ours.GeneralizedLinearModelCV) else {}
        for given, check in estimator_checks_generator(estimator, legacy=True):
            name = check.func.__name__
            if name == "check_array_api_input":
                continue
            marks = [pytest.mark.xfail(reason=fails[name], strict=True)] if name in fails else []
            found.append(pytest.param(given, check, marks=marks, id=f"{given}-{name}"))
    return found


@pytest.mark.parametrize(("estimator", "check"), checks())
def test_scikit_learns_check(estimator: Any, check: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def test_every_estimator_is_checked() -> None:
    checked = {type(estimator).__name__ for estimator in ESTIMATORS}
    public = {
        name
        for name in ours.__all__
        if hasattr(getattr(ours, name), "fit") and hasattr(getattr(ours, name), "get_params")
    }
    assert checked == public


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: repr(e))
def test_parameters_survive_a_clone(estimator: Any) -> None:
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert repr(copy) == repr(estimator)


def test_metadata_is_routed() -> None:
    for model in (ours.PoissonRegressor(), ours.GeneralizedLinearModel()):
        with config_context(enable_metadata_routing=True):
            model.set_fit_request(sample_weight=True, offset=True)
            assert model.get_metadata_routing().fit.requests["offset"] is True
