"""Tables from the lines that the peers print.

usage: report.py LINES FOLDER README      writes FOLDER/peers.json, FOLDER/peers.md and the table
                                          of README between its marks
"""

import json
import math
import os
import platform
import sys

# What the comparison is about: methods of the same kind, Ravine's first. Each pair is compared on
# the problems that both solve.
PAIRS = [
    ("Secant updates of a dense matrix, against", "bfgs", [
        ("scipy", "BFGS"),
        ("argmin", "BFGS (More-Thuente)"),
        ("argmin", "BFGS (Hager-Zhang)"),
        ("argmin", "SR1 trust region (Steihaug)"),
        ("basin", "BFGS"),
        ("basin", "BFGS (Hager-Zhang)"),
    ]),
    ("Limited memory, against", "lbfgs", [
        ("scipy", "L-BFGS-B"),
        ("argmin", "L-BFGS (More-Thuente)"),
        ("argmin", "L-BFGS (Hager-Zhang)"),
        ("basin", "L-BFGS"),
    ]),
    ("Conjugate gradients, against", "cg-hz", [
        ("scipy", "CG"),
        ("argmin", "nonlinear CG (PR, More-Thuente)"),
    ]),
    ("Trust region with exact Hessians, against", "trust-exact", [
        ("scipy", "trust-exact"),
        ("basin", "trust region (More-Sorensen)"),
        ("basin", "trust region (dogleg)"),
        ("basin", "trust region (Steihaug)"),
        ("argmin", "trust region (Steihaug)"),
    ]),
    ("Newton with truncated CG, against", "newton-cg", [
        ("scipy", "Newton-CG"),
        ("scipy", "trust-ncg"),
        ("scipy", "trust-krylov"),
        ("argmin", "Newton-CG (More-Thuente)"),
    ]),
    ("Least squares, against", "lm", [
        ("scipy", "least_squares lm"),
        ("scipy", "least_squares trf"),
        ("basin", "Levenberg-Marquardt"),
        ("basin", "Levenberg-Marquardt (QR)"),
    ]),
    ("The automatic choice, against", "auto", [
        ("scipy", "BFGS"),
        ("scipy", "L-BFGS-B"),
        ("scipy", "trust-exact"),
        ("scipy", "least_squares lm"),
        ("scipy", "least_squares trf"),
        ("basin", "Levenberg-Marquardt (QR)"),
    ]),
]
# The rows of the README: for each method the same kind of method of each peer, its default variant.
README = [
    ("bfgs", ("scipy", "BFGS")),
    ("bfgs", ("argmin", "BFGS (More-Thuente)")),
    ("bfgs", ("basin", "BFGS")),
    ("lbfgs", ("scipy", "L-BFGS-B")),
    ("lbfgs", ("argmin", "L-BFGS (More-Thuente)")),
    ("lbfgs", ("basin", "L-BFGS")),
    ("trust-exact", ("scipy", "trust-exact")),
    ("trust-exact", ("basin", "trust region (More-Sorensen)")),
    ("lm", ("scipy", "least_squares lm")),
    ("lm", ("scipy", "least_squares trf")),
    ("lm", ("basin", "Levenberg-Marquardt")),
]
BEGIN, END = "<!-- peers: written by bench/peers/report.py -->\n", "<!-- end -->"
KINDS = ["value", "gradient", "hessian_product", "hessian"]


def ok(record):
    """At the best known value with the gradient test met."""
    return record["solved"] and record["reached"]


def table(header, rows, left=1):
    align = ["---"] * left + ["---:"] * (len(header) - left)
    lines = [header, align, *rows]
    return "\n".join("| " + " | ".join(str(c) for c in line) + " |" for line in lines) + "\n"


def summary(methods):
    rows = []
    for (library, method), records in methods.items():
        good = [r for r in records.values() if ok(r)]
        rows.append([
            library, method,
            sum(r["solved"] for r in records.values()),
            sum(r["reached"] for r in records.values()),
            len(good),
            *(sum(r["evaluations"][k] for r in good) for k in KINDS),
            f"{1e3 * sum(r['seconds'] for r in good):.2f}",
        ])
    header = ["library", "method", "at the best value", "gradient test holds", "both",
              "values", "gradients", "Hessian products", "Hessians", "ms"]
    return table(header, rows, 2)


def gradients(record):
    return record["evaluations"]["gradient"]


def compare(mine, theirs, counts):
    """Sums of gradients over the problems where both runs count, with ratio, geometric mean of
    the ratios, and on how many problems Ravine needs fewer and more."""
    both = [p for p in mine if counts(mine[p]) and p in theirs and counts(theirs[p])]
    a, b = (sum(gradients(m[p]) for p in both) for m in (mine, theirs))
    ratios = [math.log(gradients(theirs[p]) / gradients(mine[p])) for p in both]
    mean = f"{math.exp(sum(ratios) / len(ratios)):.2f}" if ratios else ""
    fewer = sum(gradients(mine[p]) < gradients(theirs[p]) for p in both)
    more = sum(gradients(mine[p]) > gradients(theirs[p]) for p in both)
    return [len(both), a, b, f"{b / a:.2f}" if a else "", mean, f"{fewer} / {more}"]


def against(methods):
    parts = []
    for title, own, peers in PAIRS:
        mine = methods.get(("ravine", own))
        if mine is None:
            continue
        rows = []
        for key in peers:
            theirs = methods.get(key)
            if theirs is not None:
                rows.append([
                    f"{key[0]} {key[1]}",
                    *compare(mine, theirs, lambda r: r["reached"]),
                    *compare(mine, theirs, ok),
                ])
        half = ["Ravine", "peer", "ratio", "mean ratio", "fewer / more"]
        header = ["peer", "both meet the test", *half, "and at the best value", *half]
        parts.append(f"### {title} `{own}`\n\n{table(header, rows)}")
    return "\n".join(parts)


def readme(methods, path):
    rows = []
    for own, peer in README:
        both, mine, theirs, ratio, mean, counts = compare(
            methods[("ravine", own)], methods[peer], lambda r: r["reached"]
        )
        rows.append([f"`{own}`", " ".join(peer), both, mine, theirs, ratio, mean, counts])
    header = ["Ravine", "peer", "problems", "gradients of Ravine", "of the peer", "ratio",
              "geometric mean of ratios", "Ravine needs fewer / more on"]
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END, 1)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + table(header, rows, 2) + "\n" + END + after)


def problem_by_problem(methods, problems):
    columns = [
        ("ravine", "bfgs"), ("scipy", "BFGS"), ("basin", "BFGS"), ("argmin", "BFGS (More-Thuente)"),
        ("ravine", "lbfgs"), ("scipy", "L-BFGS-B"), ("basin", "L-BFGS"),
        ("argmin", "L-BFGS (More-Thuente)"),
        ("ravine", "trust-exact"), ("scipy", "trust-exact"),
        ("ravine", "lm"), ("scipy", "least_squares lm"), ("ravine", "auto"),
    ]
    columns = [c for c in columns if c in methods]

    def cell(record):
        if record is None:
            return ""
        mark = "" if ok(record) else " (value)" if record["reached"] else \
            " (gradient)" if record["solved"] else " (both)"
        return f"{gradients(record)}{mark}"

    rows = [[p, *(cell(methods[c].get(p)) for c in columns)] for p in problems]
    return table(["problem", *(f"{library} {method}" for library, method in columns)], rows)


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    name = names[0] if names else platform.machine()
    load = os.getloadavg()[0]
    return f"{name}, {os.cpu_count()} cores, load average {load:.1f} at the end of the run"


def main():
    path, folder, front = sys.argv[1:]
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    methods = {}
    problems = []
    for record in records:
        methods.setdefault((record["library"], record["method"]), {})[record["problem"]] = record
        if record["problem"] not in problems:
            problems.append(record["problem"])
    with open(os.path.join(folder, "peers.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(r) for r in records) + "\n]\n")

    text = f"""# Ravine and its peers on the Moré-Garbow-Hillstrom problems

Made by `bench/peers/run.sh`; every run is a line of `peers.json`. {len(problems)} problems from
their standard starts. One implementation of the functions with exact derivatives serves all
libraries and counts what it is asked for; a call for value and gradient together counts as one of
each, residuals count as a value and a Jacobian as a gradient. Every library has its own defaults,
but for the stopping rules: a run ends when the maximum norm of the gradient is at most 1e-8 times
the one at the start (for libraries without such a test it is made after every iteration, neither
counted nor timed), or when the library gives up, or after 10,000 iterations or 200,000
evaluations. L-BFGS of argmin, which has no default memory, keeps 10 pairs.
argmin 0.11.0 (ndarray), basin 3.2.0 (plain vectors), SciPy as in
`bench/peers/requirements.txt`. Processor: {processor()}.

## All methods

"At the best value": relative 1e-6 or absolute 1e-12 of the best value known from the standard
start, or below. Evaluations and time (fastest of three, SciPy's includes its calls from Python) are
sums over the problems where both tests hold, so they compare only between methods that solve the
same problems; the next section does that.

{summary(methods)}
## Method against method

Gradients, summed over the problems where both end with the gradient test met, and then over those
of them where both are also at the best value. A ratio above 1: the peer needs more. The mean ratio
is geometric, so that no single problem decides it; "fewer / more" says on how many problems Ravine
needs fewer gradients and on how many more.

{against(methods)}
## Gradients, problem by problem

In brackets the test that fails at the end.

{problem_by_problem(methods, problems)}"""
    with open(os.path.join(folder, "peers.md"), "w", encoding="utf-8") as file:
        file.write(text)
    readme(methods, front)


if __name__ == "__main__":
    main()
