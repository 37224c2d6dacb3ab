"""Every public module can be the first one that a process imports: `lax` and `numpy` need each other."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import pullback


@pytest.mark.parametrize("module", ["lax", "random", "numpy", "numpy.linalg", "numpy.fft", "dlpack"])
def test_module_is_importable_first(module):
    done = subprocess.run([sys.executable, "-c", f"import pullback.{module}"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_no_module_hides_a_public_function():
    """Importing `pullback.x` makes it an attribute of the package, in place of a function of that name."""
    hidden = {m.name for m in pkgutil.iter_modules(pullback.__path__)} & set(pullback._NAMES)
    assert not hidden
    assert pullback.remat is pullback.checkpoint
