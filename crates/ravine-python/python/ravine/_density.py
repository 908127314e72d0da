"""The density of eigenvalues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ravine import _core
from ravine._operator import Operator, Vector, named, operator
from ravine._settings import count, encode


@dataclass(frozen=True)
class Estimate:
    """A number estimated from random probes.

    Attributes
    ----------
    value : float
        The estimate; `float(estimate)` gives it too.
    standard_error : float
        About two thirds of such estimates are within one of the truth, and nearly all within three.
    products : int
        Products with the operator that were made for it.

    Examples
    --------
    >>> from ravine.linalg import Estimate
    >>> print(Estimate(9.95, 0.123, 40))
    9.950000e+00 ± 1.2e-01 (40 products)
    """

    value: float
    standard_error: float
    products: int

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return f"{self.value:.6e} ± {self.standard_error:.1e} ({self.products} products)"


@dataclass(frozen=True)
class Histogram:
    """Shares of the eigenvalues in bins.

    Attributes
    ----------
    edges : numpy.ndarray
        The edges of the bins, ascending, one more than there are bins.
    shares : numpy.ndarray
        The share of all eigenvalues in each bin.
    standard_errors : numpy.ndarray
        Their standard errors.
    """

    edges: Vector
    shares: Vector
    standard_errors: Vector


@dataclass(frozen=True)
class LogarithmicHistogram:
    """Shares of the eigenvalues in bins of `log10 |lambda|`, for either sign, and at zero.

    Attributes
    ----------
    negative, positive : Histogram
        The eigenvalues of either sign, in the same bins; the edges are logarithms.
    zero : Estimate
        The share of those below the first edge in size.
    """

    negative: Histogram
    zero: Estimate
    positive: Histogram


class SpectralDensity:
    """The density of the eigenvalues of a symmetric operator, as random probes saw it or exactly.

    :func:`spectral_density` makes it. Every number derived from it is a mean over the probes and
    comes with its standard error; an exact density has one probe and no error. It can be pickled.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.diag(np.linspace(1.0, 3.0, 200))
    >>> density = ravine.linalg.spectral_density(A, steps=40)
    >>> density.dimension, density.products
    (200, 400)
    >>> abs(density.cumulative(2.0).value - 0.5) < 0.05
    True
    """

    def __init__(self, held: _core.Density) -> None:
        self._held = held

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_json, (self._held.to_json(),)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpectralDensity):
            return NotImplemented
        return self._held.to_json() == other._held.to_json()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        low, high = self.range
        return f"<density of {self.dimension} eigenvalues from {low:.4g} to {high:.4g}>"

    @property
    def dimension(self) -> int:
        """The number of eigenvalues."""
        return self._held.dimension

    @property
    def products(self) -> int:
        """Products with the operator that were made."""
        return self._held.products

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest node: within the spectrum, and near its ends."""
        return self._held.range

    @property
    def probes(self) -> list[tuple[Vector, Vector, Vector]]:
        """What each probe saw: the nodes of its Gauss rule, their weights, and their residuals."""
        return [(nodes, weights, residuals) for nodes, weights, residuals in self._held.probes]

    def cumulative(self, x: float) -> Estimate:
        """The share of the eigenvalues at or below x."""
        return Estimate(*self._held.cumulative(x))

    def trace_of(self, f: Callable[[float], float]) -> Estimate:
        """`tr f(A)` for a function of one number.

        Examples
        --------
        >>> import numpy as np, ravine
        >>> density = ravine.linalg.spectral_density(np.diag(np.arange(1.0, 101.0)))
        >>> round(density.trace_of(lambda t: t).value), round(density.trace_of(np.log).value)
        (5050, 364)
        """
        return Estimate(*self._held.trace_of(f))

    def log_determinant(self) -> Estimate:
        """`ln det A = tr ln A` of a positive definite A; a ValueError if a node is not positive."""
        return Estimate(*self._held.log_determinant())

    def effective_dimension(self, damping: float) -> Estimate:
        """`sum_j lambda_j / (lambda_j + damping)`: how many eigenvalues stand out over it."""
        with named(**{"lambda": "damping"}):
            return Estimate(*self._held.effective_dimension(damping))

    def histogram(self, bins: int = 50) -> Histogram:
        """The shares in equal bins over the whole range."""
        return Histogram(**self._held.linear(bins))

    def logarithmic(self, bins_per_decade: int = 5, smallest: float = 1e-8) -> LogarithmicHistogram:
        """The shares in bins of `log10 |lambda|`.

        Parameters
        ----------
        bins_per_decade
            How many bins a decade has.
        smallest
            What counts as zero, relative to the largest magnitude.

        Examples
        --------
        >>> import numpy as np, ravine
        >>> A = np.diag(np.r_[np.zeros(50), 10.0 ** np.linspace(-3, 3, 50)])
        >>> histogram = ravine.linalg.spectral_density(A).logarithmic()
        >>> round(histogram.zero.value, 6)
        0.5
        """
        found = self._held.logarithmic(bins_per_decade, smallest)
        return LogarithmicHistogram(
            Histogram(**found["negative"]), Estimate(*found["zero"]), Histogram(**found["positive"])
        )

    def smoothed(
        self, points: int = 400, width: float | None = None
    ) -> tuple[Vector, Vector, Vector]:
        """The smooth density by normal kernels: where, its value, its standard error.

        The default width is `pi / (2 sqrt(2) k)` of the range for k nodes a probe, the finest that
        could be resolved.
        """
        at, density, error = self._held.smoothed(points, width)
        return at, density, error

    def plot(
        self, ax: Any = None, *, scale: Literal["linear", "log"] = "linear", **options: Any
    ) -> Any:
        """Draws it with matplotlib, which must be installed.

        Parameters
        ----------
        ax
            The axes to draw in; new ones by default.
        scale
            "linear" draws the smooth density with two standard errors on either side, "log" the
            shares of the eigenvalues by their magnitude, negative ones apart.
        options
            Of :meth:`smoothed` or of :meth:`logarithmic`.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        if scale not in ("linear", "log"):
            raise ValueError(f"scale: is {scale!r}, but must be 'linear' or 'log'")
        ax = axes(ax)
        if scale == "linear":
            at, density, error = self.smoothed(**options)
            ax.plot(at, density)
            ax.fill_between(at, density - 2 * error, density + 2 * error, alpha=0.25, lw=0)
            ax.set(xlabel="eigenvalue", ylabel="density", ylim=(0, None))
            return ax
        histogram = self.logarithmic(**options)
        for side, label in ((histogram.negative, "negative"), (histogram.positive, "positive")):
            if side.shares.sum() > 0:
                ax.stairs(side.shares, 10.0**side.edges, fill=True, alpha=0.6, label=label)
        zero = histogram.zero.value
        title = f"{100 * zero:.3g} % zero" if zero > 0 else ""
        ax.set(xscale="log", xlabel="|eigenvalue|", ylabel="share of the eigenvalues", title=title)
        ax.legend()
        return ax


def _from_json(text: str) -> SpectralDensity:
    return SpectralDensity(_core.Density.from_json(text))


def axes(ax: Any) -> Any:
    """The axes given, or new ones."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            "matplotlib is needed to draw; install it: pip install matplotlib"
        ) from None
    return plt.subplots()[1]


def spectral_density(
    A: Operator,
    *,
    probes: int = 10,
    steps: int = 100,
    seed: int = 0,
    reorthogonalization: Literal["full", "partial", "none"] = "partial",
    n: int | None = None,
) -> SpectralDensity:
    r"""The density of the eigenvalues of a symmetric A, by stochastic Lanczos quadrature.

    .. math:: \phi(t) = \frac1n \sum_j \delta(t - \lambda_j)
              \approx \frac1m \sum_i (\text{measure of } A \text{ in } z_i)

    with m random vectors of signs z and k steps of the Lanczos process from each: m k products. k
    steps tell eigenvalues apart that are about `pi / (2 k)` of the whole range from each other in
    its middle, and the square of that at its ends; m probes leave a standard error of about
    `sqrt(2 p / (m n))` in a share p.

    Parameters
    ----------
    A
        As in :func:`cg`; symmetric.
    probes
        Random vectors, at least two.
    steps
        Most steps of Lanczos a probe.
    seed
        Which random vectors.
    reorthogonalization
        How the vectors of Lanczos are kept orthogonal.
    n
        The dimension, where A is a function.

    Returns
    -------
    SpectralDensity
        With histograms, traces of functions of A, and a plot.

    References
    ----------
    Lin, Saad and Yang, SIAM Review 58 (2016); Ubaru, Chen and Saad, SIAM J. Matrix Analysis 38
    (2017); Ghorbani, Krishnan and Xiao, ICML (2019).

    Examples
    --------
    >>> import numpy as np, ravine
    >>> n = 100
    >>> A = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    >>> density = ravine.linalg.spectral_density(A, steps=40)
    >>> share = density.cumulative(2.0)
    >>> abs(share.value - 0.5) < 3 * share.standard_error + 0.02
    True
    """
    settings = encode(
        probes=count("probes", probes),
        steps=count("steps", steps),
        seed=count("seed", seed),
        reorthogonalization=reorthogonalization,
    )
    return SpectralDensity(_core.spectral_density(operator(A, n), settings))


def log_determinant(
    A: Operator, *, probes: int = 10, steps: int = 100, seed: int = 0, n: int | None = None
) -> Estimate:
    """`ln det A = tr ln A` of a symmetric positive definite A, by :func:`spectral_density`.

    Parameters
    ----------
    A, probes, steps, seed, n
        As in :func:`spectral_density`.

    Returns
    -------
    Estimate
        Value, standard error of the probes, products.

    Raises
    ------
    ValueError
        If A shows an eigenvalue that is not positive.

    Examples
    --------
    >>> import numpy as np, ravine
    >>> A = np.diag(np.linspace(1.0, 2.0, 300))
    >>> found = ravine.linalg.log_determinant(A)
    >>> exact = np.log(np.diag(A)).sum()
    >>> bool(abs(found.value - exact) <= 4 * found.standard_error + 1e-8)
    True
    """
    return spectral_density(A, probes=probes, steps=steps, seed=seed, n=n).log_determinant()
