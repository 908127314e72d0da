"""Runs the program, and writes small-fits.json and small-fits.md."""

import json
import os
import platform
import subprocess
import sys

program, results = sys.argv[1:]
lines = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
ways = [json.loads(line) for line in lines]
machine = {"machine": platform.machine(), "system": platform.system()}
with open(os.path.join(results, "small-fits.json"), "w") as file:
    json.dump({"machine": machine, "ways": ways}, file, indent=1)
    file.write("\n")

peer = ways[0]
rows = [
    "# Many small fits",
    "",
    "10,000 fits of `a exp(-b t) + c` to 20 numbers with noise, from the same start, on one thread;",
    "the best of five rounds, a fit. `bench/small-fits/run.sh` writes this file.",
    "",
    "| | microseconds | allocations | values | Jacobians | time / levenberg-marquardt |",
    "|---|---|---|---|---|---|",
]
for way in ways:
    gradients = f"{way['gradients']:.1f}" if way["gradients"] else "not counted"
    rows.append(
        f"| {way['way']} | {way['microseconds']:.2f} | {way['allocations']:.1f} "
        f"| {way['values']:.1f} | {gradients} "
        f"| {way['microseconds'] / peer['microseconds']:.2f} |"
    )
gap = max(way["largest_difference"] for way in ways)
rows += ["", f"No parameter of any way is farther than {gap:.0e} from those of the first.", ""]
with open(os.path.join(results, "small-fits.md"), "w") as file:
    file.write("\n".join(rows))
