"""Second derivatives by differences, and what is said of them."""

import warnings

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

import ravine


def test_good_differences_are_no_matter_for_words() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = ravine.minimize(
            rosen, [-1.2, 1.0], jac=rosen_der, hess="3-point", method="newton-damped"
        )
    assert result.success and result.hessian_error < 1e-6


def test_rough_ones_are_told() -> None:
    def rough(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.round(rosen_der(x), 2))

    with pytest.warns(ravine.DifferencesWarning, match="second derivatives by differences") as told:
        result = ravine.minimize(
            rosen, [-1.2, 1.0], jac=rough, hess="3-point", method="newton-damped"
        )
    assert result.hessian_error > 1e-3
    assert told[0].filename == __file__


def test_rough_operators_are_told_once() -> None:
    def rough(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.round(rosen_der(x), 2))

    operator = ravine.linalg.hessian(rosen, [-1.2, 1.0], jac=rough)
    with pytest.warns(ravine.DifferencesWarning, match="second derivatives by differences") as told:
        operator @ np.array([1.0, 0.0])
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        operator @ np.array([0.0, 1.0])
        ravine.linalg.hessian(rosen, [-1.2, 1.0], jac=rosen_der) @ np.array([0.0, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = ravine.linalg.hessian(rosen, [-1.2, 1.0], jac=rough)
        with pytest.raises(ravine.DifferencesWarning):
            again @ np.array([1.0, 0.0])


def test_a_gradient_is_asked_for_only_where_a_value_is_good() -> None:
    x0 = [-1.2, 1.0]
    result = ravine.minimize(rosen, x0, jac=rosen_der, hess=rosen_hess, method="trust-exact")
    assert result.success
    assert result.njev < result.nfev
    assert result.njev <= result.nhev + 1

    def fused(x: np.ndarray) -> tuple[float, np.ndarray]:
        return rosen(x), rosen_der(x)

    other = ravine.minimize(fused, x0, jac=True, hess=rosen_hess, method="trust-exact")
    np.testing.assert_array_equal(result.x, other.x)
    assert other.nfev == result.nfev
