"""Races: the ranking, what it is made of, and what is refused."""

import pickle
import threading

import numpy as np
import pandas
import pytest
import scipy.optimize
from beside import interrupted

import ravine
from ravine import problems
from ravine._method import CATALOGUE


def rosen(x: np.ndarray) -> float:
    return scipy.optimize.rosen(x)


def test_the_winner_has_the_least_effort() -> None:
    for by in ("evaluations", "iterations"):
        race = ravine.race(problems.beale, by=by)
        assert race.by == by and len(race) > 20
        efforts = []
        for entry in race:
            if not entry.success or entry.elsewhere:
                continue
            effort = float(entry.nit)
            if by == "evaluations":
                # A value 1/3, value and gradient 1, a Hessian product 2, a Hessian n.
                alone = entry.nfev - entry.njev
                effort = entry.njev + alone / 3 + 2 * entry.nhpev + 2 * entry.nhev
                assert entry.evaluations == pytest.approx(effort, rel=1e-14)
                if entry.tuning:
                    effort += entry.tuning["njev"]
            efforts.append(effort)
        assert len(efforts) > 15 and efforts == sorted(efforts)
        order = [(not e.success, e.elsewhere) for e in race]
        assert order == sorted(order)
        rest = [e.fun for e in race if not e.success and np.isfinite(e.fun)]
        assert rest == sorted(rest)


def test_entries_are_what_separate_runs_give() -> None:
    race = ravine.race("wood", methods=["newton-damped", "bfgs", "lbfgs:memory=3"])
    for entry in race:
        alone = ravine.minimize("wood", method=entry.label)
        np.testing.assert_array_equal(entry.x, alone.x)
        assert (entry.fun, entry.nit, entry.reason) == (alone.fun, alone.nit, alone.reason)
        assert entry.gradient_norm == alone.gradient_norm
        history = entry.history
        assert history.iteration[0] == 0 and history.iteration[-1] == entry.nit
        assert history.fun[0] == 19192.0 and history.fun[-1] == entry.fun
        assert history.nfev[-1] <= entry.nfev and history.x is None
        assert np.all(np.diff(history.seconds) >= 0)
    assert race.lowest == min(0.0, *(entry.fun for entry in race))


def test_counts_are_those_of_minimize_for_every_method() -> None:
    """Over the whole catalogue, on problems that together supply what every method needs."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((40, 3))
    y = x @ [1.0, -2.0, 0.5] + 0.1 * rng.standard_normal(40)
    able = [
        problems.regression(x, y, loss="squares", l2=0.1),
        problems.problem("chained-rosenbrock:n=60"),
        problems.problem("obstacle:grid=6"),
    ]
    seen = set()
    for problem in able:
        unseen = [name for name, entry in CATALOGUE.items() if name not in seen and name != "auto"]
        for name in unseen:
            setting = CATALOGUE[name]["tuned"]
            method = f"{name}:{setting}=1e-3" if setting else name
            more = {"method": method, "tol": 1e-6, "options": {"maxiter": 40}}
            try:
                alone = ravine.minimize(problem, **more)
            except ValueError as refused:
                assert "supply" in str(refused) or "bounds" in str(refused), refused
                continue
            more["methods"] = more.pop("method")
            entry = ravine.race(problem, **more)[0]
            counts = (entry.nfev, entry.njev, entry.nhpev, entry.nhev)
            assert counts == tuple(alone.evaluations.values()), name
            assert sum(counts) > 1, name
            seen.add(name)
    assert seen == set(CATALOGUE) - {"auto"}


def test_steps_are_tuned_where_none_is_given() -> None:
    race = ravine.race("booth", methods=["gd", "gd:step=0.01", ravine.GradientDescent(step=0.05)])
    tuned = next(entry for entry in race if entry.tuning)
    assert tuned.tuning["setting"] == "step" and tuned.tuning["tried"] > 10
    assert tuned.settings == {"step": tuned.tuning["value"]}
    assert tuned.label.startswith("gd step=")
    given = {entry.label: entry.settings["step"] for entry in race if not entry.tuning}
    assert given == {"gd:step=0.01": 0.01, "gd:step=0.05": 0.05}
    # No other step of those tried needs fewer iterations.
    assert tuned.nit <= race["gd:step=0.05"].nit
    # The points of two variables are kept.
    assert tuned.history.x.shape == (tuned.nit + 1, 2)
    assert tuned.history.x[0].tolist() == [-5.0, 8.0]


def test_methods_in_every_form() -> None:
    labels = [
        ["newton", "lbfgs:memory=3,line_search=backtracking", "bfgs"],
        [e.label for e in ravine.race("booth", methods=[ravine.LBFGS(memory=3)])],
        [e.label for e in ravine.race("booth", methods=ravine.BFGS)],
        [e.method for e in ravine.race("booth", methods=["L-BFGS-B", "trust-krylov"])],
    ]
    assert labels[1:3] == [["lbfgs:memory=3"], ["bfgs"]]
    assert sorted(labels[3]) == ["lbfgsb", "trust-gltr"]
    race = ravine.race("booth", methods=",".join(labels[0]))
    assert sorted(e.label for e in race) == sorted(labels[0])
    assert race[labels[0][1]].settings == {"memory": 3, "line_search": "backtracking"}


def test_functions_of_python_race() -> None:
    counts = {"f": 0, "g": 0}

    def fun(x):
        counts["f"] += 1
        return rosen(x)

    def jac(x):
        counts["g"] += 1
        return scipy.optimize.rosen_der(x)

    race = ravine.race(fun, [-1.2, 1.0], ["bfgs", "lbfgs"], jac=jac)
    assert race.title == "fun" and [e.success for e in race] == [True, True]
    assert counts["g"] == sum(entry.njev for entry in race)
    # Hessians by differences of gradients for a method that is named, not for others.
    named = ravine.race(fun, [-1.2, 1.0], "newton", jac=jac)
    assert named.best.success and named.best.nit < 10
    options = {"maxiter": 20}
    everyone = ravine.race(rosen, [-1.2, 1.0], jac=scipy.optimize.rosen_der, options=options)
    methods = {entry.method for entry in everyone}
    assert "bfgs" in methods and "newton" not in methods and "newton-cg" not in methods
    reasons = {name: reason for reason, names in everyone.left_out for name in names}
    assert reasons["newton-cg"] == "no Hessian products" and reasons["lm"] == "no residuals"
    values = ravine.race(lambda x: x @ x, [1.0, 2.0], options=options)
    assert {entry.method for entry in values} == methods
    both = ravine.race(lambda x: (x @ x, 2 * x), [1.0, 2.0], "bfgs", jac=True)
    assert both.best.success
    shifted = ravine.race(lambda x, a: (x - a) @ (x - a), [1.0, 2.0], "bfgs", args=(3.0,))
    np.testing.assert_allclose(shifted.best.x, [3, 3], atol=1e-6)


def test_bounds_are_kept() -> None:
    race = ravine.race("rosenbrock", x0=[0.2, 0.5], bounds=[(0, 0.8), (0, None)])
    assert {entry.method for entry in race} == {"lbfgsb", "tron"}
    for entry in race:
        np.testing.assert_allclose(entry.x, [0.8, 0.64], atol=1e-5)
    # The minimum without bounds is not what they are measured by.
    assert race.lowest == pytest.approx(0.04, rel=1e-8) and race.minima == ()
    with pytest.raises(ValueError, match="cannot keep bounds"):
        ravine.race("rosenbrock", methods="bfgs", bounds=[(0, 2), (0, 2)])


def test_large_problems_leave_dense_matrices_out_unless_named() -> None:
    race = ravine.race("quadratic:n=600", options={"maxiter": 3})
    assert "bfgs" not in {entry.method for entry in race}
    reason = next(reason for reason, names in race.left_out if "bfgs" in names)
    assert reason == "dense matrices for 600 variables; methods=[...] has them all the same"
    race = ravine.race("quadratic:n=600", methods="bfgs", options={"maxiter": 3})
    assert race.best.reason == "iteration_limit"


def test_the_table_is_that_of_the_command() -> None:
    race = ravine.race("rosenbrock", methods="newton,bfgs,gd-linesearch", by="iterations")
    lines = str(race).splitlines()
    assert lines[0] == "Rosenbrock, 2 variables, start (-1.2, 1)"
    assert lines[1].startswith("A curved valley:") and lines[2] == ""
    assert lines[3].split() == (
        ["method", "status", "iter", "f", "grad", "Hess", "value", "|grad|", "in", "f", "outside"]
    )
    assert set(lines[4]) == {"─"} and len(lines[4]) == len(lines[3]) + 1
    row = lines[5].split()
    assert row[:6] == ["newton", "converged", "6", "10", "7", "7"] and row[6] == "3.4326e-20"
    assert lines[6].split()[:5] == ["bfgs", "converged", "39", "51", "49"]
    assert lines[6].split()[5:8] == ["·", "1.6660e-27", "1.4e-12"]
    ends = {len(line) for line in lines[5:8]}
    assert len(ends) == 1
    tuned = str(ravine.race("booth", methods="gd"))
    assert "Methods with a fixed step run with the best of 22 steps from 1e-6 to 10;" in tuned
    assert "Not in the race (no residuals): gauss-newton, lm, " in str(ravine.race("booth"))
    assert repr(race) == str(race)


def test_html_and_pandas() -> None:
    race = ravine.race("a^2 + b^4", methods="bfgs,newton,gd")
    page = race._repr_html_()
    assert page.count("<tr>") == 4 and "<td" in page and "|grad|" in page
    assert "<b>a^2 + b^4, 2 variables" in page
    frame = race.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and frame.index.name == "label"
    assert list(frame["nit"]) == [entry.nit for entry in race]
    assert frame["tuning_nfev"].sum() == sum(e.tuning["nfev"] for e in race if e.tuning)
    assert frame["success"].dtype == bool and frame["fun"].dtype == float


def test_races_pickle() -> None:
    for race in [
        ravine.race("rosenbrock", methods="newton,gd"),
        ravine.race(rosen, [-1.2, 1.0], methods="bfgs"),
        ravine.race(lambda x: x @ x, [1.0, 2.0], methods="bfgs"),
    ]:
        again = pickle.loads(pickle.dumps(race))
        assert str(again) == str(race)
        for a, b in zip(again, race, strict=True):
            np.testing.assert_array_equal(a.x, b.x)
            np.testing.assert_array_equal(a.history.moments, b.history.moments)
    # A lambda does not pickle; the race does, without it.
    assert again._given is None and race._given is not None


def test_exceptions_end_the_race_at_once() -> None:
    calls = 0

    def fun(x):
        nonlocal calls
        calls += 1
        if calls == 30:
            raise ArithmeticError("out of paper")
        return rosen(x)

    with pytest.raises(ArithmeticError, match="out of paper") as raised:
        ravine.race(fun, [-1.2, 1.0], jac=scipy.optimize.rosen_der)
    assert calls == 30
    assert any(entry.name == "fun" for entry in raised.traceback)


def test_an_interrupt_ends_the_race() -> None:
    # Minutes, were it not interrupted.
    options = {"seconds": 300, "maxiter": 10**9, "gtol": 0.0}
    interrupted(
        lambda: ravine.race("extended-rosenbrock:n=1000", methods="gd:step=1e-6", options=options)
    )


def test_races_run_in_parallel_threads() -> None:
    found: list[list[str]] = [[] for _ in range(4)]

    def work(k: int) -> None:
        race = ravine.race("beale", by="iterations")
        found[k] = [f"{e.method} {e.nit}" for e in race if not e.tuning]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] and all(names == found[0] for names in found)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"fun": "rosenbrok"}, ValueError, "did you mean `rosenbrock`"),
        ({"fun": rosen}, TypeError, "x0: is None"),
        ({"by": "steps"}, ValueError, "by: is 'steps', but must be one of 'iterations'"),
        ({"methods": "newtn"}, ValueError, "no method `newtn`; did you mean `newton`?"),
        ({"methods": "subspace-newton"}, ValueError, "is called `newton-subspace` now"),
        ({"methods": []}, ValueError, "methods: are none"),
        ({"methods": [3]}, TypeError, "method: must be a name"),
        ({"methods": "lm"}, ValueError, "methods: lm: .*residuals"),
        ({"methods": "gd:step=-1"}, ValueError, "step"),
        ({"options": {"seconds": -1.0}}, ValueError, "seconds"),
        ({"options": {"speed": 1}}, ValueError, "options: there is no 'speed'"),
        ({"x0": [1.0]}, ValueError, "x0: has 1 entries"),
        ({"jac": rosen}, TypeError, "jac: a problem of the library"),
    ],
)
def test_mistakes_are_named(arguments, kind, message) -> None:
    with pytest.raises(kind, match=message):
        ravine.race(**({"fun": "booth"} | arguments))


def test_an_entry_that_is_not_there() -> None:
    race = ravine.race("booth", methods="newton,bfgs")
    assert race[0] is race.best and race["bfgs"] is race[1]
    with pytest.raises(KeyError, match="there is no 'gd' in the race; there are newton, bfgs"):
        race["gd"]
