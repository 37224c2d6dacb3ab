"""Filled arrays: zeros, ones, full, and their like.

Inside a function that is being staged (`jit`, `vmap`, loop bodies) they become constants of the program; elsewhere they are data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..array import Array, ConcreteArray
from .creation import placed
from .emit import splat
from .util import (
    arrays_of,
    broadcast_to,
    canonical_shape,
    cast,
    retype,
)


# Filled arrays -----------------------------------------------------------------------------------------------------------
def zeros(shape: Any, dtype: Any = None, *, device: Any = None) -> Array:
    """An array of zeros.

    Args:
      shape: integer or tuple of integers.
      dtype: dtype, by default float32.
      device: where to put the array.

    Reference: NumPy, numpy.zeros.

    >>> import pullback.numpy as pnp
    >>> pnp.zeros((2, 2), pnp.int32)
    Array([[0, 0],
           [0, 0]], dtype=int32)
    """
    return placed(splat(canonical_shape(shape), dtypes.requested_dtype(float if dtype is None else dtype, "zeros"), 0), device)


def ones(shape: Any, dtype: Any = None, *, device: Any = None) -> Array:
    """An array of ones.

    Args:
      shape: integer or tuple of integers.
      dtype: dtype, by default float32.
      device: where to put the array.

    Reference: NumPy, numpy.ones.

    >>> import pullback.numpy as pnp
    >>> pnp.ones((2, 2))
    Array([[1., 1.],
           [1., 1.]], dtype=float32)
    """
    return placed(splat(canonical_shape(shape), dtypes.requested_dtype(float if dtype is None else dtype, "ones"), 1), device)


def empty(shape: Any, dtype: Any = None, *, device: Any = None) -> Array:
    """An array of the given shape; its elements are zeros.

    Args:
      shape: integer or tuple of integers.
      dtype: dtype, by default float32.
      device: where to put the array.

    Reference: NumPy, numpy.empty.

    >>> import pullback.numpy as pnp
    >>> pnp.empty((2, 3)).shape
    (2, 3)
    """
    return zeros(shape, dtype, device=device)


def full(shape: Any, fill_value: Any, dtype: Any = None, *, device: Any = None) -> Array:
    """An array filled with a value.

    Args:
      shape: integer or tuple of integers.
      fill_value: scalar, or array that broadcasts to the shape.
      dtype: dtype, by default that of `fill_value`.
      device: where to put the array.

    Reference: NumPy, numpy.full.

    >>> import pullback.numpy as pnp
    >>> print(pnp.full((2, 2), 7))
    [[7 7]
     [7 7]]
    """
    return _full("full", canonical_shape(shape), fill_value, dtype, device)


def _full(name: str, shape: tuple[Any, ...], fill_value: Any, dtype: Any, device: Any) -> Array:
    (value,) = arrays_of(name, fill_value)
    weak = dtype is None and value.weak_type
    value = cast(value, value.dtype if dtype is None else dtypes.requested_dtype(dtype, name), weak)
    if type(value) is ConcreteArray and value.shape == ():
        return placed(splat(shape, value.dtype, value.host, weak), device)
    return placed(broadcast_to(value, shape), device)


def _like(name: str, a: Any, dtype: Any, shape: Any) -> tuple[tuple[Any, ...], np.dtype[Any], bool]:
    if not (hasattr(a, "shape") and hasattr(a, "dtype")):
        (a,) = arrays_of(name, a)
    weak = dtype is None and getattr(a, "weak_type", False)
    return (
        tuple(a.shape) if shape is None else canonical_shape(shape),
        dtypes.canonicalize_dtype(a.dtype) if dtype is None else dtypes.requested_dtype(dtype, name),
        weak,
    )


def zeros_like(a: Any, dtype: Any = None, shape: Any = None, *, device: Any = None) -> Array:
    """An array of zeros with the shape and dtype of another.

    Args:
      a: array, scalar, or anything with `shape` and `dtype`.
      dtype, shape: in place of those of `a`.
      device: where to put the array.

    Reference: NumPy, numpy.zeros_like.

    >>> import pullback.numpy as pnp
    >>> pnp.zeros_like(pnp.array([3, 4]))
    Array([0, 0], dtype=int32)
    """
    shape, dtype, weak = _like("zeros_like", a, dtype, shape)
    return placed(splat(shape, dtype, 0, weak), device)


def ones_like(a: Any, dtype: Any = None, shape: Any = None, *, device: Any = None) -> Array:
    """An array of ones with the shape and dtype of another.

    Args:
      a: array, scalar, or anything with `shape` and `dtype`.
      dtype, shape: in place of those of `a`.
      device: where to put the array.

    Reference: NumPy, numpy.ones_like.

    >>> import pullback.numpy as pnp
    >>> pnp.ones_like(pnp.array([3, 4]))
    Array([1, 1], dtype=int32)
    """
    shape, dtype, weak = _like("ones_like", a, dtype, shape)
    return placed(splat(shape, dtype, 1, weak), device)


def empty_like(prototype: Any, dtype: Any = None, shape: Any = None, *, device: Any = None) -> Array:
    """An array, of zeros, with the shape and dtype of another.

    Args:
      prototype: array, scalar, or anything with `shape` and `dtype`.
      dtype, shape: in place of those of `prototype`.
      device: where to put the array.

    Reference: NumPy, numpy.empty_like.

    >>> import pullback.numpy as pnp
    >>> pnp.empty_like(pnp.ones((2, 3))).shape
    (2, 3)
    """
    shape, dtype, weak = _like("empty_like", prototype, dtype, shape)
    return placed(splat(shape, dtype, 0, weak), device)


def full_like(a: Any, fill_value: Any, dtype: Any = None, shape: Any = None, *, device: Any = None) -> Array:
    """An array filled with a value, with the shape and dtype of another.

    Args:
      a: array, scalar, or anything with `shape` and `dtype`.
      fill_value: scalar, or array that broadcasts to the shape.
      dtype, shape: in place of those of `a`.
      device: where to put the array.

    Reference: NumPy, numpy.full_like.

    >>> import pullback.numpy as pnp
    >>> pnp.full_like(pnp.ones(2), 7)
    Array([7., 7.], dtype=float32)
    """
    shape, dtype, weak = _like("full_like", a, dtype, shape)
    return retype(_full("full_like", shape, fill_value, dtype, device), weak)
