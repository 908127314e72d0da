"""Diagnoses: against closed forms, in words, as pictures; from functions, formulas, problems."""

import copy
import json
import pickle

import matplotlib as mpl
import numpy as np
import pytest
from beside import interrupted
from numpy.typing import NDArray
from test_curvature import gradient, matrix, rosenbrock
from test_linalg_solvers import of_spectrum

import ravine

mpl.use("Agg")

Vector = NDArray[np.float64]
VALUES = np.r_[-2.0, np.geomspace(0.5, 200, 19)]
A = of_spectrum(VALUES)


def quadratic(x: Vector) -> float:
    return float(0.5 * x @ A @ x)


def test_a_quadratic_is_seen_as_it_is() -> None:
    x = np.linspace(0.1, 1.0, 20)
    found = ravine.diagnose(quadratic, x, jac=lambda x: A @ x, hess=lambda x: A)
    assert found.dimension == 20 and found.exact
    assert found.value == pytest.approx(quadratic(x))
    assert found.gradient_norm == pytest.approx(np.abs(A @ x).max())
    assert found.largest_eigenvalue == pytest.approx(200) and found.inertia_counted
    assert found.smallest_eigenvalue == pytest.approx(-2)
    assert (found.inertia.negative, found.inertia.positive, found.inertia.zero) == (1, 19, 0)
    assert found.condition_number == pytest.approx(400)
    low, high = found.condition_interval
    assert low <= 400 * (1 + 1e-9) and high >= 400 * (1 - 1e-9)
    assert found.derivatives.gradient and found.derivatives.hessian
    assert not found.derivatives.residuals
    assert found["dimension"] == found.dimension
    np.testing.assert_allclose(found.density.probes[0][0], np.sort(VALUES), atol=1e-8)


def test_functions_without_derivatives_and_with_them_agree() -> None:
    x = [-1.2, 1.0]
    exact = np.linalg.cond(matrix(np.array(x)))
    for keywords in (
        {},
        {"jac": gradient},
        {"jac": gradient, "hess": matrix},
        {"jac": gradient, "hessp": lambda x, v: matrix(x) @ v},
        {"jac": "2-point"},
    ):
        found = ravine.diagnose(rosenbrock, x, **keywords)  # type: ignore[arg-type]
        assert found.condition_number == pytest.approx(exact, rel=1e-2)
        assert found.model.verdict == "good"
        methods = {forecast.method for forecast in found.forecast}
        assert found.recommended_method in methods
        assert ("newton" in methods or "damped-newton" in methods) == ("hess" in keywords)
        seconds = [forecast.seconds for forecast in found.forecast]
        assert seconds == sorted(seconds) and seconds[0] > 0
    by_formula = ravine.diagnose("(1-x)^2 + 100*(y-x^2)^2", x)
    assert by_formula.condition_number == pytest.approx(exact, rel=1e-10)
    by_problem = ravine.diagnose(ravine.problems.rosenbrock)
    assert by_problem.condition_number == pytest.approx(exact, rel=1e-10)
    assert by_problem.value == pytest.approx(24.2)


def test_the_forecast_is_that_of_a_run() -> None:
    """Of a quadratic, whose forecasts are counted on the model itself."""
    problem = ravine.problems.problem("quadratic:n=50,kappa=1e3")
    found = ravine.diagnose(problem)
    cg = next(forecast for forecast in found.forecast if forecast.method == "newton-cg")
    run = ravine.minimize(
        problem, method="newton-cg", options={"gradient_relative": found.gradient_relative}
    )
    assert run.success and abs(run.nit - cg.iterations) <= 2 + 0.3 * run.nit


def test_many_variables_go_by_products() -> None:
    problem = ravine.problems.problem("quadratic:n=80,kappa=100")
    found = ravine.diagnose(problem, dense=40, products=40, probes=3)
    assert not found.exact and found.evaluations.hessian_product > 0
    assert 1 < found.condition_number <= 100 * (1 + 1e-6)
    low, _ = found.condition_interval
    assert low <= 100 * (1 + 1e-6)
    assert found.density.dimension == 80 and len(found.density.probes) == 3
    formed = ravine.diagnose(problem)
    assert formed.exact and formed.condition_number == pytest.approx(100)


def test_bounds_project_the_gradient() -> None:
    free = ravine.diagnose(lambda x: x @ x, [1.0, 2.0])
    bound = ravine.diagnose(lambda x: x @ x, [1.0, 2.0], bounds=[(None, None), (2.0, None)])
    assert free.gradient_norm == pytest.approx(4.0) and bound.gradient_norm == pytest.approx(2.0)


def test_the_report_has_the_words_of_the_command() -> None:
    found = ravine.diagnose(rosenbrock, [-1.2, 1.0], jac=gradient, hess=matrix)
    report = str(found)
    for line in (
        "    variables 2\n",
        "  derivatives gradient, Hessian products, Hessian\n",
        "   |gradient| 2.2e2\n",
        "  eigenvalues 23.633 to 1506.37, all of them known\n",
        "      inertia 2 positive, 0 negative, 0 zero\n",
        "    condition 63.74; 27.85 after scaling by the diagonal\n",
        "        model good for a whole step\n",
        "\nspectrum        eigenvalues  gradient\n",
        f"\nTake {found.recommended_method}, because: {found.reason}.\n",
    ):
        assert line in report
    assert report.count("\n") > 25
    assert repr(found) == f"<diagnosis of 2 variables; take {found.recommended_method}>"


def test_it_is_kept_and_sent() -> None:
    found = ravine.diagnose(rosenbrock, [-1.2, 1.0])
    plain = found.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert type(plain["density"]) is dict and type(plain["forecast"][0]) is dict
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert again == found and str(again) == str(found) and again.to_dict() == plain
    plain["dimension"] = 3
    assert found.to_dict()["dimension"] == 2
    with pytest.raises(AttributeError, match="nothing"):
        _ = found.nothing
    assert "condition_number" in dir(found)


def test_it_is_drawn() -> None:
    import matplotlib.pyplot as plt

    found = ravine.diagnose(quadratic, np.ones(20), jac=lambda x: A @ x)
    ax = found.plot()
    assert ax.get_title() == "Spectrum of the Hessian: condition number 400"
    assert ax.get_xscale() == "log"
    other = found.plot(plt.subplots()[1], scale="linear", points=50)
    assert other.get_xscale() == "linear" and len(other.lines[0].get_xdata()) == 50
    plt.close("all")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ravine.diagnose(rosenbrock), TypeError, "x: is None, but a function needs"),
        (lambda: ravine.diagnose(rosenbrock, [np.inf, 1.0]), ValueError, "x: entry 0 is inf"),
        (lambda: ravine.diagnose("x^2 + y^2", [1.0]), ValueError, "x: has 1 entries"),
        (lambda: ravine.diagnose(rosenbrock, [1, 2], probes=1), ValueError, "probes: is 1"),
        (lambda: ravine.diagnose(rosenbrock, [1, 2], products=0), ValueError, "products: is 0"),
        (lambda: ravine.diagnose(rosenbrock, [1, 2], dense=2.5), TypeError, "dense: is 2.5"),
        (
            lambda: ravine.diagnose(rosenbrock, [1, 2], gradient_relative=1.0),
            ValueError,
            "gradient_relative: is 1.0",
        ),
        (lambda: ravine.diagnose(lambda x: np.nan, [1.0, 2.0]), ValueError, ".*finite"),
        (lambda: ravine.diagnose(lambda x: "one", [1.0]), TypeError, "fun: must return a number"),
        (lambda: ravine.diagnose(3, [1.0]), TypeError, "fun: must be a function"),
    ],
)
def test_what_cannot_be_used_is_named(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]


def test_exceptions_pass_through_and_interrupts_end_it() -> None:
    calls = 0

    def fails(x: Vector) -> float:
        nonlocal calls
        calls += 1
        if calls == 7:
            raise ZeroDivisionError("seventh")
        return float(x @ x)

    with pytest.raises(ZeroDivisionError, match="seventh") as caught:
        ravine.diagnose(fails, [1.0, 2.0])
    assert caught.traceback[-1].name == "fails" and calls == 7

    def interrupts(x: Vector) -> float:
        if x[0] != 1.0:
            raise KeyboardInterrupt
        return float(x @ x)

    with pytest.raises(KeyboardInterrupt):
        ravine.diagnose(interrupts, [1.0, 2.0])


def test_other_threads_go_on_while_rust_works() -> None:
    problem = ravine.problems.problem("bratu:grid=300")
    interrupted(lambda: ravine.diagnose(problem, products=10**6))
