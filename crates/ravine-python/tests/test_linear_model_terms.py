"""Penalties, bounds and directions of columns by name: what holds for `ravine.fit` holds here."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from sklearn.base import clone

import ravine
from ravine.linear_model import GeneralizedLinearModel, GeneralizedLinearModelCV

RNG = np.random.default_rng(11)
ROWS = 400
LEVELS = ["a", "b", "c", "d", "e"]
TABLE = pandas.DataFrame(
    {
        "x": RNG.normal(size=ROWS),
        "w": 10 * RNG.normal(size=ROWS) + 3,
        "g": RNG.choice(LEVELS, ROWS),
        "h": RNG.choice(["p", "q", "r"], ROWS),
    }
)
# The effects of the levels of g are out of order at c and d.
EFFECTS = {"a": 0.0, "b": 0.3, "c": 0.9, "d": 0.6, "e": 1.2}
Y = RNG.poisson(np.exp(0.4 * TABLE["x"] + 0.01 * TABLE["w"] + TABLE["g"].map(EFFECTS) - 0.5))
WITH_Y = TABLE.assign(y=Y)


def model(**settings: Any) -> GeneralizedLinearModel:
    usual = {"family": "poisson", "tol": 1e-6, "max_iter": 1000}
    return GeneralizedLinearModel(**{**usual, **settings})


def by_formula(**settings: Any) -> dict[str, float]:
    fit = ravine.fit(
        "y ~ x + w + g + h",
        WITH_Y,
        family="poisson",
        tolerance=1e-14,
        max_iterations=1000,
        **settings,
    )
    return {name: estimate for name, estimate in fit.params.items()}


def agrees(fitted: Any, expected: dict[str, float]) -> None:
    ours = dict(
        zip(
            fitted.coefficient_names_,
            [fitted.intercept_, *fitted.coef_],
            strict=True,
        )
    )
    theirs = {name.lower().replace("[t.", "["): value for name, value in expected.items()}
    assert len(theirs) == len(ours)
    for name, value in ours.items():
        other = theirs[name.lower().replace("[t.", "[")]
        assert_allclose(value, other, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (
            {"alpha": 0.05, "l1_ratio": 1.0, "feature_groups": [["g"], ["h"]]},
            {"l1": 0.05, "together": ["g", "h"]},
        ),
        (
            {"alpha": 0.05, "l1_ratio": 1.0, "feature_groups": "categories"},
            {"l1": 0.05, "together": ["g", "h"]},
        ),
        ({"monotonic_cst": {"g": 1}}, {"monotone": {"g": "rising"}}),
        ({"monotonic_cst": [0, 0, -1, 0]}, {"monotone": {"g": "falling"}}),
        ({"monotonic_cst": {"x": -1}}, {"bounds": {"x": (None, 0)}}),
        (
            {"alpha": 0.06, "l1_ratio": 0.5, "standardize": True},
            {"l1": 0.03, "l2": 0.03, "standardize": True},
        ),
        (
            {"alpha": 0.1, "l1_ratio": 1.0, "penalty_factor": {"w": 0, "x": 0}},
            {"l1": 0.1, "unpenalized": ["w", "x"]},
        ),
        (
            {"lower_bounds": {"g": 0.5}, "upper_bounds": {"g": 1.0, 0: 0.2}},
            {"bounds": {"g": (0.5, 1.0), "x": (None, 0.2)}},
        ),
    ],
    ids=lambda value: next(iter(reversed(value))),
)
def test_coefficients_are_those_of_fit(here: dict[str, Any], there: dict[str, Any]) -> None:
    agrees(model(**here).fit(TABLE, Y), by_formula(**there))


def gradient(fitted: Any, X: NDArray[np.float64], y: NDArray[Any]) -> NDArray[np.float64]:
    return X.T @ (fitted.predict(X) - y) / len(y)


def test_groups_satisfy_their_conditions() -> None:
    X = RNG.normal(size=(200, 12))
    y = X[:, 0] - X[:, 1] + 0.4 * X[:, 5] + RNG.normal(size=200)
    groups = [[0, 1, 2], [3, 4], [5, 6, 7], [8, 9, 10]]
    alpha = 0.15
    fitted = GeneralizedLinearModel(
        alpha=alpha, l1_ratio=1.0, feature_groups=groups, tol=1e-7, max_iter=2000
    ).fit(X, y)
    g = gradient(fitted, X, y)
    empty = 0
    for group in groups:
        own, weight = fitted.coef_[group], alpha * np.sqrt(len(group))
        size = np.linalg.norm(own)
        if size == 0:
            empty += 1
            assert np.linalg.norm(g[group]) <= weight * (1 + 1e-6)
        else:
            assert (own != 0).all()
            assert_allclose(g[group], -weight * own / size, atol=1e-6)
    assert 0 < empty < len(groups)
    # Column 11 is in no group and has a penalty of its own.
    assert fitted.coef_[11] == 0 and abs(g[11]) <= alpha * (1 + 1e-6)


def test_rising_levels_are_pooled_where_data_fall() -> None:
    """The conditions of an ordered model: increments are not negative, and where one is zero, the
    likelihood does not rise as it shrinks."""
    fitted = model(monotonic_cst={"g": 1}).fit(TABLE, Y)
    g = np.array([0.0, *fitted.coef_[2:6]])
    assert (np.diff(g) >= -1e-12).all()
    assert_allclose(g[2], g[3], atol=1e-9)
    indicators = (TABLE["g"].to_numpy()[:, None] >= np.array(LEVELS)[None, 1:]).astype(float)
    slopes = indicators.T @ (fitted.predict(TABLE) - Y) / ROWS
    increments = np.diff(g)
    for slope, increment in zip(slopes, increments, strict=True):
        if increment > 1e-9:
            assert abs(slope) < 1e-7
        else:
            assert slope > 0
    assert not hasattr(fitted, "bse_")


def test_penalized_terms_with_all_levels_rise_as_well() -> None:
    fitted = model(monotonic_cst={"g": 1}, alpha=1e-3).fit(TABLE, Y)
    g = fitted.coef_[2:7]
    assert len(g) == 5 and (np.diff(g) >= -1e-12).all()


def test_missing_categories_have_no_place_in_the_order() -> None:
    table = TABLE.copy()
    table.loc[:39, "g"] = None
    fitted = model(monotonic_cst={"g": 1}, categorical_missing="convert").fit(table, Y)
    names = fitted.coefficient_names_.tolist()
    levels = [f"g[T.{level}]" for level in LEVELS[1:]]
    first = names.index(levels[0])
    assert names[first : first + 5] == [*levels, "g[T.(missing)]"]
    free = model(categorical_missing="convert").fit(table, Y)
    rising = fitted.coef_[first - 1 : first + 3]
    assert (np.diff([0.0, *rising]) >= -1e-12).all()
    # Free of the order, between the levels.
    missing = fitted.coef_[first + 3]
    assert missing < rising[-1] and abs(missing - free.coef_[first + 3]) < 0.2


def test_standardized_penalties_are_those_of_standardized_columns() -> None:
    X = RNG.normal(size=(150, 5)) * [1, 5, 0.1, 2, 30] + [0, 3, 1, 0, -20]
    y = X @ [1.0, 0.3, 4.0, 0.0, 0.01] + RNG.normal(size=150)
    spread = X.std(axis=0)
    settings = {"alpha": 0.1, "l1_ratio": 0.7, "tol": 1e-7, "max_iter": 1000}
    ours = GeneralizedLinearModel(standardize=True, **settings).fit(X, y)
    theirs = GeneralizedLinearModel(**settings).fit((X - X.mean(axis=0)) / spread, y)
    assert_allclose(ours.coef_ * spread, theirs.coef_, atol=1e-7)
    assert_allclose(ours.predict(X), theirs.predict((X - X.mean(axis=0)) / spread), atol=1e-6)


def test_columns_go_by_name_or_number_in_frames_of_numbers() -> None:
    frame = TABLE[["x", "w"]]
    by_name = model(upper_bounds={"w": 0}, monotonic_cst={"x": -1}).fit(frame, Y)
    by_number = model(upper_bounds={1: 0}, monotonic_cst={0: -1}).fit(frame.to_numpy(), Y)
    assert_allclose(by_name.coef_, by_number.coef_, atol=1e-12)
    assert (by_name.coef_ <= 0).all()
    one = model(lower_bounds={"g[T.e]": 2.0}).fit(TABLE, Y)
    assert_allclose(one.coef_[5], 2.0)


def test_cross_validation_takes_them_too() -> None:
    settings: dict[str, Any] = {"family": "poisson", "l1_ratio": 1.0, "n_alphas": 10, "cv": 3}
    grouped = GeneralizedLinearModelCV(feature_groups="categories", **settings).fit(TABLE, Y)
    g, h = grouped.coef_[2:7], grouped.coef_[7:]
    assert (g != 0).all() and (h != 0).all() | (h == 0).all()
    ordered = GeneralizedLinearModelCV(
        monotonic_cst={"g": 1}, standardize=True, selection="one-standard-error", **settings
    ).fit(TABLE, Y)
    assert (np.diff(ordered.coef_[2:7]) >= -1e-12).all()


def test_fitted_models_are_copied_and_stored() -> None:
    fitted = model(monotonic_cst={"g": 1}, alpha=0.01, standardize=True).fit(TABLE, Y)
    stored = pickle.loads(pickle.dumps(fitted))
    assert_allclose(stored.predict(TABLE), fitted.predict(TABLE))
    assert_allclose(clone(stored).fit(TABLE, Y).coef_, fitted.coef_)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"penalty_factor": {"z": 1}}, "penalty_factor: 'z' is no column; there are 'x', 'w', 'g'"),
    ({"penalty_factor": {4: 1}}, "penalty_factor: is 4, but columns are numbered from 0 to 3"),
    ({"penalty_factor": {2.5: 1}}, "penalty_factor: 2.5 is neither the name of a column nor"),
    ({"lower_bounds": {"x": "low"}}, r"lower_bounds\['x'\]: is 'low', but must be a number"),
    ({"feature_groups": "terms"}, "feature_groups: is 'terms', but must be 'categories'"),
    ({"feature_groups": [["x"], []]}, r"feature_groups\[1\]: is empty"),
    ({"feature_groups": [["x"], ["g", 0]]}, r"feature_groups\[1\]: has 'x', which is in"),
    ({"monotonic_cst": [1]}, "monotonic_cst: has 1 entries, but X has 4 columns"),
    ({"monotonic_cst": {"g": 2}}, r"monotonic_cst\['g'\]: is 2, but must be 1, 0 or -1"),
    ({"monotonic_cst": {"g": "up"}}, r"monotonic_cst\['g'\]: is 'up', but must be 1, 0 or -1"),
    ({"standardize": "yes"}, "standardize: is 'yes', but must be a boolean"),
    (
        {"feature_groups": "categories", "lower_bounds": 0, "alpha": 1, "l1_ratio": 1},
        "feature_groups: cannot go together with bounds",
    ),
    (
        {"feature_groups": "categories", "standardize": True, "alpha": 1, "l1_ratio": 1},
        "feature_groups: cannot go together with penalties in deviations",
    ),
    (
        {"monotonic_cst": {"g": 1}, "lower_bounds": {"g": 0}},
        "monotonic_cst: is for 'g', which has bounds of its own",
    ),
    (
        {
            "feature_groups": "categories",
            "penalty_factor": {"g[b]": 2.0},
            "alpha": 1,
            "l1_ratio": 1,
        },
        r"penalty_factor\[3\]: is 2.0, but must be the same in all of",
    ),
]


@pytest.mark.parametrize(("settings", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_used_is_said(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model(**settings).fit(TABLE, Y)
