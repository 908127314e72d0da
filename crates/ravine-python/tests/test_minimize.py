"""`minimize`: SciPy's arguments and results."""

import gc
import inspect
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod
from scipy.sparse.linalg import LinearOperator, aslinearoperator

import ravine

START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def fused(x: np.ndarray) -> tuple[float, np.ndarray]:
    return rosen(x), rosen_der(x)


def sparse_hess(x: np.ndarray) -> Any:
    return scipy.sparse.csr_array(rosen_hess(x))


def operator_hess(x: np.ndarray) -> LinearOperator:
    return aslinearoperator(rosen_hess(x))


@pytest.mark.parametrize(
    ("functions", "method"),
    [
        ({}, "bfgs"),
        ({"jac": "2-point", "tol": 1e-4}, "bfgs"),
        ({"jac": rosen_der}, "bfgs"),
        ({"jac": rosen_der, "hess": rosen_hess}, "trust-exact"),
        ({"jac": rosen_der, "hess": sparse_hess}, "trust-exact"),
        ({"jac": rosen_der, "hess": "2-point"}, "trust-exact"),
        ({"jac": rosen_der, "hess": "3-point", "method": "newton-cg"}, "newton-cg"),
        ({"jac": rosen_der, "hess": operator_hess, "method": "newton-cg"}, "newton-cg"),
        ({"jac": rosen_der, "hess": rosen_hess, "method": "trust-krylov"}, "trust-gltr"),
        ({"jac": rosen_der, "hessp": rosen_hess_prod, "method": "trust-ncg"}, "trust-steihaug"),
        ({"jac": rosen_der, "hess": sparse_hess, "method": "newton-sparse"}, "newton-sparse"),
        ({"method": "trust-exact"}, "trust-exact"),
    ],
)
def test_all_forms_of_derivatives_lead_to_the_minimum(
    functions: dict[str, Any], method: str
) -> None:
    result = ravine.minimize(rosen, START, **functions)
    assert result.success and result.status == 0, result
    assert result.method == method
    np.testing.assert_allclose(result.x, 1.0, atol=1e-3)
    np.testing.assert_allclose(result.jac, rosen_der(result.x), atol=1e-4)
    assert result.fun == rosen(result.x)


def test_value_and_gradient_from_one_function() -> None:
    calls = []

    def fun(x: np.ndarray) -> tuple[float, np.ndarray]:
        calls.append(x)
        return fused(x)

    result = ravine.minimize(fun, START, jac=True)
    assert result.success
    assert result.nfev == result.njev == len(calls)
    assert len({tuple(x) for x in calls}) == len(calls), "no point twice"


def test_fields_and_counts_are_those_of_the_calls() -> None:
    counts = {"fun": 0, "jac": 0, "hess": 0}

    def fun(x: np.ndarray, a: float, b: float) -> float:
        counts["fun"] += 1
        return float(np.sum(b * (x[1:] - x[:-1] ** 2) ** 2 + (a - x[:-1]) ** 2))

    def jac(x: np.ndarray, a: float, b: float) -> np.ndarray:
        counts["jac"] += 1
        assert (a, b) == (1.0, 100.0)
        return rosen_der(x)

    def hess(x: np.ndarray, a: float, b: float) -> np.ndarray:
        counts["hess"] += 1
        return rosen_hess(x)

    result = ravine.minimize(fun, START, args=(1.0, 100.0), jac=jac, hess=hess)
    assert (result.nfev, result.njev, result.nhev) == tuple(counts.values())
    assert result.evaluations == {
        "value": counts["fun"],
        "gradient": counts["jac"],
        "hessian_product": 0,
        "hessian": counts["hess"],
    }
    assert result.reason == "converged" and result.message.startswith("converged")
    assert result.gradient_norm == np.abs(result.jac).max()
    assert "a Hessian" in result.because
    assert 0 < result.seconds_in_objective < result.seconds
    history = result.history
    assert len(history) == result.nit + 1 and history.x is None
    assert history.fun[0] == rosen(START) and history.fun[-1] == result.fun
    assert history.gradient_norm[-1] == result.gradient_norm
    assert list(history.iteration) == list(range(result.nit + 1))
    assert history.nfev[-1] == counts["fun"] and (np.diff(history.nfev) > 0).all()
    assert {"x", "fun", "plot"} <= set(dir(result))


def test_differences_are_counted_as_calls() -> None:
    calls = 0

    def fun(x: np.ndarray) -> float:
        nonlocal calls
        calls += 1
        return rosen(x)

    result = ravine.minimize(fun, START)
    assert result.nfev == calls > 3 * result.njev > 0
    assert result.evaluations["gradient"] == 0
    limited = ravine.minimize(fun, START, options={"maxfun": 100})
    assert limited.nfev == 100
    assert (limited.status, limited.reason, limited.success) == (1, "evaluation_limit", False)
    assert limited.fun == rosen(limited.x) < rosen(START)


def test_points_are_copies_that_the_caller_may_keep_and_change() -> None:
    seen = []

    def fun(x: np.ndarray) -> float:
        value = rosen(x)
        seen.append(x.copy())
        x[:] = np.nan
        return value

    assert ravine.minimize(fun, START, jac=rosen_der).success
    assert np.isfinite(seen).all()
    start = START.copy()
    ravine.minimize(rosen, start)
    assert (start == START).all()


@pytest.mark.parametrize(
    "bounds",
    [
        [(None, 0.5), (0.2, None)],
        scipy.optimize.Bounds([-np.inf, 0.2], [0.5, np.inf]),
        np.array([[-np.inf, 0.5], [0.2, np.inf]]),
    ],
)
def test_bounds_in_all_forms(bounds: Any) -> None:
    for more in ({}, {"jac": rosen_der}, {"jac": rosen_der, "hess": rosen_hess}):
        result = ravine.minimize(rosen, [0.0, 1.0], bounds=bounds, **more)
        assert result.success, result
        assert result.method == ("tron" if "hess" in more else "lbfgsb")
        np.testing.assert_allclose(result.x, [0.5, 0.25], atol=1e-6)
        assert result.x[0] <= 0.5
        assert result.gradient_norm < 1e-6 < np.abs(result.jac).max()


def test_one_pair_of_scalars_bounds_all() -> None:
    result = ravine.minimize(rosen, [0.0, 0.0], bounds=scipy.optimize.Bounds(-1, 0.5))
    assert (result.x <= 0.5).all() and result.success
    free = ravine.minimize(rosen, [0.0, 0.0], bounds=[(None, None)] * 2, method="bfgs")
    assert free.success


def test_sparse_hessians_of_many_variables_are_factored_as_such() -> None:
    n = 2000
    diagonals = [np.full(n - 1, -1.0), np.full(n, 2.1), np.full(n - 1, -1.0)]
    a = scipy.sparse.diags_array(diagonals, offsets=[-1, 0, 1]).tocsc()

    def hess(x: np.ndarray) -> Any:
        return a + scipy.sparse.diags_array(3.0 * x**2)

    result = ravine.minimize(
        lambda x: 0.5 * x @ (a @ x) + np.sum(x**4) / 4 - x.sum(),
        np.ones(n),
        jac=lambda x: a @ x + x**3 - 1.0,
        hess=hess,
    )
    assert result.success and result.method == "newton-sparse" and result.nit < 15
    assert result.because == "2000 variables and a Hessian with 0.15 % of its entries: " + (
        "factored as a sparse matrix"
    )


def test_a_sparse_hessian_whose_pattern_grows_is_refused() -> None:
    def hess(x: np.ndarray) -> Any:
        full = rosen_hess(x)
        return scipy.sparse.csc_array(full if x[0] != 1.3 else np.diag(np.diag(full)))

    with pytest.raises(ValueError, match=r"hess: .* entry at \(.*store zeros explicitly"):
        ravine.minimize(rosen, START, jac=rosen_der, hess=hess, method="newton-sparse")


def test_inverse_hessians_come_back() -> None:
    exact = np.linalg.inv(rosen_hess(np.ones(5)))
    bfgs = ravine.minimize(rosen, START, jac=rosen_der, method="bfgs")
    assert np.abs(bfgs.hess_inv - exact).max() < 0.1 * np.abs(exact).max()
    few = ravine.minimize(rosen, START, jac=rosen_der, method="L-BFGS-B")
    h = few.hess_inv
    np.testing.assert_allclose(h @ np.arange(5.0), h.todense() @ np.arange(5.0), rtol=1e-10)
    np.testing.assert_allclose(h.todense(), h.todense().T, rtol=1e-10)
    assert aslinearoperator(h).shape == h.shape == (5, 5)
    s, y = h.s, h.y
    np.testing.assert_allclose(h @ y[-1], s[-1], rtol=1e-8)
    for other in (pickle.loads(pickle.dumps(h)), type(h)(s, y)):
        np.testing.assert_array_equal(other.todense(), h.todense())
    sr1 = ravine.minimize(rosen, START, jac=rosen_der, method="sr1")
    assert np.abs(sr1.hess - rosen_hess(np.ones(5))).max() < 0.2 * np.abs(sr1.hess).max()
    assert "hess_inv" not in sr1
    with pytest.raises(AttributeError, match="hess_inv"):
        _ = sr1.hess_inv
    with pytest.raises(ValueError, match="v has 3 entries, but must have 5"):
        h @ np.zeros(3)


def test_results_and_methods_pickle() -> None:
    result = ravine.minimize(rosen, START, jac=rosen_der, method="lbfgs")
    again = pickle.loads(pickle.dumps(result))
    assert type(again) is ravine.OptimizeResult and again.message == result.message
    np.testing.assert_array_equal(again.x, result.x)
    np.testing.assert_array_equal(again.history.fun, result.history.fun)
    assert repr(again).splitlines()[1:3] == repr(result).splitlines()[1:3]


def test_a_plain_callback_sees_copies_of_each_point() -> None:
    seen: list[np.ndarray] = []
    result = ravine.minimize(rosen, START, jac=rosen_der, callback=seen.append)
    assert len(seen) == result.nit
    np.testing.assert_array_equal(seen[-1], result.x)
    with_all = ravine.minimize(rosen, START, jac=rosen_der, options={"return_all": True})
    np.testing.assert_array_equal(with_all.allvecs[1:], seen)
    np.testing.assert_array_equal(with_all.allvecs[0], START)


def test_a_callback_with_intermediate_results() -> None:
    seen: list[Any] = []

    def callback(intermediate_result: Any) -> None:
        seen.append(intermediate_result)
        assert intermediate_result.fun == rosen(intermediate_result.x)
        if len(seen) == 4:
            raise StopIteration

    result = ravine.minimize(rosen, START, jac=rosen_der, callback=callback)
    assert (result.nit, result.status, result.success) == (4, 99, False)
    assert result.reason == "stopped" and result.x is not seen[-1].x
    np.testing.assert_array_equal(result.x, seen[-1].x)
    assert seen[-1].nfev == result.nfev


def test_a_callback_with_state_stops_by_returning_true() -> None:
    states: list[int] = []

    def callback(xk: np.ndarray, state: Any) -> bool:
        states.append(state.nit)
        return state.nit == 3

    result = ravine.minimize(rosen, START, jac=rosen_der, callback=callback)
    assert states == [1, 2, 3] and result.status == 99
    # What other forms return means nothing.
    assert ravine.minimize(rosen, START, callback=lambda x: True).success
    with pytest.raises(TypeError, match="callback: must be a function"):
        ravine.minimize(rosen, START, callback=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["fun", "jac", "hess", "hessp", "callback"])
def test_exceptions_pass_through_as_they_are(where: str) -> None:
    error = ZeroDivisionError("mine")
    calls = 0

    def raising(function: Any) -> Any:
        def third(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 3:
                raise error
            return function(*args)

        return third

    functions: dict[str, Any] = {"fun": rosen, "jac": rosen_der, "x0": START}
    if where == "hess":
        functions |= {"hess": rosen_hess}
    elif where == "hessp":
        functions |= {"hessp": rosen_hess_prod, "method": "newton-cg"}
    functions[where] = raising(functions.get(where, lambda *_: None))
    with pytest.raises(ZeroDivisionError) as caught:
        ravine.minimize(**functions)
    assert caught.value is error
    assert "third" in "".join(traceback.format_tb(error.__traceback__))


def test_options_of_scipy_and_of_ravine() -> None:
    def run(**options: Any) -> ravine.OptimizeResult:
        return ravine.minimize(rosen, START, jac=rosen_der, method="lbfgs", options=options)

    assert run(maxiter=3).nit == run(iterations=3).nit == 3
    assert (run(maxiter=3).status, run(maxiter=3).reason) == (1, "iteration_limit")
    assert run(maxiter=0).nit == 0
    assert run(gtol=1e-2).gradient_norm <= 1e-2 < run(gtol=1e-2).history.gradient_norm[-2]
    assert (
        run(gradient_relative=1e-2, decrease=None).gradient_norm
        < 1e-2 * np.abs(rosen_der(START)).max()
    )
    assert "value change" in run(ftol=1e-3).message
    assert "step" in run(xtol=1e-2).message
    slow = ravine.minimize(
        lambda x: time.sleep(0.01) or rosen(x), START, options={"max_seconds": 0.05}
    )
    assert (slow.reason, slow.status, slow.success) == ("time_limit", 5, False)
    assert run(memory=2).nit != run(maxcor=8).nit
    assert run(maxcor=2).nit == run(memory=2).nit
    assert run(maxls=5, norm=np.inf, iprint=1).success
    by_method = ravine.minimize(rosen, START, jac=rosen_der, method="lbfgs:memory=2")
    assert by_method.nit == run(memory=2).nit


def test_tolerances_are_kept_to_the_letter() -> None:
    """Success with a tolerance means that it holds; without one, the limit of precision will do."""

    def run(tol: float | None) -> ravine.OptimizeResult:
        # Of no double is exp(x) equal to 3.
        fun = lambda x: 1e3 + np.exp(x[0]) - 3 * x[0]  # noqa: E731
        return ravine.minimize(fun, [5.0], jac=lambda x: np.exp(x) - 3, method="bfgs", tol=tol)

    assert run(None).success and run(1e-8).success
    strict = run(1e-300)
    assert (strict.success, strict.status) == (False, 2)
    assert strict.reason in ("precision_limit", "no_progress")
    assert abs(strict.x[0] - np.log(3)) < 1e-7


def test_falling_without_bound_and_diverging_are_told() -> None:
    falls = ravine.minimize(lambda x: -(x[0] ** 3), [1.0])
    assert (falls.status, falls.success, falls.reason) == (4, False, "unbounded")
    grows = ravine.minimize(lambda x: x @ x, [1.0], method="gd:step=3")
    assert (grows.status, grows.reason) == (3, "diverged")


def test_trial_points_where_there_is_no_value_are_stepped_back_from() -> None:
    def fun(x: np.ndarray) -> float:
        return float(x[0] - np.log(x[0])) if x[0] > 0 else np.nan

    result = ravine.minimize(fun, [20.0])
    assert result.success and abs(result.x[0] - 1) < 1e-5


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"fun": 3}, TypeError, "fun: must be a function, not int"),
        ({"x0": [np.nan, 1.0]}, ValueError, "x0: entry 0 is nan, but all must be finite"),
        ({"x0": [[1.0, 2.0]]}, ValueError, r"x0: has shape \(1, 2\), but must have one dimension"),
        ({"x0": [1j, 2]}, TypeError, "x0: must have real numbers, not .* complex128"),
        ({"x0": ["a", "b"]}, TypeError, "x0: must have real numbers"),
        ({"x0": [[1], [1, 2]]}, TypeError, "x0: must be an array"),
        ({"x0": []}, ValueError, "x0: is empty"),
        ({"x0": None}, TypeError, "x0: is None"),
        ({"jac": "cs"}, ValueError, "jac: 'cs' needs functions of complex numbers"),
        ({"jac": "4-point"}, ValueError, "jac: is .*4-point.* must be a function, True"),
        ({"jac": 2.0}, TypeError, "jac: is 2.0"),
        ({"jac": lambda x: x[:1]}, ValueError, "jac: its result has 1 entries, but must have 2"),
        ({"jac": lambda x: x * 1j}, TypeError, "jac: its result must have real numbers"),
        ({"jac": True}, TypeError, "fun: with jac=True it must return a pair"),
        ({"hess": "cs"}, ValueError, "hess: is 'cs'"),
        ({"hess": 1}, TypeError, "hess: must be a function"),
        ({"hess": scipy.optimize.BFGS()}, TypeError, "hess: BFGS is an update of SciPy's"),
        ({"jac": rosen_der, "hess": lambda x: x}, ValueError, r"hess: its result has shape \[2\]"),
        ({"jac": "2-point", "hess": "3-point"}, ValueError, "hess: is '3-point', but must be as"),
        ({"hessp": 1}, TypeError, "hessp: must be a function"),
        ({"bounds": [(0, 1)]}, ValueError, "bounds: are 1, but must be one pair a variable, 2"),
        ({"bounds": [(0, 1), 3]}, ValueError, "bounds: of variable 1 are 3"),
        ({"bounds": [(2, 1), (0, 1)]}, ValueError, "bounds: of variable 0 are 2.0 and 1.0"),
        ({"bounds": scipy.optimize.Bounds([0] * 3, [1] * 3)}, ValueError, "bounds: have shapes"),
        ({"bounds": [(0, 1)] * 2, "method": "bfgs"}, ValueError, "method: .* cannot keep bounds"),
        ({"constraints": {"type": "eq"}}, ValueError, "constraints: Ravine has none but bounds"),
        ({"method": "bfgsx"}, ValueError, "no method `bfgsx`; did you mean `bfgs`?"),
        ({"method": "Nelder-Mead"}, ValueError, "method: Ravine has no 'Nelder-Mead'"),
        ({"method": 3}, TypeError, "method: must be a name or a method"),
        ({"method": "lm"}, ValueError, "method: `lm` needs residuals"),
        ({"method": "lbfgs:memory=0"}, ValueError, "memory: is 0, but must be at least 1"),
        ({"method": "lbfgs:memory"}, ValueError, "is not of the form setting=value"),
        ({"method": "lbfgs:memory=1,memory=2"}, ValueError, "`memory` is given twice"),
        ({"options": {"maxitre": 3}}, ValueError, "options: there is no 'maxitre'; there are .*ma"),
        ({"options": {"maxiter": -1}}, ValueError, "maxiter: is -1"),
        ({"options": {"maxiter": "a"}}, TypeError, "maxiter: is 'a'"),
        ({"options": {"gtol": "a"}}, TypeError, "gtol: is 'a'"),
        ({"options": {"gtol": -1.0}}, ValueError, "gtol: is -1.0"),
        ({"options": {"eps": 1e-3}}, ValueError, "eps: is not an option"),
        ({"options": {"norm": 2}}, ValueError, "norm: is 2"),
        ({"options": {"typical": 0.0}}, ValueError, "typical: is 0.0"),
        ({"tol": np.nan}, ValueError, "tol: is nan"),
        ({"fun": lambda x: "a"}, TypeError, "fun: must return a number"),
        ({"fun": lambda x: x}, TypeError, "fun: must return a number"),
        ({"fun": lambda x: np.nan}, ValueError, "x0: the objective is NaN there"),
    ],
)
def test_mistakes_are_named(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ravine.minimize(**{"fun": rosen, "x0": [-1.2, 1.0], **arguments})


def test_arrays_of_one_entry_and_numbers_of_other_types_are_numbers() -> None:
    for fun in (
        lambda x: np.array([rosen(x)]),
        lambda x: np.float32(rosen(x)),
        lambda x: np.array(rosen(x)),
    ):
        assert ravine.minimize(fun, [-1.2, 1], jac=lambda x: list(rosen_der(x))).fun < 1e-6
    assert ravine.minimize(lambda x: (x - 2) ** 2, 5).x[0] == pytest.approx(2.0)
    assert ravine.minimize(rosen, np.array([-1, 1], dtype=np.int8)).success
    assert ravine.minimize(rosen, np.array([-1, 1], dtype=np.float32)).success


def test_display(capsys: pytest.CaptureFixture[str]) -> None:
    result = ravine.minimize(rosen, START, options={"disp": True})
    out = capsys.readouterr().out
    assert f"Iterations: {result.nit}" in out and result.message in out


def test_threads_give_the_bits_of_one_alone() -> None:
    def work(k: int) -> ravine.OptimizeResult:
        start = START + 0.1 * k
        return ravine.minimize(rosen, start, jac=rosen_der, method=["bfgs", "lbfgs"][k % 2])

    alone = [work(k) for k in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(8)))
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.history.moments[:, :7], b.history.moments[:, :7])


def test_other_threads_run_while_rust_works() -> None:
    """A dense step goes on while the main thread has the interpreter's lock and never gives it
    away: it would not, if it needed the lock."""
    n = 600
    rng = np.random.default_rng(1)
    root = rng.standard_normal((n, n))
    a = root @ root.T + np.eye(n)

    returning = threading.Event()
    gradients = 0

    def jac(x: np.ndarray) -> np.ndarray:
        nonlocal gradients
        gradients += 1
        return a @ x + np.sinh(x)

    def hess(x: np.ndarray) -> np.ndarray:
        matrix = a + np.diag(np.cosh(x))
        # Only a call that the step itself makes: what comes after an earlier one needs the lock.
        if gradients > 0:
            returning.set()
        return matrix

    def work() -> None:
        ravine.minimize(
            lambda x: 0.5 * x @ (a @ x) + np.sum(np.cosh(x)),
            rng.standard_normal(n),
            jac=jac,
            hess=hess,
            method="newton-eigen",
            options={"maxiter": 2},
        )

    thread = threading.Thread(target=work)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e3)
    thread.start()
    returning.wait()
    clock = time.pthread_getcpuclockid(thread.ident)
    begun = time.clock_gettime(clock)
    while time.clock_gettime(clock) < begun + 0.01:
        pass
    sys.setswitchinterval(interval)
    thread.join()


INTERRUPTED = """
    import os, signal, threading, time
    import numpy as np
    import ravine

    calls = 0

    def slow():
        global calls
        calls += 1
        time.sleep(0.001)

    def fun(x):
        slow()
        return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))

    before = None

    def interrupt():
        global before
        os.kill(os.getpid(), signal.SIGINT)
        before = calls

    timer = threading.Timer(0.3, interrupt)
    try:
        timer.start()
        {call}
        print("ended:", calls)
    except KeyboardInterrupt:
        timer.join()
        print("interrupted:", calls - before)
"""


@pytest.mark.parametrize(
    "call",
    [
        "ravine.minimize(fun, np.zeros(50), method='gd', options={'maxiter': 10**9})",
        "ravine.minimize('(1-x)^2 + 100*(y-x^2)^2', method='gd:step=1e-9', "
        "options={'maxiter': 10**9})",
        "for step in ravine.iterate(fun, np.zeros(50), method='gd', "
        "options={'maxiter': 10**9}): pass",
        "ravine.least_squares(lambda x: slow() or np.append(x, 1.0), np.ones(50), "
        "method='gd:step=1e-9', max_iterations=10**9)",
    ],
)
def test_interrupts_end_runs_at_the_next_call(call: str) -> None:
    """None of them ends by itself."""
    program = textwrap.dedent(INTERRUPTED).format(call=call)
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert result.stdout.startswith("interrupted: "), result.stderr
    assert int(result.stdout.split()[-1]) <= 1


def test_interrupts_stay_ignored_where_python_was_started_so() -> None:
    call = "ravine.minimize(lambda x: fun(x) if before is None else 0.0, np.zeros(50), method='gd')"
    program = textwrap.dedent(INTERRUPTED).format(call=call)
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert result.stdout.startswith("ended: "), result.stderr


def test_the_signature_is_scipys() -> None:
    ours = inspect.signature(ravine.minimize).parameters
    theirs = list(inspect.signature(scipy.optimize.minimize).parameters)
    assert list(ours)[: len(theirs)] == theirs
    # What Ravine adds is given by name.
    added = [ours[name] for name in list(ours)[len(theirs) :]]
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in added)


class Fit:
    """An estimator as users write them: it keeps the result of a run of its own methods."""

    def __init__(self) -> None:
        self.result_: Any = None

    def loss(self, x: np.ndarray) -> float:
        return float((x[0] - 1) ** 2 + x[1] ** 2)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return np.array([2 * (x[0] - 1), 2 * x[1]])

    def residuals(self, x: np.ndarray) -> np.ndarray:
        return np.array([x[0] - 1, x[1]])


@pytest.mark.parametrize(
    "run",
    [
        lambda fit: ravine.minimize(fit.loss, [3.0, 4.0]),
        lambda fit: ravine.minimize(fit.loss, [3.0, 4.0], jac=fit.gradient),
        lambda fit: ravine.minimize(fit.loss, [3.0, 4.0], bounds=[(0, 5)] * 2),
        lambda fit: ravine.minimize(fit.loss, [3.0, 4.0], jac=fit.gradient, method="lbfgs"),
        lambda fit: ravine.least_squares(fit.residuals, [3.0, 4.0]),
        lambda fit: ravine.race(fit.loss, [3.0, 4.0], jac=fit.gradient, methods=["bfgs", "lbfgs"]),
        lambda fit: ravine.linalg.hessian(fit.loss, [3.0, 4.0], jac=fit.gradient),
    ],
)
def test_an_object_that_keeps_its_result_is_collected(run: Any) -> None:
    fit = Fit()
    fit.result_ = run(fit)
    gone = weakref.ref(fit)
    del fit
    # What Rust lets go of without the interpreter's lock is released when that is next taken.
    ravine.minimize("booth")
    gc.collect()
    assert gone() is None


def test_what_is_not_a_real_number_is_refused() -> None:
    def square(x):
        return x @ x

    for value in (complex(1, 1), np.complex128(1 + 1j), np.array([1 + 1j]), np.complex64(1)):
        with pytest.raises(TypeError, match="fun: must return a"):
            ravine.minimize(lambda x, value=value: value, [1.0, 2.0])
    hidden = np.ma.array([1.0, 2.0], mask=[False, True])
    with pytest.raises(ValueError, match="x0: has masked entries"):
        ravine.minimize(square, hidden)
    with pytest.raises(ValueError, match="fun: its result has masked entries"):
        ravine.minimize(lambda x: np.ma.masked, [1.0, 2.0])
    with pytest.raises(ValueError, match="jac: its result has masked entries"):
        ravine.minimize(square, [1.0, 2.0], jac=lambda x: np.ma.array(2 * x, mask=[0, 1]))
    with pytest.raises(ValueError, match="hess: its result has masked entries"):
        ravine.minimize(
            square,
            [1.0, 2.0],
            jac=lambda x: 2 * x,
            hess=lambda x: np.ma.array(2 * np.eye(2), mask=[[0, 1], [1, 0]]),
        )
    # Nothing is hidden here.
    assert ravine.minimize(square, np.ma.array([1.0, 2.0])).success


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gtol": -1}, "gtol: is -1.0, but must be zero or positive"),
        ({"ftol": -1}, "ftol: is -1.0"),
        ({"xtol": -1}, "xtol: is -1.0"),
        ({"max_seconds": -1}, "max_seconds: is -1.0"),
        ({"maxls": 0}, "maxls: is 0"),
        ({"maxcor": 0}, "maxcor: is 0"),
        ({"c1": 2.0}, "c1: is 2"),
    ],
)
def test_options_are_blamed_by_the_name_they_were_given(options, message) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        ravine.minimize("rosenbrock", method="lbfgs", options=options)


def test_second_derivatives_that_are_not_finite_are_named() -> None:
    result = ravine.minimize(
        rosen, [-1.2, 1.0], jac=rosen_der, hess=lambda x: np.full((2, 2), np.nan)
    )
    assert result.reason == "failed" and not result.success
    assert "second derivatives are not finite" in result.message


def test_hessians_are_asked_for_where_they_are_of_use() -> None:
    calls = []

    def hess(x):
        calls.append(x)
        return rosen_hess(x)

    for method in ("bfgs", "lbfgs", "cg-hz"):
        ravine.minimize(rosen, [-1.2, 1.0], jac=rosen_der, hess=hess, method=method)
        assert not calls
    result = ravine.minimize(rosen, [-1.2, 1.0], jac=rosen_der, hess=hess)
    assert result.nhev == len(calls) > 0


@pytest.mark.parametrize(
    ("formula", "x0", "kind"),
    [
        ("x^2 + y^2", [1, 1], "minimum"),
        ("x^2 - y^2", [1, 0], "saddle"),
        ("-x^2", [1], "maximum"),
        ("x^4", [0], "undecided"),
    ],
)
def test_the_kind_of_point_is_told(formula, x0, kind) -> None:
    result = ravine.minimize(formula, x0, method="newton")
    assert result.success and result.stationary_point == kind
    best = ravine.race(formula, x0, methods=["newton"]).best
    words = {"saddle": "saddle point", "maximum": "maximum"}
    assert (best.stationary_point, best.status) == (kind, words.get(kind, "converged"))
    limited = ravine.minimize("rosenbrock", method="newton", options={"maxiter": 2})
    assert limited.stationary_point is None


def test_a_callback_that_returns_is_not_one_that_raises() -> None:
    result = ravine.minimize(rosen, [-1.2, 1.0], callback=lambda xk, state: True)
    assert result.status == 99
    assert result.message == "`callback` function requested termination."


def test_memory_that_there_is_not_is_an_error() -> None:
    resource = pytest.importorskip("resource")
    code = """
import numpy as np, ravine, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
x0 = np.ones(100_000)
for method in ("bfgs", "newton", "trust-exact", "sr1/steihaug/radius", "lbfgsb:memory=1000000"):
    try:
        ravine.minimize(lambda x: x @ x, x0, jac=lambda x: 2 * x, method=method)
    except MemoryError as error:
        assert "more than there is" in str(error), error
    else:
        sys.exit(f"{method} found room")
try:
    ravine.least_squares(lambda x: x, x0)
except MemoryError:
    pass
else:
    sys.exit("a Jacobian found room")
"""
    assert resource is not None
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr[-2000:]
