"""Shapes, continued: functions that cut, stack and repeat arrays, and questions about shapes and dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..array import Array, from_numpy
from ..locations import located
from .shape import broadcast_in_dim, concatenate, expand_dims, full, reshape, slice_in_dim, squeeze
from .util import as_ints, as_operand, canonical_axis


def split(operand: Any, sizes: Sequence[int], axis: int = 0) -> list[Array]:
    """Consecutive pieces of an array along an axis.

    Args:
      operand: array.
      sizes: ints, the sizes of the pieces, whose sum is the size of the axis.
      axis: int.

    Returns:
      List of arrays.

    Raises:
      ValueError: the sizes do not add up, or one is negative.

    Reference: JAX documentation, jax.lax.split.

    >>> from pullback import lax, numpy as pnp
    >>> lax.split(pnp.arange(5), (2, 3))
    [Array([0, 1], dtype=int32), Array([2, 3, 4], dtype=int32)]
    """
    x = as_operand(operand, "split")
    axis, parts = canonical_axis(axis, x.ndim), as_ints(sizes, "sizes")
    if any(n < 0 for n in parts):
        raise ValueError(located(f"Sizes passed to split must be nonnegative, got {list(parts)}"))
    if sum(parts) != x.shape[axis]:
        raise ValueError(
            located(f"Sum of sizes {sum(parts)} must be equal to dimension {axis} of the operand shape {list(x.shape)}")
        )
    starts = [0, *np.cumsum(parts, dtype=int).tolist()]
    return [slice_in_dim(x, start, start + n, axis=axis) for start, n in zip(starts, parts)]


def stack(operands: Sequence[Any], axis: int = 0) -> Array:
    """Arrays of one shape and dtype along a new axis.

    Args:
      operands: sequence of arrays, at least one.
      axis: int, where the new axis is in the result.

    Raises:
      ValueError: there are no arrays, or shapes differ. TypeError: dtypes differ.

    Reference: JAX documentation, jax.lax.stack.

    >>> from pullback import lax, numpy as pnp
    >>> lax.stack([pnp.array([1, 2]), pnp.array([3, 4])], 1)
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    xs = [as_operand(x, "stack", i) for i, x in enumerate(operands)]
    if not xs:
        raise ValueError(located("lax.stack needs at least one array"))
    if len({x.shape for x in xs}) > 1:
        raise ValueError(located(f"All input arrays must have the same shape. Got {', '.join(str(x.shape) for x in xs)}."))
    if len({x.dtype for x in xs}) > 1:
        raise TypeError(
            located(f"lax.stack requires arguments to have the same dtypes, got {', '.join(x.dtype.name for x in xs)}.")
        )
    axis = canonical_axis(axis, xs[0].ndim + 1)
    return concatenate([expand_dims(x, (axis,)) for x in xs], axis)


def unstack(x: Any, axis: int = 0) -> tuple[Array, ...]:
    """The slices of an array along an axis, without that axis.

    Args:
      x: array.
      axis: int.

    Raises:
      ValueError: the axis is out of bounds.

    Reference: JAX documentation, jax.lax.unstack.

    >>> from pullback import lax, numpy as pnp
    >>> lax.unstack(pnp.array([[1, 3], [2, 4]]), 1)
    (Array([1, 2], dtype=int32), Array([3, 4], dtype=int32))
    """
    operand = as_operand(x, "unstack")
    axis = canonical_axis(axis, operand.ndim)
    return tuple(squeeze(slice_in_dim(operand, i, i + 1, axis=axis), (axis,)) for i in range(operand.shape[axis]))


def tile(operand: Any, reps: Sequence[int]) -> Array:
    """An array repeated along each of its dimensions.

    Args:
      operand: array.
      reps: how often, for each dimension of `operand`.

    Raises:
      TypeError: there is not one number for each dimension. ValueError: a number is negative.

    Reference: JAX documentation, jax.lax.tile.

    >>> from pullback import lax, numpy as pnp
    >>> lax.tile(pnp.array([[1], [2]]), (1, 3))
    Array([[1, 1, 1],
           [2, 2, 2]], dtype=int32)
    """
    x, counts = as_operand(operand, "tile"), as_ints(reps, "reps")
    if len(counts) != x.ndim:
        raise TypeError(located(f"reps length must be equal to the ndim of x, got len(reps)={len(counts)} and x.ndim={x.ndim}."))
    if any(n < 0 for n in counts):
        raise ValueError(located(f"lax.tile: reps must not be negative, got {counts}"))
    spread = [d for n, size in zip(counts, x.shape) for d in (n, size)]
    out = broadcast_in_dim(x, spread, tuple(range(1, 2 * x.ndim, 2)))
    return reshape(out, tuple(n * size for n, size in zip(counts, x.shape)))


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that arrays of the given shapes have after broadcasting.

    Args:
      shapes: sequences of ints.

    Raises:
      ValueError: sizes differ and neither is 1.

    Reference: NumPy documentation, numpy.broadcast_shapes.

    >>> from pullback import lax
    >>> lax.broadcast_shapes((2, 1), (3,))
    (2, 3)
    """
    shapes = tuple(as_ints(s, "shape") for s in shapes)
    rank = max((len(s) for s in shapes), default=0)
    result: list[int] = []
    for sizes in zip(*((1,) * (rank - len(s)) + s for s in shapes)):
        different = {n for n in sizes if n != 1}
        if len(different) > 1:
            raise ValueError(located(f"Incompatible shapes for broadcasting: shapes={list(shapes)}"))
        result.append(different.pop() if different else 1)
    return tuple(result)


def broadcast_to_rank(x: Any, rank: int) -> Array:
    """An array with new leading dimensions of size 1, so that it has `rank` dimensions.

    Args:
      x: array.
      rank: int; an array that has as many dimensions or more stays as it is.

    Reference: JAX documentation, jax.lax.broadcast_to_rank.

    >>> from pullback import lax, numpy as pnp
    >>> lax.broadcast_to_rank(pnp.arange(3), 2).shape
    (1, 3)
    """
    operand = as_operand(x, "broadcast_to_rank")
    return operand if operand.ndim >= rank else expand_dims(operand, tuple(range(rank - operand.ndim)))


def broadcast_like(arr: Any, like_arr: Any) -> Array:
    """`arr` broadcast to the shape of `like_arr`.

    Args:
      arr, like_arr: arrays; of the second one only the shape matters.

    Raises:
      ValueError: the shape of `arr` does not broadcast to that of `like_arr`.

    Reference: JAX documentation, jax.lax.broadcast_like.

    >>> from pullback import lax, numpy as pnp
    >>> lax.broadcast_like(pnp.arange(2), pnp.zeros((3, 2))).shape
    (3, 2)
    """
    x, shape = as_operand(arr, "broadcast_like"), as_operand(like_arr, "broadcast_like", 1).shape
    first = len(shape) - x.ndim
    if first < 0:
        raise ValueError(located(f"Cannot broadcast to shape with fewer dimensions: arr_shape={x.shape} shape={shape}"))
    if any(n not in (1, m) for n, m in zip(x.shape, shape[first:])):
        raise ValueError(located(f"Incompatible shapes for broadcasting: {x.shape} and requested shape {shape}"))
    return broadcast_in_dim(x, shape, tuple(range(first, len(shape))))


def empty(shape: Any, dtype: Any) -> Array:
    """An array of zeros: there are no arrays without values.

    Args:
      shape: ints.
      dtype: dtype of the result.

    Reference: JAX documentation, jax.lax.empty.

    >>> from pullback import lax, numpy as pnp
    >>> lax.empty((2,), pnp.float32)
    Array([0., 0.], dtype=float32)
    """
    return full(shape, np.zeros((), dtypes.canonicalize_dtype(dtype)))


def dtype(x: Any) -> np.dtype[Any]:
    """The dtype of an array or a Python number.

    Args:
      x: array or number.

    Reference: JAX documentation, jax.lax.dtype.

    >>> from pullback import lax
    >>> lax.dtype(1.0)
    dtype('float32')
    """
    return as_operand(x, "dtype").dtype


def shape_as_value(shape: Any) -> Array:
    """A shape as an array of integers.

    Args:
      shape: ints.

    Reference: JAX documentation, jax.lax.shape_as_value.

    >>> from pullback import lax
    >>> lax.shape_as_value((2, 3))
    Array([2, 3], dtype=int32)
    """
    return from_numpy(np.asarray(as_ints(shape, "shape"), np.int32))


def index_take(src: Any, idxs: Any, axes: Sequence[int]) -> Array:
    """Elements of `src` at positions along some of its axes; an index is taken modulo the size of its axis.

    Args:
      src: array.
      idxs: 1-d integer arrays, one for each of `axes`, all of one size.
      axes: increasing ints.

    Returns:
      Array whose first dimension counts positions; the others are those of `src` without `axes`.

    Reference: JAX documentation, jax.lax.index_take.

    >>> from pullback import lax, numpy as pnp
    >>> lax.index_take(pnp.array([[1, 2], [3, 4]]), (pnp.array([0, -1]),), (0,))
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    from .elementwise import add, rem, select
    from .elementwise import lt as less
    from .indexing import GatherDimensionNumbers, gather

    x = as_operand(src, "index_take")
    axes = tuple(canonical_axis(a, x.ndim) for a in as_ints(axes, "axes"))
    columns = []
    for i, axis in zip(idxs, axes, strict=True):
        i = as_operand(i, "index_take", 1)
        n = np.asarray(x.shape[axis], i.dtype)
        r = rem(i, n)
        columns.append(expand_dims(select(less(r, np.zeros((), r.dtype)), add(r, n), r), (1,)))
    indices = concatenate(columns, 1)
    numbers = GatherDimensionNumbers(tuple(range(1, x.ndim - len(axes) + 1)), axes, axes)
    sizes = [1 if d in axes else n for d, n in enumerate(x.shape)]
    return gather(x, indices, numbers, sizes)
