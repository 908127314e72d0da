"""Minimization in SciPy's manner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from ravine._checkpoints import Checkpoints, File
from ravine._custom import CustomMethod
from ravine._epochs import Batches
from ravine._method import Method, method_of
from ravine._result import OptimizeResult
from ravine._solve import solve


def minimize(
    fun: Any,
    x0: ArrayLike | None = None,
    args: Any = (),
    method: str | Method | CustomMethod | None = None,
    jac: Callable[..., Any] | str | bool | None = None,
    hess: Callable[..., Any] | str | None = None,
    hessp: Callable[..., Any] | None = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: dict[str, Any] | None = None,
    *,
    batch_size: int | None = None,
    epochs: int | None = None,
    schedule: str | None = None,
    average_after: int | None = None,
    seed: int | None = None,
    last_batch: str | None = None,
    measure: int | str | None = None,
    checkpoint: File | None = None,
    every: int | None = None,
    resume: File | None = None,
) -> OptimizeResult:
    """Minimize a function of several variables.

    The arguments are those of `scipy.optimize.minimize`, in its order, and by keyword those of runs
    over batches and of runs that can go on.

    Parameters
    ----------
    fun
        The function, `fun(x, *args)`; or a problem of `ravine.problems`, or the name of one, or a
        formula such as ``"(1-x)^2 + 100*(y-x^2)^2"``, all with exact derivatives.
    x0
        The start. A problem of the library has its own.
    args
        Further arguments of the functions.
    method
        A name, Ravine's ("lbfgs", "newton-cg", with settings "lbfgs:memory=5") or SciPy's
        ("L-BFGS-B", "trust-krylov"); or an object, such as ``ravine.LBFGS(memory=5)`` or a
        :class:`ravine.CustomMethod` of one's own. By default it is chosen from what is known of the
        function: the result says which and why.
    jac
        The gradient, `jac(x, *args)`; True where `fun` returns value and gradient. By default,
        differences, forward ones ('2-point') and near a minimizer central ones ('3-point').
    hess
        The Hessian, `hess(x, *args)`: an array, a sparse matrix of SciPy's, or an operator with
        `matvec`; '2-point' or '3-point' for differences of gradients.
    hessp
        The Hessian times a vector, `hessp(x, p, *args)`.
    bounds
        Pairs `(lower, upper)`, one a variable, None where a side is free; or a
        `scipy.optimize.Bounds`.
    constraints
        Not supported beyond bounds.
    tol
        The gradient test holds where no entry of the gradient is larger. By default, 1e-8 times the
        gradient at the start, and the method must expect no further decrease worth having.
    callback
        Called after each iteration as `callback(xk)`, `callback(intermediate_result=...)` or
        `callback(xk, state)`, by its parameters. It stops the run by raising `StopIteration`; the
        last form also by returning something true.
    options
        SciPy's names (maxiter, maxfun, gtol, ftol, xtol, disp, return_all, ...), Ravine's (seconds,
        gradient_relative, decrease, ...), and the settings of the method.
    batch_size
        Of a problem that is a mean over cases, such as a `Regression`: go over them in batches of
        so many, in a new random order each epoch. The method must go over batches: one with a fixed
        step ("adam"), or one made of curvature, step and trust ("lbfgs", "newton-cg",
        "lbfgs/solve/fixed") that needs of a batch no more than gradients, Hessian products or roots
        of the Hessian; another is refused with the names of those that do. By default it is Adam
        with the best step of a grid, and the result has the `tuning`. A callback is called where
        the value on all cases is measured. A tolerance is for the gradient on all cases; without
        one the run ends with its epochs.
    epochs
        How often every case is visited; by default, 10.
    schedule
        How the step changes: "constant", "decay:0.5,3" (by a factor every few epochs), "cosine",
        "inverse:100" (half after so many steps); after a warm-up as in "warm-up:100+cosine".
    average_after
        Give the mean of the points after so many epochs instead of the last.
    seed
        Of the orders of the cases; by default, 0.
    last_batch
        What becomes of cases that do not fill the last batch of an epoch: "kept" as a smaller
        batch, the default, or "dropped" until another epoch.
    measure
        When the value on all cases is measured, which costs an evaluation: after every so many
        epochs (by default 1), at the "end", or "never"; then the value of the result is NaN.
    checkpoint
        A file to which the state of the run is written, now and then and where a limit, an
        exception or Ctrl-C ends it: it can go on from there, also after it was killed. Each
        checkpoint replaces the one before once it is complete.
    every
        So many iterations from checkpoint to checkpoint, over batches so many epochs; by default
        30 seconds, or, where writing takes long, less than a twentieth of the time.
    resume
        A checkpoint to go on from, to the same bits; it may be the same file. The problem or the
        name of the function, the start, the bounds, the method and its settings must be those it is
        of, and so must what cannot be seen from outside: the code of the function, its further
        arguments, and data; limits and tolerances may be others. A method that is not named is that
        of the checkpoint. History and callbacks begin where the run goes on.

    Returns
    -------
    OptimizeResult
        With SciPy's fields and more.

    Raises
    ------
    ValueError, TypeError
        An argument that cannot be used, by its name. What the functions raise is passed on.
    OSError
        A checkpoint that cannot be written or read.

    Examples
    --------
    >>> import numpy as np
    >>> import ravine
    >>> def rosenbrock(x):
    ...     return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    >>> result = ravine.minimize(rosenbrock, np.zeros(5))
    >>> np.allclose(result.x, 1.0, atol=1e-5)
    True
    >>> result.method
    'bfgs'
    >>> print(result.because)
    5 variables and gradients by finite differences: few enough to keep a full matrix of secant
    curvature

    Within bounds, with a callback that stops the run:

    >>> def enough(intermediate_result):
    ...     if intermediate_result.fun < 0.5:
    ...         raise StopIteration
    >>> result = ravine.minimize(
    ...     rosenbrock, [-1.2, 1.0], method="L-BFGS-B", bounds=[(None, 0.8), (0, None)],
    ...     callback=enough,
    ... )
    >>> result.status, result.message
    (99, '`callback` raised `StopIteration`.')

    A run that goes on where it was left:

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "run.checkpoint"
    >>> ravine.minimize("rosenbrock", checkpoint=file, options={"maxiter": 9}).reason
    'iteration_limit'
    >>> ravine.minimize("rosenbrock", checkpoint=file, resume=file).success
    True
    >>> ravine.minimize("rosenbrock").x == ravine.minimize("rosenbrock", resume=file).x
    array([ True,  True])
    """
    batches = Batches(batch_size, epochs, schedule, average_after, seed, last_batch, measure)
    checkpoints = Checkpoints(checkpoint, every, resume)
    return solve(
        fun,
        x0,
        args,
        method_of(method, bounded=bounds is not None),
        jac,
        hess,
        hessp,
        bounds,
        constraints,
        tol,
        callback,
        options,
        batches=batches,
        checkpoints=checkpoints,
    )
