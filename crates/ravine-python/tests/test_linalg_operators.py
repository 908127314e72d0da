"""Operators of every kind: their products, without copies, without the lock of the interpreter."""

import threading
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse as sp
from beside import interrupted
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from ravine import linalg
from ravine._operator import linear_operator, operator

rng = np.random.default_rng(7)


def dense_arrays() -> list[NDArray[np.float64]]:
    c = rng.standard_normal((37, 23))
    big = rng.standard_normal((80, 90))
    readonly = c.copy()
    readonly.flags.writeable = False
    return [
        c,
        np.asfortranarray(c),
        c.T,
        big[::2],
        big[:, ::3],
        big[::2, ::3],
        big[::-1],
        big[:, ::-2],
        np.asfortranarray(big)[5:50, 3:20],
        np.broadcast_to(c[:1], (5, 23)),
        c[:, :1],
        c[:1],
        c[:0],
        c[:, :0],
        readonly,
        big.reshape(8, 10, 90)[:, 3, :],
    ]


@pytest.mark.parametrize("a", dense_arrays(), ids=lambda a: f"{a.shape}-{a.strides}")
def test_dense_arrays_in_any_order(a: NDArray[np.float64]) -> None:
    held = operator(a)
    assert held.shape == a.shape and held.has_adjoint
    x, y = rng.standard_normal(a.shape[1]), rng.standard_normal(a.shape[0])
    np.testing.assert_allclose(held.apply(x), a @ x, atol=1e-12)
    np.testing.assert_allclose(held.apply_adjoint(y), a.T @ y, atol=1e-12)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "dia", "lil", "bsr"])
@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_matrices_in_any_format(form: str, kind: type, index: type) -> None:
    dense = rng.standard_normal((31, 17)) * (rng.random((31, 17)) < 0.2)
    a = kind(dense).asformat(form)
    if form in ("csr", "csc"):
        a.indices, a.indptr = a.indices.astype(index), a.indptr.astype(index)
    held = operator(a)
    x, y = rng.standard_normal(17), rng.standard_normal(31)
    np.testing.assert_allclose(held.apply(x), dense @ x, atol=1e-13)
    np.testing.assert_allclose(held.apply_adjoint(y), dense.T @ y, atol=1e-13)


def test_sparse_places_out_of_order_and_twice() -> None:
    a = sp.csr_array(
        (np.array([1.0, 2.0, 4.0]), np.array([1, 0, 1]), np.array([0, 3, 3])), shape=(2, 2)
    )
    np.testing.assert_array_equal(operator(a).apply(np.array([1.0, 10.0])), [52.0, 0.0])


def test_linear_operators_functions_and_pairs() -> None:
    dense = rng.standard_normal((5, 3))
    x, y = rng.standard_normal(3), rng.standard_normal(5)
    for a in (
        operator(aslinearoperator(dense)),
        operator(aslinearoperator(dense) * 2.0),
        operator((lambda v: dense @ v, lambda u: dense.T @ u), n=3, rows=5),
    ):
        factor = 2.0 if np.allclose(a.apply(x), 2 * dense @ x) else 1.0
        np.testing.assert_allclose(a.apply(x), factor * dense @ x)
        np.testing.assert_allclose(a.apply_adjoint(y), factor * dense.T @ y)
    square = dense[:3]
    held = operator(lambda v: square @ v, n=3)
    assert held.shape == (3, 3) and not held.has_adjoint
    np.testing.assert_allclose(held.apply(x), square @ x)
    with pytest.raises(TypeError, match="A: products with its transpose are needed"):
        held.apply_adjoint(x)


def test_results_may_be_anything_that_numpy_takes() -> None:
    expected = np.array([2.0, 4.0, 6.0])
    for result in (
        [2, 4, 6],
        (2.0, 4.0, 6.0),
        np.array([2, 4, 6], dtype=np.float32),
        np.array([[2.0], [4.0], [6.0]]),
        jnp.array([2.0, 4.0, 6.0]),
        np.arange(2.0, 13.0, 2.0)[:3],
        np.array([6.0, 4.0, 2.0])[::-1],
    ):
        held = operator(lambda v, result=result: result, n=3)
        np.testing.assert_array_equal(held.apply(np.zeros(3)), expected)


def test_a_hessian_product_of_jax_works_as_it_is() -> None:
    def loss(x: jax.Array) -> jax.Array:
        return jnp.sum((x[1:] - x[:-1] ** 2) ** 2) + jnp.sum(x**4)

    x = jnp.linspace(-1.0, 1.0, 30)
    exact = np.asarray(jax.hessian(loss)(x), dtype=float)
    hvp = jax.jit(lambda v: jax.jvp(jax.grad(loss), (x,), (v,))[1])
    v = rng.standard_normal(30)
    np.testing.assert_allclose(operator(hvp, n=30).apply(v), exact @ v, rtol=1e-4, atol=1e-4)
    found = linalg.eigsh(hvp, 2, which="BE", tol=1e-5, n=30)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(exact)[[0, -1]], rtol=1e-4)


def test_a_function_gets_an_array_of_its_own() -> None:
    kept = []
    a = np.diag(np.arange(1.0, 9.0))

    def product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        kept.append(v)
        v *= 2.0
        return a @ (v / 2.0)

    x, info = linalg.cg(product, np.ones(8))
    np.testing.assert_allclose(x, 1 / np.diag(a), rtol=1e-7)
    assert info == 0 and len({v.ctypes.data for v in kept}) == len(kept)


def test_operators_of_the_library_are_those_of_scipy() -> None:
    a = rng.standard_normal((6, 6))
    wrapped = linear_operator(operator(a))
    assert isinstance(wrapped, LinearOperator) and wrapped.shape == (6, 6)
    x, block = rng.standard_normal(6), rng.standard_normal((6, 4))
    np.testing.assert_allclose(wrapped @ x, a @ x)
    np.testing.assert_allclose(wrapped @ block, a @ block)
    np.testing.assert_allclose(wrapped.H @ x, a.T @ x)
    np.testing.assert_allclose((wrapped + 2 * wrapped) @ x, 3 * a @ x)
    # Passed back, it is the operator itself: no function of Python is called.
    assert operator(wrapped) is wrapped._operator


@pytest.mark.parametrize(
    ("a", "error", "message"),
    [
        (np.eye(3, dtype=np.float32), TypeError, r"A: is of dtype float32.*A.astype\(float\)"),
        (np.eye(3, dtype=int), TypeError, "A: is of dtype int64"),
        (np.eye(3, dtype=complex), TypeError, "A: is of dtype complex128"),
        (np.eye(3, dtype=">f8"), TypeError, "A: is of dtype >f8"),
        (np.array([["a", "b"], ["c", "d"]]), TypeError, "A: is of dtype <U1"),
        (sp.eye_array(3, dtype=np.float32, format="csr"), TypeError, "A: is of dtype float32"),
        (sp.eye_array(3, dtype=int, format="coo"), TypeError, "A: is of dtype int64"),
        (np.ones(3), ValueError, r"A: has shape \(3,\), but must have two dimensions"),
        (np.ones((3, 3, 3)), ValueError, r"A: has shape \(3, 3, 3\)"),
        (np.ones((3, 2)), ValueError, r"A: has shape \(3, 2\), but must be square"),
        (sp.csr_array(np.ones((3, 2))), ValueError, r"A: has shape \(3, 2\), but must be square"),
        (np.eye(4), ValueError, "b: has 3 entries, but must have 4"),
        (aslinearoperator(np.eye(3, dtype=complex)), TypeError, "A: is of dtype complex128"),
        ("identity", TypeError, "A: is of type str, but must be an array"),
        (None, TypeError, "A: is of type NoneType"),
        (3.0, TypeError, "A: is of type float"),
        (lambda v: v[:2], ValueError, "A: its product has 2 entries, but must have 3"),
        (lambda v: "text", TypeError, "A: its product must have real numbers"),
        (lambda v: v * 1j, TypeError, "A: its product must have real numbers"),
        (lambda v: v * np.nan, ValueError, "A: a product with it is not finite"),
        (np.full((3, 3), np.inf), ValueError, "A: a product with it is not finite"),
        (np.full((3, 3), np.nan), ValueError, "A: a product with it is not finite"),
    ],
)
def test_what_cannot_be_used_is_named(a: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        linalg.cg(a, np.ones(3))


def test_unaligned_arrays_and_broken_sparse_ones_are_named() -> None:
    memory = np.zeros(9 * 8 + 1, dtype=np.uint8)[1:].view(np.float64).reshape(3, 3)
    with pytest.raises(ValueError, match="A: is not aligned in memory"):
        linalg.cg(memory, np.ones(3))
    broken = sp.csr_array(np.eye(3))
    broken.indices = np.array([0, 1, 7], dtype=np.int32)
    with pytest.raises(ValueError, match=r"A\.indices\[2\]: is 7, but must be at least 0 and"):
        linalg.cg(broken, np.ones(3))
    broken = sp.csr_array(np.eye(3))
    broken.indptr = np.array([0, 2, 1, 3], dtype=np.int32)
    with pytest.raises(ValueError, match=r"A\.indptr\[2\]: is 1"):
        linalg.cg(broken, np.ones(3))
    mixed = sp.csr_array(np.eye(3))
    mixed.indices = mixed.indices.astype(np.int64)
    with pytest.raises(TypeError, match="A: indices and indptr must both be of dtype int32"):
        linalg.cg(mixed, np.ones(3))


def test_a_function_needs_a_dimension() -> None:
    with pytest.raises(TypeError, match="A: is a function, so that n must say"):
        linalg.trace(lambda v: v)


def test_exceptions_of_functions_pass_through() -> None:
    class Mine(Exception):
        pass

    error = Mine("from within")

    def product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        raise error

    for run in (
        lambda: linalg.cg(product, np.ones(3)),
        lambda: linalg.cg(np.eye(3), np.ones(3), M=product),
        lambda: linalg.lsqr((product, product), np.ones(3)),
        lambda: linalg.shifted_cg(product, np.ones(3), [1.0]),
        lambda: linalg.lanczos(product, np.ones(3), 2),
        lambda: linalg.eigsh(product, n=100),
        lambda: linalg.power_iteration(product, n=100),
        lambda: linalg.trace(product, n=100),
        lambda: linalg.diagonal(product, n=100),
        lambda: linalg.spectral_density(product, n=100),
        lambda: linalg.condition_number(product, n=100),
        lambda: linalg.inertia(product, n=100),
        lambda: linalg.nystrom(product, 1.0, n=100),
        lambda: linalg.cg(np.eye(3), np.ones(3), callback=product),
        lambda: linalg.spectral_density(np.eye(3)).trace_of(product),
    ):
        with pytest.raises(Mine) as caught:
            run()
        assert caught.value is error
        names = [entry.name for entry in caught.traceback]
        assert names[-1] == "product"


LARGE = 3600  # 104 MB


def resident(field: str) -> int:
    """Resident memory in bytes: "VmRSS" now, "VmHWM" at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024


def growth(work: Callable[[], None]) -> int:
    """The peak of resident memory during some work, over what it was before."""
    Path("/proc/self/clear_refs").write_text("5")  # The peak starts anew.
    before = resident("VmRSS")
    work()
    return resident("VmHWM") - before


def test_growth_sees_a_copy() -> None:
    a = np.ones((LARGE, LARGE))
    assert growth(lambda: a.copy().fill(1.0)) > 0.9 * a.nbytes


@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_large_dense_arrays_are_not_copied(order: str) -> None:
    if order == "strided":
        a = np.ones((LARGE, 2 * LARGE))[:, ::2]
    else:
        a = np.ones((LARGE, LARGE), order=order)
    a[np.diag_indices(LARGE)] += np.arange(1.0, LARGE + 1)
    b = np.ones(LARGE)

    def work() -> None:
        assert linalg.cg(a, b, maxiter=3).iterations == 3
        assert linalg.lsqr(a, b, maxiter=2).iterations == 2
        linalg.eigsh(a, 1, max_products=10)
        linalg.trace(a, method="hutchinson", products=4)

    assert growth(work) < 0.1 * LARGE * LARGE * 8


@pytest.mark.parametrize("form", ["csr", "csc"])
def test_large_sparse_matrices_are_not_copied(form: str) -> None:
    n = 400_000
    bands = [np.full(n, 0.1) for _ in range(20)]
    bands[10] = np.linspace(5.0, 9.0, n)
    a = sp.dia_array((np.array(bands), np.arange(-10, 10)), shape=(n, n)).asformat(form)
    size = a.data.nbytes + a.indices.nbytes
    assert size > 90e6
    del bands
    b = np.ones(n)

    def work() -> None:
        assert linalg.cg(a, b, maxiter=2).iterations == 2
        assert linalg.lsmr(a, b, maxiter=1).iterations == 1

    # The vectors of the methods themselves are 3.2 MB each.
    assert growth(work) < 0.1 * size + 10 * b.nbytes


def test_one_operator_serves_several_threads() -> None:
    n = 300
    a = rng.standard_normal((n, n))
    a = a @ a.T + n * np.eye(n)
    m = linalg.jacobi(a)
    nystrom = linalg.nystrom(a, 1.0)
    rhs = rng.standard_normal((6, n))
    found: dict[int, NDArray[np.float64]] = {}

    def solve(k: int) -> None:
        found[k] = linalg.cg(a, rhs[k], M=(m, nystrom)[k % 2], rtol=1e-10).x

    threads = [threading.Thread(target=solve, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(6):
        np.testing.assert_allclose(a @ found[k], rhs[k], atol=1e-6)


@pytest.mark.parametrize(
    "run",
    [
        lambda a, b: linalg.minres(a, b, rtol=0.0, least_squares_rtol=0.0, maxiter=10**9),
        lambda a, b: linalg.eigsh(a, 5, tol=0.0, max_products=10**9),
        lambda a, b: linalg.spectral_density(a, probes=10**6, steps=50),
        lambda a, b: linalg.trace(a, method="hutchinson", products=10**9, rtol=1e-12),
    ],
    ids=["minres", "eigsh", "density", "trace"],
)
def test_others_go_on_and_interrupts_end_what_runs_in_rust_alone(run: object) -> None:
    n = 2000
    a = rng.standard_normal((n, n))
    a = a + a.T
    b = rng.standard_normal(n)
    interrupted(lambda: run(a, b))  # type: ignore[operator]
