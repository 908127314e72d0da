"""The type hints hold: of the extension against the extension, of Python in themselves."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent
PACKAGE = HERE / "python/ravine"
CONFIGURATION = HERE / "pyproject.toml"


def check(*command: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_stub_describes_the_extension() -> None:
    check("mypy.stubtest", "ravine._core", "--mypy-config-file", str(CONFIGURATION))


def test_the_hints_agree() -> None:
    check("mypy", "--config-file", str(CONFIGURATION), str(PACKAGE))
