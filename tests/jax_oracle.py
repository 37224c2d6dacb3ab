"""A fixture for modules that compare with JAX: XLA compiles faster without its optimizations, and the oracle needs none."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(scope="module", autouse=True)
def quick_jax() -> Iterator[None]:
    """Import it into a module to have it there."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)
