"""Minimize a loss written in PyTorch, and look at the spectrum of its Hessian.

PyTorch's functions take tensors, Ravine gives NumPy arrays: `torch.from_numpy` lends one to the
other without a copy. Results may be tensors; Ravine reads them as arrays.

    python torch_spectrum.py
"""

from __future__ import annotations

import numpy as np
import torch
from torch.func import functional_call, grad, grad_and_value, jvp

import ravine

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

MODEL = torch.nn.Sequential(torch.nn.Linear(3, 10), torch.nn.Tanh(), torch.nn.Linear(10, 1))
INPUTS = torch.randn(100, 3)
TARGETS = torch.sin(INPUTS.sum(dim=1, keepdim=True))
SHAPES = {name: p.shape for name, p in MODEL.named_parameters()}


def loss(x: torch.Tensor) -> torch.Tensor:
    """The mean squared error with all parameters in one vector, and a little weight decay."""
    parts = torch.split(x, [shape.numel() for shape in SHAPES.values()])
    named = zip(SHAPES.items(), parts, strict=True)
    parameters = {name: part.reshape(shape) for (name, shape), part in named}
    error = functional_call(MODEL, parameters, (INPUTS,)) - TARGETS
    return (error**2).mean() + 1e-3 * x @ x


def value_and_gradient(x: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """As Ravine wants it with `jac=True`."""
    gradient, value = grad_and_value(loss)(torch.from_numpy(x))
    return value, gradient


def hessian_product(x: np.ndarray, v: np.ndarray) -> torch.Tensor:
    """`H v` by differentiating the gradient along v."""
    return jvp(grad(loss), (torch.from_numpy(x),), (torch.from_numpy(v),))[1]


def main() -> None:
    """Trains, and prints the ends of the spectrum."""
    start = torch.nn.utils.parameters_to_vector(MODEL.parameters()).detach().numpy()
    result = ravine.minimize(
        value_and_gradient,
        start,
        method="trust-krylov",
        jac=True,
        hessp=hessian_product,
        options={"gtol": 1e-4},
    )
    print(f"loss {float(result.fun):.4f} after {result.nit} iterations: {result.message}")
    ends = ravine.linalg.eigsh(
        lambda v: hessian_product(result.x, v), 2, which="BE", n=result.x.size
    )
    print(f"eigenvalues from {ends.values[0]:.3g} to {ends.values[-1]:.3g}")


if __name__ == "__main__":
    main()
