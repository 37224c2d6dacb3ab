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
    "debug_infs": False,
    "debug_nans": False,
    "disable_jit": False,
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


class _Watching:
    """Whether some thread has switched on checks of values. Operations on concrete arrays ask first, since it costs least."""

    on = False


watching = _Watching()
_DEBUG = ("debug_nans", "debug_infs")


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
        self._debug_scopes = 0  # those that switch on checks of values
        self._watch()

    @property
    def enable_x64(self) -> bool:
        """Whether 64-bit dtypes exist. Every new array asks, so it has a fast path."""
        if self._scopes:
            overrides = getattr(self._local, "overrides", None)
            if overrides and "enable_x64" in overrides:
                return bool(overrides["enable_x64"])
        return self._values["enable_x64"]

    @property
    def jit_mode(self) -> bool | None:
        """`enable_x64`, or None under `disable_jit`. Every compiled call asks, so it has a fast path."""
        if self._scopes:
            return None if self.disable_jit else self.enable_x64
        return None if self._values["disable_jit"] else self._values["enable_x64"]

    @property
    def bad_values(self) -> tuple[str, ...]:
        """Of "nan" and "inf", which raise FloatingPointError in results, as `debug_nans` and `debug_infs` say. Every operation
        asks, so it has a fast path too."""
        if not watching.on:
            return ()
        values = {**self._values, **(getattr(self._local, "overrides", None) or {})}
        return tuple(kind for kind, name in (("nan", "debug_nans"), ("inf", "debug_infs")) if values[name])

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
        self._watch()

    def _watch(self) -> None:
        watching.on = self._debug_scopes > 0 or any(self._values[name] for name in _DEBUG)

    @contextlib.contextmanager
    def scope(self, **values: Any) -> Iterator[None]:
        """Settings for the duration of a ``with`` block, in this thread."""
        for name in values:
            if name not in self._values:
                raise AttributeError(_unknown(name))
        saved = dict(getattr(self._local, "overrides", None) or {})
        self._local.overrides = {**saved, **values}
        debug = any(values.get(name) for name in _DEBUG)
        with self._scopes_lock:
            self._scopes += 1
            self._debug_scopes += debug
            self._watch()
        try:
            yield
        finally:
            with self._scopes_lock:
                self._scopes -= 1
                self._debug_scopes -= debug
                self._watch()
            self._local.overrides = saved


config = Config()


def debug_nans(value: bool = True) -> contextlib.AbstractContextManager[None]:
    """In a ``with`` block, results that hold NaN raise FloatingPointError, which names the operation that made the first one, and
    the user's line that it belongs to; for operations of a backward pass, that of the forward pass.

    Compiled functions are checked at their results, and evaluated again, operation by operation, if these hold NaN.

    Reference: JAX documentation, jax.debug_nans.

    >>> import pullback, pullback.numpy as pnp
    >>> with pullback.debug_nans(True):
    ...     pullback.grad(lambda x: pnp.sqrt(x) * x)(0.0)
    Traceback (most recent call last):
    FloatingPointError: invalid value (nan) encountered in mul at ...
    """
    return config.scope(debug_nans=bool(value))


def debug_infs(value: bool = True) -> contextlib.AbstractContextManager[None]:
    """In a ``with`` block, results that hold infinities raise FloatingPointError, as `debug_nans` does for NaN.

    Reference: JAX documentation, jax.debug_infs.

    >>> import pullback
    >>> with pullback.debug_infs(True):
    ...     pullback.lax.log(0.0)
    Traceback (most recent call last):
    FloatingPointError: invalid value (inf) encountered in log ...
    """
    return config.scope(debug_infs=bool(value))


def disable_jit(disable: bool = True) -> contextlib.AbstractContextManager[None]:
    """In a ``with`` block, `jit` does nothing, and `cond`, `switch`, `scan`, `fori_loop` and `while_loop` run as Python would, so
    that a debugger and `print` see concrete arrays.

    Reference: JAX documentation, jax.disable_jit.

    >>> import pullback
    >>> with pullback.disable_jit():
    ...     y = pullback.jit(lambda x: print(x) or x)(pullback.numpy.array(1.0))
    1.0
    """
    return config.scope(disable_jit=bool(disable))


def enable_x64(new_val: bool = True) -> contextlib.AbstractContextManager[None]:
    """In a ``with`` block, 64-bit dtypes exist (or, with False, do not).

    Reference: JAX documentation, jax.enable_x64.

    >>> import pullback
    >>> with pullback.enable_x64():
    ...     print(pullback.numpy.arange(2.0).dtype)
    float64
    """
    return config.scope(enable_x64=bool(new_val))
