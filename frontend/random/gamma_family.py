"""Gamma-distributed numbers, and the distributions made of them.

The sampler is Marsaglia and Tsang's, run for all elements at once; each element has a key of its own. Samples are differentiable
in the shape parameter: the derivative keeps the sample's quantile (`lax.random_gamma_grad`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..batching import vmap
from ..custom import custom_jvp
from ..lax.util import cast
from ..numpy.util import as_array, broadcast_to, canonical_shape
from .distributions import _normal, exponential, rademacher
from .keys import _check_key, _row, split
from .uniform_numbers import _float_dtype, _shape_for, _uniform


# Gamma -------------------------------------------------------------------------------------------------------------------
def _gamma_one(key: Array, alpha: Array, log_space: bool) -> Array:
    """One number (or its logarithm) for one key: a scaled cube of a normal number, accepted with the right probability."""
    dtype = alpha.dtype

    def number(value: float) -> np.ndarray[Any, Any]:
        return np.asarray(value, dtype)

    # below 1, the distribution is that of alpha + 1 times a power of a uniform number
    large = lax.ge(alpha, number(1))
    boosted = lax.select(large, alpha, lax.add(alpha, number(1)))
    d = lax.sub(boosted, number(1 / 3))
    c = lax.div(number(1 / 3), lax.sqrt(d))

    def rejected(state: Any) -> Array:
        _, square, v, u = state
        squeeze = lax.ge(u, lax.sub(number(1), lax.mul(number(0.0331), lax.mul(square, square))))
        level = lax.add(lax.mul(square, number(0.5)), lax.mul(d, lax.add(lax.sub(number(1), v), lax.log(v))))
        return lax.bitwise_and(squeeze, lax.ge(lax.log(u), level))

    def propose(state: Any) -> Any:
        keys = split(state[0], 3)

        def draw(inner: Any) -> Any:
            pair = split(inner[0])
            x = _normal(_row(pair, 1), (), dtype)
            return _row(pair, 0), x, lax.add(number(1), lax.mul(x, c))

        start = (_row(keys, 1), lax.full((), number(0)), lax.full((), number(-1)))
        _, x, v = lax.while_loop(lambda inner: lax.le(inner[2], number(0)), draw, start)
        return _row(keys, 0), lax.mul(x, x), lax.mul(lax.mul(v, v), v), _uniform(_row(keys, 2), (), dtype, 0.0, 1.0)

    pair = split(key)
    start = (_row(pair, 0), lax.full((), number(0)), lax.full((), number(1)), lax.full((), number(2)))
    _, _, v, _ = lax.while_loop(rejected, propose, start)
    if log_space:
        log_u = lax.neg(exponential(_row(pair, 1), (), dtype))
        unchanged = lax.bitwise_or(large, lax.eq(log_u, number(0)))
        return lax.add(lax.add(lax.log(d), lax.log(v)), lax.select(unchanged, lax.full((), number(0)), lax.div(log_u, alpha)))
    u = lax.sub(number(1), _uniform(_row(pair, 1), (), dtype, 0.0, 1.0))
    return lax.mul(lax.mul(d, v), lax.select(large, lax.full((), number(1)), lax.pow(u, lax.reciprocal(alpha))))


def _gamma(key: Array, alpha: Array, log_space: bool) -> Array:
    """Numbers of the shape of `alpha`, or their logarithms, with their derivative."""
    shape, dtype = alpha.shape, alpha.dtype
    if math.prod(shape) == 0:
        return alpha
    keys = split(key, math.prod(shape))

    @custom_jvp
    def sample(a: Array) -> Array:
        return vmap(lambda k, one: _gamma_one(k, one, log_space))(keys, a)

    def rule(primals: Any, tangents: Any) -> Any:
        (a,), (da,) = primals, tangents
        out = sample(a)
        if not log_space:
            return out, lax.mul(lax.random_gamma_grad(a, out), da)
        # the derivative of the logarithm; a number too small for the dtype counts as the smallest one
        number = lax.max(lax.exp(out), lax.full(out.shape, np.asarray(dtypes.finfo(dtype).tiny, dtype)))
        return out, lax.mul(lax.div(lax.random_gamma_grad(a, number), number), da)

    sample.defjvp(rule)
    return lax.reshape(sample(lax.reshape(alpha, (math.prod(shape),))), shape)


def _shaped(fname: str, key: Any, shape: Any, dtype: Any, *parameters: Any) -> tuple[Array, list[Array]]:
    """The checked key, and the parameters in the dtype and shape of the result."""
    k = _check_key(key, fname)
    wanted = _float_dtype(dtype, fname)
    arrays = [cast(as_array(p), wanted) for p in parameters]
    size = _shape_for(shape, fname, *arrays)
    return k, [broadcast_to(a, size) for a in arrays]


def gamma(key: Any, a: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Gamma-distributed numbers of scale 1, differentiable in the shape parameter.

    Args:
      key: key.
      a: shape parameters, positive.
      shape: shape of the result; by default that of `a`.
      dtype: floating dtype; float32 by default.

    Reference: A Simple Method for Generating Gamma Variables (Marsaglia and Tsang 2000).

    >>> from pullback import random
    >>> x = random.gamma(random.key(0), 3.0, (1000,))
    >>> print(bool((x > 0).all()), bool(abs(x.mean() - 3) < 0.3))
    True True
    """
    k, (alpha,) = _shaped("gamma", key, shape, dtype, a)
    return _gamma(k, alpha, False)


def loggamma(key: Any, a: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Logarithms of gamma-distributed numbers, exact where the numbers themselves would underflow.

    Args:
      key: key.
      a: shape parameters, positive.
      shape: shape of the result; by default that of `a`.
      dtype: floating dtype; float32 by default.

    Reference: A Simple Method for Generating Gamma Variables (Marsaglia and Tsang 2000).

    >>> from pullback import random
    >>> x = random.loggamma(random.key(0), 1e-4, (100,))
    >>> bool((x > -1e7).all())
    True
    """
    k, (alpha,) = _shaped("loggamma", key, shape, dtype, a)
    return _gamma(k, alpha, True)


# Ratios of gamma-distributed numbers -------------------------------------------------------------------------------------
def beta(key: Any, a: Any, b: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Beta-distributed numbers.

    Args:
      key: key.
      a, b: parameters, positive.
      shape: shape of the result; by default what the parameters broadcast to.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.beta.

    >>> from pullback import random
    >>> x = random.beta(random.key(0), 2.0, 3.0, (1000,))
    >>> bool(((x > 0) & (x < 1)).all())
    True
    """
    k, (first, second) = _shaped("beta", key, shape, dtype, a, b)
    keys = split(k)
    logs = [_gamma(_row(keys, i), alpha, True) for i, alpha in enumerate((first, second))]
    largest = lax.stop_gradient(lax.max(*logs))  # so that the larger of both is 1
    x, y = (lax.exp(lax.sub(v, largest)) for v in logs)
    return lax.div(x, lax.add(x, y))


def dirichlet(key: Any, alpha: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Probability vectors with the Dirichlet distribution.

    Args:
      key: key.
      alpha: array of shape [..., n], positive.
      shape: shape of the result without its last dimension; by default that of `alpha`.
      dtype: floating dtype; float32 by default.

    Returns:
      Array of shape [*shape, n], with sums of 1 along the last dimension.

    Raises:
      ValueError: `alpha` is a scalar.

    Reference: JAX documentation, jax.random.dirichlet.

    >>> from pullback import random, numpy as pnp
    >>> x = random.dirichlet(random.key(0), pnp.array([1.0, 2.0, 3.0]), (5,))
    >>> print(x.shape, bool(pnp.allclose(x.sum(-1), 1)))
    (5, 3) True
    """
    from ..nn import softmax

    k = _check_key(key, "dirichlet")
    wanted = _float_dtype(dtype, "dirichlet")
    a = cast(as_array(alpha), wanted)
    if a.ndim < 1:
        raise ValueError(f"dirichlet requires alpha.ndim >= 1, got alpha.ndim == {a.ndim}")
    lead = _shape_for(shape, "dirichlet", lax.index_in_dim(a, 0, -1, False)) if a.shape[-1] else a.shape[:-1]
    return softmax(_gamma(k, broadcast_to(a, (*lead, a.shape[-1])), True), -1)


def chisquare(key: Any, df: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Chi-square-distributed numbers.

    Args:
      key: key.
      df: degrees of freedom, positive.
      shape: shape of the result; by default that of `df`.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.chisquare.

    >>> from pullback import random
    >>> bool((random.chisquare(random.key(0), 4.0, (100,)) > 0).all())
    True
    """
    k, (degrees,) = _shaped("chisquare", key, shape, dtype, df)
    return _chisquare(k, degrees)


def _chisquare(key: Array, degrees: Array) -> Array:
    two = np.asarray(2, degrees.dtype)
    return lax.mul(two, lax.exp(_gamma(key, lax.div(degrees, two), True)))


def f(key: Any, dfnum: Any, dfden: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Numbers with the F distribution.

    Args:
      key: key.
      dfnum, dfden: degrees of freedom of the numerator and the denominator, positive.
      shape: shape of the result; by default what the parameters broadcast to.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.f.

    >>> from pullback import random
    >>> bool((random.f(random.key(0), 4.0, 6.0, (100,)) > 0).all())
    True
    """
    k, (above, below) = _shaped("f", key, shape, dtype, dfnum, dfden)
    keys = split(k)
    return lax.div(lax.div(_chisquare(_row(keys, 1), above), above), lax.div(_chisquare(_row(keys, 0), below), below))


def t(key: Any, df: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Numbers with Student's t distribution.

    Args:
      key: key.
      df: degrees of freedom, positive.
      shape: shape of the result; by default that of `df`.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.t.

    >>> from pullback import random
    >>> random.t(random.key(0), 4.0, (100,)).shape
    (100,)
    """
    k, (degrees,) = _shaped("t", key, shape, dtype, df)
    keys = split(k)
    half = lax.div(degrees, np.asarray(2, degrees.dtype))
    draws = _normal(_row(keys, 0), half.shape, half.dtype)
    return lax.mul(draws, lax.sqrt(lax.div(half, _gamma(_row(keys, 1), half, False))))


def generalized_normal(key: Any, p: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Numbers with the generalized normal distribution, of density proportional to ``exp(-abs(x)**p)``.

    Args:
      key: key.
      p: exponent, positive.
      shape: shape of the result.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.generalized_normal.

    >>> from pullback import random
    >>> random.generalized_normal(random.key(0), 1.5, (100,)).shape
    (100,)
    """
    k, (power,) = _shaped("generalized_normal", key, shape, dtype, p)
    keys = split(k)
    inverse = lax.reciprocal(power)
    magnitude = lax.pow(_gamma(_row(keys, 0), inverse, False), inverse)
    return lax.mul(rademacher(_row(keys, 1), power.shape, power.dtype), magnitude)


def ball(key: Any, d: int, p: Any = 2, shape: Any = (), dtype: Any = None) -> Array:
    """Vectors that are uniformly distributed in the unit ball of the p-norm.

    Args:
      key: key.
      d: dimension of the ball.
      p: exponent of the norm, positive.
      shape: shape of the result without its last dimension.
      dtype: floating dtype; float32 by default.

    Returns:
      Array of shape [*shape, d].

    Reference: A Probabilistic Approach to the Geometry of the l_p^n-Ball (Barthe et al. 2005).

    >>> from pullback import random, numpy as pnp
    >>> x = random.ball(random.key(0), 3, shape=(100,))
    >>> bool((pnp.sqrt((x**2).sum(-1)) <= 1).all())
    True
    """
    k = _check_key(key, "ball")
    wanted = _float_dtype(dtype, "ball")
    size = canonical_shape(shape)
    keys = split(k)
    g = generalized_normal(_row(keys, 0), p, (*size, d), wanted)
    e = exponential(_row(keys, 1), size, wanted)
    power = cast(as_array(p), wanted)
    norm = pnp.power(lax.add(pnp.sum(pnp.power(lax.abs(g), power), -1), e), lax.reciprocal(power))
    return g / lax.expand_dims(norm, (len(size),))
