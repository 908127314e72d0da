"""Cases that networks learn from, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine._arrays import real_array, unmasked
from ravine._nn_model import _seed
from ravine._settings import number


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """Cases with their targets, and the loss that compares a network with them.

    Made by :func:`classification`, :func:`regression`, :func:`autoencoding`, :func:`counts` and
    :func:`sequences`. Numbers are taken as they are: bring columns to a common scale before.

    Attributes
    ----------
    X
        The cases, along the first axis.
    targets
        What the loss compares the outputs with, a row a case; of classes their numbers.
    loss
        `"cross-entropy"`, `"squared-error"`, `"bernoulli"`, `"gaussian"` or `"poisson"`.
    variance
        Of a squared error, `(t - z)^2 / (2 variance)`.
    classes
        What the classes are called, in the order of their numbers; else None.
    single
        Whether networks are trained in single precision on it.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine import nn
    >>> data = nn.classification(np.zeros((4, 2)), ["a", "b", "a", "b"])
    >>> data
    <Data: 4 cases of (2,), cross-entropy, 2 classes>
    >>> learnt, held_out = data.split(0.25, seed=1)
    >>> len(learnt), len(held_out)
    (3, 1)
    """

    X: NDArray[Any]
    targets: NDArray[np.float64]
    loss: str
    variance: float = 1.0
    classes: tuple[Any, ...] | None = field(default_factory=lambda: None)
    single: bool = False

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, rows: Any) -> Data:
        """Some of the cases: a slice, a mask or their numbers."""
        if isinstance(rows, (int, np.integer)):
            rows = [rows]
        return replace(self, X=self.X[rows], targets=self.targets[rows])

    def split(self, share: float, *, seed: int = 0) -> tuple[Data, Data]:
        """Cases to learn from and this share of them to hold out, drawn at random.

        Raises
        ------
        ValueError
            If one of the two would be empty.
        """
        held = round(number("share", share) * len(self))
        if not 0 < held < len(self):
            raise ValueError(f"share: is {share}, but must leave a case on either side")
        order = np.random.default_rng(_seed(seed)).permutation(len(self))
        return self[np.sort(order[held:])], self[np.sort(order[:held])]

    def __repr__(self) -> str:
        classes = "" if self.classes is None else f", {len(self.classes)} classes"
        return f"<Data: {len(self)} cases of {self.X.shape[1:]}, {self.loss}{classes}>"


def _cases(X: ArrayLike) -> tuple[NDArray[Any], bool]:
    """The cases, and whether they are in single precision."""
    single = getattr(X, "dtype", None) == np.float32
    array = real_array("X", X)
    if array.ndim < 2 or array.size == 0:
        raise ValueError(f"X: has shape {array.shape}, but must have cases along the first axis")
    if not np.isfinite(array).all():
        raise ValueError("X: must be finite")
    return array, single


def _rows(y: ArrayLike, cases: int) -> tuple[NDArray[np.float64], bool]:
    """Numbers to be predicted, a row a case, and whether they keep single precision."""
    dtype = getattr(y, "dtype", None)
    single = dtype == np.float32 or getattr(dtype, "kind", "f") in "iub"
    array = real_array("y", y)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or len(array) != cases:
        raise ValueError(f"y: has shape {array.shape}, but must have {cases} rows, one a case")
    return array, single


def classification(X: ArrayLike, y: ArrayLike, *, classes: Sequence[Any] | None = None) -> Data:
    """Cases of classes, for a network with an output for each: cross entropy.

    Parameters
    ----------
    X
        The cases, along the first axis.
    y
        The class of each case: numbers, texts or truth values.
    classes
        All classes, in the order of the outputs. By default those in `y`, sorted.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.classification([[0.0], [1.0]], ["no", "yes"]).classes
    ('no', 'yes')
    """
    array, single = _cases(X)
    unmasked("y", y)
    labels = np.asarray(y)
    if labels.shape != (len(array),):
        raise ValueError(f"y: has shape {labels.shape}, but must have ({len(array)},)")
    names = list(np.unique(labels) if classes is None else classes)
    places = {_plain(name): place for place, name in enumerate(names)}
    unknown = next((label for label in labels if _plain(label) not in places), None)
    if unknown is not None:
        raise ValueError(f"y: has {_plain(unknown)!r}, but classes has {list(places)}")
    if len(names) < 2:
        raise ValueError(f"y: has the class {list(places)} alone, but must have two or more")
    codes = np.array([places[_plain(label)] for label in labels], dtype=np.float64)
    return Data(array, codes[:, None], "cross-entropy", classes=tuple(places), single=single)


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def regression(X: ArrayLike, y: ArrayLike, *, variance: float | None = 1.0) -> Data:
    """Cases with numbers, for a network with as many outputs: half the squared error.

    Parameters
    ----------
    X
        The cases, along the first axis.
    y
        The numbers: one a case, or a row a case.
    variance
        The loss is `sum (y - z)^2 / (2 variance)`, the negative logarithm of a normal distribution
        up to a constant. None: the network predicts it, by as many outputs again for its
        logarithms, after those for the means.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.regression([[0.0], [1.0]], [2.0, 3.0]).targets
    array([[2.],
           [3.]])
    """
    array, single = _cases(X)
    targets, also = _rows(y, len(array))
    if variance is None:
        return Data(array, targets, "gaussian", single=single and also)
    scale = number("variance", variance)
    if scale <= 0:
        raise ValueError(f"variance: is {scale}, but must be positive")
    return Data(array, targets, "squared-error", variance=scale, single=single and also)


def counts(X: ArrayLike, y: ArrayLike) -> Data:
    """Cases with counts, for a network whose outputs are logarithms of rates: Poisson.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.counts([[0.0], [1.0]], [2, 0]).loss
    'poisson'
    """
    array, single = _cases(X)
    targets, also = _rows(y, len(array))
    if (targets < 0).any():
        raise ValueError(f"y: has {targets.min()}, but must not be negative")
    return Data(array, targets, "poisson", single=single and also)


def autoencoding(X: ArrayLike) -> Data:
    """Cases that are their own targets, with entries in [0, 1]: Bernoulli.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.autoencoding([[0.0, 0.5, 1.0]])
    <Data: 1 cases of (3,), bernoulli>
    """
    array, single = _cases(X)
    if array.min() < 0 or array.max() > 1:
        raise ValueError(f"X: is in [{array.min()}, {array.max()}], but must be in [0, 1]")
    return Data(array, array.reshape(len(array), -1), "bernoulli", single=single)


def sequences(X: ArrayLike, y: ArrayLike) -> Data:
    """Sequences of symbols, numbers from 0, with the next symbol at every place.

    Parameters
    ----------
    X
        The symbols, a row a case.
    y
        What comes next at each place, of the same shape.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.sequences([[0, 1, 2]], [[1, 2, 0]])
    <Data: 1 cases of (3,), cross-entropy>
    """
    array, _ = _cases(X)
    targets = real_array("y", y)
    if targets.shape != array.shape:
        raise ValueError(f"y: has shape {targets.shape}, but must have {array.shape}, that of X")
    return Data(array, targets, "cross-entropy")
