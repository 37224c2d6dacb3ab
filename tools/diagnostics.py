"""Errors of the user's program as compilers print them: ``file.py:12:5: error: ...``, the source line, a caret, a hint."""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import linecache
import os
import sys
import traceback
from collections.abc import Iterator
from types import CodeType
from typing import Any, NamedTuple

import click

from pullback.dialects.errors import PullbackError
from pullback.dialects.ir import Loc

#: How many callers are shown below the place of the error.
_NOTES = 3


class Place(NamedTuple):
    """A range of columns (from 1) in a line of a source file; 0 if the columns are not known."""

    file: str
    line: int
    col: int = 0
    end: int = 0


class ProgramError(click.ClickException):
    """An error in the user's program, ready to print."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, color=False if os.environ.get("NO_COLOR") else None)


def _own_folders() -> tuple[str, ...]:
    folders = []
    for package in (
        "pullback",
        "pullback.dialects",
        "pullback.passes",
        "pullback.runtime",
        "pullback.tools",
        "click",
        "numpy",
        "optree",
    ):
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(package)
            folders += [os.path.abspath(p) + os.sep for p in (spec.submodule_search_locations or ())] if spec else []
    return tuple(folders)


def _columns(code: CodeType, instruction: int) -> tuple[int, int]:
    """Columns of the expression that an instruction belongs to, as byte offsets into the line; (0, 0) if unknown."""
    position = next(itertools.islice(code.co_positions(), instruction // 2, None), None)
    if position is None or None in position or position[0] != position[1]:
        return 0, 0
    return position[2] + 1, position[3] + 1  # type: ignore[operator]


def user_places(error: BaseException) -> list[Place]:
    """Where the user's code was when `error` was raised, innermost call first."""
    own = _own_folders()
    places = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file.startswith("<") or os.path.abspath(file).startswith(own):
            continue
        places.append((frame, file, line))
    instructions: dict[Any, int] = {}
    tb = error.__traceback__
    while tb is not None:
        instructions[tb.tb_frame] = tb.tb_lasti
        tb = tb.tb_next
    return [Place(file, line, *_columns(frame.f_code, instructions[frame])) for frame, file, line in reversed(places)]


def _snippet(place: Place) -> str:
    """The source line with a caret below; empty if the file cannot be read."""
    source = linecache.getline(place.file, place.line).rstrip("\n")
    if not source.strip():
        return ""
    if place.col:
        start = len(source.encode()[: place.col - 1].decode(errors="ignore"))
        end = max(start + 1, len(source.encode()[: place.end - 1].decode(errors="ignore")))
    else:
        start, end = len(source) - len(source.lstrip()), len(source)
    indent = "".join(c if c == "\t" else " " for c in source[:start])
    marks = click.style("^" + "~" * (min(end, len(source)) - start - 1), fg="green", bold=True)
    return f"\n{source}\n{indent}{marks}"


def _relative(file: str) -> str:
    with contextlib.suppress(ValueError):
        relative = os.path.relpath(file)
        if not relative.startswith(".."):
            return relative
    return file


def format_message(place: Place | None, kind: str, message: str) -> str:
    """``file:line:col: kind: message`` and the source line."""
    colour = {"error": "red", "note": "cyan"}.get(kind, "magenta")
    label = click.style(f"{kind}:", fg=colour, bold=True)
    if place is None:
        return f"{label} {message}"
    source = linecache.getline(place.file, place.line)
    column = place.col or len(source) - len(source.lstrip()) + 1
    return f"{_relative(place.file)}:{place.line}:{column}: {label} {message}{_snippet(place)}"


def _split_advice(message: str) -> tuple[str, str]:
    """The message without its last part that says what to do instead, and that part."""
    head, found, advice = message.rpartition(". Use ")
    return (f"{head}.", f"use {advice}") if found else (message, "")


def describe(error: Exception) -> str | None:
    """The error as text, or None if it did not come from the user's code."""
    if isinstance(error, SyntaxError) and error.filename:
        place = Place(error.filename, error.lineno or 1, error.offset or 0, error.end_offset or 0)
        return format_message(place, "error", f"{type(error).__name__}: {error.msg}")
    places = user_places(error)
    message = str(error)
    loc: Loc | None = getattr(error, "loc", None)
    if loc is not None and loc.file:
        at = next((p for p in places if (p.file, p.line) == (loc.file, loc.line)), Place(loc.file, loc.line, loc.col))
        places = [at, *(p for p in places if p != at)]
        message = message.removeprefix(f"{loc.file}:{loc.line}:{loc.col}: ").removeprefix(f"{loc}: ")
    elif not places and not isinstance(error, PullbackError):
        return None
    if places:  # some messages begin with the place in words
        message = message.removeprefix(f"{places[0].file}:{places[0].line}: ")
    message, advice = _split_advice(message)
    if not isinstance(error, PullbackError):
        message = f"{type(error).__name__}: {message}"
    parts = [format_message(places[0] if places else None, "error", message)]
    parts += [format_message(p, "note", "called from here") for p in places[1 : 1 + _NOTES]]
    parts += [f"hint: {text}" for text in (advice, *getattr(error, "__notes__", ())) if text]
    return "\n".join(parts)


@contextlib.contextmanager
def user_program(verbose: bool = False) -> Iterator[None]:
    """Around loading and tracing the user's code: its errors become `ProgramError`, its output goes to stderr."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except click.ClickException:
        raise
    except Exception as error:
        if isinstance(error, PullbackError) and error.exit_code != 1:
            raise
        text = describe(error)
        if text is None:
            raise
        if verbose:
            text = "".join(traceback.format_exception(error)) + text
        raise ProgramError(text) from error
