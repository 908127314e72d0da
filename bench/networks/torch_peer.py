"""PyTorch on the same work, on one thread: as `costs` forward and backward of the autoencoder and steps of Adam; with
files of images and labels, and a number of cases, as `spectrum` products with the Hessian of a network (twice backward),
handed to SciPy where that is installed."""

import gzip
import json
import resource
import sys
import time

import numpy as np
import torch

WIDTHS = [784, 1000, 500, 250, 30, 250, 500, 1000, 784]
BATCH = 1000


def network() -> torch.nn.Module:
    layers = []
    for k, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        layers.append(torch.nn.Linear(inputs, outputs))
        if k not in (3, 7):
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def idx(path: str) -> np.ndarray:
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rb") as file:
        data = file.read()
    axes = data[3]
    sizes = np.frombuffer(data, ">u4", axes, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(sizes)


def spectrum(images: str, labels: str, cases: int) -> None:
    from scipy.sparse.linalg import LinearOperator, eigsh

    torch.set_num_threads(1)
    torch.manual_seed(1)
    x = torch.tensor(idx(images)[:cases].reshape(cases, -1) / 255.0, dtype=torch.float32)
    y = torch.tensor(idx(labels)[:cases].astype(np.int64))
    layers = [torch.nn.Linear(784, 500), torch.nn.Tanh(), torch.nn.Linear(500, 250), torch.nn.Tanh()]
    net = torch.nn.Sequential(*layers, torch.nn.Linear(250, 10))
    parameters = list(net.parameters())
    dimension = sum(p.numel() for p in parameters)

    def loss() -> torch.Tensor:
        return torch.nn.functional.cross_entropy(net(x), y)

    def gradient() -> None:
        torch.autograd.grad(loss(), parameters)

    def product(v: np.ndarray) -> np.ndarray:
        slopes = torch.autograd.grad(loss(), parameters, create_graph=True)
        flat = torch.cat([slope.reshape(-1) for slope in slopes])
        along = flat @ torch.tensor(v.reshape(-1), dtype=torch.float32)
        found = torch.autograd.grad(along, parameters)
        return torch.cat([part.reshape(-1) for part in found]).numpy()

    def timed(work) -> tuple:
        begin = time.thread_time()
        found = work()
        return found, time.thread_time() - begin

    v = np.random.default_rng(1).normal(size=dimension).astype(np.float32)
    a_gradient = min(timed(gradient)[1] for _ in range(5))
    a_product = min(timed(lambda: product(v))[1] for _ in range(3))

    def line(what: str, products: int, seconds: float, found) -> None:
        of = {"kind": "torch-spectrum", "what": what, "products": products, "seconds": seconds, "cases": cases}
        print(json.dumps({**of, "gradient": a_gradient, "gradients": seconds / a_gradient, "found": found}), flush=True)

    line("product with the Hessian", 1, a_product, None)
    for tolerance in (1e-2, 1e-3, 1e-4):
        for what, count, which in (("five largest", 5, "LA"), ("lowest", 1, "SA")):
            made = []

            def counted(v: np.ndarray) -> np.ndarray:
                made.append(1)
                return product(v)

            operator = LinearOperator((dimension, dimension), matvec=counted, dtype=np.float32)
            (values, _), seconds = timed(lambda: eigsh(operator, k=count, which=which, tol=tolerance, v0=v))
            line(f"{what}, to {tolerance:.0e}", len(made), seconds, values.tolist())


def costs() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net, x = network(), torch.rand(BATCH, WIDTHS[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    adam = torch.optim.Adam(net.parameters(), lr=1e-4)

    def gradient() -> None:
        for p in net.parameters():
            p.grad = None
        z = net(x)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, x, reduction="sum") / BATCH
        (loss + 0.5e-5 * sum(p.square().sum() for p in net.parameters())).backward()

    def step() -> None:
        gradient()
        adam.step()

    fastest = {}
    for _ in range(8):
        for name, work in (("gradient", gradient), ("adam_step", step)):
            begin = time.thread_time()
            work()
            seconds = time.thread_time() - begin
            fastest[name] = min(fastest.get(name, seconds), seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {"kind": "torch", "version": torch.__version__, **fastest, "before": before, "peak": peak}
    print(json.dumps(line))


if len(sys.argv) == 4:
    spectrum(sys.argv[1], sys.argv[2], int(sys.argv[3]))
else:
    costs()
