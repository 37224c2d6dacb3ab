"""Settings: `pullback.config`. Each has an environment variable of the name ``PULLBACK_<NAME>`` in capitals."""

from __future__ import annotations

import contextlib
import difflib
import os
import threading
from collections.abc import Iterator
from typing import Any

_DEFAULTS: dict[str, Any] = {
    "enable_x64": False,
    "debug_nans": False,
    "threefry_partitionable": False,
}


def _from_environment(name: str, default: bool) -> bool:
    text = os.environ.get(f"PULLBACK_{name.upper()}")
    if text is None:
        return default
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off", ""):
        return False
    raise ValueError(f"PULLBACK_{name.upper()}={text!r} is not a truth value; use 1 or 0")


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, _DEFAULTS, 1)
    return f"there is no setting {name!r}; " + (f"did you mean {close[0]}? " if close else "") + f"settings: {', '.join(_DEFAULTS)}"


class Config:
    """The settings; `update` changes one for good, calling `config.scope(name=value)` in a ``with`` block for a while.

    >>> import pullback
    >>> pullback.config.enable_x64
    False
    >>> with pullback.config.scope(enable_x64=True):
    ...     print(pullback.numpy.arange(2.0).dtype)
    float64
    """

    def __init__(self) -> None:
        self._values = {name: _from_environment(name, default) for name, default in _DEFAULTS.items()}
        self._local = threading.local()
        self._scopes = 0  # how many `scope` blocks are open, in any thread
        self._scopes_lock = threading.Lock()

    @property
    def enable_x64(self) -> bool:
        """Whether 64-bit dtypes exist. Every compiled call asks, so it has a fast path."""
        if self._scopes:
            overrides = getattr(self._local, "overrides", None)
            if overrides and "enable_x64" in overrides:
                return bool(overrides["enable_x64"])
        return self._values["enable_x64"]

    @property
    def debug_nans(self) -> bool:
        """Whether results that hold NaN raise FloatingPointError. Every operation asks, so it has a fast path too."""
        if self._scopes:
            overrides = getattr(self._local, "overrides", None)
            if overrides and "debug_nans" in overrides:
                return bool(overrides["debug_nans"])
        return self._values["debug_nans"]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        overrides = getattr(self._local, "overrides", None)
        if overrides and name in overrides:
            return overrides[name]
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(_unknown(name)) from None

    def update(self, name: str, value: Any) -> None:
        """Sets `name`, with or without the prefix ``jax_`` of JAX's settings."""
        name = name.removeprefix("jax_").removeprefix("pullback_")
        if name not in self._values:
            raise AttributeError(_unknown(name))
        self._values[name] = value

    @contextlib.contextmanager
    def scope(self, **values: Any) -> Iterator[None]:
        """Settings for the duration of a ``with`` block, in this thread."""
        for name in values:
            if name not in self._values:
                raise AttributeError(_unknown(name))
        saved = dict(getattr(self._local, "overrides", None) or {})
        self._local.overrides = {**saved, **values}
        with self._scopes_lock:
            self._scopes += 1
        try:
            yield
        finally:
            with self._scopes_lock:
                self._scopes -= 1
            self._local.overrides = saved


config = Config()
