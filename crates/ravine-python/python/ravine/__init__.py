"""Minimize smooth functions by their curvature.

`minimize` has SciPy's conventions; the methods are classes such as `LBFGS` and `TrustExact`.

Examples
--------
>>> import ravine
>>> result = ravine.minimize(lambda x: (x[0] - 1) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2, [-1.2, 1])
>>> result.x.round(4)
array([1., 1.])
"""

from ravine import _methods, data, linalg, nn, problems
from ravine._core import Interrupted, Oracle, __version__
from ravine._curve_fit import CovarianceWarning, CurveFit, curve_fit, fit_curve
from ravine._custom import CustomMethod
from ravine._diagnose import Diagnosis, diagnose
from ravine._fit import Prediction, TableFit, fit, load_fit
from ravine._history import History
from ravine._iterate import Iteration, Step, iterate
from ravine._least_squares import least_squares
from ravine._method import Composition, Method
from ravine._methods import *  # noqa: F403
from ravine._minimize import minimize
from ravine._race import Race, RaceEntry, race
from ravine._result import DifferencesWarning, OptimizeResult
from ravine._threads import threads

__all__ = [
    "Composition",
    "CovarianceWarning",
    "CurveFit",
    "CustomMethod",
    "Diagnosis",
    "DifferencesWarning",
    "History",
    "Interrupted",
    "Iteration",
    "Method",
    "OptimizeResult",
    "Oracle",
    "Prediction",
    "Race",
    "RaceEntry",
    "Step",
    "TableFit",
    "__version__",
    "curve_fit",
    "data",
    "diagnose",
    "fit",
    "fit_curve",
    "iterate",
    "least_squares",
    "linalg",
    "load_fit",
    "minimize",
    "nn",
    "problems",
    "race",
    "threads",
]
__all__ += _methods.__all__
