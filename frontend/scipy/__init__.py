"""`pullback.scipy`: functions of SciPy on arrays of pullback. Names and signatures follow `jax.scipy`.

Submodules: `fft`, `integrate`, `linalg`, `ndimage`, `optimize`, `signal`, `special`, `stats`, imported at first use.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = ("fft", "integrate", "linalg", "ndimage", "optimize", "signal", "special", "stats")

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'pullback.scipy' has no attribute {name!r}; submodules: {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    return sorted(__all__)
