"""The tables of the ten problems.

usage: report.py LINES FOLDER      writes FOLDER/diagnose.json and FOLDER/diagnose.md
"""

import json
import os
import sys

SHOWN = ["gd", "momentum", "nesterov", "cg-pr", "cg-hz", "newton-cg", "lbfgs", "bfgs"]


def table(header, rows, numbers):
    """Columns from `numbers` on to the right."""
    rule = ["---" if k < numbers else "---:" for k in range(len(header))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [header, rule, *rows])


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    load = os.getloadavg()[0]
    return f"{names[0]}, {len(names)} cores, load average {load:.1f} at the end of the run"


def seconds(value):
    for limit, scale, unit in [(1e-3, 1e6, "us"), (1, 1e3, "ms")]:
        if value < limit:
            return f"{value * scale:.3g} {unit}"
    return f"{value:.3g} s"


def by_method(diagnosis, list_name):
    return {entry["method"]: entry for entry in diagnosis[list_name]}


def ended(measured):
    """Whether a run came to a minimum: by the gradient test, or as far as rounding lets it."""
    return measured["status"] in ("converged", "precision_limit")


def winner(diagnosis):
    """Recommended and fastest, and how many times as long the recommended took."""
    measured = by_method(diagnosis, "measured")
    fastest = min((m for m in measured.values() if ended(m)), key=lambda m: m["seconds"])
    own = measured[diagnosis["recommended_method"]]
    ratio = own["seconds"] / fastest["seconds"] if ended(own) else float("inf")
    return own, fastest, ratio


def factor(forecast, measured):
    """Measured iterations over forecast ones, or how the run ended."""
    if not ended(measured):
        return measured["status"].replace("_", " ")
    return f"{measured['iterations'] / max(forecast['iterations'], 1):.2f}"


def main():
    path, folder = sys.argv[1:]
    with open(path, encoding="utf-8") as lines:
        diagnoses = [json.loads(line) for line in lines]
    summary, iterations, times = [], [], []
    good = 0
    for d in diagnoses:
        own, fastest, ratio = winner(d)
        good += ratio <= 1.5
        condition = d["condition_number"]
        summary.append([
            d["character"], f"`{d['command']}`", d["dimension"],
            "" if condition is None else f"{condition:.2g}",
            f"`{own['method']}`", seconds(own["seconds"]),
            f"`{fastest['method']}`", seconds(fastest["seconds"]), f"{ratio:.2f}",
            "" if own["solved"] else "a higher minimum than others",
        ])
        forecast, measured = by_method(d, "forecast"), by_method(d, "measured")
        for name in SHOWN:
            if name in forecast and name in measured:
                f, m = forecast[name], measured[name]
                iterations.append([
                    d["character"], f"`{name}`", f["basis"].replace("_", " "), f["iterations"],
                    m["iterations"], factor(f, m), seconds(f["seconds"]), seconds(m["seconds"]),
                ])
        off = [
            m["seconds"] / forecast[name]["seconds"] for name, m in measured.items() if ended(m)
        ]
        off.sort()
        times.append([
            d["character"], len(off), f"{off[0]:.2f}", f"{off[len(off) // 2]:.2f}", f"{off[-1]:.2f}",
            seconds(d["seconds"]),
        ])
    text = f"""# Diagnoses verified

Made by `bench/diagnose/run.sh`: `ravine diagnose PROBLEM --verify --max-seconds 2` on ten problems of
different character. Every method that was forecast runs with the settings its forecast assumes; its
time is the median of repeated runs. Processor: {processor()}.

The recommended method was the fastest of all that came to a minimum (of several, not always the same), or took at most 1.5 times as long, on {good} of
{len(diagnoses)}.

{table(["problem", "command", "variables", "condition", "recommended", "took", "fastest", "took", "ratio", "recommended ended at"], summary, 2)}

## Iterations, forecast and measured

The factor is measured over forecast. A method that met a limit first has none.

{table(["problem", "method", "basis", "forecast", "measured", "factor", "forecast time", "measured time"], iterations, 3)}

## Times, measured over forecast

Over the methods that came to a minimum; the last column is what the diagnosis itself took.

{table(["problem", "methods", "least", "median", "most", "diagnosis"], times, 1)}
"""
    with open(f"{folder}/diagnose.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(d) for d in diagnoses) + "\n]\n")
    with open(f"{folder}/diagnose.md", "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
