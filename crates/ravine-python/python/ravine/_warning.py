"""Warnings to whoever has called this package."""

from __future__ import annotations

import sys
import warnings


def warn(words: str, category: type[Warning]) -> None:
    """Warns whoever has called this package."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("ravine."):
        frame, level = frame.f_back, level + 1
    warnings.warn(words, category, stacklevel=level)
