"""Softmax and its kin, standardization, one-hot vectors: functions along axes of an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..custom import custom_jvp
from ..lax.util import as_int, canonical_axis, cast
from ..numpy.util import arrays_of, default_float, promote_args_inexact, reduction_axes


def _largest(x: Array, axis: Any, where: Any) -> Array:
    """The largest element along the axes, which stay with size 1."""
    if where is None:
        return pnp.max(x, axis, keepdims=True)
    return pnp.max(x, axis, keepdims=True, where=where, initial=-np.inf)


# Softmax -----------------------------------------------------------------------------------------------------------------
def softmax(x: Any, axis: Any = -1, where: Any = None) -> Array:
    """Exponentials along axes, scaled to sum 1.

    Args:
      x: array or scalar; integers become floats.
      axis: integer, tuple of integers, or None for all.
      where: which elements count; the others give 0.

    Raises:
      ValueError: an axis is out of bounds.

    Reference: JAX documentation, jax.nn.softmax.

    >>> from pullback import nn, numpy as pnp
    >>> nn.softmax(pnp.array([0.0, 1.0, 1000.0]))
    Array([0., 0., 1.], dtype=float32)
    """
    (a,) = promote_args_inexact("softmax", x)
    if a.size == 0:
        return a

    @custom_jvp
    def apply(v: Array) -> Array:
        weights = pnp.exp(v - _largest(v, axis, where))
        result = weights / pnp.sum(weights, axis, keepdims=True, where=where)
        return result if where is None else pnp.where(where, result, 0.0)

    def rule(primals: Any, tangents: Any) -> Any:
        (v,), (dv,) = primals, tangents
        y = apply(v)
        weighted = y * dv
        return y, weighted - y * pnp.sum(weighted, axis, keepdims=True, where=where)

    apply.defjvp(rule)
    return apply(a)


def log_softmax(x: Any, axis: Any = -1, where: Any = None) -> Array:
    """Logarithm of `softmax`.

    Args:
      x: array or scalar; integers become floats.
      axis: integer, tuple of integers, or None for all.
      where: which elements count; the others give -inf.

    Reference: JAX documentation, jax.nn.log_softmax.

    >>> from pullback import nn, numpy as pnp
    >>> nn.log_softmax(pnp.array([0.0, 0.0]))
    Array([-0.6931472, -0.6931472], dtype=float32)
    """
    (a,) = promote_args_inexact("log_softmax", x)
    if a.size == 0:
        return a
    if where is not None:
        a = pnp.where(where, a, -np.inf)
    shifted = a - lax.stop_gradient(_largest(a, axis, where))
    return shifted - pnp.log(pnp.sum(pnp.exp(shifted), axis, keepdims=True))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False, where: Any = None) -> Any:
    """``log(sum(b * exp(a)))`` over `axis`, without overflow.

    Args:
      a: array.
      axis: axis, axes, or None for all.
      b: factors of the exponentials, broadcast against `a`; infinite `a` do not count where they are 0.
      keepdims: whether reduced axes stay with size 1.
      return_sign: whether to return the logarithm of the absolute value, and the sign (complex: the phase) of the sum.
      where: boolean array of the elements to include.

    Returns:
      The logarithm, or a pair of it and the sign. NaN for a negative sum without `return_sign`.

    Raises:
      ValueError: an axis is out of bounds.

    Reference: SciPy, scipy.special.logsumexp; JAX documentation, jax.nn.logsumexp.

    >>> from pullback import nn, numpy as pnp
    >>> nn.logsumexp(pnp.array([1000.0, 1000.0]))
    Array(1000.69312, dtype=float32)
    """
    if where is not None:
        a = pnp.where(where, a, 0)
    if b is None:
        (a,) = promote_args_inexact("logsumexp", a)
    else:
        a, b = promote_args_inexact("logsumexp", a, b)
        a, b = pnp.broadcast_arrays(a, b)
        a = pnp.where(b != 0, a, -np.inf)
    axes = reduction_axes(axis, a.ndim)
    part = pnp.real(a) if T.is_complex(a.aval.dtype) else a
    top = pnp.max(part, axis=axes, keepdims=True, where=where, initial=-np.inf)
    top = lax.stop_gradient(pnp.where(pnp.isfinite(top), top, 0))
    powers = pnp.exp(a - top)
    if b is not None:
        powers = powers * b
    total = pnp.sum(powers, axis=axes, keepdims=keepdims, where=where)
    if not keepdims:
        top = pnp.squeeze(top, axis=axes)
    complex_ = T.is_complex(total.aval.dtype)
    sign = pnp.sign(total)
    if return_sign or not complex_:
        total = pnp.abs(total)
    out = pnp.log(total) + top
    if return_sign:
        return out, sign
    return pnp.where(sign < 0, np.nan, out).astype(out.dtype) if b is not None and not complex_ else out


def logmeanexp(x: Any, axis: Any = None, where: Any = None, keepdims: bool = False) -> Array:
    """Logarithm of the mean of exponentials over axes, without overflow.

    Args:
      x: array or scalar; integers become floats.
      axis: integer or tuple of integers; by default all axes.
      where: which elements count.
      keepdims: keep the reduced axes with size 1.

    Reference: JAX documentation, jax.nn.logmeanexp.

    >>> from pullback import nn, numpy as pnp
    >>> print(nn.logmeanexp(pnp.array([1000.0, 1000.0])))
    1000.0
    """
    (a,) = promote_args_inexact("logmeanexp", x)
    count = pnp.sum(pnp.ones_like(a, dtype=a.dtype), axis, where=where, keepdims=keepdims)
    return logsumexp(a, axis=axis, where=where, keepdims=keepdims) - pnp.log(count)


# Others ------------------------------------------------------------------------------------------------------------------
def standardize(
    x: Any,
    axis: Any = -1,
    mean: Any = None,
    variance: Any = None,
    epsilon: Any = 1e-5,
    where: Any = None,
    *,
    algorithm: str = "fast",
) -> Array:
    """Elements less their mean along axes, divided by their standard deviation.

    Args:
      x: array; integers become floats.
      axis: integer, tuple of integers, or None for all.
      mean, variance: the ones to use instead of the array's own.
      epsilon: what is added to the variance.
      where: which elements count for the mean and the variance.
      algorithm: "fast", from the mean of the squares, or "stable", from the squared distances to the mean.

    Raises:
      ValueError: another algorithm.

    Reference: JAX documentation, jax.nn.standardize.

    >>> from pullback import nn, numpy as pnp
    >>> nn.standardize(pnp.array([1.0, 2.0, 3.0])).round(3)
    Array([-1.225,  0.   ,  1.225], dtype=float32)
    """
    if algorithm not in ("fast", "stable"):
        raise ValueError(f"nn.standardize: algorithm must be 'fast' or 'stable', got {algorithm!r}")
    (a,) = promote_args_inexact("standardize", x)
    if mean is None:
        mean = pnp.mean(a, axis, keepdims=True, where=where)
    if variance is None:
        if algorithm == "fast":
            variance = pnp.mean(pnp.square(a), axis, keepdims=True, where=where) - pnp.square(mean)
        else:
            variance = pnp.mean(pnp.square(a - mean), axis, keepdims=True, where=where)
    return (a - mean) * lax.rsqrt(arrays_of("standardize", variance + epsilon)[0])


def one_hot(x: Any, num_classes: int, *, dtype: Any = None, axis: Any = -1) -> Array:
    """Vectors that are 1 at the given indices and 0 elsewhere.

    Args:
      x: array of indices; those outside ``[0, num_classes)`` give zeros.
      num_classes: size of the new axis.
      dtype: dtype of the result; the default float by default.
      axis: where the new axis goes.

    Returns:
      Array with one more dimension than `x`.

    Raises:
      TypeError: `num_classes` is no Python integer, or the axis is none.

    Reference: JAX documentation, jax.nn.one_hot.

    >>> from pullback import nn, numpy as pnp
    >>> nn.one_hot(pnp.array([0, 2, 3]), 3)
    Array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 0., 0.]], dtype=float32)
    """
    (index,) = arrays_of("one_hot", x)
    size = as_int(num_classes, "num_classes argument of nn.one_hot")
    axis = canonical_axis(axis, index.ndim + 1)
    wanted = default_float() if dtype is None else dtypes.canonicalize_dtype(dtype)
    shape = (*index.shape[:axis], size, *index.shape[axis:])
    spread = lax.broadcast_in_dim(index, shape, tuple(i for i in range(len(shape)) if i != axis))
    return cast(lax.eq(spread, lax.broadcasted_iota(index.dtype, shape, axis)), wanted)
