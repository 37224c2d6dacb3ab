"""Where things are in the user's source: the line that called, the place of a function, names for the program's text."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import optree

from pullback.dialects.ir import UNKNOWN, Loc

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_INTERNAL_FOLDERS = tuple(_PACKAGE + f + os.sep for f in ("frontend", "dialects", "passes", "runtime", "tools"))
_INSTALLED = os.path.dirname(os.path.abspath(__file__)) + os.sep
_OPTREE = os.path.dirname(os.path.abspath(optree.__file__)) + os.sep  # it calls back the functions of pullback
_is_internal: dict[str, bool] = {}


class _Scopes(threading.local):
    """The names that `named_scope` has given to the code that runs, joined by slashes."""

    name = ""


scopes = _Scopes()


def user_location() -> Loc:
    """File and line of the innermost caller outside pullback."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        internal = _is_internal.get(name)
        if internal is None:
            internal = _check_internal(name)
        if not internal:
            return Loc(name, frame.f_lineno, 0, scopes.name)
        frame = frame.f_back  # type: ignore[assignment]
    return UNKNOWN


def _check_internal(name: str) -> bool:
    internal = name.startswith((*_INTERNAL_FOLDERS, _INSTALLED, _OPTREE, "<frozen"))
    _is_internal[name] = internal
    return internal


def user_stacklevel() -> int:
    """The `stacklevel` with which the caller's `warnings.warn` points to the innermost caller outside pullback."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and _check_internal(frame.f_code.co_filename):
        frame = frame.f_back
        level += 1
    return level


def called_function() -> str:
    """The name of the function of pullback that the user called; empty if it has none of its own."""
    frame = sys._getframe(1)
    name = ""
    while frame is not None:
        file = frame.f_code.co_filename
        internal = _is_internal.get(file)
        if internal is None:
            internal = _is_internal[file] = file.startswith((*_INTERNAL_FOLDERS, _INSTALLED, _OPTREE, "<frozen"))
        if not internal:
            break
        name = frame.f_code.co_name if len(frame.f_code.co_name) > 1 else name
        frame = frame.f_back  # type: ignore[assignment]
    return "" if name.startswith("<") else name.strip("_")


def located(message: str) -> str:
    """The text of an error with the user's file and line in front."""
    loc = user_location()
    return f"{loc}: {message}" if loc.file else message


def function_location(fun: Any) -> Loc:
    """Where a Python function is defined."""
    while hasattr(fun, "__wrapped__"):
        fun = fun.__wrapped__
    code = getattr(getattr(fun, "func", fun), "__code__", None)
    return Loc(code.co_filename, code.co_firstlineno) if code is not None else UNKNOWN


def function_name(fun: Any) -> str:
    name = getattr(fun, "__name__", None) or type(fun).__name__
    return "".join(c if c.isalnum() or c in "_.$" else "_" for c in name).strip("_") or "fn"
