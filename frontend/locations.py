"""Where things are in the user's source: the line that called, the place of a function, names for the program's text."""

from __future__ import annotations

import os
import sys
from typing import Any

import optree

from pullback.dialects.ir import UNKNOWN, Loc

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_INTERNAL_FOLDERS = tuple(_PACKAGE + f + os.sep for f in ("frontend", "dialects", "passes", "runtime", "tools"))
_INSTALLED = os.path.dirname(os.path.abspath(__file__)) + os.sep
_OPTREE = os.path.dirname(os.path.abspath(optree.__file__)) + os.sep  # it calls back the functions of pullback
_is_internal: dict[str, bool] = {}


def user_location() -> Loc:
    """File and line of the innermost caller outside pullback."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        internal = _is_internal.get(name)
        if internal is None:
            internal = name.startswith((*_INTERNAL_FOLDERS, _INSTALLED, _OPTREE, "<frozen"))
            _is_internal[name] = internal
        if not internal:
            return Loc(name, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return UNKNOWN


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
