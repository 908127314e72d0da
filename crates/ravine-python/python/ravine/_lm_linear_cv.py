"""Least squares with penalties that cross-validation chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV, check_cv

from ravine import _core
from ravine._lm_base import Vector, check_count, check_real, jobs
from ravine._lm_linear import ElasticNet, Ridge, SquaresRegression, residual_squares

#: The least gap, relative to the objective, of the fits of folds.
FOLDS = 1e-6


class RidgeCV(SquaresRegression):
    """Ridge regression whose penalty is chosen by leaving each row out, or by folds.

    Parameters
    ----------
    alphas
        The penalties to choose among, as those of :class:`Ridge`.
    fit_intercept
        Whether there is an intercept, which is never penalized.
    scoring
        A scorer of scikit-learn; None for the mean squared error where rows are left out one by
        one, and R squared for folds.
    cv
        None: each row is left out, exactly and without refits. Else a number of folds or a
        splitter.
    gcv_mode, alpha_per_target
        Change nothing.
    store_cv_results
        Whether the squared errors of all rows for all penalties are kept; only with `cv=None`.

    Attributes
    ----------
    alpha_, best_score_
        What was chosen, and its score.
    cv_results_
        Squared errors, rows by alphas, where they are kept.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import RidgeCV
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> RidgeCV(alphas=[1e-3, 1e3]).fit(X, X @ [1, 2, 3, 4]).alpha_
    0.001
    """

    tol = 1e-6

    def __init__(
        self,
        alphas: ArrayLike = (0.1, 1.0, 10.0),
        *,
        fit_intercept: bool = True,
        scoring: Any = None,
        cv: Any = None,
        gcv_mode: str | None = None,
        store_cv_results: bool = False,
        alpha_per_target: bool = False,
    ) -> None:
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.scoring = scoring
        self.cv = cv
        self.gcv_mode = gcv_mode
        self.store_cv_results = store_cv_results
        self.alpha_per_target = alpha_per_target

    def _penalty(self, total: float) -> tuple[float, float]:
        return self.__dict__.get("alpha_", 1.0) / total, 0.0

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Any:
        """Chooses the penalty, and fits all rows with it; see :meth:`Ridge.fit`."""
        alphas = [
            check_real("alphas", float(a), 0, open_="least most") for a in np.ravel(self.alphas)
        ]
        if not alphas:
            raise ValueError("alphas: are none")
        if self.cv is None:
            self._leave_out(X, y, sample_weight, alphas)
        else:
            if self.store_cv_results:
                raise ValueError("cv!=None and store_cv_results=True are incompatible")
            # Says what is wrong with the data in their own words.
            self._read_cases(X, y, sample_weight, None)
            search = GridSearchCV(
                Ridge(fit_intercept=self.fit_intercept),
                {"alpha": alphas},
                cv=self.cv,
                scoring=self.scoring,
            )
            search.fit(X, y, sample_weight=sample_weight)
            self.alpha_, self.best_score_ = search.best_params_["alpha"], search.best_score_
        self._fit(X, y, sample_weight)
        return self

    def _leave_out(self, X: Any, y: Any, sample_weight: Any, alphas: list[float]) -> None:
        cases, targets, weights, _ = self._read_cases(X, y, sample_weight, None)
        design = self._design(cases, False)
        total = float(len(targets) if weights is None else weights.sum())
        scorer = None if self.scoring is None else check_scoring(self, scoring=self.scoring)
        scores, errors = [], []
        for alpha in alphas:
            self.alpha_ = alpha
            settings = self._settings(max(total, np.finfo(float).tiny), design.shape[1])
            fit, _ = _core.fit_glm("glm", design, targets, weights, None, settings)
            predicted = fit.leave_one_out()
            if scorer is None:
                scores.append(-residual_squares(targets, predicted, weights))
            else:
                rows = np.arange(len(targets))[:, None]
                scores.append(scorer(_Known(predicted), rows, targets, sample_weight=weights))
            errors.append((targets - predicted) ** 2)
        best = int(np.argmax(scores))
        self.alpha_, self.best_score_ = alphas[best], float(scores[best])
        if self.store_cv_results:
            self.cv_results_ = np.column_stack(errors)


class _Known(RegressorMixin, BaseEstimator):
    """Predictions that are known, by the numbers of rows."""

    def __init__(self, predicted: Vector) -> None:
        self.predicted = predicted

    def fit(self, X: Any, y: Any = None) -> _Known:
        return self

    def predict(self, rows: Any) -> Vector:
        return self.predicted[rows[:, 0]]


class ElasticNetCV(ElasticNet):
    """Elastic-net regression whose penalty is chosen by cross-validation.

    Parameters
    ----------
    l1_ratio
        The share of L1, or several to choose among.
    eps
        The last alpha of the grid by the first, the least at which all coefficients are zero.
    alphas
        The number of alphas in the grid, or the alphas.
    cv
        A number of folds or a splitter; None for 5 folds.
    n_jobs
        Threads; None for those that :func:`ravine.threads` gives.
    fit_intercept, precompute, max_iter, tol, copy_X, positive, random_state, selection
        See :class:`ElasticNet`.
    verbose
        Changes nothing.

    Attributes
    ----------
    alpha_, l1_ratio_
        What was chosen: the least mean squared error of rows that were held out.
    alphas_
        The alphas, falling; a row a share where there are several.
    mse_path_
        Mean squared errors, shares by alphas by folds, without the first of these for a single
        share.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import ElasticNetCV
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> model = ElasticNetCV(l1_ratio=[0.5, 1.0], cv=3).fit(X, 3 * X[:, 1])
    >>> model.mse_path_.shape
    (2, 100, 3)
    """

    def __init__(
        self,
        *,
        l1_ratio: Any = 0.5,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        precompute: Any = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        cv: Any = None,
        copy_X: bool = True,
        verbose: Any = 0,
        n_jobs: int | None = None,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        self.l1_ratio = l1_ratio
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.cv = cv
        self.copy_X = copy_X
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    def _penalty(self, total: float) -> tuple[float, float]:
        return self.__dict__.get("_tried", (1.0, 1.0))

    def _ratios(self) -> list[float]:
        return [check_real("l1_ratio", float(r), 0, most=1) for r in np.ravel(self.l1_ratio)]

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Any:
        """Chooses the penalty, and fits all rows with it.

        Parameters
        ----------
        X, y, sample_weight
            See :meth:`Ridge.fit`.
        groups
            Handed to the splitter.
        """
        cases, targets, weights, _ = self._read_cases(X, y, sample_weight, None)
        design = self._design(cases, False)
        count = len(targets)
        splits = list(check_cv(self.cv).split(np.empty((count, 1)), targets, groups))
        ratios = self._ratios()
        with jobs(self.n_jobs):
            grids = [self._grid(design, targets, weights, ratio) for ratio in ratios]
            errors = self._errors(design, targets, weights, splits, ratios, grids)
        held = [len(test) if weights is None else float(weights[test].sum()) for _, test in splits]
        mean = np.average(errors, axis=2, weights=None if weights is None else held)
        best = np.unravel_index(int(np.argmin(mean)), mean.shape)
        self.l1_ratio_ = ratios[best[0]]
        self.alpha_ = float(grids[best[0]][best[1]])
        single = np.ndim(self.l1_ratio) == 0
        self.mse_path_ = errors[0] if single else errors
        self.alphas_ = grids[0] if single else np.array(grids)
        self._tried = (self.alpha_, self.l1_ratio_)
        self._fit(X, y, sample_weight)
        return self

    def _grid(self, design: Any, targets: Vector, weights: Vector | None, ratio: float) -> Vector:
        if not isinstance(self.alphas, (int, np.integer)):
            alphas = np.sort(np.ravel(self.alphas).astype(float))[::-1]
            for alpha in alphas:
                check_real("alphas", float(alpha), 0, open_="most")
            return alphas
        count = check_count("alphas", self.alphas, 1)
        if ratio == 0:
            raise ValueError("l1_ratio: is 0, for which there is no grid; give the alphas")
        self._tried = (1.0, ratio)
        settings = self._settings(1.0, design.shape[1])
        ratio = check_real("eps", self.eps, 0, open_="least most", most=1)
        return _core.glm_alphas(design, targets, weights, settings, count, ratio)

    def _errors(
        self,
        design: Any,
        targets: Vector,
        weights: Vector | None,
        splits: list[Any],
        ratios: list[float],
        grids: list[Vector],
    ) -> NDArray[np.float64]:
        """The mean squared errors of held-out rows: shares, alphas, folds."""
        lower, upper = self._bounds(design.shape[1])
        self._tried = (1.0, ratios[0])
        path = _core.held_out_deviances(
            design,
            targets,
            weights,
            self._settings(1.0, design.shape[1], FOLDS),
            [(ratio, grid.tolist()) for ratio, grid in zip(ratios, grids, strict=True)],
            [(training.astype(np.int64), held.astype(np.int64)) for training, held in splits],
            lower=lower,
            upper=upper,
        )
        empty = [0.0] * len(grids[0])
        found = np.array([[split or empty for split in share] for share in path])
        return np.swapaxes(found, 1, 2)


class LassoCV(ElasticNetCV):
    """Lasso whose penalty is chosen by cross-validation: :class:`ElasticNetCV` with the share 1.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import LassoCV
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> bool(LassoCV(cv=3).fit(X, 3 * X[:, 1]).coef_[1] > 2.9)
    True
    """

    def __init__(
        self,
        *,
        eps: float = 1e-3,
        alphas: Any = 100,
        fit_intercept: bool = True,
        precompute: Any = "auto",
        max_iter: int = 1000,
        tol: float = 1e-4,
        copy_X: bool = True,
        cv: Any = None,
        verbose: Any = False,
        n_jobs: int | None = None,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        self.eps = eps
        self.alphas = alphas
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.tol = tol
        self.copy_X = copy_X
        self.cv = cv
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    # What get_params and set_params do not know.
    l1_ratio = 1.0
