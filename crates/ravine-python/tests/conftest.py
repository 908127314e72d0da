"""Interrupts as from a terminal; which tests of SciPy and scikit-learn run here, and which fail."""

from __future__ import annotations

import importlib
import signal

import pytest

#: Modules with tests of others, ours in place of theirs.
SUITES = ("test_scipy_suite", "test_scikit_learn_suite")


def pytest_configure() -> None:
    """Where tests run in the background, interrupts are ignored; tests send some."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen, others = [], []
    for item in items:
        if item.path.stem not in SUITES:
            chosen.append(item)
            continue
        suite = importlib.import_module(item.path.stem)
        if suite.reaches_ours(item):
            chosen.append(item)
            reason = suite.difference(item)
            if reason is not None:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
        else:
            others.append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = chosen
