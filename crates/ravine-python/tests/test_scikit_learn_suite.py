"""scikit-learn's own tests of logistic regression and generalized linear models, with ours in
place.

Every test of `sklearn.linear_model.tests.test_logistic` and
`sklearn.linear_model._glm.tests.test_glm` that reaches one of the classes in `OURS` runs here as it
is. Those in `DIFFERENT` are expected to fail, each for the reason given; one that passes after all
is a failure, too. They are scikit-learn 1.9's.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import sklearn
import sklearn.linear_model
from sklearn._loss import HalfGammaLoss, HalfPoissonLoss, HalfTweedieLoss

from ravine import linear_model


class PoissonRegressor(linear_model.PoissonRegressor):
    """With the loss that scikit-learn's tests look at."""

    def _get_loss(self, xp: Any = None, device: Any = None) -> Any:
        return HalfPoissonLoss()


class GammaRegressor(linear_model.GammaRegressor):
    """With the loss that scikit-learn's tests look at."""

    def _get_loss(self, xp: Any = None, device: Any = None) -> Any:
        return HalfGammaLoss()


class TweedieRegressor(linear_model.TweedieRegressor):
    """With the loss that scikit-learn's tests look at."""

    def _get_loss(self, xp: Any = None, device: Any = None) -> Any:
        return HalfTweedieLoss(power=self.power)


OURS = {
    "ElasticNet": linear_model.ElasticNet,
    "ElasticNetCV": linear_model.ElasticNetCV,
    "GammaRegressor": GammaRegressor,
    "LogisticRegression": linear_model.LogisticRegression,
    "LogisticRegressionCV": linear_model.LogisticRegressionCV,
    "PoissonRegressor": PoissonRegressor,
    "Ridge": linear_model.Ridge,
    "TweedieRegressor": TweedieRegressor,
}

#: Tests of functions and machinery that are scikit-learn's alone, by texts in their names.
OTHERS = (
    # Estimators of its own.
    "BinomialRegressor",
    "_GeneralizedLinearRegressor",
    "glm_convergence_warning",
    "glm_identity_regression",
    "sample_weights_validation",
    # Arrays of other libraries, callbacks, private functions, and warnings of what will change.
    "array_api",
    "callback",
    "get_default_scorer",
    "l1_ratio_None_deprecated",
    "linalg_warning_with_newton_solver",
    "lr_scoring_warns",
    "newton_solver_verbosity",
    "path_coefs_multinomial",
    "path_convergence_fail",
    "path_init_coefs",
    "penalty_deprecated",
    "warns_with_n_jobs",
    "warns_with_use_legacy_attributes",
    # Ten seconds of a small L1 penalty of three classes.
    "GridSearchCV_elastic_net[3",
    # What its solvers say when they end early, and how they share the work.
    "logistic_max_iter",
    "newton_cholesky_fallback_to_lbfgs",
)

LEGACY = "attributes in their former shapes are not kept"
NO_REFUSALS = "every solver takes every penalty and every number of classes"
NO_WARNINGS = "parameters that change nothing are taken without a word"
DOUBLES = "coefficients are doubles"
IDENTITY = "no identity link for positive means"
SHORTEST = "combinations of columns are left out and said; scikit-learn takes the shortest solution"
MISSING = "a fold without one of the classes is an error"

#: Tests that differ, with all their parameters or (in brackets) those that contain a text, and why.
DIFFERENT = {
    "test_logistic_LogisticRegressionCV_elasticnet_attribute_shapes": LEGACY,
    "test_logistic_LogisticRegressionCV_no_refit": LEGACY,
    "test_logistic_LogisticRegressionCV_on_folds": LEGACY,
    "test_logistic_logistic_cv[True]": LEGACY,
    "test_logistic_lr_cv_scores_differ_when_sample_weight_is_requested": LEGACY,
    "test_logistic_multinomial_cv_iris": LEGACY,
    "test_logistic_n_iter[True": LEGACY,
    "test_logistic_scores_attribute_layout_elasticnet": LEGACY,
    "test_logistic_check_solver_option": NO_REFUSALS,
    "test_logistic_large_sparse_matrix[liblinear": NO_REFUSALS,
    "test_logistic_large_sparse_matrix[sag": NO_REFUSALS,
    "test_logistic_liblinear_multiclass_raises": NO_REFUSALS,
    "test_logistic_liblinear_with_large_values": NO_REFUSALS,
    "test_logistic_l1_ratio_non_elasticnet": NO_WARNINGS,
    "test_logistic_lr_penalty_l1ratio_incompatible": NO_WARNINGS,
    "test_logistic_penalty_none": NO_WARNINGS,
    "test_logistic_dtype_match[lbfgs": DOUBLES,
    "test_logistic_dtype_match[newton-c": DOUBLES,
    "test_logistic_dtype_match[sag": DOUBLES,
    "test_logistic_elasticnet_l1_ratio_err_helpful": "l1_ratio=None is 0, and folds are made first",
    "test_logistic_liblinear_dual_random_state": "no fit depends on random numbers",
    "test_logistic_logistic_cv_folds_with_classes_missing": MISSING,
    "test_logistic_multinomial_logistic_regression_string_inputs": MISSING,
    "test_logistic_logistic_cv_multinomial_score": "a private function knows no `correction`",
    "test_logistic_logreg_predict_proba_multinomial": "no private function of one against the rest",
    "test_logistic_passing_params_without_enabling_metadata_routing": "an argument that is unknown",
    "test_logistic_zero_max_iter": "no iteration is an error",
    "test_glm_glm_log_regression[estimator5": "the power 4.5 is an error that says so",
    "test_glm_glm_regression_unpenalized[wide-PoissonRegressor()-False-lbfgs": SHORTEST,
    "test_glm_glm_regression_unpenalized[wide-GammaRegressor()-False-lbfgs": SHORTEST,
    "test_glm_glm_regression_unpenalized[wide-TweedieRegressor(power=1.5)-False-lbfgs": SHORTEST,
    "test_glm_glm_regression_unpenalized_hstacked_X[long": SHORTEST,
    "test_glm_glm_regression_unpenalized_hstacked_X[False-lbfgs": SHORTEST,
    "test_glm_glm_regression_unpenalized_vstacked_X[wide-PoissonRegressor()-False-lbfgs": SHORTEST,
    "test_glm_glm_regression_unpenalized_vstacked_X[wide-GammaRegressor()-False-lbfgs": SHORTEST,
    "test_glm_glm_regression_unpenalized_vstacked_X[wide-TweedieRegressor(power=1.5)-False-lbfgs": (
        SHORTEST
    ),
    "test_glm_glm_wrong_y_range": "another message, which names family, row and value",
    "test_glm_tweedie_link_argument": IDENTITY,
    "test_glm_tweedie_link_auto": "no private losses of scikit-learn's",
    "test_glm_tweedie_score[identity-1": IDENTITY,
    "test_glm_tweedie_score[identity-2": IDENTITY,
    "test_glm_tweedie_score[identity-3": IDENTITY,
}


def _load(name: str) -> ModuleType:
    """A module of tests whose names of classes are ours."""
    theirs = {key: getattr(sklearn.linear_model, key) for key in OURS}
    sys.modules.pop(name, None)
    try:
        for key, value in OURS.items():
            setattr(sklearn.linear_model, key, value)
        return importlib.import_module(name)
    finally:
        for key, value in theirs.items():
            setattr(sklearn.linear_model, key, value)
        sys.modules.pop(name, None)


SUITES = {
    "logistic": _load("sklearn.linear_model.tests.test_logistic"),
    "glm": _load("sklearn.linear_model._glm.tests.test_glm"),
}

for _kind, _suite in SUITES.items():
    for _name in dir(_suite):
        if _name.startswith("test_"):
            globals()[f"test_{_kind}_{_name.removeprefix('test_')}"] = getattr(_suite, _name)

glm_dataset = SUITES["glm"].glm_dataset
regression_data = SUITES["glm"].regression_data


@pytest.fixture
def enable_metadata_routing() -> Iterator[None]:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture(scope="session")
def global_random_seed() -> int:
    return 42


def reaches_ours(item: pytest.Item) -> bool:
    """Whether a test fits one of our estimators."""
    return not any(text in item.name for text in OTHERS)


def difference(item: pytest.Item) -> str | None:
    """Why a test is expected to fail, if it is."""
    name = item.name.split("[")[0]
    for test, reason in DIFFERENT.items():
        tested, _, parameter = test.rstrip("]").partition("[")
        if name == tested and parameter in item.name[len(name) :]:
            return reason
    return None


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that never asks one of our estimators does not belong here."""
    asked = 0

    def count(method: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **keywords: Any) -> Any:
            nonlocal asked
            asked += 1
            return method(*args, **keywords)

        return counting

    for name in ("fit", "__sklearn_tags__"):
        for estimator in OURS.values():
            monkeypatch.setattr(estimator, name, count(getattr(estimator, name)))
    yield
    assert asked > 0, "this test asks none of our estimators"
