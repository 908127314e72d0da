"""What all methods have in common."""

from __future__ import annotations

import copy
import inspect
import json
import textwrap
from typing import Any, ClassVar

from ravine import _core
from ravine._custom import Custom, CustomMethod
from ravine._settings import to_json
from ravine._solve import solve

#: The catalogue, by name.
CATALOGUE: dict[str, dict[str, Any]] = {
    entry["name"]: entry for entry in json.loads(_core.methods())
}

#: Of each method, its settings with their defaults.
DEFAULTS: dict[str, dict[str, Any]] = {
    name: {setting["name"]: setting["default"] for setting in entry["settings"]}
    for name, entry in CATALOGUE.items()
}


def _parameter(setting: dict[str, Any]) -> str:
    """A setting as a docstring has it."""
    ranged = f", {setting['range']}" if setting["range"] else ""
    head = f"{setting['name']} : {setting['takes']}{ranged}, default {setting['default']!r}"
    return head + "\n" + textwrap.indent(textwrap.fill(setting["meaning"], 76), "    ")


def _notes(entry: dict[str, Any]) -> str:
    """What a method needs, costs and keeps, as a docstring has it."""
    needs = f"Needs {', '.join(entry['needs'])}. " if entry["needs"] else ""
    letters = ", ".join(f"{letter} {what}" for letter, what in entry["letters"].items())
    return textwrap.fill(
        f"{needs}A step costs, beside value and gradient: {entry['cost']}. Numbers kept: "
        f"{entry['memory']}." + (f" With {letters}." if letters else ""),
        80,
    )


class Method:
    """A method with settings: a `method` for `ravine.minimize` and `scipy.optimize.minimize`.

    Two are equal where their settings are. Settings that are not given have the defaults of the
    library; those that are none are refused.

    Examples
    --------
    >>> import ravine
    >>> method = ravine.LBFGS(memory=5)
    >>> method
    LBFGS(memory=5)
    >>> method == ravine.LBFGS(memory=5), method == ravine.LBFGS()
    (True, False)
    >>> ravine.minimize(lambda x: x @ x, [1.0, 2.0], method=method).method
    'lbfgs'
    """

    name: ClassVar[str]
    _classes: ClassVar[dict[str, type[Method]]] = {}

    def __init_subclass__(cls, *, name: str | None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if name is None:  # An object has the name.
            return
        cls.name = name
        Method._classes.setdefault(name, cls)
        entry, defaults = CATALOGUE[name], DEFAULTS[name]
        keyword = inspect.Parameter.KEYWORD_ONLY
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(name, keyword, default=value) for name, value in defaults.items()]
        )
        doc = inspect.cleandoc(cls.__doc__ or "")
        if defaults:
            parameters = map(_parameter, entry["settings"])
            doc += "\n\nParameters\n----------\n" + "\n".join(parameters)
        doc += "\n\nNotes\n-----\n" + _notes(entry)
        if entry["source"]:
            doc += "\n\nReferences\n----------\n" + textwrap.fill(entry["source"], 80)
        cls.__doc__ = doc

    def __init__(self, **settings: Any) -> None:
        for setting in settings:
            if setting not in self.defaults:
                there = ", ".join(self.defaults) or "none"
                raise TypeError(
                    f"{setting}: is not a setting of {type(self).__name__}; there are {there}"
                )
        self._settings = json.loads(to_json("settings", settings))
        _core.check_settings(self.name, to_json("settings", self._settings))

    @property
    def named(self) -> str:
        """The method's name, as the library takes it."""
        return self.name

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that were given."""
        return copy.deepcopy(self._settings)

    @property
    def defaults(self) -> dict[str, Any]:
        """All settings with their defaults."""
        return copy.deepcopy(DEFAULTS[self.name])

    @property
    def second_derivatives(self) -> bool:
        """Whether it may ask for Hessians or products with them."""
        entry = CATALOGUE[self.name]
        return self.name == "auto" or any("Hessian" in need for need in entry["needs"])

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in DEFAULTS[type(self).name]:
            return (self.defaults | self.settings)[name]
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def __call__(self, fun: Any, x0: Any, args: Any = (), **kwargs: Any) -> Any:
        """Minimize as a method of `scipy.optimize.minimize`, which passes options as keywords."""
        from ravine._scipy import result

        names = ("jac", "hess", "hessp", "bounds", "constraints", "callback")
        given = {name: kwargs.pop(name, None) for name in names}
        return solve(fun, x0, args, self, tol=None, options=kwargs, shown=result, **given)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self._settings.items())
        return f"{type(self).__name__}({settings})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Method):
            return NotImplemented
        mine, others = self.defaults | self._settings, other.defaults | other._settings
        return self.name == other.name and mine == others

    def __hash__(self) -> int:
        return hash((self.name, json.dumps(self.defaults | self._settings, sort_keys=True)))


class Composition(Method, name=None):
    """A method of three parts: a curvature, a step and a trust, by their names.

    The parts are those of the command's `ravine methods --parts`. Parts that do not go together are
    refused, with what does.

    Parameters
    ----------
    name
        The parts as in `"sr1/steihaug/radius"`.
    settings
        Those of the parts, under `curvature`, `step` and `trust`.

    Examples
    --------
    >>> import ravine
    >>> method = ravine.Composition("limited-sr1/gltr/radius", curvature={"memory": 5})
    >>> method
    Composition('limited-sr1/gltr/radius', curvature={'memory': 5})
    >>> method.defaults["curvature"]
    {'memory': 10}
    >>> ravine.minimize("rosenbrock", method=method).method
    'limited-sr1/gltr/radius'
    >>> ravine.minimize("rosenbrock", method="sr1/steihaug/radius").success
    True
    """

    name: str  # type: ignore[misc]

    def __init__(self, name: str, **settings: Any) -> None:
        self.name = name.strip()
        self._settings = json.loads(to_json("settings", settings))
        _core.check_settings(self.name, to_json("settings", self._settings))

    @property
    def defaults(self) -> dict[str, Any]:
        """Those of the parts, under `curvature`, `step` and `trust`."""
        return dict(json.loads(_core.method_defaults(self.name)))

    @property
    def second_derivatives(self) -> bool:
        """Whether it may ask for Hessians or products with them."""
        return True

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self._settings.items())
        return f"{type(self).__name__}({self.name!r}{settings})"


#: SciPy's names that are not ours in lower case, and the methods of the same idea.
SCIPY = {
    "cg": "cg-pr",
    "dogleg": "trust-dogleg",
    "l-bfgs-b": "lbfgsb",
    "trust-krylov": "trust-gltr",
    "trust-ncg": "trust-steihaug",
}

#: SciPy's names of methods that Ravine has no counterpart of.
FOREIGN = ("nelder-mead", "powell", "cobyla", "cobyqa", "slsqp")


def method_of(method: Any, *, bounded: bool = False) -> Method | Custom:
    """The method that a name, a text with settings, or an object means.

    >>> method_of("lbfgs:memory=5,line_search=backtracking")
    LBFGS(line_search='backtracking', memory=5)
    >>> method_of("L-BFGS-B"), method_of(None)
    (LBFGSB(), Automatic())
    >>> method_of("sr1/steihaug/radius:trust.initial=0.5")
    Composition('sr1/steihaug/radius', trust={'initial': 0.5})
    """
    if isinstance(method, type) and issubclass(method, (Method, CustomMethod)):
        method = method()
    if isinstance(method, Method):
        return method
    if isinstance(method, CustomMethod):
        return Custom(method)
    if method is None:
        method = "auto"
    if not isinstance(method, str):
        raise TypeError(
            "method: must be a name or a method, of Ravine's or an object with `start` and `step`, "
            f"not {type(method).__name__}"
        )
    name, _, settings = method.partition(":")
    name = name.strip().lower()
    if "/" in name:
        return Composition(name, **json.loads(_core.read_settings(name, settings)))
    if name in FOREIGN:
        raise ValueError(
            f"method: Ravine has no {method!r}; it follows derivatives, and takes them by "
            "differences where there are none: leave the choice to 'auto'"
        )
    if name == "trust-constr":
        name = "tron" if bounded else "trust-steihaug"
    elif name == "tnc":
        name = "tron" if bounded else "newton-cg"
    name = _core.method_name(SCIPY.get(name, name))
    return Method._classes[name](**json.loads(_core.read_settings(name, settings)))
