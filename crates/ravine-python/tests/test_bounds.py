"""What `scipy.optimize.Bounds` may hold, for all that take bounds."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds

import ravine

TARGET = np.array([1.0, 2.0, 3.0])


def value(x: np.ndarray) -> float:
    return float(np.sum((x - TARGET) ** 2))


def gradient(x: np.ndarray) -> np.ndarray:
    return 2 * (x - TARGET)


def residuals(x: np.ndarray) -> np.ndarray:
    return x - TARGET


def places(x: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    """A curve whose parameters are its values."""
    return np.array([a, b, c])[x.astype(int)]


ACCEPTED = [
    (Bounds(), [1, 2, 3]),
    (Bounds(0, 2.5), [1, 2, 2.5]),
    (Bounds(np.array(0), np.array(2)), [1, 2, 2]),
    (Bounds([0], [2.5]), [1, 2, 2.5]),
    (Bounds(np.zeros(3, int), [2, 1, np.inf]), [1, 1, 3]),
    (Bounds([0, 0, 0], 2.5, keep_feasible=[True, False, True]), [1, 2, 2.5]),
    (Bounds(0, 2.5, keep_feasible=True), [1, 2, 2.5]),
    (Bounds([-np.inf, 0.5, -np.inf], [np.inf, 0.5, np.inf]), [1, 0.5, 3]),
    (Bounds([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]), [0.5, 0.5, 0.5]),
]

REFUSED = [
    (Bounds([0, 3, 0], [1, 2, 1]), "bounds: of variable 1 are 3.0 and 2.0"),
    (Bounds([0, np.nan, 0], 1), "bounds: of variable 1 are nan and 1.0"),
    (Bounds([np.inf, 0, 0], [np.inf, 1, 1]), "bounds: of variable 0 are inf and inf"),
    (Bounds(-np.inf, [1, 1, -np.inf]), "bounds: of variable 2 are -inf and -inf"),
    (Bounds([0, 0], [1, 1]), r"bounds: have shapes \(2,\) and \(2,\), but must fit \(3,\)"),
]


@pytest.mark.parametrize(("bounds", "right"), ACCEPTED)
def test_accepted(bounds: Bounds, right: list[float]) -> None:
    start = [0.5, 0.5, 0.5]
    jacobians: list[Any] = [gradient, None]
    for jac in jacobians:
        result = ravine.minimize(value, start, jac=jac, bounds=bounds)
        assert result.success
        np.testing.assert_allclose(result.x, right, atol=1e-4)
    result = ravine.least_squares(residuals, start, bounds=bounds)
    assert result.success
    np.testing.assert_allclose(result.x, right, atol=1e-6)
    for p0 in (start, None):
        found, _ = ravine.curve_fit(places, np.arange(3.0), TARGET, p0=p0, bounds=bounds)
        np.testing.assert_allclose(found, right, atol=1e-6)


@pytest.mark.parametrize(("bounds", "words"), REFUSED)
def test_refused_in_words(bounds: Bounds, words: str) -> None:
    start = [0.5, 0.5, 0.5]
    with pytest.raises(ValueError, match=words):
        ravine.minimize(value, start, jac=gradient, bounds=bounds)
    with pytest.raises(ValueError, match=words):
        ravine.least_squares(residuals, start, bounds=bounds)
    for p0 in (start, None):
        with pytest.raises(ValueError, match=words):
            ravine.curve_fit(places, np.arange(3.0), TARGET, p0=p0, bounds=bounds)


def test_no_point_outside_is_asked_for() -> None:
    bounds = Bounds([0.0, 0.5, 0.0], [2.0, 0.5, 2.0])

    def inside(x: np.ndarray) -> float:
        assert np.all((bounds.lb <= x) & (x <= bounds.ub)), x
        return value(x)

    for start in ([0.1, 0.5, 0.1], [5.0, 5.0, -5.0]):
        result = ravine.minimize(inside, start, bounds=bounds)
        np.testing.assert_allclose(result.x, [1, 0.5, 2], atol=1e-5)
