"""Where elements are: nonzero and relatives, conversion of indices, open meshes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array
from .emit import wrap
from .indexing import update
from .known import values_for_shape, values_of
from .reshaping import ravel
from .util import arrays_of, as_array, as_int, as_ints, broadcast_shapes, broadcast_to, cast, default_int

__all__ = ["argwhere", "flatnonzero", "index_exp", "ix_", "nonzero", "ravel_multi_index", "s_", "unravel_index"]

#: Index expressions as objects: ``s_[1:, None]``. Reference: NumPy, numpy.s_ and numpy.index_exp.
s_ = np.s_
index_exp = np.index_exp


def nonzero(a: Any, *, size: int | None = None, fill_value: Any = None) -> tuple[Array, ...]:
    """Indices of the nonzero elements, one array for each dimension.

    Args:
      a: array of at least one dimension; concrete, unless `size` is given.
      size: how many indices to return; `fill_value` is put where there are too few, the rest is cut off.
      fill_value: a number or one for each dimension; 0 by default.

    Raises:
      ConcretizationTypeError: the array is traced and `size` is not given.

    Reference: NumPy, numpy.nonzero; `size`: JAX documentation, jax.numpy.nonzero.

    >>> import pullback.numpy as pnp
    >>> pnp.nonzero(pnp.array([0, 4, 0, 5]))
    (Array([1, 3], dtype=int32),)
    >>> pnp.nonzero(pnp.array([0, 4, 0, 5]), size=3, fill_value=-1)
    (Array([ 1,  3, -1], dtype=int32),)
    """
    (x,) = arrays_of("nonzero", a)
    if x.ndim == 0:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use atleast_1d(scalar).nonzero() instead.")
    if size is None:
        values = values_for_shape(x, "nonzero")
        return tuple(wrap(i.astype(default_int())) for i in np.nonzero(values))
    size = as_int(size, "size")
    fills = _fill_values(fill_value, x.ndim)
    dtype = default_int()
    if x.size == 0 or size == 0:
        return tuple(as_array(np.full((size,), f, dtype)) for f in fills)
    mask = ravel(x if x.dtype == np.bool_ else lax.ne(x, np.zeros((), x.dtype)))
    order = lax.cumsum(cast(mask, dtype), 0)
    slot = lax.select(mask, lax.sub(order, np.ones((), dtype)), lax.full(mask.shape, np.asarray(size, dtype)))
    flat = update(lax.full((size,), np.zeros((), dtype)), slot, lax.iota(dtype, x.size), "set", mode="drop", unique=False)
    found = lax.lt(lax.iota(dtype, size), lax.broadcast(lax.index_in_dim(order, -1, keepdims=False), (size,)))
    return tuple(lax.select(found, i, np.asarray(f, dtype)) for i, f in zip(_unravel(flat, x.shape), fills))


def _fill_values(fill_value: Any, ndim: int) -> tuple[int, ...]:
    if fill_value is None:
        return (0,) * ndim
    values = tuple(fill_value) if isinstance(fill_value, (tuple, list)) or np.ndim(fill_value) else (fill_value,) * ndim
    if len(values) != ndim:
        raise ValueError(f"fill_value must be a number or have one for each of the {ndim} dimensions, got {fill_value!r}")
    return tuple(as_int(v, "fill_value") for v in values)


def _unravel(flat: Array, shape: Sequence[int]) -> list[Array]:
    result: list[Array] = []
    for n in reversed(shape):
        size = np.asarray(n, flat.dtype)
        result.append(lax.rem(flat, size))
        flat = lax.div(flat, size)
    return result[::-1]


def flatnonzero(a: Any, *, size: int | None = None, fill_value: Any = None) -> Array:
    """Indices of the nonzero elements of the flattened array; `size` as for `nonzero`.

    Args:
      a: array.
      size, fill_value: as in `nonzero`.

    Reference: NumPy, numpy.flatnonzero.

    >>> import pullback.numpy as pnp
    >>> pnp.flatnonzero(pnp.array([[0, 1], [2, 0]]))
    Array([1, 2], dtype=int32)
    """
    return nonzero(ravel(arrays_of("flatnonzero", a)[0]), size=size, fill_value=fill_value)[0]


def argwhere(a: Any, *, size: int | None = None, fill_value: Any = None) -> Array:
    """Indices of the nonzero elements, one in each row; `size` as for `nonzero`.

    Args:
      a: array.
      size, fill_value: as in `nonzero`.

    Reference: NumPy, numpy.argwhere.

    >>> import pullback.numpy as pnp
    >>> pnp.argwhere(pnp.array([[0, 1], [2, 0]]))
    Array([[0, 1],
           [1, 0]], dtype=int32)
    """
    from .joining import stack

    (x,) = arrays_of("argwhere", a)
    if x.ndim == 0:
        n = nonzero(lax.reshape(x, (1,)), size=size)[0].shape[0] if size is None else as_int(size, "size")
        return as_array(np.zeros((n, 0), default_int()))
    return stack(nonzero(x, size=size, fill_value=fill_value), axis=-1)


def unravel_index(indices: Any, shape: Any) -> tuple[Array, ...]:
    """Indices of each dimension, of indices of the flattened array.

    Negative ones count from the end; those out of range are clamped.

    Args:
      indices: integer array.
      shape: shape of the array.

    Reference: NumPy, numpy.unravel_index.

    >>> import pullback.numpy as pnp
    >>> pnp.unravel_index(pnp.array([2, 4]), (2, 3))
    (Array([0, 1], dtype=int32), Array([2, 1], dtype=int32))
    """
    index = _index_array("unravel_index", indices)
    sizes = as_ints(shape, "shape")
    if not dtypes.is_integer(index.dtype) and index.dtype != np.bool_:
        raise TypeError(f"unravel_index: indices must be integers, got {index.dtype.name}")
    index = cast(index, dtypes.promote((index.dtype, False), (np.dtype(np.int32), False))[0])
    total = np.asarray(int(np.prod(sizes, dtype=np.int64)), index.dtype)
    zero = np.zeros((), index.dtype)
    index = lax.select(lax.lt(index, zero), lax.add(index, total), index)
    return tuple(_unravel(lax.clamp(zero, index, np.maximum(total - 1, zero)), sizes))


def _index_array(fname: str, x: Any) -> Array:
    """Indices given as an array, a number, or lists of numbers."""
    if isinstance(x, (list, tuple)):
        from . import asarray

        return asarray(x)
    return arrays_of(fname, x)[0]


def ravel_multi_index(multi_index: Any, dims: Any, mode: str = "raise", order: str = "C", *, dtype: Any = None) -> Array:
    """Index of the flattened array, of one index for each dimension.

    Args:
      multi_index: sequence of integer arrays.
      dims: shape of the array.
      mode: for indices out of range: "raise" (for concrete ones), "wrap" or "clip".
      order: "C" or "F".
      dtype: dtype of the result, an integer type; by default that of the indices, int32 at least.

    Reference: NumPy, numpy.ravel_multi_index.

    >>> import pullback.numpy as pnp
    >>> pnp.ravel_multi_index((pnp.array([0, 1]), pnp.array([2, 1])), (2, 3))
    Array([2, 4], dtype=int32)
    """
    from . import remainder

    sizes = as_ints(dims, "dims")
    if not hasattr(multi_index, "__iter__") or isinstance(multi_index, (str, dict)):
        raise TypeError(f"ravel_multi_index: multi_index must be a sequence of integer arrays, got {type(multi_index).__name__}")
    arrays = [_index_array("ravel_multi_index", i) for i in multi_index]
    if len(arrays) != len(sizes):
        raise ValueError(f"ravel_multi_index: len(multi_index)={len(arrays)} should equal len(dims)={len(sizes)}")
    if any(not dtypes.is_integer(i.dtype) for i in arrays):
        raise TypeError("only int indices permitted in ravel_multi_index")
    if order not in ("C", "F"):
        raise ValueError(f"ravel_multi_index: order must be 'C' or 'F', got {order!r}")
    wanted = None if dtype is None else dtypes.requested_dtype(dtype, "ravel_multi_index")
    if wanted is not None and wanted.kind not in "iu":
        raise ValueError(f"ravel_multi_index: dtype must be an integer type, got {wanted.name}")
    dtype = dtypes.promote(*((i.dtype, i.weak_type) for i in arrays), (np.dtype(np.int32), False))[0]
    shape = broadcast_shapes(*(i.shape for i in arrays))
    checked = []
    for i, n in zip(arrays, sizes):
        i = broadcast_to(cast(i, dtype), shape)
        if mode == "raise":
            values = values_of(i, "ravel_multi_index", "in a traced function, use mode='wrap' or mode='clip'")
            if ((values < 0) | (values >= n)).any():
                raise ValueError(f"ravel_multi_index: invalid entry in coordinates array: {values} is not within [0, {n})")
        elif mode == "clip":
            i = lax.clamp(np.zeros((), dtype), i, np.asarray(n - 1, dtype))
        elif mode == "wrap":
            i = remainder(i, n)
        else:
            raise ValueError(f"ravel_multi_index: invalid mode {mode!r}; expected 'raise', 'wrap' or 'clip'")
        checked.append(i)
    if order == "F":
        checked, sizes = checked[::-1], sizes[::-1]
    strides = [1, *itertools.accumulate(sizes[:0:-1], lambda a, b: a * b)][::-1]
    result = lax.full(shape, np.zeros((), dtype))
    for i, stride in zip(checked, strides):
        result = lax.add(result, lax.mul(i, np.asarray(stride, dtype)))
    return result if wanted is None else cast(result, wanted)


def ix_(*args: Any) -> tuple[Array, ...]:
    """An open mesh of vectors of indices: each varies along a dimension of its own.

    Args:
      args: integer or (concrete) boolean vectors.

    Reference: NumPy, numpy.ix_.

    >>> import pullback.numpy as pnp
    >>> pnp.arange(9).reshape(3, 3)[pnp.ix_(pnp.array([0, 2]), pnp.array([1, 2]))]
    Array([[1, 2],
           [7, 8]], dtype=int32)
    """
    from . import asarray

    result = []
    for i, a in enumerate(args):
        x = asarray(a)
        if x.ndim != 1:
            raise ValueError(f"Arguments to ix_ must be 1-dimensional, got shape {x.shape}")
        if x.dtype == np.bool_:
            (x,) = nonzero(x)
        elif x.size == 0:
            x = cast(x, default_int())
        result.append(lax.reshape(x, (1,) * i + x.shape + (1,) * (len(args) - 1 - i)))
    return tuple(result)
