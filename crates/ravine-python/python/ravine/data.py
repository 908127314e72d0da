"""Data files as arrays.

>>> import ravine, tempfile, pathlib
>>> file = pathlib.Path(tempfile.mkdtemp()) / "homes.csv"
>>> _ = file.write_text("area,kind,price\\n50,flat,1.5\\n80,house,2.0\\n65,flat,1.9\\n")
>>> homes = ravine.data.read(file, target="price")
>>> homes.names
('area', 'kind=house')
>>> homes.X
array([[50.,  0.],
       [80.,  1.],
       [65.,  0.]])
>>> homes.y
array([1.5, 2. , 1.9])
>>> problem = ravine.problems.regression(homes, loss="squares")
>>> problem.dimension  # with the intercept
3
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._arrays import real_array

__all__ = ["Dataset", "read"]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A table of numbers and a target, ready for a model.

    Attributes
    ----------
    X
        A row a case, a column a feature; an array, or of a LIBSVM file a SciPy CSR array. The
        column of ones of an intercept is not among them. Of a sparse file that was standardized
        with an intercept the columns are divided but not shifted, as that would fill the zeros in;
        models subtract `means / deviations` all the same.
    y
        The target: numbers, or of classes their places in `classes`.
    names
        What the columns of `X` are called.
    target
        What the target is called.
    classes
        The names of the classes, sorted; None where the target is numbers.
    intercept
        Whether models of this data have a constant, as their first coefficient.
    means, deviations
        What was subtracted from each column, and what it was divided by then; None where the data
        was not standardized.
    source
        The file.
    """

    X: Any
    y: NDArray[Any]
    names: tuple[str, ...]
    target: str
    classes: tuple[str, ...] | None = field(default_factory=lambda: None)
    intercept: bool = True
    means: NDArray[np.float64] | None = field(default_factory=lambda: None)
    deviations: NDArray[np.float64] | None = field(default_factory=lambda: None)
    source: str = ""

    @property
    def coefficients(self) -> tuple[str, ...]:
        """The names of the coefficients of a model: those of the columns, after the intercept."""
        return (*(("(intercept)",) if self.intercept else ()), *self.names)

    def original_units(self, w: ArrayLike) -> NDArray[np.float64]:
        """Coefficients for the columns as they are in the file.

        Parameters
        ----------
        w
            Coefficients for the standardized columns, the intercept first where there is one.

        Returns
        -------
        ndarray
            The coefficients of the same model for the columns before they were standardized.

        Examples
        --------
        >>> import numpy as np
        >>> from ravine.data import Dataset
        >>> data = Dataset(
        ...     X=np.array([[-1.0], [1.0]]), y=np.zeros(2), names=("x",), target="y",
        ...     means=np.array([4.0]), deviations=np.array([2.0]))
        >>> data.original_units([10, 3])  # 10 + 3 (x - 4) / 2 = 4 + 1.5 x
        array([4. , 1.5])
        """
        w = real_array("w", w)
        expected = len(self.coefficients)
        if w.shape != (expected,):
            raise ValueError(f"w: has shape {w.shape}, but must have ({expected},)")
        if self.means is None or self.deviations is None:
            return w.copy()
        first = int(self.intercept)
        scaled = w[first:] / self.deviations
        return np.concatenate([w[:first] - self.means @ scaled, scaled])

    def __repr__(self) -> str:
        cases, columns = self.X.shape
        where = f" from {os.path.basename(self.source)}" if self.source else ""
        return f"<Dataset{where}: {cases} cases, {columns} columns, target {self.target!r}>"


def read(
    path: str | os.PathLike[str],
    target: str | int | None = None,
    *,
    ignore: str | int | Iterable[str | int] = (),
    intercept: bool = True,
    standardize: bool = False,
    header: bool | None = None,
) -> Dataset:
    """Read a CSV or LIBSVM file.

    Which of the two it is follows from its first line. In CSV files the delimiter (comma, semicolon
    or tab) and the header are recognized; a column of texts becomes indicators, the first level
    dropped.

    Parameters
    ----------
    path
        The file.
    target
        The column to be explained, by name or by number from 1. In a LIBSVM file it stands first on
        each line, and none is given.
    ignore
        Columns to leave out, by name or number.
    intercept
        Whether models of this data have a constant.
    standardize
        Bring columns to standard deviation 1 and, where there is an intercept to make up for it, to
        mean 0.
    header
        Whether the first line of a CSV file names the columns. By default it does unless one of its
        cells is a number; where all are, a warning says that they were taken for a row.

    Returns
    -------
    Dataset
        The columns and the target.

    Raises
    ------
    ValueError
        What is wrong in the file, with its line and column, or a column that is not there; the
        nearest name is suggested.
    FileNotFoundError
        Where there is no such file.

    Examples
    --------
    >>> import ravine, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "trial.csv"
    >>> _ = file.write_text("dose,survived\\n1,yes\\n2,yes\\n3,no\\n")
    >>> trial = ravine.data.read(file, target="survived")
    >>> trial
    <Dataset from trial.csv: 3 cases, 1 columns, target 'survived'>
    >>> trial.classes, trial.y
    (('no', 'yes'), array([1, 1, 0]))
    """
    columns = [ignore] if isinstance(ignore, (str, int)) else list(ignore)
    found = _core.read_data(
        os.fspath(path),
        None if target is None else str(target),
        [str(column) for column in columns],
        intercept,
        standardize,
        header,
    )
    if found["note"] is not None:
        warnings.warn(
            f"{os.fspath(path)}: {found['note']}: header=True, or False for a row", stacklevel=2
        )
    classes = None
    if "classes" in found:
        classes, y = found["classes"]
    else:
        y = found["numbers"]
    means = deviations = None
    if found["moments"] is not None:
        means, deviations = (np.asarray(moment, dtype=np.float64) for moment in found["moments"])
    return Dataset(
        X=found["dense"] if "dense" in found else _sparse(*found["sparse"]),
        y=y,
        names=tuple(found["names"]),
        target=found["target"],
        classes=None if classes is None else tuple(classes),
        intercept=intercept,
        means=means,
        deviations=deviations,
        source=os.fspath(path),
    )


def _sparse(starts: Any, columns: Any, values: Any, width: int) -> Any:
    try:
        from scipy.sparse import csr_array
    except ImportError as error:
        raise ImportError("sparse data files need SciPy: pip install 'ravine[scipy]'") from error
    return csr_array((values, columns, starts), shape=(len(starts) - 1, width))
