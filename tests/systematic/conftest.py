"""Compiled modules are kept in pytest's cache folder, never in the user's; a compile cache only saves time."""

from __future__ import annotations

import pytest

from pullback.runtime import Cache


@pytest.fixture(scope="session")
def compile_cache(pytestconfig: pytest.Config) -> Cache | None:
    cache = getattr(pytestconfig, "cache", None)  # absent with `-p no:cacheprovider`
    return Cache(cache.mkdir("pullback-compiled")) if cache is not None else None
