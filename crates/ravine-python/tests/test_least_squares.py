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
        ({"x_scale": "none"}, ValueError, "x_scale: is 'none'"),
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


def broyden(x: np.ndarray) -> np.ndarray:
    r = (3 - 2 * x) * x + 1
    r[1:] -= x[:-1]
    r[:-1] -= 2 * x[1:]
    return r


def broyden_jacobian(x: np.ndarray) -> Any:
    n = x.size
    return scipy.sparse.diags_array(
        [-np.ones(n - 1), 3 - 4 * x, -2 * np.ones(n - 1)], offsets=[-1, 0, 1]
    )


def three_diagonals(n: int) -> Any:
    return scipy.sparse.diags_array(
        [np.ones(n - 1), np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1]
    )


@pytest.mark.parametrize("jac", ["2-point", "3-point", "function"])
def test_a_sparse_jacobian_finds_what_scipys_finds(jac: str) -> None:
    n = 2000
    given: dict[str, Any] = {"jac": broyden_jacobian} if jac == "function" else {"jac": jac}
    if jac != "function":
        given["jac_sparsity"] = three_diagonals(n)
    result = ravine.least_squares(broyden, -np.ones(n), **given)
    reference = scipy.optimize.least_squares(broyden, -np.ones(n), **given)
    assert result.success and result.cost < 1e-16
    np.testing.assert_allclose(result.x, reference.x, atol=1e-6)
    assert result.method == "lm"
    assert scipy.sparse.issparse(result.jac) and result.jac.shape == (n, n)
    exact = broyden_jacobian(result.x).toarray()
    np.testing.assert_allclose(result.jac.toarray(), exact, atol=1e-6)
    # Three groups of variables, moved to one side or to both.
    sides = {"2-point": 1, "3-point": 2, "function": 0}[jac]
    assert result.nfev <= (result.nit + 1) * (1 + 3 * sides) + 6


def test_within_bounds_with_a_sparse_jacobian() -> None:
    n = 50
    first = np.arange(n) < n // 2
    bounds = (np.where(first, -0.6, -np.inf), np.where(first, np.inf, -0.68))
    start = np.clip(-np.ones(n), *bounds)
    for jac in (broyden_jacobian, "3-point"):
        seen: list[np.ndarray] = []

        def watched(x: np.ndarray, seen: list[np.ndarray] = seen) -> np.ndarray:
            seen.append(x.copy())
            return broyden(x)

        result = ravine.least_squares(
            watched, start, jac=jac, bounds=bounds, jac_sparsity=three_diagonals(n)
        )
        reference = scipy.optimize.least_squares(
            broyden, start, jac=broyden_jacobian, bounds=bounds, gtol=1e-10, ftol=1e-14, xtol=1e-14
        )
        assert result.success
        assert result.cost == pytest.approx(reference.cost, rel=1e-7)
        assert result.method == "gauss-newton/projected/radius"
        assert min(x[: n // 2].min() for x in seen) >= -0.6


def test_sparse_jacobians_under_a_loss() -> None:
    n = 60
    data = np.where(np.arange(n) == 7, 50.0, 0.0)

    def residuals(x: np.ndarray) -> np.ndarray:
        return np.concatenate([x - data, 0.5 * np.diff(x)])

    pattern = scipy.sparse.vstack(
        [
            scipy.sparse.eye_array(n),
            scipy.sparse.diags_array([np.ones(n - 1)] * 2, offsets=[0, 1], shape=(n - 1, n)),
        ]
    )
    for loss in ("huber", "soft_l1", "cauchy", lambda z: np.array([z, np.ones_like(z), 0 * z])):
        result = ravine.least_squares(residuals, np.ones(n), jac_sparsity=pattern, loss=loss)
        reference = scipy.optimize.least_squares(
            residuals, np.ones(n), loss=loss, xtol=1e-14, ftol=1e-14
        )
        assert result.success
        assert result.cost == pytest.approx(reference.cost, rel=1e-6)


def test_given_steps_are_those_of_scipy() -> None:
    def steps_of(solver: Any, **arguments: Any) -> tuple[float, float]:
        points: list[np.ndarray] = []

        def residuals(x: np.ndarray) -> np.ndarray:
            points.append(x.copy())
            return np.array([np.exp(x[0]) - 2.0, x[1] - 3.0])

        solver(residuals, [2.0, 5.0], jac="2-point", max_nfev=3, **arguments)
        return np.abs(points[1] - points[0]).max(), np.abs(points[2] - points[0]).max()

    for step in (1e-3, [1e-3, 1e-2]):
        ours = steps_of(ravine.least_squares, diff_step=step)
        assert ours == pytest.approx(
            steps_of(scipy.optimize.least_squares, diff_step=step), rel=1e-9
        )


@pytest.mark.parametrize("scale", [1.0, 2.5, [1.0, 1e-3, 10.0], "jac", None])
def test_sizes_of_variables_change_the_way_and_not_the_end(scale: Any) -> None:
    t = np.linspace(0, 3, 20)

    def residuals(x: np.ndarray) -> np.ndarray:
        return x[0] * np.exp(-x[1] * t) + x[2] - (2.0 * np.exp(-1.3 * t) + 0.4)

    result = ravine.least_squares(residuals, [1.0, 1.0, 0.0], x_scale=scale)
    reference = scipy.optimize.least_squares(
        residuals, [1.0, 1.0, 0.0], x_scale=1.0 if scale is None else scale
    )
    assert result.success
    np.testing.assert_allclose(result.x, reference.x, rtol=1e-5)


def test_sizes_are_units() -> None:
    # As SciPy has it: the problem in the variables x / x_scale. In a valley the radius tells.
    sizes = np.array([0.5, 64.0])

    def way(units: np.ndarray, x_scale: Any) -> np.ndarray:
        points: list[np.ndarray] = []

        def valley(z: np.ndarray) -> np.ndarray:
            x, y = z * units
            points.append(np.array([x, y]))
            return np.array([10.0 * (y - x * x), 1.0 - x])

        def slopes(z: np.ndarray) -> np.ndarray:
            return np.array([[-20.0 * z[0] * units[0], 10.0], [-1.0, 0.0]]) * units

        start = np.array([-1.2, 1.0]) / units
        assert ravine.least_squares(valley, start, slopes, method="lm", x_scale=x_scale).success
        return np.array(points)

    ones = np.ones(2)
    with_sizes = way(ones, sizes)
    np.testing.assert_allclose(with_sizes[:6], way(sizes, 1.0)[:6], rtol=1e-9)
    assert not np.allclose(with_sizes[:6], way(ones, 1.0)[:6], rtol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"jac_sparsity": np.ones((2, 2))},
            r"jac_sparsity: has shape \(2, 2\), but must have \(3, 2\)",
        ),
        ({"jac_sparsity": np.ones((3, 2)), "tr_solver": "exact"}, "tr_solver: is 'exact'"),
        ({"tr_solver": "qr"}, "tr_solver: is 'qr', but must be None, 'exact' or 'lsmr'"),
        ({"diff_step": -1e-3}, "diff_step: must be positive"),
        ({"diff_step": [1e-3] * 3}, "diff_step: has shape"),
        ({"x_scale": "columns"}, "x_scale: is 'columns'"),
        ({"x_scale": [1.0, 0.0]}, "x_scale: must be positive"),
        ({"x_scale": [1.0, 1.0, 1.0]}, "x_scale: has shape"),
    ],
)
def test_arguments_of_scipy_that_cannot_be_used(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ravine.least_squares(lambda x: np.array([x[0], x[1], x[0] * x[1]]), [1.0, 2.0], **arguments)


def test_a_sparse_jacobian_keeps_its_pattern() -> None:
    def jacobian(x: np.ndarray) -> Any:
        entries = [[1.0, 0.0], [0.0, 1.0]] if x[0] == 1.0 else [[1.0, 1.0], [0.0, 1.0]]
        return scipy.sparse.csr_array(np.array(entries))

    with pytest.raises(ValueError, match="jac: its result has an entry at"):
        ravine.least_squares(lambda x: x**2 + x - 3, [1.0, 2.0], jac=jacobian)
    for solver in ("exact", "lsmr"):
        result = ravine.least_squares(
            lambda x: x**2 + x - 3, [1.0, 2.0], tr_solver=solver, tr_options={"maxiter": 9}
        )
        assert result.success
