"""Warnings to whoever has called this package."""

from __future__ import annotations

import sys
import warnings


def warn(words: str, category: type[Warning]) -> None:
    """Warns whoever has called this package, by way of SciPy where it uses one of our operators."""
    frame, level = sys._getframe(), 1
    within = ("ravine.", "scipy.")
    while frame.f_back is not None and frame.f_globals["__name__"].startswith(within):
        frame, level = frame.f_back, level + 1
    warnings.warn(words, category, stacklevel=level)
