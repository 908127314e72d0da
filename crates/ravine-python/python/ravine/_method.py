"""What all methods have in common."""

from __future__ import annotations

import copy
import inspect
import json
from typing import Any, ClassVar

from ravine import _core
from ravine._settings import to_json

#: The catalogue, by name.
CATALOGUE: dict[str, dict[str, Any]] = {
    entry["name"]: entry for entry in json.loads(_core.methods())
}

#: What settings are.
MEANING = {
    "acceleration": '"none", or {"geodesic": {"ratio": 0.75}}: correction for curved residuals',
    "acceptance": "the least share of the predicted decrease that a step must realize",
    "beta": '"polak_ribiere", "hestenes_stiefel", "dai_yuan" or "hager_zhang"',
    "beta1": "the share of the average gradient that is kept, in [0, 1)",
    "beta2": "the share of the average square that is kept, in [0, 1)",
    "damping": "added to the diagonal of the Fisher information",
    "decay": "AdamW: the decay of the weights; RMSProp: the share of the average that is kept",
    "decrease": "the share of the decrease predicted by the slope that must be realized",
    "epsilon": "added to the root, positive",
    "factorization": '"modified_cholesky" or "eigenvalue": how the Hessian is made definite',
    "forcing": "the largest forcing term, also the first",
    "form": '"two_loop" or "compact": how the matrix is applied',
    "formula": '"long", "short", "alternating" or "adaptive": which step is taken',
    "gauss_newton": "settings of who begins where there are as many residuals as variables",
    "l1": "the weight of the L1 term",
    "largest_rank": "the largest rank; None for half of the dimension, at most 500",
    "least_step": "the shortest step, as a share, that leaves Gauss-Newton in charge",
    "levenberg_marquardt": "settings of who begins elsewhere",
    "line_search": (
        '"more_thuente", "hager_zhang", "backtracking", "exact" or "fixed", '
        'or with settings {"more_thuente": {"slope": 0.5}}'
    ),
    "loss_curvature": 'the curvature of losses other than the square: "second" or "first"',
    "memory": (
        "the number of secant pairs kept; Barzilai-Borwein: how slowly old values are forgotten, "
        "in [0, 1]"
    ),
    "momentum": "the share of the velocity that is kept, in [0, 1)",
    "newton": "settings of who ends where residuals stay large",
    "offset": "the relative offset below which a step counts against the linear model",
    "patience": "how many such steps in a row are waited for",
    "products": "most Hessian products a step; None for twice the dimension and ten more",
    "radius": "how the radius is set: initial, largest, accept, shrink, grow, ...",
    "rank": "the rank of the first approximation",
    "restart": 'Nesterov: "never" or "gradient"; else Powell\'s rule, None for never',
    "rows": "the rows of the first sketch; None for as many as variables",
    "sample": "the cases of the first sample; None for a tenth of all, at least 100",
    "schedule": '"convex", or {"constant": 0.9}: how the momentum is chosen',
    "seed": "of what is random",
    "signs": "how many signs a column of the sketch has",
    "skip": "where the update is skipped",
    "step": "the length of the step; of trust regions, how it is found: accuracy, products, ...",
    "subspace": "the dimension of the subspaces; None for 50",
    "trust": "how far a step is trusted",
    "unpenalized": 'variables without L1 term, {"start": 0, "end": 1}',
    "weight": "how the weight of the cubic term is set: initial, smallest, grow, ...",
}


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

    def __init_subclass__(cls, *, name: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = name
        Method._classes.setdefault(name, cls)
        defaults = CATALOGUE[name]["settings"]
        keyword = inspect.Parameter.KEYWORD_ONLY
        cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(name, keyword, default=value) for name, value in defaults.items()]
        )
        doc = inspect.cleandoc(cls.__doc__ or "")
        if defaults:
            doc += "\n\nParameters\n----------\n" + "\n".join(
                f"{name}\n    {MEANING[name]}. Default {value!r}."
                for name, value in defaults.items()
            )
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
    def settings(self) -> dict[str, Any]:
        """The settings that were given."""
        return copy.deepcopy(self._settings)

    @property
    def defaults(self) -> dict[str, Any]:
        """All settings with their defaults."""
        return copy.deepcopy(CATALOGUE[self.name]["settings"])

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in CATALOGUE[type(self).name]["settings"]:
            return (self.defaults | self.settings)[name]
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def __call__(self, fun: Any, x0: Any, args: Any = (), **kwargs: Any) -> Any:
        """Minimize as a method of `scipy.optimize.minimize`, which passes options as keywords."""
        from ravine._minimize import solve
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


def method_of(method: Any, *, bounded: bool = False) -> Method:
    """The method that a name, a text with settings, or an object means.

    >>> method_of("lbfgs:memory=5,line_search=backtracking")
    LBFGS(line_search='backtracking', memory=5)
    >>> method_of("L-BFGS-B"), method_of(None)
    (LBFGSB(), Automatic())
    """
    if isinstance(method, Method):
        return method
    if isinstance(method, type) and issubclass(method, Method):
        return method()
    if method is None:
        method = "auto"
    if not isinstance(method, str):
        raise TypeError(
            f"method: must be a name or a method of Ravine's, not {type(method).__name__}"
        )
    name, _, settings = method.partition(":")
    name = name.strip().lower()
    if name in FOREIGN:
        raise ValueError(
            f"method: Ravine has no {method!r}; it follows derivatives, and takes them by "
            "differences where there are none: leave the choice to 'auto'"
        )
    if name == "trust-constr":
        name = "tron" if bounded else "trust-steihaug"
    elif name == "tnc":
        name = "tron" if bounded else "newton-cg"
    name = SCIPY.get(name, name)
    if name not in Method._classes:
        raise ValueError(f"method: there is no {method!r}; there are {', '.join(CATALOGUE)}")
    return Method._classes[name](**json.loads(_core.read_settings(name, settings)))
