"""Shapes: functions that move, join or repeat elements."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.spec import TABLE

from .. import dtypes
from ..array import Array
from ..locations import located
from ..trace import bind
from .util import as_int, as_ints, as_operand, canonical_axes, canonical_axis, cast


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Array:
    """An array of the given shape filled with one value.

    Args:
      shape: ints.
      fill_value: scalar or 0-d array.
      dtype: dtype of the result; by default that of `fill_value`.

    Raises:
      TypeError: `fill_value` is no scalar.
      ValueError: a size is negative.

    Reference: JAX documentation, jax.lax.full.

    >>> from pullback import lax
    >>> print(lax.full((2, 3), 7))
    [[7 7 7]
     [7 7 7]]
    """
    shape = as_ints(shape, "shape")
    if any(d < 0 for d in shape):
        raise ValueError(located(f"lax.full: negative dimensions are not allowed in shape {shape}"))
    value = as_operand(fill_value, "full", 1)
    if value.shape != ():
        raise TypeError(located(f"lax.full: fill_value must be a scalar, got an array of shape {value.shape}"))
    weak = dtype is None and value.weak_type
    value = cast(value, value.dtype if dtype is None else dtypes.requested_dtype(dtype, "full"), weak)
    return broadcast(value, shape)


def full_like(x: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Array:
    """`full` with the shape and dtype of another array.

    Args:
      x: array.
      fill_value: scalar.
      dtype, shape: instead of those of `x`.

    Reference: JAX documentation, jax.lax.full_like.

    >>> from pullback import lax, numpy as pnp
    >>> lax.full_like(pnp.zeros((2,)), 7)
    Array([7., 7.], dtype=float32)
    """
    shape = x.shape if shape is None else shape
    return full(shape, fill_value, x.dtype if dtype is None else dtype)


def iota(dtype: Any, size: int) -> Array:
    """``0, 1, ..., size - 1``.

    Args:
      dtype: dtype of numbers.
      size: int.

    Reference: StableHLO specification, iota.

    >>> from pullback import lax, numpy as pnp
    >>> lax.iota(pnp.float32, 4)
    Array([0., 1., 2., 3.], dtype=float32)
    """
    return broadcasted_iota(dtype, (size,), 0)


def broadcasted_iota(dtype: Any, shape: Any, dimension: int) -> Array:
    """An array whose elements are their index along `dimension`.

    Args:
      dtype: dtype of numbers.
      shape: ints.
      dimension: int.

    Reference: StableHLO specification, iota.

    >>> from pullback import lax, numpy as pnp
    >>> lax.broadcasted_iota(pnp.int32, (2, 3), 1)
    Array([[0, 1, 2],
           [0, 1, 2]], dtype=int32)
    """
    shape = as_ints(shape, "shape")
    attrs = {
        "shape": shape,
        "dtype": T.from_np(dtypes.requested_dtype(dtype, "iota")),
        "dim": canonical_axis(dimension, len(shape), "dimension"),
    }
    return bind(TABLE["pb.iota"], (), attrs)


def broadcast_in_dim(operand: Any, shape: Any, broadcast_dimensions: Any) -> Array:
    """`operand` spread over `shape`; its dimension i becomes dimension ``broadcast_dimensions[i]``.

    Args:
      operand: array.
      shape: ints, the shape of the result.
      broadcast_dimensions: an increasing int for each dimension of `operand`; its size is 1 or that of the result.

    Reference: StableHLO specification, broadcast_in_dim.

    >>> from pullback import lax, numpy as pnp
    >>> lax.broadcast_in_dim(pnp.array([1, 2]), (2, 3), (0,))
    Array([[1, 1, 1],
           [2, 2, 2]], dtype=int32)
    """
    x = as_operand(operand, "broadcast_in_dim")
    shape, dims = as_ints(shape, "shape"), as_ints(broadcast_dimensions, "broadcast_dimensions")
    if x.shape == shape and dims == tuple(range(len(shape))):
        return x
    return bind(TABLE["pb.broadcast_in_dim"], (x,), {"shape": shape, "dims": dims}, x.weak_type)


def broadcast(operand: Any, sizes: Any) -> Array:
    """`operand` with new leading dimensions of the given sizes.

    Args:
      operand: array.
      sizes: ints, the new leading dimensions.

    Reference: JAX documentation, jax.lax.broadcast.

    >>> from pullback import lax, numpy as pnp
    >>> lax.broadcast(pnp.array([1, 2]), (3,)).shape
    (3, 2)
    """
    x = as_operand(operand, "broadcast")
    sizes = as_ints(sizes, "sizes")
    return broadcast_in_dim(x, (*sizes, *x.shape), tuple(range(len(sizes), len(sizes) + x.ndim)))


def reshape(operand: Any, new_sizes: Any, dimensions: Any = None) -> Array:
    """`operand` with another shape of the same size, in row-major order (after a transposition by `dimensions`).

    Args:
      operand: array.
      new_sizes: ints, the new shape.
      dimensions: permutation to apply first; by default none.

    Raises:
      TypeError: the sizes differ.

    Reference: StableHLO specification, reshape.

    >>> from pullback import lax, numpy as pnp
    >>> lax.reshape(pnp.arange(6), (2, 3))
    Array([[0, 1, 2],
           [3, 4, 5]], dtype=int32)
    """
    x = as_operand(operand, "reshape")
    shape = as_ints(new_sizes, "new_sizes")
    if dimensions is not None:
        x = transpose(x, dimensions)
    if x.shape == shape:
        return x
    if np.prod(shape, dtype=object) != x.size:
        raise TypeError(
            located(
                f"cannot reshape array of shape {x.shape} (size {x.size}) into shape {shape} (size {np.prod(shape, dtype=object)})"
            )
        )
    return bind(TABLE["pb.reshape"], (x,), {"shape": shape}, x.weak_type)


def transpose(operand: Any, permutation: Any) -> Array:
    """`operand` with its dimensions in another order.

    Args:
      operand: array.
      permutation: for each dimension of the result, that of `operand`.

    Raises:
      TypeError: the permutation does not have one entry for each dimension.

    Reference: StableHLO specification, transpose.

    >>> from pullback import lax, numpy as pnp
    >>> lax.transpose(pnp.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    x = as_operand(operand, "transpose")
    perm = canonical_axes(permutation, x.ndim, "permutation")
    if len(perm) != x.ndim:
        raise TypeError(located(f"transpose permutation {perm} does not fit an array of {x.ndim} dimensions"))
    if perm == tuple(range(x.ndim)):
        return x
    return bind(TABLE["pb.transpose"], (x,), {"perm": perm}, x.weak_type)


def expand_dims(array: Any, dimensions: Any) -> Array:
    """`array` with new dimensions of size 1 at the given positions of the result.

    Args:
      array: array.
      dimensions: ints, positions in the result.

    Raises:
      ValueError: a dimension is out of bounds or given twice.

    Reference: JAX documentation, jax.lax.expand_dims.

    >>> from pullback import lax, numpy as pnp
    >>> lax.expand_dims(pnp.ones((2, 3)), (1,)).shape
    (2, 1, 3)
    """
    x = as_operand(array, "expand_dims")
    dims = as_ints(dimensions, "dimensions")
    ndim = x.ndim + len(dims)
    new = canonical_axes(dims, ndim, "dimensions")
    kept = tuple(i for i in range(ndim) if i not in new)
    shape = [1] * ndim
    for i, d in zip(kept, x.shape):
        shape[i] = d
    return broadcast_in_dim(x, tuple(shape), kept)


def squeeze(array: Any, dimensions: Any) -> Array:
    """`array` without the given dimensions, which must have size 1.

    Args:
      array: array.
      dimensions: ints.

    Raises:
      ValueError: the size of a dimension is not 1.

    Reference: JAX documentation, jax.lax.squeeze.

    >>> from pullback import lax, numpy as pnp
    >>> lax.squeeze(pnp.ones((1, 3, 1)), (0,)).shape
    (3, 1)
    """
    x = as_operand(array, "squeeze")
    dims = canonical_axes(dimensions, x.ndim, "dimensions")
    for d in dims:
        if x.shape[d] != 1:
            raise ValueError(
                located(
                    f"cannot select an axis to squeeze out which has size not equal to one, got shape={x.shape} and "
                    f"dimensions={dims}"
                )
            )
    return reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in dims))


def collapse(operand: Any, start_dimension: int, stop_dimension: int | None = None) -> Array:
    """`operand` with the dimensions from start to stop made one.

    Args:
      operand: array.
      start_dimension: first dimension.
      stop_dimension: the dimension after the last; by default all that follow.

    Raises:
      ValueError: stop is below start.

    Reference: JAX documentation, jax.lax.collapse.

    >>> from pullback import lax, numpy as pnp
    >>> lax.collapse(pnp.ones((2, 3, 4)), 1).shape
    (2, 12)
    """
    x = as_operand(operand, "collapse")
    start, stop, _ = builtins.slice(start_dimension, stop_dimension).indices(x.ndim)
    if stop < start:
        raise ValueError(located(f"lax.collapse: stop_dimension {stop_dimension} is below start_dimension {start_dimension}"))
    size = 1
    for d in x.shape[start:stop]:
        size *= d
    return reshape(x, (*x.shape[:start], size, *x.shape[stop:]))


def rev(operand: Any, dimensions: Any) -> Array:
    """`operand` with the order of elements reversed along the given dimensions.

    Args:
      operand: array.
      dimensions: ints.

    Raises:
      ValueError: a dimension is out of bounds or given twice.

    Reference: StableHLO specification, reverse.

    >>> from pullback import lax, numpy as pnp
    >>> lax.rev(pnp.array([[1, 2], [3, 4]]), (1,))
    Array([[2, 1],
           [4, 3]], dtype=int32)
    """
    x = as_operand(operand, "rev")
    return bind(TABLE["pb.reverse"], (x,), {"dims": canonical_axes(dimensions, x.ndim, "dimensions")}, x.weak_type)


def concatenate(operands: Sequence[Any], dimension: int) -> Array:
    """Arrays joined along a dimension; dtypes and all other dimensions are equal.

    Args:
      operands: sequence of arrays, at least one.
      dimension: int.

    Raises:
      TypeError: dtypes or shapes differ.

    Reference: StableHLO specification, concatenate.

    >>> from pullback import lax, numpy as pnp
    >>> lax.concatenate([pnp.array([1, 2]), pnp.array([3])], 0)
    Array([1, 2, 3], dtype=int32)
    """
    if not operands:
        raise ValueError("lax.concatenate requires at least one operand")
    xs = [as_operand(x, "concatenate", i) for i, x in enumerate(operands)]
    axis = canonical_axis(dimension, xs[0].ndim, "dimension")
    if len(xs) == 1:
        return xs[0]
    weak = all(x.weak_type for x in xs)
    return bind(TABLE["pb.concatenate"], xs, {"axis": axis}, weak)


def pad(operand: Any, padding_value: Any, padding_config: Sequence[tuple[int, int, int]]) -> Array:
    """`operand` with `padding_value` added (or, for negative amounts, elements removed) at and between its elements.

    Args:
      operand: array.
      padding_value: 0-d array of the same dtype.
      padding_config: for each dimension, the amounts at its low end, at its high end, and between neighbours.

    Reference: StableHLO specification, pad.

    >>> from pullback import lax, numpy as pnp
    >>> lax.pad(pnp.array([1, 2, 3]), 0, [(2, -1, 1)])
    Array([0, 0, 1, 0, 2, 0], dtype=int32)
    """
    x = as_operand(operand, "pad")
    value = as_operand(padding_value, "pad", 1)
    value = cast(value, x.dtype) if value.weak_type else value
    config = [as_ints(c, "padding_config") for c in padding_config]
    if len(config) != x.ndim:
        raise ValueError(located(f"lax.pad: padding_config has {len(config)} entries for an array of {x.ndim} dimensions"))
    low, high, interior = (tuple(c[i] for c in config) for i in range(3))
    return bind(TABLE["pb.pad"], (x, value), {"low": low, "high": high, "interior": interior}, x.weak_type)


def slice(operand: Any, start_indices: Any, limit_indices: Any, strides: Any = None) -> Array:
    """Elements from `start_indices` up to `limit_indices` in steps of `strides`, which are all static.

    Args:
      operand: array.
      start_indices, limit_indices: an int for each dimension.
      strides: a positive int for each dimension; by default 1.

    Raises:
      TypeError: indices are out of range.

    Reference: StableHLO specification, slice.

    >>> from pullback import lax, numpy as pnp
    >>> lax.slice(pnp.arange(10), (1,), (9,), (3,))
    Array([1, 4, 7], dtype=int32)
    """
    x = as_operand(operand, "slice")
    start, limit = as_ints(start_indices, "start_indices"), as_ints(limit_indices, "limit_indices")
    steps = (1,) * x.ndim if strides is None else as_ints(strides, "strides")
    if start == (0,) * x.ndim and limit == x.shape and steps == (1,) * x.ndim:
        return x
    return bind(TABLE["pb.slice"], (x,), {"start": start, "limit": limit, "strides": steps}, x.weak_type)


def slice_in_dim(operand: Any, start_index: int | None, limit_index: int | None, stride: int = 1, axis: int = 0) -> Array:
    """`slice` along one axis.

    Args:
      operand: array.
      start_index, limit_index: ints; negative ones count from the end, None is the end of the axis.
      stride: positive int.
      axis: int.

    Reference: JAX documentation, jax.lax.slice_in_dim.

    >>> from pullback import lax, numpy as pnp
    >>> lax.slice_in_dim(pnp.array([[1, 2, 3], [4, 5, 6]]), 1, None, axis=1)
    Array([[2, 3],
           [5, 6]], dtype=int32)
    """
    x = as_operand(operand, "slice_in_dim")
    axis = canonical_axis(axis, x.ndim)
    n = x.shape[axis]
    start = 0 if start_index is None else as_int(start_index, "start_index")
    limit = n if limit_index is None else as_int(limit_index, "limit_index")
    starts, limits, steps = [0] * x.ndim, list(x.shape), [1] * x.ndim
    starts[axis] = start + n if start < 0 else start
    limits[axis] = limit + n if limit < 0 else limit
    steps[axis] = as_int(stride, "stride")
    return slice(x, starts, limits, steps)


def index_in_dim(operand: Any, index: int, axis: int = 0, keepdims: bool = True) -> Array:
    """One position along an axis.

    Args:
      operand: array.
      index: Python int; negative ones count from the end.
      axis: int.
      keepdims: keep the axis with size 1.

    Raises:
      IndexError: the index is out of bounds.

    Reference: JAX documentation, jax.lax.index_in_dim.

    >>> from pullback import lax, numpy as pnp
    >>> lax.index_in_dim(pnp.array([[1, 2], [3, 4]]), -1, keepdims=False)
    Array([3, 4], dtype=int32)
    """
    x = as_operand(operand, "index_in_dim")
    axis = canonical_axis(axis, x.ndim)
    index = as_int(index, "index")
    if not -x.shape[axis] <= index < x.shape[axis]:
        raise IndexError(f"index {index} is out of bounds for axis {axis} with size {x.shape[axis]}")
    index %= x.shape[axis]
    out = slice_in_dim(x, index, index + 1, axis=axis)
    return out if keepdims else squeeze(out, (axis,))
