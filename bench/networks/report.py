"""The tables of networks.md from the lines of the benchmark."""

import json
import pathlib
import sys

COSTS = {
    "products": "the matrix products of a gradient alone",
    "gradient": "value and gradient",
    "hessian": "product with the Hessian",
    "gauss_newton": "product with the Gauss-Newton matrix",
    "sgd_step": "a step of gradient descent",
    "adamw_step": "AdamW",
    "kfac_step": "K-FAC, statistics of an eighth of the batch every step, inverses every 20",
    "kfac_rare_step": "K-FAC, statistics of the batch and inverses every 20 steps",
    "kfac_whole_step": "K-FAC, statistics of the batch every step, inverses every 20",
    "ekfac_step": "EKFAC, statistics of an eighth every step",
    "ekfac_cheap_step": "EKFAC by the gradient of the batch",
    "tridiagonal_step": "block-tridiagonal K-FAC, statistics of an eighth",
    "kbfgs_step": "K-BFGS",
    "soap_step": "SOAP in blocks of 256, bases every ten steps",
    "shampoo_step": "Shampoo in blocks of 256, roots every five steps",
    "soap_whole_step": "SOAP without blocks",
    "shampoo_rare_step": "Shampoo in blocks, roots every twenty steps",
    "shampoo_whole_step": "Shampoo without blocks, roots every five steps",
    "kl_shampoo_step": "KL-Shampoo",
    "muon_step": "Muon",
}


def costs(runs: list[dict]) -> list[str]:
    found = [run for run in runs if run["kind"] == "costs"]
    if not found:
        return []
    run = found[0]
    lines = [
        "## What a gradient, a product and a step cost",
        "",
        "The autoencoder 784-1000-500-250-30 and back, rectified units, a batch of 1000, single precision; the",
        "fastest of several rounds in which all take turns. The products are those of forward and backward pass, and",
        "nothing else. A step contains its gradient.",
        "",
        "| what | ms | in gradients | in plain steps | in bare products |",
        "|---|---:|---:|---:|---:|",
    ]
    for key, name in COSTS.items():
        if key in run:
            ratios = (run[key] / run[of] for of in ("gradient", "sgd_step", "products"))
            lines.append(f"| {name} | {1e3 * run[key]:.1f} | " + " | ".join(f"{r:.2f}" for r in ratios) + " |")
    peers = [run for run in runs if run["kind"] == "torch"]
    if peers:
        gradient, step = (min(peer[key] for peer in peers) for key in ("gradient", "adam_step"))
        lines += [
            "",
            f"PyTorch {peers[0]['version']} on the same machine: a gradient {1e3 * gradient:.1f} ms, ours "
            f"{run['gradient'] / gradient:.2f} of it; a step of Adam {1e3 * step:.1f} ms, ours "
            f"{run['adamw_step'] / step:.2f} of it.",
        ]
    memory = [run for run in runs if run["kind"] == "memory"]
    if memory:
        lines += ["", "Peak memory of a process that makes such steps, beyond what it held before:", ""]
        lines += [f"- {run['method']}: {run['peak'] - run['before']:.0f} MB" for run in memory]
        if peers:
            lines.append(f"- PyTorch, Adam: {peers[0]['peak'] - peers[0]['before']:.0f} MB")
    return lines + [""]


def work(runs: list[dict]) -> list[str]:
    """Steps measured one kind at a time, which is less than `costs` measures."""
    of = [run for run in runs if run["kind"] == "work"]
    if not of:
        return []
    fastest: dict[str, float] = {}
    for run in of:
        fastest[run["method"]] = min(run["step"], fastest.get(run["method"], run["step"]))
    plain = fastest["sgd"]
    lines = [
        "## Steps, one kind at a time",
        "",
        "By `work`, in turns, the faster of two rounds; the plain step is one of gradient descent.",
        "",
        "| step | ms | in plain steps |",
        "|---|---:|---:|",
    ]
    for key, seconds in fastest.items():
        lines.append(f"| {COSTS[key + '_step']} | {1e3 * seconds:.1f} | {seconds / plain:.2f} |")
    peers = [run for run in runs if run["kind"] == "torch"]
    for peer in peers:
        lines.append(
            f"| PyTorch {peer['version']}, gradient | {1e3 * peer['gradient']:.1f} | {peer['gradient'] / plain:.2f} |"
        )
        lines.append(f"| PyTorch, step of Adam | {1e3 * peer['adam_step']:.1f} | {peer['adam_step'] / plain:.2f} |")
    return lines + [""]


def reached(runs: list[dict]) -> list[str]:
    """Races to a loss that was given."""
    lines = []
    for race in dict.fromkeys(run["race"] for run in runs if run["kind"] == "race" and run["target"] > 0):
        of = [run for run in runs if run["kind"] == "race" and run["race"] == race]
        lines += [
            f"## To a loss of {of[0]['target']}: {race}",
            "",
            "The network 64-64-10 on 1,797 digits, from one start. Each method had equally many trials: of its step, or, where",
            "it finds that itself, of its first damping. The best one, and what it was set to.",
            "",
            "| method | steps | ms | setting | trials that arrived |",
            "|---|---:|---:|---:|---:|",
        ]
        for method in dict.fromkeys(run["method"] for run in of):
            trials = [run for run in of if run["method"] == method]
            there = [run for run in trials if run["steps"] is not None]
            count = f"{len(there)} of {len(trials)}"
            if there:
                best = min(there, key=lambda run: run["steps"])
                lines.append(
                    f"| {method} | {best['steps']} | {1e3 * best['seconds']:.0f} | {best['setting']:.3g} | {count} |"
                )
            else:
                lines.append(f"| {method} | | | | {count} |")
        lines.append("")
    return lines


def first_below(run: dict, loss: float) -> int | None:
    return next((step for step, at, _ in run["curve"] if at is not None and at <= loss), None)


def common(runs: list[dict]) -> list[str]:
    """Races to the loss that AdamW's best trial ends at."""
    lines = []
    for race in dict.fromkeys(run["race"] for run in runs if run["kind"] == "race" and run["target"] == 0):
        of = [run for run in runs if run["kind"] == "race" and run["race"] == race]
        ends = [run["curve"][-1][1] for run in of if run["method"] == "adamw"]
        loss = min(end for end in ends if end is not None)
        steps = {}
        for run in of:
            step = first_below(run, loss)
            if step is not None:
                steps[run["method"]] = min(step, steps.get(run["method"], step))
        lines += [f"## Steps to the loss that AdamW ends at: {race}", "", "| method | steps | in AdamW's |", "|---|---:|---:|"]
        lines += [f"| {method} | {count} | {count / steps['adamw']:.2f} |" for method, count in steps.items()]
        lines += ["", f"The loss is {loss:.4f}; each method had equally many trials of its step.", ""]
    return lines


def spectrum(runs: list[dict]) -> list[str]:
    of = [run for run in runs if run["kind"] == "spectrum"]
    if not of:
        return []
    lines = [
        "## A spectrum",
        "",
        f"The Hessian of the network 784-500-250-10 (520,260 parameters) on {of[0]['cases']} images of MNIST, at its start;",
        f"a gradient takes {of[0]['gradient']:.2f} s. Eigenvalues to residuals relative to the largest.",
        "",
        "| what | products | s | in gradients | found |",
        "|---|---:|---:|---:|---|",
    ]
    for run in of:
        found = json.dumps(run["found"])
        lines.append(
            f"| {run['what']} | {run['products']} | {run['seconds']:.1f} | {run['gradients']:.0f} | `{found[:160]}` |"
        )
    peers = [run for run in runs if run["kind"] == "torch-spectrum"]
    if peers:
        lines += [
            "",
            f"PyTorch (twice backward) with SciPy's `eigsh` at the same tolerances, relative to each eigenvalue, on",
            f"{peers[0]['cases']} of the images and a network of the same shape: a gradient takes {peers[0]['gradient']:.2f} s.",
            "",
            "| what | products | s | in its gradients | found |",
            "|---|---:|---:|---:|---|",
        ]
        for run in peers:
            found = json.dumps(run["found"])
            lines.append(
                f"| {run['what']} | {run['products']} | {run['seconds']:.1f} | {run['gradients']:.0f} | `{found[:160]}` |"
            )
    return lines + [""]


def autoencoder(runs: list[dict]) -> list[str]:
    of = [run for run in runs if run["kind"] == "autoencoder"]
    if not of:
        return []
    lines = [
        "## The autoencoder of MNIST",
        "",
        "On 60,000 images, with a penalty of 1e-5, from one start; loss with penalty over all images after each epoch and",
        "at the end, processor seconds without measuring. With `last=0` the step falls to zero over the epochs that fit.",
        "",
        "| method | settings | steps | loss | loss by epoch (seconds) |",
        "|---|---|---:|---:|---|",
    ]
    for run in of:
        losses = ", ".join(f"{e['loss']:.1f} ({e['seconds']:.0f})" for e in run["epochs"] if e["loss"] is not None)
        end = "no number" if run["loss"] is None else f"{run['loss']:.2f}"
        lines.append(f"| {run['method']} | `{' '.join(run['settings'])}` | {run['steps']} | {end} | {losses} |")
    return lines + [""]


def main() -> None:
    lines, results = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    runs = [json.loads(line) for line in lines.read_text().splitlines() if line.startswith("{")]
    for run in runs:
        # A race to a loss that was given is told by its steps.
        if run["kind"] == "race" and run["target"] > 0:
            run["curve"] = run["curve"][-1:]
    (results / "networks.json").write_text("[\n" + ",\n".join(json.dumps(run) for run in runs) + "\n]\n")
    text = [
        "# Networks on one thread",
        "",
        "Made by `bench/networks/run.sh`; every run is an object of `networks.json`, one a line. A machine of two cores, one",
        "thread used; times are seconds of that thread on a processor. Others used the machine, so that ratios within a table",
        "say more than its times.",
        "",
    ]
    text += [line for run in runs if run["kind"] == "note" for line in (run["text"], "")]
    for table in (costs, work, reached, spectrum, common, autoencoder):
        text += table(runs)
    (results / "networks.md").write_text("\n".join(text).rstrip() + "\n")


main()
