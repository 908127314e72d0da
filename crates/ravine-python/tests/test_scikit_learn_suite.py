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
from collections.abc import Iterator
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

#: Tests of functions and machinery that are scikit-learn's alone, by the beginnings of their names.
OTHERS: tuple[str, ...] = ()

#: Tests that differ, with all their parameters or (in brackets) those that contain a text, and why.
DIFFERENT: dict[str, str] = {}


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
    return not item.name.startswith(OTHERS)


def difference(item: pytest.Item) -> str | None:
    """Why a test is expected to fail, if it is."""
    name = item.name.split("[")[0]
    for test, reason in DIFFERENT.items():
        tested, _, parameter = test.rstrip("]").partition("[")
        if name == tested and parameter in item.name[len(name) :]:
            return reason
    return None
