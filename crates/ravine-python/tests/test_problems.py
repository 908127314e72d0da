"""Problems against SciPy, differences and published numbers."""

import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse

import ravine
from ravine import problems

REFERENCE = Path(__file__).parents[2] / "ravine-problems" / "tests" / "data" / "mgh35.json"


def everything() -> list[problems.Problem]:
    return [listing.problem() for listing in problems.all()] + list(problems.mgh)


def near(p: problems.Problem) -> np.ndarray:
    """A point that is not special, near the start."""
    wave = np.sin(1.0 + np.arange(p.dimension))
    x = p.x0 + 1e-2 * wave * np.maximum(np.abs(p.x0), 1.0)
    if p.bounds is not None:
        x = np.clip(x, *p.bounds)
    return x


def test_rosenbrock_is_scipys() -> None:
    p = problems.rosenbrock
    rng = np.random.default_rng(1)
    for x in rng.normal(size=(20, 2)):
        assert p(x) == pytest.approx(scipy.optimize.rosen(x), rel=1e-14)
        assert p.grad(x) == pytest.approx(scipy.optimize.rosen_der(x), rel=1e-12)
        assert p.hess(x) == pytest.approx(scipy.optimize.rosen_hess(x), rel=1e-12)
        v = rng.normal(size=2)
        product = scipy.optimize.rosen_hess_prod(x, v)
        assert p.hessp(x, v) == pytest.approx(product, rel=1e-10)
    points = rng.normal(size=(2, 3, 4))
    assert p(points).shape == (3, 4)
    np.testing.assert_allclose(p(points), scipy.optimize.rosen(points), rtol=1e-13)
    value, gradient = p.value_and_grad([0.5, 2])
    assert value == p([0.5, 2]) and np.array_equal(gradient, p.grad([0.5, 2]))


def test_derivatives_agree_with_differences() -> None:
    for p in everything():
        if p.name.startswith("single-precision"):
            continue  # Its values carry noise on purpose; see below.
        x = near(p)
        n = p.dimension
        gradient = p.grad(x)
        # The reference: central differences with a step for each variable.
        steps = 6e-6 * np.maximum(np.abs(x), 1e-2)
        directions = [0, n // 2, n - 1]
        scale = np.abs(gradient).max()
        for i in directions:
            h = np.zeros(n)
            h[i] = steps[i]
            slope = (p(x + h) - p(x - h)) / (2 * steps[i])
            noise = 1e-14 * abs(p(x)) / steps[i]
            assert slope == pytest.approx(gradient[i], abs=1e-5 * scale + 100 * noise), p
            if "hessian_product" in p.derivatives:
                v = np.zeros(n)
                v[i] = 1.0
                product = p.hessp(x, v)
                column = (p.grad(x + h) - p.grad(x - h)) / (2 * steps[i])
                size = np.abs(product).max() + 1e-12
                rounding = 1e-13 * scale / steps[i]
                np.testing.assert_allclose(
                    column, product, rtol=0, atol=2e-4 * size + rounding, err_msg=p.name
                )
                if "hessian" in p.derivatives:
                    np.testing.assert_allclose(p.hess(x)[:, i], product, atol=1e-9 * size)
                if "sparse_hessian" in p.derivatives:
                    sparse = p.sparse_hess(x)
                    assert scipy.sparse.issparse(sparse)
                    np.testing.assert_allclose(sparse @ v, product, atol=1e-9 * size)
        if "residuals" in p.derivatives:
            r, jacobian = p.residuals(x), p.jacobian(x)
            assert r @ r == pytest.approx(p(x), rel=1e-11)
            np.testing.assert_allclose(2 * jacobian.T @ r, gradient, atol=1e-9 * scale)


def test_noisy_values_agree_with_wide_differences() -> None:
    p = problems.named("single-precision")
    x, v = np.full(20, 0.1), np.sin(np.arange(20.0))
    h = 0.05
    assert (p(x + h * v) - p(x - h * v)) / (2 * h) == pytest.approx(p.grad(x) @ v, rel=2e-3)
    column = (p.grad(x + h * v) - p.grad(x - h * v)) / (2 * h)
    np.testing.assert_allclose(column, p.hess(x) @ v, atol=2e-2 * np.abs(column).max())


def test_mgh_has_the_published_starts_and_minima() -> None:
    reference = {
        (entry["number"], entry["n"]): entry for entry in json.loads(REFERENCE.read_text())
    }
    seen = set()
    for p in problems.mgh:
        number = int(p.name.split(":")[1].split(",")[0])
        entry = reference.pop((number, p.dimension), None)
        if entry is None:
            continue
        seen.add(number)
        np.testing.assert_allclose(p.x0, entry["start"], rtol=1e-14)
        assert p(p.x0) == pytest.approx(entry["value_at_start"], rel=1e-11), p
        best = entry["best_value_known"]
        known = [minimum.value for minimum in p.minima]
        assert any(value == pytest.approx(best, rel=1e-6, abs=1e-12) for value in known), p
        assert known == sorted(known)
        assert p(entry["best_point_known"]) == pytest.approx(best, rel=1e-7, abs=1e-12), p
    assert seen == set(range(1, 36))


def test_known_minima_are_minima() -> None:
    count = 0
    for p in everything():
        for minimum in p.minima:
            if minimum.point is None:
                continue
            count += 1
            assert p(minimum.point) == pytest.approx(minimum.value, rel=1e-7, abs=1e-9), p
            if p.bounds is None:
                start = np.abs(p.grad(p.x0)).max()
                assert np.abs(p.grad(minimum.point)).max() <= 1e-4 * max(start, 1.0), p
    assert count > 50


def test_names_lead_to_problems() -> None:
    listings = problems.all()
    assert len({listing.name for listing in listings}) == len(listings) > 65
    for listing in listings:
        p = problems.named(listing.name)
        assert p.title == listing.title and p.dimension == listing.dimension == p.x0.size
        assert p.derivatives == listing.derivatives and p.source == listing.source
        assert p.title in repr(p)
        if ":" not in listing.name:
            attribute = listing.name.replace("-", "_")
            assert attribute in dir(problems)
            assert getattr(problems, attribute).name == p.name
    assert problems.named("quadratic", n=7, kappa=1e3, rotation=True).name == (
        "quadratic:n=7,kappa=1000,spectrum=log,rotation=yes,seed=1"
    )
    assert problems.named("mgh:20", n=9).dimension == 9
    assert [p.name for p in problems.mgh][:2] == ["mgh:1", "mgh:2"]
    assert len(list(problems.mgh)) == len(problems.mgh) == 42
    assert problems.mgh["biggs-exp6"].name == problems.mgh[18].name
    p = problems.problem("x1^2 + x1*x2 + x2^2")
    assert p.variables == ("x1", "x2") and p.minima == () and p.window is None
    assert problems.problem("booth").window == ((-10.0, 10.0), (-10.0, 10.0))


def test_formulas() -> None:
    p = problems.formula("(1-x)^2 + 100*(y-x^2)^2", start=[-1.2, 1])
    x = np.array([0.3, -0.7])
    assert p(x) == pytest.approx(scipy.optimize.rosen(x), rel=1e-14)
    np.testing.assert_allclose(p.hess(x), scipy.optimize.rosen_hess(x), rtol=1e-13)
    one = problems.formula("cosh(t - 1)", start=3)
    assert one.dimension == 1 and one(1) == 1.0 and one.x0 == [3.0]
    assert problems.formula("a^2 + b^2").x0.tolist() == [-1.2, 1.0]


def test_scipy_takes_problems() -> None:
    p = problems.named("beale")
    for method, more in [
        ("BFGS", {}),
        ("Newton-CG", {"hessp": p.hessp}),
        ("trust-exact", {"hess": p.hess}),
    ]:
        result = scipy.optimize.minimize(p, p.x0, jac=p.grad, method=method, tol=1e-8, **more)
        np.testing.assert_allclose(result.x, p.minima[0].point, atol=1e-5)
    result = scipy.optimize.minimize(p.value_and_grad, p.x0, jac=True)
    np.testing.assert_allclose(result.x, p.minima[0].point, atol=1e-4)
    wood = problems.mgh["wood"]
    fit = scipy.optimize.least_squares(wood.residuals, wood.x0, jac=wood.jacobian)
    np.testing.assert_allclose(fit.x, np.ones(4), atol=1e-5)
    obstacle = problems.named("obstacle:grid=5")
    bounds = scipy.optimize.Bounds(*obstacle.bounds)
    result = scipy.optimize.minimize(
        obstacle, obstacle.x0, jac=obstacle.grad, bounds=bounds, tol=1e-10
    )
    ours = ravine.minimize(obstacle, obstacle.x0, method="lbfgsb")
    assert result.fun == pytest.approx(ours.fun, rel=1e-7)


def test_ravine_takes_problems() -> None:
    for p in [problems.rosenbrock, problems.mgh[13], problems.formula("cosh(x-1) + (x-y)^2")]:
        result = ravine.minimize(p, p.x0)
        assert result.fun <= p(p.x0) and p(result.x) == result.fun
        assert np.abs(p.grad(result.x)).max() == pytest.approx(result.gradient_norm, rel=1e-9)


def test_problems_pickle() -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(20, 3)), rng.integers(0, 2, size=20)
    for p in [
        problems.named("quadratic:n=6,rotation=yes,seed=3"),
        problems.mgh(20, n=9),
        problems.formula("a^2 + cosh(b)", start=[2, 1]),
        problems.regression(X, y, loss="logistic", l2=0.1, names=["u", "v", "w"]),
        problems.regression(scipy.sparse.csr_array(X), y, loss="squares", intercept=False),
    ]:
        again = pickle.loads(pickle.dumps(p))
        x = near(p)
        assert again.name == p.name and again.variables == p.variables
        assert np.array_equal(again.x0, p.x0)
        assert again(x) == p(x) and np.array_equal(again.grad(x), p.grad(x))


def test_several_threads_use_one_problem() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(500, 5))
    y = (X @ np.ones(5) + rng.normal(size=500) > 0).astype(float)
    shared = [
        problems.regression(X, y, loss="logistic"),
        problems.formula("(1-x)^2 + 100*(y-x^2)^2"),
        problems.named("extended-rosenbrock:n=100"),
    ]
    points = [[rng.normal(size=p.dimension) for _ in range(50)] for p in shared]
    expected = [[p.grad(x) for x in xs] for p, xs in zip(shared, points, strict=True)]
    wrong: list[str] = []

    def work() -> None:
        for _ in range(5):
            for p, xs, gs in zip(shared, points, expected, strict=True):
                if any(not np.array_equal(p.grad(x), g) for x, g in zip(xs, gs, strict=True)):
                    wrong.append(p.name)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_regression_is_its_formula() -> None:
    rng = np.random.default_rng(4)
    X, w = rng.normal(size=(30, 4)), rng.normal(size=5)
    X[rng.random(size=X.shape) < 0.5] = 0.0
    eta = w[0] + X @ w[1:]
    penalty = 0.05 * w[1:] @ w[1:]
    classes = rng.integers(0, 2, size=30)
    counts = rng.poisson(2.0, size=30)
    numbers = rng.normal(size=30)
    cases = [
        ("logistic", classes, np.logaddexp(0, eta) - classes * eta),
        ("squares", numbers, (eta - numbers) ** 2),
        ("poisson", counts, np.exp(eta) - counts * eta),
    ]
    forms = [
        X,
        X.tolist(),
        np.asfortranarray(X),
        np.repeat(X, 2, axis=1)[:, ::2],
        scipy.sparse.csr_matrix(X),
        scipy.sparse.coo_array(X),
    ]
    for loss, y, terms in cases:
        for form in forms:
            p = problems.regression(form, y, loss=loss, l2=0.1)
            assert p(w) == pytest.approx(terms.mean() + penalty, rel=1e-13)
            assert p.variables == ("(intercept)", "x1", "x2", "x3", "x4")
        free = problems.regression(X, y, loss=loss, intercept=False, names="abcd")
        assert free.dimension == 4 and free.variables == ("a", "b", "c", "d")
    words = np.where(classes == 1, "yes", "no")
    p = problems.regression(X, words, loss="logistic", l2=0.1)
    assert p(w) == pytest.approx(cases[0][2].mean() + penalty, rel=1e-13)
    assert p.note == "class 1 is `yes`, class 0 is `no`"
    assert problems.regression(X, classes == 1, loss="logistic", l2=0.1)(w) == p(w)
    # Least squares come as residuals, too.
    least = problems.regression(X, numbers, loss="squares")
    solution = np.linalg.lstsq(np.c_[np.ones(30), X], numbers, rcond=None)[0]
    step = np.linalg.lstsq(least.jacobian(np.zeros(5)), -least.residuals(np.zeros(5)), rcond=None)
    np.testing.assert_allclose(step[0], solution, atol=1e-12)
    result = ravine.minimize(least, least.x0)
    np.testing.assert_allclose(result.x, solution, atol=1e-6)


MEASURE = """
import re
from pathlib import Path

import numpy as np
from ravine import problems

def peak():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

X = np.ones((500_000, 20))
X[:, 1] = np.arange(500_000)
y = np.arange(500_000.0)
problems.regression(X[:100], y[:100], loss="squares")
before = peak()
p = problems.regression(X, y, loss="squares")
for _ in range(3):
    p.grad(p.x0)
print((peak() - before) / X.nbytes)
"""


def test_the_data_of_a_regression_is_copied_once() -> None:
    run = subprocess.run(
        [sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True
    )
    # Besides the one copy: a mask while it is checked, and some numbers a case.
    assert 0.9 < float(run.stdout) < 1.6


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: problems.named("rosenbrok"), ValueError, "did you mean `rosenbrock`"),
        (lambda: problems.named("quadratic:n=0"), ValueError, "n: is 0"),
        (lambda: problems.named("quadratic", kapa=3), ValueError, "did you mean `kappa`"),
        (lambda: problems.named(3), TypeError, "spec: "),
        (lambda: problems.mgh[36], ValueError, "1 to 35"),
        (lambda: problems.formula("x^2+"), ValueError, "at character 5"),
        (lambda: problems.formula("2 + 3"), ValueError, "no variables"),
        (lambda: problems.formula("x + y", start=[1]), ValueError, "start: has 1 entries"),
        (lambda: problems.formula("x", start=["a"]), TypeError, "start: "),
        (lambda: problems.formula(1), TypeError, "text: "),
        (lambda: problems.problem(1), TypeError, "text: "),
        (lambda: problems.problem("x^2 +* y"), ValueError, "at character 6"),
        (lambda: problems.rosenbrok, AttributeError, "rosenbrok"),
        (lambda: problems.rosenbrock([1, 2, 3]), ValueError, "x: has 3 entries, but must have 2"),
        (lambda: problems.rosenbrock(np.ones((3, 2))), ValueError, "x: has shape"),
        (lambda: problems.rosenbrock(["a", "b"]), TypeError, "x: "),
        (lambda: problems.rosenbrock([1j, 2]), TypeError, "x: "),
        (lambda: problems.rosenbrock.hessp([1, 2], [1]), ValueError, "v: has 1 entries"),
        (lambda: problems.booth.residuals([1, 2]), ValueError, "residuals: booth"),
        (lambda: problems.booth.jacobian([1, 2]), ValueError, "jacobian: booth"),
        (lambda: problems.booth.sparse_hess([1, 2]), ValueError, "sparse_hess: booth has none"),
        (
            lambda: problems.named("quadratic:n=20000,rotation=yes").hess(np.zeros(20000)),
            ValueError,
            "hess: quadratic:.* has none; hessp",
        ),
    ],
)
def test_mistakes_are_named(make, kind, message) -> None:
    with pytest.raises(kind, match=message):
        make()


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"y": [1, 2]}, ValueError, r"y: has shape \(2,\), but must have \(3,\)"),
        ({"y": None}, TypeError, "y: is missing"),
        ({"y": [1, 2, 3]}, ValueError, "y: has more than two values"),
        ({"y": ["a", "b", "c"]}, ValueError, "y: has 3 classes"),
        ({"y": ["a", "b", "a"], "loss": "squares"}, ValueError, "y: is a text"),
        ({"y": [0.5, 1, 2], "loss": "poisson"}, ValueError, "y: has the value 0.5"),
        ({"loss": "cubes"}, ValueError, "loss: is 'cubes', but must be one of 'logistic'"),
        ({"l2": -1.0}, ValueError, "l2: is -1.0"),
        ({"names": ["a"]}, ValueError, "names: are 1, but must be 2"),
        ({"X": [1.0, 2.0, 3.0]}, ValueError, "X: has shape"),
        ({"X": [[1.0, 2.0], [np.nan, 1.0], [1.0, 2.0]]}, ValueError, r"X: entry \(1, 0\) is nan"),
        ({"X": [["a", "b"]] * 3}, TypeError, "X: "),
        ({"X": np.zeros((3, 2), complex)}, TypeError, "X: "),
        ({"X": scipy.sparse.csr_array([[np.inf], [1], [2]])}, ValueError, "X: entry"),
        ({"X": np.zeros((0, 2)), "y": []}, ValueError, "design"),
    ],
)
def test_bad_data_is_named(arguments, kind, message) -> None:
    given = {"X": np.eye(3, 2), "y": [0, 1, 0], "loss": "logistic"} | arguments
    with pytest.raises(kind, match=message):
        problems.regression(**given)


def test_threads_hold_inside_of_a_block():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60_000, 8))
    y = x @ np.arange(8.0) + rng.normal(size=60_000)
    problem = ravine.problems.regression(x, y, loss="squares")

    def solved():
        return ravine.minimize(problem, method="newton-damped").x

    one = solved()
    with ravine.threads(2):
        two = solved()
        with ravine.threads(1):
            np.testing.assert_array_equal(solved(), one)
        np.testing.assert_array_equal(solved(), two)
    np.testing.assert_array_equal(solved(), one)
    assert not np.array_equal(one, two)
    np.testing.assert_allclose(one, two, rtol=1e-7, atol=1e-9)
    with pytest.raises(ValueError, match="threads"), ravine.threads(0):
        pass
    with pytest.raises(TypeError), ravine.threads(2.5):
        pass
    with pytest.raises(RuntimeError), ravine.threads(2):
        raise RuntimeError
    np.testing.assert_array_equal(solved(), one)


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert ravine.__version__ == version("ravine")
