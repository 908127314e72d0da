"""Runs that go on from a file, also after they were killed."""

import json
import pathlib
import signal
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest

import ravine


def valley(x: np.ndarray) -> float:
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def slope(x: np.ndarray) -> np.ndarray:
    g = np.zeros_like(x)
    g[:-1] = -400.0 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * (x[1:] - x[:-1] ** 2)
    return g


START = np.tile([-1.2, 1.0], 20)


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "run.checkpoint"


def head(file: pathlib.Path) -> dict[str, Any]:
    with file.open("rb") as lines:
        assert lines.readline() == b"ravine checkpoint 1\n"
        return json.loads(lines.readline())


def assert_same(a: ravine.OptimizeResult, b: ravine.OptimizeResult) -> None:
    assert a.x.tobytes() == b.x.tobytes()
    assert a.jac.tobytes() == b.jac.tobytes()
    assert (a.fun, a.nit, a.nfev, a.njev, a.reason) == (b.fun, b.nit, b.nfev, b.njev, b.reason)


@pytest.mark.parametrize("method", ["lbfgs", "bfgs", "trust-steihaug", "cg-hz", "adam:step=0.01"])
def test_a_run_goes_on_to_the_same_bits(file: pathlib.Path, method: str) -> None:
    limit = {"maxiter": 60}
    whole = ravine.minimize(valley, START, jac=slope, hess="2-point", method=method, options=limit)
    arguments = {"jac": slope, "hess": "2-point", "checkpoint": file}
    first = ravine.minimize(valley, START, method=method, options={"maxiter": 17}, **arguments)
    assert (first.nit, head(file)["iterations"]) == (17, 17)
    second = ravine.minimize(valley, START, resume=file, options=limit, **arguments)
    assert (second.method, second.because) == (first.method, "the run that goes on is of it")
    assert_same(second, whole)


SCRIPT = """
import sys, time
import numpy as np
import ravine
from test_checkpoints import START, slope, valley as f

def valley(x):
    valley.calls += 1
    if valley.calls == 25:
        print("here", flush=True)
        time.sleep(3600)
    return f(x)

valley.calls = 0
ravine.minimize(valley, START, jac=slope, method=sys.argv[1], checkpoint=sys.argv[2], every=1)
"""


@pytest.mark.parametrize("method", ["lbfgs", "bfgs"])
def test_a_killed_run_goes_on_to_the_same_bits(file: pathlib.Path, method: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), method, str(file)],
        cwd=pathlib.Path(__file__).parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    # In the middle of an iteration.
    assert child.stdout.readline() == "here\n"
    child.kill()
    assert child.wait() == -signal.SIGKILL
    child.stdout.close()
    assert head(file)["iterations"] > 5
    whole = ravine.minimize(valley, START, jac=slope, method=method)
    assert_same(ravine.minimize(valley, START, jac=slope, resume=file), whole)


def test_a_killed_run_over_batches_goes_on_to_the_same_bits(file: pathlib.Path) -> None:
    script = """
        import sys, time
        import ravine
        from test_checkpoints import regression
        seen = []
        def callback(xk):
            seen.append(xk)
            if len(seen) == 4:
                print("here", flush=True)
                time.sleep(3600)
        ravine.minimize(
            regression(), method="adam:step=0.02", batch_size=16, epochs=30, schedule="cosine",
            checkpoint=sys.argv[1], every=1, callback=callback,
        )
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(file)],
        cwd=pathlib.Path(__file__).parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "here\n"
    child.kill()
    child.wait()
    child.stdout.close()
    batches: dict[str, Any] = {"batch_size": 16, "epochs": 30, "schedule": "cosine"}
    whole = ravine.minimize(regression(), method="adam:step=0.02", **batches)
    resumed = ravine.minimize(regression(), resume=file, **batches)
    assert_same(resumed, whole)
    assert resumed.epochs == whole.epochs == 30
    with pytest.raises(ValueError, match="goes by its 30 epochs; `cosine:0` over 40"):
        ravine.minimize(regression(), resume=file, **(batches | {"epochs": 40}))
    with pytest.raises(ValueError, match="over batches .*, not all cases at once"):
        ravine.minimize(regression(), resume=file)


def regression() -> Any:
    random = np.random.default_rng(3)
    x = random.normal(size=(100, 4))
    y = x @ [1.0, -2.0, 0.5, 0.0] + 0.1 * random.normal(size=100)
    return ravine.problems.regression(x, y, loss="squares")


def test_an_exception_leaves_a_checkpoint_of_the_point_before(file: pathlib.Path) -> None:
    calls = 0

    def failing(x: np.ndarray) -> float:
        nonlocal calls
        calls += 1
        if calls == 12:
            raise KeyError("twelve")
        return valley(x)

    failing.__qualname__ = valley.__qualname__
    with pytest.raises(KeyError, match="twelve"):
        ravine.minimize(failing, START, jac=slope, method="lbfgs", checkpoint=file, every=10**6)
    assert head(file)["iterations"] > 0
    whole = ravine.minimize(valley, START, jac=slope, method="lbfgs")
    resumed = ravine.minimize(valley, START, jac=slope, resume=file)
    assert resumed.x.tobytes() == whole.x.tobytes()


def test_a_callback_that_stops_leaves_a_checkpoint(file: pathlib.Path) -> None:
    def enough(intermediate_result: ravine.OptimizeResult) -> None:
        if intermediate_result.nit == 7:
            raise StopIteration

    arguments = {"method": "lbfgs", "checkpoint": file}
    ravine.minimize("chained-rosenbrock:n=10", callback=enough, **arguments)
    assert head(file)["iterations"] == 7
    assert_same(
        ravine.minimize("chained-rosenbrock:n=10", resume=file),
        ravine.minimize("chained-rosenbrock:n=10", method="lbfgs"),
    )


def test_what_does_not_fit_is_refused(file: pathlib.Path) -> None:
    few = {"maxiter": 3}
    ravine.minimize("booth", [0, 0], method="lbfgs", checkpoint=str(file), options=few)

    def refused(fun: Any, x0: Any, match: str, **arguments: Any) -> None:
        with pytest.raises(ValueError, match=f"resume: .*run.checkpoint: {match}"):
            ravine.minimize(fun, x0, resume=file, **arguments)

    refused("beale", [0, 0], "is a checkpoint of the problem `booth`, not `beale`")
    refused(valley, [0, 0], "is a checkpoint of the problem `booth`, not `function valley`")
    refused("booth", [0, 0], "is a checkpoint of the method `lbfgs`, not `bfgs`", method="bfgs")
    refused("booth", [0, 0], "is a checkpoint of the settings", method="lbfgs:memory=3")
    refused("booth", [0, 1], "is a checkpoint of a run from another start")
    refused("booth", [0, 0], "is a checkpoint of a run without bounds", bounds=[(-9, 9)] * 2)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    refused("booth", [0, 0], "is damaged")
    file.write_bytes(b"x,y")
    refused("booth", [0, 0], "is not a checkpoint")
    with pytest.raises(FileNotFoundError, match="resume: .*missing"):
        ravine.minimize("booth", resume=file.with_name("missing"))


def test_arguments_are_checked(file: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError, match="checkpoint: .*missing.* cannot be written"):
        ravine.minimize("booth", [0, 0], checkpoint=file.parent / "missing" / "file")
    with pytest.raises(ValueError, match="every: needs checkpoint"):
        ravine.minimize("booth", every=3)
    with pytest.raises(ValueError, match="every: is 0, but must be positive"):
        ravine.minimize("booth", checkpoint=file, every=0)
    with pytest.raises(TypeError, match="resume: is 3"):
        ravine.minimize("booth", resume=3)  # type: ignore[arg-type]
    assert not file.exists()


def test_checkpoints_are_written_every_so_many_iterations(file: pathlib.Path) -> None:
    seen = []

    def look(intermediate_result: ravine.OptimizeResult) -> None:
        seen.append(head(file)["iterations"])

    arguments = {"method": "lbfgs", "options": {"maxiter": 8}, "callback": look}
    ravine.minimize("chained-rosenbrock:n=10", checkpoint=file, every=3, **arguments)
    assert seen == [0, 0, 3, 3, 3, 6, 6, 6]
    assert head(file)["iterations"] == 8
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]
