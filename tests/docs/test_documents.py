"""Runs the Python blocks of README.md and docs/*.md, in order, one namespace per document.

A block that is followed by a fenced ``output`` block must print exactly that. A block marked ``notest`` (an excerpt) is not run.
``python tests/docs/test_documents.py`` writes what the blocks print into the documents.
"""

from __future__ import annotations

import contextlib
import io
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python( notest)?\n(.*?)^```\n(?:\n?```output\n(.*?)^```\n)?", re.M | re.S)
DOCUMENTS = [p for p in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if BLOCK.search(p.read_text())]


def run(path: pathlib.Path) -> list[tuple[re.Match[str], str]]:
    """The blocks of a document that are run, with what each prints."""
    namespace: dict[str, object] = {"__name__": path.stem}
    results = []
    text = path.read_text()
    for m in BLOCK.finditer(text):
        if m.group(1):
            continue
        line = text[: m.start(2)].count("\n")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            # the newlines put the block at its line of the document, for tracebacks and source locations
            exec(compile("\n" * line + m.group(2), str(path.relative_to(ROOT)), "exec"), namespace)
        results.append((m, out.getvalue()))
    return results


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_document(path, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    for match, printed in run(path):
        if match.group(3) is not None:
            assert printed == match.group(3), f"output of the block:\n{match.group(2)}"


def update(path: pathlib.Path) -> None:
    text = path.read_text()
    for match, printed in reversed(run(path)):
        if match.group(3) is not None:
            text = text[: match.start(3)] + printed + text[match.end(3) :]
    path.write_text(text)


if __name__ == "__main__":
    for name in sys.argv[1:] or DOCUMENTS:
        update(pathlib.Path(name).resolve())
