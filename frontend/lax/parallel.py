"""Collectives: operations along an axis that `vmap` maps, by its name."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.types import Aval

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import Frame, current_frame, emit_function_op
from ..tree_util import tree_map
from .util import as_int, as_operand, canonical_axis, cast


def mapped_axis(name: Any) -> tuple[Frame, int]:
    """The frame being traced, and the size of the mapped axis of that name."""
    frame = current_frame()
    inner = frame
    while frame is not None:
        if frame.axis is not None and frame.axis[0] == name:
            assert inner is not None
            return inner, frame.axis[1]
        frame = frame.parent
    raise NameError(
        located(f"Found an unbound axis name: {name}. To fix this, call the function under pullback.vmap(..., axis_name={name!r}).")
    )


def no_groups(name: str, axis_index_groups: Any) -> None:
    """The error for groups of examples, which axes of vmap do not have."""
    if axis_index_groups is not None:
        raise NotImplementedError(
            located(
                f"lax.{name}: axis_index_groups is not supported for axes of vmap; map over an axis of groups and one inside them"
            )
        )


def _names(axis_name: Any) -> tuple[Any, ...]:
    return tuple(axis_name) if isinstance(axis_name, (tuple, list)) else (axis_name,)


def axis_size(axis_name: Any) -> int:
    """Size of the mapped axis (the product of sizes for a tuple of names).

    Args:
      axis_name: name of an axis, or a tuple of names.

    Raises:
      NameError: no surrounding `vmap` has that axis name.

    Reference: JAX documentation, jax.lax.axis_size.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: x * lax.axis_size("i"), axis_name="i")(pnp.array([10, 20]))
    Array([20, 40], dtype=int32)
    """
    n = 1
    for name in _names(axis_name):
        n *= mapped_axis(name)[1]
    return n


def _collective(op: str, x: Any, axis_name: Any) -> Any:
    def apply(leaf: Any) -> Array:
        leaf = as_operand(leaf, op)
        if leaf.dtype == np.bool_ and op == "psum":
            leaf = cast(leaf, np.dtype(np.int32))
        for name in _names(axis_name):
            mapped_axis(name)
            (leaf,) = emit_function_op(f"pbfn.{op}", [leaf], {"axis_name": name}, [leaf.aval])
        return leaf

    return tree_map(apply, x)


def psum(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """Sum over a mapped axis; on pytrees, leaf by leaf. A Python number is multiplied by the size of the axis.

    Args:
      x: pytree of arrays.
      axis_name: name of a mapped axis, or a tuple of names.
      axis_index_groups: not supported; None.

    Raises:
      NameError: no surrounding `vmap` has that axis name.

    Reference: JAX documentation, jax.lax.psum.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: x / lax.psum(x, "i"), axis_name="i")(pnp.array([1.0, 3.0]))
    Array([0.25, 0.75], dtype=float32)
    """
    no_groups("psum", axis_index_groups)
    if isinstance(x, (int, float, complex)) and not isinstance(x, bool):
        return x * axis_size(axis_name)
    return _collective("psum", x, axis_name)


def pmean(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """Mean over a mapped axis.

    Args:
      x: pytree of arrays; integers become floats.
      axis_name: name of a mapped axis, or a tuple of names.
      axis_index_groups: not supported; None.

    Raises:
      NameError: no surrounding `vmap` has that axis name.

    Reference: JAX documentation, jax.lax.pmean.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: x - lax.pmean(x, "i"), axis_name="i")(pnp.array([1.0, 5.0]))
    Array([-2.,  2.], dtype=float32)
    """
    no_groups("pmean", axis_index_groups)
    from .elementwise import div

    n = axis_size(axis_name)

    def mean(leaf: Any) -> Array:
        leaf = as_operand(leaf, "pmean")
        if not dtypes.is_inexact(leaf.dtype):
            leaf = cast(leaf, dtypes.canonicalize_dtype(float))
        return div(_collective("psum", leaf, axis_name), np.asarray(n, leaf.dtype))

    return tree_map(mean, x)


def pmax(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """Maximum over a mapped axis.

    Args:
      x: pytree of arrays.
      axis_name: name of a mapped axis, or a tuple of names.
      axis_index_groups: not supported; None.

    Raises:
      NameError: no surrounding `vmap` has that axis name.

    Reference: JAX documentation, jax.lax.pmax.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.pmax(x, "i"), axis_name="i")(pnp.array([1, 5, 3]))
    Array([5, 5, 5], dtype=int32)
    """
    no_groups("pmax", axis_index_groups)
    return _collective("pmax", x, axis_name)


def pmin(x: Any, axis_name: Any, *, axis_index_groups: Any = None) -> Any:
    """Minimum over a mapped axis.

    Args:
      x: pytree of arrays.
      axis_name: name of a mapped axis, or a tuple of names.
      axis_index_groups: not supported; None.

    Raises:
      NameError: no surrounding `vmap` has that axis name.

    Reference: JAX documentation, jax.lax.pmin.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.pmin(x, "i"), axis_name="i")(pnp.array([1, 5, 3]))
    Array([1, 1, 1], dtype=int32)
    """
    no_groups("pmin", axis_index_groups)
    return _collective("pmin", x, axis_name)


def axis_index(axis_name: Any) -> Array:
    """Position along a mapped axis, as int32.

    Args:
      axis_name: name of the axis.

    Raises:
      NameError: no surrounding `vmap` has that axis name.

    Reference: JAX documentation, jax.lax.axis_index.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: x + lax.axis_index("i"), axis_name="i")(pnp.array([10, 20]))
    Array([10, 21], dtype=int32)
    """
    mapped_axis(axis_name)
    (out,) = emit_function_op("pbfn.axis_index", [], {"axis_name": axis_name, "dtype": "i32"}, [Aval((), "i32")])
    return out


def all_gather(x: Any, axis_name: Any, *, axis_index_groups: Any = None, axis: int = 0, tiled: bool = False) -> Any:
    """The values along a mapped axis, as an array axis.

    Args:
      x: pytree of arrays.
      axis_name: name of the mapped axis.
      axis_index_groups: not supported; None.
      axis: where it goes in the result.
      tiled: join along the existing axis instead of making a new one.

    Raises:
      NameError: no surrounding `vmap` has that axis name.

    Reference: JAX documentation, jax.lax.all_gather.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.all_gather(x, "i"), axis_name="i")(pnp.array([1, 2]))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    no_groups("all_gather", axis_index_groups)

    def gather(leaf: Any) -> Array:
        leaf = as_operand(leaf, "all_gather")
        n = mapped_axis(axis_name)[1]
        shape = list(leaf.shape)
        at = canonical_axis(as_int(axis, "axis"), leaf.ndim + (not tiled))
        if tiled:
            shape[at] *= n
        else:
            shape.insert(at, n)
        attrs = {"axis_name": axis_name, "axis": at, "tiled": bool(tiled)}
        (out,) = emit_function_op("pbfn.all_gather", [leaf], attrs, [Aval(tuple(shape), T.from_np(leaf.dtype))])
        return out

    return tree_map(gather, x)
