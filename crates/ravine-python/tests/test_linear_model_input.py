"""What estimators refuse, and that Ctrl-C ends them."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from ravine.linear_model import (
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    GeneralizedLinearModel,
    GeneralizedLinearModelCV,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LinearSVC,
    LogisticRegression,
    LogisticRegressionCV,
    NegativeBinomialRegressor,
    PoissonRegressor,
    Ridge,
    RidgeCV,
    TweedieRegressor,
)

X = np.random.default_rng(0).normal(size=(20, 3))
COUNTS = np.arange(20) % 4
TWO = COUNTS > 1

WRONG_SETTINGS: list[tuple[Any, str]] = [
    (PoissonRegressor(alpha=-1), "alpha: is -1, but must be a number at least 0"),
    (PoissonRegressor(alpha="x"), "alpha: is 'x'"),
    (PoissonRegressor(alpha=np.inf), "alpha: is inf"),
    (PoissonRegressor(alpha=True), "alpha: is True"),
    (PoissonRegressor(tol=0), "tol: is 0, but must be a number above 0 and below 1"),
    (PoissonRegressor(max_iter=0), "max_iter: is 0, but must be a whole number of at least 1"),
    (PoissonRegressor(max_iter=2.5), "max_iter: is 2.5"),
    (PoissonRegressor(solver="simplex"), "solver: is 'simplex', but must be one of auto"),
    (ElasticNet(l1_ratio=2), "l1_ratio: is 2, but must be a number at least 0 and at most 1"),
    (TweedieRegressor(power=2.5), "power: is 2.5, but must be 0, from 1 to 2, or 3"),
    (TweedieRegressor(link="logit"), "link: is 'logit', but must be 'auto', 'identity' or 'log'"),
    (TweedieRegressor(power=1, link="identity"), "link: is `identity`, but must be `log`"),
    (NegativeBinomialRegressor(overdispersion=-1), "overdispersion: is -1"),
    (GeneralizedLinearModel(family="weibull"), "family: is 'weibull', but must be one of gauss"),
    (GeneralizedLinearModel(link="square"), "link: is 'square', but must be 'auto' or one of"),
    (GeneralizedLinearModel(link="logit"), "link: is `logit`, but must be `identity` or `log`"),
    (GeneralizedLinearModel(family="tweedie", power=2), "power: is 2, but must be a number above"),
    (GeneralizedLinearModel(penalty_factor=[1]), "penalty_factor: has shape \\(1,\\)"),
    (GeneralizedLinearModel(penalty_factor=-1, alpha=1), "penalty_factor\\[0\\]: is -1"),
    (GeneralizedLinearModel(lower_bounds=2, upper_bounds=1), "lower_bounds\\[0\\]: is 2"),
    (GeneralizedLinearModel(lower_bounds="low"), "lower_bounds: is 'low'"),
    (GeneralizedLinearModel(categorical_missing="drop"), "categorical_missing: is 'drop'"),
    (GeneralizedLinearModel(drop_first="last"), "drop_first: is 'last'"),
    (GeneralizedLinearModel(n_jobs=0), "n_jobs: is 0"),
    (GeneralizedLinearModelCV(cv=1), "cv: is 1"),
    (GeneralizedLinearModelCV(cv=21), "cv: is 21, but must be at least 2 and at most 20"),
    (GeneralizedLinearModelCV(selection="worst"), "selection: is 'worst'"),
    (GeneralizedLinearModelCV(alphas=[-1.0]), "alphas\\[0\\]: is -1"),
    (GeneralizedLinearModelCV(n_alphas=0), "n_alphas: is 0"),
    (HuberRegressor(epsilon=1), "epsilon: is 1, but must be a number above 1"),
    (RidgeCV(alphas=[0.0]), "alphas: is 0.0, but must be a number above 0"),
    (RidgeCV(alphas=[]), "alphas: are none"),
    (RidgeCV(cv=3, store_cv_results=True), "incompatible"),
    (ElasticNetCV(l1_ratio=0), "l1_ratio: is 0, for which there is no grid"),
    (ElasticNetCV(eps=0), "eps: is 0"),
]

WRONG_CLASSIFIERS: list[tuple[Any, str]] = [
    (LogisticRegression(C=0), "C: is 0, but must be a number above 0"),
    (LogisticRegression(l1_ratio=-0.1), "l1_ratio: is -0.1"),
    (LogisticRegression(penalty="l3"), "penalty: is 'l3'"),
    (LogisticRegression(class_weight={3: 1.0}), "class_weight dict must have the class labels"),
    (LogisticRegressionCV(Cs=[0.0]), "Cs: is 0.0"),
    (LogisticRegressionCV(Cs=0), "Cs: is 0"),
    (LogisticRegressionCV(l1_ratios=[2.0]), "l1_ratios: is 2.0"),
    (LinearSVC(C=-1), "C: is -1"),
    (LinearSVC(loss="log"), "loss: is 'log'"),
    (LinearSVC(penalty="l0"), "penalty: is 'l0'"),
    (LinearSVC(penalty="l1", loss="hinge"), "must be 'squared_hinge' for the penalty 'l1'"),
    (LinearSVC(multi_class="crammer_singer"), "multi_class: is 'crammer_singer'"),
]


@pytest.mark.parametrize(("model", "message"), WRONG_SETTINGS, ids=lambda value: str(value)[:40])
def test_wrong_settings_are_named(model: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.fit(X, COUNTS)


@pytest.mark.parametrize(("model", "message"), WRONG_CLASSIFIERS, ids=lambda v: str(v)[:40])
def test_wrong_settings_of_classifiers_are_named(model: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.fit(X, TWO)


REGRESSIONS = [Lasso(), LinearRegression(), PoissonRegressor(), Ridge(), GeneralizedLinearModel()]
ALL = [*REGRESSIONS, LogisticRegression(), LinearSVC(), HuberRegressor()]


@pytest.mark.parametrize("model", ALL, ids=lambda model: str(model))
def test_wrong_data_are_named(model: Any) -> None:
    y = TWO.astype(float)
    for given, message in (
        (np.where(X > 2, np.nan, X) if (X > 2).any() else X * np.nan, "NaN"),
        (np.where(X == X.max(), np.inf, X), "infinity"),
        (np.empty((0, 3)), "0 sample"),
        (np.empty((20, 0)), "0 feature\\(s\\) \\(shape=\\(20, 0\\)\\) while a minimum of 1"),
        (X[:, 0], "Reshape your data"),
        ([["a", "b"]] * 20, "could not convert string to float"),
        (X.astype(complex), "Complex data not supported"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(given, y[: len(given)])
    for target, message in (
        (y[:5], "inconsistent numbers of samples"),
        (np.where(np.arange(20) == 3, np.nan, y), "NaN"),
        (None, "y to be passed, but the target y is None"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(X, target)
    for weights, message in (
        (np.zeros(20), "(?s)weight.*zero|zero.*weight"),
        (-np.ones(20), "Negative values in data passed to `sample_weight`"),
        (np.ones(3), "sample_weight.shape"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(X, y, sample_weight=weights)
    model.fit(X, y)
    with pytest.raises(ValueError, match="X has 2 features, but .* is expecting 3 features"):
        model.predict(X[:, :2])


def test_targets_of_a_family_are_named() -> None:
    with pytest.raises(ValueError, match="y: gamma needs y > 0; row 0 has 0; Tweedie"):
        GammaRegressor().fit(X, COUNTS)
    with pytest.raises(ValueError, match="y: poisson needs y >= 0; row 0 has -4"):
        PoissonRegressor().fit(X, COUNTS - 4)
    with pytest.raises(ValueError, match="y: binomial needs 0 <= y <= 1; row 2 has 2"):
        GeneralizedLinearModel(family="binomial").fit(X, COUNTS)
    with pytest.raises(ValueError, match="y: is 0 in every row; the intercept has no finite"):
        PoissonRegressor().fit(X, np.zeros(20))
    for model in (LogisticRegression(), LinearSVC()):
        with pytest.raises(ValueError, match="contains only one class: 1"):
            model.fit(X, np.ones(20, dtype=int))
        with pytest.raises(ValueError, match="Unknown label type: continuous"):
            model.fit(X, X[:, 0])
    with pytest.raises(ValueError, match="poisson needs y >= 0"):
        PoissonRegressor().fit(X, COUNTS).score(X, -COUNTS - 1)


def test_a_fold_without_a_class_is_named() -> None:
    classes = ["few"] * 10 + ["many"] * 9 + ["one"]
    with pytest.warns(UserWarning, match="least populated class"):
        with pytest.raises(ValueError, match="cv: the training rows of a fold have no one, one of"):
            LogisticRegressionCV(cv=3).fit(X, classes)


def test_offsets_are_checked_and_added() -> None:
    model = PoissonRegressor(alpha=0.0)
    for offset, message in (
        (np.ones(3), "offset: has shape \\(3,\\), but must have \\(20,\\), one a row"),
        (np.full(20, np.nan), "offset: entry 0 is nan, but all must be finite"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(X, COUNTS, offset=offset)
    exposure = 1.0 + np.arange(20) % 3
    model.fit(X, COUNTS, offset=np.log(exposure))
    assert np.allclose(model.predict(X, np.log(exposure)), exposure * model.predict(X))
    assert np.isclose(model.predict(X, np.log(exposure)).sum(), COUNTS.sum())
    assert model.score(X, COUNTS, offset=np.log(exposure)) < 1


def test_constant_columns_are_left_out_or_shrunk() -> None:
    constant = np.column_stack([X, np.full(20, 7.0)])
    assert Ridge().fit(constant, COUNTS).coef_[3] == pytest.approx(0, abs=1e-9)
    with pytest.warns(UserWarning, match="`x4` is constant; dropped, the intercept carries it"):
        assert LinearRegression().fit(constant, COUNTS).coef_[3] == 0


def test_integers_lists_and_orders_give_the_same() -> None:
    whole = np.round(4 * X).astype(int)
    expected = PoissonRegressor().fit(whole.astype(float), COUNTS).coef_
    readonly = np.asfortranarray(whole)
    readonly.flags.writeable = False
    for given in (whole, whole.tolist(), readonly, whole.astype(np.float32), whole.astype(object)):
        assert np.allclose(PoissonRegressor().fit(given, COUNTS.tolist()).coef_, expected)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(C=1e12, solver="newton-cg", tol=1e-300, max_iter=10**9),
        LogisticRegression(C=1e12, solver="lbfgs", tol=1e-300, max_iter=10**9),
        LogisticRegression(C=1e3, l1_ratio=0.9, tol=1e-300, max_iter=10**9),
        LinearSVC(loss="hinge", C=1e9, tol=1e-6, max_iter=10**9),
        LogisticRegressionCV(Cs=10**6, tol=1e-5),
    ],
    ids=["newton-cg", "lbfgs", "coordinate-descent", "hinge", "cv"],
)
def test_ctrl_c_ends_a_fit_within_half_a_second(model: Any) -> None:
    rng = np.random.default_rng(1)
    many = rng.normal(size=(40_000, 60)) * np.logspace(0, 4, 60)
    y = many[:, 0] + rng.normal(size=40_000) > 0
    sent: list[float] = []
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        time.sleep(0.4)
        sent.append(time.monotonic())
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt):
        thread.start()
        # A fit that ends by itself, at the precision of the machine, is done again.
        while True:
            model.fit(many, y)
    ended = time.monotonic()
    thread.join()
    assert ended - sent[0] < 0.5


def test_without_scikit_learn_the_module_says_what_to_install() -> None:
    program = """
import sys
sys.modules["sklearn"] = None
import ravine
try:
    import ravine.linear_model
except ImportError as error:
    print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=100
    )
    assert result.stdout.strip() == (
        "ravine.linear_model needs scikit-learn: pip install 'ravine[sklearn]'"
    ), result.stderr
