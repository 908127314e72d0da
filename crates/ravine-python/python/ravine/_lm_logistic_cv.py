"""Logistic regression whose penalty cross-validation chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import get_scorer
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing

from ravine._lm_base import Vector, check_count, check_real, jobs
from ravine._lm_logistic import LogisticRegression


class LogisticRegressionCV(LogisticRegression):
    """Logistic regression whose penalty is chosen by cross-validation.

    Parameters
    ----------
    Cs
        The inverse sizes to choose among, or how many of a geometric grid from 1e-4 to 1e4.
    l1_ratios
        The shares of L1 to choose among.
    cv
        A number of folds or a splitter; None for 5 folds, each with its share of the classes.
    scoring
        A scorer of scikit-learn; None for accuracy.
    refit
        Whether all rows are fitted at the best penalty; else coefficients and penalties are means
        of the best of each fold.
    fit_intercept, dual, penalty, solver, tol, max_iter, class_weight, n_jobs, verbose
        See :class:`LogisticRegression`.
    intercept_scaling, random_state
        Change nothing.
    use_legacy_attributes
        Can only be False: attributes are as below.

    Attributes
    ----------
    C_, l1_ratio_
        What was chosen.
    Cs_, l1_ratios_
        What there was to choose among.
    scores_
        Folds by shares by Cs.
    coefs_paths_
        Folds by shares by Cs by classes by columns, the intercept last where there is one.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine.linear_model import LogisticRegressionCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 3))
    >>> model = LogisticRegressionCV(Cs=5, cv=3).fit(X, X[:, 0] + 0.5 * rng.normal(size=100) > 0)
    >>> model.scores_.shape
    (3, 1, 5)
    """

    def __init__(
        self,
        *,
        Cs: Any = 10,
        l1_ratios: ArrayLike = (0.0,),
        fit_intercept: bool = True,
        cv: Any = None,
        dual: bool = False,
        penalty: Any = "deprecated",
        scoring: Any = None,
        solver: str = "auto",
        tol: float = 1e-4,
        max_iter: int = 100,
        class_weight: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        refit: bool = True,
        intercept_scaling: float = 1.0,
        random_state: Any = None,
        use_legacy_attributes: bool = False,
    ) -> None:
        self.Cs = Cs
        self.l1_ratios = l1_ratios
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.dual = dual
        self.penalty = penalty
        self.scoring = scoring
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.refit = refit
        self.intercept_scaling = intercept_scaling
        self.random_state = random_state
        self.use_legacy_attributes = use_legacy_attributes

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
            See :meth:`LogisticRegression.fit`.
        groups
            Handed to the splitter.
        """
        if self.use_legacy_attributes:
            raise ValueError("use_legacy_attributes: is True, but must be False")
        cases, codes, weights = self._read_classes(X, y, sample_weight)
        design = self._design(cases, False)
        fold = (X if isinstance(cases, list) else cases, design, codes, weights)
        Cs, ratios = self._grid()
        empty = np.empty((len(codes), 1))
        splits = list(check_cv(self.cv, codes, classifier=True).split(empty, codes, groups))
        given = None if sample_weight is None else self._weights(sample_weight, cases, len(codes))
        paths, scores, counts = [], [], []
        with jobs(self.n_jobs):
            for split in splits:
                for ratio in ratios:
                    of_path = self._path(fold, given, split, ratio, Cs)
                    paths.append(of_path[0])
                    scores.append(of_path[1])
                    counts.append(of_path[2])
        shape = (len(splits), len(ratios), len(Cs))
        self.coefs_paths_ = np.reshape(paths, (*shape, *np.shape(paths[0])[1:]))
        self.scores_ = np.reshape(scores, shape)
        counts_array = np.reshape(counts, shape)
        self.Cs_, self.l1_ratios_ = np.array(Cs), np.array(ratios)
        sums = self.scores_.sum(axis=0)
        best = np.unravel_index(int(np.argmax(sums)), sums.shape)
        chosen = self._fold_model(ratios[best[0]], Cs[best[1]])
        chosen.fit(X, y, sample_weight=sample_weight)
        self._become(chosen)
        self.C_, self.l1_ratio_ = float(chosen.C), float(chosen.l1_ratio)
        self.n_iter_ = counts_array
        if not self.refit:
            self._average(splits, ratios, Cs)
        return self

    def _grid(self) -> tuple[list[float], list[float]]:
        if isinstance(self.Cs, (int, np.integer)):
            Cs = np.logspace(-4, 4, check_count("Cs", self.Cs, 1)).tolist()
        else:
            Cs = [check_real("Cs", float(C), 0, open_="least") for C in np.ravel(self.Cs)]
        ratios = (0.0,) if self.l1_ratios is None else self.l1_ratios
        ratios = [check_real("l1_ratios", float(r), 0, most=1) for r in np.ravel(ratios)]
        if self.penalty in ("l1", "l2"):
            ratios = [1.0 if self.penalty == "l1" else 0.0]
        return Cs, ratios

    def _fold_model(self, ratio: float, C: float) -> LogisticRegression:
        return LogisticRegression(
            C=C,
            l1_ratio=ratio,
            tol=self.tol,
            fit_intercept=self.fit_intercept,
            class_weight=self.class_weight,
            solver=self.solver,
            max_iter=self.max_iter,
            warm_start=True,
        )

    def _path(
        self,
        fold: tuple[Any, Any, NDArray[np.int64], Vector | None],
        given: Vector | None,
        split: tuple[NDArray[np.intp], NDArray[np.intp]],
        ratio: float,
        Cs: list[float],
    ) -> tuple[list[Any], list[float], list[int]]:
        """Coefficients, scores of held-out rows (of weight zero) and iterations along Cs."""
        X, design, codes, weights = fold
        train, test = split
        own = np.zeros(len(codes))
        # Weights of the classes are those of all rows.
        own[train] = 1.0 if weights is None else weights[train]
        present = np.isin(np.arange(len(self.classes_)), codes[own > 0])
        if not present.all():
            raise ValueError(
                f"cv: the training rows of a fold have no {self.classes_[~present][0]}, one of the "
                "classes; take fewer folds, or a splitter that keeps the shares of the classes"
            )
        # What held-out rows say does not depend on the last digits.
        model = self._fold_model(ratio, Cs[0]).set_params(tol=max(self.tol, 0.01))
        for name in ("classes_", "n_features_in_", "feature_names_in_", "_coding"):
            if name in self.__dict__:
                setattr(model, name, self.__dict__[name])
        scorer = get_scorer("accuracy" if self.scoring is None else self.scoring)
        of_test = {} if given is None else {"sample_weight": given[test]}
        held, classes = _safe_indexing(X, test), self.classes_[codes[test]]
        coefs, scores, counts = [], [], []
        for C in Cs:
            model.set_params(C=C)._fit_design(design, codes, own, float(own.sum()))
            coef = model.coef_
            if self._intercept():
                coef = np.column_stack([coef, model.intercept_])
            coefs.append(coef)
            scores.append(float(scorer(model, held, classes, **of_test)))
            counts.append(int(model.n_iter_[0]))
        return coefs, scores, counts

    def _become(self, chosen: LogisticRegression) -> None:
        """Takes over all that a fit has learnt."""
        params = set(chosen.get_params(deep=False))
        learnt = {name: value for name, value in vars(chosen).items() if name not in params}
        self._forget()
        self.__dict__.update(learnt)

    def _average(self, splits: list[Any], ratios: list[float], Cs: list[float]) -> None:
        best = [np.unravel_index(int(np.argmax(of)), of.shape) for of in self.scores_]
        coef = np.mean([self.coefs_paths_[k][at] for k, at in enumerate(best)], axis=0)
        columns = coef.shape[1] - int(self._intercept())
        self.coef_ = coef[:, :columns]
        self.intercept_ = coef[:, -1] if self._intercept() else np.zeros(len(coef))
        self.C_ = float(np.mean([Cs[at[1]] for at in best]))
        self.l1_ratio_ = float(np.mean([ratios[at[0]] for at in best]))
        self._core_fit = None
        self._no_inference = "the coefficients are means of those of folds"

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """The score of predictions by `scoring`.

        Parameters
        ----------
        X
            Rows as those of the fit.
        y
            Classes.
        sample_weight
            Weights of the rows; default ones.
        """
        scorer = get_scorer("accuracy" if self.scoring is None else self.scoring)
        keywords = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(scorer(self, X, y, **keywords))
