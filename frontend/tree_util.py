"""Pytrees: nested containers of arrays, on top of optree.

Containers are tuples, lists, dicts (in the order of their sorted keys), named tuples, OrderedDict, deque, None (no leaves) and
the classes that users register. Everything else is a leaf. Names and semantics follow `jax.tree_util`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import optree

from .missing import attribute_error as _attribute_error
from .tree_keys import DictKey, FlattenedIndexKey, GetAttrKey, KeyPath, SequenceKey, key_path
from .tree_keys import KeyEntry as KeyEntry
from .tree_keys import simple as _simple
from .tree_registration import (
    NAMESPACE,
    Partial,
    register_dataclass,
    register_pytree_node,
    register_pytree_node_class,
    register_pytree_with_keys,
    register_pytree_with_keys_class,
    register_static,
)

PyTreeDef = optree.PyTreeSpec

__all__ = [
    "DictKey",
    "FlattenedIndexKey",
    "GetAttrKey",
    "Partial",
    "SequenceKey",
    "all_leaves",
    "broadcast_prefix",
    "keystr",
    "leaf_names",
    "register_dataclass",
    "register_pytree_node",
    "register_pytree_node_class",
    "register_pytree_with_keys",
    "register_pytree_with_keys_class",
    "register_static",
    "tree_all",
    "tree_broadcast",
    "tree_flatten",
    "tree_flatten_with_path",
    "tree_leaves",
    "tree_leaves_with_path",
    "tree_map",
    "tree_map_with_path",
    "tree_reduce",
    "tree_structure",
    "tree_transpose",
    "tree_unflatten",
    "treedef_children",
    "treedef_is_leaf",
    "treedef_tuple",
]


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], PyTreeDef]:
    """Leaves of a pytree, and its structure.

    Args:
      tree: pytree.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.tree_flatten.

    >>> tree_flatten({"b": 1, "a": (2, None)})[0]
    [2, 1]
    """
    return optree.tree_flatten(tree, is_leaf, namespace=NAMESPACE)


def tree_unflatten(treedef: PyTreeDef, leaves: Iterable[Any]) -> Any:
    """The pytree of a structure and its leaves.

    Args:
      treedef: structure.
      leaves: as many as it has.

    Raises:
      ValueError: the number of leaves differs.

    Reference: JAX documentation, jax.tree_util.tree_unflatten.

    >>> from pullback import tree_util
    >>> leaves, treedef = tree_util.tree_flatten({"a": 1, "b": 2})
    >>> tree_util.tree_unflatten(treedef, [10, 20])
    {'a': 10, 'b': 20}
    """
    return optree.tree_unflatten(treedef, leaves)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """Leaves of a pytree.

    Args:
      tree: pytree.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.tree_leaves.

    >>> from pullback import tree_util
    >>> tree_util.tree_leaves({"b": 1, "a": (2, None)})
    [2, 1]
    """
    return optree.tree_leaves(tree, is_leaf, namespace=NAMESPACE)


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> PyTreeDef:
    """Structure of a pytree.

    Args:
      tree: pytree.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.tree_structure.

    >>> from pullback import tree_util
    >>> tree_util.tree_structure([1, (2, 3)]).num_leaves
    3
    """
    return optree.tree_structure(tree, is_leaf, namespace=NAMESPACE)


def tree_map(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Applies `f` to the leaves of one or several pytrees of equal structure.

    Args:
      f: function of as many leaves as there are trees.
      tree, rest: pytrees; the rest may be deeper than the first.
      is_leaf: tells which nodes count as leaves.

    Raises:
      ValueError: the structures differ.

    Reference: JAX documentation, jax.tree_util.tree_map.

    >>> tree_map(lambda x, y: x + y, {"a": 1}, {"a": 10})
    {'a': 11}
    """
    return optree.tree_map(f, tree, *rest, is_leaf=is_leaf, namespace=NAMESPACE)


_ABSENT: Any = object()


def tree_reduce(
    function: Callable[[Any, Any], Any], tree: Any, initializer: Any = _ABSENT, is_leaf: Callable[[Any], bool] | None = None
) -> Any:
    """`functools.reduce` over the leaves.

    Args:
      function: function of two values.
      tree: pytree.
      initializer: what to start from; by default the first leaf.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.tree_reduce.

    >>> from pullback import tree_util
    >>> tree_util.tree_reduce(lambda x, y: x + y, {"a": 1, "b": (2, 3)})
    6
    """
    leaves = tree_leaves(tree, is_leaf)
    return functools.reduce(function, leaves) if initializer is _ABSENT else functools.reduce(function, leaves, initializer)


def tree_all(tree: Any, *, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether all leaves are true.

    Args:
      tree: pytree.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.tree_all.

    >>> from pullback import tree_util
    >>> tree_util.tree_all({"a": True, "b": (1, 0)})
    False
    """
    return all(tree_leaves(tree, is_leaf))


def tree_transpose(outer_treedef: PyTreeDef, inner_treedef: PyTreeDef | None, pytree_to_transpose: Any) -> Any:
    """A tree of trees turned inside out.

    Args:
      outer_treedef: structure of the tree.
      inner_treedef: structure of the trees at its leaves; by default that of the first one.
      pytree_to_transpose: tree of trees.

    Raises:
      TypeError: the structures do not fit.

    Reference: JAX documentation, jax.tree_util.tree_transpose.

    >>> from pullback import tree_util
    >>> outer, inner = tree_util.tree_structure([0, 0]), tree_util.tree_structure({"a": 0})
    >>> tree_util.tree_transpose(outer, inner, [{"a": 1}, {"a": 2}])
    {'a': [1, 2]}
    """
    if inner_treedef is None:
        inner_treedef = tree_structure(outer_treedef.flatten_up_to(pytree_to_transpose)[0])
    return optree.tree_transpose(outer_treedef, inner_treedef, pytree_to_transpose)


def keystr(keys: KeyPath, *, simple: bool = False, separator: str = "") -> str:
    """A path as Python text, such as ``['W'][0].bias``.

    Args:
      keys: steps, as `tree_flatten_with_path` gives.
      simple: only the keys, indices and names, without brackets, quotes and dots.
      separator: text between the steps.

    Reference: JAX documentation, jax.tree_util.keystr.

    >>> from pullback import tree_util
    >>> [(path, _)], _ = tree_util.tree_flatten_with_path({"W": 1})
    >>> tree_util.keystr(path)
    "['W']"
    >>> tree_util.keystr(path + (tree_util.SequenceKey(0),), simple=True, separator="/")
    'W/0'
    """
    return separator.join(_simple(key) if simple else str(key) for key in keys)


def tree_flatten_with_path(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[tuple[Any, Any]], PyTreeDef]:
    """(path, leaf) pairs of a pytree, and its structure.

    A path is a tuple of `DictKey`, `SequenceKey`, `GetAttrKey`, `FlattenedIndexKey`, or what a class registered as keys.

    Args:
      tree: pytree.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.tree_flatten_with_path.

    >>> from pullback import tree_util
    >>> [tree_util.keystr(path) for path, leaf in tree_util.tree_flatten_with_path({"a": [1, 2]})[0]]
    ["['a'][0]", "['a'][1]"]
    """
    accessors, leaves, treedef = optree.tree_flatten_with_accessor(tree, is_leaf, namespace=NAMESPACE)
    return [(key_path(a), leaf) for a, leaf in zip(accessors, leaves)], treedef


def tree_map_with_path(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """`tree_map` whose function gets the path of each leaf first.

    Args:
      f: function of a path and leaves.
      tree, rest, is_leaf: as in `tree_map`.

    Reference: JAX documentation, jax.tree_util.tree_map_with_path.

    >>> from pullback import tree_util
    >>> tree_util.tree_map_with_path(lambda path, x: tree_util.keystr(path), {"a": [1, 2]})
    {'a': ["['a'][0]", "['a'][1]"]}
    """
    return optree.tree_map_with_accessor(lambda a, *xs: f(key_path(a), *xs), tree, *rest, is_leaf=is_leaf, namespace=NAMESPACE)


def tree_leaves_with_path(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[tuple[Any, Any]]:
    """(path, leaf) pairs of a pytree.

    Args:
      tree: pytree.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.tree_leaves_with_path.

    >>> from pullback import tree_util
    >>> [(tree_util.keystr(path), leaf) for path, leaf in tree_util.tree_leaves_with_path({"a": [1, 2]})]
    [("['a'][0]", 1), ("['a'][1]", 2)]
    """
    return tree_flatten_with_path(tree, is_leaf)[0]


def tree_broadcast(prefix_tree: Any, full_tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """A tree of the structure of `full_tree` with the leaves of a tree that begins like it.

    Args:
      prefix_tree: pytree whose leaves stand for all that is below them in `full_tree`.
      full_tree: pytree.
      is_leaf: tells which nodes of the prefix count as leaves.

    Raises:
      ValueError: `prefix_tree` is no tree prefix of `full_tree`.

    Reference: JAX documentation, jax.tree_util.tree_broadcast.

    >>> from pullback import tree_util
    >>> tree_util.tree_broadcast({"a": 1, "b": 2}, {"a": (0, 0), "b": 0})
    {'a': (1, 1), 'b': 2}
    """
    return optree.tree_broadcast_prefix(prefix_tree, full_tree, is_leaf=is_leaf, namespace=NAMESPACE)


def treedef_children(treedef: PyTreeDef) -> list[PyTreeDef]:
    """Structures of the children of the root.

    Args:
      treedef: structure.

    Reference: JAX documentation, jax.tree_util.treedef_children.

    >>> from pullback import tree_util
    >>> [t.num_leaves for t in tree_util.treedef_children(tree_util.tree_structure([1, (2, 3)]))]
    [1, 2]
    """
    return optree.treespec_children(treedef)


def treedef_is_leaf(treedef: PyTreeDef) -> bool:
    """Whether a structure is that of one leaf.

    Args:
      treedef: structure.

    Reference: JAX documentation, jax.tree_util.treedef_is_leaf.

    >>> from pullback import tree_util
    >>> tree_util.treedef_is_leaf(tree_util.tree_structure(1)), tree_util.treedef_is_leaf(tree_util.tree_structure([1]))
    (True, False)
    """
    return optree.treespec_is_leaf(treedef)


def treedef_tuple(treedefs: Iterable[PyTreeDef]) -> PyTreeDef:
    """The structure of a tuple of trees of the given structures.

    Args:
      treedefs: structures.

    Reference: JAX documentation, jax.tree_util.treedef_tuple.

    >>> from pullback import tree_util
    >>> one = tree_util.tree_structure(1)
    >>> tree_util.treedef_tuple([one, one]) == tree_util.tree_structure((1, 2))
    True
    """
    return optree.treespec_tuple(treedefs, namespace=NAMESPACE)


def all_leaves(iterable: Iterable[Any], is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether all elements are leaves.

    Args:
      iterable: values.
      is_leaf: tells which nodes count as leaves.

    Reference: JAX documentation, jax.tree_util.all_leaves.

    >>> from pullback import tree_util
    >>> tree_util.all_leaves([1, 2.0]), tree_util.all_leaves([1, (2,)])
    (True, False)
    """
    return optree.all_leaves(iterable, is_leaf, namespace=NAMESPACE)


def leaf_names(tree: Any, names: Sequence[str]) -> list[str]:
    """A name for each leaf of a tuple of arguments: the parameter's name and the path inside it (``params['W']``).

    Args:
      tree: tuple of arguments.
      names: names of the parameters.

    >>> from pullback import tree_util
    >>> tree_util.leaf_names(({"W": 1, "b": 2}, 3), ["params", "x"])
    ["params['W']", "params['b']", 'x']
    """
    result = []
    for accessor in optree.tree_accessors(tree, namespace=NAMESPACE):
        path = tuple(accessor)
        first = path[0].entry if path else 0
        head = names[first] if isinstance(first, int) and first < len(names) else str(first)
        steps = (f"[{key.key}]" if isinstance(key, FlattenedIndexKey) else str(key) for key in key_path(path[1:]))
        result.append(head + "".join(steps))
    return result


def broadcast_prefix(prefix: Any, tree: Any, what: str) -> list[Any]:
    """For each leaf of `tree`, the leaf of `prefix` above it; None is a leaf of the prefix.

    Args:
      prefix: pytree.
      tree: pytree that begins like it.
      what: name of the prefix, for the error.

    Raises:
      ValueError: `prefix` is no tree prefix of `tree`.

    Reference: JAX documentation, Pytrees: tree prefixes.

    >>> from pullback import tree_util
    >>> tree_util.broadcast_prefix((0, None), (1, {"a": 2, "b": 3}), "in_axes")
    [0, None, None]
    """
    none = object()
    given = prefix
    prefix = optree.tree_map(lambda x: none if x is None else x, prefix, none_is_leaf=True, namespace=NAMESPACE)
    try:
        leaves = optree.broadcast_prefix(prefix, tree, namespace=NAMESPACE)
    except ValueError:
        shown = optree.tree_structure(given, none_is_leaf=True, namespace=NAMESPACE)
        raise ValueError(
            f"{what} must be a tree prefix of the corresponding value, but has structure {shown}, and the value has "
            f"{tree_structure(tree)}"
        ) from None
    return [None if x is none else x for x in leaves]


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
