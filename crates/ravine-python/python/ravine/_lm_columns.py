"""Arrays and tables as design matrices: categories and text as codes, never written out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine import _core

#: The level of missing values where these are one.
MISSING = "(missing)"


@dataclass
class Factor:
    """A column of categories: a code a row, below zero where there is none, and what codes mean."""

    codes: NDArray[np.int64]
    levels: list[Any]


@dataclass
class Column:
    """A column of a table: numbers or a factor."""

    name: Any
    values: NDArray[np.float64] | Factor


def is_table(X: Any) -> bool:
    """Whether X is a table whose columns may be of several kinds, not an array."""
    home = type(X).__module__.partition(".")[0]
    if home == "pandas" or (hasattr(X, "iloc") and hasattr(X, "dtypes")):
        return hasattr(X, "columns") and any(_is_factor(dtype) for dtype in X.dtypes)
    return home in ("polars", "pyarrow") or hasattr(X, "__arrow_c_stream__")


def table_columns(X: Any) -> list[Column]:
    """The columns of a table of pandas, polars or Arrow.

    >>> import pandas
    >>> x, g = table_columns(pandas.DataFrame({"x": [1, 2], "g": ["b", "a"]}))
    >>> x.values
    array([1., 2.])
    >>> g.values
    Factor(codes=array([1, 0]), levels=['a', 'b'])
    """
    if hasattr(X, "iloc"):
        return [Column(name, _of_pandas(name, X.iloc[:, j])) for j, name in enumerate(X.columns)]
    if type(X).__module__.partition(".")[0] == "polars":
        if not hasattr(X, "iter_columns"):
            raise TypeError("X: is a lazy frame; collect it first")
        return [Column(column.name, _of_polars(column)) for column in X.iter_columns()]
    if not hasattr(X, "column_names"):
        import pyarrow

        X = pyarrow.table(X)
    return [Column(name, _of_arrow(name, X.column(name))) for name in X.column_names]


def _is_factor(dtype: Any) -> bool:
    return str(dtype) in ("category", "object", "str") or str(dtype).startswith("string")


def _of_pandas(name: Any, series: Any) -> NDArray[np.float64] | Factor:
    if str(series.dtype) == "category":
        codes = series.cat.codes.to_numpy().astype(np.int64)
        return Factor(codes, series.cat.categories.tolist())
    if _is_factor(series.dtype):
        missing = series.isna().to_numpy()
        return of_values(name, series.to_numpy(dtype=object), missing)
    if getattr(series.dtype, "kind", "O") not in "biuf":
        raise _kind_error(name, series.dtype)
    return _numbers(name, lambda: series.to_numpy(dtype=np.float64, na_value=np.nan), series.dtype)


def _of_polars(column: Any) -> NDArray[np.float64] | Factor:
    kind = str(column.dtype).partition("(")[0]
    if kind in ("Categorical", "Enum", "String"):
        declared = list(column.dtype.categories) if kind == "Enum" else None
        missing = column.is_null().to_numpy()
        return of_values(column.name, np.asarray(column.to_list(), dtype=object), missing, declared)
    if not column.dtype.is_numeric() and kind != "Boolean":
        raise _kind_error(column.name, column.dtype)
    import polars

    return _numbers(
        column.name,
        lambda: column.cast(polars.Float64).fill_null(float("nan")).to_numpy(),
        column.dtype,
    )


def _of_arrow(name: str, column: Any) -> NDArray[np.float64] | Factor:
    import pyarrow

    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        column = column.combine_chunks()
        column = column.chunk(0) if hasattr(column, "chunk") else column
        indices = column.indices
        codes = indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return Factor(codes, column.dictionary.to_pylist())
    if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
        missing = column.is_null().to_numpy()
        return of_values(name, np.asarray(column.to_pylist(), dtype=object), missing)
    if pyarrow.types.is_boolean(kind):
        column = column.cast(pyarrow.int8())
    return _numbers(name, lambda: column.cast(pyarrow.float64()).to_numpy(), kind)


def _numbers(name: Any, read: Any, dtype: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(read(), dtype=np.float64)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _kind_error(name, dtype) from error


def _kind_error(name: Any, dtype: Any) -> TypeError:
    return TypeError(
        f"X: the column {name!r} is of type {dtype}, but must be of numbers, of categories or "
        "of text"
    )


def of_values(
    name: Any, values: NDArray[Any], missing: NDArray[np.bool_], declared: Any = None
) -> NDArray[np.float64] | Factor:
    """Text as a factor, its levels in order; objects that are all numbers as numbers."""
    present = values[~missing]
    texts = all(isinstance(value, str) for value in present)
    if not texts:
        numbers = np.full(len(values), np.nan)
        try:
            numbers[~missing] = present.astype(np.float64)
        except (TypeError, ValueError):
            raise TypeError(
                f"X: the column {name!r} has objects that are neither text nor numbers"
            ) from None
        return numbers
    levels, inverse = np.unique(present.astype(str), return_inverse=True)
    codes = np.full(len(values), -1, dtype=np.int64)
    if declared is None:
        codes[~missing] = inverse
        return Factor(codes, levels.tolist())
    place = {level: code for code, level in enumerate(declared)}
    codes[~missing] = np.array([place[level] for level in levels.tolist()], dtype=np.int64)[inverse]
    return Factor(codes, list(declared))


@dataclass
class Coding:
    """How the columns of tables become those of a design, learnt from one."""

    #: The levels of each column, or None of one of numbers.
    levels: list[list[Any] | None]
    #: Which columns leave their first level out.
    without_base: list[bool]
    missing: str

    @classmethod
    def of(cls, columns: list[Column], missing: str, drop: str, intercept: bool) -> Coding:
        """Learns the levels. `drop` is `none`, `first` for all but what the intercept carries."""
        levels: list[list[Any] | None] = []
        without = []
        # Without an intercept the first factor keeps its base in its place.
        carried = intercept
        for column in columns:
            if not isinstance(column.values, Factor):
                levels.append(None)
                without.append(False)
                continue
            factor = column.values
            seen = np.unique(factor.codes[factor.codes >= 0])
            own = [factor.levels[code] for code in seen]
            if missing == "convert" and (factor.codes < 0).any():
                own.append(MISSING)
            if not own:
                raise ValueError(f"X: the column {column.name!r} has only missing values")
            levels.append(own)
            without.append(drop == "first" and carried)
            carried = True
        return cls(levels, without, missing)

    def design(self, columns: list[Column]) -> _core.Design:
        """The design of a table with the same columns."""
        blocks: list[Any] = []
        names: list[str] = []
        numbers: list[NDArray[np.float64]] = []

        def close() -> None:
            if numbers:
                blocks.append(np.column_stack(numbers))
                numbers.clear()

        for column, levels, without in zip(columns, self.levels, self.without_base, strict=True):
            if levels is None:
                numbers.append(_finite(column))
                names.append(str(column.name))
                continue
            codes = self._codes(column, levels)
            kept = levels[1:] if without else levels
            if not kept:
                continue
            close()
            blocks.append(((codes - 1 if without else codes).astype(np.int32), len(kept)))
            mark = "T." if without else ""
            names += [f"{column.name}[{mark}{level}]" for level in kept]
        close()
        if not blocks:
            rows = 0 if not columns else _length(columns[0])
            blocks.append(np.empty((rows, 0)))
        return _core.Design(blocks, names)

    def _codes(self, column: Column, levels: list[Any]) -> NDArray[np.int64]:
        factor = column.values
        if not isinstance(factor, Factor):
            found, inverse = np.unique(factor, return_inverse=True)
            factor = Factor(inverse, found.tolist())
        missing = factor.codes < 0
        if missing.any():
            if self.missing == "fail":
                raise ValueError(
                    f"X: the column {column.name!r} has a missing value (NaN) in row "
                    f"{int(np.flatnonzero(missing)[0])}; fill it in, or see categorical_missing"
                )
            if self.missing == "convert" and MISSING not in levels:
                row = int(np.flatnonzero(missing)[0])
                raise ValueError(
                    f"X: the column {column.name!r} has a missing value in row {row}, but had none "
                    "in the fit"
                )
        place = {level: code for code, level in enumerate(levels)}
        unseen = len(levels)
        codes = np.array([place.get(level, unseen) for level in factor.levels] + [-1])[factor.codes]
        if self.missing == "convert":
            codes[missing] = place.get(MISSING, -1)
        if (codes == unseen).any():
            row = int(np.flatnonzero(codes == unseen)[0])
            value = factor.levels[factor.codes[row]]
            raise ValueError(
                f"X: the column {column.name!r} has {value!r} in row {row}, a category that the "
                f"fit has not seen; it knows {_list(levels)}"
            )
        return codes


def _list(levels: Iterable[Any]) -> str:
    texts = [repr(level) for level in levels]
    return ", ".join(texts[:8]) + (f" and {len(texts) - 8} more" if len(texts) > 8 else "")


def _length(column: Column) -> int:
    return len(column.values.codes if isinstance(column.values, Factor) else column.values)


def _finite(column: Column) -> NDArray[np.float64]:
    values = column.values
    if isinstance(values, Factor):
        raise ValueError(
            f"X: the column {column.name!r} has text or categories, but had numbers in the fit"
        )
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        kind = "NaN" if np.isnan(values[row]) else "infinity"
        raise ValueError(f"Input X contains {kind}: the column {column.name!r}, row {row}")
    return values


def array_design(X: Any, names: list[str]) -> _core.Design:
    """The design of an array or a CSR matrix."""
    if hasattr(X, "indptr"):
        parts = (X.indptr.astype(np.int64), X.indices.astype(np.int64), X.data, X.shape[1])
        return _core.Design([parts], names)
    return _core.Design([X], names)
