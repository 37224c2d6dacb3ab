"""Choosing among elements: categorical, permutation, choice."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array, ConcreteArray
from ..lax.util import as_int, as_operand, canonical_axis, cast
from ..numpy.util import as_array, broadcast_shapes, broadcast_to, canonical_shape, default_float, default_int
from .distributions import gumbel
from .keys import (
    _check_key,
    _random_bits,
    _row,
    split,
)
from .uniform_numbers import _uniform, randint


# Choosing ------------------------------------------------------------------------------------------------------------------
def categorical(key: Any, logits: Any, axis: int = -1, shape: Any = None, replace: bool = True, mode: str | None = None) -> Array:
    """Indices along an axis, with probabilities given by their logarithms up to a constant.

    Args:
      key: key.
      logits: logarithms of probabilities.
      axis: the axis of the categories.
      shape: shape of the result; by default that of `logits` without the axis.
      replace: whether draws are independent; without, they are distinct (the leading dimensions of `shape`).
      mode: None or "low".

    Reference: JAX documentation, jax.random.categorical.

    >>> from pullback import random, numpy as pnp
    >>> random.categorical(random.key(0), pnp.log(pnp.array([0.1, 0.0, 0.9])), shape=(5,))
    Array([2, 0, 2, 2, 2], dtype=int32)
    """
    k = _check_key(key, "categorical")
    x = as_array(logits)
    x = cast(x, x.dtype if dtypes.is_floating(x.dtype) else default_float())
    axis = canonical_axis(axis, x.ndim)
    batch = x.shape[:axis] + x.shape[axis + 1 :]
    size = batch if shape is None else canonical_shape(shape)
    lead = size[: len(size) - len(batch)]
    if size[len(lead) :] != batch and broadcast_shapes(size, batch) != size:
        raise ValueError(f"random.categorical: shape {size} does not end with the shape of the logits without axis {axis}, {batch}")
    if not replace:
        from ..numpy import argsort, moveaxis

        noise = gumbel(k, x.shape, x.dtype, mode)
        count = math.prod(lead)
        if count > x.shape[axis]:
            raise ValueError(f"random.categorical: cannot draw {count} distinct ones of {x.shape[axis]} categories")
        order = moveaxis(argsort(lax.neg(lax.add(noise, x)), axis=axis), axis, 0)
        return lax.reshape(lax.slice_in_dim(order, 0, count), size)
    full = (*size[: len(lead)], *size[len(lead) :][:axis], x.shape[axis], *size[len(lead) :][axis:])
    noise = gumbel(k, full, x.dtype, mode)
    return lax.argmax(lax.add(noise, broadcast_to(x, full)), axis + len(lead), default_int())


def _shuffle(key: Array, x: Array, axis: int) -> Array:
    """Sorts by random keys, as many times as make collisions unlikely."""
    rounds = math.ceil(3 * math.log(max(1, x.size)) / math.log(2**32 - 1))
    for _ in range(rounds):
        keys = split(key)
        key, sub = _row(keys, 0), _row(keys, 1)
        x = lax.sort_key_val(_random_bits(sub, 32, x.shape), x, axis)[1]
    return x


def permutation(key: Any, x: Any, axis: int = 0, independent: bool = False, *, out_sharding: None = None) -> Array:
    """A random order of the elements along an axis, or of the integers below `x`.

    Args:
      key: key.
      x: array or integer.
      axis: the axis.
      independent: whether each vector along the axis gets an order of its own.

    Reference: JAX documentation, jax.random.permutation.

    >>> from pullback import random
    >>> random.permutation(random.key(0), 5)
    Array([1, 0, 4, 3, 2], dtype=int32)
    """
    from ..numpy import take

    k = _check_key(key, "permutation")
    if isinstance(x, (int, np.integer)) or (isinstance(x, ConcreteArray) and x.ndim == 0):
        return _shuffle(k, lax.iota(default_int(), as_int(x, "x")), 0)
    array = as_operand(x, "random.permutation", 1)
    if array.ndim == 0:
        raise TypeError("x must be an integer or at least 1-dimensional")
    axis = canonical_axis(axis, array.ndim)
    if independent or array.ndim == 1:
        return _shuffle(k, array, axis)
    return take(array, _shuffle(k, lax.iota(default_int(), array.shape[axis]), 0), axis, mode="clip")


def choice(key: Any, a: Any, shape: Any = (), replace: bool = True, p: Any = None, axis: int = 0, mode: str | None = None) -> Array:
    """Random elements along an axis of an array, or random integers below `a`.

    Args:
      key: key.
      a: array or integer.
      shape: shape of the draws.
      replace: whether an element can be drawn more than once.
      p: probabilities of the elements; uniform by default.
      axis: the axis.
      mode: None or "low".

    Raises:
      ValueError: more draws without replacement than elements, or probabilities of another size.

    Reference: JAX documentation, jax.random.choice.

    >>> from pullback import random, numpy as pnp
    >>> random.choice(random.key(0), pnp.array([10, 20, 30]), (4,))
    Array([10, 20, 10, 20], dtype=int32)
    """
    from ..numpy import searchsorted, take

    k = _check_key(key, "choice")
    size = canonical_shape(shape)
    array = None if isinstance(a, (int, np.integer)) else as_operand(a, "random.choice", 1)
    if array is not None and array.ndim == 0:
        a, array = as_int(array, "a"), None
    if array is not None:
        axis = canonical_axis(axis, array.ndim)
    n = int(a) if array is None else array.shape[axis]
    draws = math.prod(size)
    if draws == 0:
        empty = lax.full(size, np.zeros((), default_int()))
        return empty if array is None else take(array, empty, axis, mode="clip")
    if n <= 0:
        raise ValueError("a must be greater than 0 unless no samples are taken")
    if not replace and draws > n:
        raise ValueError(f"Cannot take a larger sample ({draws} elements) than population ({n} elements) when 'replace=False'")
    if p is None:
        if not replace:
            order = permutation(k, n if array is None else array, axis)
            index = lax.slice_in_dim(order, 0, draws, axis=axis if array is not None else 0)
            rest = () if array is None else array.shape
            return lax.reshape(index, size if array is None else (*rest[:axis], *size, *rest[axis + 1 :]))
        index = randint(k, size, 0, n)
    else:
        weights = as_array(p)
        weights = cast(weights, weights.dtype if dtypes.is_floating(weights.dtype) else default_float())
        if weights.shape != (n,):
            raise ValueError(
                f"p must be None or a 1D vector with the same size as a.shape[axis], {n}, but has shape {weights.shape}."
            )
        if replace:
            total = lax.cumsum(weights, 0)
            last = lax.broadcast(lax.index_in_dim(total, -1, keepdims=False), size)
            r = lax.mul(last, lax.sub(np.ones((), weights.dtype), _uniform(k, size, weights.dtype, 0.0, 1.0)))
            index = searchsorted(total, r)
        else:
            noise = lax.add(gumbel(k, (n,), weights.dtype, mode), lax.log(weights))
            index = lax.reshape(lax.top_k(noise, draws)[1], size)
    index = cast(index, default_int())
    return index if array is None else take(array, index, axis, mode="clip")
