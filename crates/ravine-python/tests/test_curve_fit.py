"""`curve_fit` and `fit_curve`: SciPy's arguments and numbers, and what is beyond them."""

from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

import ravine

RNG = np.random.default_rng(3)
T = np.linspace(0.0, 4.0, 40)
Y = 2.5 * np.exp(-1.3 * T) + 0.5 + 0.05 * RNG.standard_normal(40)
SIGMA = np.linspace(0.02, 0.1, 40)


def decay(t: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    return a * np.exp(-b * t) + c


def slopes(t: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
    e = np.exp(-b * t)
    return np.stack([e, -a * t * e, np.ones_like(t)], axis=1)


@pytest.mark.parametrize("jac", [slopes, None, "2-point", "3-point"])
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("kind", ["none", "deviations", "covariance"])
def test_agrees_with_scipy(jac: Any, absolute: bool, kind: str) -> None:
    near = 0.4 ** np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
    sigma = {
        "none": None,
        "deviations": SIGMA,
        "covariance": near * np.outer(SIGMA, SIGMA),
    }[kind]
    more: dict[str, Any] = {"sigma": sigma, "absolute_sigma": absolute}
    popt, pcov = ravine.curve_fit(decay, T, Y, [1.0, 1.0, 0.0], jac=jac, **more)
    theirs, covariance = scipy.optimize.curve_fit(
        decay, T, Y, [1.0, 1.0, 0.0], jac=slopes, ftol=1e-14, xtol=1e-14, **more
    )
    np.testing.assert_allclose(popt, theirs, rtol=1e-6)
    np.testing.assert_allclose(pcov, covariance, rtol=1e-5)


def test_one_number_is_the_deviation_of_all() -> None:
    for sigma in (0.3, [0.3]):
        popt, pcov = ravine.curve_fit(decay, T, Y, sigma=sigma, absolute_sigma=True)
        same = ravine.curve_fit(decay, T, Y, sigma=np.full(40, 0.3), absolute_sigma=True)
        np.testing.assert_array_equal(popt, same[0])
        np.testing.assert_array_equal(pcov, same[1])


def test_starts_and_bounds_are_scipys() -> None:
    bounds = ([0.0, 0.0, 0.6], [np.inf, 5.0, 1.0])
    popt, pcov = ravine.curve_fit(decay, T, Y, bounds=bounds)
    theirs, _ = scipy.optimize.curve_fit(decay, T, Y, bounds=bounds, ftol=1e-13, xtol=1e-13)
    np.testing.assert_allclose(popt, theirs, rtol=1e-5)
    assert popt[2] == 0.6 and np.isfinite(pcov).all()
    theirs, _ = scipy.optimize.curve_fit(decay, T, Y)
    np.testing.assert_allclose(ravine.curve_fit(decay, T, Y)[0], theirs, rtol=1e-5)


def test_full_output() -> None:
    popt, _, info, message, code = ravine.curve_fit(decay, T, Y, sigma=SIGMA, full_output=True)
    np.testing.assert_allclose(info["fvec"], (decay(T, *popt) - Y) / SIGMA)
    np.testing.assert_allclose(info["fjac"], slopes(T, *popt) / SIGMA[:, None], rtol=1e-6)
    assert info["nfev"] > 5 and isinstance(message, str) and code in (1, 2, 3, 4)
    assert info["fit"].names == ["a", "b", "c"]


def test_what_is_beyond_scipy() -> None:
    fit = ravine.fit_curve(decay, T, Y, jac=slopes)
    errors = np.sqrt(np.diag(fit.covariance))
    np.testing.assert_allclose(fit.standard_errors, errors)
    np.testing.assert_allclose(fit.correlation, fit.covariance / np.outer(errors, errors))
    np.testing.assert_allclose(fit.residuals, Y - decay(T, *fit.parameters))
    assert (fit.rank, fit.degrees_of_freedom, fit.deficiency) == (3, 37, None)
    s = np.sqrt((fit.residuals**2).sum() / 37)
    assert fit.residual_standard_error == pytest.approx(s)
    t = scipy.stats.t.ppf(0.95, 37)
    np.testing.assert_allclose(fit.intervals(0.9)[:, 1], fit.parameters + t * errors)
    x = np.array([0.0, 1.0, 9.0])
    j = slopes(x, *fit.parameters)
    curve = np.sqrt(np.einsum("ij,jk,ik->i", j, fit.covariance, j))
    low, high = fit.band(x, 0.9, of="curve")
    np.testing.assert_allclose(high - low, 2 * t * curve, rtol=1e-9)
    low, high = fit.band(x, 0.9)
    np.testing.assert_allclose(high - low, 2 * t * np.hypot(curve, s), rtol=1e-9)
    np.testing.assert_allclose((high + low) / 2, fit.predict(x))
    # Known errors have the normal distribution.
    known = ravine.fit_curve(decay, T, Y, sigma=0.05, absolute_sigma=True)
    z = scipy.stats.norm.ppf(0.975)
    np.testing.assert_allclose(
        known.intervals()[:, 1], known.parameters + z * known.standard_errors
    )
    assert "95% interval" in repr(fit)


@pytest.mark.parametrize("jac", [None, "2-point"])
def test_deficient_rank_is_told(jac: Any) -> None:
    def line(x: np.ndarray, a: float, b: float, c: float) -> np.ndarray:
        return a * b * x + c

    x = np.arange(5.0)
    y = 2.0 * x + np.array([0.1, -0.1, 0.0, 0.1, -0.1])
    with pytest.warns(ravine.CovarianceWarning, match="a, b can change together"):
        popt, pcov = ravine.curve_fit(line, x, y, jac=jac)
    assert np.isinf(pcov).all() and popt[0] * popt[1] == pytest.approx(np.polyfit(x, y, 1)[0])
    fit = ravine.fit_curve(line, x, y, jac=jac)
    assert fit.undetermined == ["a", "b"] and fit.rank == 2
    assert np.isinf(fit.standard_errors[:2]).all() and np.isfinite(fit.standard_errors[2])
    with pytest.warns(ravine.CovarianceWarning, match="as many parameters as data"):
        ravine.curve_fit(lambda x, a: a * x, [1.0], [2.0])


def test_missing_data() -> None:
    y = Y.copy()
    y[[2, 7]] = np.nan
    x = T.copy()
    x[9] = np.nan
    kept = np.isfinite(y) & np.isfinite(x)
    for sigma in (None, SIGMA, np.diag(SIGMA**2)):
        chosen = sigma if sigma is None else sigma[kept]
        if sigma is not None and sigma.ndim == 2:
            chosen = chosen[:, kept]
        popt, pcov = ravine.curve_fit(decay, x, y, sigma=sigma, nan_policy="omit")
        theirs = ravine.curve_fit(decay, x[kept], y[kept], sigma=chosen)
        np.testing.assert_array_equal(popt, theirs[0])
        np.testing.assert_array_equal(pcov, theirs[1])
    with pytest.raises(ValueError, match="hold NaN"):
        ravine.curve_fit(decay, x, y, nan_policy="raise")
    with pytest.raises(ValueError, match="ydata: must be finite"):
        ravine.curve_fit(decay, T, y)


def test_mistakes_are_named() -> None:
    cases: list[tuple[Any, type[Exception], str]] = [
        ({"sigma": np.ones(3)}, ValueError, "sigma: has shape"),
        ({"sigma": np.zeros(40)}, ValueError, "sigma: is 0 at 0"),
        ({"sigma": -np.eye(40)}, ValueError, "sigma: must be a positive definite"),
        ({"jac": "cs"}, ValueError, "jac: is 'cs'"),
        ({"nan_policy": "propagate"}, ValueError, "nan_policy"),
        ({"p0": [1.0, 1.0, 3.0], "bounds": (0, 2)}, ValueError, "x0"),
        ({"loss": lambda z: np.stack([z, z**0, 0 * z])}, ValueError, "loss: must be named"),
    ]
    for more, error, message in cases:
        with pytest.raises(error, match=message):
            ravine.curve_fit(decay, T, Y, **more)
    with pytest.raises(ValueError, match="p0: must be given"):
        ravine.curve_fit(lambda *args: T, T, Y)
    with pytest.raises(ValueError, match="f: its result less ydata has shape"):
        ravine.curve_fit(lambda t, a: a * np.ones((40, 40)), T, Y)
    with pytest.raises(RuntimeError, match="Optimal parameters not found"):
        ravine.curve_fit(decay, T, Y, max_nfev=3)
    with pytest.raises(ValueError, match="of: is 'all'"):
        ravine.fit_curve(decay, T, Y).band(T, of="all")


def test_robust_losses_have_errors_too() -> None:
    y = Y.copy()
    y[5] += 3.0
    fit = ravine.fit_curve(decay, T, y, loss="cauchy", f_scale=0.05)
    np.testing.assert_allclose(fit.parameters, [2.5, 1.3, 0.5], atol=0.15)
    assert (fit.standard_errors < ravine.fit_curve(decay, T, y).standard_errors).all()
