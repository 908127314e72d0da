"""What a run did, iteration by iteration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class History:
    """A run, iteration by iteration.

    Attributes
    ----------
    moments
        A row an iteration, the start first: iteration, value, gradient norm, calls of the function,
        of the gradient, of Hessian products, of Hessians, seconds. Of very long runs every second,
        fourth, ... iteration is kept, and the last.
    x
        The points, a row each: in up to three variables, or where `return_all` was asked for; else
        None.

    Examples
    --------
    >>> import ravine
    >>> history = ravine.minimize(lambda x: x @ x, [3.0, 4.0]).history
    >>> float(history.fun[0])
    25.0
    >>> history.x[0]
    array([3., 4.])
    """

    moments: NDArray[np.float64]
    x: NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.moments)

    def __repr__(self) -> str:
        return f"<History of {len(self)} moments>"

    @property
    def iteration(self) -> NDArray[np.int64]:
        """The numbers of the iterations."""
        return self.moments[:, 0].astype(np.int64)

    @property
    def fun(self) -> NDArray[np.float64]:
        """The values."""
        return self.moments[:, 1]

    @property
    def gradient_norm(self) -> NDArray[np.float64]:
        """The norms that the gradient test compares."""
        return self.moments[:, 2]

    @property
    def nfev(self) -> NDArray[np.int64]:
        """Calls of the function so far."""
        return self.moments[:, 3].astype(np.int64)

    @property
    def njev(self) -> NDArray[np.int64]:
        """Calls of the gradient so far."""
        return self.moments[:, 4].astype(np.int64)

    @property
    def nhpev(self) -> NDArray[np.int64]:
        """Hessian products so far."""
        return self.moments[:, 5].astype(np.int64)

    @property
    def nhev(self) -> NDArray[np.int64]:
        """Hessians so far."""
        return self.moments[:, 6].astype(np.int64)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Wall time so far."""
        return self.moments[:, 7]
