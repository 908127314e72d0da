"""The table of the large problem.

usage: report.py LINES FOLDER      writes FOLDER/sparse.json and FOLDER/sparse.md
"""

import importlib.util
import json
import sys
from pathlib import Path

# The report of the other comparison has the same name.
spec = importlib.util.spec_from_file_location(
    "peers_report", Path(__file__).parent.parent / "peers" / "report.py"
)
peers_report = importlib.util.module_from_spec(spec)
spec.loader.exec_module(peers_report)


# SciPy's methods of scipy_sparse.py: one that is not in the lines was not measured, and the report
# says so.
SCIPY = ["L-BFGS-B", "Newton-CG", "trust-ncg", "trust-krylov"]


def number(value, form):
    return "" if value is None else format(value, form)


def main():
    path, folder = sys.argv[1:]
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    rows = [
        [
            r["library"], r["method"], r["status"], "yes" if r["reached"] else "no",
            number(r["value"], ".12g"),
            number(r["gradient_norm"], ".1e"),
            *(r["evaluations"][kind] for kind in peers_report.KINDS), f"{r['seconds']:.2f}",
        ]
        for r in records
    ]
    measured = {r["method"] for r in records if r["library"] == "scipy"}
    missing = [f"`{method}`" for method in SCIPY if method not in measured]
    note = f"\nNot measured in this run: SciPy's {' and '.join(missing)}.\n" if missing else ""
    header = ["library", "method", "how it ended", "gradient test holds", "value", "gradient", "values", "gradients",
              "Hessian products", "Hessians", "seconds"]
    text = f"""# A large problem with a sparse Hessian

Made by `bench/sparse/run.sh`: `{records[0]["problem"]}`, from its standard start until the maximum
norm of the gradient is at most 1e-8 times the one at the start, one thread, the same code
evaluating for all, at most 120 seconds a method. Seconds of SciPy include its calls from Python, which weigh little at this size.
Processor: {peers_report.processor()}.

{peers_report.table(header, rows, 4)}{note}"""
    with open(f"{folder}/sparse.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(r) for r in records) + "\n]\n")
    with open(f"{folder}/sparse.md", "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
