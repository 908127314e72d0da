"""Eigenvalues, densities, traces and condition numbers against dense algebra."""

import pickle

import matplotlib as mpl
import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from numpy.typing import NDArray
from test_linalg_solvers import ILL, INDEFINITE, SINGULAR, N, laplacian, of_spectrum, vector

from ravine import linalg

mpl.use("Agg")

VALUES = np.linalg.eigvalsh(INDEFINITE)


@pytest.mark.parametrize(
    ("which", "k", "expected"),
    [
        ("LA", 4, VALUES[-4:]),
        ("SA", 3, VALUES[:3]),
        ("LM", 5, np.sort(VALUES[np.argsort(-abs(VALUES))[:5]])),
        ("BE", 4, np.r_[VALUES[:2], VALUES[-2:]]),
        ("BE", 5, np.r_[VALUES[:2], VALUES[-3:]]),
        ("BE", 1, VALUES[-1:]),
    ],
)
def test_extreme_eigenpairs(which: str, k: int, expected: NDArray[np.float64]) -> None:
    for a in (INDEFINITE, sp.csr_array(INDEFINITE), spla.aslinearoperator(INDEFINITE)):
        found = linalg.eigsh(a, k, which=which)  # type: ignore[arg-type]
        assert found.converged
        np.testing.assert_allclose(found.values, expected, atol=1e-7)
        w, v = found
        assert v.shape == (N, k)
        residuals = np.linalg.norm(INDEFINITE @ v - v * w, axis=0)
        assert np.all(residuals <= found.residuals + 1e-12 * found.norm)
        assert np.all(found.residuals <= 1e-10 * found.norm)
        np.testing.assert_allclose(v.T @ v, np.eye(k), atol=1e-9)
        for value, residual in zip(w, found.residuals, strict=True):
            assert np.abs(VALUES - value).min() <= residual + 1e-12
        alone = linalg.eigsh(a, k, which=which, return_eigenvectors=False)  # type: ignore[arg-type]
        np.testing.assert_allclose(alone.values, w, atol=1e-9)
        assert alone.vectors.size == 0


def test_as_scipy_finds_them_on_second_differences() -> None:
    a = laplacian(40)
    ours = linalg.eigsh(a, 6, which="SA")
    theirs = spla.eigsh(a, 6, sigma=-0.01, return_eigenvectors=False)
    np.testing.assert_allclose(ours.values, np.sort(theirs), atol=1e-9)
    by_inverse = linalg.eigsh(a, 6, sigma=-0.01)
    np.testing.assert_allclose(by_inverse.values, np.sort(theirs), atol=1e-12)


def test_every_copy_is_found() -> None:
    for k in (3, 6, 10):
        one = 2 - 2 * np.cos(np.arange(1, 51) * np.pi / 51)
        exact = np.sort((one[:, None] + one[None, :]).ravel())[:k]
        found = linalg.eigsh(laplacian(50), k, which="SA")
        assert found.converged
        np.testing.assert_allclose(found.values, exact, atol=1e-9)
    five = np.eye(5) - 0.5 * (np.roll(np.eye(5), 1, 0) + np.roll(np.eye(5), -1, 0))
    cycles = sp.block_diag([five] * 10).tocsr()
    for found in (linalg.eigsh(cycles, 5, which="SA"), linalg.eigsh(cycles, 5, sigma=0.0)):
        assert found.converged
        np.testing.assert_allclose(found.values, 0, atol=1e-12)


def test_a_shift_at_or_next_to_an_eigenvalue() -> None:
    graph = np.array(
        [[2.0, -1, 0, 0, -1], [-1, 2, 0, -1, 0], [0, 0, 1, -1, 0], [0, -1, -1, 3, -1]]
        + [[-1.0, 0, 0, -1, 2]]
    )
    found = linalg.eigsh(graph, 2, sigma=0.0)
    assert found.converged and np.all(found.residuals <= 1e-10 * found.norm)
    np.testing.assert_allclose(found.values, [0, 0.829914], atol=1e-6)
    numbers = np.diag(np.arange(1.0, 201.0))
    for sigma in (50.2, 50.2 + 1e-12):
        found = linalg.eigsh(numbers, 4, sigma=sigma)
        np.testing.assert_allclose(found.values, [49, 50, 51, 52], atol=1e-9)
    for a in (numbers, sp.csc_array(numbers)):
        for sigma in (50.0, 50 + 1e-12, 50 - 1e-12):
            found = linalg.eigsh(a, 3, sigma=sigma)
            assert found.converged
            np.testing.assert_allclose(found.values, [49, 50, 51], atol=1e-9)
    above = linalg.eigsh(numbers, 2, sigma=50.0, which="LA")
    np.testing.assert_allclose(above.values, [50, 51], atol=1e-9)
    assert linalg.eigsh(np.diag([1.0, 2.0]), 1, sigma=2.0).values[0] == pytest.approx(2.0)


def test_products_in_single_precision_are_noticed() -> None:
    a = of_spectrum(np.linspace(1e-7, 0.13, 300)).astype(np.float32)
    for tol in (1e-5, 1e-6, 1e-8):
        found = linalg.eigsh(lambda v: a @ v.astype(np.float32), 4, n=300, tol=tol)
        np.testing.assert_allclose(found.values, np.linspace(1e-7, 0.13, 300)[-4:], atol=1e-6)
        assert found.converged == (tol > 1e-7)
        assert np.all(found.residuals <= 1e-6 * found.norm)
    assert "accurate to about" in found.message
    low, high = linalg.spectral_density(lambda v: a @ v.astype(np.float32), n=300).range
    assert low > -1e-6 and high < 0.13 + 1e-6
    solved = linalg.cg(lambda v: a @ v.astype(np.float32) + v, np.ones(300), rtol=1e-12)
    assert not solved.converged and solved.reason == "precision_limit"


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, sp.csc_array])
def test_eigenvalues_inside_the_spectrum(form: object) -> None:
    a = form(INDEFINITE)  # type: ignore[operator]
    for sigma in (0.3, 7.7, -20.0):
        found = linalg.eigsh(a, 4, sigma=sigma)
        nearest = np.sort(VALUES[np.argsort(abs(VALUES - sigma))[:4]])
        np.testing.assert_allclose(found.values, nearest, atol=1e-9)
        above = linalg.eigsh(a, 2, sigma=sigma, which="LA").values
        np.testing.assert_allclose(above, VALUES[VALUES > sigma][:2], atol=1e-9)
    inverse = np.linalg.inv(INDEFINITE - 0.3 * np.eye(N))
    by_function = linalg.eigsh(
        lambda v: INDEFINITE @ v, 2, sigma=0.3, inverse=lambda v: inverse @ v, n=N
    )
    nearest = np.sort(VALUES[np.argsort(abs(VALUES - 0.3))[:2]])
    np.testing.assert_allclose(by_function.values, nearest, atol=1e-8)
    with pytest.raises(TypeError, match="A: must be a matrix, which can be factorized"):
        linalg.eigsh(lambda v: v, 2, sigma=0.3, n=N)
    with pytest.raises(ValueError, match="A: the matrix is not symmetric"):
        linalg.eigsh(np.array([[1.0, 2.0], [0.0, 3.0]]), 1, sigma=2.0)
    with pytest.raises(ValueError, match="inverse: has 3 rows"):
        linalg.eigsh(INDEFINITE, 2, sigma=0.3, inverse=np.eye(3))


def test_limits_are_honest() -> None:
    found = linalg.eigsh(ILL, 5, which="SA", max_products=80)
    assert not found.converged and found.products <= 80
    power = linalg.power_iteration(ILL, max_products=3)
    assert not power.converged and power.products == 3
    interval = linalg.condition_number(ILL, max_products=20)
    assert not interval.converged and interval.upper == np.inf
    assert interval.lower <= 1e8 * (1 + 1e-6)


def test_power_iteration() -> None:
    found = linalg.power_iteration(INDEFINITE, 2, tol=1e-8, max_products=100_000)
    expected = VALUES[np.argsort(-abs(VALUES))[:2]]
    np.testing.assert_allclose(found.values, np.sort(expected), rtol=1e-7)
    other = linalg.power_iteration(INDEFINITE, shift=VALUES[-1], tol=1e-8, max_products=100_000)
    assert other.values[0] == pytest.approx(VALUES[0], rel=1e-6)


@pytest.mark.parametrize("kept", ["full", "partial"])
def test_the_lanczos_process(kept: str) -> None:
    b = vector(N)
    process = linalg.lanczos(INDEFINITE, b, 40, reorthogonalization=kept)  # type: ignore[arg-type]
    v, t = process.basis, process.tridiagonal()
    assert v.shape == (N, 40) and process.start_norm == pytest.approx(np.linalg.norm(b))
    np.testing.assert_allclose(v[:, 0] * process.start_norm, b)
    left_over = INDEFINITE @ v - v @ t
    np.testing.assert_allclose(left_over[:, :-1], 0, atol=1e-8)
    assert np.linalg.norm(left_over[:, -1]) == pytest.approx(process.beta[-1], rel=1e-8)
    np.testing.assert_allclose(v.T @ v, np.eye(40), atol=1e-7 if kept == "partial" else 1e-13)
    # A space of fewer dimensions ends the process.
    few = linalg.lanczos(np.diag([1.0, 1.0, 2.0, 3.0]), np.ones(4), 10)
    assert few.exhausted and few.alpha.size == 3
    np.testing.assert_allclose(np.linalg.eigvalsh(few.tridiagonal()), [1, 2, 3], atol=1e-12)
    nothing = linalg.lanczos(INDEFINITE, np.zeros(N), 10)
    assert nothing.exhausted and nothing.basis.shape == (N, 0)


def exact_share(values: NDArray[np.float64], x: float) -> float:
    return float((values <= x).mean())


def test_the_density_against_all_eigenvalues() -> None:
    values = np.r_[np.zeros(150), np.linspace(-2, -1, 50), np.geomspace(0.1, 10, 400)]
    a = of_spectrum(values)
    density = linalg.spectral_density(a, probes=12, steps=80, seed=3)
    assert density.dimension == 600 and density.products == 12 * 80
    low, high = density.range
    assert -2 - 1e-9 <= low < -1.9 and 9.9 < high <= 10 + 1e-9
    for x in (-1.5, -0.5, 0.3, 2.0, 5.0):
        share = density.cumulative(x)
        assert abs(share.value - exact_share(values, x)) < 4 * share.standard_error + 0.02
    histogram = density.histogram(20)
    assert histogram.shares.sum() == pytest.approx(1.0) and histogram.edges.size == 21
    counts, _ = np.histogram(values, histogram.edges)
    assert 0.5 * np.abs(histogram.shares - counts / 600).sum() < 0.12
    logarithmic = density.logarithmic(2, 1e-3)
    assert logarithmic.zero.value == pytest.approx(0.25, abs=0.05)
    total = logarithmic.positive.shares.sum() + logarithmic.negative.shares.sum()
    assert total + logarithmic.zero.value == pytest.approx(1.0, abs=0.01)
    at, smooth, error = density.smoothed(2001)
    assert np.trapezoid(smooth, at) == pytest.approx(1.0, abs=1e-3) and np.all(error >= 0)
    trace = density.trace_of(lambda t: t * t)
    assert abs(trace.value - (values**2).sum()) < 4 * trace.standard_error
    assert float(trace) == trace.value
    dimension = density.effective_dimension(0.1)
    positive = values.clip(0)
    assert abs(dimension.value - (positive / (positive + 0.1)).sum()) < 4 * dimension.standard_error
    for nodes, weights, residuals in density.probes:
        assert nodes.size == weights.size == residuals.size and weights.sum() == pytest.approx(1)


def test_densities_are_pickled_and_drawn() -> None:
    density = linalg.spectral_density(INDEFINITE, steps=30)
    copy = pickle.loads(pickle.dumps(density))
    assert copy == density and copy.range == density.range
    assert "120 eigenvalues" in repr(density)
    import matplotlib.pyplot as plt

    axes = density.plot()
    assert axes.get_xlabel() == "eigenvalue" and axes.lines
    again = density.plot(plt.subplots()[1], scale="log", bins_per_decade=3)
    assert again.get_xscale() == "log"
    assert [text.get_text() for text in again.get_legend().get_texts()] == ["negative", "positive"]
    with pytest.raises(ValueError, match="scale: is 'square'"):
        density.plot(scale="square")  # type: ignore[arg-type]
    plt.close("all")


def test_log_determinants() -> None:
    a = of_spectrum(np.geomspace(0.5, 50, N))
    found = linalg.log_determinant(a, probes=30, steps=60)
    exact = np.linalg.slogdet(a)[1]
    assert abs(found.value - exact) < 4 * found.standard_error + 1e-6
    with pytest.raises(ValueError, match="the smallest node: is -"):
        linalg.log_determinant(INDEFINITE)


@pytest.mark.parametrize("method", ["xtrace", "hutch++", "hutchinson"])
def test_traces_and_norms(method: str) -> None:
    values = np.r_[0.8 ** np.arange(100), -(0.7 ** np.arange(50)), np.zeros(150)]
    a = of_spectrum(values)
    for estimate, exact in (
        (linalg.trace, values.sum()),
        (linalg.frobenius_norm, np.sqrt((values**2).sum())),
        (linalg.effective_rank, values.sum() ** 2 / (values**2).sum()),
    ):
        found = estimate(a, method=method, products=90, seed=5)  # type: ignore[arg-type]
        assert found.products <= 90
        assert abs(found.value - exact) < 5 * found.standard_error + 1e-9
        assert "±" in str(found)
        by_function = estimate(lambda v: a @ v, method=method, products=90, seed=5, n=300)  # type: ignore[arg-type]
        assert by_function.value == pytest.approx(found.value, rel=1e-9)
    assert linalg.trace(a, products=300).value == pytest.approx(values.sum(), abs=1e-10)
    early = linalg.trace(a, method=method, products=10_000, rtol=0.2)  # type: ignore[arg-type]
    assert early.products < 10_000 and early.standard_error <= 0.2 * abs(early.value)
    another = linalg.trace(a, method=method, products=40, seed=6)  # type: ignore[arg-type]
    assert another.value != linalg.trace(a, method=method, products=40, seed=7).value  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["xdiag", "hutchinson"])
def test_diagonals(method: str) -> None:
    a = of_spectrum(0.8 ** np.arange(200))
    found = linalg.diagonal(a, method=method, products=100)  # type: ignore[arg-type]
    off = np.abs(found.value - np.diag(a))
    assert np.mean(off <= 3 * found.standard_error + 1e-9) > 0.9
    assert found.products <= 100
    exact = linalg.diagonal(a, products=200)
    np.testing.assert_allclose(exact.value, np.diag(a), atol=1e-14)
    assert not exact.standard_error.any()


def test_condition_numbers() -> None:
    definite = of_spectrum(np.geomspace(0.01, 30, N))
    for assume in ("symmetric", "definite"):
        found = linalg.condition_number(definite, assume=assume)  # type: ignore[arg-type]
        assert found.converged and found.lower <= 3000 * (1 + 1e-9) and 3000 <= found.upper
        assert found.upper < 1.03 * found.lower
    exact = np.abs(VALUES).max() / np.abs(VALUES).min()
    found = linalg.condition_number(INDEFINITE)
    assert found.lower <= exact * (1 + 1e-9) and exact <= found.upper * (1 + 1e-9)
    for form in (np.asarray, sp.csc_array):
        a = form(ILL)
        by_inverse = linalg.condition_number(a, inverse=linalg.inverse(a))
        assert by_inverse.lower <= 1e8 * (1 + 1e-6) and 1e8 * (1 - 1e-6) <= by_inverse.upper
        assert by_inverse.upper < 1.03 * by_inverse.lower
    assert linalg.condition_number(SINGULAR).upper == np.inf
    assert linalg.condition_number(SINGULAR, assume="symmetric").smallest < 1e-6


def test_inertias() -> None:
    found = linalg.inertia(np.diag([-3.0, -2.0, 0.0, 1.0, 5.0]))
    assert (found.negative, found.positive, found.dimension) == (2, 2, 5)
    values = np.r_[-np.arange(1.0, 4.0), np.linspace(1, 50, 497)]
    found = linalg.inertia(of_spectrum(values))
    assert found.negative == 3 and found.all_negative
    assert not found.all_positive and found.positive >= 10


def test_inverses() -> None:
    x = vector(N)
    general = INDEFINITE + np.triu(INDEFINITE)
    for a, assume, form in (
        (INDEFINITE, "symmetric", np.asarray),
        (INDEFINITE, "general", sp.csr_array),
        (general, "general", np.asarray),
    ):
        inverse = linalg.inverse(form(a), assume=assume)  # type: ignore[arg-type]
        np.testing.assert_allclose(inverse @ (a @ x), x, atol=1e-8)
        np.testing.assert_allclose(inverse.H @ (a.T @ x), x, atol=1e-8)
    with pytest.raises(ValueError, match="A: the matrix is not symmetric"):
        linalg.inverse(sp.csr_array(general))
    shifted = linalg.inverse(SINGULAR, 20.0)
    np.testing.assert_allclose(shifted @ (SINGULAR @ x + 20 * x), x, atol=1e-9)
    with pytest.raises(ValueError, match="A: the matrix is singular"):
        linalg.inverse(np.diag([1.0, 0.0]))
    with pytest.raises(ValueError, match="A: the matrix is not positive definite"):
        linalg.inverse(INDEFINITE, assume="definite")
    with pytest.raises(ValueError, match="A: has shape"):
        linalg.inverse(np.ones((2, 3)))
    with pytest.raises(ValueError, match="A: the matrix has entries that are not finite"):
        linalg.inverse(np.full((2, 2), np.nan))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: linalg.eigsh(INDEFINITE, 0), ValueError, "k: is 0, but must be at least 1"),
        (lambda: linalg.eigsh(INDEFINITE, 2.5), TypeError, "k: is 2.5, but must be a whole"),
        (lambda: linalg.eigsh(INDEFINITE, which="SM"), ValueError, "which: is 'SM'.*'LA', 'SA'"),
        (lambda: linalg.eigsh(INDEFINITE, tol=2.0), ValueError, "tol: is 2.0"),
        (lambda: linalg.eigsh(INDEFINITE, ncv=3), ValueError, "ncv: is 3, but must be at least"),
        (lambda: linalg.eigsh(INDEFINITE, max_products=0), ValueError, "max_products: is Some"),
        (lambda: linalg.eigsh(INDEFINITE, sigma=np.nan), ValueError, "sigma: is nan"),
        (lambda: linalg.eigsh(INDEFINITE, seed=-1), ValueError, "seed: is -1"),
        (lambda: linalg.eigsh(np.ones((2, 3))), ValueError, "A: has shape .* must be square"),
        (lambda: linalg.eigsh(np.zeros((0, 0))), ValueError, "A: is"),
        (lambda: linalg.power_iteration(INDEFINITE, 0), ValueError, "k: is 0"),
        (lambda: linalg.power_iteration(INDEFINITE, shift=np.inf), ValueError, "shift: is inf"),
        (lambda: linalg.lanczos(INDEFINITE, np.ones(3), 5), ValueError, "b: has 3 entries"),
        (
            lambda: linalg.lanczos(INDEFINITE, vector(N), 5, reorthogonalization="some"),
            ValueError,
            "reorthogonalization: is 'some'",
        ),
        (lambda: linalg.spectral_density(INDEFINITE, probes=1), ValueError, "probes: is 1"),
        (lambda: linalg.spectral_density(INDEFINITE, steps=0), ValueError, "steps: is 0"),
        (lambda: linalg.trace(INDEFINITE, method="exact"), ValueError, "method: is 'exact'"),
        (lambda: linalg.trace(INDEFINITE, products=1), ValueError, "products: is 1"),
        (lambda: linalg.trace(INDEFINITE, rtol=-1.0), ValueError, "rtol: is -1.0"),
        (lambda: linalg.diagonal(INDEFINITE, method="full"), ValueError, "method: is 'full'"),
        (lambda: linalg.condition_number(INDEFINITE, tol=0.0), ValueError, "tol: is 0.0"),
        (lambda: linalg.condition_number(INDEFINITE, assume="nice"), ValueError, "assume: is 'ni"),
        (lambda: linalg.inertia(INDEFINITE, k=0), ValueError, "k: is 0"),
    ],
)
def test_what_cannot_be_used_is_named(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_products_that_are_not_finite(bad: float) -> None:
    a = np.eye(100)
    a[3, 7] = a[7, 3] = bad
    for run in (
        lambda: linalg.eigsh(a),
        lambda: linalg.eigsh(np.eye(100), sigma=0.5, inverse=a),
        lambda: linalg.power_iteration(a),
        lambda: linalg.lanczos(a, np.ones(100), 5),
        lambda: linalg.spectral_density(a),
        lambda: linalg.trace(a),
        lambda: linalg.diagonal(a),
        lambda: linalg.condition_number(a),
        lambda: linalg.inertia(a),
    ):
        with pytest.raises(ValueError, match="A: a product with it is not finite"):
            run()


def test_the_same_seed_gives_the_same_bits() -> None:
    for call in (
        lambda seed: linalg.trace(INDEFINITE, products=30, seed=seed).value,
        lambda seed: linalg.spectral_density(INDEFINITE, steps=20, seed=seed).cumulative(1.0).value,
        lambda seed: linalg.diagonal(INDEFINITE, products=30, seed=seed).value[0],
    ):
        assert call(4) == call(4) != call(5)
