"""Functions that join, split and repeat arrays."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import lax
from ..array import Array, ConcreteArray
from ..lax.util import retype
from ..trace import Tracer
from .known import values_for_shape, values_of
from .manipulation import atleast_1d, atleast_2d, atleast_3d, moveaxis, ravel
from .util import arrays_of, as_array, as_int, as_ints, canonical_axis, cast, is_arraylike, promote_dtypes

__all__ = [
    "append",
    "array_split",
    "block",
    "column_stack",
    "concat",
    "concatenate",
    "delete",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "insert",
    "repeat",
    "row_stack",
    "split",
    "stack",
    "tile",
    "trim_zeros",
    "unstack",
    "vsplit",
    "vstack",
]


# Joining -----------------------------------------------------------------------------------------------------------------
def sequence_of(fname: str, arrays: Any, what: str = "arrays") -> list[Array]:
    """The arrays of a sequence, or the rows of one array; a tuple or list of arrays inside of it is stacked."""
    if isinstance(arrays, (Array, np.ndarray)):
        x = as_array(arrays)
        if x.ndim == 0:
            raise TypeError(f"{fname} needs a sequence of arrays, got a 0-d array")
        return unstack(x)
    if isinstance(arrays, str) or not hasattr(arrays, "__iter__"):
        raise TypeError(f"{fname} needs a sequence of arrays, got {type(arrays).__name__}: {arrays!r}"[:300])
    items = [_element(fname, x, i) for i, x in enumerate(arrays)]
    if not items:
        raise ValueError(f"{fname}: need at least one array, got an empty sequence")
    return items


def _element(fname: str, x: Any, position: int) -> Array:
    if is_arraylike(x):
        return as_array(x)
    if isinstance(x, (tuple, list)):
        if any(isinstance(v, Array) for v in _leaves(x)):
            return stack([_element(fname, v, position) for v in x])
        return as_array(np.asarray(x, None if _leaves(x) else float))
    raise TypeError(f"{fname} requires ndarray or scalar arguments, got {type(x)} at position {position}.")


def _leaves(x: Any) -> list[Any]:
    return [leaf for v in x for leaf in (_leaves(v) if isinstance(v, (tuple, list)) else [v])]


def _joined_dtype(fname: str, xs: list[Array], dtype: Any) -> list[Array]:
    if dtype is None:
        return promote_dtypes(*xs)
    from .. import dtypes

    wanted = dtypes.canonicalize_dtype(dtype)
    return [cast(x, wanted) for x in xs]


def concatenate(arrays: Any, axis: int | None = 0, dtype: Any = None) -> Array:
    """Joins arrays along an axis.

    Args:
      arrays: sequence of arrays, or an array, whose rows are joined.
      axis: the axis; None joins the flattened arrays.
      dtype: dtype of the result; by default the promoted one.

    Raises:
      ValueError: no arrays, scalars, or shapes that do not fit.

    Reference: NumPy, numpy.concatenate.

    >>> import pullback.numpy as pnp
    >>> pnp.concatenate([pnp.array([[1, 2]]), pnp.array([[3, 4]])], axis=1)
    Array([[1, 2, 3, 4]], dtype=int32)
    """
    return _concatenate("concatenate", sequence_of("concatenate", arrays), axis, dtype)


def _concatenate(fname: str, xs: list[Array], axis: int | None, dtype: Any) -> Array:
    if axis is None:
        xs, axis = [ravel(x) for x in xs], 0
    if xs[0].ndim == 0:
        raise ValueError(f"{fname}: zero-dimensional arrays cannot be concatenated")
    axis = canonical_axis(axis, xs[0].ndim)
    for i, x in enumerate(xs):
        if x.ndim != xs[0].ndim or any(a != b for k, (a, b) in enumerate(zip(x.shape, xs[0].shape)) if k != axis):
            raise TypeError(
                f"{fname}: cannot join arrays with shapes that differ in other dimensions than axis {axis}: shapes are "
                f"{', '.join(str(v.shape) for v in xs)}; the array at position {i} differs from the first one"
            )
    xs = _joined_dtype(fname, xs, dtype)
    weak = all(x.weak_type for x in xs)
    out = lax.concatenate(xs, axis)
    return out if out.weak_type == weak else retype(out, weak)


def concat(arrays: Any, /, *, axis: int | None = 0) -> Array:
    """Joins arrays along an axis.

    Args:
      arrays: sequence of arrays.
      axis: integer; None joins the flattened arrays.

    Reference: Python array API, concat.

    >>> import pullback.numpy as pnp
    >>> pnp.concat([pnp.array([1, 2]), pnp.array([3])])
    Array([1, 2, 3], dtype=int32)
    """
    return concatenate(arrays, axis)


def stack(arrays: Any, axis: int = 0, out: None = None, dtype: Any = None) -> Array:
    """Joins arrays of one shape along a new axis.

    Args:
      arrays: sequence of arrays, or an array, whose rows are stacked.
      axis: position of the new axis.
      out: must be None.
      dtype: dtype of the result; by default the promoted one.

    Raises:
      ValueError: no arrays, or shapes that differ.

    Reference: NumPy, numpy.stack.

    >>> import pullback.numpy as pnp
    >>> pnp.stack([pnp.array([1, 2]), pnp.array([3, 4])], axis=1)
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to stack is not supported: arrays are immutable.")
    xs = sequence_of("stack", arrays)
    if any(x.shape != xs[0].shape for x in xs):
        raise ValueError(f"All input arrays must have the same shape for stack, got {', '.join(str(x.shape) for x in xs)}")
    axis = canonical_axis(axis, xs[0].ndim + 1)
    return _concatenate("stack", [lax.expand_dims(x, (axis,)) for x in xs], axis, dtype)


def vstack(tup: Any, dtype: Any = None) -> Array:
    """Joins arrays along the first axis; vectors count as rows.

    Args:
      tup: sequence of arrays, or of tuples of arrays, which are stacked first; or an array, whose rows are joined.
      dtype: dtype of the result; by default the promoted one.

    Reference: NumPy, numpy.vstack.

    >>> import pullback.numpy as pnp
    >>> print(pnp.vstack([(pnp.ones(2),), (pnp.zeros(2),)]))
    [[1. 1.]
     [0. 0.]]
    """
    return _concatenate("vstack", [atleast_2d(x) for x in sequence_of("vstack", tup)], 0, dtype)


row_stack = vstack


def hstack(tup: Any, dtype: Any = None) -> Array:
    """Joins arrays along the second axis, vectors along the first.

    Args:
      tup: sequence of arrays.
      dtype: dtype of the result.

    Reference: NumPy, numpy.hstack.

    >>> import pullback.numpy as pnp
    >>> pnp.hstack([pnp.array([1, 2]), pnp.array([3])])
    Array([1, 2, 3], dtype=int32)
    """
    xs = [atleast_1d(x) for x in sequence_of("hstack", tup)]
    return _concatenate("hstack", xs, 0 if xs[0].ndim == 1 else 1, dtype)


def dstack(tup: Any, dtype: Any = None) -> Array:
    """Joins arrays along the third axis.

    Args:
      tup: sequence of arrays.
      dtype: dtype of the result.

    Reference: NumPy, numpy.dstack.

    >>> import pullback.numpy as pnp
    >>> pnp.dstack([pnp.array([1, 2]), pnp.array([3, 4])]).shape
    (1, 2, 2)
    """
    return _concatenate("dstack", [atleast_3d(x) for x in sequence_of("dstack", tup)], 2, dtype)


def column_stack(tup: Any) -> Array:
    """Joins vectors as the columns of a matrix; matrices are joined along the second axis.

    Args:
      tup: sequence of arrays with equally many rows.

    Reference: NumPy, numpy.column_stack.

    >>> import pullback.numpy as pnp
    >>> pnp.column_stack([pnp.array([1, 2]), pnp.array([3, 4])])
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    xs = [x if x.ndim > 1 else lax.reshape(x, (x.size, 1)) for x in sequence_of("column_stack", tup)]
    return _concatenate("column_stack", xs, 1, None)


def block(arrays: Any) -> Array:
    """Joins nested lists of arrays: the innermost lists along the last axis, the outermost along the first.

    Args:
      arrays: an array, or nested lists of arrays, all of one depth.

    Raises:
      ValueError: lists of different depth, or an empty list.

    Reference: NumPy, numpy.block.

    >>> import pullback.numpy as pnp
    >>> pnp.block([[pnp.ones((1, 1)), pnp.zeros((1, 2))], [pnp.zeros((2, 1)), pnp.eye(2)]])
    Array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """

    def depth(v: Any) -> int:
        if isinstance(v, tuple):
            raise TypeError("block: arrays must be given in lists, not in tuples")
        if not isinstance(v, list):
            return 0
        if not v:
            raise ValueError("block: lists cannot be empty")
        depths = {depth(w) for w in v}
        if len(depths) > 1:
            raise ValueError(f"block: lists must have one depth, got depths {sorted(depths)}")
        return depths.pop() + 1

    def leaves(v: Any) -> list[Any]:
        return [leaf for w in v for leaf in leaves(w)] if isinstance(v, list) else [v]

    levels = depth(arrays)
    ndim = max([levels] + [x.ndim for x in arrays_of("block", *leaves(arrays))])

    def join(v: Any, level: int) -> Array:
        if not isinstance(v, list):
            (x,) = arrays_of("block", v)
            return lax.reshape(x, (1,) * (ndim - x.ndim) + x.shape)
        return _concatenate("block", [join(w, level - 1) for w in v], -level, None)

    return join(arrays, levels)


def append(arr: Any, values: Any, axis: int | None = None) -> Array:
    """Joins an array and values along an axis; flattened if `axis` is None.

    Args:
      arr: array.
      values: array with the other dimensions of `arr`.
      axis: integer; None joins the flattened arrays.

    Reference: NumPy, numpy.append.

    >>> import pullback.numpy as pnp
    >>> pnp.append(pnp.array([1, 2]), pnp.array([3]))
    Array([1, 2, 3], dtype=int32)
    """
    return _concatenate("append", arrays_of("append", arr, values), axis, None)


# Splitting ---------------------------------------------------------------------------------------------------------------
def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """The arrays along an axis, as a tuple.

    Args:
      x: array.
      axis: integer.

    Reference: NumPy, numpy.unstack.

    >>> import pullback.numpy as pnp
    >>> pnp.unstack(pnp.array([[1, 2], [3, 4]]))
    (Array([1, 2], dtype=int32), Array([3, 4], dtype=int32))
    """
    (x,) = arrays_of("unstack", x)
    if x.ndim == 0:
        raise ValueError("unstack requires arrays with rank > 0, however a scalar array was passed.")
    axis = canonical_axis(axis, x.ndim)
    return tuple(lax.index_in_dim(x, i, axis, keepdims=False) for i in range(x.shape[axis]))


def _split_at(x: Array, points: Sequence[int], axis: int) -> list[Array]:
    return [lax.slice_in_dim(x, a, max(a, b), axis=axis) for a, b in itertools.pairwise(points)]


def _split(fname: str, ary: Any, indices_or_sections: Any, axis: int, equal: bool) -> list[Array]:
    (x,) = arrays_of(fname, ary)
    axis = canonical_axis(axis, x.ndim)
    n = x.shape[axis]
    if isinstance(indices_or_sections, (tuple, list)) or getattr(indices_or_sections, "ndim", 0) > 0:
        inner = [min(i + n if i < 0 else i, n) for i in as_ints(tuple(indices_or_sections), "indices_or_sections")]
        return _split_at(x, [0, *(max(i, 0) for i in inner), n], axis)
    sections = as_int(indices_or_sections, "indices_or_sections")
    if sections <= 0:
        raise ValueError(f"{fname}: number of sections must be larger than 0, got {sections}")
    size, extra = divmod(n, sections)
    if extra and equal:
        raise ValueError(
            f"{fname}: array split does not result in an equal division: size {n} of axis {axis} by {sections} sections"
        )
    points = [0]
    for i in range(sections):
        points.append(points[-1] + size + (i < extra))
    return _split_at(x, points, axis)


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Splits an array into parts.

    Args:
      ary: array.
      indices_or_sections: a number of equal parts, or the positions where to split.
      axis: the axis along which to split.

    Raises:
      ValueError: the parts would not be equal.

    Reference: NumPy, numpy.split.

    >>> import pullback.numpy as pnp
    >>> pnp.split(pnp.arange(6), [2, 5])
    [Array([0, 1], dtype=int32), Array([2, 3, 4], dtype=int32), Array([5], dtype=int32)]
    """
    return _split("split", ary, indices_or_sections, axis, True)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """As `split`; parts may differ by one in size.

    Args:
      ary: array.
      indices_or_sections: number of parts, which may differ by one in size, or where to cut.
      axis: integer.

    Reference: NumPy, numpy.array_split.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.array_split(pnp.arange(7), 3)]
    [(3,), (2,), (2,)]
    """
    return _split("array_split", ary, indices_or_sections, axis, False)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Splits along the first axis.

    Args:
      ary: array of 2 dimensions or more.
      indices_or_sections: as in `split`.

    Reference: NumPy, numpy.vsplit.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.vsplit(pnp.ones((4, 2)), 2)]
    [(2, 2), (2, 2)]
    """
    return _split("vsplit", ary, indices_or_sections, 0, True)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Splits along the second axis, vectors along the first.

    Args:
      ary: array.
      indices_or_sections: as in `split`.

    Reference: NumPy, numpy.hsplit.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.hsplit(pnp.ones((2, 4)), 2)]
    [(2, 2), (2, 2)]
    """
    (x,) = arrays_of("hsplit", ary)
    return _split("hsplit", x, indices_or_sections, 0 if x.ndim == 1 else 1, True)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Splits along the third axis.

    Args:
      ary: array of 3 dimensions or more.
      indices_or_sections: as in `split`.

    Reference: NumPy, numpy.dsplit.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.dsplit(pnp.ones((2, 3, 4)), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return _split("dsplit", ary, indices_or_sections, 2, True)


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
        raise TypeError(f"{fname}: indices must be integers or booleans, got {index.dtype}")
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
    from .util import broadcast_to

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
    v = cast(v, x.dtype)
    if not isinstance(index, slice) and index.ndim == 0 and v.ndim:
        v = moveaxis(lax.reshape(v, (1,) * (x.ndim - v.ndim) + v.shape) if v.ndim < x.ndim else v, 0, axis)
        count = v.shape[axis]
        order = np.insert(np.arange(n), index, -1 - np.arange(count)) if count else order[order >= 0]
    v = broadcast_to(v, (*x.shape[:axis], count, *x.shape[axis + 1 :]))
    return take(lax.concatenate([x, v], axis), np.where(order < 0, n - 1 - order, order), axis, mode="clip")


def trim_zeros(filt: Any, trim: str = "fb") -> Array:
    """Removes zeros at the front ("f") and at the back ("b") of a concrete vector.

    Args:
      filt: array of 1 dimension, with known values.
      trim: "f" trims the front, "b" the back.

    Reference: NumPy, numpy.trim_zeros.

    >>> import pullback.numpy as pnp
    >>> pnp.trim_zeros(pnp.array([0, 0, 1, 0, 2, 0]))
    Array([1, 0, 2], dtype=int32)
    """
    (x,) = arrays_of("trim_zeros", filt)
    values = values_of(x, "trim_zeros", "the shape of its result depends on them")
    if values.ndim != 1:
        raise ValueError(f"trim_zeros: the array must be one-dimensional, got shape {values.shape}")
    nonzero = np.flatnonzero(values)
    if not nonzero.size:
        return lax.slice_in_dim(x, 0, 0)
    start = nonzero[0] if "f" in trim.lower() else 0
    stop = nonzero[-1] + 1 if "b" in trim.lower() else x.shape[0]
    return lax.slice_in_dim(x, int(start), int(stop))
