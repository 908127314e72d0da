"""Standard problems of smooth minimization, formulas and regressions.

Every problem has a start, the minima that are known, its source, and derivatives by Rust; it is a
function of NumPy arrays and serves :func:`ravine.minimize` and SciPy alike.

>>> import ravine
>>> p = ravine.problems.rosenbrock
>>> p(p.x0)
24.199999999999996
>>> p.minima[0].point
array([1., 1.])
>>> ravine.minimize(p).success
True
>>> from scipy.optimize import minimize
>>> bool(minimize(p, p.x0, jac=p.grad).success)
True

Every surface and every family of the list is an attribute by its name, with `_` for `-`;
:func:`named` takes parameters:

>>> ravine.problems.six_hump_camel
<Problem six-hump-camel: Six-hump camel, 2 variables>
>>> ravine.problems.named("quadratic:n=50,kappa=1e3").dimension
50
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core, data
from ravine._objective import real_array

__all__ = [
    "Listing",
    "Mgh",
    "Minimum",
    "Parameter",
    "Problem",
    "all",
    "formula",
    "mgh",
    "named",
    "problem",
    "regression",
]

Vector = NDArray[np.float64]


class Minimum(NamedTuple):
    """A known local minimum.

    >>> import ravine
    >>> ravine.problems.booth.minima
    (Minimum(value=0.0, point=array([1., 3.])),)
    """

    value: float
    """The value."""
    point: Vector | None
    """The point, where it is a single one and known."""


class Problem:
    """A function with everything needed to use it as a test.

    Made by :func:`named`, :func:`formula`, :func:`regression` and by :data:`mgh`. It holds no
    state: several threads may use it, and the interpreter is free while Rust evaluates. It pickles,
    by its specification or its data.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> p = ravine.problems.named("booth")
    >>> p([0, 0]), p.grad([0, 0])
    (74.0, array([-34., -38.]))
    >>> p.hess(p.x0)
    array([[10.,  8.],
           [ 8., 10.]])
    >>> p(np.ones((2, 3)))  # several points at once, along the first axis, as scipy.optimize.rosen
    array([20., 20., 20.])
    """

    def __init__(
        self, core: _core.Problem, make: Callable[..., Problem], arguments: tuple[Any, ...]
    ) -> None:
        self._core = core
        self._made = make, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self._made

    def __repr__(self) -> str:
        n = self.dimension
        variables = "1 variable" if n == 1 else f"{n} variables"
        name = "" if self.title == self.name else f"{self.name}: "
        more = "" if variables in self.title else f", {variables}"
        return f"<Problem {name}{self.title}{more}>"

    @functools.cached_property
    def _objective(self) -> _core.Objective:
        return self._core.objective()

    @property
    def name(self) -> str:
        """The specification that gives this problem again, such as `quadratic:n=100,kappa=1e4`."""
        return self._core.name

    @property
    def title(self) -> str:
        """What it is called in print."""
        return self._core.title

    @property
    def source(self) -> str:
        """Where it comes from."""
        return self._core.source

    @property
    def note(self) -> str:
        """What to watch when methods run on it; may be empty."""
        return self._core.note

    @property
    def dimension(self) -> int:
        """The number of variables."""
        return self._core.dimension

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables; empty where there are more than 1000."""
        return tuple(self._core.variables)

    @property
    def x0(self) -> Vector:
        """The standard start, a copy."""
        return self._core.start

    start = x0

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The known minima, the lowest first; empty where none is known."""
        return tuple(Minimum(*minimum) for minimum in self._core.minima)

    @property
    def bounds(self) -> tuple[Vector, Vector] | None:
        """Lower and upper bounds, as `scipy.optimize.Bounds(*p.bounds)` takes them; or None."""
        return self._core.bounds

    @property
    def window(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """In two dimensions, where to draw it: the ranges of both variables; or None."""
        window = self._core.window
        return None if window is None else (window[0], window[1])

    @property
    def derivatives(self) -> tuple[str, ...]:
        """What it supplies, of "gradient", "hessian_product", "hessian", "sparse_hessian",
        "residuals", "fisher", "finite_sum" and "hessian_root"."""
        return tuple(self._core.derivatives)

    def __call__(self, x: ArrayLike) -> Any:
        """The value at x; or the values at many points, `x[:, k]` for each k."""
        if not isinstance(x, np.ndarray) or x.ndim < 2:
            return self._core.value(x)
        return self._core.values(real_array("x", x))

    def grad(self, x: ArrayLike) -> Vector:
        """The gradient at x."""
        return self._core.value_and_gradient(x)[1]

    def value_and_grad(self, x: ArrayLike) -> tuple[float, Vector]:
        """Value and gradient in one, for `jac=True`."""
        return self._core.value_and_gradient(x)

    def hess(self, x: ArrayLike) -> Any:
        """The Hessian at x: an array; or a SciPy CSC array, where there are too many variables."""
        if "hessian" in self.derivatives:
            return self._core.hessian(x)
        if "sparse_hessian" in self.derivatives:
            return self.sparse_hess(x)
        raise ValueError(f"hess: {self.name} has none; hessp(x, v) has its products")

    def sparse_hess(self, x: ArrayLike) -> Any:
        """The Hessian at x as a SciPy CSC array, of problems that supply it."""
        if "sparse_hessian" not in self.derivatives:
            raise ValueError(f"sparse_hess: {self.name} has none")
        try:
            from scipy.sparse import csc_array
        except ImportError as error:
            raise ImportError("sparse Hessians need SciPy: pip install 'ravine[scipy]'") from error
        n = self.dimension
        return csc_array(self._core.sparse_hessian(x), shape=(n, n))

    def hessp(self, x: ArrayLike, v: ArrayLike) -> Vector:
        """The Hessian at x times v."""
        return self._core.hessian_product(x, v)

    def residuals(self, x: ArrayLike) -> Vector:
        """The residuals at x, of problems that have them; the value is the sum of their squares."""
        self._must_have_residuals("residuals")
        return self._core.residuals(x)

    def jacobian(self, x: ArrayLike) -> NDArray[np.float64]:
        """The Jacobian of the residuals at x, a row a residual."""
        self._must_have_residuals("jacobian")
        return self._core.jacobian(x)

    def _must_have_residuals(self, what: str) -> None:
        if "residuals" not in self.derivatives:
            raise ValueError(f"{what}: {self.name} is not a sum of squared residuals")


def named(spec: str, **parameters: Any) -> Problem:
    """The problem of a specification `name:key=value,...`.

    Parameters
    ----------
    spec
        A name of :func:`all`, perhaps with parameters; `mgh:14` or `mgh:wood` of the set of Moré,
        Garbow and Hillstrom.
    **parameters
        Parameters, which may be given this way, too.

    Raises
    ------
    ValueError
        A name or parameter that there is not; the nearest is suggested.

    Examples
    --------
    >>> import ravine
    >>> ravine.problems.named("quadratic", n=20, kappa=1e3)
    <Problem quadratic:n=20,kappa=1000,spectrum=log: Quadratic, ...>
    >>> ravine.problems.named("rosenbrok")
    Traceback (most recent call last):
        ...
    ValueError: problem: there is no `rosenbrok`; did you mean `rosenbrock`?; there are ...
    """
    if not isinstance(spec, str):
        raise TypeError(f"spec: must be a text, not {type(spec).__name__}")
    if parameters:
        pairs = ",".join(f"{key}={_written(value)}" for key, value in parameters.items())
        spec = f"{spec}{',' if ':' in spec else ':'}{pairs}"
    core = _core.Problem.named(spec)
    return Problem(core, named, (core.name,))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def formula(text: str, start: ArrayLike | None = None) -> Problem:
    """A formula as a problem, with exact derivatives.

    Parameters
    ----------
    text
        Such as `"(1-x)^2 + 100*(y-x^2)^2"`. Any word that is not a function is a variable; the
        variables are sorted by name. Powers are `^` or `**`; `2x` is `2*x`; there are `exp`, `log`,
        `sqrt`, `sin`, `cos`, `tanh`, `atan2`, `min`, `max`, `logsumexp` and others.
    start
        The start; by default the first of some usual ones where value and gradient are finite and
        there is something to do.

    Raises
    ------
    ValueError
        A mistake in the formula, with its place, or a start that does not fit.

    Examples
    --------
    >>> import ravine
    >>> p = ravine.problems.formula("(a - 1)^4 + (a - 2b)^2", start=[0, 3])
    >>> p.variables, p.x0
    (('a', 'b'), array([0., 3.]))
    >>> ravine.problems.formula("sin(x) + )")
    Traceback (most recent call last):
        ...
    ValueError: formula: expected a number, a variable, a function or `(`, not `)`, at character 10:
      sin(x) + )
               ^
    """
    if not isinstance(text, str):
        raise TypeError(f"text: must be a text, not {type(text).__name__}")
    given = None if start is None else np.atleast_1d(real_array("start", start)).tolist()
    core = _core.Problem.formula(text, given)
    return Problem(core, formula, (text, core.start))


def problem(text: str) -> Problem:
    """What a text stands for: the name of a problem, or a formula.

    A word, perhaps with parameters after a colon, is a name; anything else is a formula. The
    command `ravine` reads its PROBLEM the same way.

    >>> import ravine
    >>> ravine.problems.problem("six-hump-camel")
    <Problem six-hump-camel: Six-hump camel, 2 variables>
    >>> ravine.problems.problem("x^2 - x*y + 3y^2")
    <Problem x^2 - x*y + 3y^2, 2 variables>
    """
    if not isinstance(text, str):
        raise TypeError(f"text: must be a text, not {type(text).__name__}")
    return named(text) if _core.is_name(text) else formula(text)


def regression(
    X: Any,
    y: Any = None,
    *,
    loss: str,
    l2: float = 0.0,
    intercept: bool | None = None,
    names: Sequence[str] | None = None,
) -> Problem:
    """A generalized linear model of data, as a function of its coefficients.

    `f(w) = mean_i loss(x_i'w, y_i) + l2/2 |w|^2`, the intercept not penalized, with Hessian
    products that cost two passes over the data, and dense Hessians up to 2000 coefficients. The
    data is copied once, and shared by all threads and runs.

    Parameters
    ----------
    X
        An array, a row a case; a SciPy sparse matrix or array; a :class:`ravine.data.Dataset`; or
        the path of a file, which :func:`ravine.data.read` reads.
    y
        The target: numbers, or for `"logistic"` any two classes. Of a file, the column's name or
        number; of a dataset, nothing.
    loss
        `"logistic"`: the negative log-likelihood `log(1 + exp(eta)) - y eta` of two classes;
        `"squares"`: `(eta - y)^2`; `"poisson"`: `exp(eta) - y eta` for counts.
    l2
        The weight of the penalty.
    intercept
        Whether there is a constant, as the first coefficient; default True, of a dataset its own.
    names
        What the columns are called; default `x1`, `x2`, ...

    Examples
    --------
    >>> import numpy as np, ravine
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> p = ravine.problems.regression(X, [0, 1, 0, 1], loss="logistic", l2=0.1)
    >>> p.variables, p.note
    (('(intercept)', 'x1'), 'class 1 is 1, class 0 is 0')
    >>> round(p([0, 0]), 6)  # log(2)
    0.693147
    """
    if isinstance(X, (str, os.PathLike)):
        X, y = data.read(X, target=y, intercept=intercept is not False), None
    if isinstance(X, data.Dataset):
        return _of_dataset(X, y, loss, l2, intercept, names)
    if y is None:
        raise TypeError("y: is missing; only data files and datasets bring their own target")
    return _regression(
        "regression",
        "y",
        _columns(X),
        np.asarray(y),
        None,
        loss,
        l2,
        intercept is not False,
        None if names is None else tuple(names),
        None,
    )


def _of_dataset(
    given: data.Dataset, y: Any, loss: str, l2: float, intercept: bool | None, names: Any
) -> Problem:
    for name, value in (("y", y), ("names", names)):
        if value is not None:
            raise TypeError(f"{name}: a dataset brings its own")
    if intercept not in (None, given.intercept):
        raise ValueError(f"intercept: is {intercept}, but the dataset says {given.intercept}")
    moments = None
    if given.means is not None and given.deviations is not None:
        moments = (given.means, given.deviations)
    return _regression(
        given.source or "regression",
        given.target,
        _columns(given.X),
        given.y,
        given.classes,
        loss,
        l2,
        given.intercept,
        given.names,
        moments,
    )


def _columns(X: Any) -> Any:
    """X as an array of doubles of two dimensions, or as a CSR array."""
    if hasattr(X, "tocsr"):
        X = X.tocsr(copy=True)
        X.sum_duplicates()
        entries = real_array("X", X.data)
    else:
        entries = X = real_array("X", X)
    if X.ndim != 2:
        raise ValueError(f"X: has shape {X.shape}, but must have two dimensions: a row a case")
    finite = np.isfinite(entries)
    if not finite.all():
        place = tuple(int(k) for k in np.argwhere(~finite)[0])
        raise ValueError(f"X: entry {place} is {entries[place]}, but all must be finite")
    return X


def _regression(
    name: str,
    target: str,
    X: Any,
    y: NDArray[Any],
    levels: tuple[str, ...] | None,
    loss: str,
    l2: float,
    intercept: bool,
    names: tuple[str, ...] | None,
    moments: tuple[Vector, Vector] | None,
) -> Problem:
    cases, width = X.shape
    if y.shape != (cases,):
        raise ValueError(f"y: has shape {y.shape}, but must have ({cases},), one value a row of X")
    if names is not None and len(names) != width:
        raise ValueError(f"names: are {len(names)}, but must be {width}, one a column of X")
    numbers = classes = None
    if levels is not None:
        classes = list(levels), y.astype(np.uint32)
    elif y.dtype.kind in "OUSb":
        found, codes = np.unique(y.astype(str), return_inverse=True)
        classes = found.tolist(), codes.astype(np.uint32)
    else:
        numbers = real_array("y", y)
    dense = sparse = None
    if isinstance(X, np.ndarray):
        dense = X
    else:
        sparse = (
            X.indptr.astype(np.int64),
            X.indices.astype(np.int64),
            real_array("X", X.data),
            width,
        )
    core = _core.regression(
        name,
        target,
        dense=dense,
        sparse=sparse,
        names=list(names or (f"x{j}" for j in range(1, width + 1))),
        intercept=intercept,
        moments=None if moments is None else (moments[0].tolist(), moments[1].tolist()),
        numbers=numbers,
        classes=classes,
        loss=loss,
        l2=float(l2),
    )
    arguments = (name, target, X, y, levels, loss, l2, intercept, names, moments)
    return Problem(core, _regression, arguments)


class Parameter(NamedTuple):
    """A parameter of a problem, given as `name:key=value`.

    >>> import ravine
    >>> valley = next(p for p in ravine.problems.all() if p.name == "valley")
    >>> valley.parameters[0]
    Parameter(name='kappa', default='...', meaning='condition number')
    """

    name: str
    """The key."""
    default: str
    """The value where none is given, in words."""
    meaning: str
    """What it is."""


@dataclass(frozen=True)
class Listing:
    """A problem as :func:`all` lists it: with its default parameters.

    Attributes
    ----------
    name
        What :func:`named` takes.
    title
        What it is called in print.
    dimension
        The number of variables.
    derivatives
        What it supplies.
    source
        Where it comes from.
    parameters
        What can be given after the name.
    """

    name: str
    title: str
    dimension: int
    derivatives: tuple[str, ...]
    source: str
    parameters: tuple[Parameter, ...]

    def problem(self) -> Problem:
        """The problem."""
        return named(self.name)


def all() -> tuple[Listing, ...]:
    """What there is: surfaces, families with parameters, the classic demonstrations, and the
    problems of Moré, Garbow and Hillstrom by number.

    >>> import ravine
    >>> wood = next(listing for listing in ravine.problems.all() if listing.name == "mgh:14")
    >>> wood.title, wood.dimension
    ('Wood', 4)
    """
    return tuple(
        Listing(
            name=found["name"],
            title=found["title"],
            dimension=found["dimension"],
            derivatives=tuple(found["derivatives"]),
            source=found["source"],
            parameters=tuple(Parameter(*parameter) for parameter in found["parameters"]),
        )
        for found in _core.list_problems()
    )


class Mgh:
    """The problems of Moré, Garbow and Hillstrom, ACM Trans. Math. Softw. 7 (1981) 17-41.

    Each is a sum of squares, with no factor one half. Iteration gives 42 problems: the 35, those
    that come in several sizes in each size of the paper. `mgh[14]` and `mgh["wood"]` give one at
    its first size, `mgh(20, n=9)` at another.

    Examples
    --------
    >>> from ravine.problems import mgh
    >>> len(mgh), mgh[14], mgh["wood"].name
    (42, <Problem mgh:14: Wood, 4 variables>, 'mgh:14')
    >>> mgh(20, n=9)
    <Problem mgh:20,n=9: Watson, 9 variables>
    >>> max(p.dimension for p in mgh)
    12
    """

    def __iter__(self) -> Iterator[Problem]:
        return (named(name) for _, name in _core.list_mgh())

    def __len__(self) -> int:
        return len(_core.list_mgh())

    def __call__(self, which: int | str, n: int | None = None, m: int | None = None) -> Problem:
        """One problem by number or name, with n variables and m residuals."""
        sizes = {key: size for key, size in (("n", n), ("m", m)) if size is not None}
        return named(f"mgh:{which}", **sizes)

    def __getitem__(self, which: int | str) -> Problem:
        return self(which)

    def __repr__(self) -> str:
        return "<the problems of Moré, Garbow and Hillstrom>"


#: The problems of Moré, Garbow and Hillstrom.
mgh = Mgh()


@functools.cache
def _attributes() -> dict[str, str]:
    """The names of problems that stand alone, as Python writes them."""
    names = (found["name"] for found in _core.list_problems())
    return {name.replace("-", "_"): name for name in names if ":" not in name}


def __getattr__(name: str) -> Problem:
    # Private names are asked for by many tools.
    if not name.startswith("_") and name in _attributes():
        return named(_attributes()[name])
    raise AttributeError(f"module 'ravine.problems' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_attributes()])
