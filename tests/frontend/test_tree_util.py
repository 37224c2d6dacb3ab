"""Paths through pytrees and registration with keys, against JAX's."""

from __future__ import annotations

import collections
import dataclasses

import jax
import pytest

from pullback import tree_util

Pair = collections.namedtuple("Pair", "a b")


class Bag:
    def __init__(self, *items):
        self.items = items


class Named:
    def __init__(self, first, second):
        self.first, self.second = first, second


for module in (tree_util, jax.tree_util):
    module.register_pytree_node(Bag, lambda x: (x.items, None), lambda _, children: Bag(*children))
    module.register_pytree_with_keys(
        Named,
        lambda x, m=module: (((m.GetAttrKey("first"), x.first), (m.DictKey("second"), x.second)), "aux"),
        lambda aux, children: Named(*children),
    )


def tree(module):
    ordered, default = collections.OrderedDict(b=1, a=2), collections.defaultdict(int, {2: 3})
    return {"x": [1, Pair(2, Bag(3, (4,))), module.Partial(min, 3, k=2)], "z": ordered, "w": default, "n": Named(5, [6])}


def test_paths():
    ours, theirs = (m.tree_flatten_with_path(tree(m))[0] for m in (tree_util, jax.tree_util))
    assert [leaf for _, leaf in ours] == [leaf for _, leaf in theirs]
    for (path, _), (other, _) in zip(ours, theirs):
        assert repr(path) == repr(other)
        for options in ({}, {"simple": True, "separator": "/"}, {"separator": " "}):
            assert tree_util.keystr(path, **options) == jax.tree_util.keystr(other, **options)
    names = tree_util.tree_map_with_path(lambda path, x: tree_util.keystr(path), Named(1, [2]))
    assert isinstance(names, Named) and (names.first, names.second) == (".first", ["['second'][0]"])
    assert {tree_util.DictKey("a"): 1}[tree_util.DictKey("a")] == 1


def test_names_of_leaves():
    assert tree_util.leaf_names((Pair(1, Bag(2, 3)),), ["state"]) == ["state.a", "state.b[0]", "state.b[1]"]


def test_class_with_keys():
    @tree_util.register_pytree_with_keys_class
    class Layer:
        def __init__(self, weight, name):
            self.weight, self.name = weight, name

        def tree_flatten_with_keys(self):
            return ((tree_util.GetAttrKey("weight"), self.weight),), self.name

        @classmethod
        def tree_unflatten(cls, name, children):
            return cls(*children, name)

    layer = tree_util.tree_map(lambda x: 2 * x, Layer({"v": 3}, "dense"))
    assert (layer.weight, layer.name) == ({"v": 6}, "dense")
    assert [tree_util.keystr(path) for path, _ in tree_util.tree_leaves_with_path(layer)] == [".weight['v']"]


def test_reduce_and_transpose_by_keyword():
    assert tree_util.tree_reduce(function=lambda a, b: a + b, tree=[1, 2], initializer=3) == 6
    outer, inner = tree_util.tree_structure([0, 0]), tree_util.tree_structure({"a": 0})
    turned = tree_util.tree_transpose(outer_treedef=outer, inner_treedef=inner, pytree_to_transpose=[{"a": 1}, {"a": 2}])
    assert turned == {"a": [1, 2]}


def test_fields_of_dataclasses():
    @dataclasses.dataclass
    class Model:
        w: float
        name: str = ""
        cache: int = 0

    with pytest.raises(ValueError, match=r"missing \['cache', 'name'\], unknown \['v'\]"):
        tree_util.register_dataclass(Model, ["w", "v"], [])
    tree_util.register_dataclass(Model, ["w"], ["name"], drop_fields=["cache"])
    assert tree_util.tree_map(lambda x: x + 1, Model(1.0, "m", 5)) == Model(2.0, "m", 0)
