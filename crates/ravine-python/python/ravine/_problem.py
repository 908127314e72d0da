"""What a problem is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._arrays import Vector, real_array


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
        "residuals", "fisher", "finite_sum", "hessian_root", "case_gradients" and
        "drawn_gradients"."""
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
