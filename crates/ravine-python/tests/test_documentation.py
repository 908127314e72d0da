"""Every example in docstrings and in the README runs, and everything public has a docstring."""

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import ravine

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
HERE = Path(__file__).parent


def modules() -> list[ModuleType]:
    names = [m.name for m in pkgutil.walk_packages(ravine.__path__, "ravine.")]
    return [ravine, *(importlib.import_module(name) for name in names)]


def run(test: doctest.DocTest) -> None:
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = {test.name: test for module in modules() for test in finder.find(module)}
    return [test for test in found.values() if test.examples]


@pytest.mark.parametrize("test", examples(), ids=lambda test: test.name)
def test_docstring(test: doctest.DocTest) -> None:
    run(test)


@pytest.mark.parametrize("readme", [HERE.parents[0], HERE.parents[2]], ids=["package", "project"])
def test_readme(readme: Path) -> None:
    text = (readme / "README.md").read_text()
    fences = text.split("```python\n")[1:]
    assert fences
    for fence in fences:
        exec(compile(fence.split("```")[0], "README.md", "exec"), {})


def test_everything_public_is_documented() -> None:
    """Each public name and each public method of a public class has a docstring."""
    missing = []
    for module in modules():
        if module.__name__ != "ravine" and module.__name__.split(".")[-1].startswith("_"):
            continue
        for name in module.__all__:
            item = getattr(module, name)
            if not inspect.getdoc(item):
                missing.append(f"{module.__name__}.{name}")
            if inspect.isclass(item):
                members = [n for n in vars(item) if not n.startswith("_")]
                missing += [
                    f"{module.__name__}.{name}.{member}"
                    for member in members
                    if not inspect.getdoc(getattr(item, member))
                ]
    assert not missing
