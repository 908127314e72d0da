"""Curvatures as linear operators against matrices."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from beside import interrupted
from numpy.typing import NDArray
from scipy.optimize import LbfgsInvHessProduct
from test_linalg_solvers import of_spectrum

import ravine
from ravine import _core, linalg

Vector = NDArray[np.float64]
rng = np.random.default_rng(11)


def rosenbrock(x: Vector) -> float:
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def gradient(x: Vector) -> Vector:
    g = np.zeros_like(x)
    inner = x[1:] - x[:-1] ** 2
    g[:-1] = -400.0 * x[:-1] * inner - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * inner
    return g


def matrix(x: Vector) -> NDArray[np.float64]:
    n = x.size
    h = np.zeros((n, n))
    i = np.arange(n - 1)
    h[i, i] += 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    h[i + 1, i + 1] += 200.0
    h[i, i + 1] = h[i + 1, i] = -400.0 * x[:-1]
    return h


X = np.array([-1.2, 1.0, 0.5, -0.3, 2.0])
EXACT = matrix(X)
V = rng.standard_normal(5)


@pytest.mark.parametrize(
    ("keywords", "tolerance"),
    [
        ({"hess": matrix}, 1e-13),
        ({"hess": lambda x: sp.csr_array(matrix(x))}, 1e-13),
        ({"hess": lambda x: sp.coo_array(matrix(x).astype(np.float32))}, 1e-4),
        ({"hess": lambda x: matrix(x).tolist()}, 1e-13),
        ({"hess": lambda x: spla.aslinearoperator(matrix(x))}, 1e-13),
        ({"jac": gradient, "hessp": lambda x, v: matrix(x) @ v}, 1e-13),
        ({"jac": gradient}, 1e-7),
        ({"jac": gradient, "hess": "2-point"}, 1e-5),
        ({"jac": "3-point"}, 1e-3),
        ({}, 1e-3),
    ],
)
def test_hessians(keywords: dict[str, object], tolerance: float) -> None:
    h = linalg.hessian(rosenbrock, X, **keywords)  # type: ignore[arg-type]
    assert isinstance(h, spla.LinearOperator) and h.shape == (5, 5)
    scale = np.abs(EXACT).max()
    np.testing.assert_allclose(h @ V, EXACT @ V, atol=tolerance * scale)
    np.testing.assert_allclose(h.H @ V, EXACT @ V, atol=tolerance * scale)
    np.testing.assert_allclose(h @ np.eye(5), EXACT, atol=tolerance * scale)
    found = linalg.eigsh(h, 2, which="BE", tol=1e-6)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(EXACT)[[0, -1]], rtol=1e-3)


def test_value_and_gradient_in_one_function_and_further_arguments() -> None:
    def fused(x: Vector, a: float) -> tuple[float, Vector]:
        return a * rosenbrock(x), a * gradient(x)

    h = linalg.hessian(fused, X, args=(3.0,), jac=True)
    np.testing.assert_allclose(h @ V, 3 * EXACT @ V, rtol=1e-6)
    h = linalg.hessian(lambda x, a: 0.0, X, args=(3.0,), hess=lambda x, a: a * matrix(x))
    np.testing.assert_allclose(h @ V, 3 * EXACT @ V, rtol=1e-12)


def test_formulas_and_problems_have_exact_hessians() -> None:
    h = linalg.hessian("(1-x)^2 + 100*(y-x^2)^2", [-1.2, 1.0])
    np.testing.assert_allclose(h @ np.eye(2), matrix(np.array([-1.2, 1.0])), rtol=1e-13)
    problem = ravine.problems.rosenbrock
    np.testing.assert_allclose(linalg.hessian(problem) @ np.eye(2), problem.hess(problem.x0))
    large = ravine.problems.problem("quadratic:n=5,kappa=100")
    np.testing.assert_allclose(linalg.hessian(large, X) @ np.eye(5), large.hess(X), atol=1e-12)


def test_a_hessian_is_evaluated_once_and_products_when_they_are_needed() -> None:
    calls = {"hess": 0, "jac": 0}

    def hess(x: Vector) -> NDArray[np.float64]:
        calls["hess"] += 1
        return matrix(x)

    def jac(x: Vector) -> Vector:
        calls["jac"] += 1
        return gradient(x)

    h = linalg.hessian(rosenbrock, X, hess=hess)
    linalg.minres(h, V)
    assert (h @ V).size and calls["hess"] == 1
    h = linalg.hessian(rosenbrock, X, jac=jac)
    assert calls["jac"] == 0
    solved = linalg.minres(h, V, rtol=1e-6)
    # The first is compared with one with another step.
    assert solved.products <= calls["jac"] <= 2 * solved.products + 4


def test_hessians_say_what_they_cannot_use() -> None:
    with pytest.raises(ValueError, match=r"hess: its result has shape \(2, 2\)"):
        linalg.hessian(rosenbrock, X, hess=lambda x: np.eye(2))
    with pytest.raises(TypeError, match="x: is None, but a function needs a"):
        linalg.hessian(rosenbrock)
    with pytest.raises(TypeError, match="x: is None, but a function needs a"):
        linalg.hessian(rosenbrock, hess=matrix)
    with pytest.raises(ValueError, match="x: entry 0 is nan"):
        linalg.hessian(rosenbrock, [np.nan, 1.0])
    with pytest.raises(ValueError, match="x: has 3 entries, but the objective has 2 variables"):
        linalg.hessian("x^2 + y^2", [1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="fun: must be a function"):
        linalg.hessian(3.0, X)
    bad = linalg.hessian(rosenbrock, X, hessp=lambda x, v: v[:2])
    with pytest.raises(ValueError, match="hessp: its result has 2 entries, but must have 5"):
        linalg.minres(bad, V)

    def raises(x: Vector) -> Vector:
        raise KeyError("mine")

    h = linalg.hessian(rosenbrock, X, jac=raises)
    for run in (lambda: h @ V, lambda: linalg.minres(h, V), lambda: linalg.trace(h)):
        with pytest.raises(KeyError, match="mine"):
            run()
    not_finite = linalg.hessian(lambda x: np.nan, X, jac=lambda x: np.full(5, np.nan))
    with pytest.raises(ValueError, match="A: a product with it is not finite"):
        linalg.minres(not_finite, V)


def residuals(x: Vector) -> Vector:
    return np.concatenate([10.0 * (x[1:] - x[:-1] ** 2), 1.0 - x[:-1]])


def jacobian(x: Vector) -> NDArray[np.float64]:
    n = x.size
    j = np.zeros((2 * (n - 1), n))
    i = np.arange(n - 1)
    j[i, i], j[i, i + 1], j[n - 1 + i, i] = -20.0 * x[:-1], 10.0, -1.0
    return j


J = jacobian(X)


@pytest.mark.parametrize(
    "jac",
    [
        jacobian,
        J,
        np.asfortranarray(J),
        sp.csr_array(J),
        sp.csc_matrix(J),
        lambda x: sp.coo_array(jacobian(x)),
        spla.aslinearoperator(J),
        lambda x: spla.aslinearoperator(jacobian(x)),
    ],
)
def test_gauss_newton_matrices(jac: object) -> None:
    b = linalg.gauss_newton(residuals, X, jac)
    np.testing.assert_allclose(b @ V, J.T @ J @ V, rtol=1e-12)
    np.testing.assert_allclose(b @ np.eye(5), J.T @ J, rtol=1e-12, atol=1e-12)
    exact = np.linalg.eigvalsh(J.T @ J)
    np.testing.assert_allclose(linalg.eigsh(b, 5).values, exact, rtol=1e-8)
    damped = linalg.shifted_cg(b, V, [1.0]).x[0]
    np.testing.assert_allclose(damped, np.linalg.solve(J.T @ J + np.eye(5), V), rtol=1e-6)


@pytest.mark.parametrize("loss", ["linear", "soft_l1", "cauchy", "huber"])
def test_gauss_newton_with_a_loss_is_the_hessian_of_linear_residuals(loss: str) -> None:
    """Of residuals without second derivatives it is the Hessian, here by differences of values."""
    c, a, offset = 2.0, rng.standard_normal((30, 5)), rng.standard_normal(30)

    def rho(z: Vector) -> Vector:
        if loss == "linear":
            return z
        if loss == "soft_l1":
            return 2 * (np.sqrt(1 + z) - 1)
        if loss == "cauchy":
            return np.log1p(z)
        return np.where(z <= 1, z, 2 * np.sqrt(z) - 1)

    def fun(x: Vector) -> float:
        r = a @ x - offset
        return float(0.5 * np.sum(c**2 * rho((r / c) ** 2)))

    x = 0.3 * rng.standard_normal(5)
    b = linalg.gauss_newton(a @ x - offset, x, a, loss=loss, f_scale=c)  # type: ignore[arg-type]
    h = linalg.hessian(fun, x) @ np.eye(5)
    # Outliers, whose loss is concave, keep a little curvature.
    assert np.abs(a @ x - offset).max() < 3 * c
    np.testing.assert_allclose(b @ np.eye(5), h, atol=0.02 * np.abs(h).max())


def test_gauss_newton_says_what_it_cannot_use() -> None:
    with pytest.raises(ValueError, match=r"jac: has shape \(2, 2\), but must have \(8, 5\)"):
        linalg.gauss_newton(residuals, X, np.eye(2))
    with pytest.raises(ValueError, match=r"residuals\[0\]: is NaN"):
        linalg.gauss_newton(np.full(8, np.nan), X, J)
    with pytest.raises(ValueError, match="loss: is 'tukey', but must be one of 'linear'"):
        linalg.gauss_newton(residuals, X, J, loss="tukey")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="f_scale: is 0.0, but must be positive"):
        linalg.gauss_newton(residuals, X, J, f_scale=0.0)
    one_way = spla.LinearOperator((8, 5), matvec=lambda v: J @ v, dtype=float)
    with pytest.raises(NotImplementedError):
        linalg.gauss_newton(residuals, X, one_way) @ V


A = of_spectrum(np.geomspace(1.0, 50.0, 12))
S = rng.standard_normal((7, 12))
Y = S @ A


def bfgs_matrix(
    s: NDArray[np.float64], y: NDArray[np.float64], start: float
) -> NDArray[np.float64]:
    b = start * np.eye(s.shape[1])
    for step, change in zip(s, y, strict=True):
        bs = b @ step
        b += np.outer(change, change) / (change @ step) - np.outer(bs, bs) / (step @ bs)
    return b


def dfp_inverse(
    s: NDArray[np.float64], y: NDArray[np.float64], start: float
) -> NDArray[np.float64]:
    h = start * np.eye(s.shape[1])
    for step, change in zip(s, y, strict=True):
        hy = h @ change
        h += np.outer(step, step) / (change @ step) - np.outer(hy, hy) / (change @ hy)
    return h


def test_bfgs_and_dfp_matrices() -> None:
    start = Y[0] @ Y[0] / (S[0] @ Y[0])
    exact = bfgs_matrix(S, Y, start)
    b, h = linalg.bfgs(S, Y), linalg.bfgs(S, Y, inverse=True)
    np.testing.assert_allclose(b @ np.eye(12), exact, atol=1e-9 * np.abs(exact).max())
    np.testing.assert_allclose(h @ exact, np.eye(12), atol=1e-9)
    exact = dfp_inverse(S, Y, 1 / start)
    h = linalg.bfgs(S, Y, inverse=True, update="dfp")
    np.testing.assert_allclose(h @ np.eye(12), exact, atol=1e-9 * np.abs(exact).max())
    b = linalg.bfgs(S, Y, update="dfp")
    np.testing.assert_allclose(b @ S[-1], Y[-1], rtol=1e-8)


def test_limited_memory_matrices() -> None:
    start = Y[-1] @ Y[-1] / (S[-1] @ Y[-1])
    exact = bfgs_matrix(S, Y, start)
    b, h = linalg.lbfgs(S, Y), linalg.lbfgs(S, Y, inverse=True)
    np.testing.assert_allclose(b @ np.eye(12), exact, atol=1e-9 * np.abs(exact).max())
    np.testing.assert_allclose(h @ exact, np.eye(12), atol=1e-9)
    theirs = LbfgsInvHessProduct(S, Y)
    # SciPy's begins at the identity; the secant equation of the newest pair holds for both.
    np.testing.assert_allclose(theirs @ Y[-1], S[-1], rtol=1e-9)
    np.testing.assert_allclose(h @ Y[-1], S[-1], rtol=1e-9)
    # The true matrix as a preconditioner's aim: few iterations with as many pairs as it has rows.
    s = np.linalg.qr(rng.standard_normal((12, 12)))[0]
    m = linalg.lbfgs(s, s @ A, inverse=True)
    assert linalg.cg(A, np.ones(12), M=m).iterations <= linalg.cg(A, np.ones(12)).iterations
    assert linalg.eigsh(m, 1, which="SA").values[0] > 0


def test_sr1_matrices_find_indefinite_ones() -> None:
    a = of_spectrum(np.r_[-3.0, -1.0, np.geomspace(0.5, 20, 6)])
    s = rng.standard_normal((8, 8))
    for gamma in (None, 2.0, -1.5):
        b = linalg.sr1(s, s @ a, gamma=gamma)
        np.testing.assert_allclose(b @ np.eye(8), a, atol=1e-6)
        inverse = linalg.sr1(s, s @ a, gamma=gamma, inverse=True)
        np.testing.assert_allclose(inverse @ np.eye(8), np.linalg.inv(a), atol=1e-5)
        assert linalg.inertia(b).negative == 2


def test_pairs_that_cannot_be_used_are_named() -> None:
    s, y = np.eye(3)[:2], np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    for make in (linalg.bfgs, linalg.lbfgs):
        with pytest.raises(ValueError, match=r"y\[1\]: must have a clearly positive product"):
            make(s, y)
        with pytest.raises(ValueError, match=r"y\[1\]: must have a clearly positive product"):
            make(s, y, inverse=True)
    with pytest.raises(ValueError, match=r"y: has shape \[2, 3\], but must have \[1, 3\]"):
        linalg.sr1(s[:1], y)
    with pytest.raises(ValueError, match=r"s\[0\]: must be finite"):
        linalg.sr1(s * np.nan, y)
    with pytest.raises(ValueError, match="s: is empty"):
        linalg.lbfgs(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(ValueError, match=r"s: has shape \(1, 2, 3\)"):
        linalg.lbfgs(s[None], y[None])
    with pytest.raises(TypeError, match="y: must have real numbers"):
        linalg.lbfgs(s, y * 1j)
    with pytest.raises(ValueError, match="update: is 'sr1', but must be one of 'bfgs', 'dfp'"):
        linalg.bfgs(s, s, update="sr1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="gamma: is 0.0, but must be finite, not zero"):
        linalg.sr1(s, y, gamma=0.0)
    with pytest.raises(ValueError, match="A: the matrix is singular"):
        linalg.sr1(np.eye(2), np.zeros((2, 2)), inverse=True)


def test_the_inverse_hessian_of_a_minimization_is_an_operator() -> None:
    result = ravine.minimize(rosenbrock, X, method="lbfgs", jac=gradient)
    values = linalg.eigsh(result.hess_inv, 2, which="BE").values
    dense = result.hess_inv.todense()
    assert isinstance(result.hess_inv, _core.InverseHessian)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(dense)[[0, -1]], rtol=1e-8)


def test_products_of_curvatures_need_no_python() -> None:
    """Functions of the package get the operator itself, and other threads go on meanwhile."""
    n = 1200
    q = ravine.problems.problem(f"quadratic:n={n},kappa=1e6")
    h = linalg.hessian(q)
    assert isinstance(h._operator, _core.Operator)

    interrupted(lambda: linalg.cg(h, np.ones(n), rtol=0.0, maxiter=10**9))
    interrupted(lambda: linalg.spectral_density(h, probes=10**6))
    with pytest.raises(TypeError):
        pickle.dumps(h._operator)
