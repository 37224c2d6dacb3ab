"""Classes that are pytrees: registration, and `Partial`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import optree

from .tree_keys import GivenEntry

NAMESPACE = "pullback"


def register_pytree_node(
    nodetype: type,
    flatten_func: Callable[[Any], Any],
    unflatten_func: Callable[[Any, Any], Any],
    flatten_with_keys_func: Callable[[Any], Any] | None = None,
) -> None:
    """Makes a class a container: ``flatten_func(x) -> (children, aux)``, ``unflatten_func(aux, children) -> x``.

    `aux` must be hashable and comparable: it is part of the structure.

    Args:
      nodetype: class.
      flatten_func, unflatten_func: the functions.
      flatten_with_keys_func: as `flatten_func`, but with (key, child) pairs for children; the keys are the steps of paths.

    Raises:
      ValueError: the class is registered already.

    Reference: JAX documentation, jax.tree_util.register_pytree_node.

    >>> from pullback import tree_util
    >>> class Pair(list):
    ...     pass
    >>> tree_util.register_pytree_node(Pair, lambda p: (tuple(p), None), lambda aux, children: Pair(children))
    >>> tree_util.tree_leaves(Pair([1, 2]))
    [1, 2]
    """
    if flatten_with_keys_func is None:
        optree.register_pytree_node(nodetype, flatten_func, unflatten_func, namespace=NAMESPACE)
        return

    def flatten(x: Any) -> Any:
        pairs, aux = flatten_with_keys_func(x)
        pairs = tuple(pairs)
        return tuple(child for _, child in pairs), aux, tuple(key for key, _ in pairs)

    optree.register_pytree_node(nodetype, flatten, unflatten_func, path_entry_type=GivenEntry, namespace=NAMESPACE)


def register_pytree_with_keys(
    nodetype: type,
    flatten_with_keys: Callable[[Any], Any],
    unflatten_func: Callable[[Any, Any], Any],
    flatten_func: Callable[[Any], Any] | None = None,
) -> None:
    """Makes a class a container whose children have names: ``flatten_with_keys(x) -> ((key, child) pairs, aux)``.

    Args:
      nodetype: class.
      flatten_with_keys, unflatten_func: the functions.
      flatten_func: not needed; accepted for JAX's sake.

    Raises:
      ValueError: the class is registered already.

    Reference: JAX documentation, jax.tree_util.register_pytree_with_keys.

    >>> from pullback import tree_util
    >>> class Layer:
    ...     def __init__(self, weight):
    ...         self.weight = weight
    >>> tree_util.register_pytree_with_keys(
    ...     Layer,
    ...     lambda x: (((tree_util.GetAttrKey("weight"), x.weight),), None),
    ...     lambda aux, children: Layer(*children),
    ... )
    >>> tree_util.keystr(tree_util.tree_leaves_with_path([Layer(1.0)])[0][0])
    '[0].weight'
    """
    register_pytree_node(nodetype, flatten_func or flatten_with_keys, unflatten_func, flatten_with_keys)


def register_pytree_with_keys_class(cls: type) -> type:
    """Class decorator: as `register_pytree_node_class`, with a method ``tree_flatten_with_keys(self)``.

    Args:
      cls: class.

    Raises:
      ValueError: the class is registered already.

    Reference: JAX documentation, jax.tree_util.register_pytree_with_keys_class.

    >>> from pullback import tree_util
    >>> @tree_util.register_pytree_with_keys_class
    ... class Crate:
    ...     def __init__(self, value):
    ...         self.value = value
    ...     def tree_flatten_with_keys(self):
    ...         return ((tree_util.GetAttrKey("value"), self.value),), None
    ...     @classmethod
    ...     def tree_unflatten(cls, aux, children):
    ...         return cls(*children)
    >>> tree_util.keystr(tree_util.tree_leaves_with_path(Crate(3))[0][0])
    '.value'
    """
    register_pytree_with_keys(cls, lambda x: x.tree_flatten_with_keys(), cls.tree_unflatten)  # type: ignore[attr-defined]
    return cls


def register_pytree_node_class(cls: type) -> type:
    """Class decorator: the class has methods ``tree_flatten(self)`` and classmethod ``tree_unflatten(cls, aux, children)``.

    Args:
      cls: class.

    Raises:
      ValueError: the class is registered already.

    Reference: JAX documentation, jax.tree_util.register_pytree_node_class.

    >>> from pullback import tree_util
    >>> @tree_util.register_pytree_node_class
    ... class Box:
    ...     def __init__(self, value):
    ...         self.value = value
    ...     def tree_flatten(self):
    ...         return (self.value,), None
    ...     @classmethod
    ...     def tree_unflatten(cls, aux, children):
    ...         return cls(*children)
    >>> tree_util.tree_map(lambda v: 2 * v, Box(3)).value
    6
    """
    register_pytree_node(cls, lambda x: x.tree_flatten(), cls.tree_unflatten)  # type: ignore[attr-defined]
    return cls


def register_dataclass(
    nodetype: type,
    data_fields: Sequence[str] | None = None,
    meta_fields: Sequence[str] | None = None,
    drop_fields: Sequence[str] = (),
) -> type:
    """Makes a dataclass a container: `data_fields` are children, `meta_fields` are part of the structure.

    Without the lists, fields with ``metadata={"static": True}`` are meta fields and all others data.

    Args:
      nodetype: class.
      data_fields, meta_fields: names of fields.
      drop_fields: names of fields that are neither; they get their defaults again.

    Raises:
      TypeError: the class is no dataclass and the lists are not given.
      ValueError: the lists are not all fields of the dataclass.

    Reference: JAX documentation, jax.tree_util.register_dataclass.

    >>> import dataclasses
    >>> from pullback import tree_util
    >>> @dataclasses.dataclass
    ... class Point:
    ...     x: float
    ...     y: float
    >>> tree_util.tree_map(lambda v: 2 * v, tree_util.register_dataclass(Point)(1.0, 2.0))
    Point(x=2.0, y=4.0)
    """
    import dataclasses

    if data_fields is None or meta_fields is None:
        if not dataclasses.is_dataclass(nodetype):
            raise TypeError(f"{nodetype.__name__} is not a dataclass: name its data_fields and meta_fields")
        fields = [f for f in dataclasses.fields(nodetype) if f.init]
        meta_fields = [f.name for f in fields if f.metadata.get("static") and f.name not in drop_fields]
        data_fields = [f.name for f in fields if not f.metadata.get("static") and f.name not in drop_fields]
    elif dataclasses.is_dataclass(nodetype):
        wanted = {f.name for f in dataclasses.fields(nodetype) if f.init}
        named = {*data_fields, *meta_fields, *drop_fields}
        if wanted != named:
            raise ValueError(
                f"register_dataclass: data_fields, meta_fields and drop_fields must name all fields of {nodetype.__name__}; "
                f"missing {sorted(wanted - named)}, unknown {sorted(named - wanted)}"
            )
    data, meta = tuple(data_fields), tuple(meta_fields)
    entry = optree.GetAttrEntry

    def flatten(x: Any) -> Any:
        return [getattr(x, n) for n in data], tuple(getattr(x, n) for n in meta), data

    def unflatten(aux: Any, children: Any) -> Any:
        return nodetype(**dict(zip(data, children)), **dict(zip(meta, aux)))

    optree.register_pytree_node(nodetype, flatten, unflatten, path_entry_type=entry, namespace=NAMESPACE)
    return nodetype


def register_static(cls: type) -> type:
    """Class decorator: instances have no leaves; they are part of the structure, and must be hashable and comparable.

    Args:
      cls: class.

    Raises:
      ValueError: the class is registered already.

    Reference: JAX documentation, jax.tree_util.register_static.

    >>> from pullback import tree_util
    >>> @tree_util.register_static
    ... class Name(str):
    ...     pass
    >>> tree_util.tree_leaves([Name("a"), 1])
    [1]
    """
    register_pytree_node(cls, lambda x: ((), x), lambda x, children: x)
    return cls


class Partial(functools.partial):  # type: ignore[type-arg]
    """`functools.partial` that is a pytree: its bound arguments are children, its function is part of the structure.

    >>> from pullback import tree_util
    >>> f = tree_util.Partial(pow, 2)
    >>> f(3), tree_util.tree_leaves(f)
    (8, [2])
    """


register_pytree_node(
    Partial,
    lambda p: ((p.args, p.keywords), p.func),
    lambda func, children: Partial(func, *children[0], **children[1]),
)
