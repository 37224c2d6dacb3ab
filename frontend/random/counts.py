"""Samples of distributions on the integers: binomial, multinomial, Poisson, geometric.

Each has two methods, one for small and one for large means; elements with the other mean get harmless parameters, since both
methods run. The loops end when every element has been accepted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..lax.util import cast
from ..numpy.util import as_array, broadcast_shapes, broadcast_to, canonical_shape, default_int
from .keys import _check_key, _row, split
from .uniform_numbers import _float_dtype, _shape_for, _uniform


# Poisson -----------------------------------------------------------------------------------------------------------------
def _poisson_by_products(key: Array, rate: Array) -> Array:
    """Knuth's method for small rates: how many uniform numbers have a product above ``exp(-rate)``."""
    size, dtype = rate.shape, rate.dtype
    limit = lax.neg(rate)

    def more(state: Any) -> Any:
        _, count, log_product = state
        keys = split(state[0])
        count = lax.select(lax.gt(log_product, limit), lax.add(count, np.asarray(1, dtype)), count)
        return _row(keys, 0), count, lax.add(log_product, lax.log(_uniform(_row(keys, 1), size, dtype, 0.0, 1.0)))

    zero = lax.full(size, np.asarray(0, dtype))
    _, count, _ = lax.while_loop(lambda state: pnp.any(lax.gt(state[2], limit)), more, (key, zero, zero))
    return lax.sub(count, np.asarray(1, dtype))


def _poisson_by_rejection(key: Array, rate: Array) -> Array:
    """Hörmann's transformed rejection with squeeze, PTRS, for rates of at least 10."""
    size, dtype = rate.shape, rate.dtype
    b = 0.931 + 2.53 * lax.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2)
    log_rate = lax.log(rate)

    def propose(state: Any) -> Any:
        _, result, accepted = state
        keys = split(state[0], 3)
        u = _uniform(_row(keys, 1), size, dtype, 0.0, 1.0) - 0.5
        v = _uniform(_row(keys, 2), size, dtype, 0.0, 1.0)
        us = 0.5 - lax.abs(u)
        k = lax.floor((2 * a / us + b) * u + rate + 0.43)
        left = lax.log(v * inverse_alpha / (a / (us * us) + b))
        right = -rate + k * log_rate - lax.lgamma(k + 1)
        quick = (us >= 0.07) & (v <= v_r)
        outside = (k < 0) | ((us < 0.013) & (v > us))
        accept = quick | (~outside & (left <= right))
        return _row(keys, 0), lax.select(accept, k, result), accepted | accept

    start = (key, lax.full(size, np.asarray(-1, dtype)), lax.full(size, np.asarray(False)))
    return lax.while_loop(lambda state: ~pnp.all(state[2]), propose, start)[1]


def poisson(key: Any, lam: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Poisson-distributed integers.

    Args:
      key: key.
      lam: means, not negative.
      shape: shape of the result; by default that of `lam`.
      dtype: integer dtype; int32 by default.

    Raises:
      TypeError: the dtype is no integer dtype.

    Reference: The transformed rejection method for generating Poisson random variables (Hörmann 1993); for means below 10,
      The Art of Computer Programming 2, 3.4.1 (Knuth).

    >>> from pullback import random
    >>> x = random.poisson(random.key(0), 4.0, (1000,))
    >>> print(x.dtype, bool(abs(x.mean() - 4) < 0.3))
    int32 True
    """
    k = _check_key(key, "poisson")
    wanted = default_int() if dtype is None else dtypes.requested_dtype(dtype, "poisson")
    if not dtypes.is_integer(wanted):
        raise TypeError(f"dtype argument to `poisson` must be an integer dtype, got {wanted.name}")
    rate = cast(as_array(lam), np.dtype(np.float32))
    rate = broadcast_to(rate, _shape_for(shape, "poisson", rate))
    small = (rate < 10) | pnp.isnan(rate)
    few = _poisson_by_products(k, pnp.where(small, rate, 0.0))
    many = _poisson_by_rejection(k, pnp.where(small, 1e5, rate))
    return cast(pnp.where(rate == 0, 0.0, pnp.where(small, few, many)), wanted)


# Binomial ----------------------------------------------------------------------------------------------------------------
def _binomial_by_waiting(key: Array, count: Array, prob: Array) -> Array:
    """For small means: how many geometrically distributed waiting times fit into the trials."""
    size, dtype = count.shape, count.dtype
    log_failure = lax.log1p(-prob)

    def more(state: Any) -> Any:
        _, successes, trials = state
        keys = split(state[0])
        successes = lax.select(trials <= count, successes + 1, successes)
        waiting = lax.ceil(lax.log(_uniform(_row(keys, 0), size, dtype, 0.0, 1.0)) / log_failure)
        return _row(keys, 1), successes, trials + waiting

    zero = lax.full(size, np.asarray(0, dtype))
    return lax.while_loop(lambda state: pnp.any(state[2] <= count), more, (key, zero, zero))[1] - 1


#: log(k!) less Stirling's approximation of it, for k = 0, ..., 9
_STIRLING = np.array([math.lgamma(k + 1) - (0.5 * math.log(2 * math.pi) + (k + 0.5) * math.log(k + 1) - k - 1) for k in range(10)])


def _stirling_tail(k: Array) -> Array:
    table = pnp.take(as_array(_STIRLING.astype(k.dtype)), cast(lax.clamp(0.0, k, 9.0), np.dtype(np.int32)), mode="clip")
    y = lax.max(k, np.zeros((), k.dtype)) + 1
    square = y * y
    return pnp.where(k <= 9, table, (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / y)


def _binomial_by_rejection(key: Array, count: Array, prob: Array) -> Array:
    """Hörmann's transformed rejection with squeeze, BTRS, for means of at least 10."""
    size, dtype = count.shape, count.dtype
    deviation = lax.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    c = count * prob + 0.5
    v_r = 0.92 - 4.2 / b
    r = prob / (1 - prob)
    alpha = (2.83 + 5.1 / b) * deviation
    m = lax.floor((count + 1) * prob)
    at_mode = (m + 0.5) * lax.log((m + 1) / (r * (count - m + 1))) + _stirling_tail(m) + _stirling_tail(count - m)

    def propose(state: Any) -> Any:
        _, result, accepted = state
        keys = split(state[0], 3)
        u = _uniform(_row(keys, 1), size, dtype, 0.0, 1.0) - 0.5
        v = _uniform(_row(keys, 2), size, dtype, 0.0, 1.0)
        us = 0.5 - lax.abs(u)
        k = lax.floor((2 * a / us + b) * u + c)
        quick = (us >= 0.07) & (v <= v_r)
        outside = (k < 0) | (k > count)
        inside = lax.clamp(np.zeros((), dtype), k, count)  # where it is outside, nothing below counts
        left = lax.log(v * alpha / (a / (us * us) + b))
        right = (
            at_mode
            + (count + 1) * lax.log((count - m + 1) / (count - inside + 1))
            + (inside + 0.5) * lax.log(r * (count - inside + 1) / (inside + 1))
            - _stirling_tail(inside)
            - _stirling_tail(count - inside)
        )
        accept = quick | (~outside & (left <= right))
        return _row(keys, 0), lax.select(accept, k, result), accepted | accept

    start = (key, lax.full(size, np.asarray(-1, dtype)), lax.full(size, np.asarray(False)))
    return lax.while_loop(lambda state: ~pnp.all(state[2]), propose, start)[1]


def _binomial(key: Array, n: Array, p: Array) -> Array:
    """Counts of one dtype and shape with the parameters. The rarer outcome is counted."""
    flipped = p >= 0.5
    rare = lax.select(flipped, 1 - p, p)
    bad_n, bad_p = pnp.isnan(n) | (n < 0), pnp.isnan(rare) | (rare < 0)
    safe = pnp.where(bad_p, 0.01, rare)
    small = bad_n | (n * safe <= 10)
    infinite = pnp.isinf(n) & ~bad_n
    trials = lax.floor(n)
    few = _binomial_by_waiting(key, pnp.where(small & ~bad_n, trials, 0.0), pnp.where(small, safe, 0.5))
    usual = ~small & ~infinite
    many = _binomial_by_rejection(key, pnp.where(usual, trials, 1e4), pnp.where(usual, safe, 0.5))
    count = lax.select(small, few, many)
    count = lax.select(flipped, trials - count, count)
    return pnp.where(bad_n | bad_p, np.nan, pnp.where(infinite, np.inf, count))


def binomial(key: Any, n: Any, p: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Numbers of successes in independent trials.

    Args:
      key: key.
      n: numbers of trials.
      p: probabilities of success.
      shape: shape of the result; by default what the parameters broadcast to.
      dtype: floating dtype; float32 by default.

    Returns:
      Array of floats; NaN where `n` or `p` is invalid.

    Reference: The generation of binomial random variates (Hörmann 1993); for means up to 10, Non-Uniform Random Variate
      Generation (Devroye 1986), X.4.3.

    >>> from pullback import random
    >>> x = random.binomial(random.key(0), 10, 0.3, (1000,))
    >>> print(x.dtype, bool(abs(x.mean() - 3) < 0.3))
    float32 True
    """
    k = _check_key(key, "binomial")
    wanted = _float_dtype(dtype, "binomial")
    count, prob = (cast(as_array(v), wanted) for v in (n, p))
    size = _shape_for(shape, "binomial", count, prob)
    return _binomial(k, broadcast_to(count, size), broadcast_to(prob, size))


def multinomial(key: Any, n: Any, p: Any, *, shape: Any = None, dtype: Any = None, unroll: int | bool = 1) -> Array:
    """Numbers of trials that ended in each category.

    Args:
      key: key.
      n: numbers of trials; array of shape [...].
      p: probabilities of the categories along the last dimension; array of shape [..., categories].
      shape: shape of the result; by default the one that `n` and the leading dimensions of `p` broadcast to, with the
        categories last.
      dtype: floating dtype; float32 by default.
      unroll: how many categories a compiled loop handles per iteration.

    Returns:
      Array of floats, with sums `n` along the last dimension.

    Raises:
      ValueError: the shapes do not fit.

    Reference: JAX documentation, jax.random.multinomial.

    >>> from pullback import random, numpy as pnp
    >>> x = random.multinomial(random.key(0), 10, pnp.array([0.2, 0.3, 0.5]))
    >>> print(x.shape, float(x.sum()))
    (3,) 10.0
    """
    k = _check_key(key, "multinomial")
    wanted = _float_dtype(dtype, "multinomial")
    count, prob = (cast(as_array(v), wanted) for v in (n, p))
    if prob.ndim < 1:
        raise ValueError("random.multinomial: p must have at least one dimension, that of the categories")
    categories = prob.shape[-1]
    lead = broadcast_shapes(count.shape, prob.shape[:-1])
    if shape is not None:
        size = canonical_shape(shape)
        if not size or size[-1] != categories or broadcast_shapes(size[:-1], lead) != size[:-1]:
            raise ValueError(f"random.multinomial: shape {size} is not what parameters of shape {(*lead, categories)} broadcast to")
        lead = size[:-1]
    # category by category: a binomial number of the trials that are left, with the category's share of what is left
    rest = lax.cumsum(prob, prob.ndim - 1, reverse=True)
    share = lax.clamp(0.0, prob / pnp.where(rest == 0, 1.0, rest), 1.0)
    shares = pnp.moveaxis(broadcast_to(share, (*lead, categories)), -1, 0)

    def step(left: Array, x: Any) -> Any:
        drawn = _binomial(x[0], left, x[1])
        return left - drawn, drawn

    _, drawn = lax.scan(step, broadcast_to(count, lead), (split(k, categories), shares), unroll=unroll)
    return pnp.moveaxis(drawn, 0, -1)


# Geometric ---------------------------------------------------------------------------------------------------------------
def geometric(key: Any, p: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Numbers of trials up to and including the first success.

    Args:
      key: key.
      p: probabilities of success.
      shape: shape of the result; by default that of `p`.
      dtype: integer dtype; int32 by default.

    Raises:
      TypeError: the dtype is no integer dtype.

    Reference: JAX documentation, jax.random.geometric.

    >>> from pullback import random
    >>> x = random.geometric(random.key(0), 0.5, (1000,))
    >>> print(int(x.min()), bool(abs(x.mean() - 2) < 0.3))
    1 True
    """
    k = _check_key(key, "geometric")
    wanted = default_int() if dtype is None else dtypes.requested_dtype(dtype, "geometric")
    if not dtypes.is_integer(wanted):
        raise TypeError(f"dtype argument to `geometric` must be an integer dtype, got {wanted.name}")
    prob = as_array(p)
    prob = cast(prob, prob.dtype if dtypes.is_floating(prob.dtype) else _float_dtype(None, "geometric"))
    size = _shape_for(shape, "geometric", prob)
    u = _uniform(k, size, prob.dtype, 0.0, 1.0)
    u = pnp.where(u == 0, 1.0, u)
    return cast(lax.floor(lax.log(u) / broadcast_to(lax.log1p(-prob), size)) + 1, wanted)
