"""Uniform floats and integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array, as_concrete
from ..lax.util import cast
from ..numpy.util import as_array, broadcast_shapes, broadcast_to, canonical_shape, default_float, default_int
from .keys import (
    _UINTS,
    _check_key,
    _random_bits,
    _row,
    split,
)


# Uniform -----------------------------------------------------------------------------------------------------------------
def _float_dtype(dtype: Any, fname: str) -> np.dtype[Any]:
    wanted = default_float() if dtype is None else dtypes.requested_dtype(dtype, fname)
    if not dtypes.is_floating(wanted):
        raise ValueError(f"dtype argument to `{fname}` must be a float dtype, got {wanted.name}")
    return wanted


def _shape_for(shape: Any, fname: str, *parameters: Array) -> tuple[int, ...]:
    """The given shape, which the parameters must broadcast to; by default the shape that they broadcast to."""
    common = broadcast_shapes(*(p.shape for p in parameters))
    if shape is None:
        return common
    wanted = canonical_shape(shape)
    if broadcast_shapes(wanted, common) != wanted:
        raise ValueError(f"random.{fname}: shape {wanted} is not what parameters of shape {common} broadcast to")
    return wanted


def _uniform(key: Array, shape: tuple[int, ...], dtype: np.dtype[Any], minval: Any, maxval: Any) -> Array:
    """Random mantissas make numbers in [1, 2); those are shifted and scaled."""
    width = dtype.itemsize * 8
    mantissa = int(dtypes.finfo(dtype).nmant)
    drawn = 8 if mantissa < 8 else width
    unsigned = _UINTS[width]
    number = cast(_random_bits(key, drawn, shape), unsigned)
    one = np.ones((), dtype)
    number = lax.bitwise_or(lax.shift_right_logical(number, np.asarray(drawn - mantissa, unsigned)), one.view(unsigned))
    unit = lax.sub(lax.bitcast_convert_type(number, dtype), one)
    low, high = (
        broadcast_to(cast(as_array(v), dtype), shape) if isinstance(v, Array) else np.asarray(v, dtype) for v in (minval, maxval)
    )
    scaled = lax.add(lax.mul(unit, lax.sub(high, low)), low)
    return lax.max(scaled, low)


def uniform(key: Any, shape: Any = (), dtype: Any = None, minval: Any = 0.0, maxval: Any = 1.0) -> Array:
    """Numbers that are uniformly distributed in ``[minval, maxval)``.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype.
      minval, maxval: bounds; they broadcast to `shape`.

    Reference: JAX documentation, jax.random.uniform.

    >>> from pullback import random
    >>> x = random.uniform(random.key(0), (1000,), minval=2.0, maxval=3.0)
    >>> bool(((x >= 2) & (x < 3)).all())
    True
    """
    k = _check_key(key, "uniform")
    low, high = (as_array(v) for v in (minval, maxval))
    return _uniform(k, _shape_for(shape, "uniform", low, high), _float_dtype(dtype, "uniform"), low, high)


def _open_uniform(key: Array, shape: tuple[int, ...], dtype: np.dtype[Any], low: Any) -> Array:
    """Uniform in ``[low, 1)`` for a small positive `low`."""
    return _uniform(key, shape, dtype, low, 1.0)


def randint(key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any = None) -> Array:
    """Integers that are uniformly distributed in ``[minval, maxval)``.

    Args:
      key: key.
      shape: shape of the result.
      minval, maxval: integer bounds; they broadcast to `shape`.
      dtype: integer dtype; bounds beyond its range are limited to it.

    Raises:
      TypeError: the bounds or the dtype are no integers.
      OverflowError: a bound fits neither into the dtype nor into the default integer dtype.

    Reference: JAX documentation, jax.random.randint.

    >>> from pullback import random
    >>> random.randint(random.key(0), (4,), 0, 10)
    Array([8, 1, 7, 0], dtype=int32)
    """
    k = _check_key(key, "randint")
    wanted = default_int() if dtype is None else dtypes.requested_dtype(dtype, "randint")
    if not dtypes.is_integer(wanted):
        raise TypeError(f"randint only accepts integer dtypes, got {wanted.name}")
    info = np.iinfo(wanted)
    if wanted.itemsize < 4:  # sampled in 32 bits, which makes the bias of the remainder small
        wide = np.dtype(np.int32)
        (low, _), (high, _) = (_bound(v, np.iinfo(wide), wide) for v in (minval, maxval))
        low = lax.clamp(np.int32(info.min), low, np.int32(info.max))
        high = lax.clamp(np.int32(info.min), high, np.int32(info.max + 1))
        return cast(randint(k, shape, low, high, wide), wanted)
    width = wanted.itemsize * 8
    unsigned = _UINTS[width]
    (low, _), (high, over) = (_bound(v, info, wanted) for v in (minval, maxval))
    size = _shape_for(shape, "randint", low, high)
    low, high = broadcast_to(low, size), broadcast_to(high, size)
    upper, lower = (_random_bits(sub, width, size) for sub in (_row(split(k), 0), _row(split(k), 1)))
    empty = lax.le(high, low)
    span = lax.sub(cast(high, unsigned), cast(low, unsigned))
    one = np.ones((), unsigned)
    span = lax.select(empty, lax.full(size, one), span)
    if over is not False:  # an upper bound just above the range of the dtype
        beyond = broadcast_to(as_array(over), size)
        span = lax.select(lax.bitwise_and(beyond, lax.gt(high, low)), lax.add(span, one), span)
    # (upper * 2**width + lower) modulo span, in two steps that do not overflow; a span of 0 stands for 2**width
    half = lax.rem(np.asarray(2 ** (width // 2), unsigned), _nonzero(span))
    multiplier = lax.rem(lax.mul(half, half), _nonzero(span))
    offset = lax.add(lax.mul(_rem(upper, span), multiplier), _rem(lower, span))
    return lax.add(low, cast(_rem(offset, span), wanted))


def _nonzero(span: Array) -> Array:
    return lax.max(span, np.ones((), span.dtype))


def _rem(x: Array, span: Array) -> Array:
    """Remainder of unsigned integers, of which 0 as divisor keeps the dividend."""
    return lax.select(lax.eq(span, np.zeros((), span.dtype)), x, lax.rem(x, _nonzero(span)))


def _bound(value: Any, info: Any, dtype: np.dtype[Any]) -> tuple[Array, Any]:
    """A bound limited to the dtype's range, and whether it was above."""
    if isinstance(value, (int, np.integer)):
        usual = np.iinfo(default_int())
        if not min(usual.min, info.min) <= value <= max(usual.max, info.max + 1):
            raise OverflowError(f"randint: the bound {value} is out of the range of {dtype.name} and of {default_int().name}")
        limited = min(max(int(value), int(info.min)), int(info.max))
        return as_concrete(np.asarray(limited, dtype)), int(value) > info.max
    x = as_array(value)
    if not dtypes.is_integer(x.dtype):
        raise TypeError(f"randint: bounds must be integers, got {x.dtype.name}")
    own = np.iinfo(x.dtype)
    over: Any = False
    if own.max > info.max:
        over = lax.gt(x, np.asarray(info.max, x.dtype))
    low, high = max(int(own.min), int(info.min)), min(int(own.max), int(info.max))
    return cast(lax.clamp(np.asarray(low, x.dtype), x, np.asarray(high, x.dtype)), dtype), over
