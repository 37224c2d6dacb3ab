"""Functions that repeat, insert and remove elements."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import lax
from ..array import Array, ConcreteArray
from ..trace import Tracer
from .known import values_for_shape, values_of
from .manipulation import moveaxis
from .reshaping import atleast_1d, ravel
from .util import ArgumentError, arrays_of, as_int, as_ints, broadcast_to, canonical_axes, canonical_axis, canonical_shape, cast

__all__ = ["delete", "insert", "repeat", "resize", "tile", "trim_zeros"]


# Repeating ---------------------------------------------------------------------------------------------------------------
def tile(A: Any, reps: Any) -> Array:
    """Repeats an array as a whole along its axes.

    Args:
      A: array.
      reps: number of repetitions of each axis, counted from the last; more of them than dimensions add dimensions.

    Reference: NumPy, numpy.tile.

    >>> import pullback.numpy as pnp
    >>> pnp.tile(pnp.array([1, 2]), (2, 2))
    Array([[1, 2, 1, 2],
           [1, 2, 1, 2]], dtype=int32)
    """
    (x,) = arrays_of("tile", A)
    counts = as_ints(reps, "reps")
    if any(c < 0 for c in counts):
        raise ArgumentError(f"tile: reps must not be negative, got {reps}")
    ndim = max(x.ndim, len(counts))
    counts = (1,) * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - x.ndim) + x.shape
    spread = [v for pair in zip(counts, shape) for v in pair]
    x = lax.broadcast_in_dim(lax.reshape(x, shape), spread, tuple(range(1, 2 * ndim, 2)))
    return lax.reshape(x, [c * d for c, d in zip(counts, shape)])


def repeat(a: Any, repeats: Any, axis: int | None = None, *, total_repeat_length: int | None = None) -> Array:
    """Repeats each element along an axis.

    Args:
      a: array.
      repeats: how often; an integer, or one for each element. Traced ones need `total_repeat_length`.
      axis: the axis; None repeats the elements of the flattened array.
      total_repeat_length: size of the result along the axis; the last element fills what is missing, the rest is cut off.

    Raises:
      ConcretizationTypeError: `repeats` is traced and `total_repeat_length` is not given.

    Reference: NumPy, numpy.repeat, and JAX documentation, jax.numpy.repeat.

    >>> import pullback.numpy as pnp
    >>> pnp.repeat(pnp.array([1, 2]), 3)
    Array([1, 1, 1, 2, 2, 2], dtype=int32)
    """
    (x,) = arrays_of("repeat", a)
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(axis, x.ndim) if x.ndim else 0
    x = atleast_1d(x)
    n = x.shape[axis]
    if isinstance(repeats, Tracer):
        if total_repeat_length is None:
            repeats = values_for_shape(repeats, "repeat", "total_repeat_length")
        else:
            return _repeat_traced(x, repeats, axis, total_repeat_length)
    counts = np.asarray(repeats.host if isinstance(repeats, ConcreteArray) else repeats)
    if counts.dtype.kind not in "iub":
        raise TypeError(f"repeat: repeats must be integers, got {counts.dtype}")
    if counts.size and counts.min() < 0:
        raise ArgumentError(f"repeat: repeats must not be negative, got {counts}")
    if counts.size == 1 and total_repeat_length is None:
        k = operator.index(counts.reshape(())[()])
        out = lax.broadcast_in_dim(x, (*x.shape[: axis + 1], k, *x.shape[axis + 1 :]), [i + (i > axis) for i in range(x.ndim)])
        return lax.reshape(out, (*x.shape[:axis], n * k, *x.shape[axis + 1 :]))
    if counts.ndim > 1 or counts.size not in (1, n):
        raise ValueError(f"repeat: repeats has shape {counts.shape}, but axis {axis} of the array has size {n}")
    index = np.repeat(np.arange(n), np.broadcast_to(counts, (n,)))
    if total_repeat_length is not None:
        missing = total_repeat_length - index.size
        index = np.concatenate([index, np.full(missing, n - 1, index.dtype)]) if missing > 0 else index[:total_repeat_length]
    from .take import take

    return take(x, index, axis, mode="clip")


def _repeat_traced(x: Array, repeats: Array, axis: int, total: int) -> Array:
    """Each position of the result finds its element by binary search among the cumulative sums."""
    from .sorting import searchsorted
    from .take import take

    n = x.shape[axis]
    ends = lax.cumsum(lax.broadcast_in_dim(ravel(repeats), (n,), (0,)), 0)
    index = searchsorted(ends, lax.iota(ends.dtype, as_int(total, "total_repeat_length")), side="right")
    return take(x, index, axis, mode="clip")


def resize(a: Any, new_shape: Any) -> Array:
    """An array of another size, filled with repetitions of the elements.

    Args:
      a: array.
      new_shape: integers. What an empty array becomes is filled with zeros.

    Reference: NumPy, numpy.resize.

    >>> import pullback.numpy as pnp
    >>> pnp.resize(pnp.array([1, 2]), (2, 3))
    Array([[1, 2, 1],
           [2, 1, 2]], dtype=int32)
    """
    x = ravel(arrays_of("resize", a)[0])
    shape = canonical_shape(new_shape, "new_shape")
    size = int(np.prod(shape, dtype=np.int64))
    if size == 0:
        return lax.reshape(lax.slice_in_dim(x, 0, 0), shape)
    if x.size == 0:
        return lax.full(shape, np.zeros((), x.dtype))
    return lax.reshape(lax.slice_in_dim(tile(x, -(-size // x.size)), 0, size), shape)


# Editing -----------------------------------------------------------------------------------------------------------------
def _concrete_index(fname: str, obj: Any) -> Any:
    """A slice, an integer or an index array with known values."""
    if isinstance(obj, slice):
        return obj
    if isinstance(obj, Array):
        obj = values_of(obj, fname, "indices must be concrete")
    index = np.asarray(obj)
    if index.size == 0:
        index = index.astype(int)
    if index.dtype.kind not in "iub":
        raise ArgumentError(f"{fname}: indices must be integers or booleans, got {index.dtype}")
    return index


def delete(arr: Any, obj: Any, axis: int | None = None, *, assume_unique_indices: bool = False) -> Array:
    """Removes elements along an axis.

    Args:
      arr: array.
      obj: integer, slice, integer array or boolean mask; concrete.
      axis: the axis; None removes from the flattened array.
      assume_unique_indices: accepted for JAX's sake.

    Raises:
      IndexError: an index is out of range.

    Reference: NumPy, numpy.delete.

    >>> import pullback.numpy as pnp
    >>> pnp.delete(pnp.array([10, 20, 30]), 1)
    Array([10, 30], dtype=int32)
    """
    from .take import take

    (x,) = arrays_of("delete", arr)
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(axis, x.ndim)
    return take(x, np.delete(np.arange(x.shape[axis]), _concrete_index("delete", obj)), axis, mode="clip")


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Array:
    """Inserts values before given positions along an axis.

    Args:
      arr: array.
      obj: integer, slice or integer array; concrete.
      values: array that broadcasts to the shape of what is inserted; it is converted to the dtype of `arr`.
      axis: the axis; None inserts into the flattened array.

    Raises:
      IndexError: a position is out of range.

    Reference: NumPy, numpy.insert.

    >>> import pullback.numpy as pnp
    >>> pnp.insert(pnp.array([10, 20, 30]), 1, 15)
    Array([10, 15, 20, 30], dtype=int32)
    """
    from .take import take

    x, v = arrays_of("insert", arr, values)
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(axis, x.ndim)
    index = _concrete_index("insert", obj)
    n = x.shape[axis]
    # NumPy inserts numbers into positions: those of the old elements are 0 and up, those of the new ones below 0
    order = np.insert(
        np.arange(n), index, -1 - np.arange(max(np.arange(n)[index].size if isinstance(index, slice) else index.size, 1))
    )
    count = order.size - n
    v = cast(v, x.dtype, x.weak_type)
    if not isinstance(index, slice) and index.ndim == 0 and v.ndim:
        v = moveaxis(lax.reshape(v, (1,) * (x.ndim - v.ndim) + v.shape) if v.ndim < x.ndim else v, 0, axis)
        count = v.shape[axis]
        order = np.insert(np.arange(n), index, -1 - np.arange(count)) if count else order[order >= 0]
    v = broadcast_to(v, (*x.shape[:axis], count, *x.shape[axis + 1 :]))
    return take(lax.concatenate([x, v], axis), np.where(order < 0, n - 1 - order, order), axis, mode="clip")


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Array:
    """Removes zeros at the edges of a concrete array: outer positions along an axis where all elements are zero.

    Args:
      filt: array with known values.
      trim: "f" trims the front, "b" the back.
      axis: integer or sequence of integers: along which axes; by default all.

    Reference: NumPy, numpy.trim_zeros.

    >>> import pullback.numpy as pnp
    >>> pnp.trim_zeros(pnp.array([0, 0, 1, 0, 2, 0]))
    Array([1, 0, 2], dtype=int32)
    >>> pnp.trim_zeros(pnp.array([[0, 0, 0], [0, 3, 0]]))
    Array([[3]], dtype=int32)
    """
    (x,) = arrays_of("trim_zeros", filt)
    values = values_of(x, "trim_zeros", "the shape of its result depends on them")
    sides = trim.lower() if isinstance(trim, str) else ""
    if not sides or set(sides) - {"f", "b"}:
        raise ValueError(f"trim_zeros: trim must be 'f', 'b' or 'fb', got {trim!r}")
    axes = range(x.ndim) if axis is None else canonical_axes(as_ints(axis, "axis"), x.ndim, "axis")
    present = np.argwhere(values)
    for i in axes:
        start = stop = 0
        if len(present):
            start = int(present[:, i].min()) if "f" in sides else 0
            stop = int(present[:, i].max()) + 1 if "b" in sides else x.shape[i]
        x = lax.slice_in_dim(x, start, stop, axis=i)
    return x
