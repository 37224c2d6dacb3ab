"""Functions that change the shape of arrays or move elements: reshaping, axes, flips, diagonals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np

from .. import lax
from ..array import Array, ConcreteArray
from ..trace import _state
from .emit import wrap
from .util import arrays_of, as_int, as_ints, canonical_axes, canonical_axis, canonical_shape

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "diagonal",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "matrix_transpose",
    "moveaxis",
    "permute_dims",
    "ravel",
    "reshape",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "squeeze",
    "swapaxes",
    "trace",
    "transpose",
]


def is_eager(x: Any) -> TypeGuard[ConcreteArray]:
    """Whether a NumPy view of `x` may be taken directly: it is concrete, and nothing is being traced."""
    return type(x) is ConcreteArray and _state.frame is None


# Shapes ------------------------------------------------------------------------------------------------------------------
def reshape(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Array:
    """The elements in another shape.

    Args:
      a: array.
      shape: integers; one of them may be -1, which stands for what remains.
      order: "C" (the last index changes fastest) or "F" (the first).
      copy: accepted for NumPy's sake; arrays are immutable.

    Raises:
      TypeError: the sizes differ.

    Reference: NumPy, numpy.reshape.

    >>> import pullback.numpy as pnp
    >>> pnp.reshape(pnp.arange(6), (2, -1))
    Array([[0, 1, 2],
           [3, 4, 5]], dtype=int32)
    """
    (x,) = arrays_of("reshape", a)
    sizes = (shape,) if isinstance(shape, (int, np.integer)) or (isinstance(shape, Array) and shape.ndim == 0) else tuple(shape)
    if any(type(d) is not int and isinstance(d, (Array, np.integer)) for d in sizes):
        sizes = tuple(as_int(d, "shape") if isinstance(d, (Array, np.integer)) else d for d in sizes)
    sizes = _infer_size(x, sizes)
    if order == "C":
        return wrap(x.host.reshape(sizes), x.weak_type) if is_eager(x) else lax.reshape(x, sizes)
    if order == "F":
        return transpose(lax.reshape(transpose(x), sizes[::-1]))
    if order == "A":
        raise NotImplementedError("reshape with order='A' is not supported: arrays have no memory order")
    raise ValueError(f"reshape: order must be 'C' or 'F', got {order!r}")


def _infer_size(x: Array, sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    unknown = [i for i, d in enumerate(sizes) if isinstance(d, int) and d < 0]
    known: Any = 1
    for d in sizes:
        if not (isinstance(d, int) and d < 0):
            known = known * d
    if len(unknown) > 1 or any(sizes[i] != -1 for i in unknown):
        raise ValueError(f"reshape: shape may contain one -1 and no other negative number, got {sizes}")
    if unknown:
        if known == 0 or x.size % known != 0:
            raise TypeError(
                f"cannot reshape array of shape {x.shape} (size {x.size}) into shape {sizes}: the other sizes do not divide it"
            )
        return (*sizes[: unknown[0]], x.size // known, *sizes[unknown[0] + 1 :])
    if known != x.size:
        raise TypeError(f"cannot reshape array of shape {x.shape} (size {x.size}) into shape {sizes} (size {known})")
    return sizes


def ravel(a: Any, order: str = "C", *, out_sharding: None = None) -> Array:
    """The elements in one dimension.

    Args:
      a: array.
      order: "C" (the last index changes fastest), "F" (the first) or "K" (as "C").

    Reference: NumPy, numpy.ravel.

    >>> import pullback.numpy as pnp
    >>> pnp.ravel(pnp.array([[1, 2], [3, 4]]))
    Array([1, 2, 3, 4], dtype=int32)
    """
    (x,) = arrays_of("ravel", a)
    return reshape(x, (x.size,), "C" if order == "K" else order)


def expand_dims(a: Any, axis: Any) -> Array:
    """Inserts dimensions of size 1 at the given positions of the result.

    Args:
      a: array.
      axis: integer or sequence of integers.

    Reference: NumPy, numpy.expand_dims.

    >>> import pullback.numpy as pnp
    >>> pnp.expand_dims(pnp.ones((2, 3)), 1).shape
    (2, 1, 3)
    """
    (x,) = arrays_of("expand_dims", a)
    axes = as_ints(axis, "axis")
    if is_eager(x):
        new = canonical_axes(axes, x.ndim + len(axes))
        kept = iter(x.shape)
        return wrap(x.host.reshape([1 if i in new else next(kept) for i in range(x.ndim + len(axes))]), x.weak_type)
    return lax.expand_dims(x, axes)


def squeeze(a: Any, axis: Any = None) -> Array:
    """Removes dimensions of size 1.

    Args:
      a: array.
      axis: the dimensions to remove; by default all of size 1.

    Raises:
      ValueError: a dimension to remove has another size.

    Reference: NumPy, numpy.squeeze.

    >>> import pullback.numpy as pnp
    >>> pnp.squeeze(pnp.ones((1, 3, 1))).shape
    (3,)
    """
    (x,) = arrays_of("squeeze", a)
    axes = tuple(i for i, d in enumerate(x.shape) if d == 1) if axis is None else canonical_axes(as_ints(axis, "axis"), x.ndim)
    return lax.squeeze(x, axes)


def atleast_1d(*arys: Any) -> Any:
    """Arrays of at least one dimension; a list of them for several arguments.

    Args:
      arys: arrays or scalars.

    Reference: NumPy, numpy.atleast_1d.

    >>> import pullback.numpy as pnp
    >>> pnp.atleast_1d(3.0).shape
    (1,)
    """
    xs = [x if x.ndim else lax.reshape(x, (1,)) for x in arrays_of("atleast_1d", *arys)]
    return xs[0] if len(xs) == 1 else xs


def atleast_2d(*arys: Any) -> Any:
    """Arrays of at least two dimensions, new ones in front; a list for several arguments.

    Args:
      arys: arrays or scalars.

    Reference: NumPy, numpy.atleast_2d.

    >>> import pullback.numpy as pnp
    >>> pnp.atleast_2d(pnp.ones(3)).shape
    (1, 3)
    """
    xs = [x if x.ndim >= 2 else lax.reshape(x, (1, x.size)) for x in arrays_of("atleast_2d", *arys)]
    return xs[0] if len(xs) == 1 else xs


def atleast_3d(*arys: Any) -> Any:
    """Arrays of at least three dimensions; a list for several arguments.

    Args:
      arys: arrays or scalars.

    Reference: NumPy, numpy.atleast_3d.

    >>> import pullback.numpy as pnp
    >>> pnp.atleast_3d(pnp.ones((2, 3))).shape
    (2, 3, 1)
    """

    def grow(x: Array) -> Array:
        if x.ndim <= 1:
            return lax.reshape(x, (1, x.size, 1))
        return lax.expand_dims(x, (2,)) if x.ndim == 2 else x

    xs = [grow(x) for x in arrays_of("atleast_3d", *arys)]
    return xs[0] if len(xs) == 1 else xs


def resize(a: Any, new_shape: Any) -> Array:
    """An array of another size, filled with repetitions of the elements.

    Args:
      a: array.
      new_shape: integers.

    Reference: NumPy, numpy.resize.

    >>> import pullback.numpy as pnp
    >>> pnp.resize(pnp.array([1, 2]), (2, 3))
    Array([[1, 2, 1],
           [2, 1, 2]], dtype=int32)
    """
    from .joining import tile

    x = ravel(a)
    shape = canonical_shape(new_shape, "new_shape")
    size = int(np.prod(shape, dtype=np.int64))
    if size == 0:
        return lax.reshape(lax.slice_in_dim(x, 0, 0), shape)
    if x.size == 0:
        raise ValueError(f"resize: an empty array cannot fill shape {shape}")
    return lax.reshape(lax.slice_in_dim(tile(x, -(-size // x.size)), 0, size), shape)


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
    (x,) = arrays_of("transpose", a)
    if axes is None:
        perm: tuple[int, ...] = tuple(range(x.ndim))[::-1]
    else:
        perm = canonical_axes(as_ints(axes, "axes"), x.ndim)
        if len(perm) != x.ndim:
            raise ValueError(f"transpose: axes {axes} is not a permutation of the {x.ndim} dimensions of shape {x.shape}")
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
    return transpose(a, axes)


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
    i, j = canonical_axis(axis1, x.ndim), canonical_axis(axis2, x.ndim)
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
    return flip(m, 0)


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
    return flip(m, 1)


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
    (x,) = arrays_of("diagonal", a)
    if x.ndim < 2:
        raise ValueError(f"diagonal requires an array of at least two dimensions, got shape {x.shape}")
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

    return sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)
