"""PyTorch on the same work as `costs`: forward and backward of the autoencoder, and steps of Adam, on one thread."""

import json
import resource
import time

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


def main() -> None:
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


main()
