"""Models of tables by formulas."""

from __future__ import annotations

import gzip
import pathlib
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ravine


def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 200
    x, g = rng.normal(size=n), rng.choice(["a", "b", "c"], size=n)
    exposure = rng.uniform(0.5, 2.0, size=n)
    mean = exposure * np.exp(0.3 + 0.4 * x + 0.5 * (g == "c"))
    y = rng.poisson(mean).astype(float)
    return pd.DataFrame({"y": y, "x": x, "g": g, "exposure": exposure, "late": y > 1})


def known(data: pd.DataFrame) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Newton's method on the columns made by hand: estimates and standard errors."""
    X = np.column_stack([np.ones(len(data)), data["x"], data["g"] == "b", data["g"] == "c"]).astype(
        float
    )
    b, offset, y = np.zeros(4), np.log(data["exposure"]), data["y"].to_numpy()
    for _ in range(50):
        mean = np.exp(X @ b + offset)
        hessian = X.T @ (X * np.asarray(mean)[:, None])
        b = b + np.linalg.solve(hessian, X.T @ (y - mean))
    return b, np.sqrt(np.diag(np.linalg.inv(hessian)))


FORMULA = "y ~ x + g + offset(log(exposure))"


def test_a_formula_is_fitted_as_by_hand() -> None:
    data = table()
    found = ravine.fit(FORMULA, data, family="poisson")
    b, errors = known(data)
    assert list(found.params) == ["(intercept)", "x", "g[T.b]", "g[T.c]"]
    np.testing.assert_allclose(list(found.params.values()), b, rtol=1e-8)
    np.testing.assert_allclose(list(found.bse.values()), errors, rtol=1e-7)
    assert found.converged and found.nobs == 200 and found.df_resid == 196
    assert found.formula == "y ~ x + g + offset(log(exposure))"
    text = found.summary()
    for words in ["poisson, 200 rows", "std. error", "g[T.c]", "deviance"]:
        assert words in text, text
    assert all(0.0 <= p <= 1.0 for p in found.pvalues.values())


def test_tables_of_every_kind_give_the_same_fit(tmp_path: pathlib.Path) -> None:
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    data = table()
    file = tmp_path / "table.csv.gz"
    with gzip.open(file, "wt") as out:
        data.to_csv(out, index=False)
    kinds: list[Any] = [
        data,
        data.assign(g=data["g"].astype("category")),
        {name: data[name].to_numpy() for name in data},
        {name: list(data[name]) for name in data},
        polars.from_pandas(data),
        pyarrow.table(data),
        file,
    ]
    fits = [ravine.fit(FORMULA, kind, family="poisson") for kind in kinds]
    for found in fits[1:]:
        assert found.params == fits[0].params
    mean = fits[0].predict(data).mean
    for kind in kinds:
        np.testing.assert_array_equal(fits[0].predict(kind).mean, mean)


def test_objects_of_numbers_are_numbers_and_none_is_missing() -> None:
    found = ravine.fit("y ~ x", {"y": [1.0, 3.0, 2.0, 5.0], "x": [1, None, 2, 4]})
    assert list(found.params) == ["(intercept)", "x"] and found.nobs == 3
    with pytest.raises(TypeError, match="data: the column 'x' has objects"):
        ravine.fit("y ~ x", {"y": [1.0, 3.0, 2.0], "x": [1, "a", None]})


def test_margins_are_no_probabilities() -> None:
    data = table()
    for family in ["hinge", "squared-hinge", "smoothed-hinge"]:
        told = ravine.fit("late ~ x", data, family=family, l2=0.01).predict(data)
        assert told.mean is None and told.margin is not None


def test_models_are_saved_pickled_and_predict_new_rows(tmp_path: pathlib.Path) -> None:
    data = table()
    found = ravine.fit(FORMULA, data, family="poisson")
    path = tmp_path / "model.json"
    found.save(path)
    again, pickled = ravine.load_fit(path), pickle.loads(pickle.dumps(found))
    assert again.params == found.params == pickled.params
    assert pickled.deviance == found.deviance
    with pytest.raises(AttributeError, match="loaded"):
        _ = again.deviance
    new = pd.DataFrame({"x": [0.0, np.nan, 1.0], "g": ["a", "b", "c"], "exposure": [1.0, 1.0, 2.0]})
    told = again.predict(new, interval=0.95)
    assert told.rows.tolist() == [0, 2] and told.notes == ["1 of 3 rows dropped: x (1)"]
    b = list(found.params.values())
    assert told.mean is not None and told.low is not None and told.high is not None
    np.testing.assert_allclose(told.mean, [np.exp(b[0]), 2.0 * np.exp(b[0] + b[1] + b[3])])
    assert np.all(told.low < told.mean) and np.all(told.mean < told.high)
    unseen = {"x": [0.0], "g": ["q"], "exposure": [1.0]}
    with pytest.raises(ValueError, match="q"):
        again.predict(unseen)
    base = again.predict(unseen, unseen="base").mean
    assert base is not None and base[0] == pytest.approx(np.exp(b[0]))
    (tmp_path / "cut.json").write_text(path.read_text()[:200])
    with pytest.raises(ValueError, match="cut.json: is not a model"):
        ravine.load_fit(tmp_path / "cut.json")


def test_classes_have_labels() -> None:
    data = table()
    two = ravine.fit("late ~ x", data.assign(late=np.where(data["late"], "yes", "no")))
    assert two.family == "binomial" and two.classes == ["no", "yes"]
    labels, mean = two.predict(data).labels, two.predict(data).mean
    assert labels is not None and mean is not None
    assert np.mean((labels == "yes") == data["late"]) == two.accuracy
    assert np.all((labels == "yes") == (mean > 0.5))
    turned = ravine.fit(
        "late ~ x", data.assign(late=np.where(data["late"], "yes", "no")), positive="no"
    )
    assert turned.params["x"] == pytest.approx(-two.params["x"], rel=1e-6)
    several = ravine.fit("g ~ x + y", data)
    assert several.family == "multinomial" and len(several.params) == 6
    p = several.predict(data).probabilities
    assert p is not None
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    machine = ravine.fit("late ~ x", data, family="hinge", l2=0.01)
    assert machine.predict(data).margin is not None


def test_penalties_errors_and_targets() -> None:
    data = table().drop(columns=["late", "exposure"])
    chosen = ravine.fit(None, data, target="y", family="poisson", cv=4, l1_ratios=[0.5, 1.0])
    assert chosen.l1 > 0 and chosen.cv.shape[1] == 4
    assert all(np.isnan(error) for error in chosen.bse.values())
    assert set(chosen.params) == {"(intercept)", "x", "g[a]", "g[b]", "g[c]"}
    robust = ravine.fit("y ~ x + g", data, family="poisson", errors="hc1")
    clustered = ravine.fit("y ~ x", data, family="poisson", clusters="g")
    plain = ravine.fit("y ~ x + g", data, family="poisson")
    assert robust.params == plain.params and robust.bse != plain.bse
    assert clustered.bse["x"] > 0
    bounded = ravine.fit("y ~ x", data, family="poisson", bounds={"x": (None, 0.1)})
    assert bounded.params["x"] == pytest.approx(0.1)


def test_separation_is_told_and_firth_helps() -> None:
    data = {"y": [0, 0, 0, 1, 1, 1], "x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
    found = ravine.fit("y ~ x", data)
    assert not found.converged and found.status == "separated"
    assert found.params["x"] == np.inf and "infinity" in found.summary()
    assert any("separation" in note for note in found.notes)
    assert ravine.fit("y ~ x", data, firth=True).converged


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"formula": "y ~ q"}, ValueError, "q"),
        ({"formula": "y ~ x +"}, ValueError, r"\^"),
        ({"formula": None}, ValueError, "formula: give"),
        ({"formula": "y ~ x", "family": "poison"}, ValueError, "family: is `poison`"),
        ({"formula": "y ~ x", "link": "logg"}, ValueError, "link: is `logg`"),
        ({"formula": "y ~ x", "errors": "hc9"}, ValueError, "hc9"),
        ({"formula": "y ~ x", "l1": -1.0}, ValueError, "l1"),
        ({"formula": "y ~ x", "weights": "g"}, ValueError, "column of texts"),
        ({"formula": "y ~ x", "bounds": {"x": (2.0, 1.0)}}, ValueError, "hold no number"),
        ({"formula": "y ~ x", "solver": "magic"}, ValueError, "magic"),
        ({"formula": "g ~ x", "family": "poisson"}, ValueError, "is text"),
    ],
)
def test_what_cannot_be_used_is_named(
    arguments: dict[str, Any], kind: type[Exception], words: str
) -> None:
    arguments = dict(arguments)
    with pytest.raises(kind, match=words):
        ravine.fit(arguments.pop("formula"), table(), **arguments)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TypeError, match="data: must be a table"):
        ravine.fit("y ~ x", np.zeros((3, 2)))
    with pytest.raises(ValueError, match="two dimensions|2 dimensions"):
        ravine.fit("y ~ x", {"y": np.zeros((3, 2)), "x": [1, 2, 3]})
    with pytest.raises(ValueError, match="nowhere.csv"):
        ravine.fit("y ~ x", "nowhere.csv")


def ordered(rows: int = 120) -> dict[str, list[Any]]:
    """Means 0, 2, 1, 3 of four doses, out of order, and a column in large units."""
    means = [0.0, 2.0, 1.0, 3.0]
    value = [means[i % 4] + (7 * i % 13) / 6 - 1 for i in range(rows)]
    return {
        "y": value,
        "kind": [["low", "mid", "top"][min(2, max(0, int((v + 1) / 2)))] for v in value],
        "dose": [["a", "b", "c", "d"][i % 4] for i in range(rows)],
        "noise": [1000 * ((29 * i % 17) / 8 - 1) for i in range(rows)],
    }


def test_terms_are_named_once_and_classes_choose_a_penalty() -> None:
    data = ordered()
    first, *others = ravine.fit("y ~ dose", data, monotone={"dose": "rising"}).params.values()
    means = [np.mean(data["y"][k::4]) for k in range(4)]
    pooled = (means[1] + means[2]) / 2
    fitted = [first, *(first + other for other in others)]
    np.testing.assert_allclose(fitted, [means[0], pooled, pooled, means[3]], atol=1e-4)
    together = ravine.fit("y ~ dose + noise", data, l1=0.1, together=["dose"]).params
    assert all(b != 0 for name, b in together.items() if name.startswith("dose"))
    slopes = []
    for by in (1.0, 1e-6):
        scaled = {**data, "noise": [by * x for x in data["noise"]]}
        found = ravine.fit("y ~ noise", scaled, l2=0.1, standardize=True)
        slopes.append(by * found.params["noise"])
    assert slopes[1] == pytest.approx(slopes[0], rel=1e-6)
    chosen = ravine.fit("kind ~ dose + noise", data, cv=4)
    assert chosen.family == "multinomial" and chosen.converged


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"monotone": {"dose": "up"}}, "monotone: of `dose` is 'up'"),
        ({"monotone": {"g": "rising"}}, "monotone: there is no column or term `g`"),
        ({"together": ["dose"]}, "together: is given, but there is no L1"),
        ({"standardize": True}, "standardize: is given, but there is no penalty"),
    ],
)
def test_what_does_not_go_together_is_told(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ravine.fit("y ~ dose", ordered(), **wrong)


def test_stochastic_solvers_find_the_same_minimum() -> None:
    data = ordered()
    exact = list(ravine.fit("y ~ dose + noise", data, l2=0.01).params.values())
    for solver in ("saga", "sketchy_saga"):
        found = ravine.fit("y ~ dose + noise", data, l2=0.01, solver=solver, max_iterations=500)
        assert found.converged
        np.testing.assert_allclose(list(found.params.values()), exact, rtol=1e-3, atol=1e-6)


def test_files_in_batches_give_the_fit_in_memory(tmp_path: pathlib.Path) -> None:
    rng = np.random.default_rng(2)
    rows = 20_000
    table = pd.DataFrame({"x": rng.normal(size=rows), "g": rng.choice(["a", "b", "c"], rows)})
    table["y"] = rng.poisson(np.exp(0.3 * table["x"] + 0.5 * (table["g"] == "b")))
    table.loc[5, "x"] = None
    file = tmp_path / "counts.csv"
    table.to_csv(file, index=False)
    whole = ravine.fit("y ~ x + g", file, family="poisson", tolerance=1e-14)
    batches = ravine.fit("y ~ x + g", file, family="poisson", stream=True)
    assert batches.converged and batches.nobs == rows - 1
    for ours, other in ((batches.params, whole.params), (batches.bse, whole.bse)):
        assert ours.keys() == other.keys()
        assert np.allclose(list(ours.values()), list(other.values()), rtol=1e-8)
    assert abs(batches.loglik - whole.loglik) < 1e-8 * abs(whole.loglik)
    assert batches.notes == ["1 of 20,000 rows dropped: x (1)"] == whole.notes
    assert np.allclose(batches.predict(table).mean, whole.predict(table).mean)
    with pytest.raises(TypeError, match="is streamed from a file"):
        ravine.fit("y ~ x", table, stream=True)
    with pytest.raises(ValueError, match="l1: is given, but not for rows that are streamed"):
        ravine.fit("y ~ x", file, family="poisson", l1=0.1, stream=True)


def test_parquet_files_are_read_where_that_is_built_in(tmp_path: pathlib.Path) -> None:
    columns = {"x": [1.0, 2.0, None, 4.0, 5.0], "y": [1, 3, 2, 5, 4], "g": list("abbab")}
    table = pd.DataFrame(columns)
    file = tmp_path / "table.parquet"
    table.to_parquet(file)
    try:
        found = ravine.fit("y ~ x + g", file)
    except ValueError as error:
        assert str(error).startswith(str(file)) and "--features parquet" in str(error)
    else:
        assert found.nobs == 4 and found.params == ravine.fit("y ~ x + g", table).params


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tolerance": 0}, "tolerance: is 0.0, but must be above 0 and below 1"),
        ({"tolerance": float("nan")}, "tolerance: is nan, but must be finite"),
        ({"level": 95}, "level: is 95.0, but must be above 0 and below 1"),
        ({"l2": float("inf")}, "l2: is inf, but must be finite"),
        ({"l1": -1}, "l1: is -1.0, but must be zero or positive"),
        ({"max_iterations": 0}, "max_iterations: is 0, but must be a whole number"),
        ({"max_iterations": 2.5}, "max_iterations: is 2.5, but must be a whole number"),
        ({"cv": 1}, "cv: is 1, but must be a whole number of at least 2"),
        ({"cv": 2, "l1_ratios": [0.5, 2.0]}, "l1_ratios: is 2.0, but must be from 0 to 1"),
    ],
)
def test_numbers_that_are_not_allowed_are_named(
    tmp_path: pathlib.Path, stream: bool, settings: dict[str, Any], says: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("y,x\n1,2\n3,4\n5,7\n2,1\n")
    if stream and ("cv" in settings or "l1" in settings):
        says = ": is"
    with pytest.raises(ValueError, match=says):
        ravine.fit("y ~ x", file, stream=stream, **settings)


def test_a_stream_says_what_the_table_says(tmp_path: pathlib.Path) -> None:
    rows = [(i % 5, i % 7, i % 3, "" if i % 11 == 4 else i % 2) for i in range(300)]
    file = tmp_path / "a.csv"
    file.write_text("y,x,o,w\n" + "".join(f"{y},{x},{o},{w}\n" for y, x, o, w in rows))
    settings = {"family": "poisson", "offset": "o", "weights": "w", "tolerance": 1e-13}
    whole = ravine.fit("y ~ x", str(file), **settings)
    batches = ravine.fit("y ~ x", str(file), stream=True, **settings)
    assert batches.notes == whole.notes and "27 of 300 rows dropped: w (27)" in whole.notes
    for name in ("deviance", "null_deviance", "aic", "df_resid"):
        assert getattr(batches, name) == pytest.approx(getattr(whole, name), rel=1e-9)
    params = [list(found.params.values()) for found in (batches, whole)]
    np.testing.assert_allclose(*params, rtol=1e-8)
    with pytest.raises(ValueError, match=r"values are missing: w \(27\)"):
        ravine.fit("y ~ x", str(file), stream=True, missing="fail", **settings)
