"""Interrupts as from a terminal; which of SciPy's tests run here, and which are to fail."""

from __future__ import annotations

import signal

import pytest


def pytest_configure() -> None:
    """Where tests run in the background, interrupts are ignored; tests send some."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not any(item.path.stem == "test_scipy_suite" for item in items):
        return
    import test_scipy_suite as suite

    chosen, others = [], []
    for item in items:
        if item.path.stem != "test_scipy_suite":
            chosen.append(item)
        elif suite.reaches_ours(item):
            chosen.append(item)
            reason = suite.difference(item)
            if reason is not None:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
        else:
            others.append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = chosen
