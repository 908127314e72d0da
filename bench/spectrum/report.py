"""The table of the lines that both libraries print.

usage: report.py LINES FOLDER      writes FOLDER/spectrum.json and FOLDER/spectrum.md
"""

import json
import os
import platform
import sys

TASKS = {
    "BE": "10 largest and 10 smallest, in one run",
    "LA": "10 largest",
    "SA": "10 smallest",
}
METHODS = {
    ("ravine", "products"): "thick-restart Lanczos",
    ("ravine", "inverse"): "the same, of the inverse by sparse Cholesky",
    ("scipy", "products"): "eigsh",
    ("scipy", "inverse"): "eigsh, sigma=0 (SuperLU as eigsh calls it)",
    ("scipy", "inverse-symmetric"): "eigsh, sigma=0 (SuperLU set for symmetric matrices)",
}
HEAD = """# Extreme eigenpairs of a large sparse matrix

Made by `bench/spectrum/run.sh`: the Laplacian of a square of {width} by {width} points (hopping 1,
Dirichlet conditions) plus a potential uniform in [0, W] at each point, Anderson's model of a disordered
metal, n = {n:,}. W = 8, as wide as the band of the Laplacian, is strong disorder, whose states are confined
to a few points; W = 1 is weak, with states at the edges spread over hundreds of points and the
eigenvalues dense.

One thread each, in one run. SciPy's `eigsh` (ARPACK) runs first, with `tol={tolerance}`; the residual it reaches
is the tolerance of Ravine's run, so that accuracy is equal or better. Residuals are the largest `|A v - theta v|`
over the pairs, divided by 8 + W, a bound of `|A|`, measured in the same way for both. Products of the
inverse are solves; their seconds include the factorization. Seconds of the processor are given beside
those of the clock, as other work ran on the machine. Processor: {processor}, {cores} cores, load
average {load:.1f} at the end of the run.{note}
"""


def main():
    lines, folder = sys.argv[1:]
    with open(lines) as file:
        records = [json.loads(line) for line in file]
    width = records[0]["width"]
    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        processor = names[0]
    except (OSError, IndexError):
        pass
    text = HEAD.format(
        width=width, n=width * width, tolerance=os.environ["TOLERANCE"], processor=processor,
        cores=os.cpu_count(), load=os.getloadavg()[0],
        note=os.environ.get("NOTE", ""),
    )
    for disorder in dict.fromkeys(r["disorder"] for r in records):
        for which, task in TASKS.items():
            chosen = [r for r in records if r["disorder"] == disorder and r["which"] == which]
            if not chosen:
                continue
            text += f"\n## W = {disorder:g}: {task}\n\n"
            text += "| library | method | end | products | processor seconds | seconds | residual |\n"
            text += "| --- | --- | --- | ---: | ---: | ---: | ---: |\n"
            for r in chosen:
                text += (
                    f"| {r['library']} | {METHODS[r['library'], r['method']]} | {r['end']} "
                    f"| {r['products']} | {r['processor_seconds']:.1f} | {r['seconds']:.1f} "
                    f"| {r['residual']:.1e} |\n"
                )
            text += compared(chosen)
    with open(os.path.join(folder, "spectrum.md"), "w") as file:
        file.write(text)
    with open(os.path.join(folder, "spectrum.json"), "w") as file:
        json.dump(records, file, indent=1)
        file.write("\n")


def compared(records):
    """What the ratios are, and whether the values agree."""
    text = ""
    for method, peers in [("products", ["products"]), ("inverse", ["inverse", "inverse-symmetric"])]:
        ours = [r for r in records if (r["library"], r["method"]) == ("ravine", method)]
        for peer in (r for r in records if r["library"] == "scipy" and r["method"] in peers):
            for own in ours:
                pairs = zip(own["values"], peer["values"], strict=True)
                difference = max(abs(a - b) for a, b in pairs)
                text += (
                    f"\n{METHODS['scipy', peer['method']]} against {METHODS['ravine', method]}: "
                    f"{peer['products'] / own['products']:.2f} times the products, "
                    f"{peer['processor_seconds'] / own['processor_seconds']:.2f} times the seconds of "
                    f"the processor, {peer['seconds'] / own['seconds']:.2f} times those of the clock; "
                    f"values agree to {difference:.0e}.\n"
                )
    return text


if __name__ == "__main__":
    main()
