"""Finding the function that the command line names: ``FILE.py:FUNC``, ``package.module:FUNC`` or ``FILE.mlir[:FUNC]``."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .diagnostics import user_program


def split_source(source: str) -> tuple[str, str]:
    """(file or module, function) of ``FILE:FUNC``; the function is empty if there is none."""
    head, colon, tail = source.rpartition(":")
    if not colon or "/" in tail or "\\" in tail:  # the colon of a Windows drive
        return source, ""
    return head, tail


def is_mlir(source: str) -> bool:
    return split_source(source)[0].endswith((".mlir", ".mlirbc"))


def load_module(name: str, verbose: bool = False) -> Any:
    """The Python module in a file or of a dotted name."""
    path = Path(name)
    if path.suffix == ".py" or path.exists():
        if not path.is_file():
            raise click.UsageError(f"{name}: no such file")
        folder = str(path.resolve().parent)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise click.UsageError(f"{name}: is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module  # dataclasses and pickles look for their module there
        with user_program(verbose):
            spec.loader.exec_module(module)
        return module
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise click.UsageError(f"{name}: no such file or module; expected FILE.py:FUNCTION")
    with user_program(verbose):
        return importlib.import_module(name)


def load_function(source: str, verbose: bool = False) -> tuple[Callable[..., Any], str]:
    """The Python function that `source` names, and its name."""
    name, function = split_source(source)
    module = load_module(name, verbose)
    if not function:
        raise click.UsageError(f"{source}: name a function, as in {name}:FUNCTION{_offer(module)}")
    value: Any = module
    for part in function.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise click.UsageError(f"{name} has no function {function!r}{_offer(module, function)}") from None
    if not callable(value):
        raise click.UsageError(f"{source} is not a function but a {type(value).__name__}")
    return value, function


def _offer(module: Any, wanted: str = "") -> str:
    """`` ; it has: ...``: functions of the module, the nearest first."""
    names = [
        name for name, value in vars(module).items()
        if callable(value) and not isinstance(value, type) and not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    ]  # fmt: skip
    close = difflib.get_close_matches(wanted, names, 1) if wanted else []
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; it has: {', '.join(names[:10])}" if names else ""
