"""Linear operators in all the forms that Python has, read without copies; Ravine's given back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._arrays import real_array, unmasked

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator
else:
    LinearOperator = Any

Vector: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.float64]
Product: TypeAlias = Callable[[Vector], Any]
#: An array, a sparse matrix, a `scipy.sparse.linalg.LinearOperator`, a function `v -> A v`, or a
#: pair of functions `v -> A v` and `v -> A'v`.
Operator: TypeAlias = Any


def operator(a: Operator, n: int | None = None, rows: int | None = None, name: str = "A") -> Any:
    """`a` as the extension has it.

    Parameters
    ----------
    a
        What is to be multiplied by.
    n
        How many entries a function takes; of no use to what has a shape.
    rows
        How many entries a function gives; as many as it takes where this is None.
    name
        The argument's name, for errors.

    Raises
    ------
    TypeError
        If it is none of what is allowed, or its entries are not doubles.
    """
    held = getattr(a, "_operator", a)
    if isinstance(held, _core.Operator):
        return held
    if isinstance(a, _core.InverseHessian) and len(a.s) > 0:
        return _core.secant("lbfgs", a.s, a.y, True, 1.0)
    if hasattr(a, "tocsr") and hasattr(a, "format"):
        return _sparse(a, name)
    if hasattr(a, "matvec") and hasattr(a, "shape"):
        if getattr(a.dtype, "kind", "f") == "c":
            raise TypeError(f"{name}: is of dtype {a.dtype}, but must be real")
        return _core.Operator.calls(a.matvec, getattr(a, "rmatvec", None), *map(int, a.shape))
    if isinstance(a, tuple) and len(a) == 2 and all(callable(f) for f in a):
        return _functions(a[0], a[1], n, rows, name)
    if callable(a) and not hasattr(a, "__array__"):
        return _functions(a, None, n, rows, name)
    return _dense(a, name)


def _functions(
    apply: Product, adjoint: Product | None, n: int | None, rows: int | None, name: str
) -> _core.Operator:
    if n is None:
        raise TypeError(f"{name}: is a function, so that n must say how many entries it takes")
    return _core.Operator.calls(apply, adjoint, n if rows is None else rows, n)


def _sparse(a: Any, name: str) -> _core.Operator:
    _check_dtype(a.dtype, name)
    if a.format not in ("csr", "csc"):
        a = a.tocsr()
    shape = int(a.shape[0]), int(a.shape[1])
    return _core.Operator.sparse(a.format, shape, a.data, a.indices, a.indptr)


def _dense(a: Any, name: str) -> _core.Operator:
    if hasattr(a, "__array__"):
        unmasked(name, a)
        array = np.asarray(a)
        _check_dtype(array.dtype, name)
    elif isinstance(a, (list, tuple)):
        array = real_array(name, a)
    else:
        raise TypeError(
            f"{name}: is of type {type(a).__name__}, but must be an array, a sparse matrix, "
            "a LinearOperator or a function"
        )
    if array.ndim != 2:
        raise ValueError(f"{name}: has shape {array.shape}, but must have two dimensions")
    if not array.flags.aligned:
        raise ValueError(f"{name}: is not aligned in memory; pass a copy, {name}.copy()")
    return _core.Operator.dense(array)


def _check_dtype(dtype: Any, name: str) -> None:
    if dtype != np.float64:
        raise TypeError(
            f"{name}: is of dtype {dtype}, but must be float64, as it is not copied; "
            f"convert it by {name}.astype(float)"
        )


def vector(name: str, value: ArrayLike) -> Vector:
    """`value` as a vector of doubles, of one dimension or a column."""
    array = real_array(name, value)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name}: has shape {array.shape}, but must have one dimension")
    return np.ascontiguousarray(array)


@contextmanager
def named(**names: str) -> Iterator[None]:
    """Errors of the library in the words of Python: `named(tolerance="tol")`."""
    try:
        yield
    except (TypeError, ValueError) as error:
        setting, colon, rest = str(error).partition(":")
        if colon and setting in names:
            raise type(error)(f"{names[setting]}:{rest}") from None
        raise


def linear_operator(held: _core.Operator) -> LinearOperator:
    """An operator of the library as a `scipy.sparse.linalg.LinearOperator`."""
    return _scipy_class()(held)


@functools.cache
def _scipy_class() -> Any:
    """The class over SciPy's; made at its first use, as SciPy is optional and slow to import."""
    try:
        from scipy.sparse.linalg import LinearOperator
    except ImportError:
        raise ImportError("scipy is needed for this; install it: pip install scipy") from None

    class RavineOperator(LinearOperator):
        """An operator of Ravine: SciPy calls its products, and Ravine its Rust."""

        def __init__(self, held: _core.Operator) -> None:
            super().__init__(np.dtype(np.float64), held.shape)
            self._operator = held

        def _matvec(self, x: Vector) -> Vector:
            return self._operator.apply(vector("x", x))

        def _rmatvec(self, y: Vector) -> Vector:
            return self._operator.apply_adjoint(vector("y", y))

    return RavineOperator
