"""Minimize a loss written in JAX, and draw the spectrum of its Hessian.

A network with one hidden layer learns two interleaved spirals. JAX supplies gradients and Hessian
products; Ravine's methods and its Lanczos process call them as they are.

    python jax_spectrum.py [PICTURE]

writes the picture to `spectrum.png`, or where the argument says.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
from jax.flatten_util import ravel_pytree

import ravine
from ravine.linalg import Eigenpairs, SpectralDensity

jax.config.update("jax_enable_x64", True)


class Parameters(NamedTuple):
    """The weights of the network."""

    hidden: jax.Array
    bias: jax.Array
    output: jax.Array


def spirals(cases: int, seed: int) -> tuple[jax.Array, jax.Array]:
    """Points on two spirals, and which each belongs to, as -1 or 1."""
    rng = np.random.default_rng(seed)
    turn = np.sqrt(rng.random(cases)) * 1.5 * np.pi
    label = np.where(np.arange(cases) % 2 == 0, 1.0, -1.0)
    points = (label * turn)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return jnp.asarray(points / 4 + 0.02 * rng.standard_normal((cases, 2))), jnp.asarray(label)


POINTS, LABELS = spirals(cases=200, seed=1)
UNITS = 20
START, unflatten = ravel_pytree(
    Parameters(
        hidden=jax.random.normal(jax.random.key(2), (2, UNITS)),
        bias=jnp.linspace(-1.0, 1.0, UNITS),
        output=jax.random.normal(jax.random.key(3), (UNITS,)) / np.sqrt(UNITS),
    )
)


@jax.jit
def loss(x: jax.Array) -> jax.Array:
    """The mean logistic loss, with a little weight decay."""
    p = unflatten(x)
    margin = LABELS * (jnp.tanh(POINTS @ p.hidden + p.bias) @ p.output)
    return jnp.mean(jnp.logaddexp(0.0, -margin)) + 5e-4 * (x @ x)


value_and_gradient = jax.jit(jax.value_and_grad(loss))


@jax.jit
def hessian_product(x: jax.Array, v: jax.Array) -> jax.Array:
    """`H v` by differentiating the gradient along v: about the price of two gradients."""
    return jax.jvp(jax.grad(loss), (x,), (v,))[1]


def train() -> ravine.OptimizeResult:
    """Minimizes by truncated conjugate gradients within a trust region."""
    return ravine.minimize(
        value_and_gradient,
        np.asarray(START),
        method="trust-krylov",
        jac=True,
        hessp=hessian_product,
        options={"gtol": 1e-5, "maxiter": 500},
    )


def spectrum(x: np.ndarray) -> tuple[SpectralDensity, Eigenpairs]:
    """The density of the Hessian's eigenvalues at x, and the largest of them."""
    n = x.size
    density = ravine.linalg.spectral_density(lambda v: hessian_product(x, v), steps=60, n=n)
    return density, ravine.linalg.eigsh(lambda v: hessian_product(x, v), 5, which="LA", n=n)


def main(picture: Path) -> None:
    """Trains, prints what was found, and draws both spectra."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    result = train()
    print(f"loss {float(result.fun):.4f} after {result.nit} iterations: {result.message}")
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for ax, x, title in zip(
        axes, (np.asarray(START), result.x), ("at the start", "at the minimum"), strict=True
    ):
        density, largest = spectrum(x)
        density.plot(ax, scale="log", smallest=1e-6)
        ax.set(title=f"{title}: largest {largest.values[-1]:.3g}")
        low, high = density.range
        print(f"{title}: eigenvalues from {low:.3g} to {high:.3g}")
    figure.savefig(picture)
    print(f"The picture is in {picture}.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "spectrum.png"))
