"""Matrices with known spectra that need no file: a diagonal between Householder reflections.

`A = H_m D H_n` with `H = I - 2 v v' / v'v`, `v_i = 1 + cos(3 i)`, and D the m by n diagonal of the
spectrum. The Rust side (crates/ravine/tests/krylov_peers.rs) has the same formulas.
"""

import numpy as np
from scipy.sparse.linalg import LinearOperator


def spectrum(kind, n, condition):
    """The n numbers on the diagonal, from 1 down to 1 / condition."""
    t = np.arange(n) / (n - 1)
    if kind == "geometric":
        return condition**-t
    if kind == "indefinite":
        return condition**-t * np.where(np.arange(n) % 3 == 0, -1.0, 1.0)
    if kind == "clustered":
        # Ten clusters, a tenth of a percent wide.
        cluster = np.arange(n) % 10
        return condition ** -(cluster / 9) * (1 + 1e-3 * t)
    if kind == "outliers":
        # A bulk between 1/2 and 1, and five small ones.
        small = condition ** -((np.arange(n) + 1) / 5)
        return np.where(np.arange(n) < 5, small, 1 - t / 2)
    raise ValueError(kind)


def reflect(x):
    v = 1 + np.cos(3.0 * np.arange(x.size))
    return x - (2 * (v @ x) / (v @ v)) * v


def right_hand_side(kind, operator):
    rows, columns = operator.shape
    if kind == "sine":
        return np.sin(1.0 + np.arange(rows))
    image = operator.matvec(np.cos(np.arange(columns)))
    if kind == "image":
        return image
    if kind == "noise":
        noise = np.sin(1.0 + np.arange(rows))
        return image + 1e-3 * np.linalg.norm(image) / np.linalg.norm(noise) * noise
    raise ValueError(kind)


class Counted(LinearOperator):
    """The operator, counting its products."""

    def __init__(self, kind, rows, columns, condition):
        super().__init__(float, (rows, columns))
        self.diagonal = spectrum(kind, columns, condition)
        self.products = 0

    def _matvec(self, x):
        self.products += 1
        y = np.zeros(self.shape[0])
        y[: self.diagonal.size] = self.diagonal * reflect(x.ravel())
        return reflect(y)

    def _rmatvec(self, y):
        self.products += 1
        return reflect(self.diagonal * reflect(y.ravel())[: self.diagonal.size])
