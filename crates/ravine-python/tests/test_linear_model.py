"""Linear models beside scikit-learn's own, and what makes them estimators."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import sklearn.linear_model as theirs
import sklearn.svm
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ravine import linear_model as ours

TIGHT = {"tol": 1e-5}


def diabetes() -> tuple[Any, Any]:
    X, y = load_diabetes(return_X_y=True)
    return 20 * X, y / 50


def cancer() -> tuple[Any, Any]:
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def counts() -> tuple[Any, Any]:
    X, y = diabetes()
    return X, np.floor(y)


def weights(count: int) -> Any:
    return np.random.default_rng(5).integers(0, 4, count).astype(float)


SQUARES = [
    (ours.LinearRegression(tol=1e-14), theirs.LinearRegression()),
    (ours.LinearRegression(fit_intercept=False), theirs.LinearRegression(fit_intercept=False)),
    (ours.LinearRegression(positive=True, **TIGHT), theirs.LinearRegression(positive=True)),
    (ours.Ridge(3.0, **TIGHT), theirs.Ridge(3.0)),
    (ours.Ridge(3.0, solver="newton-cg", **TIGHT), theirs.Ridge(3.0)),
    (ours.Lasso(0.05, **TIGHT), theirs.Lasso(0.05, tol=1e-13, max_iter=100_000)),
    (ours.Lasso(0.05, positive=True, **TIGHT), theirs.Lasso(0.05, positive=True, tol=1e-13)),
    (
        ours.ElasticNet(0.1, l1_ratio=0.3, **TIGHT),
        theirs.ElasticNet(0.1, l1_ratio=0.3, tol=1e-13, max_iter=100_000),
    ),
]


@pytest.mark.parametrize("weighted", [False, True], ids=["alone", "weights"])
@pytest.mark.parametrize(("own", "other"), SQUARES, ids=lambda model: str(model)[:40])
def test_least_squares_are_scikit_learns(own: Any, other: Any, weighted: bool) -> None:
    X, y = diabetes()
    w = weights(len(y)) if weighted else None
    own.fit(X, y, sample_weight=w)
    other.fit(X, y, sample_weight=w)
    assert own.converged_
    assert_allclose(own.coef_, other.coef_, atol=1e-6, rtol=1e-7)
    assert_allclose(own.intercept_, other.intercept_, atol=1e-6)
    assert_allclose(own.score(X, y, w), other.score(X, y, w), atol=1e-9)


GLMS = [
    (ours.PoissonRegressor(alpha=0.1, **TIGHT), theirs.PoissonRegressor(alpha=0.1), counts),
    (ours.GammaRegressor(alpha=0.1, **TIGHT), theirs.GammaRegressor(alpha=0.1), diabetes),
    (
        ours.TweedieRegressor(power=1.5, alpha=0.1, **TIGHT),
        theirs.TweedieRegressor(power=1.5, alpha=0.1),
        counts,
    ),
    (
        ours.TweedieRegressor(power=3, alpha=0.1, **TIGHT),
        theirs.TweedieRegressor(power=3, alpha=0.1),
        diabetes,
    ),
    (
        ours.TweedieRegressor(power=0, link="log", alpha=0.1, **TIGHT),
        theirs.TweedieRegressor(power=0, link="log", alpha=0.1),
        diabetes,
    ),
    (
        ours.TweedieRegressor(power=0, alpha=0.1, **TIGHT),
        theirs.TweedieRegressor(power=0, alpha=0.1),
        diabetes,
    ),
]


@pytest.mark.parametrize("weighted", [False, True], ids=["alone", "weights"])
@pytest.mark.parametrize(("own", "other", "data"), GLMS, ids=lambda model: str(model)[:40])
def test_glms_are_scikit_learns(own: Any, other: Any, data: Any, weighted: bool) -> None:
    X, y = data()
    w = weights(len(y)) if weighted else None
    other.set_params(solver="newton-cholesky", tol=1e-12)
    own.fit(X, y, sample_weight=w)
    other.fit(X, y, sample_weight=w)
    assert own.converged_
    assert_allclose(own.coef_, other.coef_, atol=1e-7)
    assert_allclose(own.intercept_, other.intercept_, atol=1e-7)
    assert_allclose(own.predict(X), other.predict(X), rtol=1e-6)
    assert_allclose(own.score(X, y, w), other.score(X, y, w), atol=1e-8)


@pytest.mark.parametrize("solver", ["auto", "newton-cholesky", "newton-cg", "lbfgs"])
@pytest.mark.parametrize("C", [0.1, 10.0])
def test_two_classes_are_scikit_learns(C: float, solver: str) -> None:
    X, y = cancer()
    w = weights(len(y))
    other = theirs.LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12)
    other.fit(X, y, sample_weight=w)
    own = ours.LogisticRegression(C=C, solver=solver, tol=1e-5, max_iter=1000)
    own.fit(X, y, sample_weight=w)
    assert_allclose(own.coef_, other.coef_, atol=1e-5)
    assert_allclose(own.intercept_, other.intercept_, atol=1e-5)
    assert_allclose(own.predict_proba(X), other.predict_proba(X), atol=1e-6)
    assert_allclose(np.exp(own.predict_log_proba(X)), own.predict_proba(X))
    assert (own.predict(X) == other.predict(X)).all()
    assert_allclose(own.decision_function(X), other.decision_function(X), atol=1e-5)


def test_more_classes_are_scikit_learns() -> None:
    X, y = load_digits(return_X_y=True)
    X = X / 16
    other = theirs.LogisticRegression(solver="newton-cg", tol=1e-10).fit(X, y)
    own = ours.LogisticRegression(tol=1e-5).fit(X, y)
    assert_allclose(own.coef_, other.coef_, atol=1e-5)
    assert_allclose(own.predict_proba(X), other.predict_proba(X), atol=1e-6)
    assert_allclose(own.intercept_.sum(), 0, atol=1e-12)


def test_classes_with_l1_are_at_the_minimum() -> None:
    """Where scikit-learn's own solver ends, our objective is not larger, and as sparse."""
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    for classes in (y, (y > 0).astype(int)):
        own = ours.LogisticRegression(l1_ratio=0.7, C=0.5, tol=1e-4).fit(X, classes)
        other = theirs.LogisticRegression(
            l1_ratio=0.7, C=0.5, solver="saga", tol=1e-8, max_iter=50_000, random_state=0
        ).fit(X, classes)
        assert_allclose(own.coef_, other.coef_, atol=2e-4)
        assert ((own.coef_ == 0) == (other.coef_ == 0)).all()


def test_support_vector_machines_are_liblinears() -> None:
    X, y = cancer()
    own = ours.LinearSVC(C=0.1, fit_intercept=False, tol=1e-4).fit(X, y)
    other = sklearn.svm.LinearSVC(C=0.1, fit_intercept=False, tol=1e-10, dual=False).fit(X, y)
    assert_allclose(own.coef_, other.coef_, atol=1e-6)
    # With a column of ones that is penalized as the others.
    own = ours.LinearSVC(C=0.1, loss="hinge", tol=1e-4, max_iter=10_000).fit(X, y)
    other = sklearn.svm.LinearSVC(C=0.1, loss="hinge", tol=1e-9, max_iter=1_000_000).fit(X, y)
    assert_allclose(own.coef_, other.coef_, atol=1e-4)
    three, classes = load_iris(return_X_y=True)
    own = ours.LinearSVC(penalty="l1").fit(three, classes)
    assert own.coef_.shape == (3, 4) and own.score(three, classes) > 0.9


def test_robust_regression_is_scikit_learns() -> None:
    X, y = diabetes()
    y = y.copy()
    y[::17] += 30
    for w in (None, weights(len(y))):
        other = theirs.HuberRegressor(tol=1e-10, max_iter=100_000).fit(X, y, w)
        own = ours.HuberRegressor().fit(X, y, w)
        assert own.converged_

        def objective(model: Any) -> float:
            t = np.abs(y - model.predict(X)) / model.scale_
            of_rows = 1 + np.where(t < 1.35, t * t, 2.7 * t - 1.35**2)
            total = model.scale_ * (of_rows if w is None else w * of_rows).sum()  # noqa: B023
            return total + 1e-4 * (model.coef_**2).sum()

        assert objective(own) <= objective(other) * (1 + 1e-13)
        assert_allclose(own.coef_, other.coef_, atol=5e-4)
        assert_allclose(own.scale_, other.scale_, rtol=1e-4)
        assert (own.outliers_ == other.outliers_).mean() > 0.99


def test_penalties_are_chosen_as_by_scikit_learn() -> None:
    X, y = diabetes()
    alphas = np.logspace(-3, 3, 7)
    for scoring in (None, "neg_mean_absolute_error"):
        own = ours.RidgeCV(alphas, scoring=scoring).fit(X, y)
        other = theirs.RidgeCV(alphas, scoring=scoring).fit(X, y)
        assert own.alpha_ == other.alpha_
        assert_allclose(own.best_score_, other.best_score_, rtol=1e-9)
    assert ours.RidgeCV(alphas, store_cv_results=True).fit(X, y).cv_results_.shape == (442, 7)
    folds = ours.RidgeCV(alphas, cv=4).fit(X, y)
    assert folds.alpha_ == theirs.RidgeCV(alphas, cv=4).fit(X, y).alpha_
    own = ours.LassoCV(cv=4, alphas=20).fit(X, y)
    other = theirs.LassoCV(cv=4, alphas=20, tol=1e-8).fit(X, y)
    assert_allclose(own.alphas_, other.alphas_, rtol=1e-10)
    # Fits of folds end at gaps of a millionth of the objective.
    assert_allclose(own.mse_path_, other.mse_path_, rtol=3e-4)
    assert own.alpha_ == pytest.approx(other.alpha_)
    ratios = [0.2, 0.9]
    own = ours.ElasticNetCV(cv=4, alphas=10, l1_ratio=ratios).fit(X, y, weights(len(y)))
    other = theirs.ElasticNetCV(cv=4, alphas=10, l1_ratio=ratios, tol=1e-8)
    other.fit(X, y, weights(len(y)))
    assert_allclose(own.mse_path_, other.mse_path_, rtol=3e-4)
    assert (own.l1_ratio_, own.alpha_) == (other.l1_ratio_, pytest.approx(other.alpha_))


def test_logistic_penalties_are_chosen_as_by_scikit_learn() -> None:
    X, y = cancer()
    settings: dict[str, Any] = {"Cs": [0.01, 0.1, 1.0], "cv": 4, "scoring": "neg_log_loss"}
    own = ours.LogisticRegressionCV(**settings).fit(X, y)
    other = theirs.LogisticRegressionCV(
        **settings, l1_ratios=(0.0,), use_legacy_attributes=False, tol=1e-6, max_iter=1000
    ).fit(X, y)
    assert own.C_ == other.C_
    assert_allclose(own.scores_, other.scores_, rtol=1e-3)
    assert_allclose(own.coefs_paths_, other.coefs_paths_, atol=1e-3)
    assert_allclose(own.score(X, y), other.score(X, y), rtol=1e-4)
    means = ours.LogisticRegressionCV(refit=False, **settings).fit(X, y)
    assert means.coef_.shape == (1, 30) and means.predict(X).shape == y.shape


def test_glm_penalties_are_chosen_by_deviance() -> None:
    X, y = counts()
    model = ours.GeneralizedLinearModelCV(family="poisson", l1_ratio=[0.5, 1.0], n_alphas=20, cv=4)
    model.fit(X, y)
    best = int(np.argmin(model.cv_results_["deviance"]))
    assert model.alpha_ == model.cv_results_["alpha"][best]
    assert model.alpha_one_standard_error_ >= model.alpha_
    same = ours.GeneralizedLinearModel(
        family="poisson", alpha=model.alpha_, l1_ratio=model.l1_ratio_
    ).fit(X, y)
    assert_allclose(model.coef_, same.coef_, atol=1e-4)
    large = ours.GeneralizedLinearModelCV(family="poisson", selection="one-standard-error", cv=4)
    assert (large.fit(X, y).coef_ != 0).all() and large.alpha_ == large.alpha_one_standard_error_
    groups = np.arange(len(y)) // 50
    grouped = ours.GeneralizedLinearModelCV(cv=3, n_alphas=3).fit(X, y, groups=groups)
    assert all(len(set(grouped.folds_[groups == g])) == 1 for g in range(8))


def test_penalties_of_one_family_are_chosen_as_those_of_all() -> None:
    X, y = counts()
    positive = y + 0.5
    settings: dict[str, Any] = {"n_alphas": 12, "cv": 4, "random_state": 3, "tol": 1e-7}
    for one, family, alone, target in (
        (ours.PoissonRegressorCV, {"family": "poisson"}, ours.PoissonRegressor(), y),
        (ours.GammaRegressorCV, {"family": "gamma"}, ours.GammaRegressor(), positive),
        (
            lambda **more: ours.TweedieRegressorCV(power=1.5, **more),
            {"family": "tweedie", "power": 1.5},
            ours.TweedieRegressor(power=1.5),
            y,
        ),
        (
            lambda **more: ours.TweedieRegressorCV(power=2, **more),
            {"family": "gamma"},
            ours.TweedieRegressor(power=2),
            positive,
        ),
        (
            lambda **more: ours.NegativeBinomialRegressorCV(overdispersion=0.4, **more),
            {"family": "negative-binomial", "overdispersion": 0.4},
            ours.NegativeBinomialRegressor(overdispersion=0.4),
            y,
        ),
    ):
        chosen = one(**settings).fit(X, target)
        general = ours.GeneralizedLinearModelCV(**family, **settings).fit(X, target)
        assert chosen.alpha_ == general.alpha_ > 0
        assert_allclose(chosen.coef_, general.coef_)
        refit = alone.set_params(alpha=chosen.alpha_, tol=1e-7).fit(X, target)
        assert_allclose(chosen.coef_, refit.coef_, atol=1e-6)
        assert_allclose(chosen.predict(X), refit.predict(X), rtol=1e-5)
    with pytest.raises(ValueError, match="power: is 0.5"):
        ours.TweedieRegressorCV(power=0.5, **settings).fit(X, y)


def test_weights_are_repetitions() -> None:
    X, y = counts()
    w = weights(len(y)).astype(int)
    for model in (
        ours.PoissonRegressor(),
        ours.GeneralizedLinearModel(family="poisson"),
        ours.LogisticRegression(),
        ours.Lasso(0.05),
        ours.HuberRegressor(),
    ):
        target = (y > 2).astype(int) if isinstance(model, ours.LogisticRegression) else y
        weighted = copy.deepcopy(model).fit(X, target, sample_weight=w)
        repeated = model.fit(np.repeat(X, w, axis=0), np.repeat(target, w))
        assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)


def test_sparse_rows_give_the_same() -> None:
    X, y = counts()
    X = np.where(np.abs(X) > 1, X, 0)
    for form in (sparse.csr_matrix, sparse.csc_array, sparse.coo_array):
        for model in (ours.PoissonRegressor(), ours.ElasticNet(0.01), ours.LinearRegression()):
            dense = copy.deepcopy(model).fit(X, y)
            model.fit(form(X), y)
            assert_allclose(model.coef_, dense.coef_, atol=1e-6)
            assert_allclose(model.predict(form(X)), dense.predict(X), atol=1e-5)
    two = ours.LogisticRegression().fit(sparse.csr_matrix(X), y > 2)
    probabilities = two.predict_proba(X)
    assert_allclose(two.sparsify().predict_proba(X), probabilities)
    assert sparse.issparse(two.coef_) and not sparse.issparse(two.densify().coef_)


def test_a_warm_start_starts_where_it_ended() -> None:
    X, y = counts()
    digits, classes = load_digits(return_X_y=True)
    for model, data in (
        (ours.PoissonRegressor(warm_start=True), (X, y)),
        (ours.Lasso(0.01, warm_start=True), (X, y)),
        (ours.LogisticRegression(warm_start=True), (X, y > 2)),
        (ours.LogisticRegression(warm_start=True), (digits / 16, classes)),
    ):
        cold = np.max(model.fit(*data).n_iter_)
        warm = np.max(model.fit(*data).n_iter_)
        assert warm < cold or warm == 1
    # Of other columns there is no start.
    assert model.fit(X, y > 2).coef_.shape == (1, 10)


def test_pickles_predict_and_keep_what_was_asked() -> None:
    X, y = counts()
    model = ours.GeneralizedLinearModel(family="poisson").fit(X, y)
    errors = model.bse_
    again = pickle.loads(pickle.dumps(model))
    assert_allclose(again.predict(X), model.predict(X))
    assert_allclose(again.bse_, errors)
    assert again.summary() == model.summary()
    assert_allclose(again.conf_int(0.9), model.conf_int(0.9))
    with pytest.raises(ValueError, match="data of the fit are not in pickles"):
        again.residuals()
    unasked = pickle.loads(pickle.dumps(ours.LinearRegression().fit(X, y)))
    assert not hasattr(unasked, "bse_") and "No standard errors" in unasked.summary()


def test_pipelines_and_searches() -> None:
    X, y = cancer()
    pipe = make_pipeline(StandardScaler(), ours.LogisticRegression(C=0.1))
    assert pipe.fit(X, y).score(X, y) > 0.97
    search = GridSearchCV(ours.PoissonRegressor(), {"alpha": [1e-3, 1e3]}, n_jobs=2)
    assert search.fit(*counts()).best_params_ == {"alpha": 1e-3}


def test_more_threads_give_the_same() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40_000, 8))
    y = X[:, 0] + rng.normal(size=40_000) > 0
    one = ours.LogisticRegression().fit(X, y)
    two = ours.LogisticRegression(n_jobs=2).fit(X, y)
    assert_allclose(one.coef_, two.coef_, atol=1e-12)
