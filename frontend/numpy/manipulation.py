"""Functions that move elements: exchanges of axes, flips, shifts, diagonals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array, ConcreteArray
from .emit import wrap
from .reshaping import is_eager, ravel
from .util import ArgumentError, arrays_of, as_int, as_ints, canonical_axes, canonical_axis

__all__ = [
    "diagonal",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "roll",
    "rollaxis",
    "rot90",
    "swapaxes",
    "trace",
    "transpose",
]


# Axes --------------------------------------------------------------------------------------------------------------------
def transpose(a: Any, axes: Any = None) -> Array:
    """The dimensions in another order.

    Args:
      a: array.
      axes: the order; by default the reverse one.

    Raises:
      ValueError: `axes` is not a permutation.

    Reference: NumPy, numpy.transpose.

    >>> import pullback.numpy as pnp
    >>> pnp.transpose(pnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return _transpose("transpose", a, axes)


def _transpose(name: str, a: Any, axes: Any) -> Array:
    (x,) = arrays_of(name, a)
    if axes is None:
        perm: tuple[int, ...] = tuple(range(x.ndim))[::-1]
    else:
        perm = canonical_axes(as_ints(axes, "axes"), x.ndim)
        if len(perm) != x.ndim:
            raise ArgumentError(f"{name}: axes {axes} is not a permutation of the {x.ndim} dimensions of shape {x.shape}")
    return wrap(x.host.transpose(perm), x.weak_type) if is_eager(x) else lax.transpose(x, perm)


def permute_dims(a: Any, /, axes: Sequence[int]) -> Array:
    """The dimensions in another order.

    Args:
      a: array.
      axes: for each axis of the result, that of `a`.

    Reference: Python array API, permute_dims.

    >>> import pullback.numpy as pnp
    >>> pnp.permute_dims(pnp.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return _transpose("permute_dims", a, axes)


def matrix_transpose(x: Any, /) -> Array:
    """Swaps the last two dimensions.

    Args:
      x: array of shape [..., n, m].

    Reference: NumPy, numpy.matrix_transpose.

    >>> import pullback.numpy as pnp
    >>> pnp.matrix_transpose(pnp.ones((5, 2, 3))).shape
    (5, 3, 2)
    """
    (x,) = arrays_of("matrix_transpose", x)
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose: x must be at least two-dimensional, got shape {x.shape}")
    return swapaxes(x, -1, -2)


def swapaxes(a: Any, axis1: int, axis2: int) -> Array:
    """Exchanges two axes.

    Args:
      a: array.
      axis1, axis2: integers.

    Reference: NumPy, numpy.swapaxes.

    >>> import pullback.numpy as pnp
    >>> pnp.swapaxes(pnp.ones((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    (x,) = arrays_of("swapaxes", a)
    i, j = canonical_axis(axis1, x.ndim, "axis1"), canonical_axis(axis2, x.ndim, "axis2")
    perm = list(range(x.ndim))
    perm[i], perm[j] = j, i
    return transpose(x, perm)


def moveaxis(a: Any, source: Any, destination: Any) -> Array:
    """Moves axes to other positions; the other ones keep their order.

    Args:
      a: array.
      source, destination: integers or sequences of integers of one length.

    Reference: NumPy, numpy.moveaxis.

    >>> import pullback.numpy as pnp
    >>> pnp.moveaxis(pnp.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    (x,) = arrays_of("moveaxis", a)
    src = canonical_axes(as_ints(source, "source"), x.ndim, "source")
    dst = canonical_axes(as_ints(destination, "destination"), x.ndim, "destination")
    if len(src) != len(dst):
        raise ValueError(f"moveaxis: source and destination must have as many elements, got {source} and {destination}")
    perm = [i for i in range(x.ndim) if i not in src]
    for d, s in sorted(zip(dst, src)):
        perm.insert(d, s)
    return transpose(x, perm)


def rollaxis(a: Any, axis: int, start: int = 0) -> Array:
    """Moves an axis back until it lies before `start`.

    Args:
      a: array.
      axis: the axis to move.
      start: the axis before which it comes.

    Reference: NumPy, numpy.rollaxis.

    >>> import pullback.numpy as pnp
    >>> pnp.rollaxis(pnp.ones((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    (x,) = arrays_of("rollaxis", a)
    axis = canonical_axis(axis, x.ndim)
    start = as_int(start, "start")
    if not -x.ndim <= start <= x.ndim:
        raise ValueError(f"rollaxis: start {start} must be between {-x.ndim} and {x.ndim}")
    start = start + x.ndim if start < 0 else start
    return moveaxis(x, axis, start - 1 if start > axis else start)


# Order of elements -------------------------------------------------------------------------------------------------------
def flip(m: Any, axis: Any = None) -> Array:
    """Reverses the order of elements along axes.

    Args:
      m: array.
      axis: integer or sequence; by default all axes.

    Reference: NumPy, numpy.flip.

    >>> import pullback.numpy as pnp
    >>> pnp.flip(pnp.array([[1, 2], [3, 4]]), 0)
    Array([[3, 4],
           [1, 2]], dtype=int32)
    """
    (x,) = arrays_of("flip", m)
    axes = tuple(range(x.ndim)) if axis is None else canonical_axes(as_ints(axis, "axis"), x.ndim)
    return lax.rev(x, axes) if axes else x


def flipud(m: Any) -> Array:
    """Reverses the order along the first axis.

    Args:
      m: array of 1 dimension or more.

    Reference: NumPy, numpy.flipud.

    >>> import pullback.numpy as pnp
    >>> pnp.flipud(pnp.array([[1, 2], [3, 4]]))
    Array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return flip(arrays_of("flipud", m)[0], 0)


def fliplr(m: Any) -> Array:
    """Reverses the order along the second axis.

    Args:
      m: array of 2 dimensions or more.

    Reference: NumPy, numpy.fliplr.

    >>> import pullback.numpy as pnp
    >>> pnp.fliplr(pnp.array([[1, 2], [3, 4]]))
    Array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return flip(arrays_of("fliplr", m)[0], 1)


def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Array:
    """Rotates by 90 degrees, `k` times, in the plane of two axes, from the first towards the second.

    Args:
      m: array of 2 dimensions or more.
      k: number of quarter turns.
      axes: the plane, two integers.

    Reference: NumPy, numpy.rot90.

    >>> import pullback.numpy as pnp
    >>> pnp.rot90(pnp.array([[1, 2], [3, 4]]))
    Array([[2, 4],
           [1, 3]], dtype=int32)
    """
    (x,) = arrays_of("rot90", m)
    if len(axes) != 2:
        raise ValueError(f"rot90: axes must be two axes, got {axes}")
    i, j = canonical_axes(axes, x.ndim)
    k = as_int(k, "k") % 4
    if k == 0:
        return x
    if k == 2:
        return flip(x, (i, j))
    return swapaxes(flip(x, j), i, j) if k == 1 else flip(swapaxes(x, i, j), j)


def roll(a: Any, shift: Any, axis: Any = None) -> Array:
    """Shifts elements along axes; those that leave at the end enter again at the start.

    Args:
      a: array.
      shift: integer, or one for each axis; it may be traced.
      axis: integer or sequence; by default the array is flattened before and restored after.

    Reference: NumPy, numpy.roll.

    >>> import pullback.numpy as pnp
    >>> pnp.roll(pnp.arange(5), 2)
    Array([3, 4, 0, 1, 2], dtype=int32)
    """
    (x,) = arrays_of("roll", a)
    if axis is None:
        return lax.reshape(roll(ravel(x), shift, 0), x.shape)
    axes = tuple(canonical_axis(v, x.ndim) for v in as_ints(axis, "axis"))
    many: Any = shift
    shifts = list(many) if isinstance(shift, (tuple, list)) or (isinstance(shift, (Array, np.ndarray)) and shift.ndim) else [shift]
    if len(shifts) != len(axes):
        if 1 not in (len(shifts), len(axes)):
            raise ValueError(f"roll: shift and axis must have as many elements, got {shift} and {axis}")
        n = max(len(shifts), len(axes))
        shifts, axes = shifts * (n // len(shifts)), axes * (n // len(axes))
    for s, i in zip(shifts, axes):
        x = _roll_one(x, s, i)
    return x


def _roll_one(x: Array, shift: Any, axis: int) -> Array:
    n = x.shape[axis]
    if n == 0:
        return x
    if isinstance(shift, Array) and not isinstance(shift, ConcreteArray):
        from . import remainder

        start = remainder(lax.neg(shift), n)
        return lax.dynamic_slice_in_dim(lax.concatenate([x, x], axis), start, n, axis)
    k = as_int(shift, "shift") % n
    if k == 0:
        return x
    return lax.concatenate([lax.slice_in_dim(x, n - k, n, axis=axis), lax.slice_in_dim(x, 0, n - k, axis=axis)], axis)


# Diagonals ---------------------------------------------------------------------------------------------------------------
def diagonal_of_last_two(x: Array, offset: int) -> Array:
    """Diagonals of the matrices in the last two dimensions: every (columns + 1)-th element of the flattened matrix."""
    *batch, rows, columns = x.shape
    count = max(min(rows - max(-offset, 0), columns - max(offset, 0)), 0)
    flat = lax.reshape(x, (*batch, rows * columns))
    if count == 0:
        return lax.slice_in_dim(flat, 0, 0, axis=-1)
    start = offset if offset >= 0 else -offset * columns
    return lax.slice_in_dim(flat, start, start + (count - 1) * (columns + 1) + 1, columns + 1, axis=-1)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Diagonals of the matrices in two axes, as the last dimension of the result.

    Args:
      a: array of at least two dimensions.
      offset: number of the diagonal, positive above the main one.
      axis1, axis2: axes of the rows and of the columns.

    Reference: NumPy, numpy.diagonal.

    >>> import pullback.numpy as pnp
    >>> pnp.diagonal(pnp.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    return _diagonal("diagonal", a, offset, axis1, axis2)


def _diagonal(name: str, a: Any, offset: Any, axis1: Any, axis2: Any) -> Array:
    (x,) = arrays_of(name, a)
    if x.ndim < 2:
        raise ValueError(f"{name} requires an array of at least two dimensions, got shape {x.shape}")
    return diagonal_of_last_two(moveaxis(x, (axis1, axis2), (-2, -1)), as_int(offset, "offset"))


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None) -> Array:
    """Sums of diagonals.

    Args:
      a: array of at least two dimensions.
      offset: number of the diagonal, positive above the main one.
      axis1, axis2: axes of the rows and of the columns.
      dtype: dtype of the sum.
      out: must be None.

    Reference: NumPy, numpy.trace.

    >>> import pullback.numpy as pnp
    >>> pnp.trace(pnp.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to trace is not supported: arrays are immutable.")
    from . import sum

    wanted = None if dtype is None else dtypes.requested_dtype(dtype, "trace")
    return sum(_diagonal("trace", a, offset, axis1, axis2), axis=-1, dtype=wanted)
