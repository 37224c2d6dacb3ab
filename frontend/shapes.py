"""Shapes without values: `ShapeDtypeStruct`, `eval_shape`, `make_ir`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.types import Aval

from . import dtypes
from .api_util import Arguments, call_names, check_callable
from .array import Array
from .autodiff import trace_user
from .tree_util import tree_flatten, tree_unflatten


class ShapeDtypeStruct:
    """The shape and dtype of an array without its values.

    >>> ShapeDtypeStruct((2, 3), "float32")
    ShapeDtypeStruct(shape=(2, 3), dtype=float32)
    """

    __slots__ = ("shape", "dtype", "weak_type")

    def __init__(self, shape: Sequence[int], dtype: Any, *, weak_type: bool = False):
        self.shape = tuple(shape)
        self.dtype = dtypes.canonicalize_dtype(np.dtype(dtype) if isinstance(dtype, str) else dtype)
        self.weak_type = weak_type

    @property
    def aval(self) -> Aval:
        return Aval(self.shape, T.from_np(self.dtype))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={self.dtype.name})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShapeDtypeStruct) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))


def abstract_arguments(fun: Any, args: Any, api: str, names: Callable[[], list[str]] | None = None) -> Arguments:
    """Arguments whose leaves may be arrays or anything with a shape and a dtype."""
    leaves, treedef = tree_flatten(args)
    structs = []
    for x in leaves:
        if not isinstance(x, (Array, ShapeDtypeStruct)) and hasattr(x, "shape") and hasattr(x, "dtype"):
            x = ShapeDtypeStruct(x.shape, x.dtype)
        structs.append(x)
    result = Arguments.__new__(Arguments)
    result.fun, result.tree, result.treedef = fun, args, treedef
    result.names = names or (lambda: call_names(fun, args, {}))
    where = [i for i, x in enumerate(structs) if not isinstance(x, ShapeDtypeStruct)]
    concrete = Arguments(fun, tuple(structs[i] for i in where), api, lambda: [result.names()[i] for i in where])
    it = iter(concrete.leaves)
    result.leaves = [x if isinstance(x, ShapeDtypeStruct) else next(it) for x in structs]
    return result


def eval_shape(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Shapes and dtypes of the result of ``fun(*args, **kwargs)``, without computing it.

    Args:
      fun: function of arrays or pytrees of arrays.
      args, kwargs: arrays, or anything with `shape` and `dtype` such as `ShapeDtypeStruct`.

    Returns:
      The result's pytree with a `ShapeDtypeStruct` for each array.

    Reference: JAX documentation, jax.eval_shape.

    >>> import pullback, pullback.numpy as pnp
    >>> pullback.eval_shape(pnp.dot, pnp.ones((2, 3)), pnp.ones((3,)))
    ShapeDtypeStruct(shape=(2,), dtype=float32)
    """
    check_callable(fun, "eval_shape")
    arguments = abstract_arguments(fun, (args, kwargs), "eval_shape", lambda: call_names(fun, args, kwargs))

    def call(args: Any, kwargs: Any) -> Any:
        return fun(*args, **kwargs)

    traced = trace_user("eval_shape", call, arguments, "eval_shape", concrete=False)
    out, n = traced.result
    structs = [ShapeDtypeStruct(a.shape, T.np_dtype(a.dtype), weak_type=w) for a, w in zip(traced.outs[:n], traced.weak)]
    return tree_unflatten(out.treedef, structs)
