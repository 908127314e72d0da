"""`least_squares`: SciPy's arguments and results."""

from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from scipy.sparse.linalg import aslinearoperator

import ravine

T = np.linspace(0.0, 4.0, 30)
TRUE = np.array([2.0, 0.7, 0.3])
DATA = TRUE[0] * np.exp(-TRUE[1] * T) + TRUE[2] + 0.02 * np.sin(37.0 * T)
START = [1.0, 1.0, 0.0]


def residuals(x: np.ndarray, data: np.ndarray = DATA) -> np.ndarray:
    return x[0] * np.exp(-x[1] * T) + x[2] - data


def jacobian(x: np.ndarray, data: np.ndarray = DATA) -> np.ndarray:
    e = np.exp(-x[1] * T)
    return np.stack([e, -x[0] * T * e, np.ones_like(T)], axis=1)


@pytest.mark.parametrize("loss", ["linear", "huber", "soft_l1", "cauchy", "arctan"])
@pytest.mark.parametrize("jac", [jacobian, "2-point", "3-point"])
def test_agrees_with_scipy(loss: str, jac: Any) -> None:
    data = DATA.copy()
    data[[3, 17]] += 1.5
    more: dict[str, Any] = {"loss": loss, "f_scale": 0.1, "args": (data,)}
    ours = ravine.least_squares(residuals, START, jac, **more)
    theirs = scipy.optimize.least_squares(residuals, START, jacobian, gtol=1e-12, **more)
    assert ours.success and ours.status in (1, 2), ours
    np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-4)
    assert ours.cost == pytest.approx(theirs.cost, rel=1e-10)
    np.testing.assert_allclose(ours.fun, residuals(ours.x, data))
    np.testing.assert_allclose(ours.jac, jacobian(ours.x), atol=1e-6)
    if loss == "linear":
        np.testing.assert_allclose(ours.grad, ours.jac.T @ ours.fun, atol=1e-12)
    assert ours.optimality == np.abs(ours.grad).max() < 1e-4
    np.testing.assert_array_equal(ours.active_mask, theirs.active_mask)
    assert ours.method == "lm" and "residuals" in ours.because
    assert set(theirs) <= set(ours), set(theirs) - set(ours)


@pytest.mark.parametrize(
    "method", ["lm", "lm-geodesic", "lm-nielsen", "gauss-newton", "trf", "dogbox", "bfgs"]
)
def test_methods(method: str) -> None:
    result = ravine.least_squares(residuals, START, jacobian, method=method)
    assert result.success
    np.testing.assert_allclose(result.x, TRUE, atol=0.05)
    with_object = ravine.least_squares(residuals, START, method=ravine.LevenbergMarquardt())
    np.testing.assert_allclose(with_object.x, result.x, rtol=1e-5)


def test_equations_are_solved_by_newtons_method() -> None:
    result = ravine.least_squares(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1.2, 1.0])
    assert result.method == "gauss-newton" and result.cost < 1e-20
    np.testing.assert_allclose(result.x, 1.0)


@pytest.mark.parametrize(
    "bounds",
    [
        (-np.inf, [1.5, np.inf, np.inf]),
        scipy.optimize.Bounds([-np.inf] * 3, [1.5, np.inf, np.inf]),
    ],
)
def test_bounds_are_kept(bounds: Any) -> None:
    ours = ravine.least_squares(residuals, START, jacobian, bounds=bounds)
    theirs = scipy.optimize.least_squares(residuals, START, jacobian, bounds=bounds, gtol=1e-12)
    assert ours.success and ours.method == "lm"
    np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-4)
    np.testing.assert_array_equal(ours.active_mask, [1, 0, 0])
    assert ours.optimality < 1e-5 < np.abs(ours.grad).max()
    with pytest.raises(ValueError, match="method: `bfgs` cannot keep bounds; these can: .*lm"):
        ravine.least_squares(residuals, START, bounds=bounds, method="bfgs")


def test_counts() -> None:
    calls = {"fun": 0, "jac": 0}

    def fun(x: np.ndarray, *, shift: float) -> np.ndarray:
        calls["fun"] += 1
        return residuals(x) - shift

    def jac(x: np.ndarray, *, shift: float) -> Any:
        calls["jac"] += 1
        return scipy.sparse.csr_array(jacobian(x))

    result = ravine.least_squares(fun, START, jac, kwargs={"shift": 0.0})
    assert result.success
    # The first call, which tells how many residuals there are, serves the method too.
    assert result.evaluations["value"] == calls["fun"]
    assert result.njev == calls["jac"] <= result.nit + 1


def test_tolerances_limits_and_statuses() -> None:
    def run(**kwargs: Any) -> ravine.OptimizeResult:
        return ravine.least_squares(residuals, START, jacobian, **kwargs)

    loose = run(gtol=1e-2)
    assert loose.status == 1 and loose.optimality <= 1e-2
    assert np.abs(loose.grad).max() == loose.optimality
    assert run(ftol=1.0).status == 2 and run(xtol=1e-1).status == 3
    limited = run(max_nfev=3)
    assert (limited.status, limited.success) == (0, False) and limited.nfev <= 3
    assert run(max_iterations=2).nit == 2

    def stop(x: np.ndarray) -> None:
        raise StopIteration

    stopped = run(callback=stop)
    assert (stopped.status, stopped.nit, stopped.success) == (-2, 1, False)


def test_output(capsys: pytest.CaptureFixture[str]) -> None:
    ravine.least_squares(residuals, START, verbose=1)
    assert "final cost" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"fun": 1}, TypeError, "fun: must be a function"),
        ({"fun": lambda x: np.ones((2, 2))}, ValueError, r"fun: its result has shape \(2, 2\)"),
        ({"fun": lambda x: []}, ValueError, "fun: its result is empty"),
        ({"fun": lambda x: x * 1j}, TypeError, "fun: its result: must have real numbers"),
        ({"fun": lambda x: x * np.nan}, ValueError, "x0: residuals are not finite"),
        ({"x0": [np.inf]}, ValueError, "x0: entry 0 is inf"),
        ({"jac": "cs"}, ValueError, "jac: 'cs' needs"),
        ({"jac": "4-point"}, ValueError, "jac: is '4-point'"),
        ({"jac": lambda x: np.ones((2, 3))}, ValueError, r"jac: its result has shape \[2, 3\]"),
        (
            {"jac": lambda x: aslinearoperator(np.ones((30, 3)))},
            TypeError,
            "jac: its result must have real numbers",
        ),
        ({"loss": "tukey"}, ValueError, "loss: is \"tukey\", but must be 'linear', 'huber'"),
        ({"loss": 3}, TypeError, "loss: must be the name of one"),
        ({"loss": "huber", "f_scale": 0.0}, ValueError, "loss: .*positive, finite scale"),
        ({"x_scale": 2.0}, ValueError, "x_scale: is 2.0"),
        ({"bounds": 3}, ValueError, "bounds: must be a pair"),
        ({"bounds": ([0] * 2, [1] * 2)}, ValueError, "bounds: have shapes"),
        ({"bounds": (1.5, 2)}, ValueError, "x0: must be within the bounds"),
        ({"max_nfev": 1.5}, ValueError, "max_nfev: is 1.5"),
        ({"gtol": "a"}, TypeError, "gtol: is 'a'"),
    ],
)
def test_mistakes_are_named(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ravine.least_squares(**{"fun": residuals, "x0": START, **arguments})


def test_exceptions_pass_through() -> None:
    def jac(x: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        ravine.least_squares(residuals, START, jac)


@pytest.mark.parametrize("jac", [jacobian, "2-point", "3-point"])
def test_a_loss_may_be_a_function(jac: Any) -> None:
    data = DATA.copy()
    data[[3, 17]] += 1.5

    def cauchy(z: np.ndarray) -> np.ndarray:
        return np.stack([np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2])

    more: dict[str, Any] = {"f_scale": 0.1, "args": (data,)}
    own = ravine.least_squares(residuals, START, jac, loss=cauchy, **more)
    named = ravine.least_squares(residuals, START, jac, loss="cauchy", **more)
    np.testing.assert_allclose(own.x, named.x, rtol=1e-5)
    assert own.cost == pytest.approx(named.cost, rel=1e-9)
    np.testing.assert_allclose(own.fun, residuals(own.x, data))
    with pytest.raises(ValueError, match="loss: its result"):
        ravine.least_squares(residuals, START, jac, loss=lambda z: z)


def test_every_point_is_within_the_bounds() -> None:
    lower, upper = np.array([0.5, 0.9, -1.0]), np.array([3.0, 2.0, 0.25])

    def watched(x: np.ndarray) -> np.ndarray:
        assert (lower <= x).all() and (x <= upper).all()
        return residuals(x)

    for method in (None, "lm", "lm-geodesic", "lm-nielsen"):
        ours = ravine.least_squares(watched, [1.0, 1.0, 0.0], bounds=(lower, upper), method=method)
        theirs = scipy.optimize.least_squares(
            residuals, [1.0, 1.0, 0.0], jacobian, bounds=(lower, upper), gtol=1e-12
        )
        assert ours.success
        np.testing.assert_allclose(ours.x, theirs.x, atol=1e-5)
        assert ours.method.startswith("lm") and (ours.active_mask != 0).any()
