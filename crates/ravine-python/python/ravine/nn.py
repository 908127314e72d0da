"""Networks: training by curvature, and the curvature of what was trained.

A model is a network in a few words, data are NumPy arrays, parameters are a dictionary of arrays by
name. Training is in the precision of the data: single where all arrays are of dtype float32.

Examples
--------
>>> import numpy as np
>>> from ravine import linalg, nn
>>> rng = np.random.default_rng(0)
>>> X = rng.normal(size=(200, 2))
>>> data = nn.classification(X, X[:, 0] * X[:, 1] > 0)
>>> trained = nn.train(nn.mlp(2, [8], 2), data, "kfac-adaptive", epochs=20, batch_size=200)
>>> bool(trained.history.accuracy[-1] > 0.9)
True
>>> H = nn.curvature(trained.model, data, trained.parameters)
>>> bool(linalg.eigsh(H, 1).values[0] > 0)
True
"""

from ravine._nn_data import Data, autoencoding, classification, counts, regression, sequences
from ravine._nn_model import (
    Model,
    autoencoder,
    convolutional,
    initializations,
    mlp,
    model,
    transformer,
    units,
)
from ravine._nn_train import (
    Trained,
    TrainingHistory,
    curvature,
    gradient,
    load,
    loss,
    optimizers,
    train,
)

__all__ = [
    "Data",
    "Model",
    "Trained",
    "TrainingHistory",
    "autoencoder",
    "autoencoding",
    "classification",
    "convolutional",
    "counts",
    "curvature",
    "gradient",
    "initializations",
    "load",
    "loss",
    "mlp",
    "model",
    "optimizers",
    "regression",
    "sequences",
    "train",
    "transformer",
    "units",
]
