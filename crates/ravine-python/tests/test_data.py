"""Data files: what is read, and what is refused where."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

import ravine
from ravine import data, problems

FILES = Path(__file__).parents[2] / "ravine-glm" / "tests" / "data"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_table_is_read_as_numpy_reads_it() -> None:
    path = FILES / "diabetes.csv"
    header = path.read_text().splitlines()[0].split(",")
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    for target in (header[-1], len(header)):
        read = data.read(path, target=target)
        assert read.names == tuple(header[:-1]) and read.target == header[-1]
        np.testing.assert_array_equal(read.X, table[:, :-1])
        np.testing.assert_array_equal(read.y, table[:, -1])
        assert read.coefficients == ("(intercept)", *read.names)
    fewer = data.read(str(path), target=1, ignore=[header[-1], 3], intercept=False)
    np.testing.assert_array_equal(fewer.X, np.delete(table, [0, 2, len(header) - 1], axis=1))
    assert fewer.coefficients == fewer.names


def test_standardized_columns_have_mean_0_and_deviation_1() -> None:
    read = data.read(FILES / "diabetes.csv", target="progression", standardize=True)
    np.testing.assert_allclose(read.X.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(read.X.std(axis=0), 1, rtol=1e-12)
    plain = data.read(FILES / "diabetes.csv", target="progression")
    np.testing.assert_allclose(read.X * read.deviations + read.means, plain.X, atol=1e-9)
    # The same model in both units.
    w = np.linspace(-1, 2, 6)
    standardized = problems.regression(read, loss="squares")
    original = problems.regression(plain, loss="squares")
    assert original(read.original_units(w)) == pytest.approx(standardized(w), rel=1e-12)
    without = data.read(
        FILES / "diabetes.csv", target="progression", standardize=True, intercept=False
    )
    np.testing.assert_allclose(without.means, 0)
    np.testing.assert_array_equal(plain.original_units(w), w)


def test_texts_become_indicators_and_classes(tmp_path: Path) -> None:
    text = "kind;size;sold\nb;1;no\na;2;yes\nc;3;no\n"
    read = data.read(write(tmp_path, "a.csv", text), target="sold")
    assert read.names == ("kind=b", "kind=c", "size")
    np.testing.assert_array_equal(read.X, [[1, 0, 1], [0, 0, 2], [0, 1, 3]])
    assert read.classes == ("no", "yes") and read.y.tolist() == [0, 1, 0]
    p = problems.regression(read, loss="logistic")
    assert p.variables == ("(intercept)", "kind=b", "kind=c", "size")
    assert "`sold`" in p.title and p.name.endswith("a.csv")


SVM = "1 1:0.5 3:2\n-1 2:1\n1 3:-1.5\n1 1:4\n"


def test_libsvm_is_sparse_and_shifted_without_filling_in(tmp_path: Path) -> None:
    path = write(tmp_path, "a.svm", SVM)
    read = data.read(path)
    assert scipy.sparse.issparse(read.X) and read.X.format == "csr" and read.X.nnz == 5
    dense = np.array([[0.5, 0, 2], [0, 1, 0], [0, 0, -1.5], [4, 0, 0]])
    np.testing.assert_array_equal(read.X.toarray(), dense)
    assert read.y.tolist() == [1, -1, 1, 1] and read.names == ("x1", "x2", "x3")
    sparse = data.read(path, standardize=True)
    assert sparse.X.nnz == 5
    np.testing.assert_allclose(sparse.X.toarray() * sparse.deviations, dense, rtol=1e-15)
    scaled = (dense - dense.mean(axis=0)) / dense.std(axis=0)
    w = np.array([0.3, -1.0, 0.5, 2.0])
    eta = w[0] + scaled @ w[1:]
    y = (read.y + 1) / 2
    p = problems.regression(sparse, loss="logistic")
    assert p(w) == pytest.approx((np.logaddexp(0, eta) - y * eta).mean(), rel=1e-13)
    again = pickle.loads(pickle.dumps(p))
    assert again(w) == p(w)


def test_regression_reads_files() -> None:
    path = FILES / "breast_cancer.csv"
    target = path.read_text().splitlines()[0].split(",")[-1]
    p = problems.regression(path, target, loss="logistic", l2=1e-3)
    assert p.dimension == data.read(path, target=target).X.shape[1] + 1
    assert problems.regression(path, target, loss="logistic", intercept=False).dimension == (
        p.dimension - 1
    )
    result = ravine.minimize(p, p.x0)
    assert result.fun < p(p.x0) == pytest.approx(np.log(2), rel=1e-12)


def test_datasets_pickle_and_say_what_they_are() -> None:
    read = data.read(FILES / "diabetes.csv", target="progression", standardize=True)
    again = pickle.loads(pickle.dumps(read))
    np.testing.assert_array_equal(again.X, read.X)
    assert again.names == read.names and again.source == read.source
    assert (
        repr(again) == f"<Dataset from diabetes.csv: 100 cases, 5 columns, target {read.target!r}>"
    )


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("x,y\n1,0\n2,\n", {"target": "y"}, "a.csv:3: column `y`: missing value"),
        ("x,y\n1,0\n\n2,1\nthree,0\n", {"target": "y"}, "a.csv:5: column `x`: `three`"),
        ("x,y\n1,0\n2\n", {"target": "y"}, "a.csv:3: column `y`: the row has 1 cell, but 2 are"),
        ("", {"target": "y"}, "a.csv: is empty"),
        ("x,y\n", {"target": "y"}, "a.csv: has a header but no rows"),
        ("x,y\n1,2\n", {}, "which column is the target"),
        ("long,y\n1,2\n", {"target": "lnog"}, "did you mean `long`"),
        ("x,y\n1,2\n", {"target": "y", "ignore": "w"}, "column `w`: there is no such column"),
        ("1 1:2\n-1 0:3\n", {}, "a.csv:2: column `entry 1`: the index `0`"),
        ("1 1:2\n", {"target": 1}, "give none"),
    ],
)
def test_mistakes_are_named_by_file_and_line(tmp_path, text, arguments, message) -> None:
    path = write(tmp_path, "a.csv", text)
    with pytest.raises(ValueError, match=message):
        data.read(path, **arguments)


def test_other_mistakes(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing.csv"):
        data.read(tmp_path / "missing.csv", target="y")
    read = data.read(write(tmp_path, "a.csv", "x,y\n1,0\n2,1\n"), target="y")
    with pytest.raises(ValueError, match=r"w: has shape \(3,\), but must have \(2,\)"):
        read.original_units([1, 2, 3])
    with pytest.raises(TypeError, match="y: a dataset brings its own"):
        problems.regression(read, [0, 1], loss="logistic")
    with pytest.raises(ValueError, match="intercept: is False, but the dataset says True"):
        problems.regression(read, loss="logistic", intercept=False)


def test_regressions_go_over_batches() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(500, 4))
    y = X @ [1.0, -2.0, 0.5, 3.0] + rng.normal(size=500)
    p = problems.regression(X, y, loss="squares")
    lowest = ravine.minimize(p).fun
    seen = []
    result = ravine.minimize(
        p,
        method="gd:step=0.1",
        batch_size=64,
        epochs=10,
        schedule="warm-up:4+inverse:20",
        callback=lambda x: seen.append(x),
    )
    assert (result.reason, result.status, result.success) == ("epoch_limit", 1, False)
    assert (result.epochs, result.cases, result.nit) == (10, 5000, 80)
    assert len(seen) == 10 and np.array_equal(seen[-1], result.x)
    assert lowest < result.fun < lowest * 1.01
    again = ravine.minimize(
        p, method="gd:step=0.1", batch_size=64, epochs=10, schedule="warm-up:4+inverse:20"
    )
    assert np.array_equal(again.x, result.x)
    averaged = ravine.minimize(p, method="gd:step=0.2", batch_size=8, average_after=2, seed=3)
    assert averaged.fun < lowest * 1.001
    close = ravine.minimize(p, method="gd:step=0.1", batch_size=250, epochs=200, tol=0.05)
    assert close.success and close.epochs < 200 and close.gradient_norm <= 0.05
    chosen = ravine.minimize(p, batch_size=64)
    # The step is the best of a grid, as in the command.
    assert chosen.method == "adam"
    assert chosen.because.startswith("it goes over batches; of 22 steps")
    assert chosen.tuning["tried"] == 22 and chosen.fun < lowest * 1.05
    again = ravine.minimize(p, method=f"adam:step={chosen.tuning['value']!r}", batch_size=64)
    assert again.fun == chosen.fun
    few = ravine.minimize(p, batch_size=64, options={"maxfun": 40})
    assert few.nfev + few.tuning["nfev"] <= 40
    methods = ("lbfgs", "Exact/CG/Wolfe", "newton-cg")
    named = [ravine.minimize(p, method=method, batch_size=64) for method in methods]
    # The minimizer of a batch of 64 is about 4 / 64 above that of all.
    assert all(result.fun < lowest * 1.2 for result in named)
    assert np.array_equal(named[1].x, named[2].x)
    fixed = {"method": "gd:step=0.1", "batch_size": 64, "epochs": 4}
    assert ravine.minimize(p, **fixed).nit == 32
    assert ravine.minimize(p, **fixed, last_batch="dropped").nit == 28
    assert ravine.minimize(p, **fixed, measure="end").nfev == 5
    assert np.isnan(ravine.minimize(p, **fixed, measure="never").fun)
    for arguments, message in [
        ({"epochs": 3}, "batch_size"),
        ({"batch_size": 64, "method": "bb"}, "does not go over batches"),
        ({"batch_size": 64, "method": "newton"}, "no batch of a sum supplies"),
        ({"batch_size": 64, "epochs": 0}, "epochs: is 0"),
        ({"batch_size": 64, "last_batch": "half"}, "last_batch: is 'half'"),
        ({"batch_size": 64, "measure": "often"}, "measure: is 'often'"),
        ({"batch_size": 64, "measure": 0}, "measure"),
        ({"batch_size": 64, "schedule": "linear"}, "warm-up:STEPS"),
        ({"batch_size": 64, "options": {"maxiter": 5}}, "iterations"),
        ({"batch_size": 0}, "batch_size"),
    ]:
        with pytest.raises(ValueError, match=message):
            ravine.minimize(p, **arguments)


def test_races_go_over_batches() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 3))
    p = problems.regression(X, X @ [1.0, -2.0, 0.5] + rng.normal(size=200), loss="squares")
    race = ravine.race(p, methods="adam,lbfgs", batch_size=50, epochs=6)
    assert all(entry.reason == "epoch_limit" for entry in race)
    assert race["adam"].tuning["tried"] == 22 and race["adam"].nit == 24
    chosen = ravine.minimize(p, batch_size=50, epochs=6)
    assert np.array_equal(race["adam"].x, chosen.x)
    every = ravine.race(p, batch_size=50, epochs=2)
    assert {"gd", "newton-cg", "trust-gltr"} <= {entry.method for entry in every}
    assert any(reason == "not for batches" and "bb" in names for reason, names in every.left_out)
    with pytest.raises(ValueError, match="does not go over batches"):
        ravine.race(p, methods="bb", batch_size=50)
    with pytest.raises(ValueError, match="need batch_size"):
        ravine.race(p, epochs=3)


def test_headers_of_numbers_are_told_about(tmp_path: Path) -> None:
    path = write(tmp_path, "years.csv", "2019,2020\n1,2\n3,4\n")
    with pytest.warns(UserWarning, match="years.csv: the first line is all numbers .*header=True"):
        assert data.read(path, target=2).y.tolist() == [2020, 2, 4]
    named = data.read(path, target="2020", header=True)
    assert named.names == ("2019",) and named.y.tolist() == [2, 4]
    assert data.read(path, target=2, header=False).y.tolist() == [2020, 2, 4]


def test_l1_leaves_the_intercept() -> None:
    # Against a term that holds all coefficients at zero, the intercept is the mean.
    x = np.array([[-1.0], [0.0], [1.0]])
    p = problems.regression(x, [4.0, 6.0, 11.0], loss="squares")
    for method in ("owlqn:l1=1e6", ravine.OWLQN(l1=1e6)):
        free = ravine.minimize(p, method=method)
        np.testing.assert_allclose(free.x, [7, 0], atol=1e-6)
    assert ravine.race(p, methods=["owlqn:l1=1e6"]).best.x[0] == pytest.approx(7, abs=1e-6)
    held = ravine.minimize(p, method="owlqn:l1=1e6,unpenalized=0..0")
    assert held.x.tolist() == [0, 0]


def test_masks_are_not_dropped() -> None:
    x, y = np.ma.array([[1.0], [2.0]], mask=[[False], [True]]), np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="X: has masked entries"):
        problems.regression(x, y, loss="squares")
    with pytest.raises(ValueError, match="y: has masked entries"):
        problems.regression(x.filled(0), np.ma.array(y, mask=[1, 0]), loss="squares")
