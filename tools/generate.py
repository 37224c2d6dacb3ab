"""Regenerates the files derived from the op table and the public names: ``python -m pullback.tools.generate [--check]``.

They are checked in, so that they can be read without running anything; a test runs the check.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pullback.dialects.irdl import irdl_text

from .coverage import coverage_page
from .op_docs import coverage_matrix, op_reference

ROOT = Path(__file__).resolve().parent.parent


def generated() -> dict[Path, str]:
    """Contents of every generated file, by path relative to the root of the repository."""
    return {
        Path("dialects/pb.irdl.mlir"): irdl_text(),
        Path("docs/op-reference.md"): op_reference(),
        Path("docs/coverage-matrix.md"): coverage_matrix(),
        Path("docs/coverage.md"): coverage_page(),
    }


def stale() -> list[Path]:
    """Generated files that are not what the table says."""
    return [p for p, text in generated().items() if not (ROOT / p).exists() or (ROOT / p).read_text() != text]


def main(arguments: list[str]) -> int:
    """Writes what is stale; with ``--check``, only names it and fails."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m pullback.tools.generate [--check]", file=sys.stderr)
        return 2
    old = stale()
    if arguments:
        for path in old:
            print(f"{path} is out of date: run python -m pullback.tools.generate", file=sys.stderr)
        return 1 if old else 0
    texts = generated()
    for path in old:
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(texts[path])
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
