"""The examples run."""

import importlib.util
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_a_loss_of_jax_and_the_spectrum_of_its_hessian(tmp_path: Path) -> None:
    picture = tmp_path / "spectrum.png"
    command = [sys.executable, str(EXAMPLES / "jax_spectrum.py"), str(picture)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].endswith("converged: gradient below tolerance")
    assert lines[1].startswith("at the start: eigenvalues from -")
    # At a minimum none is negative.
    assert lines[2].startswith("at the minimum: eigenvalues from 0.")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_loss_of_pytorch_where_it_is_installed() -> None:
    path = EXAMPLES / "torch_spectrum.py"
    compile(path.read_text(), str(path), "exec")
    if importlib.util.find_spec("torch") is None:
        return
    result = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=110
    )
    assert result.returncode == 0, result.stderr
    assert "converged" in result.stdout and "eigenvalues from" in result.stdout
