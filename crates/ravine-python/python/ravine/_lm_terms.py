"""Settings that speak of columns: which columns of a design are those of a feature."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravine import _core
from ravine._lm_base import Vector
from ravine._lm_columns import MISSING, Coding, Column

#: Names of the directions of `monotonic_cst` in the core.
DIRECTIONS = {1: "rising", -1: "falling"}


@dataclass(frozen=True)
class Terms:
    """Features, and the columns of a design that stand for each."""

    features: list[str]
    #: Of each feature its columns; one of numbers has one, one of categories a column a level.
    spans: list[range]
    #: Which features are categories.
    categories: list[bool]
    #: Of each feature, how many of its columns, the first ones, are levels with an order.
    ordered: list[int]
    #: Which features left their first level out.
    without_base: list[bool]
    names: list[str]

    @classmethod
    def of(cls, design: _core.Design, columns: list[Column], coding: Coding | None) -> Terms:
        """The terms of a table that was coded, or of an array, whose features are its columns."""
        names = list(design.names)
        if coding is None:
            n = len(names)
            spans = [range(j, j + 1) for j in range(n)]
            return cls(names, spans, [False] * n, [1] * n, [False] * n, names)
        spans, ordered = [], []
        start = 0
        for levels, without in zip(coding.levels, coding.without_base, strict=True):
            count = 1 if levels is None else len(levels) - without
            missing = levels is not None and levels[-1] == MISSING
            spans.append(range(start, start + count))
            ordered.append(max(0, count - missing))
            start += count
        features = [str(column.name) for column in columns]
        categories = [levels is not None for levels in coding.levels]
        return cls(features, spans, categories, ordered, list(coding.without_base), names)

    def feature(self, argument: str, key: Any) -> int:
        """The number of a feature that is given by name or number."""
        if isinstance(key, str):
            if key in self.features:
                return self.features.index(key)
            raise ValueError(f"{argument}: {key!r} is no column; there are {_some(self.features)}")
        try:
            j = operator.index(key)
        except TypeError:
            message = f"{argument}: {key!r} is neither the name of a column nor its number"
            raise ValueError(message) from None
        if not 0 <= j < len(self.features):
            count = len(self.features)
            raise ValueError(f"{argument}: is {j}, but columns are numbered from 0 to {count - 1}")
        return j

    def columns(self, argument: str, key: Any) -> range:
        """The columns of a feature, or the one of a coefficient's name."""
        if isinstance(key, str) and key not in self.features and key in self.names:
            j = self.names.index(key)
            return range(j, j + 1)
        return self.spans[self.feature(argument, key)]

    def each(self, argument: str, value: Any, default: float) -> Vector:
        """A number a column: of one for all, of one a column, or of some by name or number."""
        columns = len(self.names)
        if isinstance(value, Mapping):
            array = np.full(columns, default)
            for key, number in value.items():
                array[list(self.columns(argument, key))] = _number(f"{argument}[{key!r}]", number)
            return array
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{argument}: is {value!r}, but must be numbers") from None
        if array.ndim == 0:
            array = np.full(columns, float(array))
        if array.shape != (columns,):
            raise ValueError(f"{argument}: has shape {array.shape}, but must have ({columns},)")
        return np.ascontiguousarray(array)

    def groups(self, argument: str, value: Any) -> list[dict[str, Any]]:
        """Groups of columns as the core takes them."""
        if value is None:
            return []
        if isinstance(value, str):
            if value != "categories":
                raise ValueError(
                    f"{argument}: is {value!r}, but must be 'categories' or lists of columns"
                )
            chosen = [
                list(span) for span, of in zip(self.spans, self.categories, strict=True) if of
            ]
        else:
            chosen = [self._members(f"{argument}[{k}]", own) for k, own in enumerate(value)]
        seen: dict[int, int] = {}
        for k, columns in enumerate(chosen):
            for j in columns:
                if j in seen:
                    raise ValueError(
                        f"{argument}[{k}]: has {self.names[j]!r}, which is in "
                        f"{argument}[{seen[j]}] already"
                    )
                seen[j] = k
        return [{"columns": columns} for columns in chosen if columns]

    def _members(self, argument: str, keys: Any) -> list[int]:
        one = isinstance(keys, str) or not isinstance(keys, Iterable)
        members = [j for key in ([keys] if one else keys) for j in self.columns(argument, key)]
        if not members:
            raise ValueError(f"{argument}: is empty, but must have at least one column")
        return members

    def signs(self, argument: str, value: Any) -> list[int]:
        """Directions of the features: 1, 0 or -1 each."""
        count = len(self.features)
        signs = [0] * count
        if value is None:
            return signs
        if isinstance(value, Mapping):
            pairs = [(self.feature(argument, key), key, sign) for key, sign in value.items()]
        else:
            given = list(np.ravel(np.asarray(value, dtype=object)))
            if len(given) != count:
                raise ValueError(f"{argument}: has {len(given)} entries, but X has {count} columns")
            pairs = [(j, j, sign) for j, sign in enumerate(given)]
        for j, key, sign in pairs:
            if isinstance(sign, (str, bytes)) or sign not in (-1, 0, 1):
                raise ValueError(f"{argument}[{key!r}]: is {sign!r}, but must be 1, 0 or -1")
            signs[j] = int(sign)
        return signs

    def ordered_columns(self, signs: list[int]) -> list[tuple[str, int]]:
        """The columns of the levels of categories with a direction, with the feature of each."""
        return [
            (self.features[f], j)
            for f, sign in enumerate(signs)
            if sign != 0 and self.categories[f]
            for j in self._levels(f)
        ]

    def _levels(self, feature: int) -> list[int]:
        return list(self.spans[feature])[: self.ordered[feature]]

    def monotone(self, signs: list[int]) -> list[dict[str, Any]]:
        """Terms of ordered levels as the core takes them."""
        terms = []
        for f, sign in enumerate(signs):
            if sign == 0 or not self.categories[f] or not self._levels(f):
                continue
            before = "reference" if self.without_base[f] else "nothing"
            terms.append(
                {"columns": self._levels(f), "direction": DIRECTIONS[sign], "before": before}
            )
        return terms

    def sloped(self, signs: list[int]) -> list[tuple[int, int]]:
        """Columns of numbers whose coefficient has a sign, with it."""
        return [
            (self.spans[f][0], sign)
            for f, sign in enumerate(signs)
            if sign != 0 and not self.categories[f]
        ]


def _number(argument: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{argument}: is {value!r}, but must be a number") from None


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")
