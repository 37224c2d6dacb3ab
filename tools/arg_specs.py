"""Types of arguments on the command line: ``--arg "params:{W:f32[3],b:f32[]}"``, or the arrays of an ``.npz`` file.

    SPEC  =  f32[3,4] | f32[] | f32 | None | {key:SPEC,...} | (SPEC,...) | [SPEC,...]

Element types are those of the pb dialect (``f32``, ``i32``, ``ui8``, ``i1``, ``bf16``, ``c64``) or NumPy's names.
A place inside an argument is written as a path: ``params/W``, ``params/layers/0``.
"""

from __future__ import annotations

import difflib
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click
import numpy as np

from pullback.dialects import types
from pullback.runtime.trees import Leaf, Tree

_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<int>\d+)|(?P<mark>[\[\](){}:,?'\"-]))")
_ALIASES = {
    "bool": "i1", "pred": "i1", "half": "f16", "float": "f32", "double": "f64", "int": "i32",
    **{f"u{bits}": f"ui{bits}" for bits in (8, 16, 32, 64)}, **{f"s{bits}": f"i{bits}" for bits in (8, 16, 32, 64)},
    **{str(types.np_dtype(name)): name for name in types.DTYPES},
}  # fmt: skip


class _Parser:
    """Recursive descent over the text of one option; errors point at the place."""

    def __init__(self, text: str, option: str):
        self.text, self.option = text, option
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while text[at:].strip():
            m = _TOKEN.match(text, at)
            if m is None:
                raise self.error("unexpected character", len(text) - len(text[at:].lstrip()))
            kind = m.lastgroup or ""
            self.tokens.append((kind, m[kind], m.start(kind)))
            at = m.end()
        self.tokens.append(("end", "", len(text)))
        self.next = 0

    def error(self, what: str, at: int) -> click.UsageError:
        return click.UsageError(f"{self.option}: {what}\n  {self.text}\n  {' ' * at}^")

    def fail(self, what: str, at: int | None = None) -> Any:
        raise self.error(what, self.tokens[self.next][2] if at is None else at)

    def peek(self) -> str:
        return self.tokens[self.next][1]

    def take(self, *wanted: str) -> str:
        kind, text, _ = self.tokens[self.next]
        if text not in wanted and f"<{kind}>" not in wanted:
            self.fail(f"expected {' or '.join(wanted)}" + (f", got {text!r}" if text else ""))
        self.next += 1
        return text

    def items(self, close: str, item: Callable[[], Any]) -> list[Any]:
        found = []
        while self.peek() != close:
            found.append(item())
            if self.peek() != close:
                self.take(",", close)
                if self.tokens[self.next - 1][1] == close:
                    return found
        self.take(close)
        return found

    def spec(self) -> Any:
        mark = self.peek()
        if mark == "(":
            self.next += 1
            return tuple(self.items(")", self.spec))
        if mark == "[":
            self.next += 1
            return self.items("]", self.spec)
        if mark == "{":
            self.next += 1
            return dict(self.items("}", self.pair))
        return self.leaf()

    def pair(self) -> tuple[str | int, Any]:
        quote = self.peek() if self.peek() in ("'", '"') else ""
        if quote:
            self.next += 1
        key: str | int = self.take("<word>", "<int>")
        if quote:
            self.take(quote)
        elif isinstance(key, str) and key.isdecimal():
            key = int(key)
        self.take(":")
        return key, self.spec()

    def leaf(self) -> Leaf | None:
        kind, text, at = self.tokens[self.next]
        if kind != "word":
            self.fail("expected a type such as f32[3,4]")
        self.next += 1
        if text == "None":
            return None
        name = _ALIASES.get(text, text)
        if name not in types.DTYPES:
            close = difflib.get_close_matches(text, [*types.DTYPES, *_ALIASES], 1)
            hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(types.DTYPES)}"
            self.fail(f"unknown element type {text!r}{hint}", at)
        shape = []
        if self.peek() == "[":
            self.next += 1
            shape = self.items("]", self.dim)
        return Leaf(tuple(shape), types.np_dtype(name))

    def dim(self) -> int:
        if self.peek() in ("?", "-") or self.tokens[self.next][0] == "word":
            self.fail("a dimension must be a number: code is compiled for fixed shapes")
        return int(self.take("<int>"))


def parse_args(options: Iterable[str]) -> dict[str, Any]:
    """``name -> pytree of types`` from the values of ``--arg``."""
    specs: dict[str, Any] = {}
    for text in options:
        parser = _Parser(text, "--arg")
        name = parser.take("<word>")
        if name in specs:
            parser.fail(f"argument {name!r} is given twice", 0)
        if parser.peek() != ":":
            parser.fail(f"expected a colon and a type after the name, such as {name}:f32[3]")
        parser.next += 1
        specs[name] = parser.spec()
        if parser.peek():
            parser.fail(f"unexpected {parser.peek()!r} after the type")
    return specs


def specs_of_npz(path: str, x64: bool) -> dict[str, Any]:
    """Types of the arrays in an ``.npz`` file, whose names are paths. Without `x64`, 64-bit types become 32-bit ones."""
    nested: dict[str, Any] = {}
    narrow = {"f64": "f32", "i64": "i32", "ui64": "ui32", "c128": "c64"}
    for key, array in read_npz(path).items():
        name = types.from_np(array.dtype)
        *parents, last = key.split("/")
        node = nested
        for part in parents:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise click.UsageError(f"{path}: {key!r} lies inside an array")
        node[last] = Leaf(array.shape, types.np_dtype(name if x64 else narrow.get(name, name)))
    return {name: _with_tuples(value) for name, value in nested.items()}


def _with_tuples(value: Any) -> Any:
    """Dicts with the keys 0, 1, ..., n-1 as tuples."""
    if not isinstance(value, dict):
        return value
    if value and sorted(value) == sorted(map(str, range(len(value)))):
        return tuple(_with_tuples(value[str(i)]) for i in range(len(value)))
    return {key: _with_tuples(item) for key, item in value.items()}


def read_npz(path: str) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of an ``.npz`` file; raises UsageError."""
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise click.UsageError(f"{path}: is an array without a name; save it with numpy.savez({path!r}, x=...)")
        with file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise click.UsageError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise click.UsageError(f"{path}: is not an .npz file of arrays: {error}") from None


def paths(tree: Tree, name: str) -> Iterator[tuple[str, Leaf]]:
    """(path, leaf) for every array of an argument or result."""
    if isinstance(tree, Leaf):
        yield name, tree
        return
    keys: Iterable[Any] = tree.keys if tree.keys is not None else range(len(tree.children))
    for key, child in zip(keys, tree.children):
        yield from paths(child, f"{name}/{key}")


def build(tree: Tree, name: str, leaf: Callable[[str, Leaf], Any]) -> Any:
    """The argument's pytree, with ``leaf(path, type)`` for each array."""
    if isinstance(tree, Leaf):
        return leaf(name, tree)
    if tree.kind == "none":
        return None
    keys: list[Any] = list(tree.keys) if tree.keys is not None else list(range(len(tree.children)))
    items = [build(child, f"{name}/{key}", leaf) for key, child in zip(keys, tree.children)]
    if tree.kind == "dict":
        return dict(zip(keys, items))
    return items if tree.kind == "list" else tuple(items)


def has_64bit(spec: Any) -> str | None:
    """The first 64-bit type in a pytree of types, as text."""
    if isinstance(spec, Leaf):
        return str(spec) if types.from_np(spec.dtype) in ("f64", "i64", "ui64", "c128") else None
    children = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, (tuple, list)) else ()
    return next((found for found in map(has_64bit, children) if found), None)


def size_text(n: float) -> str:
    """``12.3 KiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n < 1024 or unit == "GiB":
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1024
    raise AssertionError
