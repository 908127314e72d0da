"""The methods as classes, and as methods of SciPy."""

import inspect
import json
import pickle
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import rosen, rosen_der, rosen_hess

import ravine
from ravine import _core, _method, _methods

CATALOGUE = {entry["name"]: entry for entry in json.loads(_core.methods())}
CLASSES = [getattr(ravine, name) for name in _methods.__all__]


def test_every_method_is_a_class_and_every_class_a_method() -> None:
    assert sorted(cls.name for cls in CLASSES) == sorted(CATALOGUE)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_settings_are_documented_with_their_defaults(cls: Any) -> None:
    settings = {setting["name"]: setting["default"] for setting in CATALOGUE[cls.name]["settings"]}
    signature = inspect.signature(cls)
    assert {n: p.default for n, p in signature.parameters.items()} == settings
    for name in settings:
        assert f"\n{name} : " in cls.__doc__
        assert getattr(cls(), name) == settings[name]
    assert cls(**settings) == cls() and hash(cls(**settings)) == hash(cls())
    assert pickle.loads(pickle.dumps(cls())) == cls()
    assert repr(cls()) == f"{cls.__name__}()"
    with pytest.raises(TypeError, match=f"nothing: is not a setting of {cls.__name__}"):
        cls(nothing=1)
    with pytest.raises(AttributeError, match="nothing"):
        _ = cls().nothing


def test_settings_say_what_they_take_and_mean() -> None:
    for entry in CATALOGUE.values():
        assert all(setting["takes"] and setting["meaning"] for setting in entry["settings"])
        assert entry["cost"] and entry["memory"]
    assert "memory : whole number, at least 1, default 10\n" in (ravine.LBFGS.__doc__ or "")
    assert "Nocedal" in (ravine.LBFGS.__doc__ or "")
    notes = " ".join((ravine.LBFGS.__doc__ or "").split())
    assert "kept: 2 m n + 7 n. With m secant pairs kept, n variables." in notes


def test_settings_are_checked_compared_and_pickled() -> None:
    method = ravine.LBFGS(memory=np.int64(5), line_search={"more_thuente": {"slope": 0.5}})
    assert method.memory == 5
    assert repr(method) == "LBFGS(memory=5, line_search={'more_thuente': {'slope': 0.5}})"
    assert eval(repr(method), vars(ravine)) == method == pickle.loads(pickle.dumps(method))
    assert ravine.LBFGS(memory=10) == ravine.LBFGS() != method
    assert ravine.BFGS() != ravine.DFP() and ravine.BFGS() != "bfgs"
    assert len({ravine.LBFGS(), ravine.LBFGS(memory=10), method}) == 2
    settings = method.settings
    settings["memory"] = 7
    assert method.memory == 5
    for wrong, message in [
        ({"memory": "many"}, "memory: is .many.: "),
        ({"memory": -1}, "memory: is -1: "),
        ({"line_search": {"more": 1}}, "line_search: is .*: unknown variant `more`"),
        ({"memory": np.nan}, "settings: "),
        ({"memory": object()}, "settings: .*no number"),
    ]:
        with pytest.raises(ValueError, match=message):
            ravine.LBFGS(**wrong)
    assert ravine.LBFGS is _method.Method._classes["lbfgs"]
    assert ravine.minimize(rosen, [0.0, 0.0], method=ravine.LBFGS).method == "lbfgs"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("CG", "cg-pr"),
        ("BFGS", "bfgs"),
        ("Newton-CG", "newton-cg"),
        ("L-BFGS-B", "lbfgsb"),
        ("dogleg", "trust-dogleg"),
        ("trust-ncg", "trust-steihaug"),
        ("trust-krylov", "trust-gltr"),
        ("trust-exact", "trust-exact"),
        ("trust-constr", "trust-steihaug"),
        ("TNC", "newton-cg"),
        (None, "auto"),
    ],
)
def test_scipys_names(theirs: str | None, ours: str) -> None:
    assert _method.method_of(theirs).name == ours
    if theirs is not None:
        assert _method.method_of(theirs.lower()).name == ours


def test_methods_for_bounds_by_scipys_names() -> None:
    for name in ("trust-constr", "TNC"):
        result = ravine.minimize(rosen, [0.0, 0.0], method=name, bounds=[(None, 0.5)] * 2)
        assert result.method == "tron" and result.success


#: What some need beyond a function, its gradient and its Hessian.
NEED_MORE = {
    "gauss-newton", "lm", "lm-geodesic", "lm-nielsen", "lm-newton", "natural-gradient",
    "natural-gradient-linesearch", "natural-gradient-kl", "newton-sketch", "newton-subsampled",
    "newton-sparse",
}  # fmt: skip


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_scipy_takes_every_method(cls: Any) -> None:
    def minimize(method: Any) -> Any:
        return scipy.optimize.minimize(
            lambda x: rosen(x) + x @ x,
            [0.3, 0.2],
            jac=lambda x: rosen_der(x) + 2 * x,
            hess=lambda x: rosen_hess(x) + 2 * np.eye(2),
            method=method,
            tol=1e-3,
            options={"maxiter": 20000},
        )

    if cls.name in NEED_MORE:
        with pytest.raises(ValueError, match=f"method: `{cls.name}` needs"):
            minimize(cls())
        return
    settings: dict[str, Any] = {}
    if cls.name in ("gd", "momentum", "nesterov"):
        settings["step"] = 2e-3
    if cls.name == "adamw":
        settings["decay"] = 0.0
    result = minimize(cls(**settings))
    expected = scipy.optimize.minimize(
        lambda x: rosen(x) + x @ x, [0.3, 0.2], jac=lambda x: rosen_der(x) + 2 * x
    )
    # Steps of RMSProp do not get shorter.
    assert cls.name == "rmsprop" or (result.success and result.gradient_norm <= 1e-3), result
    np.testing.assert_allclose(result.x, expected.x, atol=1e-2)


def test_scipy_passes_all_that_it_is_given() -> None:
    seen: list[float] = []
    result = scipy.optimize.minimize(
        lambda x, a: (a * rosen(x), a * rosen_der(x)),
        [0.0, 0.0],
        args=(2.0,),
        jac=True,
        bounds=[(None, 0.5), (None, None)],
        method=ravine.LBFGSB(memory=3),
        callback=lambda intermediate_result: seen.append(intermediate_result.fun),
        options={"maxiter": 4},
    )
    assert len(seen) == 4 == result.nit and result.status == 1
    # Of a trial whose value is too high no gradient is asked for.
    assert result.nfev >= result.njev > result.nit


def test_methods_are_composed_by_name() -> None:
    name = "limited-sr1/gltr/radius"
    method = ravine.Composition(name, curvature={"memory": 3})
    assert repr(method) == f"Composition({name!r}, curvature={{'memory': 3}})"
    assert eval(repr(method), vars(ravine)) == method == pickle.loads(pickle.dumps(method))
    assert method != ravine.Composition(name) != ravine.Composition("sr1/gltr/radius")
    assert len({method, ravine.Composition(name), ravine.Composition(name)}) == 2
    start = [-1.2, 1.0, 0.5]
    by_text = ravine.minimize(rosen, start, jac=rosen_der, method=f"{name}:curvature.memory=3")
    by_object = ravine.minimize(rosen, start, jac=rosen_der, method=method)
    assert by_object.success and by_object.method == name
    assert np.array_equal(by_text.x, by_object.x)
    assert scipy.optimize.minimize(rosen, start, jac=rosen_der, method=method).success
    with pytest.raises(AttributeError, match="nothing"):
        _ = method.nothing
    for wrong, message in [
        ("exact/steihaug/wolfe", "do not go together"),
        ("sr1/steihug/radius", "there is no step"),
        ("bfgs/solve/wolfe:curvature.memory=3", "has no settings"),
    ]:
        with pytest.raises(ValueError, match=message):
            ravine.minimize(rosen, start, jac=rosen_der, method=wrong)


def test_a_name_says_which_composition_it_is() -> None:
    assert CATALOGUE["trust-steihaug"]["composition"] == "exact/steihaug/radius"
    assert CATALOGUE["gd"]["composition"] is None
