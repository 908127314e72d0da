"""Logistic regression of two and more classes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.extmath import softmax

from ravine import _core
from ravine._lm_base import (
    CollinearityWarning,
    SeparationWarning,
    Vector,
    at_precision,
    check_count,
    check_real,
    gap_of,
    jobs,
    settings_json,
    solver_name,
    warn,
    warn_unconverged,
)
from ravine._lm_classes import Classifier
from ravine._lm_inference import FIRTH, InferenceMixin

MANY_CLASSES = "inference is made of two classes"


class LogisticRegression(InferenceMixin, Classifier):
    """Logistic regression with an elastic-net penalty, of two and more classes.

    Minimizes `C sum_i w_i f_i + l1_ratio |b|_1 + (1 - l1_ratio) |b|^2 / 2`, f the negative
    log-likelihood of a row; of more than two classes that of the softmax of one linear predictor a
    class. The intercept is never penalized. With `C=np.inf` there is no penalty, and of two classes
    there are standard errors, tests and a summary.

    Parameters
    ----------
    penalty
        scikit-learn's former way to say `l1_ratio` and `C`: `"l1"`, `"l2"`, `"elasticnet"` or None.
    C
        The inverse of the size of the penalty.
    l1_ratio
        The share of L1 in the penalty.
    tol
        See :class:`PoissonRegressor`.
    fit_intercept
        Whether there is an intercept.
    class_weight
        Weights of the classes as a dictionary, or `"balanced"`.
    correction
        `"firth"`: Firth's penalty, half the logarithm of the determinant of the information, of two
        classes without another penalty (`C=np.inf`): finite coefficients in spite of separation,
        with standard errors. Its fit ends where its scores vanish, whatever `tol`. None for none.
    solver
        `"auto"`, `"newton-cholesky"`, `"newton-cg"` or `"lbfgs"` for two classes without L1, which
        have the same minimizer; scikit-learn's others are taken as `"auto"`.
    max_iter
        Most iterations.
    warm_start
        Whether a fit starts at the coefficients of the one before.
    n_jobs
        See :class:`LinearRegression`.
    dual, intercept_scaling, random_state, verbose
        Change nothing.

    Attributes
    ----------
    classes_
        The classes in order.
    coef_, intercept_
        The coefficients, a row for two classes, else one a class.
    n_iter_
        Iterations.
    converged_, status_, gap_, solver_, solver_reason_
        How the fit ended, how far from the minimum it is at most, and what minimized.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import LogisticRegression
    >>> X = np.array([[0.0], [0.2], [1.0], [1.3], [2.0], [2.4]])
    >>> model = LogisticRegression(C=100).fit(X, list("aabbcc"))
    >>> model.predict([[0.1], [1.1], [3.0]]).tolist()
    ['a', 'b', 'c']
    """

    def __init__(
        self,
        penalty: Any = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        dual: bool = False,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Any = None,
        random_state: Any = None,
        solver: str = "auto",
        max_iter: int = 100,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        correction: str | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.correction = correction

    def _penalty(self, total: float) -> tuple[float, float]:
        """alpha and the share of L1, for a sum of the weights."""
        C = check_real("C", self.C, 0, open_="least")
        ratio = 0.0 if self.l1_ratio is None else check_real("l1_ratio", self.l1_ratio, 0, most=1)
        return penalty_of(self.penalty, C, ratio, total)

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Fits the model.

        Parameters
        ----------
        X, sample_weight
            See :meth:`GeneralizedLinearModel.fit`.
        y
            The class of each row: numbers or text.
        """
        X, codes, weights = self._read_classes(X, y, sample_weight)
        total = float(len(codes) if weights is None else weights.sum())
        unpenalized = self._penalty(total)[0] == 0
        design = self._design(X, unpenalized)
        with jobs(self.n_jobs):
            self._fit_design(design, codes, weights, total)
        self._name_coefficients(design)
        return self

    def _fit_design(
        self, design: Any, codes: NDArray[np.int64], weights: Vector | None, total: float
    ) -> None:
        alpha, l1_ratio = self._penalty(total)
        tol = gap_of(self.tol)
        most = check_count("max_iter", self.max_iter, 1)
        solver = solver_name(self.solver)
        start = self._start(design.shape[1])
        firth = self._correction() == "firth"
        if firth and (alpha > 0 or len(self.classes_) > 2):
            raise ValueError(f"{FIRTH} without another penalty; give C=np.inf")
        if len(self.classes_) == 2:
            if alpha * l1_ratio > 0:
                solver = "automatic"
            settings = settings_json(
                alpha=alpha,
                l1_ratio=l1_ratio,
                intercept=self._intercept(),
                tol=tol,
                max_iter=most,
                solver=solver,
                family="binomial",
            )
            first = None if start is None else (float(start[0][0]), start[1][0])
            kind = "firth" if firth else "glm"
            y = codes.astype(np.float64)
            fit, _ = _core.fit_glm(kind, design, y, weights, None, settings, start=first)
            self._keep(fit, inference=alpha == 0, classifier=True)
            return
        settings = json.dumps(
            {
                "alpha": alpha,
                "l1_ratio": l1_ratio,
                "intercept": self._intercept(),
                "tolerance": tol,
                "iterations": most,
            }
        )
        found = _core.fit_multinomial(design, codes, weights, settings, start)
        self._keep_classes(found, alpha == 0)

    def _keep_classes(self, found: dict[str, Any], unpenalized: bool) -> None:
        """Takes over a fit of more than two classes."""
        self._forget()
        coef, intercept = found["coefficients"], found["intercepts"]
        # Without a penalty one class has zeros; a constant of all classes changes no probability.
        self.coef_ = coef - coef.mean(axis=0) if unpenalized else coef
        self.intercept_ = intercept - intercept.mean()
        self.status_ = found["status"]
        self.converged_ = found["status"] == "converged"
        self.certificate_, self.gap_ = found["certificate"]
        self.solver_, self.solver_reason_ = "newton", "all classes at once"
        self.n_iter_ = np.array([found["iterations"]], dtype=np.int32)
        self.aliased_ = np.zeros(coef.shape[1], dtype=bool)
        self.aliased_[[column for column, _ in found["aliased"]]] = True
        self.infinite_ = np.zeros(coef.shape[1], dtype=np.int8)
        self._infinite_intercept = 0
        self.notes_: list[str] = [*(words for _, words in found["aliased"]), *found["notes"]]
        for _, words in found["aliased"]:
            warn(words, CollinearityWarning)
        self._core_fit = None
        self._no_inference = MANY_CLASSES
        if self.status_ == "separated":
            words = (
                "separation: linear predictors fit some classes perfectly, and the likelihood has "
                "no finite maximum; a penalty gives finite estimates"
            )
            self.notes_.append(words)
            warn(words, SeparationWarning)
        elif not self.converged_:
            objectives = (found["objective"], found["objective"])
            if not at_precision(self.status_, found["certificate"], objectives):
                warn_unconverged(self)

    def _start(self, columns: int) -> tuple[Vector, Vector] | None:
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        coef = self.coef_.toarray() if hasattr(self.coef_, "toarray") else self.coef_
        rows = 1 if len(self.classes_) == 2 else len(self.classes_)
        if np.shape(coef) != (rows, columns):
            return None
        intercept = np.broadcast_to(np.ravel(self.intercept_), (rows,))
        return (
            np.ascontiguousarray(intercept, dtype=np.float64),
            np.ascontiguousarray(coef, dtype=np.float64),
        )

    def predict_proba(self, X: Any) -> Vector:
        """The probabilities of the classes, a row a row of X.

        Parameters
        ----------
        X
            An array, a sparse matrix, or a table with the columns of the fit.
        """
        scores = self.decision_function(X)
        if scores.ndim == 2:
            return softmax(scores)
        z = np.ascontiguousarray(scores, dtype=np.float64)
        # Of a probability near 1 the other keeps its digits.
        return np.column_stack([_core.glm_means('"binomial"', None, s) for s in (-z, z)])

    def predict_log_proba(self, X: Any) -> Vector:
        """The logarithms of the probabilities.

        Parameters
        ----------
        X
            An array, a sparse matrix, or a table with the columns of the fit.
        """
        return np.log(self.predict_proba(X))

    def summary(self, level: float = 0.95) -> str:
        """A table of the coefficients as text, of two classes.

        Parameters
        ----------
        level
            Of the intervals.
        """
        self._check_fitted()
        if len(self.classes_) > 2:
            raise ValueError(f"classes: are {len(self.classes_)}; {MANY_CLASSES}")
        return super().summary(level)

    def _described(self) -> str:
        return f" (of {self.classes_[1]!s} against {self.classes_[0]!s})"


def penalty_of(penalty: Any, C: float, ratio: float, total: float) -> tuple[float, float]:
    """alpha and the share of L1 of scikit-learn's parameters, for a sum of the weights."""
    if not (isinstance(penalty, str) and penalty == "deprecated"):
        if penalty is None:
            return 0.0, 0.0
        if penalty not in ("l1", "l2", "elasticnet"):
            raise ValueError(
                f"penalty: is {penalty!r}, but must be 'l1', 'l2', 'elasticnet' or None"
            )
        ratio = {"l1": 1.0, "l2": 0.0, "elasticnet": ratio}[penalty]
    return 1.0 / (C * max(total, np.finfo(float).tiny)), ratio
