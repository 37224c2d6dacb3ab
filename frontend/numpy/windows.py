"""Window functions, and unwrapping of phases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..array import Array
from .creation import concrete_number
from .cumulative import cumsum, diff
from .manipulation import moveaxis
from .util import arrays_of, canonical_axis, cast, check_arraylike, default_float, promote_dtypes

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser", "unwrap"]


def _points(name: str, M: Any) -> tuple[int, np.ndarray[Any, Any]]:
    """Size of a window, and where its points are: from 0 to 1."""
    size = concrete_number(M, f"{name} argument 'M'")
    if not isinstance(size, (int, float, np.number)):
        raise TypeError(f"{name}: M must be an integer, got {type(M).__name__}: {M!r}"[:200])
    n = int(size)
    if n < 0:
        raise ValueError(f"{name}: M must not be negative, got {n}")
    return n, np.arange(n) / max(n - 1, 1)


def _window(name: str, M: Any, shape: Any) -> Array:
    from .creation import array

    n, t = _points(name, M)
    return array((np.ones(n) if n == 1 else shape(t)).astype(default_float()))


def bartlett(M: int) -> Array:
    """The Bartlett window: a triangle.

    Args:
      M: number of points.

    Reference: NumPy, numpy.bartlett.

    >>> import pullback.numpy as pnp
    >>> pnp.bartlett(5)
    Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window("bartlett", M, lambda t: 1 - np.abs(2 * t - 1))


def blackman(M: int) -> Array:
    """The Blackman window: a sum of two cosines.

    Args:
      M: number of points.

    Reference: NumPy, numpy.blackman.

    >>> import pullback.numpy as pnp
    >>> pnp.round(pnp.blackman(4), 2)
    Array([-0.  ,  0.63,  0.63, -0.  ], dtype=float32)
    """
    return _window("blackman", M, lambda t: 0.42 - 0.5 * np.cos(2 * np.pi * t) + 0.08 * np.cos(4 * np.pi * t))


def hamming(M: int) -> Array:
    """The Hamming window: a cosine on a pedestal.

    Args:
      M: number of points.

    Reference: NumPy, numpy.hamming.

    >>> import pullback.numpy as pnp
    >>> pnp.hamming(3)
    Array([0.08, 1.  , 0.08], dtype=float32)
    """
    return _window("hamming", M, lambda t: 0.54 - 0.46 * np.cos(2 * np.pi * t))


def hanning(M: int) -> Array:
    """The Hann window: a cosine that begins and ends at 0.

    Args:
      M: number of points.

    Reference: NumPy, numpy.hanning.

    >>> import pullback.numpy as pnp
    >>> pnp.hanning(5)
    Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window("hanning", M, lambda t: 0.5 - 0.5 * np.cos(2 * np.pi * t))


def kaiser(M: int, beta: Any) -> Array:
    """The Kaiser window, a Bessel function of a semicircle; differentiable in `beta`.

    Args:
      M: number of points.
      beta: shape parameter, a scalar: 0 gives a rectangle, larger numbers narrower windows.

    Reference: NumPy, numpy.kaiser.

    >>> import pullback.numpy as pnp
    >>> pnp.round(pnp.kaiser(5, 2.0), 3)
    Array([0.439, 0.835, 1.   , 0.835, 0.439], dtype=float32)
    """
    from . import i0

    n, t = _points("kaiser", M)
    (b,) = arrays_of("kaiser", beta)
    b = cast(b, default_float())
    if n == 1:
        from .filled import ones

        return ones(1, b.dtype)
    root = np.sqrt(np.maximum(1 - (2 * t - 1) ** 2, 0)).astype(b.dtype)
    return i0(b * root) / i0(b)


def unwrap(p: Any, discont: Any = None, axis: int = -1, period: Any = 2 * math.pi) -> Array:
    """Phases made continuous: where neighbours differ by more than half a period, multiples of the period are added.

    Args:
      p: array of real numbers.
      discont: least difference that counts as a jump; half the period by default, and never less.
      axis: the axis along which phases follow each other.
      period: the period; an integer keeps integer phases integers.

    Raises:
      ValueError: `p` is complex.

    Reference: NumPy, numpy.unwrap.

    >>> import pullback.numpy as pnp
    >>> pnp.unwrap(pnp.array([0, 1, 2, -1, 0]), period=4)
    Array([0, 1, 2, 3, 4], dtype=int32)
    """
    from . import abs, concatenate, mod, where

    check_arraylike("unwrap", p, period)
    x, cycle = promote_dtypes(p, period)
    if x.dtype.kind == "c":
        raise ValueError("unwrap does not support complex inputs")
    if x.dtype == np.bool_:
        x, cycle = cast(x, default_float()), cast(cycle, default_float())
    if x.ndim == 0:
        raise ValueError("unwrap requires input that is at least one dimensional, got a 0-d array")
    axis = canonical_axis(axis, x.ndim)
    if x.size == 0:
        return x
    steps: Any = diff(x, axis=axis)
    integers = cycle.dtype.kind in "iu"
    half: Any = cycle // 2 if integers else cycle / 2
    wrapped = mod(steps + half, cycle) - half
    # a step of exactly half a period keeps its direction
    wrapped = where((wrapped == -half) & (steps > 0), half, wrapped)
    least = half if discont is None else discont
    correction = where(abs(steps) < least, 0, wrapped - steps)
    total = cumsum(correction, axis=axis, dtype=x.dtype)
    first, rest = (moveaxis(moveaxis(x, axis, 0)[part], 0, axis) for part in (slice(0, 1), slice(1, None)))
    return concatenate([first, rest + total], axis=axis)
