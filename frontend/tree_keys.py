"""Steps of paths through pytrees: an item of a dict, an element of a sequence, an attribute, the n-th child."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import optree


@dataclass(frozen=True)
class DictKey:
    """The step to the item `key` of a mapping.

    >>> from pullback import tree_util
    >>> str(tree_util.DictKey("W"))
    "['W']"
    """

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"


@dataclass(frozen=True)
class SequenceKey:
    """The step to the element `idx` of a sequence.

    >>> from pullback import tree_util
    >>> str(tree_util.SequenceKey(0))
    '[0]'
    """

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"


@dataclass(frozen=True)
class GetAttrKey:
    """The step to the attribute `name` of a named tuple or a registered class.

    >>> from pullback import tree_util
    >>> str(tree_util.GetAttrKey("bias"))
    '.bias'
    """

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


@dataclass(frozen=True)
class FlattenedIndexKey:
    """The step to the child number `key` of a class that was registered without names of children.

    >>> from pullback import tree_util
    >>> str(tree_util.FlattenedIndexKey(0))
    '[<flat index 0>]'
    """

    key: int

    def __str__(self) -> str:
        return f"[<flat index {self.key}>]"


KeyEntry = Any  # classes that are registered with keys may have their own
KeyPath = tuple[KeyEntry, ...]


class GivenEntry(optree.PyTreeEntry):
    """The step to a child of a class whose flattening function gives the keys."""


def key_path(accessor: Sequence[Any]) -> KeyPath:
    """The steps of one of optree's accessors."""
    return tuple(_key(entry) for entry in accessor)


def _key(entry: Any) -> KeyEntry:
    if isinstance(entry, GivenEntry):
        return entry.entry
    if isinstance(entry, optree.NamedTupleEntry):
        return GetAttrKey(entry.field)
    if isinstance(entry, optree.GetAttrEntry):
        return GetAttrKey(entry.entry)
    if isinstance(entry, optree.MappingEntry):
        return DictKey(entry.entry)
    return SequenceKey(entry.entry) if isinstance(entry, optree.SequenceEntry) else FlattenedIndexKey(entry.entry)


def simple(key: KeyEntry) -> str:
    """A step as short text: the key, index or name alone."""
    for attribute in ("key", "idx", "name"):
        if isinstance(key, (DictKey, SequenceKey, GetAttrKey, FlattenedIndexKey)) and hasattr(key, attribute):
            return str(getattr(key, attribute))
    return str(key)
