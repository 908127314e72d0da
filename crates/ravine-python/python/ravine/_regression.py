"""Generalized linear models of data, as problems."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core, data
from ravine._arrays import Vector, real_array, unmasked
from ravine._problem import Problem


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
    unmasked("y", y)
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
