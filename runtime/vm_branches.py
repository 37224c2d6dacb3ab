"""A workaround for IREE 3.13's assignment of VM registers.

A branch that passes one reference (a buffer, a fence) twice goes wrong where the first block argument was given the register that
the reference is in already: nothing is copied for the first, the reference is *moved* for the second, and the first is null from
then on ("indirect buffer reference slot 0 is out range", when the program runs). Loops and conditionals pass one buffer more than
once all the time, because IREE packs several small arrays into one.

So a program with control flow is compiled up to the VM dialect, branches are rewritten on its text to pass each reference once,
and the compiler goes on from there. The second copy is the result of a select that the compiler cannot fold, which costs one VM
instruction.
"""

from __future__ import annotations

import re

_BRANCH = re.compile(r"\s+vm\.(br|cond_br|br_table)\b")
_DESTINATION = re.compile(r"(\^bb\d+)\(([^()]*)\)")
_CONTROL_FLOW = re.compile(r'"?stablehlo\.(while|case|if)\b')
_CONTROL_FLOW_BYTES = re.compile(rb"while|case|stablehlo\.if")


def has_control_flow(text: str | bytes) -> bool:
    """Whether a StableHLO module may need the rewrite. MLIR bytecode is judged by the names in it."""
    return bool(_CONTROL_FLOW.search(text) if isinstance(text, str) else _CONTROL_FLOW_BYTES.search(text))


def separate_references(text: str) -> str | None:
    """VM dialect text whose branches pass no reference twice; None if that holds already."""
    lines: list[str] = []
    table: list[str] = []  # lines of a br_table that is not complete yet: copies go in front of all of them
    count = 0
    for line in text.split("\n"):
        if not table and not _BRANCH.match(line):
            lines.append(line)
            continue
        line, copies = _separate(line, count)
        count += len(copies)
        lines += copies
        table.append(line)
        if "vm.br_table" not in table[0] or line.rstrip().endswith("}"):
            lines += table
            table = []
    return "\n".join(lines) if count else None


def _separate(line: str, count: int) -> tuple[str, list[str]]:
    """A line with branch destinations that pass no reference twice, and the lines that define the copies that it uses."""
    copies: list[str] = []

    def rewrite(match: re.Match[str]) -> str:
        values, types = (part.split(", ") for part in match[2].rsplit(" : ", 1))
        seen: set[str] = set()
        for i, (value, kind) in enumerate(zip(values, types, strict=True)):
            if value in seen:
                new = values[i] = f"%again{count + len(copies)}"
                copies.append(
                    f"{new}_given = vm.cmp.nz.ref {value} : {kind}\n{new}_none = vm.const.ref.zero : {kind}\n"
                    f"{new} = vm.select.ref {new}_given, {value}, {new}_none : {kind}"
                )
            elif "ref<" in kind or kind == "!vm.buffer":
                seen.add(value)
        return f"{match[1]}({', '.join(values)} : {', '.join(types)})"

    return _DESTINATION.sub(rewrite, line), copies
