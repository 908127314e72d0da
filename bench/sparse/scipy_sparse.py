"""SciPy's methods for many variables on one problem of the bridge: one JSON object a line.

usage: scipy_sparse.py PATH_TO_THE_BRIDGE PROBLEM
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "peers"))

import scipy_peer  # noqa: E402

SECONDS = 120.0
MOST = {"maxiter": 20_000}
METHODS = {
    "L-BFGS-B": scipy_peer.by_minimize(
        "L-BFGS-B", {**MOST, "gtol": 0, "ftol": 0, "maxfun": 10**6}
    ),
    "Newton-CG": scipy_peer.by_minimize(
        "Newton-CG", {**MOST, "xtol": 1e-300}, "products", watched=True
    ),
    "trust-ncg": scipy_peer.by_minimize(
        "trust-ncg", {**MOST, "gtol": 0}, "products", watched=True
    ),
    "trust-krylov": scipy_peer.by_minimize(
        "trust-krylov", {**MOST, "gtol": 0}, "products", watched=True
    ),
}


def main():
    library = scipy_peer.load(sys.argv[1])
    handle = library.open_named(sys.argv[2].encode())
    entry = json.loads(library.describe(handle))
    if entry["best"] is None:
        entry["best"] = float("inf")
    problem = scipy_peer.Problem(library, handle, entry)
    for method, solve in METHODS.items():
        record = scipy_peer.run(method, solve, problem, entry, SECONDS)
        print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()
