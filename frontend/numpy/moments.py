"""Mean, variance, standard deviation, weighted average."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes
from ..array import Array
from .emit import pb, splat
from .reductions import sum
from .ufuncs import divide, maximum, multiply, no_out, sqrt, subtract, truth
from .util import (
    ArgumentError,
    arrays_of,
    as_array,
    broadcast_to,
    canonical_axis,
    cast,
    check_arraylike,
    promote_args_inexact,
    reduction_axes,
    strong_array,
    to_inexact,
)


# Moments -----------------------------------------------------------------------------------------------------------------
def count(x: Array, axes: tuple[int, ...]) -> Any:
    n: Any = 1
    for i in axes:
        n = n * x.shape[i]
    return n


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype to compute in: f32 for 16-bit floats."""
    return np.dtype("float32") if dtypes.is_floating(dtype) and dtype.itemsize == 2 else dtype


def _counted(name: str, x: Array, axes: tuple[int, ...], where: Any, keepdims: bool) -> Any:
    """How many elements count: a number, or an array with a mask."""
    if where is None:
        return float(count(x, axes))
    mask = broadcast_to(truth(arrays_of(name, where)[0]), x.shape)
    return sum(mask, axes, np.dtype("float32"), keepdims=keepdims)


def mean(a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, *, where: Any = None) -> Array:
    """Arithmetic mean over axes; NaN of no elements.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      dtype: dtype of the result; by default float32 for integers.
      out: not supported; must be None.
      keepdims: keep the reduced axes with size 1.
      where: boolean array that broadcasts to `a`: which elements count.

    Reference: NumPy, numpy.mean.

    >>> import pullback.numpy as pnp
    >>> pnp.mean(pnp.array([[1, 2], [3, 5]]), axis=0)
    Array([2. , 3.5], dtype=float32)
    """
    x = strong_array("mean", a)
    no_out("mean", out)
    axes = reduction_axes(axis, x.ndim)
    result = to_inexact(x.dtype) if dtype is None else dtypes.requested_dtype(dtype, "mean")
    compute = wide(to_inexact(result))
    total = sum(cast(x, compute), axes, keepdims=keepdims, where=where)
    n = _counted("mean", x, axes, where, keepdims)
    return cast(divide(total, n if isinstance(n, float) else cast(n, compute)), result)


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: Any = None,
) -> Array:
    """Variance over axes: the mean squared distance from the mean; real for complex numbers.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      dtype: dtype of the result.
      out: not supported; must be None.
      ddof: the divisor is the number of elements less this.
      keepdims: keep the reduced axes with size 1.
      where: boolean array that broadcasts to `a`: which elements count.
      mean: the mean, if known; of a shape that broadcasts against `a`.
      correction: another name of `ddof`.

    Reference: NumPy, numpy.var.

    >>> import pullback.numpy as pnp
    >>> pnp.var(pnp.array([1.0, 3.0])), pnp.var(pnp.array([1.0, 3.0]), ddof=1)
    (Array(1., dtype=float32), Array(2., dtype=float32))
    """
    x = strong_array("var", a)
    no_out("var", out)
    if correction is not None:
        if not (isinstance(ddof, int) and ddof == 0):
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    return variance("var", x, axis, dtype, ddof, keepdims, where, mean)


def variance(name: str, x: Array, axis: Any, dtype: Any, ddof: Any, keepdims: bool, where: Any, known_mean: Any) -> Array:
    axes = reduction_axes(axis, x.ndim)
    base = to_inexact(x.dtype)
    wanted = None if dtype is None else dtypes.requested_dtype(dtype, name)
    if wanted is not None:
        base, _ = dtypes.promote((base, False), (to_inexact(wanted), False))
    compute = wide(base)
    x = cast(x, compute)
    center = mean(x, axes, keepdims=True, where=where) if known_mean is None else known_mean
    distance = subtract(x, center)
    if T.is_complex(distance.aval.dtype):
        re, im = pb.real(distance), pb.imag(distance)
        squares = pb.add(pb.integer_pow(re, y=2), pb.integer_pow(im, y=2))
    else:
        squares = pb.integer_pow(distance, y=2)
    total = sum(squares, axes, keepdims=keepdims, where=where)
    n = _counted(name, x, axes, where, keepdims)
    if isinstance(n, Array) or not isinstance(ddof, (int, float)):
        divisor: Any = maximum(subtract(n, ddof), 0)
    else:
        divisor = max(n - ddof, 0)
    out = divide(total, divisor)
    result = np.dtype(T.np_dtype(T.real_of(T.from_np(base)))) if wanted is None else wanted
    return cast(out, result)


def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: Any = None,
) -> Array:
    """Standard deviation over axes: the root of the variance.

    Args:
      a: array or scalar.
      axis, dtype, out, ddof, keepdims, where, mean, correction: as in `var`.

    Reference: NumPy, numpy.std.

    >>> import pullback.numpy as pnp
    >>> pnp.std(pnp.array([1.0, 3.0]))
    Array(1., dtype=float32)
    """
    check_arraylike("std", a)
    no_out("std", out)
    return sqrt(var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """Weighted mean over axes.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      weights: array of the shape of `a`, or of its size along `axis`; by default all ones.
      returned: return ``(average, sum of weights)``.
      keepdims: keep the reduced axes with size 1.

    Raises:
      TypeError, ValueError: the weights do not fit.

    Reference: NumPy, numpy.average.

    >>> import pullback.numpy as pnp
    >>> pnp.average(pnp.array([1.0, 2.0]), weights=pnp.array([3.0, 1.0]))
    Array(1.25, dtype=float32)
    """
    if weights is None:
        x = strong_array("average", a)
        out = mean(x, axis, keepdims=keepdims)
        if not returned:
            return out
        n = count(x, reduction_axes(axis, x.ndim))
        return out, splat(out.shape, out.dtype, n)
    check_arraylike("average", a, weights)
    x, w = promote_args_inexact("average", as_array(a), _weights(as_array(a), as_array(weights), axis))
    w = broadcast_to(w, x.shape)
    total = sum(w, axis, keepdims=keepdims)
    out = divide(sum(multiply(x, w), axis, keepdims=keepdims), total)
    return (out, broadcast_to(total, out.shape)) if returned else out


def _weights(x: Array, w: Array, axis: Any) -> Array:
    if w.shape == x.shape:
        return w
    if axis is None:
        raise ArgumentError("Axis must be specified when shapes of a and weights differ.")
    if isinstance(axis, (tuple, list)):
        axes = [canonical_axis(i, x.ndim) for i in axis]
        if w.shape != tuple(x.shape[i] for i in axes):
            raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
        order = sorted(range(len(axes)), key=lambda i: axes[i])
        w = w if order == list(range(len(axes))) else pb.transpose(w, perm=tuple(order))
        return pb.reshape(w, shape=tuple(d if i in axes else 1 for i, d in enumerate(x.shape)))
    if w.ndim != 1:
        raise ArgumentError("1D weights expected when shapes of a and weights differ.")
    axis = canonical_axis(axis, x.ndim)
    if w.shape[0] != x.shape[axis]:
        raise ValueError("Length of weights not compatible with specified axis.")
    return pb.reshape(w, shape=tuple(x.shape[axis] if i == axis else 1 for i in range(x.ndim)))
