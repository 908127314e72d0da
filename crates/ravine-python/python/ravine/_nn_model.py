"""Networks, and their parameters as arrays by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine._arrays import real_array
from ravine._operator import named
from ravine._settings import count

#: Arrays by the names of the parameters.
Parameters: TypeAlias = "dict[str, NDArray[Any]]"


def units() -> tuple[str, ...]:
    """The names of the units of layers.

    >>> units()[:3]
    ('relu', 'squared-relu', 'tanh')
    """
    return tuple(_core.network_names()[1])


def initializations() -> tuple[str, ...]:
    """The names of ways to draw the weights at the start.

    >>> initializations()[:3]
    ('uniform', 'he', 'lecun')
    """
    return tuple(_core.network_names()[2])


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A network: a function of the inputs and of named parameters.

    Made by :func:`mlp`, :func:`convolutional`, :func:`autoencoder`, :func:`transformer`, or of
    words by :func:`model`.

    Examples
    --------
    >>> from ravine import nn
    >>> net = nn.mlp(3, [4], 2)
    >>> net
    <Model mlp:4: 26 parameters, (3,) to (2,)>
    >>> net.shapes
    {'layer1.weight': (4, 3), 'layer1.bias': (4,), 'layer2.weight': (2, 4), 'layer2.bias': (2,)}
    """

    _core: _core.NetworkModel

    @property
    def words(self) -> str:
        """The network in words, as :func:`model` takes them."""
        return self._core.words()[0]

    @property
    def input(self) -> tuple[int, ...]:
        """The shape of a case."""
        return tuple(self._core.words()[1])

    @property
    def symbols(self) -> int | None:
        """How many symbols there are, where a case consists of symbols."""
        return self._core.words()[2]

    @property
    def output(self) -> tuple[int, ...]:
        """The shape of the outputs of a case."""
        return tuple(self._core.output())

    @property
    def units(self) -> str:
        """The units of its layers."""
        return self._core.words()[4]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by its name, in the order in which operators have them."""
        return {name: tuple(shape) for name, shape in self._core.parameters()}

    @property
    def dimension(self) -> int:
        """Numbers in its parameters."""
        return sum(int(np.prod(shape)) for shape in self.shapes.values())

    def start(self, initialization: str | None = None, seed: int = 0) -> Parameters:
        """Parameters drawn at random.

        Parameters
        ----------
        initialization
            How weights are drawn, one of :func:`initializations`; by default as each layer has it.
        seed
            Of the random numbers.

        Examples
        --------
        >>> from ravine import nn
        >>> nn.mlp(3, [4], 2).start("he", seed=1)["layer1.bias"]
        array([0., 0., 0., 0.])
        """
        return self.split(self._core.start(initialization, _seed(seed)))

    def split(self, vector: ArrayLike) -> Parameters:
        """The parameters that a vector consists of, one after another: eigenvectors, for example.

        Examples
        --------
        >>> import numpy as np
        >>> from ravine import nn
        >>> nn.mlp(1, [], 2).split([1, 2, 3, 4])
        {'layer1.weight': array([[1.],
               [2.]]), 'layer1.bias': array([3., 4.])}
        """
        array = real_array("vector", vector)
        if array.shape != (self.dimension,):
            raise ValueError(f"vector: has shape {array.shape}, but must have ({self.dimension},)")
        blocks, begin = {}, 0
        for name, shape in self.shapes.items():
            end = begin + int(np.prod(shape))
            blocks[name] = array[begin:end].reshape(shape).copy()
            begin = end
        return blocks

    def join(self, parameters: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """The parameters one after another, as a vector.

        Raises
        ------
        ValueError
            If one is missing, has another shape, or is of another network.

        Examples
        --------
        >>> from ravine import nn
        >>> net = nn.mlp(1, [], 2)
        >>> net.join({"layer1.weight": [[1], [2]], "layer1.bias": [3, 4]})
        array([1., 2., 3., 4.])
        """
        if not isinstance(parameters, Mapping):
            kind = type(parameters).__name__
            raise TypeError(f"parameters: is of type {kind}, but must be a dict of arrays by name")
        shapes = self.shapes
        for name in parameters:
            if name not in shapes:
                raise ValueError(f"parameters: {name!r} must be one of {', '.join(shapes)}")
        blocks = []
        for name, shape in shapes.items():
            if name not in parameters:
                raise ValueError(f"parameters: {name!r} of shape {shape} is missing")
            array = real_array(f"parameters[{name!r}]", parameters[name])
            if array.shape != shape:
                raise ValueError(
                    f"parameters[{name!r}]: has shape {array.shape}, but must have {shape}"
                )
            if not np.isfinite(array).all():
                raise ValueError(f"parameters[{name!r}]: must be finite")
            blocks.append(array.ravel())
        return np.concatenate(blocks)

    def __call__(self, parameters: Mapping[str, ArrayLike], X: ArrayLike) -> NDArray[np.float64]:
        """The outputs for some cases: logits, means or logarithms of rates, as the loss takes them.

        Parameters
        ----------
        parameters
            Arrays by name.
        X
            The cases, along the first axis.

        Examples
        --------
        >>> from ravine import nn
        >>> net = nn.mlp(1, [], 2)
        >>> net({"layer1.weight": [[1], [2]], "layer1.bias": [3, 4]}, [[10], [20]])
        array([[13., 24.],
               [23., 44.]])
        """
        vector = self.join(parameters)
        inputs = self.cases("X", X)
        with named(inputs="X"):
            outputs = self._core.outputs(vector, inputs.ravel())
        return outputs.reshape(len(inputs), *self.output)

    def cases(self, name: str, X: ArrayLike) -> NDArray[np.float64]:
        """Cases of the network's shape; those of images may be without an axis of channels."""
        array = real_array(name, X)
        entries = int(np.prod(self.input))
        if array.ndim < 2 or len(array) == 0 or array[0].size != entries:
            raise ValueError(
                f"{name}: has shape {array.shape}, but must have (cases, "
                f"{', '.join(map(str, self.input))})"
            )
        return np.ascontiguousarray(array).reshape(len(array), entries)

    def __repr__(self) -> str:
        words = f"{self.words}: {self.dimension} parameters, {self.input} to {self.output}"
        return f"<Model {words}>"


def _seed(seed: int) -> int:
    value = count("seed", seed)
    assert value is not None
    return value


def _size(name: str, value: Any) -> int:
    size = count(name, value)
    if size is None or size == 0:
        raise ValueError(f"{name}: is {value}, but must be a positive integer")
    return size


def _shape(value: int | Sequence[int]) -> list[int]:
    sizes = [value] if isinstance(value, (int, np.integer)) else list(value)
    return [_size("input", size) for size in sizes]


def model(
    words: str,
    input: int | Sequence[int],
    outputs: int,
    *,
    units: str = "relu",
    symbols: int | None = None,
) -> Model:
    """A network in words, as the command `ravine train` takes them.

    Parameters
    ----------
    words
        `"linear"`, `"mlp:128,64"` (units of layers), `"conv:16,32"` (channels of two convolutions),
        `"autoencoder:128,16"` (layers down to the code) or `"transformer:64,2,4"` (width, depth,
        heads).
    input
        The shape of a case: a number of entries, or height, width and channels of images; of
        symbols, their number.
    outputs
        How many outputs it has: classes, or numbers.
    units
        One of :func:`units`.
    symbols
        How many symbols there are, where cases consist of them.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.model("conv:4,8", (8, 8, 1), 10).dimension
    666
    """
    limit = None if symbols is None else _size("symbols", symbols)
    sizes = _shape(input)
    return Model(_core.NetworkModel(words, sizes, limit, _size("outputs", outputs), units))


def _joined(name: str, hidden: Sequence[int]) -> str:
    return ",".join(str(_size(name, width)) for width in hidden)


def mlp(
    input: int | Sequence[int], hidden: Sequence[int], outputs: int, *, units: str = "relu"
) -> Model:
    """Linear layers with units between them: a multilayer perceptron.

    Parameters
    ----------
    input
        Entries, or the shape, of a case.
    hidden
        Units of the layers between; none makes a linear model.
    outputs
        How many outputs it has.
    units
        One of :func:`units`.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.mlp(784, [128, 64], 10, units="tanh").words
    'mlp:128,64'
    """
    words = f"mlp:{_joined('hidden', hidden)}" if len(hidden) > 0 else "linear"
    return model(words, input, outputs, units=units)


def autoencoder(input: int, hidden: Sequence[int], *, units: str = "relu") -> Model:
    """Layers down to a code, which is linear, and the same widths back up to the inputs.

    Parameters
    ----------
    input
        Entries of a case.
    hidden
        Units of the layers down to the code, which is the last of them.
    units
        One of :func:`units`.

    References
    ----------
    Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks (2006).

    Examples
    --------
    >>> from ravine import nn
    >>> list(nn.autoencoder(6, [4, 2]).shapes.values())[:5]
    [(4, 6), (4,), (2, 4), (2,), (4, 2)]
    """
    size = _size("input", input)
    return model(f"autoencoder:{_joined('hidden', hidden)}", size, size, units=units)


def convolutional(image: Sequence[int], channels: Sequence[int], outputs: int) -> Model:
    """Two convolutions with 3 x 3 windows, each halved by the largest of 2 x 2, and a linear layer.

    Parameters
    ----------
    image
        Height, width and channels of the images.
    channels
        Channels of the two convolutions.
    outputs
        How many outputs it has.

    Examples
    --------
    >>> from ravine import nn
    >>> nn.convolutional((8, 8, 1), (4, 8), 10).shapes["convolution1.weight"]
    (4, 3, 3, 1)
    """
    return model(f"conv:{_joined('channels', channels)}", image, outputs)


def transformer(length: int, symbols: int, *, width: int, depth: int, heads: int) -> Model:
    """A transformer that predicts the next symbol at every place.

    Parameters
    ----------
    length
        Symbols of a case.
    symbols
        How many symbols there are.
    width
        The width of the stream.
    depth
        Blocks of attention and a layer of four times the width.
    heads
        Heads of each attention; they divide the width.

    References
    ----------
    Radford et al., Language models are unsupervised multitask learners (2019).

    Examples
    --------
    >>> from ravine import nn
    >>> nn.transformer(8, 20, width=12, depth=1, heads=3).output
    (8, 20)
    """
    sizes = [_size(name, n) for name, n in (("width", width), ("depth", depth), ("heads", heads))]
    words = f"transformer:{','.join(map(str, sizes))}"
    return model(words, length, symbols, units="gelu", symbols=symbols)
