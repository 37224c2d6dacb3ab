"""Samples of continuous and two-valued distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array
from ..lax.util import cast
from ..numpy.util import as_array, broadcast_shapes, broadcast_to, canonical_shape, default_float, default_int
from .keys import (
    _check_key,
    _row,
    split,
)
from .uniform_numbers import _float_dtype, _open_uniform, _shape_for, _uniform


# Normal ------------------------------------------------------------------------------------------------------------------
def _normal(key: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "c":
        part = np.dtype(np.float64 if dtype.itemsize == 16 else np.float32)
        keys = split(key)
        real, imag = (_normal(_row(keys, i), shape, part) for i in range(2))
        return lax.div(lax.complex(real, imag), np.asarray(np.sqrt(2), dtype))
    low = np.nextafter(np.asarray(-1, dtype), np.asarray(0, dtype), dtype=dtype)
    u = _uniform(key, shape, dtype, low, 1.0)
    return lax.mul(lax.erf_inv(u), np.asarray(np.sqrt(2), dtype))


def normal(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Standard normal numbers; complex ones have variance 1 in total.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating or complex dtype.

    Reference: JAX documentation, jax.random.normal.

    >>> from pullback import random
    >>> print(random.normal(random.key(0), (2,)).round(4))
    [-0.7848  0.8564]
    """
    k = _check_key(key, "normal")
    wanted = default_float() if dtype is None else dtypes.requested_dtype(dtype, "normal")
    if not dtypes.is_inexact(wanted):
        raise ValueError(f"dtype argument to `normal` must be a float or complex dtype, got {wanted.name}")
    return _normal(k, canonical_shape(shape), wanted)


def truncated_normal(key: Any, lower: Any, upper: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Standard normal numbers, given that they lie between bounds.

    Args:
      key: key.
      lower, upper: bounds.
      shape: shape of the result; by default the one that the bounds broadcast to.
      dtype: floating dtype.

    Reference: JAX documentation, jax.random.truncated_normal.

    >>> from pullback import random
    >>> x = random.truncated_normal(random.key(0), -1.0, 2.0, (1000,))
    >>> bool(((x > -1) & (x < 2)).all())
    True
    """
    k = _check_key(key, "truncated_normal")
    wanted = _float_dtype(dtype, "truncated_normal")
    low, high = (cast(as_array(v), wanted) for v in (lower, upper))
    size = _shape_for(shape, "truncated_normal", low, high)
    root = np.asarray(np.sqrt(2), wanted)
    bounds = [lax.erf(lax.div(v, root)) for v in (low, high)]
    out = lax.mul(root, lax.erf_inv(_uniform(k, size, wanted, *bounds)))
    inf = np.asarray(np.inf, wanted)
    first = lax.nextafter(lax.stop_gradient(low), inf)
    last = lax.nextafter(lax.stop_gradient(high), np.asarray(-np.inf, wanted))
    return lax.min(lax.max(out, broadcast_to(first, size)), broadcast_to(last, size))


def multivariate_normal(key: Any, mean: Any, cov: Any, shape: Any = None, dtype: Any = None, method: str = "cholesky") -> Array:
    """Normal vectors with a given mean and covariance.

    Args:
      key: key.
      mean: array of shape [..., n].
      cov: array of shape [..., n, n], positive definite.
      shape: shape of the result without its last dimension; by default what those of `mean` and `cov` broadcast to.
      dtype: floating dtype.
      method: "cholesky", "eigh" or "svd": how the covariance is factored; the last two allow semidefinite ones.

    Raises:
      ValueError: the shapes do not fit, or an unknown method.

    Reference: JAX documentation, jax.random.multivariate_normal.

    >>> from pullback import random, numpy as pnp
    >>> random.multivariate_normal(random.key(0), pnp.zeros(2), pnp.eye(2), (5,)).shape
    (5, 2)
    """
    from ..numpy import add, matvec

    k = _check_key(key, "multivariate_normal")
    wanted = _float_dtype(dtype, "multivariate_normal")
    if method not in ("cholesky", "eigh", "svd"):
        raise ValueError(f"random.multivariate_normal: method must be 'cholesky', 'eigh' or 'svd', got {method!r}")
    m, c = (cast(as_array(v), wanted) for v in (mean, cov))
    if m.ndim < 1 or c.ndim < 2 or c.shape[-2:] != (m.shape[-1],) * 2:
        raise ValueError(
            f"random.multivariate_normal needs a mean of shape [..., n] and a covariance [..., n, n], got {m.shape} and {c.shape}"
        )
    batch = broadcast_shapes(m.shape[:-1], c.shape[:-2])
    size = batch if shape is None else canonical_shape(shape)
    if broadcast_shapes(size, batch) != size:
        raise ValueError(f"random.multivariate_normal: shape {size} is not what a mean and a covariance of {batch} broadcast to")
    draws = _normal(k, (*size, m.shape[-1]), wanted)
    return add(m, matvec(_root(c, method), draws))


def _root(covariance: Array, method: str) -> Array:
    """A matrix that, times its own transpose, is the covariance."""
    from ..numpy import expand_dims, linalg, multiply, sqrt

    if method == "cholesky":
        return lax.linalg.cholesky(covariance)
    if method == "eigh":
        values, vectors = linalg.eigh(covariance)
        values = lax.max(values, broadcast_to(np.zeros((), values.dtype), values.shape))  # rounding makes zeros negative
    else:
        vectors, values, _ = linalg.svd(covariance)
    return multiply(vectors, expand_dims(sqrt(values), -2))


# Distributions made of uniform numbers -------------------------------------------------------------------------------------
def bernoulli(key: Any, p: Any = 0.5, shape: Any = None, mode: str = "low") -> Array:
    """Booleans that are true with probability `p`.

    Args:
      key: key.
      p: probabilities.
      shape: shape of the result; by default that of `p`.
      mode: "low", or "high" for probabilities that are exact to twice as many bits, from twice as many random ones.

    Raises:
      ValueError: another mode.

    Reference: JAX documentation, jax.random.bernoulli.

    >>> from pullback import random
    >>> random.bernoulli(random.key(0), 0.3, (4,))
    Array([False,  True, False,  True], dtype=bool)
    """
    k = _check_key(key, "bernoulli")
    if mode not in ("low", "high"):
        raise ValueError(f"random.bernoulli: mode must be 'low' or 'high', got {mode!r}")
    prob = as_array(p)
    prob = cast(prob, prob.dtype if dtypes.is_floating(prob.dtype) else default_float())
    size = _shape_for(shape, "bernoulli", prob)
    if mode == "high":
        coarse, fine = _coarse_and_fine(k, size, prob.dtype)
        return lax.lt(fine, lax.sub(broadcast_to(prob, size), coarse))
    return lax.lt(_uniform(k, size, prob.dtype, 0.0, 1.0), broadcast_to(prob, size))


def _coarse_and_fine(key: Array, size: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Two numbers whose exact sum is uniform in [0, 1): the second one fills the gaps between the values of the first."""
    both = _uniform(key, (2, *size), dtype, 0.0, 1.0)
    return _row(both, 0), lax.mul(_row(both, 1), np.asarray(2.0 ** -int(dtypes.finfo(dtype).nmant), dtype))


def rademacher(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """-1 or 1, each with probability 1/2.

    Args:
      key: key.
      shape: shape of the result.
      dtype: dtype of the result; int32 by default.

    Reference: JAX documentation, jax.random.rademacher.

    >>> from pullback import random
    >>> random.rademacher(random.key(0), (4,))
    Array([-1,  1, -1,  1], dtype=int32)
    """
    wanted = default_int() if dtype is None else dtypes.requested_dtype(dtype, "rademacher")
    size = canonical_shape(shape)
    coin = cast(bernoulli(key, 0.5, size), wanted)
    return lax.sub(lax.mul(coin, np.asarray(2, wanted)), np.ones((), wanted))


def exponential(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Exponentially distributed numbers of mean 1.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.exponential.

    >>> from pullback import random
    >>> bool((random.exponential(random.key(0), (1000,)) >= 0).all())
    True
    """
    k = _check_key(key, "exponential")
    u = _uniform(k, canonical_shape(shape), _float_dtype(dtype, "exponential"), 0.0, 1.0)
    return lax.neg(lax.log1p(lax.neg(u)))


def gumbel(key: Any, shape: Any = (), dtype: Any = None, mode: str | None = None) -> Array:
    """Numbers with the standard Gumbel distribution.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.
      mode: None or "low", which is the same; "high" for more precise large numbers, from twice as many random bits.

    Raises:
      ValueError: another mode.

    Reference: JAX documentation, jax.random.gumbel.

    >>> from pullback import random
    >>> random.gumbel(random.key(0), (2, 3)).shape
    (2, 3)
    """
    k = _check_key(key, "gumbel")
    if mode not in (None, "low", "high"):
        raise ValueError(f"random.gumbel: mode must be 'low' or 'high', got {mode!r}")
    wanted = _float_dtype(dtype, "gumbel")
    if mode == "high":
        coarse, fine = _coarse_and_fine(k, canonical_shape(shape), wanted)
        small = lax.lt(coarse, np.asarray(0.5, wanted))  # where the fine part counts; it could round others up to 1
        u = lax.select(small, lax.add(lax.add(coarse, fine), np.asarray(dtypes.finfo(wanted).tiny, wanted)), coarse)
        return lax.neg(lax.log(lax.neg(lax.log1p(lax.neg(u)))))
    u = _open_uniform(k, canonical_shape(shape), wanted, dtypes.finfo(wanted).tiny)
    return lax.neg(lax.log(lax.neg(lax.log(u))))


def laplace(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Numbers with the standard Laplace distribution.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.laplace.

    >>> from pullback import random
    >>> random.laplace(random.key(0), (2, 3)).shape
    (2, 3)
    """
    k = _check_key(key, "laplace")
    wanted = _float_dtype(dtype, "laplace")
    u = _uniform(k, canonical_shape(shape), wanted, -1.0 + float(dtypes.finfo(wanted).epsneg), 1.0)
    return lax.mul(lax.sign(u), lax.log1p(lax.neg(lax.abs(u))))


def logistic(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Numbers with the standard logistic distribution.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.logistic.

    >>> from pullback import random
    >>> random.logistic(random.key(0), (2, 3)).shape
    (2, 3)
    """
    k = _check_key(key, "logistic")
    wanted = _float_dtype(dtype, "logistic")
    u = _open_uniform(k, canonical_shape(shape), wanted, dtypes.finfo(wanted).tiny)
    return lax.sub(lax.log(u), lax.log1p(lax.neg(u)))


def cauchy(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Numbers with the standard Cauchy distribution.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.cauchy.

    >>> from pullback import random
    >>> random.cauchy(random.key(0), (1000,)).shape
    (1000,)
    """
    k = _check_key(key, "cauchy")
    wanted = _float_dtype(dtype, "cauchy")
    u = _open_uniform(k, canonical_shape(shape), wanted, dtypes.finfo(wanted).eps)
    return lax.tan(lax.mul(np.asarray(np.pi, wanted), lax.sub(u, np.asarray(0.5, wanted))))


def rayleigh(key: Any, scale: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Rayleigh-distributed numbers.

    Args:
      key: key.
      scale: array or scalar.
      shape: shape of the result; by default that of `scale`.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.rayleigh.

    >>> from pullback import random
    >>> bool((random.rayleigh(random.key(0), 2.0, (1000,)) >= 0).all())
    True
    """
    k = _check_key(key, "rayleigh")
    wanted = _float_dtype(dtype, "rayleigh")
    s = cast(as_array(scale), wanted)
    size = _shape_for(shape, "rayleigh", s)
    u = _uniform(k, size, wanted, 0.0, 1.0)
    return lax.mul(lax.sqrt(lax.mul(lax.log(u), np.asarray(-2, wanted))), broadcast_to(s, size))


def weibull_min(key: Any, scale: Any, concentration: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Weibull-distributed numbers.

    Args:
      key: key.
      scale, concentration: arrays or scalars.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.weibull_min.

    >>> from pullback import random
    >>> bool((random.weibull_min(random.key(0), 1.0, 2.0, (1000,)) >= 0).all())
    True
    """
    from ..numpy import multiply, power

    k = _check_key(key, "weibull_min")
    wanted = _float_dtype(dtype, "weibull_min")
    s, c = (cast(as_array(v), wanted) for v in (scale, concentration))
    u = _uniform(k, canonical_shape(shape), wanted, 0.0, 1.0)
    return multiply(power(lax.neg(lax.log1p(lax.neg(u))), lax.reciprocal(c)), s)


def maxwell(key: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Maxwell-distributed numbers: lengths of normal vectors of 3 components.

    Args:
      key: key.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.maxwell.

    >>> from pullback import random
    >>> bool((random.maxwell(random.key(0), (1000,)) >= 0).all())
    True
    """
    k = _check_key(key, "maxwell")
    x = _normal(k, (*canonical_shape(shape), 3), _float_dtype(dtype, "maxwell"))
    return lax.sqrt(lax.reduce_sum(lax.mul(x, x), (x.ndim - 1,)))


def triangular(key: Any, left: Any, mode: Any, right: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Numbers with the triangular distribution on [left, right].

    Args:
      key: key.
      left, mode, right: arrays or scalars, in this order.
      shape: shape of the result; by default what the parameters broadcast to.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.triangular.

    >>> from pullback import random
    >>> x = random.triangular(random.key(0), 0.0, 0.5, 1.0, (1000,))
    >>> bool(((x >= 0) & (x <= 1)).all())
    True
    """
    k = _check_key(key, "triangular")
    wanted = _float_dtype(dtype, "triangular")
    a, c, b = (cast(as_array(v), wanted) for v in (left, mode, right))
    size = _shape_for(shape, "triangular", a, c, b)
    a, c, b = (broadcast_to(v, size) for v in (a, c, b))
    fc = lax.div(lax.sub(c, a), lax.sub(b, a))
    u = _uniform(k, size, wanted, 0.0, 1.0)
    width = lax.sub(b, a)
    below = lax.add(a, lax.sqrt(lax.mul(u, lax.mul(width, lax.sub(c, a)))))
    above = lax.sub(b, lax.sqrt(lax.mul(lax.sub(np.ones((), wanted), u), lax.mul(width, lax.sub(b, c)))))
    return lax.select(lax.lt(u, fc), below, above)
