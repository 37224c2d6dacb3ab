"""What to use instead of names of NumPy and JAX that pullback does not have; the texts are in `missing.toml`.

Modules raise `attribute_error` for unknown names, and the coverage page (`pullback coverage --missing`) lists the same texts.
"""

from __future__ import annotations

import difflib
import fnmatch
import functools
import tomllib
from collections.abc import Iterable
from pathlib import Path


@functools.cache
def _alternatives() -> dict[str, dict[str, str]]:
    """Module -> patterns of names -> what to use instead."""
    return tomllib.loads(Path(__file__).with_name("missing.toml").read_text())


def alternative(module: str, name: str, public: Iterable[str] = ()) -> str:
    """What to use instead of a missing name; an empty text if nothing is known.

    Args:
      module: the module that was asked, such as "pullback.numpy".
      name: the name that it does not have.
      public: names that it has, of which similar ones are suggested.
    """
    for patterns, text in _alternatives().get(module, {}).items():
        if any(fnmatch.fnmatchcase(name, p) for p in patterns.split()):
            return text
    close = difflib.get_close_matches(name, list(public), 3, 0.6)
    return f"nearest: {', '.join(close)}" if close else ""


def attribute_error(module: str, name: str, public: Iterable[str]) -> AttributeError:
    """The error for a name that a module does not have."""
    text = "" if name.startswith("__") else alternative(module, name, public)
    return AttributeError(f"module {module!r} has no attribute {name!r}{'; ' + text if text else ''}")
