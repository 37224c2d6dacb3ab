"""Softmax and its kin, standardization, one-hot vectors: functions along axes of an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..custom import custom_jvp
from ..lax.util import as_int, canonical_axis, cast
from ..numpy.util import arrays_of, default_float, promote_args_inexact


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
    """Logarithm of the sum of exponentials over axes, without overflow.

    Args:
      a: array or scalar; integers become floats.
      axis: integer or tuple of integers; by default all axes.
      b: factors of the exponentials; they broadcast with `a`.
      keepdims: keep the reduced axes with size 1.
      return_sign: return the sign of the sum too, and the logarithm of its magnitude.
      where: which elements count.

    Returns:
      The logarithm, or with `return_sign` a pair (logarithm of the magnitude, sign).

    Reference: JAX documentation, jax.nn.logsumexp.

    >>> from pullback import nn, numpy as pnp
    >>> print(nn.logsumexp(pnp.array([1000.0, 1000.0])))
    1000.6931
    """
    from ..scipy.special import logsumexp as special_logsumexp

    return special_logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign, where=where)


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
