"""What classifiers share: classes and their weights, decisions, sparse coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ravine._lm_base import LinearModel, Vector


class Classifier(LinearModel, ClassifierMixin, BaseEstimator):
    """A classifier by linear predictors: one for two classes, else one a class."""

    classes_: NDArray[Any]
    class_weight: Any

    def _read_classes(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[Any, NDArray[np.int64], Vector | None]:
        """X, the class of each row, and weights, those of the classes included."""
        X, y = self._read(X, y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "This solver needs samples of at least 2 classes in the data, but the data "
                f"contains only one class: {self.classes_[0]}"
            )
        weights = self._weights(sample_weight, X, len(codes))
        if self.class_weight is not None:
            if isinstance(self.class_weight, dict):
                unknown = set(self.class_weight) - set(self.classes_.tolist())
                if unknown:
                    raise ValueError(
                        f"The given class_weight dict must have the class labels as keys; "
                        f"classes={self.classes_} but key={self.class_weight.keys()}"
                    )
            own = compute_class_weight(
                self.class_weight, classes=self.classes_, y=y, sample_weight=weights
            )
            weights = own[codes] if weights is None else own[codes] * weights
        if weights is not None and not weights.any():
            raise ValueError("sample_weight: every weight is zero: no row is left")
        return X, codes.astype(np.int64), weights

    def decision_function(self, X: Any) -> Vector:
        """The linear predictors of rows: a number a row for two classes, else one a class.

        Parameters
        ----------
        X
            An array, a sparse matrix, or a table with the columns of the fit.
        """
        scores = self._predictors(X)
        return scores.ravel() if scores.ndim == 2 and scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each row that its predictors are for.

        Parameters
        ----------
        X
            An array, a sparse matrix, or a table with the columns of the fit.
        """
        scores = self.decision_function(X)
        chosen = (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[chosen]

    def sparsify(self) -> Any:
        """Keeps the coefficients as a sparse matrix."""
        check_is_fitted(self)
        self.coef_ = sparse.csr_matrix(self.coef_)
        return self

    def densify(self) -> Any:
        """Keeps the coefficients as an array."""
        check_is_fitted(self)
        if sparse.issparse(self.coef_):
            self.coef_ = self.coef_.toarray()
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
