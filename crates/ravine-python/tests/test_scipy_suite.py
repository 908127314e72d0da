"""SciPy's own tests of `minimize`, with Ravine's methods in place of SciPy's.

Every test of `scipy.optimize.tests.test_optimize` that reaches one of the methods in `OURS`
through `scipy.optimize.minimize` runs here as it is. Those in `DIFFERENT` are expected to fail,
each for the reason given; one that passes after all is a failure, too. They are SciPy 1.17's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import scipy.optimize
from scipy.optimize.tests import test_optimize as suite

import ravine

OURS = {
    "bfgs": ravine.BFGS(),
    "cg": ravine.PolakRibiere(),
    "dogleg": ravine.TrustDogleg(),
    "l-bfgs-b": ravine.LBFGSB(),
    "newton-cg": ravine.NewtonCG(),
    "trust-exact": ravine.TrustExact(),
    "trust-krylov": ravine.TrustGLTR(),
    "trust-ncg": ravine.TrustSteihaug(),
}

#: Tests of other functions or methods, by the beginnings of their names.
OTHERS = (
    "test_bfgs_gh_2169",
    "test_bfgs_nan",
    "test_bfgs_numerical_jacobian",
    "test_cobyqa",
    "test_custom",
    "test_gh10771",
    "test_l_bfgs_b",
    "test_minimize_l_bfgs_b_maxfun_interruption",
    "test_neldermead",
    "test_powell",
    "test_respect_maxiter_trust_constr",
    "test_runtime_warning",
    "test_slsqp",
)

#: Those of them that reach our methods after all.
OURS_AFTER_ALL = ("test_bfgs_nan_return", "test_l_bfgs_b_maxiter")

COUNTS = "the exact points and counts of SciPy's implementation"
NO_WORKERS = "differences are not spread over processes"

#: Tests that differ, with all their parameters or (in brackets) those that contain a text, and why.
DIFFERENT = {
    "test_bfgs": COUNTS,
    "test_cg": COUNTS,
    "test_ncg": COUNTS,
    "test_ncg_hess": COUNTS,
    "test_ncg_hessp": COUNTS,
    "test_initial_step_scaling": "SciPy's length of the first step, 1.01 |g| where that is small",
    "test_bfgs_hess_inv0_neg": "no option hess_inv0: the first matrix is scaled by the first step",
    "test_bfgs_hess_inv0_semipos": "no option hess_inv0",
    "test_bfgs_hess_inv0_sanity": "no option hess_inv0",
    "test_bfgs_infinite": "ends as unbounded, at the last point where the function is finite",
    "test_bfgs_nan_return": "a start where the function is NaN is an error that says so",
    "test_nan_values": "a start where the function is NaN is an error that says so",
    "test_invalid_c1_c2": "the constants of the search are checked one by one, by Ravine's names",
    "test_ncg_negative_maxiter": "a negative maxiter is an error",
    "test_maxiter_noninteger": "a fraction of an iteration is an error",
    "test_ncg_zero_xtol": "a longer first step leads to another minimum of the cosine",
    "test_finite_differences_hess": "no complex steps, and no updates of SciPy's as a Hessian",
    "test_hessian_update_strategy": "SciPy's updates are not taken as a Hessian",
    "test_l_bfgs_b_maxiter": "another message at the limit of iterations",
    "test_minimize_l_bfgs_maxls": "one evaluation a line search is enough to converge here",
    "test_minimize_automethod": "constraints are an error",
    "test_minimize_invalid_bounds": "another message, which names the argument",
    "test_minimize_warnings_gh1953": "no warnings: the result says how the run ended",
    "test_smoke": NO_WORKERS,
    "TestWorkers::test_equal_bounds": NO_WORKERS,
    "test_all_bounds_equal": "another message where all variables are fixed",
    "test_equal_bounds[kwds0]": "by differences, gradients of fixed variables are 0, not NaN",
    "test_infinite_loop": "no option subproblem_maxiter",
}


def reaches_ours(item: pytest.Item) -> bool:
    """Whether a test runs one of our methods, and is not skipped by SciPy itself."""
    name = item.name.split("[")[0]
    if name.startswith(OTHERS) and name not in OURS_AFTER_ALL:
        return False
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if given.get("constraints", (None,))[0] or given.get("workers") == 2:
        return False
    method = given.get("method", "bfgs").lower()
    if "TestWorkers::test_equal_bounds" in item.nodeid and method != "l-bfgs-b":
        return False
    return method in OURS


def difference(item: pytest.Item) -> str | None:
    """Why a test is expected to fail, if it is."""
    for test, reason in DIFFERENT.items():
        name, _, parameter = test.rstrip("]").partition("[")
        tested = item.nodeid.split("[")[0]
        if tested.endswith(f"::{name}") and parameter in item.nodeid:
            within_class = "TestWorkers" in item.nodeid
            if within_class == (name.startswith("TestWorkers") or name == "test_smoke"):
                return reason
    return None


theirs = scipy.optimize.minimize


class TestWrapper(suite.TestOptimizeWrapperNoDisp):
    pass


class TestWrapperDisp(suite.TestOptimizeWrapperDisp):
    pass


class TestSimple(suite.TestOptimizeSimple):
    pass


class TestBounds(suite.TestLBFGSBBounds):
    pass


class TestNewtonCg(suite.TestNewtonCg):
    pass


class TestAttributes(suite.TestOptimizeResultAttributes):
    pass


class TestWorkers(suite.TestWorkers):
    pass


test_with_scalar = suite.test_minimize_with_scalar
test_equal_bounds = suite.test_equal_bounds
test_all_bounds_equal = suite.test_all_bounds_equal
test_maxiter_noninteger = suite.test_minimize_maxiter_noninteger
test_x_overwritten = suite.test_x_overwritten_user_function
test_infinite_loop = suite.test_gh12513_trustregion_exact_infinite_loop
test_sparse_hessian = suite.test_sparse_hessian


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts Ravine's methods in place; a test that calls none of them does not belong here."""
    calls = 0

    def minimize(*args: Any, **keywords: Any) -> Any:
        nonlocal calls
        method = keywords.get("method", "bfgs" if keywords.get("bounds") is None else "l-bfgs-b")
        ours = OURS.get(method.lower()) if isinstance(method, str) else None
        if ours is not None:
            calls += 1
            keywords["method"] = ours
        return theirs(*args, **keywords)

    monkeypatch.setattr(scipy.optimize, "minimize", minimize)
    yield
    assert calls > 0, "this test calls none of Ravine's methods"
