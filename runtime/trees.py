"""Pytrees in JSON: how an artifact's manifest describes the arguments and results of an entry.

A tree is a JSON object with a "kind":

    {"kind": "leaf", "dtype": "f32", "shape": [3]}            an array; dtype in the dialect's spelling
    {"kind": "none"}                                          None, which holds no array
    {"kind": "tuple", "items": [tree, ...]}
    {"kind": "list", "items": [tree, ...]}
    {"kind": "dict", "items": [[key, tree], ...]}             keys are strings or integers, in flattening order
    {"kind": "namedtuple", "name": "Params", "fields": ["w", "b"], "items": [tree, ...]}

Leaves are numbered in the order in which they appear. Trees come from files that anyone can write, so `parse_tree` checks
everything and limits depth and size.
"""

from __future__ import annotations

import keyword
import math
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from pullback.dialects import types

MAX_DEPTH = 64
MAX_RANK = 32
MAX_DIM = 1 << 48


class TreeError(ValueError):
    """A malformed tree; the message says where."""


@dataclass(frozen=True)
class Leaf:
    """One array: its shape and NumPy dtype."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{types.from_np(self.dtype)}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class Node:
    """A container. `keys` are dict keys or field names, and None for tuples and lists."""

    kind: str
    children: tuple[Leaf | Node, ...]
    keys: tuple[str | int, ...] | None = None
    name: str = ""

    def __str__(self) -> str:
        if self.kind == "none":
            return "None"
        if self.kind == "dict":
            return "{" + ", ".join(f"{key!r}: {child}" for key, child in zip(self.keys or (), self.children)) + "}"
        if self.kind == "namedtuple":
            return f"{self.name}({', '.join(f'{key}={child}' for key, child in zip(self.keys or (), self.children))})"
        inside = ", ".join(map(str, self.children))
        if self.kind == "list":
            return f"[{inside}]"
        return f"({inside},)" if len(self.children) == 1 else f"({inside})"


Tree = Leaf | Node


def parse_tree(data: Any, where: str, depth: int = 0) -> Tree:
    """A tree from its JSON form; raises TreeError."""
    if depth > MAX_DEPTH:
        raise TreeError(f"{where}: nested too deeply")
    if not isinstance(data, dict):
        raise TreeError(f"{where}: expected an object with a 'kind'")
    kind = data.get("kind")
    if kind == "leaf":
        return parse_leaf(data, where)
    if kind == "none":
        return Node("none", ())
    items = data.get("items")
    if kind not in ("tuple", "list", "dict", "namedtuple"):
        raise TreeError(f"{where}: unknown kind {kind!r}")
    if not isinstance(items, list):
        raise TreeError(f"{where}: {kind} without a list of items")
    if kind == "dict":
        pairs = [_parse_pair(item, f"{where}/{i}") for i, item in enumerate(items)]
        keys = tuple(key for key, _ in pairs)
        if len(set(keys)) != len(keys):
            raise TreeError(f"{where}: a key occurs twice")
        return Node("dict", tuple(parse_tree(child, f"{where}/{key}", depth + 1) for key, child in pairs), keys)
    children = tuple(parse_tree(item, f"{where}/{i}", depth + 1) for i, item in enumerate(items))
    if kind != "namedtuple":
        return Node(kind, children)
    name, fields = data.get("name"), data.get("fields")
    if not isinstance(fields, list) or not all(isinstance(field, str) for field in (name, *fields)):
        raise TreeError(f"{where}: namedtuple without a name and fields")
    if len(fields) != len(children) or not all(_is_name(field) for field in (name, *fields)) or len(set(fields)) != len(fields):
        raise TreeError(f"{where}: invalid namedtuple {name!r}")
    return Node("namedtuple", children, tuple(fields), str(name))


def _is_name(text: Any) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text) and not text.startswith("_")


def _parse_pair(item: Any, where: str) -> tuple[str | int, Any]:
    if not isinstance(item, list) or len(item) != 2 or isinstance(item[0], bool) or not isinstance(item[0], (str, int)):
        raise TreeError(f"{where}: expected a pair of a key (string or integer) and a tree")
    return item[0], item[1]


def parse_leaf(data: dict[str, Any], where: str) -> Leaf:
    """The type of one array from its JSON form; raises TreeError."""
    dtype, shape = data.get("dtype"), data.get("shape")
    if dtype not in types.DTYPES:
        raise TreeError(f"{where}: unknown dtype {dtype!r}")
    if not isinstance(shape, list) or len(shape) > MAX_RANK:
        raise TreeError(f"{where}: leaf without a shape")
    for dim in shape:
        if isinstance(dim, bool) or not isinstance(dim, int) or not 0 <= dim <= MAX_DIM:
            raise TreeError(f"{where}: invalid dimension {dim!r}")
    return Leaf(tuple(shape), types.np_dtype(dtype))


def tree_to_json(tree: Tree) -> dict[str, Any]:
    """The JSON form of a tree."""
    if isinstance(tree, Leaf):
        return {"kind": "leaf", "dtype": types.from_np(tree.dtype), "shape": list(tree.shape)}
    if tree.kind == "none":
        return {"kind": "none"}
    children = [tree_to_json(child) for child in tree.children]
    if tree.kind == "dict":
        return {"kind": "dict", "items": [[key, child] for key, child in zip(tree.keys or (), children)]}
    if tree.kind == "namedtuple":
        return {"kind": "namedtuple", "name": tree.name, "fields": list(tree.keys or ()), "items": children}
    return {"kind": tree.kind, "items": children}


def describe(value: Any) -> Tree:
    """The tree of a value made of tuples, lists, dicts, namedtuples, None, and leaves with ``shape`` and ``dtype``."""
    if value is None:
        return Node("none", ())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return Node("namedtuple", tuple(map(describe, value)), tuple(value._fields), type(value).__name__)
    if isinstance(value, (tuple, list)):
        return Node("tuple" if isinstance(value, tuple) else "list", tuple(map(describe, value)))
    if isinstance(value, dict):
        return Node("dict", tuple(map(describe, value.values())), tuple(value))
    if not hasattr(value, "shape"):
        value = np.asarray(value)
    dtype = value.dtype
    return Leaf(tuple(value.shape), types.np_dtype(dtype) if isinstance(dtype, str) and dtype in types.DTYPES else np.dtype(dtype))


def leaves(tree: Tree) -> Iterator[Leaf]:
    """The leaves, in order."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for child in tree.children:
            yield from leaves(child)


def flatten(tree: Tree, value: Any, path: str, take: Callable[[Any, Leaf, str], None]) -> None:
    """Call `take(leaf value, leaf, path)` for every leaf of `value`, which must have the structure of `tree`.

    Tuples and lists are accepted for each other, since data that has been through JSON or YAML holds only lists; objects
    with the right attributes, such as dataclasses, for named tuples.
    """
    if isinstance(tree, Leaf):
        take(value, tree, path)
    elif tree.kind == "none":
        if value is not None:
            raise TypeError(f"argument {path!r}: expected None, got {type(value).__name__}")
    elif tree.kind == "dict":
        keys = tree.keys or ()
        if not isinstance(value, dict):
            raise TypeError(f"argument {path!r}: expected a dict with keys {_listed(keys)}, got {type(value).__name__}")
        if value.keys() != set(keys):
            missing, unknown = [k for k in keys if k not in value], [k for k in value if k not in keys]
            parts = [f"missing {_listed(missing)}"] * bool(missing) + [f"unknown {_listed(unknown)}"] * bool(unknown)
            raise ValueError(f"argument {path!r}: keys do not match: {', '.join(parts)}")
        for key, child in zip(keys, tree.children):
            flatten(child, value[key], f"{path}/{key}", take)
    else:
        count = len(tree.children)
        if (
            tree.kind == "namedtuple"
            and not isinstance(value, (tuple, list))
            and all(hasattr(value, str(k)) for k in tree.keys or ())
        ):
            value = tuple(getattr(value, str(k)) for k in tree.keys or ())  # a dataclass
        if not isinstance(value, (tuple, list)):
            raise TypeError(f"argument {path!r}: expected a {tree.kind} of {count}, got {type(value).__name__}")
        if len(value) != count:
            raise ValueError(f"argument {path!r}: expected a {tree.kind} of {count}, got {len(value)} items")
        if tree.kind == "namedtuple" and getattr(value, "_fields", tree.keys) != tree.keys:
            raise TypeError(f"argument {path!r}: expected fields {_listed(tree.keys or ())}, got {_listed(value._fields)}")  # type: ignore[union-attr]
        for key, child, item in zip(tree.keys or range(count), tree.children, value):
            flatten(child, item, f"{path}/{key}", take)


def unflatten(tree: Tree, values: Iterator[Any]) -> Any:
    """The user's structure, with its leaves taken from `values` in order."""
    if isinstance(tree, Leaf):
        return next(values)
    if tree.kind == "none":
        return None
    items = [unflatten(child, values) for child in tree.children]
    if tree.kind == "dict":
        return dict(zip(tree.keys or (), items))
    if tree.kind == "namedtuple":
        return _namedtuple(tree.name, tree.keys or ())(*items)
    return items if tree.kind == "list" else tuple(items)


@lru_cache
def _namedtuple(name: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(name, fields)


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(map(repr, names)) or "(none)"
