"""The lit tests of tests/filecheck as pytest items, in this process: starting Python for every RUN line would take minutes.

A RUN line is a pipe of ``pullback opt``, ``pullback eval`` and ``filecheck``; ``not`` inverts an exit code and ``2>&1`` puts
errors into the pipe. ``lit tests/filecheck`` runs the same files through a shell.
"""

from __future__ import annotations

import contextlib
import io
import shlex
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from filecheck.main import main as filecheck

from pullback.tools.evaluate import eval_command
from pullback.tools.opt import opt_command

ROOT = Path(__file__).parent / "filecheck"
FILES = sorted(ROOT.rglob("*.mlir"))
COMMANDS: dict[str, click.Command] = {"opt": opt_command, "eval": eval_command}


def run_lines(path: Path) -> list[str]:
    """Commands of a file; a line that ends in a backslash goes on in the next RUN line."""
    lines, pending = [], ""
    for line in path.read_text().splitlines():
        _, found, command = line.partition("// RUN:")
        if found:
            pending += command.strip()
            if pending.endswith("\\"):
                pending = pending[:-1]
            else:
                lines.append(pending)
                pending = ""
    return lines


def stages(line: str, path: Path) -> list[list[str]]:
    """The commands of a pipe, as lists of words."""
    lexer = shlex.shlex(line.replace("%s", str(path)), posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    out: list[list[str]] = [[]]
    for word in lexer:
        if word == "|":
            out.append([])
        else:
            out[-1].append(word)
    return out


def run_filecheck(words: list[str], text: str) -> tuple[int, str]:
    """FileCheck on the text; returns the exit code and what it says."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        patch.setattr(sys, "stdin", io.StringIO(text))
        try:
            filecheck(words)
        except SystemExit as e:
            return int(e.code or 0), said.getvalue()
    return 0, said.getvalue()


def run_stage(words: list[str], text: str) -> tuple[int, str]:
    """One command of a pipe on its standard input; returns the exit code and the output."""
    invert = words[0] == "not"
    words = words[1:] if invert else words
    merge = "2>&1" in words
    words = [w for w in words if w != "2>&1"]
    if words[0] == "filecheck":
        code, said = run_filecheck(words, text)
    else:
        assert words[0] == "%pullback", f"unknown command {words[0]}"
        result = CliRunner().invoke(COMMANDS[words[1]], words[2:], input=text, prog_name=f"pullback {words[1]}")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        code, said = result.exit_code, result.output if merge or (result.exit_code and not invert) else result.stdout
    return (int(code == 0) if invert else code), said


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(ROOT)) for p in FILES])
def test_file(path: Path) -> None:
    lines = run_lines(path)
    assert lines, f"{path} has no RUN line"
    for line in lines:
        text = ""
        for words in stages(line, path):
            code, text = run_stage(words, text)
            assert code == 0, f"{line}\n{text}"


def test_there_are_files() -> None:
    assert len(FILES) > 100
