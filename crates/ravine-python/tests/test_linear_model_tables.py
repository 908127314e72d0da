"""Tables of pandas, polars and Arrow: categories and text as codes."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ravine.linear_model import (
    ElasticNetCV,
    GeneralizedLinearModel,
    LinearRegression,
    LinearSVC,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    Ridge,
    RidgeCV,
)

RNG = np.random.default_rng(3)
ROWS = 300
TABLE = pandas.DataFrame(
    {
        "x": RNG.normal(size=ROWS),
        "g": RNG.choice(["red", "green", "blue"], ROWS),
        "h": pandas.Categorical(RNG.choice(["lo", "mid", "hi"], ROWS), ["lo", "mid", "hi", "top"]),
        "n": RNG.integers(0, 5, ROWS),
        "flag": RNG.random(ROWS) < 0.5,
    }
)
EFFECTS = {"red": 0.5, "green": -0.2, "blue": 0.1}
MEANS = np.exp(0.3 * TABLE["x"] + TABLE["g"].map(EFFECTS) + 0.2 * TABLE["h"].cat.codes)
COUNTS = RNG.poisson(MEANS)


def one_hot(drop: str | None) -> Any:
    encode = OneHotEncoder(drop=drop, categories=[["blue", "green", "red"], ["lo", "mid", "hi"]])
    return make_column_transformer(
        ("passthrough", ["x"]), (encode, ["g", "h"]), ("passthrough", ["n", "flag"])
    )


def test_codes_give_what_indicators_give() -> None:
    for drop, model in (
        (None, PoissonRegressor(alpha=0.01, tol=1e-5)),
        ("first", PoissonRegressor(alpha=0, tol=1e-5)),
        (None, GeneralizedLinearModel(family="poisson", alpha=0.02, l1_ratio=0.9, tol=1e-5)),
        ("first", LinearRegression(tol=1e-5)),
        (None, Ridge(tol=1e-5)),
    ):
        encoder = one_hot(drop)
        X = encoder.fit_transform(TABLE).astype(float)
        expanded = model.fit(X, COUNTS)
        coef, predicted = expanded.coef_, expanded.predict(X)
        coded = model.fit(TABLE, COUNTS)
        assert_allclose(coded.coef_, coef, atol=1e-7)
        assert_allclose(coded.predict(TABLE), predicted, rtol=1e-7)
    names = ["(intercept)", "x", "g[blue]", "g[green]", "g[red]", "h[lo]", "h[mid]", "h[hi]"]
    assert coded.coefficient_names_.tolist() == [*names, "n", "flag"]


def test_the_base_is_left_out_where_nothing_keeps_it() -> None:
    names = lambda model: model.fit(TABLE[["g", "h"]], COUNTS).coefficient_names_.tolist()  # noqa: E731
    dropped = ["g[T.green]", "g[T.red]", "h[T.mid]", "h[T.hi]"]
    assert names(LinearRegression()) == ["(intercept)", *dropped]
    whole = ["g[blue]", "g[green]", "g[red]"]
    assert names(LinearRegression(fit_intercept=False)) == [*whole, "h[T.mid]", "h[T.hi]"]
    kept = GeneralizedLinearModel(alpha=0.1, drop_first=True)
    assert names(kept) == ["(intercept)", *dropped]
    with pytest.warns(UserWarning, match="`g\\[red\\]` is a linear combination"):
        names(GeneralizedLinearModel(drop_first=False))


def other_tables() -> list[Any]:
    arrow = pyarrow.table(
        {
            "x": pyarrow.array(TABLE["x"]),
            "g": pyarrow.array(TABLE["g"].tolist()),
            "h": pyarrow.array(TABLE["h"].astype(str).tolist()).dictionary_encode(),
            "n": pyarrow.array(TABLE["n"]),
            "flag": pyarrow.array(TABLE["flag"]),
        }
    )
    frame = polars.DataFrame(
        {
            "x": TABLE["x"].to_numpy(),
            "g": TABLE["g"].tolist(),
            "h": polars.Series(
                TABLE["h"].astype(str).tolist(), dtype=polars.Enum(["lo", "mid", "hi"])
            ),
            "n": TABLE["n"].to_numpy(),
            "flag": TABLE["flag"].to_numpy(),
        }
    )
    return [arrow, frame, frame.with_columns(polars.col("g").cast(polars.Categorical))]


@pytest.mark.parametrize("table", other_tables(), ids=["arrow", "polars", "categorical"])
def test_all_kinds_of_tables_give_the_same(table: Any) -> None:
    expected = PoissonRegressor(tol=1e-5).fit(TABLE, COUNTS)
    model = PoissonRegressor(tol=1e-5).fit(table, COUNTS)
    # Levels that no type declares in an order are sorted, or in the order of the dictionary.
    place = {name: k for k, name in enumerate(expected.coefficient_names_[1:])}
    order = [place[name] for name in model.coefficient_names_[1:]]
    assert_allclose(model.coef_, expected.coef_[order], atol=1e-9)
    assert_allclose(model.predict(table), expected.predict(TABLE), rtol=1e-9)
    assert model.feature_names_in_.tolist() == ["x", "g", "h", "n", "flag"]
    # What was learnt from one kind of table is used on another.
    assert_allclose(model.predict(TABLE), expected.predict(TABLE), rtol=1e-9)


def test_tables_of_numbers_are_arrays_with_names() -> None:
    X = TABLE[["x", "n"]]
    expected = Ridge().fit(X, COUNTS)
    for table in (polars.DataFrame(X.to_dict("list")), pyarrow.table(X.to_dict("list"))):
        model = Ridge().fit(table, COUNTS)
        assert_allclose(model.coef_, expected.coef_)
        assert_allclose(model.predict(table), expected.predict(X))


def test_classes_and_choices_take_categories() -> None:
    classes = np.array(["few", "some", "many"])[np.digitize(COUNTS, [1, 3])]
    two = COUNTS > 1
    assert LogisticRegression().fit(TABLE, two).predict_proba(TABLE).shape == (ROWS, 2)
    assert LogisticRegression().fit(TABLE, classes).predict_proba(TABLE).shape == (ROWS, 3)
    assert LinearSVC().fit(TABLE, two).coef_.shape == (1, 9)
    chosen = LogisticRegressionCV(Cs=3, cv=3).fit(TABLE, two)
    assert chosen.scores_.shape == (3, 1, 3) and chosen.coef_.shape == (1, 9)
    arrow = pyarrow.Table.from_pandas(TABLE)
    assert LogisticRegressionCV(Cs=3, cv=3).fit(arrow, two).scores_.shape == (3, 1, 3)
    assert RidgeCV().fit(TABLE, COUNTS).coef_.shape == (9,)
    assert ElasticNetCV(cv=3, alphas=5).fit(TABLE, COUNTS).coef_.shape == (9,)


def test_levels_that_are_not_there_have_no_column() -> None:
    model = PoissonRegressor().fit(TABLE, COUNTS)
    assert "h[top]" not in model.coefficient_names_
    row = TABLE.head(1).assign(h=pandas.Categorical(["top"], ["lo", "mid", "hi", "top"]))
    with pytest.raises(ValueError, match="column 'h' has 'top' in row 0, a category that the fit"):
        model.predict(row)
    text = TABLE.head(2).assign(g=["red", "pink"])
    with pytest.raises(ValueError, match="'g' has 'pink' in row 1.* knows 'blue', 'green', 'red'"):
        model.predict(text)


def test_missing_categories_are_refused_left_out_or_a_level() -> None:
    holes = TABLE.assign(g=TABLE["g"].where(np.arange(ROWS) % 7 > 0))
    with pytest.raises(ValueError, match="column 'g' has a missing value \\(NaN\\) in row 0"):
        PoissonRegressor().fit(holes, COUNTS)
    zero = GeneralizedLinearModel(family="poisson", alpha=0.01, categorical_missing="zero")
    zero.fit(holes, COUNTS)
    assert "g[(missing)]" not in zero.coefficient_names_
    level = GeneralizedLinearModel(family="poisson", alpha=0.01, categorical_missing="convert")
    level.fit(holes, COUNTS)
    assert "g[(missing)]" in level.coefficient_names_
    filled = PoissonRegressor(alpha=0.01).fit(holes.fillna({"g": "(missing)"}), COUNTS)
    assert_allclose(sorted(level.coef_), sorted(filled.coef_), atol=1e-6)
    assert level.predict(holes).shape == (ROWS,)
    whole = GeneralizedLinearModel(alpha=1, categorical_missing="convert").fit(TABLE, COUNTS)
    with pytest.raises(ValueError, match="has a missing value in row 0, but had none in the fit"):
        whole.predict(holes)
    with pytest.raises(ValueError, match="Input X contains NaN: the column 'x', row 5"):
        PoissonRegressor().fit(TABLE.assign(x=TABLE["x"].where(np.arange(ROWS) != 5)), COUNTS)
    with pytest.raises(ValueError, match="only missing values"):
        zero.fit(TABLE.assign(g=pandas.Series([None] * ROWS, dtype="category")), COUNTS)


def test_missing_values_of_other_tables_are_missing() -> None:
    g = ["a", None, "b", "a"] * 10
    y = np.arange(40) % 3
    for table in (
        polars.DataFrame({"g": g}),
        polars.DataFrame({"g": polars.Series(g, dtype=polars.Categorical)}),
        pyarrow.table({"g": g}),
        pyarrow.table({"g": pyarrow.array(g).dictionary_encode()}),
        pandas.DataFrame({"g": pandas.array(g, dtype="string")}),
    ):
        with pytest.raises(ValueError, match="column 'g' has a missing value \\(NaN\\) in row 1"):
            Ridge().fit(table, y)
        model = GeneralizedLinearModel(alpha=1.0, categorical_missing="convert").fit(table, y)
        assert model.coefficient_names_.tolist() == ["(intercept)", "g[a]", "g[b]", "g[(missing)]"]
    numbers = {"x": [1.0, None, 2.0]}
    for table in (polars.DataFrame(numbers), pyarrow.table(numbers)):
        with pytest.raises(ValueError, match="Input X contains NaN: the column 'x', row 1"):
            Ridge().fit(table, [1, 2, 3])
    stamps = pyarrow.array([1, 2, 3], type=pyarrow.timestamp("s"))
    for table in (pyarrow.table({"t": stamps}), polars.from_arrow(pyarrow.table({"t": stamps}))):
        with pytest.raises(TypeError, match="'t' is of type .*must be of numbers, of categor"):
            Ridge().fit(table, [1, 2, 3])


def test_columns_must_be_those_of_the_fit() -> None:
    model = PoissonRegressor().fit(TABLE, COUNTS)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(TABLE[["g", "x", "h", "n", "flag"]])
    with pytest.raises(ValueError, match="feature names should match|is expecting 5 features"):
        model.predict(TABLE[["x", "g"]])
    with pytest.raises(TypeError, match="was fitted to a table with categories"):
        model.predict(np.zeros((3, 5)))
    with pytest.raises(ValueError, match="has text or categories, but had numbers in the fit"):
        model.predict(TABLE.assign(x="a"))
    with pytest.raises(TypeError, match="neither text nor numbers"):
        model.fit(TABLE.assign(g=[{}] * ROWS), COUNTS)
    with pytest.raises(TypeError, match="must be of numbers, of categories or of text"):
        model.fit(TABLE.assign(n=pandas.Timestamp("2020-01-01")), COUNTS)
    with pytest.raises(TypeError, match="lazy frame; collect it first"):
        model.fit(other_tables()[1].lazy(), COUNTS)


def test_objects_that_are_numbers_are_numbers() -> None:
    X = TABLE[["x", "g"]].assign(x=TABLE["x"].astype(object))
    model = PoissonRegressor().fit(X, COUNTS)
    assert model.coefficient_names_.tolist() == ["(intercept)", "x", *model.coefficient_names_[2:]]
    assert model.coef_.shape == (4,)


def test_tables_go_through_searches_pipelines_and_pickles() -> None:
    search = GridSearchCV(PoissonRegressor(), {"alpha": [1e-3, 10.0]}, cv=3).fit(TABLE, COUNTS)
    assert search.best_params_["alpha"] == 1e-3
    predicted = cross_val_predict(make_pipeline(LinearRegression()), TABLE, COUNTS, cv=4)
    assert predicted.shape == (ROWS,)
    model = PoissonRegressor(alpha=0).fit(TABLE, COUNTS)
    assert_allclose(pickle.loads(pickle.dumps(model)).predict(TABLE), model.predict(TABLE))


def test_many_levels_cost_little() -> None:
    """A design of ten thousand indicators that nobody could write out."""
    rows = 100_000
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 10_000, rows)
    X = pandas.DataFrame(
        {"g": pandas.Categorical.from_codes(codes, [f"k{k}" for k in range(10_000)])}
    )
    model = PoissonRegressor(alpha=1e-3).fit(X, rng.poisson(1.0 + codes % 3))
    assert model.converged_ and model.coef_.shape == (10_000,)
