"""Solvers against dense algebra and SciPy, on spectra that are not trivial."""

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from numpy.typing import NDArray

from ravine import linalg

Matrix = NDArray[np.float64]


def orthogonal(n: int, seed: int) -> Matrix:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]


def of_spectrum(values: NDArray[np.float64], seed: int = 1) -> Matrix:
    """A symmetric matrix with these eigenvalues and eigenvectors that are no coordinates."""
    q = orthogonal(values.size, seed)
    a = (q * values) @ q.T
    return (a + a.T) / 2


def vector(n: int, seed: int = 2) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(n)


N = 120
DEFINITE = of_spectrum(np.geomspace(1.0, 1e4, N))
ILL = of_spectrum(np.geomspace(1e-4, 1e4, N))
INDEFINITE = of_spectrum(np.r_[-np.geomspace(0.1, 50, N // 3), np.geomspace(0.5, 100, N - N // 3)])
SINGULAR = of_spectrum(np.r_[np.zeros(20), -np.geomspace(1, 10, 30), np.geomspace(1, 100, N - 50)])
SOLVERS = {"cg": linalg.cg, "cr": linalg.cr, "minres": linalg.minres, "qlp": linalg.minres_qlp}


@pytest.mark.parametrize("name", SOLVERS)
def test_definite_systems(name: str) -> None:
    b = vector(N)
    result = SOLVERS[name](DEFINITE, b, rtol=1e-11)
    exact = np.linalg.solve(DEFINITE, b)
    assert result.converged and result.reason == "converged" and result.info == 0
    assert np.linalg.norm(result.x - exact) < 1e-7 * np.linalg.norm(exact)
    residual = np.linalg.norm(b - DEFINITE @ result.x)
    assert result.true_residual_norm == pytest.approx(residual, rel=1e-2, abs=1e-12)
    assert residual <= 1e-10 * np.linalg.norm(b)
    assert result.residual_history.size == result.iterations + 1
    assert result.residual_history[0] == pytest.approx(np.linalg.norm(b))
    assert result.residual_history[-1] == result.residual_norm
    assert result.products >= result.iterations
    x, info = result
    assert x is result.x and info == 0
    assert "converged" in repr(result)


def test_cg_makes_the_iterates_of_scipy() -> None:
    b, ours, theirs = vector(N), [], []
    linalg.cg(DEFINITE, b, maxiter=15, callback=ours.append)
    spla.cg(DEFINITE, b, rtol=1e-30, maxiter=15, callback=lambda x: theirs.append(x.copy()))
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", ["minres", "qlp"])
def test_indefinite_systems_and_no_more_work_than_scipy(name: str) -> None:
    b = vector(N)
    result = SOLVERS[name](INDEFINITE, b, rtol=1e-10)
    assert result.converged
    assert np.linalg.norm(b - INDEFINITE @ result.x) < 1e-9 * np.linalg.norm(b)
    counted = 0

    def product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        nonlocal counted
        counted += 1
        return INDEFINITE @ v

    theirs, _ = spla.minres(spla.LinearOperator((N, N), product, dtype=float), b, rtol=1e-13)
    assert np.linalg.norm(b - INDEFINITE @ theirs) > 1e-12
    assert result.products <= 1.1 * counted + 10
    assert np.all(np.diff(result.residual_history) <= 1e-12 * result.residual_history[0])


def test_indefinite_matrices_end_the_methods_for_definite_ones() -> None:
    b = vector(N)
    for result, reason in (
        (linalg.cg(INDEFINITE, b), "negative_curvature"),
        (linalg.cr(INDEFINITE, b), "not_definite"),
    ):
        assert not result.converged and result.reason == reason and result.info == -1
        assert "not positive definite" in result.message


def test_singular_systems() -> None:
    b = vector(N)
    shortest = np.linalg.lstsq(SINGULAR, b, rcond=1e-10)[0]
    result = linalg.minres_qlp(SINGULAR, b)
    assert result.converged and result.reason == "least_squares"
    np.testing.assert_allclose(result.x, shortest, atol=1e-5)
    # MINRES finds a least-squares solution, with the same residual.
    other = linalg.minres(SINGULAR, b)
    assert other.reason == "least_squares"
    least = np.linalg.norm(b - SINGULAR @ shortest)
    assert other.true_residual_norm == pytest.approx(least, rel=1e-6)
    # In its range all is well.
    b = SINGULAR @ vector(N)
    result = linalg.minres_qlp(SINGULAR, b)
    assert result.reason == "converged"
    np.testing.assert_allclose(result.x, np.linalg.lstsq(SINGULAR, b, rcond=1e-10)[0], atol=1e-5)


def test_condition_number_1e8() -> None:
    exact = vector(N)
    b = ILL @ exact
    result = linalg.cg(ILL, b, rtol=1e-12, maxiter=100_000)
    assert result.true_residual_norm is not None
    assert result.true_residual_norm < 1e-10 * np.linalg.norm(b)
    assert result.converged
    # What is asked for beyond rounding is not said to be reached.
    beyond = linalg.minres(ILL, b, rtol=1e-18, least_squares_rtol=0.0, maxiter=100_000)
    assert not beyond.converged and beyond.reason == "precision_limit"


RECTANGULAR = orthogonal(90, 3)[:, :40] * np.geomspace(1.0, 1e3, 40) @ orthogonal(40, 4)
RANK_DEFICIENT = orthogonal(90, 5)[:, :40] * np.r_[np.geomspace(1, 100, 30), np.zeros(10)]
RANK_DEFICIENT = RANK_DEFICIENT @ orthogonal(40, 6)


@pytest.mark.parametrize("solve", [linalg.lsqr, linalg.lsmr])
@pytest.mark.parametrize("form", ["array", "csr", "csc", "operator", "pair"])
def test_least_squares(solve: object, form: str) -> None:
    for a in (RECTANGULAR, RECTANGULAR.T, RANK_DEFICIENT, RANK_DEFICIENT.T):
        b = vector(a.shape[0])
        given = {
            "array": a,
            "csr": sp.csr_array(a),
            "csc": sp.csc_matrix(a),
            "operator": spla.aslinearoperator(a),
            "pair": (lambda v, a=a: a @ v, lambda u, a=a: a.T @ u),
        }[form]
        n = a.shape[1] if form == "pair" else None
        result = solve(given, b, rtol=1e-12, n=n)  # type: ignore[operator]
        exact = np.linalg.lstsq(a, b, rcond=1e-10)[0]
        assert result.converged
        np.testing.assert_allclose(result.x, exact, atol=1e-7 * max(1, np.linalg.norm(exact)))
        assert result.normal_residual_history.size == result.iterations + 1
        residual = np.linalg.norm(b - a @ result.x)
        assert result.true_residual_norm == pytest.approx(residual, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("solve", [linalg.lsqr, linalg.lsmr])
def test_damped_least_squares(solve: object) -> None:
    b, damp = vector(90), 3.0
    stacked = np.vstack([RECTANGULAR, damp * np.eye(40)])
    exact = np.linalg.lstsq(stacked, np.r_[b, np.zeros(40)], rcond=None)[0]
    result = solve(RECTANGULAR, b, damp, rtol=1e-12)  # type: ignore[operator]
    np.testing.assert_allclose(result.x, exact, atol=1e-8)
    undamped = np.linalg.norm(b - RECTANGULAR @ result.x)
    assert result.true_residual_norm == pytest.approx(undamped, rel=1e-8)
    with pytest.raises(ValueError, match="x0: is Given, but must be zero where there is a damping"):
        solve(RECTANGULAR, b, damp, x0=np.ones(40))  # type: ignore[operator]
    limited = solve(RECTANGULAR, b, conlim=5.0)  # type: ignore[operator]
    assert limited.reason == "condition_limit" and not limited.converged


@pytest.mark.parametrize("name", SOLVERS)
def test_starts(name: str) -> None:
    b, exact = vector(N), np.linalg.solve(DEFINITE, vector(N))
    near = exact + 1e-9 * vector(N, 5)
    result = SOLVERS[name](DEFINITE, b, x0=near, rtol=1e-6)
    assert result.iterations <= 2
    assert result.residual_history[0] == pytest.approx(np.linalg.norm(b - DEFINITE @ near))
    with pytest.raises(ValueError, match=f"x0: has 3 entries, but must have {N}"):
        SOLVERS[name](DEFINITE, b, x0=np.ones(3))


def test_tolerances_and_limits() -> None:
    b = vector(N)
    norm = np.linalg.norm(b)
    loose = linalg.cg(DEFINITE, b, rtol=0.0, atol=1e-3 * norm)
    assert loose.converged and loose.residual_norm <= 1e-3 * norm
    assert loose.iterations == linalg.cg(DEFINITE, b, rtol=1e-3).iterations
    anything = linalg.cg(DEFINITE, b, atol=10 * norm)
    assert anything.converged and anything.iterations == 0 and anything.info == 0
    limited = linalg.cg(DEFINITE, b, maxiter=7)
    assert limited.reason == "iteration_limit" and limited.info == 7 and not limited.converged
    none = linalg.cg(DEFINITE, b, maxiter=0)
    assert none.info == 1 and not none.x.any()
    zero = linalg.minres(DEFINITE, np.zeros(N))
    assert zero.converged and not zero.x.any() and zero.iterations == 0


@pytest.mark.parametrize("name", SOLVERS)
def test_one_and_no_variables(name: str) -> None:
    x, info = SOLVERS[name](np.array([[4.0]]), [2.0])
    assert x == pytest.approx([0.5]) and info == 0
    x, info = SOLVERS[name](np.zeros((0, 0)), np.zeros(0))
    assert x.size == 0 and info == 0


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"rtol": 1.0}, ValueError, "rtol: is 1.0, but must be at least 0 and less than 1"),
        ({"rtol": -1e-3}, ValueError, "rtol: is -0.001"),
        ({"rtol": np.nan}, ValueError, "rtol: is nan"),
        ({"rtol": "small"}, TypeError, "rtol: is 'small', but must be a number"),
        ({"atol": -1.0}, ValueError, "atol: is -1.0"),
        ({"maxiter": 1.5}, TypeError, "maxiter: is 1.5, but must be a whole number"),
        ({"maxiter": -1}, ValueError, "maxiter: is -1"),
        ({"x0": [np.nan, 0.0]}, ValueError, r"x0\[0\]: is NaN, but must be finite"),
        ({"M": np.eye(3)}, ValueError, "M: has 3 rows, but must have 2"),
        ({"M": np.ones((2, 3))}, ValueError, r"M: has shape \(2, 3\), but must be square"),
        ({"M": np.eye(2, dtype=int)}, TypeError, "M: is of dtype int64"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    keywords: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        linalg.cg(np.eye(2), [1.0, 2.0], **keywords)  # type: ignore[arg-type]


def test_right_hand_sides_that_cannot_be_used_are_named() -> None:
    with pytest.raises(ValueError, match=r"b\[1\]: is NaN, but must be finite"):
        linalg.cg(np.eye(2), [1.0, np.nan])
    with pytest.raises(ValueError, match=r"b: has shape \(2, 2\)"):
        linalg.cg(np.eye(2), np.eye(2))
    with pytest.raises(TypeError, match="b: must have real numbers"):
        linalg.cg(np.eye(2), [1.0j, 0.0])
    # A column and integers are fine.
    x, _ = linalg.cg(2.0 * np.eye(2), np.array([[2], [4]]))
    np.testing.assert_allclose(x, [1.0, 2.0])


@pytest.mark.parametrize("name", ["cg", "minres", "qlp"])
def test_preconditioners(name: str) -> None:
    scale = np.geomspace(1.0, 1e3, N)
    a = scale[:, None] * of_spectrum(np.linspace(1.0, 5.0, N)) * scale
    b = vector(N)
    exact = np.linalg.solve(a, b)
    plain = SOLVERS[name](a, b, rtol=1e-10)
    diagonal = np.diag(a)
    for m in (
        linalg.jacobi(a),
        linalg.jacobi(diagonal),
        np.diag(1 / diagonal),
        sp.diags_array(1 / diagonal, format="csr"),
        lambda r: r / diagonal,
        spla.LinearOperator((N, N), matvec=lambda r: r / diagonal, dtype=float),
    ):
        result = SOLVERS[name](a, b, rtol=1e-12, M=m)
        assert result.iterations < 0.5 * plain.iterations
        np.testing.assert_allclose(result.x, exact, atol=1e-6 * np.abs(exact).max())
    bad = SOLVERS[name](a, b, M=-np.eye(N))
    assert bad.reason == "indefinite_preconditioner" and not bad.converged


def laplacian(k: int) -> sp.csr_array:
    """Second differences on a square of k by k points."""
    line = sp.diags_array(
        [-np.ones(k - 1), 2 * np.ones(k), -np.ones(k - 1)], offsets=[-1, 0, 1], format="csr"
    )
    eye = sp.eye_array(k, format="csr")
    return sp.csr_array(sp.kron(line, eye) + sp.kron(eye, line))


def test_incomplete_cholesky_of_second_differences() -> None:
    a = laplacian(40)
    b = vector(1600)
    plain = linalg.cg(a, b).iterations
    counts = []
    for form in (sp.csr_array, sp.csc_array):
        for settings in (
            {"fill": "pattern"},
            {"fill": "largest", "extra": 10},
            {"fill": "threshold", "drop": 1e-3},
        ):
            m = linalg.incomplete_cholesky(form(a), **settings)
            result = linalg.cg(form(a), b, M=m)
            assert result.converged
            np.testing.assert_allclose(result.x, spla.spsolve(a.tocsc(), b), atol=1e-5)
            counts.append(result.iterations)
    assert counts[:3] == counts[3:]
    assert counts[0] < 0.5 * plain and counts[2] < 0.5 * counts[0]
    # It is symmetric, and its own operator in SciPy.
    x, y = vector(1600, 8), vector(1600, 9)
    assert (m @ x) @ y == pytest.approx((m @ y) @ x)
    assert linalg.cg(a, b, M=m).iterations == linalg.cg(a, b, M=lambda r: m @ r).iterations


def test_nystrom_of_a_falling_spectrum() -> None:
    mu = 1e-5
    a = of_spectrum(0.7 ** np.arange(N))
    b = vector(N)
    m = linalg.nystrom(a, mu, rank=60)
    result = linalg.cg(a + mu * np.eye(N), b, M=m)
    assert result.converged and result.iterations < 15
    grown = linalg.nystrom(lambda v: a @ v, mu, rank=5, largest_rank=80, n=N)
    assert linalg.cg(a + mu * np.eye(N), b, M=grown).iterations < 15
    np.testing.assert_allclose(result.x, np.linalg.solve(a + mu * np.eye(N), b), rtol=1e-4)


def test_preconditioners_say_what_they_cannot_use() -> None:
    with pytest.raises(ValueError, match=r"diagonal\[1\]: is -1.0, but must be positive"):
        linalg.jacobi(np.diag([1.0, -1.0]))
    with pytest.raises(TypeError, match="A: must be a matrix, of which entries can be read"):
        linalg.jacobi(spla.aslinearoperator(np.eye(2)))
    with pytest.raises(TypeError, match="A: must be a sparse matrix"):
        linalg.incomplete_cholesky(np.eye(2))
    with pytest.raises(ValueError, match="fill: is 'all', but must be one of 'pattern'"):
        linalg.incomplete_cholesky(laplacian(2), fill="all")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="drop: is 2.0, but must be in"):
        linalg.incomplete_cholesky(laplacian(2), fill="threshold", drop=2.0)
    with pytest.raises(ValueError, match="A: the operator is not semidefinite"):
        linalg.nystrom(-np.eye(30), 1.0)
    with pytest.raises(ValueError, match="A: a product with the operator is not finite"):
        linalg.nystrom(np.full((30, 30), np.nan), 1.0)
    with pytest.raises(ValueError, match="mu: is -1.0"):
        linalg.nystrom(np.eye(3), -1.0)
    with pytest.raises(ValueError, match="rank: is 0"):
        linalg.nystrom(np.eye(3), 1.0, rank=0)


def test_many_shifts_in_one_run() -> None:
    a = of_spectrum(np.geomspace(1e-3, 10.0, N))
    b, shifts = vector(N), np.geomspace(1e-3, 10.0, 7)
    path = linalg.shifted_cg(a, b, shifts, rtol=1e-10)
    assert path.converged.all() and path.x.shape == (7, N)
    for x, shift, true in zip(path.x, shifts, path.true_residual_norms, strict=True):
        np.testing.assert_allclose(x, np.linalg.solve(a + shift * np.eye(N), b), atol=1e-5)
        residual = np.linalg.norm(b - a @ x - shift * x)
        assert true == pytest.approx(residual, abs=1e-12)
    alone = linalg.cg(a + shifts[0] * np.eye(N), b, rtol=1e-10)
    assert path.products <= alone.products + 3 * 7
    assert np.all(np.diff(path.iterations) <= 0)
    lengths = [history.size for history in path.residual_histories]
    assert lengths == [k + 1 for k in path.iterations]
    indefinite = linalg.shifted_cg(a, b, [-5.0, 1.0])
    assert indefinite.reasons == ["not_definite", "converged"]
    assert indefinite.converged.tolist() == [False, True]
    with pytest.raises(ValueError, match="shifts: are"):
        linalg.shifted_cg(a, b, [np.inf])
    with pytest.raises(ValueError, match="A: a product with it is not finite"):
        linalg.shifted_cg(np.full((2, 2), np.nan), [1.0, 2.0], [1.0])


@pytest.mark.parametrize("name", [*SOLVERS, "lsqr", "lsmr"])
def test_callbacks_see_every_iterate_and_may_stop(name: str) -> None:
    solve = {**SOLVERS, "lsqr": linalg.lsqr, "lsmr": linalg.lsmr}[name]
    b = vector(N)
    seen: list[NDArray[np.float64]] = []
    result = solve(DEFINITE, b, callback=seen.append, maxiter=20)
    assert len(seen) == result.iterations == 20
    np.testing.assert_array_equal(seen[-1], result.x)
    for iterate, norm in zip(seen, result.residual_history[1:], strict=True):
        assert np.linalg.norm(b - DEFINITE @ iterate) == pytest.approx(norm, rel=1e-5)
    calls = 0

    def stop(x: NDArray[np.float64]) -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise StopIteration

    stopped = solve(DEFINITE, b, callback=stop)
    assert stopped.reason == "stopped" and not stopped.converged and stopped.info == -1
    assert stopped.iterations == 5 and calls == 5
    np.testing.assert_array_equal(stopped.x, seen[4])
    residual = np.linalg.norm(b - DEFINITE @ stopped.x)
    assert stopped.true_residual_norm == pytest.approx(residual)


def test_runs_repeat_to_the_bit() -> None:
    b = vector(N)
    first, second = (linalg.minres(INDEFINITE, b) for _ in range(2))
    np.testing.assert_array_equal(first.x, second.x)
    c, f = (linalg.cg(np.array(DEFINITE, order=order), b).x for order in "CF")
    np.testing.assert_allclose(c, f, rtol=1e-6)


@pytest.mark.parametrize("solver", ["cg", "cr", "minres", "minres_qlp", "lsqr", "lsmr"])
@pytest.mark.parametrize("exponent", [-200, -155, -140, 0, 140, 200])
def test_systems_of_every_scale(solver: str, exponent: int) -> None:
    scale = 10.0**exponent
    solve = getattr(linalg, solver)
    for a, b, x in ((1.0, scale, scale), (scale, scale, 1.0), (scale, 1.0, 1 / scale)):
        found = solve(a * np.diag([1.0, 2, 3]), b * np.array([1.0, 2, 3]))
        assert found.converged, found
        np.testing.assert_allclose(found.x / x, 1.0, rtol=1e-6)
