"""Every public module can be the first one that a process imports: `lax` and `numpy` need each other."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["lax", "random", "numpy", "numpy.linalg", "numpy.fft", "dlpack"])
def test_module_is_importable_first(module):
    done = subprocess.run([sys.executable, "-c", f"import pullback.{module}"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
