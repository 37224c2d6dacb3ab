"""Collectives that move values between the examples of a mapped axis: `ppermute`, `all_to_all`, `psum_scatter` and their like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects.types import Aval

from ..array import Array
from ..locations import located
from ..trace import emit_function_op
from ..tree_util import tree_map
from .elementwise import ge, max, select
from .indexing import dynamic_index_in_dim, dynamic_slice_in_dim
from .parallel import all_gather, axis_index, mapped_axis, no_groups
from .shape import full_like, index_in_dim, reshape, transpose
from .util import as_int, as_operand, canonical_axis


def ppermute(x: Any, axis_name: Any, perm: Any) -> Any:
    """Sends values along a mapped axis: example ``dst`` gets the value of ``src`` for each pair ``(src, dst)``, others get zeros.

    Args:
      x: pytree of arrays.
      axis_name: name of the mapped axis.
      perm: sequence of pairs (source, destination) of positions along the axis; no destination occurs twice.

    Raises:
      NameError: no surrounding `vmap` has that axis name. ValueError: a position is out of range or occurs twice.

    Reference: JAX documentation, jax.lax.ppermute.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.ppermute(x, "i", [(0, 1), (1, 2), (2, 0)]), axis_name="i")(pnp.array([10, 20, 30]))
    Array([30, 10, 20], dtype=int32)
    """
    n = mapped_axis(axis_name)[1]
    source = np.full(n, -1, np.int32)
    pairs = [tuple(as_int(p, "perm") for p in pair) for pair in perm]
    for src, dst in pairs:
        if not (0 <= src < n and 0 <= dst < n):
            raise ValueError(located(f"lax.ppermute: positions must be in the range of the axis, 0 to {n - 1}, got {(src, dst)}"))
        source[dst] = src
    if len({src for src, _ in pairs}) < len(pairs) or len({dst for _, dst in pairs}) < len(pairs):
        raise ValueError(located(f"lax.ppermute: sources and destinations should be unique, got perm={pairs}"))
    zero = np.zeros((), np.int32)
    mine = dynamic_index_in_dim(source, axis_index(axis_name), keepdims=False)

    def permute(leaf: Any) -> Array:
        leaf = as_operand(leaf, "ppermute")
        moved = dynamic_index_in_dim(all_gather(leaf, axis_name), max(mine, zero), keepdims=False)
        return moved if (source >= 0).all() else select(ge(mine, zero), moved, full_like(moved, 0))

    return tree_map(permute, x)


def pshuffle(x: Any, axis_name: Any, perm: Sequence[int]) -> Any:
    """Permutes values along a mapped axis: example i gets the value of example ``perm[i]``.

    Args:
      x: pytree of arrays.
      axis_name: name of the mapped axis.
      perm: a permutation of the positions along the axis.

    Raises:
      NameError: no surrounding `vmap` has that axis name. ValueError: `perm` is no permutation.

    Reference: JAX documentation, jax.lax.pshuffle.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.pshuffle(x, "i", [1, 2, 0]), axis_name="i")(pnp.array([10, 20, 30]))
    Array([20, 30, 10], dtype=int32)
    """
    n = mapped_axis(axis_name)[1]
    if sorted(perm) != list(range(n)):
        raise ValueError(located(f"`perm` does not represent a permutation of the {n} positions of axis {axis_name!r}: {perm}"))
    return ppermute(x, axis_name, list(zip(perm, range(n))))


def pbroadcast(x: Any, axis_name: Any, source: int) -> Any:
    """The value of one example of a mapped axis, for all of them.

    Args:
      x: pytree of arrays.
      axis_name: name of the mapped axis.
      source: position of that example.

    Raises:
      NameError: no surrounding `vmap` has that axis name. ValueError: the position is out of range.

    Reference: JAX documentation, jax.lax.pbroadcast.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.pbroadcast(x, "i", 1), axis_name="i")(pnp.array([10, 20, 30]))
    Array([20, 20, 20], dtype=int32)
    """
    n = mapped_axis(axis_name)[1]
    i = as_int(source, "source")
    if not 0 <= i < n:
        raise ValueError(located(f"lax.pbroadcast: source must be in the range of the axis, 0 to {n - 1}, got {source}"))
    return tree_map(lambda leaf: index_in_dim(all_gather(leaf, axis_name), i, keepdims=False), x)


def all_to_all(
    x: Any, axis_name: Any, split_axis: int, concat_axis: int, *, axis_index_groups: Any = None, tiled: bool = False
) -> Any:
    """Swaps a mapped axis with an array axis: example i gets slice i along `split_axis` of every example.

    Args:
      x: pytree of arrays.
      axis_name: name of the mapped axis.
      split_axis: axis whose slices go to the examples; it has the size of the mapped axis, or with `tiled` a multiple of it.
      concat_axis: where the axis that counts examples is in the result; with `tiled`, the axis along which the pieces are joined.
      axis_index_groups: not supported.
      tiled: keep the number of dimensions.

    Raises:
      NameError: no surrounding `vmap` has that axis name. ValueError: the size of `split_axis` does not fit.

    Reference: JAX documentation, jax.lax.all_to_all.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.all_to_all(x, "i", 0, 0), axis_name="i")(pnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    no_groups("all_to_all", axis_index_groups)
    n = mapped_axis(axis_name)[1]

    def swap(leaf: Any) -> Array:
        leaf = as_operand(leaf, "all_to_all")
        split, concat = canonical_axis(split_axis, leaf.ndim, "split_axis"), canonical_axis(concat_axis, leaf.ndim, "concat_axis")
        size = leaf.shape[split]
        if (size % n if tiled else size - n) != 0:
            raise ValueError(
                located(
                    "all_to_all requires the size of the mapped axis axis_name to "
                    + ("divide" if tiled else "equal")
                    + f" x.shape[split_axis], but they are {n} and {size} respectively."
                )
            )
        everything = all_gather(leaf, axis_name)  # examples first
        i = axis_index(axis_name)
        if not tiled:
            return _move_first(dynamic_index_in_dim(everything, i, split + 1, keepdims=False), concat)
        piece = size // n
        mine = _move_first(dynamic_slice_in_dim(everything, i * piece, piece, split + 1), concat)
        shape = mine.shape
        return reshape(mine, (*shape[:concat], shape[concat] * shape[concat + 1], *shape[concat + 2 :]))

    return tree_map(swap, x)


def _move_first(x: Array, axis: int) -> Array:
    """The first dimension as dimension `axis`."""
    rest = list(range(1, x.ndim))
    rest.insert(axis, 0)
    return transpose(x, rest)


def pswapaxes(x: Any, axis_name: Any, axis: int, *, axis_index_groups: Any = None) -> Any:
    """Swaps a mapped axis with an array axis of the same size.

    Args:
      x: pytree of arrays.
      axis_name: name of the mapped axis.
      axis: array axis.
      axis_index_groups: not supported.

    Raises:
      NameError: no surrounding `vmap` has that axis name. ValueError: the sizes of the axes differ.

    Reference: JAX documentation, jax.lax.pswapaxes.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.pswapaxes(x, "i", 0), axis_name="i")(pnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return all_to_all(x, axis_name, axis, axis, axis_index_groups=axis_index_groups)


def psum_scatter(x: Any, axis_name: Any, *, scatter_dimension: int = 0, axis_index_groups: Any = None, tiled: bool = False) -> Any:
    """Sum over a mapped axis, of which each example keeps its slice.

    Args:
      x: pytree of arrays.
      axis_name: name of the mapped axis.
      scatter_dimension: axis that is divided among the examples; it has the size of the mapped axis, or with `tiled` a multiple.
      axis_index_groups: not supported.
      tiled: keep the axis, with a piece of it for each example.

    Raises:
      NameError: no surrounding `vmap` has that axis name. ValueError: the size of the axis does not fit.

    Reference: JAX documentation, jax.lax.psum_scatter.

    >>> import pullback
    >>> from pullback import lax, numpy as pnp
    >>> pullback.vmap(lambda x: lax.psum_scatter(x, "i"), axis_name="i")(pnp.array([[1, 2], [3, 4]]))
    Array([4, 6], dtype=int32)
    """
    no_groups("psum_scatter", axis_index_groups)
    n = mapped_axis(axis_name)[1]

    def scatter(leaf: Any) -> Array:
        leaf = as_operand(leaf, "psum_scatter")
        axis = canonical_axis(scatter_dimension, leaf.ndim, "scatter_dimension")
        shape = list(leaf.shape)
        if (shape[axis] % n if tiled else shape[axis] - n) != 0:
            raise ValueError(
                located(
                    f"psum_scatter: the size of scatter_dimension {axis} must be {'a multiple of ' if tiled else ''}the size of "
                    f"the mapped axis, {n}, got shape {leaf.shape}"
                )
            )
        if tiled:
            shape[axis] //= n
        else:
            del shape[axis]
        attrs = {"axis_name": axis_name, "axis": axis, "tiled": bool(tiled)}
        (out,) = emit_function_op("pbfn.psum_scatter", [leaf], attrs, [Aval(tuple(shape), leaf.aval.dtype)])
        return out

    return tree_map(scatter, x)
