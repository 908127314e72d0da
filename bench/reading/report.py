"""Times of reading CSV and LIBSVM files beside the default readers of pandas and scikit-learn.

Usage: report.py TIME_READ MEGABYTES: the example `time_read` of ravine-data built for release, and the size
of each file. The files are made here and read once before, so that all readers find them in memory; what is
shown is the least of several rounds, in which the readers take turns.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile

import numpy as np
import pandas
import sklearn
from sklearn.datasets import load_svmlight_file

ROUNDS = 3


def lines_until(path, megabytes, line, header=""):
    """Writes blocks of lines until the file has its size."""
    with open(path, "w") as file:
        file.write(header)
        while file.tell() < megabytes * 1e6:
            file.write("".join(line() for _ in range(10_000)))


def numbers(path, megabytes, random):
    def line():
        return ",".join(f"{x:.6g}" for x in random.standard_normal(10)) + "\n"

    header = ",".join(f"x{j}" for j in range(10)) + "\n"
    lines_until(path, megabytes, line, header)


def mixed(path, megabytes, random):
    """As tables of flights are: whole numbers, decimals, texts of few and of many levels, missing cells."""

    def line():
        delay = "NA" if random.random() < 0.03 else int(random.normal(10, 30))
        carrier, tail = "ABCDEFGHIJ"[random.integers(10)], f"N{random.integers(5000):05d}"
        day = f"2013-{random.integers(1, 13):02d}-{random.integers(1, 29):02d}"
        quoted = '"New York, NY"' if random.random() < 0.3 else "Boston"
        return f"{delay},{random.random() * 3000:.1f},{carrier},{tail},{day},{quoted}\n"

    lines_until(path, megabytes, line, "delay,distance,carrier,tail,day,city\n")


def sparse(path, megabytes, random):
    def line():
        columns = np.unique(random.integers(1, 50_000, 60))
        values = random.random(len(columns))
        entries = " ".join(f"{j}:{x:.6g}" for j, x in zip(columns, values))
        return f"{random.integers(2) * 2 - 1} {entries}\n"

    lines_until(path, megabytes, line)


def by_pandas(path):
    table = pandas.read_csv(path)
    columns = (table[name] for name in table)
    number = pandas.api.types.is_numeric_dtype
    total = sum(c.sum() if number(c) else c.nunique() for c in columns)
    return len(table), total


def by_sklearn(path):
    matrix, labels = load_svmlight_file(path)
    return matrix.shape[0], matrix.data.sum() + labels.sum()


def processor_seconds():
    """Of this process and of those that it ran to their end."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(part.ru_utime + part.ru_stime for part in used)


def main(program, megabytes):
    peers = {"csv": ("pandas", by_pandas), "libsvm": ("scikit-learn", by_sklearn)}
    files = [
        ("ten columns of numbers", "csv", numbers),
        ("numbers, texts, missing cells", "csv", mixed),
        ("60 of 50,000 columns a row", "libsvm", sparse),
    ]
    threads = sorted({1, min(2, os.cpu_count() or 1), os.cpu_count() or 1})
    print("# Reading files\n")
    print(
        f"Files of {megabytes:g} MB, in memory, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; the least of "
        f"{ROUNDS} rounds in seconds, of the processor on one thread, which other work does not lengthen much, of\n"
        f"the clock on several; pandas {pandas.__version__} and scikit-learn {sklearn.__version__} by their default "
        "readers, which use one thread. Counts of rows and sums of what was read agree.\n"
    )
    head = [f"Ravine, {t} thread{'s' if t > 1 else ''}" for t in threads]
    print("| file | format | " + " | ".join(head) + " | peer | peer / Ravine on one thread | MB/s |")
    print("|---" * (5 + len(head)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for title, kind, make in files:
            path = os.path.join(folder, f"data.{kind}")
            make(path, megabytes, np.random.default_rng(0))
            name, peer = peers[kind]
            own = {t: float("inf") for t in threads}
            other = float("inf")
            for _ in range(ROUNDS):
                for t in threads:
                    start = processor_seconds()
                    output = subprocess.check_output([program, kind, path, str(t)], text=True)
                    used = processor_seconds() - start
                    found = json.loads(output)
                    own[t] = min(own[t], used if t == 1 else found["seconds"])
                start = processor_seconds()
                if kind == "csv":
                    pandas.read_csv(path)
                else:
                    load_svmlight_file(path)
                other = min(other, processor_seconds() - start)
            rows, total = peer(path)
            assert rows == found["rows"], (title, rows, found)
            assert abs(total - found["sum"]) <= 1e-9 * max(1, abs(total)), (title, total, found)
            times = " | ".join(f"{own[t]:.2f}" for t in threads)
            speed = os.path.getsize(path) / 1e6 / own[1]
            print(
                f"| {title} | {kind} | {times} | {name} {other:.2f} | {other / own[1]:.1f} | {speed:.0f} |",
                flush=True,
            )
            os.remove(path)


main(sys.argv[1], float(sys.argv[2]))
