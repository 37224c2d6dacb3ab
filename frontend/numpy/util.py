"""What the functions of `pullback.numpy` share: checking of arguments, promotion of dtypes, broadcasting.

``promote_args`` gives arrays of one dtype. While tracing they also have one shape; concrete arrays keep theirs, for NumPy
broadcasts them itself.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..array import Array, ConcreteArray, as_concrete
from ..lax.util import as_int, as_ints, canonical_axes, canonical_axis, cast, retype
from ..trace import Tracer
from .emit import is_traced, pb, traced_splat

__all__ = [
    "ArgumentError",
    "BroadcastError",
    "as_array",
    "as_int",
    "as_ints",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "canonical_axes",
    "canonical_axis",
    "canonical_shape",
    "cast",
    "arrays_of",
    "check_arraylike",
    "common_shape",
    "default_float",
    "default_int",
    "is_arraylike",
    "promote_args",
    "promote_args_inexact",
    "promote_args_numeric",
    "promote_dtypes",
    "promote_shapes",
    "reduction_axes",
    "retype",
    "shape_of",
    "strong_array",
    "to_inexact",
    "to_numeric",
    "with_constants",
]

_ARRAYLIKE = (Array, np.ndarray, np.generic, bool, int, float, complex)


class ArgumentError(TypeError, ValueError):
    """What NumPy reports by a ValueError and JAX by a TypeError, or the other way round."""


class BroadcastError(ArgumentError):
    """Shapes that do not broadcast."""


# Arguments ---------------------------------------------------------------------------------------------------------------
def is_arraylike(x: Any) -> bool:
    """Whether `x` is an array or a scalar (lists and tuples are not)."""
    return isinstance(x, _ARRAYLIKE) or hasattr(x, "__jax_array__")


def check_arraylike(fname: str, *xs: Any) -> None:
    """Raises TypeError, naming the function and the argument's position, for arguments that are no arrays or scalars."""
    for i, x in enumerate(xs):
        if not isinstance(x, _ARRAYLIKE) and not hasattr(x, "__jax_array__"):
            raise TypeError(f"{fname} requires ndarray or scalar arguments, got {type(x)} at position {i}.")


def as_array(x: Any) -> Array:
    """An array-like argument, already checked, as an array."""
    if isinstance(x, Array):
        return x
    if hasattr(x, "__jax_array__"):
        return as_array(x.__jax_array__())
    return as_concrete(x)


def arrays_of(fname: str, *xs: Any) -> list[Array]:
    """Checked arguments as arrays."""
    check_arraylike(fname, *xs)
    return [as_array(x) for x in xs]


def strong_array(fname: str, x: Any) -> Array:
    """A checked argument as an array whose type is not weak: what reductions have."""
    (a,) = arrays_of(fname, x)
    return retype(a, False) if a.weak_type else a


# Promotion ---------------------------------------------------------------------------------------------------------------
def default_float() -> np.dtype[Any]:
    """float32, or float64 with ``config.enable_x64``."""
    return dtypes.canonicalize_dtype(float)


def default_int() -> np.dtype[Any]:
    """int32, or int64 with ``config.enable_x64``."""
    return dtypes.canonicalize_dtype(int)


def _typed(x: Any) -> tuple[np.dtype[Any], bool]:
    if isinstance(x, Array):
        return x.dtype, x.weak_type
    scalar = dtypes.scalar_type(x)
    return scalar if scalar is not None else (as_array(x).dtype, False)


def _convert(x: Any, dtype: np.dtype[Any], weak: bool) -> Array:
    """An argument with the promoted dtype. A Python number becomes floating without the detour over int32."""
    if type(x) is int and dtype.kind not in "iub":
        return as_concrete(np.asarray(float(x)).astype(dtype))
    x = as_array(x)
    return cast(x, dtype, weak and x.weak_type)


def promote_dtypes(*xs: Any) -> list[Array]:
    """Arrays of the dtype that all arguments promote to; weakly typed if all are."""
    return _to_common(xs, lambda dtype: dtype)


def _to_common(xs: Sequence[Any], adjust: Any) -> list[Array]:
    dtype, weak = dtypes.promote(*[_typed(x) for x in xs])
    dtype = adjust(dtype)
    arrays = [_convert(x, dtype, weak) for x in xs]
    if weak:
        arrays = [x if x.weak_type else retype(x, True) for x in arrays]
    return arrays


def to_inexact(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype itself if floating or complex, else the default float."""
    return dtype if dtypes.is_inexact(dtype) else default_float()


def to_numeric(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype itself, or the default integer for booleans."""
    return default_int() if dtype == np.bool_ else dtype


def _same(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype


def _promote(fname: str, xs: Sequence[Any], adjust: Any) -> list[Array]:
    check_arraylike(fname, *xs)
    return promote_shapes(fname, *_to_common(xs, adjust))


def promote_args(fname: str, *xs: Any) -> list[Array]:
    """Checked arguments as arrays of one dtype (and while tracing, of one shape)."""
    return _promote(fname, xs, _same)


def promote_args_inexact(fname: str, *xs: Any) -> list[Array]:
    """As `promote_args`; integers and booleans become floats."""
    return _promote(fname, xs, to_inexact)


def promote_args_numeric(fname: str, *xs: Any) -> list[Array]:
    """As `promote_args`; booleans become integers."""
    return _promote(fname, xs, to_numeric)


def with_constants(x: Array) -> Array:
    """A result that JAX computes with constants spread over the array's shape: its type is weak only if it has no dimension."""
    return retype(x, False) if x.weak_type and x.ndim else x


# Shapes ------------------------------------------------------------------------------------------------------------------
def shape_of(x: Any) -> tuple[Any, ...]:
    """Shape of an array or scalar."""
    return x.shape if isinstance(x, (Array, np.ndarray, np.generic)) else np.shape(x)


def _broadcast_shape(shapes: Sequence[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    ndim = max((len(s) for s in shapes), default=0)
    out: list[Any] = [1] * ndim
    for s in shapes:
        for i, d in enumerate(s, ndim - len(s)):
            if d == 1 or d == out[i]:
                continue
            if out[i] != 1:
                return None
            out[i] = d
    return tuple(out)


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that arrays of the given shapes broadcast to.

    Args:
      shapes: tuples of integers, or integers.

    Raises:
      ValueError: they do not broadcast.

    Reference: NumPy, numpy.broadcast_shapes.

    >>> import pullback.numpy as pnp
    >>> pnp.broadcast_shapes((2, 1), (3,))
    (2, 3)
    """
    tuples = [canonical_shape(s) for s in shapes]
    shape = _broadcast_shape(tuples)
    if shape is None:
        raise BroadcastError(f"Incompatible shapes for broadcasting: shapes={tuples}")
    return shape


def common_shape(fname: str, *shapes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shape that shapes broadcast to; the error names the function."""
    shape = _broadcast_shape(shapes)
    if shape is None:
        raise BroadcastError(f"{fname} got incompatible shapes for broadcasting: {', '.join(map(str, shapes))}.")
    return shape


def promote_shapes(fname: str, *arrays: Array) -> list[Array]:
    """Arrays broadcast to one shape if an operation on them is traced; only checked otherwise."""
    first = arrays[0].shape
    if all(x.shape == first for x in arrays):
        return list(arrays)
    shape = common_shape(fname, *(x.shape for x in arrays))
    return [_spread(x, shape, True) for x in arrays] if is_traced(*arrays) else list(arrays)


def _spread(x: Array, shape: tuple[Any, ...], traced: bool) -> Array:
    """Broadcasting to a shape known to fit; concrete scalars become constants of the program under construction."""
    if x.shape == shape:
        return x
    if traced and x.shape == () and isinstance(x, ConcreteArray):
        return traced_splat(shape, x.dtype, x.host, x.weak_type)
    return pb.broadcast_in_dim(x, shape=shape, dims=tuple(range(len(shape) - x.ndim, len(shape))))


def broadcast_to(array: Any, shape: Any) -> Array:
    """An array repeated along new and size-1 axes to the given shape.

    Args:
      array: array or scalar.
      shape: tuple of integers, or an integer.

    Raises:
      ValueError: the array does not broadcast to the shape.

    Reference: NumPy, numpy.broadcast_to.

    >>> import pullback.numpy as pnp
    >>> pnp.broadcast_to(pnp.array([1, 2, 3]), (2, 3))
    Array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)
    """
    (x,) = arrays_of("broadcast_to", array)
    shape = canonical_shape(shape)
    if _broadcast_shape([x.shape, shape]) != shape:
        raise BroadcastError(f"Cannot broadcast to shape with fewer dimensions or other sizes: array of shape {x.shape} to {shape}")
    return _spread(x, shape, is_traced(x))


def broadcast_arrays(*args: Any) -> list[Array]:
    """Arrays broadcast against each other.

    Args:
      args: arrays or scalars.

    Returns:
      List of arrays of one shape; dtypes stay as they are.

    Raises:
      ValueError: shapes do not broadcast.

    Reference: NumPy, numpy.broadcast_arrays.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.broadcast_arrays(pnp.ones((2, 1)), pnp.ones(3))]
    [(2, 3), (2, 3)]
    """
    arrays = arrays_of("broadcast_arrays", *args)
    shape = common_shape("broadcast_arrays", *(x.shape for x in arrays))
    traced = is_traced(*arrays)
    return [_spread(x, shape, traced) for x in arrays]


def canonical_shape(shape: Any, what: str = "shape") -> tuple[Any, ...]:
    """A shape as a tuple of non-negative integers; one integer is a shape of one dimension."""
    if type(shape) is tuple and all(type(d) is int and d >= 0 for d in shape):
        return shape
    if isinstance(shape, (int, np.integer)) or (isinstance(shape, Array) and shape.ndim == 0):
        shape = (shape,)
    try:
        sizes = tuple(shape)
    except TypeError:
        raise TypeError(f"Shapes must be 1D sequences of integer scalars, got {shape!r} for {what}"[:300]) from None
    out = tuple(_dimension(d, shape, what) for d in sizes)
    for d in out:
        if isinstance(d, int) and d < 0:
            raise ArgumentError(f"{what} must have non-negative sizes, got {out}")
    return out


def _dimension(d: Any, shape: Any, what: str) -> Any:
    if type(d) is int:
        return d
    if isinstance(d, Tracer):
        return operator.index(d)
    if isinstance(d, (float, np.floating)):
        raise TypeError(f"Shapes must be 1D sequences of integer scalars, got {shape!r} for {what}"[:300])
    try:
        return operator.index(d)
    except TypeError:
        if isinstance(d, (str, bytes, list, tuple, dict)) or d is None:
            raise TypeError(f"Shapes must be 1D sequences of integer scalars, got {shape!r} for {what}"[:300]) from None
        return d  # a symbolic size


def reduction_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction with argument `axis` (None, an integer or a tuple) goes over, sorted."""
    if axis is None:
        return tuple(range(ndim))
    if type(axis) is int and 0 <= axis < ndim:
        return (axis,)
    if isinstance(axis, (tuple, list)):
        return tuple(sorted(canonical_axes(tuple(axis), ndim, "axis")))
    return (canonical_axis(axis, ndim),)
