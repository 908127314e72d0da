"""Support vector machines."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._lm_base import (
    Vector,
    check_count,
    check_real,
    gap_of,
    settings_json,
    warn_unconverged,
)
from ravine._lm_classes import Classifier


class LinearSVC(Classifier):
    """A linear support vector machine, of several classes one against the rest.

    Minimizes `|b|^2 / 2 + C sum_i w_i L(t_i z_i)`, or `|b|_1 + C sum_i ...`, with `t = 1` and `-1`
    and the squared hinge `L(m) = max(0, 1 - m)^2`, whose intercept is free, or the hinge `max(0, 1
    - m)`, whose intercept is penalized as the others. (LIBLINEAR penalizes it in both.)

    Parameters
    ----------
    penalty
        `"l2"`, or `"l1"` with the squared hinge.
    loss
        `"squared_hinge"` or `"hinge"`.
    tol
        See :class:`PoissonRegressor`; with the hinge the gap is below `tol / 100` of the objective.
    C
        The inverse of the size of the penalty.
    fit_intercept
        Whether there is an intercept.
    class_weight
        See :class:`LogisticRegression`.
    random_state
        A number: the order of the rows with the hinge.
    max_iter
        Most iterations; of the hinge, ten times as many passes over the rows.
    dual, multi_class, intercept_scaling, verbose
        Change nothing; `multi_class` can only be `"ovr"`.

    Examples
    --------
    >>> from ravine.linear_model import LinearSVC
    >>> X = [[-2.0], [-1.0], [1.0], [3.0]]
    >>> model = LinearSVC(loss="hinge", C=1000, fit_intercept=False).fit(X, [0, 0, 1, 1])
    >>> model.coef_.round(3)
    array([[1.]])
    """

    def __init__(
        self,
        penalty: str = "l2",
        loss: str = "squared_hinge",
        *,
        dual: Any = "auto",
        tol: float = 1e-4,
        C: float = 1.0,
        multi_class: str = "ovr",
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Any = None,
        verbose: int = 0,
        random_state: Any = None,
        max_iter: int = 1000,
    ) -> None:
        self.penalty = penalty
        self.loss = loss
        self.dual = dual
        self.tol = tol
        self.C = C
        self.multi_class = multi_class
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.verbose = verbose
        self.random_state = random_state
        self.max_iter = max_iter

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Fits the machine; see :meth:`LogisticRegression.fit`."""
        if self.penalty not in ("l1", "l2"):
            raise ValueError(f"penalty: is {self.penalty!r}, but must be 'l1' or 'l2'")
        if self.loss not in ("hinge", "squared_hinge"):
            raise ValueError(f"loss: is {self.loss!r}, but must be 'squared_hinge' or 'hinge'")
        if self.penalty == "l1" and self.loss == "hinge":
            raise ValueError("loss: is 'hinge', but must be 'squared_hinge' for the penalty 'l1'")
        if self.multi_class != "ovr":
            raise ValueError(f"multi_class: is {self.multi_class!r}, but must be 'ovr'")
        C = check_real("C", self.C, 0, open_="least most")
        X, codes, weights = self._read_classes(X, y, sample_weight)
        design = self._design(X, False)
        total = float(len(codes) if weights is None else weights.sum())
        alpha = 1.0 / (C * total)
        positive = [1] if len(self.classes_) == 2 else range(len(self.classes_))
        fits = [self._fit_one(design, codes == k, weights, alpha) for k in positive]
        self._forget()
        self.coef_ = np.array([fit[0] for fit in fits])
        self.intercept_ = np.array([fit[1] for fit in fits])
        statuses = [fit[2] for fit in fits]
        self.converged_ = all(status == "converged" for status in statuses)
        self.status_ = next((s for s in statuses if s != "converged"), "converged")
        self.gap_ = max(fit[3] for fit in fits)
        self.certificate_ = "gap"
        self.n_iter_ = max(fit[4] for fit in fits)
        self._name_coefficients(design)
        if not self.converged_:
            warn_unconverged(self)
        return self

    def _fit_one(
        self, design: Any, positive: NDArray[np.bool_], weights: Vector | None, alpha: float
    ) -> tuple[Vector, float, str, float, int]:
        gap = gap_of(self.tol)
        most = check_count("max_iter", self.max_iter, 1)
        y = positive.astype(np.float64)
        if self.loss == "hinge":
            settings = {
                "alpha": alpha,
                "intercept": self._intercept(),
                "tolerance": gap**0.5,
                "passes": 10 * most,
            }
            if isinstance(self.random_state, (int, np.integer)):
                settings["seed"] = int(self.random_state)
            found = _core.fit_hinge(design, y, weights, json.dumps(settings))
            return (
                found["coefficients"],
                found["intercept"],
                found["status"],
                found["certificate"][1],
                found["iterations"],
            )
        text = settings_json(
            alpha=alpha,
            l1_ratio=1.0 if self.penalty == "l1" else 0.0,
            intercept=self._intercept(),
            tol=gap,
            max_iter=most,
            family="squared_hinge",
        )
        fit, _ = _core.fit_glm("glm", design, y, weights, None, text)
        return fit.coefficients, fit.intercept, fit.status, fit.certificate[1], fit.iterations
