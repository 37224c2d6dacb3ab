"""Reading and writing by index arrays along an axis: take, put, choose, compress and relatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array, ConcreteArray
from ..lax.indexing import GatherDimensionNumbers
from ..lax.util import retype
from ..trace import _state
from .emit import wrap
from .indexing import update
from .known import values_of
from .positions import nonzero
from .reshaping import ravel, reshape
from .util import (
    ArgumentError,
    arrays_of,
    broadcast_shapes,
    broadcast_to,
    canonical_axis,
    cast,
    check_arraylike,
    common_shape,
    promote_dtypes,
    with_constants,
)

__all__ = ["choose", "compress", "extract", "fill_diagonal", "place", "put", "put_along_axis", "take", "take_along_axis"]


def _integer(fname: str, x: Array) -> Array:
    """Indices; booleans count as 0 and 1."""
    if x.dtype == np.bool_:
        return cast(x, np.dtype(np.int32))
    if not dtypes.is_integer(x.dtype):
        raise ArgumentError(f"{fname} indices must be of integer type, got {x.dtype.name}")
    return x


def take(
    a: Any, indices: Any, axis: int | None = None, out: None = None, mode: str | None = None, unique_indices: bool = False,
    indices_are_sorted: bool = False, fill_value: Any = None,
) -> Array:  # fmt: skip
    """Elements along an axis at given indices.

    Args:
      a: array.
      indices: integer array; its dimensions replace the axis.
      axis: the axis; None takes from the flattened array.
      out: must be None.
      mode: for indices out of range: "fill" (the default: NaN, or the least signed, or the greatest unsigned integer),
        "wrap" (counted modulo the size) or "clip" (to the range; negative ones become 0).
      unique_indices, indices_are_sorted: promises.
      fill_value: value for mode "fill".

    Raises:
      TypeError: indices are not integers.

    Reference: NumPy, numpy.take; modes: JAX documentation, jax.numpy.take.

    >>> import pullback.numpy as pnp
    >>> pnp.take(pnp.array([10, 20, 30]), pnp.array([2, 0]))
    Array([30, 10], dtype=int32)
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to take is not supported: arrays are immutable.")
    x, index = arrays_of("take", a, indices)
    index = _integer("take", index)
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(axis, x.ndim)
    n = x.shape[axis]
    if mode == "raise":
        raise NotImplementedError(
            "The 'raise' mode of take is not supported: values of index arrays may be traced. Use fill, wrap or clip."
        )
    if mode not in (None, "fill", "wrap", "clip"):
        raise ValueError(f"take: invalid mode {mode!r}; modes: fill, wrap, clip")
    if n == 0 and index.size:
        raise IndexError(f"take: cannot take from axis {axis} of size 0 of an array of shape {x.shape}")
    if type(x) is ConcreteArray and type(index) is ConcreteArray and _state.frame is None and n:
        return _take_directly(x, index.host, axis, mode, fill_value)
    if mode == "wrap":
        from . import remainder

        index = remainder(index, n)
    elif mode is None or mode == "fill":
        index = _count_from_end(index, n)
    offsets = tuple(range(axis)) + tuple(range(axis + index.ndim, x.ndim - 1 + index.ndim))
    numbers = GatherDimensionNumbers(offsets, (axis,), (axis,))
    sizes = [1 if i == axis else d for i, d in enumerate(x.shape)]
    if index.size == 0 or 0 in offsets_sizes(x.shape, axis):
        return lax.full((*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]), np.zeros((), x.dtype))
    vectors = lax.expand_dims(index, (index.ndim,))
    return lax.gather(x, vectors, numbers, sizes, mode="fill" if mode in (None, "fill") else "clip", fill_value=fill_value)


def offsets_sizes(shape: Sequence[int], axis: int) -> tuple[int, ...]:
    """Sizes of all other axes."""
    return (*shape[:axis], *shape[axis + 1 :])


def _take_directly(x: ConcreteArray, index: Any, axis: int, mode: str | None, fill_value: Any) -> Array:
    """`take` of concrete arguments by NumPy; it fills afterwards."""
    n = x.shape[axis]
    if mode in ("wrap", "clip"):
        return wrap(np.take(x.host, index, axis, mode=mode), x.weak_type)  # type: ignore[call-overload]
    i = index.astype(np.int64)
    outside = (i < -n) | (i >= n)
    result = np.take(x.host, np.where(i < 0, i + n, i), axis, mode="clip")
    if outside.any():
        from pullback.dialects.indexing import default_fill, fill_text, parse_fill

        text = default_fill(x.aval.dtype) if fill_value is None else fill_text(fill_value, x.aval.dtype)
        shape = (1,) * axis + outside.shape + (1,) * (x.ndim - 1 - axis)
        result = np.where(outside.reshape(shape), parse_fill(text, x.aval.dtype), result)
    return wrap(result, x.weak_type)


def _count_from_end(index: Array, n: int) -> Array:
    """Negative indices made positive (those out of range stay out of range)."""
    if index.dtype.kind == "u":
        return index
    index = retype(cast(index, np.dtype(np.int32)) if index.dtype.itemsize < 4 else index, False)
    return lax.select(lax.lt(index, np.zeros((), index.dtype)), lax.add(index, np.asarray(n, index.dtype)), index)


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1, mode: Any = None, fill_value: Any = None) -> Array:
    """Elements along an axis at indices of their own for each position of the other axes.

    Args:
      arr: array.
      indices: integer array of as many dimensions; the others broadcast against those of `arr`.
      axis: the axis; None takes from the flattened array, by indices of one dimension.
      mode: for indices out of range: "fill" (the default), "clip" or "promise_in_bounds"; negative ones count from the end.
      fill_value: value for mode "fill".

    Raises:
      ValueError: numbers of dimensions differ.

    Reference: NumPy, numpy.take_along_axis.

    >>> import pullback.numpy as pnp
    >>> x = pnp.array([[3, 1], [2, 4]])
    >>> pnp.take_along_axis(x, pnp.argsort(x, axis=1), 1)
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    x, index = arrays_of("take_along_axis", arr, indices)
    if index.dtype == np.bool_:
        raise ArgumentError("take_along_axis indices must be of integer type, got bool")
    index = _integer("take_along_axis", index)
    if axis is None:
        if index.ndim != 1:
            raise ValueError(f"take_along_axis with axis=None needs indices of one dimension, got shape {index.shape}")
        x, axis = ravel(x), 0
    if x.ndim != index.ndim:
        raise ValueError(f"take_along_axis: indices and arr must have the same number of dimensions; {index.ndim} vs. {x.ndim}")
    axis = canonical_axis(axis, x.ndim)
    others = broadcast_shapes(offsets_sizes(x.shape, axis), offsets_sizes(index.shape, axis))
    x = broadcast_to(x, (*others[:axis], x.shape[axis], *others[axis:]))
    index = broadcast_to(index, (*others[:axis], index.shape[axis], *others[axis:]))
    if index.size == 0:
        return lax.full(index.shape, np.zeros((), x.dtype))
    if x.size == 0:
        raise IndexError(f"take_along_axis: cannot take from axis {axis} of size 0 of an array of shape {x.shape}")
    batch = tuple(i for i in range(x.ndim) if i != axis)
    numbers = GatherDimensionNumbers((), (axis,), (axis,), batch, batch)
    vectors = lax.expand_dims(_count_from_end(index, x.shape[axis]), (index.ndim,))
    return lax.gather(x, vectors, numbers, (1,) * x.ndim, mode="fill" if mode is None else mode, fill_value=fill_value)


def _refuse_in_place(fname: str, inplace: bool, error: type[Exception] = ValueError) -> None:
    if inplace:
        raise error(
            f"pullback.numpy.{fname} cannot modify arrays in place: they are immutable. Pass inplace=False to get an updated array."
        )


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None, inplace: bool = True, *, mode: Any = None) -> Array:
    """The array with values written at indices along an axis: the counterpart of `take_along_axis`.

    Args:
      arr: array.
      indices: integer array of as many dimensions.
      values: array that broadcasts to the shape of the indices.
      axis: the axis; None writes to the flattened array.
      inplace: must be False.
      mode: for indices out of range: "drop" (the default) or "clip".

    Reference: NumPy, numpy.put_along_axis.

    >>> import pullback.numpy as pnp
    >>> pnp.put_along_axis(pnp.zeros((2, 2)), pnp.array([[1], [0]]), 5.0, 1, inplace=False)
    Array([[0., 5.],
           [5., 0.]], dtype=float32)
    """
    x, index, v = arrays_of("put_along_axis", arr, indices, values)
    _refuse_in_place("put_along_axis", inplace)
    index = _integer("put_along_axis", index)
    if axis is None:
        return reshape(put_along_axis(ravel(x), index, v, 0, False, mode=mode), x.shape)
    if x.ndim != index.ndim:
        raise ValueError(f"put_along_axis: indices and arr must have the same number of dimensions; {index.ndim} vs. {x.ndim}")
    axis = canonical_axis(axis, x.ndim)
    shape = broadcast_shapes((*x.shape[:axis], 1, *x.shape[axis + 1 :]), index.shape)
    index = broadcast_to(index, shape)
    if x.shape[axis] == 0 and index.size:
        raise IndexError(f"put_along_axis: cannot write to axis {axis} of size 0 of an array of shape {x.shape}")
    mesh: list[Any] = [np.arange(n).reshape([-1 if i == k else 1 for k in range(x.ndim)]) for i, n in enumerate(shape)]
    mesh[axis] = index
    return update(x, tuple(mesh), broadcast_to(v, shape), "set", mode=mode)


def put(a: Any, ind: Any, v: Any, mode: str | None = None, *, inplace: bool = True) -> Array:
    """The array with elements of its flattened form replaced.

    Args:
      a: array.
      ind: integer array.
      v: values; repeated if they are fewer than the indices.
      mode: for indices out of range: "clip" (the default) or "wrap".
      inplace: must be False.

    Reference: NumPy, numpy.put.

    >>> import pullback.numpy as pnp
    >>> pnp.put(pnp.arange(4), pnp.array([0, 2]), pnp.array([7, 8]), inplace=False)
    Array([7, 1, 8, 3], dtype=int32)
    """
    from . import remainder
    from .editing import resize

    x, index, values = arrays_of("put", a, ind, v)
    _refuse_in_place("put", inplace)
    index, values = ravel(_integer("put", index)), ravel(values)
    if not x.size or not index.size or not values.size:
        return x
    if mode not in (None, "clip", "wrap"):
        raise ValueError(f"put: mode should be one of 'wrap' or 'clip'; got {mode!r}")
    if mode == "wrap":
        index = remainder(index, x.size)
    return reshape(update(ravel(x), index, resize(values, index.shape), "set", mode="clip"), x.shape)


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Array:
    """For each element, the element of the choice that the index names.

    Args:
      a: integer array.
      choices: sequence of arrays, or one array, whose rows are the choices; all broadcast against each other.
      out: must be None.
      mode: for indices out of range: "raise" (for concrete ones), "wrap" or "clip".

    Reference: NumPy, numpy.choose.

    >>> import pullback.numpy as pnp
    >>> pnp.choose(pnp.array([0, 1, 0]), [pnp.array([1, 2, 3]), pnp.array([10, 20, 30])])
    Array([ 1, 20,  3], dtype=int32)
    """
    from . import remainder
    from .joining import sequence_of, stack

    if out is not None:
        raise NotImplementedError("The 'out' argument to choose is not supported: arrays are immutable.")
    (index,) = arrays_of("choose", a)
    index = _integer("choose", index)
    options = promote_dtypes(*sequence_of("choose", choices))
    n = len(options)
    if mode == "raise":
        values = values_of(index, "choose", "in a traced function, use mode='wrap' or mode='clip'")
        if values.size and (values.min() < 0 or values.max() >= n):
            raise ValueError(
                f"choose: invalid entry in choice array: indices must be in [0, {n}), got values from {values.min()} to "
                f"{values.max()}"
            )
    elif mode == "wrap":
        index = remainder(index, n)
    elif mode == "clip":
        index = lax.clamp(np.zeros((), index.dtype), index, np.asarray(n - 1, index.dtype))
    else:
        raise ValueError(f"choose: mode={mode!r} not understood; must be 'raise', 'wrap', or 'clip'")
    shape = common_shape("choose", index.shape, *(x.shape for x in options))
    table = stack([broadcast_to(x, shape) for x in options])
    picked = take_along_axis(table, lax.expand_dims(broadcast_to(index, shape), (0,)), 0, mode="clip")
    return with_constants(lax.squeeze(picked, (0,)))


def compress(
    condition: Any, a: Any, axis: int | None = None, *, size: int | None = None, fill_value: Any = 0, out: None = None
) -> Array:
    """Slices along an axis where a condition holds.

    Args:
      condition: boolean vector; concrete, unless `size` is given.
      a: array.
      axis: the axis; None selects from the flattened array.
      size: size of the result along the axis; `fill_value` is put where there are too few, the rest is cut off.
      fill_value: see `size`.
      out: must be None.

    Reference: NumPy, numpy.compress; `size`: JAX documentation, jax.numpy.compress.

    >>> import pullback.numpy as pnp
    >>> pnp.compress(pnp.array([True, False, True]), pnp.array([1, 2, 3]))
    Array([1, 3], dtype=int32)
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to compress is not supported: arrays are immutable.")
    from . import asarray

    c, x = asarray(condition), arrays_of("compress", a)[0]
    if c.ndim != 1:
        raise ValueError(f"condition must be a 1D array, got shape {c.shape}")
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(axis, x.ndim)
    if c.shape[0] > x.shape[axis]:
        raise ValueError(
            f"condition contains entries that are out of bounds: it has {c.shape[0]}, axis {axis} has size {x.shape[axis]}"
        )
    (index,) = nonzero(c, size=size, fill_value=x.shape[axis])
    return take(x, index, axis, mode="fill", fill_value=fill_value)


def extract(condition: Any, arr: Any, *, size: int | None = None, fill_value: Any = 0) -> Array:
    """The elements where a condition holds, flattened; `size` as for `compress`.

    Args:
      condition: boolean array.
      arr: array of its size.
      size, fill_value: number of elements to return, and what fills it up.

    Reference: NumPy, numpy.extract.

    >>> import pullback.numpy as pnp
    >>> pnp.extract(pnp.array([True, False, True]), pnp.array([1, 2, 3]))
    Array([1, 3], dtype=int32)
    """
    from . import asarray

    (x,) = arrays_of("extract", arr)
    if not isinstance(condition, (list, tuple)):
        check_arraylike("extract", condition)
    return compress(ravel(asarray(condition)), x, None, size=size, fill_value=fill_value)


def place(arr: Any, mask: Any, vals: Any, *, inplace: bool = True) -> Array:
    """The array with the elements where a mask holds replaced by values in order, which are repeated.

    Args:
      arr, mask: arrays of one size.
      vals: values.
      inplace: must be False.

    Reference: NumPy, numpy.place.

    >>> import pullback.numpy as pnp
    >>> pnp.place(pnp.arange(4), pnp.array([True, False, True, False]), pnp.array([7, 8]), inplace=False)
    Array([7, 1, 8, 3], dtype=int32)
    """
    from .editing import resize

    x, m, v = arrays_of("place", arr, mask, vals)
    _refuse_in_place("place", inplace)
    if x.size != m.size:
        raise ValueError(f"place: arr and mask must be of one size, got shapes {x.shape} and {m.shape}")
    if not v.size:
        if not x.size:
            return x
        raise ValueError("place: cannot insert from an empty array")
    (index,) = nonzero(ravel(m), size=x.size, fill_value=x.size)
    return reshape(update(ravel(x), index, resize(v, (x.size,)), "set"), x.shape)


def fill_diagonal(a: Any, val: Any, wrap: bool = False, *, inplace: bool = True) -> Array:
    """The array with its main diagonal replaced.

    Args:
      a: array of at least two dimensions; if more, all of one size.
      val: scalar, or array, which is flattened and repeated.
      wrap: must be False.
      inplace: must be False.

    Reference: NumPy, numpy.fill_diagonal.

    >>> import pullback.numpy as pnp
    >>> pnp.fill_diagonal(pnp.zeros((2, 2)), 5.0, inplace=False)
    Array([[5., 0.],
           [0., 5.]], dtype=float32)
    """
    from .editing import resize

    x, v = arrays_of("fill_diagonal", a, val)
    _refuse_in_place("fill_diagonal", inplace, NotImplementedError)
    if wrap:
        raise NotImplementedError("fill_diagonal: wrap=True is not supported")
    if x.ndim < 2:
        raise ValueError(f"fill_diagonal: array must be at least 2-d, got shape {x.shape}")
    if x.ndim > 2 and len(set(x.shape)) > 1:
        raise ValueError(f"fill_diagonal: all dimensions of the array must be of equal length, got shape {x.shape}")
    n = min(x.shape)
    return update(x, (np.arange(n),) * x.ndim, resize(v, (n,)) if v.ndim else v, "set", unique=True)
