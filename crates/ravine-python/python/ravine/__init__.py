"""Minimize smooth functions by their curvature."""

from ravine import linalg
from ravine._minimize import OptimizeResult, minimize

__all__ = ["OptimizeResult", "linalg", "minimize"]
