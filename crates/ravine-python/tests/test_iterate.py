"""Minimization step by step."""

import threading
import warnings
from typing import Any

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

import ravine


def begin(**kwargs: Any) -> ravine.Iteration:
    return ravine.iterate(rosen, [-1.2, 1.0], jac=rosen_der, **kwargs)


def test_steps_are_those_of_minimize() -> None:
    steps = list(begin(method="bfgs"))
    whole = ravine.minimize(rosen, [-1.2, 1.0], jac=rosen_der, method="bfgs")
    assert [step.iteration for step in steps] == list(range(whole.nit + 1))
    np.testing.assert_array_equal([step.x for step in steps], whole.history.x)
    np.testing.assert_array_equal([step.fun for step in steps], whole.history.fun)
    norms = [step.gradient_norm for step in steps]
    np.testing.assert_array_equal(norms, whole.history.gradient_norm)
    for step in steps:
        np.testing.assert_array_equal(step.jac, rosen_der(step.x))
        assert step.gradient_norm == np.abs(step.jac).max()
    assert steps[-1].evaluations["value"] == whole.nfev


def test_the_result_is_there_at_any_time() -> None:
    run = begin(hess=rosen_hess)
    assert run.method == "trust-exact" and "Hessian" in str(run.because)
    for step in run:
        assert step.radius is not None and step.radius > 0
        assert run.result.nit == step.iteration
        if step.iteration < 5:
            assert run.result.reason == "stopped" and not run.result.success
    assert run.result.success and run.result.reason == "converged"
    assert list(run) == []


def test_what_methods_believe() -> None:
    start = next(begin(method="arc", hess=rosen_hess))
    # 1/100 of the gradient over the square of the start's norm.
    assert start.cubic_weight == pytest.approx(215.6 / (100 * 2.44), rel=1e-14)
    step = next(begin(method="bfgs"))
    assert step.cubic_weight is None and step.radius is None


def test_a_run_can_be_stopped() -> None:
    with begin() as run:
        for step in run:
            if step.iteration == 3:
                break
    assert run.result.nit == 3 and run.result.status == 99
    assert list(run) == []
    ended = begin(options={"maxiter": 1})
    assert len(list(ended)) == 2
    ended.stop()
    assert ended.result.reason == "iteration_limit"


def test_exceptions_end_it() -> None:
    def fun(x: np.ndarray) -> float:
        if x[0] > 0:
            raise ZeroDivisionError
        return rosen(x)

    run = ravine.iterate(fun, [-1.2, 1.0], jac=rosen_der)
    with pytest.raises(ZeroDivisionError):
        list(run)
    assert list(run) == []
    assert run.result.fun < rosen([-1.2, 1.0])


def test_a_run_belongs_to_its_thread() -> None:
    run = begin()
    next(run)
    errors: list[BaseException] = []

    def elsewhere() -> None:
        for use in (lambda: next(run), lambda: run.result, run.stop, lambda: run.method):
            try:
                use()
            except BaseException as error:
                errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert [type(error) for error in errors] == [RuntimeError] * 4
    assert "the thread that started it" in str(errors[0])


def test_a_run_may_be_forgotten_in_another_thread() -> None:
    runs = [begin()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        thread = threading.Thread(target=runs.clear)
        thread.start()
        thread.join()
    assert runs == []


def test_a_run_is_not_advanced_from_within() -> None:
    runs: list[ravine.Iteration] = []

    def fun(x: np.ndarray) -> float:
        if runs:
            next(runs[0])
        return rosen(x)

    run = ravine.iterate(fun, [-1.2, 1.0], jac=rosen_der)
    next(run)
    runs.append(run)
    with pytest.raises(RuntimeError, match="[Bb]orrowed"):
        next(run)
