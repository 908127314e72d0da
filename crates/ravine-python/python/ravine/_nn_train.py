"""Training of networks, and their curvature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._checkpoints import File, _path
from ravine._nn_data import Data
from ravine._nn_model import Model, Parameters, _seed, _size
from ravine._operator import LinearOperator, linear_operator, named
from ravine._settings import choice, count, number


def optimizers() -> tuple[str, ...]:
    """The names of the optimizers.

    >>> "soap" in optimizers()
    True
    """
    return tuple(_core.network_names()[0])


@dataclass(frozen=True, eq=False)
class TrainingHistory:
    """A training, epoch by epoch.

    Attributes
    ----------
    rows
        A row an epoch, the start first: epoch, steps, seconds without measurements, loss, accuracy,
        loss and accuracy on the cases held out (NaN where there is none), steps taken back, and
        parts of the curvature that were kept for want of new ones.

    Examples
    --------
    >>> from ravine import nn
    >>> data = nn.regression([[0.0], [1.0]], [2.0, 3.0])
    >>> history = nn.train(nn.mlp(1, [], 1), data, "sgd", epochs=2).history
    >>> history.epoch
    array([0, 1, 2])
    >>> len(history), bool(history.loss[2] < history.loss[0])
    (3, True)
    """

    rows: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<TrainingHistory of {len(self)} measurements>"

    @property
    def epoch(self) -> NDArray[np.int64]:
        """Whole epochs."""
        return self.rows[:, 0].astype(np.int64)

    @property
    def steps(self) -> NDArray[np.int64]:
        """Steps so far."""
        return self.rows[:, 1].astype(np.int64)

    @property
    def rejected(self) -> NDArray[np.int64]:
        """Steps so far that were taken back: the loss was no number there, or far too high."""
        return self.rows[:, 7].astype(np.int64)

    @property
    def failures(self) -> NDArray[np.int64]:
        """How often so far a part of the curvature could not be made new, and the old was kept."""
        return self.rows[:, 8].astype(np.int64)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Seconds of training so far, without measurements."""
        return self.rows[:, 2]

    @property
    def loss(self) -> NDArray[np.float64]:
        """The loss over all cases, with the penalty."""
        return self.rows[:, 3]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """The share of the cases that are classified right."""
        return self.rows[:, 4]

    @property
    def held_out_loss(self) -> NDArray[np.float64]:
        """The loss over the cases held out, without a penalty."""
        return self.rows[:, 5]

    @property
    def held_out_accuracy(self) -> NDArray[np.float64]:
        """The share of the cases held out that are classified right."""
        return self.rows[:, 6]

    def plot(self, ax: Any = None, *, label: str = "loss") -> Any:
        """Draws the losses by epoch; needs matplotlib.

        Parameters
        ----------
        ax
            Where to draw; a new figure by default.
        label
            What the loss is called in the legend.

        Returns
        -------
        matplotlib.axes.Axes
            Where it was drawn.
        """
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError:
                message = "matplotlib is needed for this; install it: pip install matplotlib"
                raise ImportError(message) from None
            ax = pyplot.subplots()[1]
        (line,) = ax.semilogy(self.epoch, self.loss, label=label)
        if np.isfinite(self.held_out_loss).any():
            style = {"color": line.get_color(), "linestyle": "--"}
            ax.semilogy(self.epoch, self.held_out_loss, label=f"{label}, held out", **style)
        ax.set_xlabel("epochs")
        ax.set_ylabel("loss")
        ax.legend()
        return ax


@dataclass(frozen=True, eq=False, repr=False)
class Trained:
    """A network that was trained, or read from a checkpoint.

    Attributes
    ----------
    model
        The network.
    parameters
        Arrays by name, in the precision of the training.
    history
        The measurements.
    optimizer
        The optimizer, and its step where it was given.
    loss
        The loss, as :class:`Data` has it.
    status, message
        How the training ended, in a word and in words; of a checkpoint None.
    classes
        What the classes are called; else None, as for checkpoints of :func:`train`.
    """

    model: Model
    parameters: Parameters
    history: TrainingHistory
    optimizer: str | None
    loss: str
    status: str | None = field(default_factory=lambda: None)
    message: str | None = field(default_factory=lambda: None)
    classes: tuple[Any, ...] | None = field(default_factory=lambda: None)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """What the network says of some cases, numbers as those that it was trained on.

        Classes of cases with their names, where there are any; numbers in [0, 1] for Bernoulli,
        rates for Poisson, means for squared errors.

        Examples
        --------
        >>> import numpy as np
        >>> from ravine import nn
        >>> X = np.linspace(-1, 1, 40)[:, None]
        >>> data = nn.classification(X, np.where(X[:, 0] > 0, "high", "low"))
        >>> trained = nn.train(nn.mlp(1, [], 2), data, "kfac-adaptive", batch_size=40)
        >>> [str(name) for name in trained.predict([[-0.9], [0.9]])]
        ['low', 'high']
        """
        z = self.model(self.parameters, X)
        if self.loss == "cross-entropy":
            codes = z.argmax(axis=-1)
            return codes if self.classes is None else np.array(self.classes)[codes]
        if self.loss == "bernoulli":
            return np.exp(-np.logaddexp(0.0, -z))
        if self.loss == "poisson":
            return np.exp(z)
        if self.loss == "gaussian":
            z = z[..., : z.shape[-1] // 2]
        return z[..., 0] if z.shape[-1] == 1 else z

    def __repr__(self) -> str:
        loss = self.history.loss[-1] if len(self.history) else float("nan")
        return f"<Trained {self.model.words} by {self.optimizer}: loss {loss:.4g}>"


def _loss(
    model: Model, data: Data, l2: float, single: bool, name: str = "data"
) -> _core.NetworkLoss:
    for argument, value, kind in (("model", model, Model), (name, data, Data)):
        if not isinstance(value, kind):
            given = type(value).__name__
            raise TypeError(f"{argument}: is of type {given}, but must be a {kind.__name__}")
    penalty = number("l2", l2)
    if penalty < 0:
        raise ValueError(f"l2: is {penalty}, but must not be negative")
    inputs = model.cases(name, data.X)
    names = {"inputs": name, "targets": name, "outputs": "model"}
    with named(**names):
        return _core.NetworkLoss(
            model._core,
            data.loss,
            data.variance,
            inputs.ravel(),
            data.targets.ravel(),
            penalty,
            single,
        )


def train(
    model: Model,
    data: Data,
    optimizer: str | None = None,
    *,
    step: float | None = None,
    schedule: str = "constant",
    epochs: int = 20,
    batch_size: int = 128,
    l2: float = 0.0,
    start: Mapping[str, ArrayLike] | None = None,
    initialization: str | None = None,
    seed: int = 0,
    held_out: Data | None = None,
    patience: int | None = None,
    callback: Callable[[TrainingHistory], Any] | None = None,
    checkpoint: File | None = None,
    every: int | None = None,
    resume: File | None = None,
) -> Trained:
    """Train a network.

    Parameters
    ----------
    model
        The network.
    data
        The cases and their loss; where they are of dtype float32 the training is in single
        precision.
    optimizer
        One of :func:`optimizers`, after a colon settings other than its usual ones:
        "kfac:damping=1e-3,step=0.05". By default "adamw", or that of the checkpoint.
    step
        Its step; by default its usual one. "kfac-adaptive" finds its steps itself.
    schedule
        How the step changes: "constant", "decay:FACTOR,EPOCHS", "cosine", "cosine:LAST" or
        "inverse:STEPS"; after a warm-up as in "warm-up:100+cosine".
    epochs
        Passes over the cases.
    batch_size
        Cases of a batch.
    l2
        The penalty is `l2/2` times the sum of the squares of all parameters.
    start
        Where to begin: arrays by name. By default drawn at random.
    initialization
        How weights are drawn, one of :func:`initializations`.
    seed
        Of the start and of the order of the cases.
    held_out
        Other cases, which are measured after each epoch.
    patience
        Ends after so many epochs without a lower loss on the cases held out, with the parameters of
        the lowest.
    callback
        Called with the history after each epoch; where it raises `StopIteration` or returns True
        the training ends.
    checkpoint
        A safetensors file, to which the training is written now and then and at its end: the
        weights as tensors by their names, and what is needed to go on. Replaced only once a new one
        is complete.
    every
        Write a checkpoint every so many epochs; by default every 30 seconds.
    resume
        A checkpoint to go on from, to the same bits; model, data, optimizer, batches and seed must
        be those it is of.

    Returns
    -------
    Trained
        The parameters, the history, and how it ended.

    Raises
    ------
    ValueError
        An argument that cannot be used, or a checkpoint of something else.
    OSError
        A checkpoint that cannot be written or read.
    KeyboardInterrupt
        At Ctrl-C, between two steps, once the last state is in the checkpoint.

    Examples
    --------
    >>> import numpy as np
    >>> from ravine import nn
    >>> x = np.linspace(-3, 3, 100)[:, None]
    >>> data = nn.regression(x, np.sin(x))
    >>> trained = nn.train(nn.mlp(1, [10], 1, units="tanh"), data, "kfac-adaptive", epochs=60)
    >>> bool(trained.history.loss[-1] < 0.01)
    True
    """
    if patience is not None and held_out is None:
        raise ValueError("patience: needs held_out, the cases that are measured for it")
    if every is not None and checkpoint is None:
        raise ValueError("every: needs checkpoint, the file to write to")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: must be a function, not {type(callback).__name__}")
    if isinstance(data, Data) and isinstance(held_out, Data) and held_out.loss != data.loss:
        raise ValueError(f"held_out: has the loss {held_out.loss}, but must have {data.loss}")
    if optimizer is not None and not isinstance(optimizer, str):
        raise TypeError(f"optimizer: must be a name, not {type(optimizer).__name__}")
    single = isinstance(data, Data) and data.single
    core = _loss(model, data, l2, single)
    others = None if held_out is None else _loss(model, held_out, 0.0, single, "held_out")
    x = model.join(model.start(initialization, seed) if start is None else start)
    rows: list[list[float]] = []

    def tell(row: list[float]) -> bool:
        rows.append(row)
        try:
            history = TrainingHistory(np.array(rows))
            return callback is not None and callback(history) is True
        except StopIteration:
            return True

    with named(batch_size="batch_size", method="optimizer", every="every"):
        found = core.train(
            x,
            optimizer,
            None if step is None else number("step", step),
            str(schedule),
            count("epochs", epochs),
            _size("batch_size", batch_size),
            _seed(seed),
            others,
            None if patience is None else _size("patience", patience),
            _path("checkpoint", checkpoint),
            None if every is None else _size("every", every),
            _path("resume", resume),
            None if callback is None else tell,
        )
    return Trained(
        model=model,
        parameters=_parameters(model, found["parameters"], single),
        history=TrainingHistory(found["history"]),
        optimizer=found["optimizer"],
        loss=data.loss,
        status=found["status"],
        message=found["message"],
        classes=data.classes,
    )


def _parameters(model: Model, vector: NDArray[np.float64], single: bool) -> Parameters:
    blocks = model.split(vector)
    return {name: block.astype(np.float32) for name, block in blocks.items()} if single else blocks


def load(file: File) -> Trained:
    """A network from a checkpoint of :func:`train` or of the command `ravine train`.

    The command trains on columns of mean 0 and deviation 1, and on images scaled to [0, 1]: such a
    network takes numbers on that scale.

    Parameters
    ----------
    file
        The safetensors file.

    Returns
    -------
    Trained
        The network with its parameters and history. `train(..., resume=file)` goes on from it.

    Raises
    ------
    ValueError
        A file that is no checkpoint, or damaged.
    OSError
        A file that cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from ravine import nn
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "line.safetensors"
    >>> data = nn.regression([[0.0], [1.0]], [2.0, 3.0])
    >>> trained = nn.train(nn.mlp(1, [], 1), data, "sgd", epochs=2, checkpoint=file)
    >>> again = nn.load(file)
    >>> bool((again.parameters["layer1.bias"] == trained.parameters["layer1.bias"]).all())
    True
    """
    path = _path("file", file)
    if path is None:
        raise TypeError("file: is None, but must be the name of a file")
    core, found = _core.load_network(path)
    network = Model(core)
    classes = found["classes"]
    return Trained(
        model=network,
        parameters=_parameters(network, found["parameters"], found["single"]),
        history=TrainingHistory(found["history"]),
        optimizer=found["optimizer"],
        loss=found["loss"],
        classes=tuple(classes) if classes else None,
    )


def loss(
    model: Model, data: Data, parameters: Mapping[str, ArrayLike], *, l2: float = 0.0
) -> float:
    """The mean loss of a network over cases, with its penalty, in double precision.

    Examples
    --------
    >>> from ravine import nn
    >>> net = nn.mlp(1, [], 1)
    >>> data = nn.regression([[1.0]], [5.0])
    >>> nn.loss(net, data, {"layer1.weight": [[1]], "layer1.bias": [2]})
    2.0
    """
    core = _loss(model, data, l2, False)
    return core.value_and_accuracy(model.join(parameters))[0]


def gradient(
    model: Model, data: Data, parameters: Mapping[str, ArrayLike], *, l2: float = 0.0
) -> Parameters:
    """The gradient of :func:`loss`, arrays by the names of the parameters.

    Examples
    --------
    >>> from ravine import nn
    >>> net = nn.mlp(1, [], 1)
    >>> data = nn.regression([[3.0]], [7.0])
    >>> nn.gradient(net, data, {"layer1.weight": [[1]], "layer1.bias": [2]})
    {'layer1.weight': array([[-6.]]), 'layer1.bias': array([-2.])}
    """
    core = _loss(model, data, l2, False)
    return model.split(core.gradient(model.join(parameters)))


def curvature(
    model: Model,
    data: Data,
    parameters: Mapping[str, ArrayLike],
    kind: Literal[
        "hessian", "gauss-newton", "fisher", "sampled-fisher", "empirical-fisher"
    ] = "hessian",
    *,
    l2: float = 0.0,
    seed: int = 0,
) -> LinearOperator:
    """A curvature of the mean loss at a point, as a linear operator, in double precision.

    The functions of :mod:`ravine.linalg` take it: eigenvalues, spectral density, trace, systems by
    CG. Vectors have the parameters one after another, as :meth:`Model.join` and :meth:`Model.split`
    have them.

    Parameters
    ----------
    model, data, parameters
        The network, the cases and the point.
    kind
        "hessian", exactly; "gauss-newton", `J' H J` with the Hessian H of the loss in the outputs;
        "fisher", `J' F J` with the Fisher information F of the outputs; "sampled-fisher", the mean
        of `g g'` over the cases with targets drawn from the predictions, which is the Fisher
        information on average; "empirical-fisher", the same with the cases' own targets.
    l2
        The penalty, whose curvature is added.
    seed
        Of the targets that are drawn.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Symmetric.

    References
    ----------
    Martens, New insights and perspectives on the natural gradient method (2020); Kunstner, Balles
    and Hennig, Limitations of the empirical Fisher approximation (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from ravine import linalg, nn
    >>> net = nn.mlp(1, [], 1)  # w x + b: the Hessian is the mean of (x, 1)(x, 1)'
    >>> data = nn.regression([[1.0], [3.0]], [0.0, 0.0])
    >>> H = nn.curvature(net, data, net.start())
    >>> H @ np.eye(2)
    array([[5., 2.],
           [2., 1.]])
    >>> linalg.cg(H, [1.0, 0.0]).x.round(6)
    array([ 1., -2.])
    """
    kinds = ("hessian", "gauss-newton", "fisher", "sampled-fisher", "empirical-fisher")
    word = choice("kind", kind, {name: name for name in kinds})
    core = _loss(model, data, l2, False)
    return linear_operator(core.curvature(word, model.join(parameters), _seed(seed)))
