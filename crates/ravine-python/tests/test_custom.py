"""Methods written in Python: they run and count as the library's own, and mistakes are named."""

import gc
import threading
import traceback
import weakref
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from beside import interrupted
from scipy.optimize import rosen, rosen_der, rosen_hess

import ravine

START = [-1.2, 1.0]


class Descent:
    """The library's `gd`."""

    def __init__(self, rate: float = 1e-3) -> None:
        self.rate = rate

    def start(self, oracle: ravine.Oracle, x0: np.ndarray) -> Any:
        return x0

    def step(self, oracle: ravine.Oracle, x: np.ndarray) -> Any:
        return x - self.rate * oracle.value_and_gradient(x)[1]


class Momentum:
    """The library's `momentum`: a state beside the point, changed in place."""

    def __init__(self, rate: float, momentum: float) -> None:
        self.name = f"momentum-{momentum}"
        self.rate, self.momentum = rate, momentum

    def start(self, oracle: ravine.Oracle, x0: np.ndarray) -> Any:
        return SimpleNamespace(x=x0, v=np.zeros_like(x0))

    def step(self, oracle: ravine.Oracle, state: Any) -> Any:
        state.v *= self.momentum
        state.v += oracle.value_and_gradient(state.x)[1]
        state.x -= self.rate * state.v
        return state


class Newton(Descent):
    """The library's `newton`."""

    needs = "hessian"

    def step(self, oracle: ravine.Oracle, x: np.ndarray) -> Any:
        gradient = oracle.value_and_gradient(x)[1]
        return x - np.linalg.solve(oracle.hessian(x), gradient)


@dataclass
class Made:
    """A method of two functions."""

    begin: Any = staticmethod(lambda oracle, x0: x0)
    go: Any = staticmethod(lambda oracle, x: x)
    needs: Any = "gradient"
    name: Any = "made"

    def start(self, oracle: ravine.Oracle, x0: np.ndarray) -> Any:
        return self.begin(oracle, x0)

    def step(self, oracle: ravine.Oracle, state: Any) -> Any:
        return self.go(oracle, state)


def same(mine: Any, own: Any) -> None:
    np.testing.assert_array_equal(mine.history.x, own.history.x)
    np.testing.assert_array_equal(mine.history.fun, own.history.fun)
    for name in ("nit", "nfev", "njev", "nhev", "evaluations", "reason", "message", "fun"):
        assert mine[name] == own[name], name


@pytest.mark.parametrize("of", ["library", "functions", "differences"])
def test_a_copy_goes_the_same_way_and_counts_the_same(of: str) -> None:
    fun: Any = "rosenbrock" if of == "library" else rosen
    more: dict[str, Any] = {"jac": rosen_der} if of == "functions" else {}
    more["options"] = {"maxiter": 60, "return_all": True}
    own = ravine.minimize(fun, START, method="gd:step=1e-3", **more)
    same(ravine.minimize(fun, START, method=Descent(), **more), own)
    assert own.evaluations["value"] >= 61 and own.nit == 60
    own = ravine.minimize(fun, START, method="momentum:step=1e-3,momentum=0.5", **more)
    same(ravine.minimize(fun, START, method=Momentum(1e-3, 0.5), **more), own)


def test_a_copy_ends_as_the_original() -> None:
    options = {"return_all": True}
    own = ravine.minimize("booth", method="gd:step=0.1", options=options)
    mine = ravine.minimize("booth", method=Descent(0.1), options=options)
    assert own.success and mine.method == "Descent" and mine.because is None
    same(mine, own)
    # Too long a step.
    own = ravine.minimize("booth", method="gd:step=10", options=options)
    assert own.reason == "diverged"
    same(ravine.minimize("booth", method=Descent(10.0), options=options), own)


def test_hessians_and_products_are_counted() -> None:
    given: dict[str, Any] = {"jac": rosen_der, "hess": rosen_hess, "tol": 1e-6}
    own = ravine.minimize(rosen, START, method="newton", **given)
    mine = ravine.minimize(rosen, START, method=Newton(), **given)
    np.testing.assert_allclose(mine.x, own.x, rtol=1e-10)
    # One more tells the kind of the point.
    assert (mine.nit, mine.evaluations) == (own.nit, own.evaluations)
    assert mine.nhev == mine.nit + 1 and mine.stationary_point == "minimum"
    # The minimum along the gradient.
    products = Made(needs="hessian_product")

    def cauchy(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        g = oracle.value_and_gradient(x)[1]
        return x - g @ g / (g @ oracle.hessian_product(x, g)) * g

    products.go = cauchy
    result = ravine.minimize("booth", method=products)
    assert result.success and result.evaluations["hessian_product"] == result.nit
    # What the function lacks comes by differences.
    result = ravine.minimize(rosen, START, method=Newton(), tol=1e-4)
    assert result.success and result.evaluations["gradient"] == result.evaluations["hessian"] == 0


def test_what_is_asked_for_twice_is_evaluated_once() -> None:
    def go(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        value, gradient = oracle.value_and_gradient(x)
        assert oracle.value(x) == value and oracle.dimension == 2
        trials = [x - step * gradient for step in (1e-4, 5e-4, 2e-4)]
        values = [oracle.value_and_gradient(trial)[0] for trial in trials]
        gradient[:] = 0.0
        return trials[int(np.argmin(values))]

    result = ravine.minimize("rosenbrock", method=Made(go=go), options={"maxiter": 20})
    assert result.njev == result.nfev == 1 + 3 * 20 and not np.all(result.jac == 0.0)
    # A value is not the gradient with it.
    values = Made(go=lambda oracle, x: (oracle.value(x + 1.0), x + 1.0)[1])
    result = ravine.minimize("rosenbrock", method=values, options={"maxiter": 20})
    assert (result.nfev, result.njev) == (41, 21)


def test_the_best_point_is_given_and_standing_still_is_no_convergence() -> None:
    up = Made(go=lambda oracle, x: x + 1.0)
    result = ravine.minimize("booth", [1.0, 3.5], method=up, options={"maxiter": 5})
    np.testing.assert_array_equal(result.x, [1.0, 3.5])
    result = ravine.minimize("booth", method=Made(), options={"maxiter": 5})
    assert (result.reason, result.nit, result.nfev) == ("iteration_limit", 5, 1)


def test_nothing_left_to_try() -> None:
    def descent(rate: float, steps: int) -> Made:
        def go(oracle: ravine.Oracle, state: Any) -> Any:
            if state.left == 0:
                return None
            x = state.x - rate * oracle.value_and_gradient(state.x)[1]
            return SimpleNamespace(x=x, left=state.left - 1)

        return Made(lambda oracle, x0: SimpleNamespace(x=x0, left=steps), go)

    fun = "(x - 1)^2 + 10*(y + 2)^2 + 1000"
    # At a minimum to rounding, on the way to it, and at the start.
    for steps, reason in [(250, "precision_limit"), (20, "no_progress"), (0, "no_progress")]:
        result = ravine.minimize(fun, [5.0, 3.0], method=descent(0.04, steps), tol=0.0)
        assert (result.reason, result.nit, result.success) == (reason, steps + 1, False)
    assert ravine.minimize("booth", method=Made(go=lambda oracle, x: None), tol=1e9).success


def test_methods_race_beside_those_of_the_library() -> None:
    race = ravine.race("rosenbrock", methods=["bfgs", Descent(), Newton, "newton"])
    assert len(race) == 4 and race["Newton"].success and race["Newton"].nit == race["newton"].nit
    entry = race["Descent"]
    alone = ravine.minimize("rosenbrock", method=Descent(), options={"maxiter": entry.nit})
    np.testing.assert_array_equal(entry.x, alone.x)
    assert (entry.family, entry.settings, entry.tuning) == ("own", {}, None)
    assert " Descent " in str(race) and entry.njev == entry.nit + 1
    several = ravine.race(rosen, START, [Momentum(1e-3, m) for m in (0.5, 0.9)], jac=rosen_der)
    assert sorted(entry.label for entry in several) == ["momentum-0.5", "momentum-0.9"]
    assert ravine.race("booth", methods=Descent(0.1)).best.success


def test_steps_callbacks_and_least_squares() -> None:
    steps = list(ravine.iterate("booth", method=Descent(0.1), options={"maxiter": 5}))
    assert [step.iteration for step in steps] == list(range(6))
    seen: list[Any] = []
    ravine.minimize("booth", method=Descent(0.1), callback=seen.append)
    assert len(seen) == 83
    fit = ravine.least_squares(lambda x: x - [1.0, 2.0], [0.0, 0.0], method=Descent(0.1))
    np.testing.assert_allclose(fit.x, [1.0, 2.0], atol=1e-6)


def test_budgets_end_a_step_wherever_it_is() -> None:
    endless = Made()
    asked = 0

    def go(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        nonlocal asked
        while True:
            asked += 1
            oracle.value_and_gradient(x + asked)

    endless.go = go
    result = ravine.minimize("booth", method=endless, options={"maxfun": 30})
    assert result.reason == "evaluation_limit" and result.nfev == 30 == asked
    result = ravine.minimize("booth", method=endless, options={"seconds": 0.05})
    assert result.reason == "time_limit" and result.nit == 0

    # One that takes no notice is ended all the same.
    def deaf(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        try:
            go(oracle, x)
        except ravine.Interrupted:
            return x + 1.0

    result = ravine.minimize("booth", method=Made(go=deaf), options={"maxfun": 30})
    assert result.reason == "evaluation_limit" and result.nit == 0


def test_an_interrupt_ends_a_step_and_a_race() -> None:
    def endless(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        while True:
            oracle.value(x)

    options = {"seconds": 300, "maxiter": 10**9}
    for go in (endless, Made.go):
        interrupted(lambda go=go: ravine.minimize("booth", method=Made(go=go), options=options))
        interrupted(lambda go=go: ravine.race("booth", methods=[Made(go=go)], options=options))


def test_exceptions_of_the_class_and_of_the_function_are_passed_on() -> None:
    def paper(*_: Any) -> Any:
        raise ArithmeticError("out of paper")

    for method in (Made(begin=paper), Made(go=paper)):
        for run in (ravine.minimize, ravine.race):
            with pytest.raises(ArithmeticError, match="out of paper") as raised:
                run("booth", None, **{"methods" if run is ravine.race else "method": method})
            names = [frame.name for frame in traceback.extract_tb(raised.tb)]
            assert names[-1] == "paper" and names[-2] in ("start", "step")

    calls = 0

    def fun(x: np.ndarray) -> float:
        nonlocal calls
        calls += 1
        return paper() if calls == 10 else rosen(x)

    def careless(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        try:
            return x - 1e-3 * oracle.value_and_gradient(x + 1e-9)[1]
        except ArithmeticError:
            return x + 1.0

    for go in (careless, lambda oracle, x: x - 1e-3 * oracle.value_and_gradient(x + 1e-9)[1]):
        calls = 0
        with pytest.raises(ArithmeticError, match="out of paper") as raised:
            ravine.minimize(fun, START, jac=rosen_der, method=Made(go=go))
        assert calls == 10
        names = [frame.name for frame in traceback.extract_tb(raised.tb)]
        assert names[-2:] == ["fun", "paper"] and (go is careless or "step" in names)


def test_a_method_may_minimize_within_a_step() -> None:
    """Each run asks its own function, also from within the other."""

    def go(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        d = -oracle.value_and_gradient(x)[1]

        def along(t: np.ndarray) -> tuple[float, list[float]]:
            value, gradient = oracle.value_and_gradient(x + t[0] * d)
            return value, [gradient @ d]

        descent = Descent(0.05 / (d @ d))
        line = ravine.minimize(along, [0.0], jac=True, method=descent, tol=1e-8 * (d @ d))
        assert line.success
        return x + line.x[0] * d

    result = ravine.minimize("booth", method=Made(go=go), tol=1e-4)
    exact = ravine.minimize("booth", method="gd-linesearch", tol=1e-4)
    np.testing.assert_allclose(result.x, exact.x, atol=1e-4)
    assert result.success and result.nfev > 10 * result.nit


def test_an_oracle_answers_within_its_own_call_only() -> None:
    kept: list[ravine.Oracle] = []

    def go(oracle: ravine.Oracle, x: np.ndarray) -> Any:
        kept.append(oracle)
        errors: list[BaseException] = []

        def elsewhere() -> None:
            try:
                oracle.value(x)
            except RuntimeError as error:
                errors.append(error)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert "oracle: answers only while" in str(errors[0])
        return None

    ravine.minimize("booth", method=Made(go=go))
    with pytest.raises(RuntimeError, match="oracle: answers only while"):
        kept[0].value([1.0, 2.0])
    # Another run does not answer for it.
    with pytest.raises(RuntimeError, match="oracle: answers only while"):
        ravine.minimize("booth", method=Made(go=lambda oracle, x: kept[0].value(x)))
    with pytest.raises(TypeError):
        ravine.Oracle()  # type: ignore[call-arg]


def test_an_object_runs_in_several_threads() -> None:
    method = Descent(0.1)
    found: list[Any] = [None] * 4

    def work(k: int) -> None:
        found[k] = ravine.minimize("booth", method=method).x

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(x, found[0]) for x in found)


def test_nothing_keeps_an_object_after_its_run() -> None:
    method = Descent(0.1)
    gone = weakref.ref(method)
    assert ravine.minimize("booth", method=method).success
    assert ravine.race("booth", methods=[method]).best.success
    del method
    # What Rust lets go of without the interpreter's lock is released when that is next taken.
    ravine.minimize("booth", method=Descent(0.1))
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("method", "kind", "message"),
    [
        (Made(begin=lambda o, x: None), TypeError, "start of Made: must return the point, an arr"),
        (Made(go=lambda o, x: 3), TypeError, "step of Made: must return .* of 2 numbers.*not int"),
        (Made(go=lambda o, x: (x, 1)), TypeError, "attribute `x`, not tuple"),
        (Made(go=lambda o, x: x[:1]), ValueError, "step of Made: the point has 1 entries.* 2"),
        (Made(go=lambda o, x: np.eye(2)), ValueError, "has shape .2, 2.*one dimension"),
        (Made(go=lambda o, x: x * np.nan), ValueError, "step of Made: the point: entry 0 is nan"),
        (Made(go=lambda o, x: x + 1j), TypeError, "real numbers, not entries of type complex"),
        (Made(go=lambda o, x: o.value(x * np.inf)), ValueError, "x: entry 0 is -inf, but all"),
        (Made(go=lambda o, x: o.value([1.0])), ValueError, "x: has 1 entries, but must have 2"),
        (Made(go=lambda o, x: o.hessian(x)), TypeError, "hessian: is for methods with needs ="),
        (Made(go=lambda o, x: o.hessian_product(x, x)), TypeError, "needs = 'hessian_product'"),
        (Made(needs="hessian", go=lambda o, x: o.hessian_product(x, [1])), ValueError, "v: has 1"),
        (Made(needs="jacobian"), ValueError, "needs: is 'jacobian', but must be one of 'gradient'"),
        (Made(needs=None), TypeError, "needs: of Made is None, but must be a text"),
        (Made(name=3), TypeError, "name: of Made is 3, but must be a text"),
        (Made(name="bfgs"), ValueError, "name: is `bfgs`, which is the name of another method"),
        (Made(name="my method"), ValueError, "name: is `my method`, but must be a word"),
        (SimpleNamespace(start=1), TypeError, "method: must be a name or a method, .* `step`"),
    ],
)
def test_mistakes_are_named(method: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        ravine.minimize("booth", [-1.0, 2.0], method=method)
    with pytest.raises(kind, match=message):
        ravine.race("booth", [-1.0, 2.0], [method])


def test_what_such_methods_do_not_do() -> None:
    with pytest.raises(ValueError, match="`Descent` cannot keep bounds"):
        ravine.minimize("booth", method=Descent(), bounds=[(0, 1)] * 2)
    with pytest.raises(ValueError, match="options: there is no 'rate'"):
        ravine.minimize("booth", method=Descent(), options={"rate": 0.1})


class Kept(Momentum):
    """States as plain data, in a tuple with a dictionary and a number that is no JSON."""

    def __init__(self, rate: float, momentum: float, limit: float = np.inf) -> None:
        super().__init__(rate, momentum)
        self.limit = limit

    def save(self, state: Any) -> Any:
        return state.x, {"v": state.v, 3: [np.float32(0.5), None, True]}, np.nan

    def load(self, saved: Any) -> Any:
        x, others, nan = saved
        kept = others[3]
        assert (type(kept[0]), kept, np.isnan(nan)) == (np.float32, [0.5, None, True], True)
        return SimpleNamespace(x=x, v=others["v"])


@pytest.mark.parametrize("method", [Descent(1e-3), Kept(1e-4, 0.9), Newton()])
def test_a_run_goes_on_from_a_file_to_the_same_bits(tmp_path: Any, method: Any) -> None:
    start, file = [-1.2, 1.0, 0.5], tmp_path / "run.checkpoint"
    derivatives = {"jac": rosen_der, "hess": rosen_hess}
    whole = ravine.minimize(rosen, start, method=method, options={"maxiter": 40}, **derivatives)
    for limit in (7, 23, 40):
        resume = file if file.exists() else None
        last = ravine.minimize(
            rosen,
            start,
            method=method,
            options={"maxiter": limit},
            checkpoint=file,
            resume=resume,
            **derivatives,
        )
    assert last.nit == whole.nit > 2
    assert last.x.tobytes() == whole.x.tobytes()
    assert (last.fun, last.reason, last.njev) == (whole.fun, whole.reason, whole.njev)


def test_a_run_that_does_not_fit_its_file_is_refused(tmp_path: Any) -> None:
    file, some = tmp_path / "run", {"maxiter": 3}
    ravine.minimize("booth", method=Kept(1e-3, 0.9), checkpoint=file, options=some)
    for other, message in [
        (Kept(1e-2, 0.9), "the settings of `momentum-0.9`: .*0.001.*, not .*0.01"),
        (Kept(1e-3, 0.9, 5.0), 'limit":"inf".*, not .*"limit":5.0'),
        (Kept(1e-3, 0.5), "the method `momentum-0.9`, not `momentum-0.5`"),
        ("bfgs", "the method `momentum-0.9`, not `bfgs`"),
        (None, "there is no method `momentum-0.9`"),
    ]:
        with pytest.raises(ValueError, match=message):
            ravine.minimize("booth", method=other, resume=file)


def test_states_that_no_file_can_keep_are_named(tmp_path: Any) -> None:
    file = tmp_path / "run"
    with pytest.raises(TypeError, match="the state of Momentum .*SimpleNamespace.*`save"):
        ravine.minimize("booth", method=Momentum(1e-3, 0.9), checkpoint=file)
    with pytest.raises(TypeError, match="checkpoint: what `save` of Made returned .* an object"):
        method = Made()
        method.save = lambda state: [object()]
        ravine.minimize("booth", method=method, checkpoint=file)
    assert not file.exists()
