"""Minimize smooth functions by their curvature."""

from ravine._minimize import OptimizeResult, minimize

__all__ = ["OptimizeResult", "minimize"]
