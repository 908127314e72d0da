import json

import numpy as np

from ravine import _core


class OptimizeResult(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def minimize(fun, x0, args=(), method=None, jac=None, hess=None, hessp=None):
    x0 = np.asarray(x0, dtype=float)
    functions = _core.Functions(x0.size, fun, tuple(args), jac is True, None if jac is True else jac, hess, hessp)
    run = _core.Run(functions, method or "auto", "{}", x0, "{}")
    while run.step() is None:
        pass
    return OptimizeResult(run.outcome())
