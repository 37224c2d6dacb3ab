"""Samples made by transforming normal, exponential and uniform ones: log-normal, Pareto, Wald, ...; and orthogonal matrices."""

from __future__ import annotations

from typing import Any

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..lax.util import as_int, cast
from ..numpy.util import as_array, broadcast_shapes, broadcast_to, canonical_shape, default_float
from .distributions import _normal, exponential, maxwell, rademacher
from .keys import _check_key, _row, split
from .uniform_numbers import _float_dtype, _shape_for, _uniform


def double_sided_maxwell(key: Any, loc: Any, scale: Any, shape: Any = (), dtype: Any = None) -> Array:
    """Maxwell-distributed numbers with a random sign, scaled and shifted.

    Args:
      key: key.
      loc, scale: shift and factor.
      shape: leading dimensions of the result; those that `loc` and `scale` broadcast to follow.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.double_sided_maxwell.

    >>> from pullback import random
    >>> random.double_sided_maxwell(random.key(0), 1.0, 2.0, (100,)).shape
    (100,)
    """
    k = _check_key(key, "double_sided_maxwell")
    wanted = _float_dtype(dtype, "double_sided_maxwell")
    shift, factor = (cast(as_array(v), wanted) for v in (loc, scale))
    size = (*canonical_shape(shape), *broadcast_shapes(shift.shape, factor.shape))
    keys = split(k)
    signed = lax.mul(rademacher(_row(keys, 1), size, wanted), maxwell(_row(keys, 0), size, wanted))
    return signed * factor + shift


def lognormal(key: Any, sigma: Any = 1.0, shape: Any = None, dtype: Any = None) -> Array:
    """Exponentials of normal numbers.

    Args:
      key: key.
      sigma: standard deviation of the normal numbers.
      shape: shape of the result; by default that of `sigma`.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.lognormal.

    >>> from pullback import random
    >>> bool((random.lognormal(random.key(0), 0.5, (100,)) > 0).all())
    True
    """
    k = _check_key(key, "lognormal")
    wanted = _float_dtype(dtype, "lognormal")
    deviation = cast(as_array(sigma), wanted)
    size = _shape_for(shape, "lognormal", deviation)
    return lax.exp(lax.mul(_normal(k, size, wanted), broadcast_to(deviation, size)))


def pareto(key: Any, b: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Pareto-distributed numbers, at least 1.

    Args:
      key: key.
      b: shape parameters, positive.
      shape: shape of the result; by default that of `b`.
      dtype: floating dtype; float32 by default.

    Reference: JAX documentation, jax.random.pareto.

    >>> from pullback import random
    >>> bool((random.pareto(random.key(0), 3.0, (100,)) >= 1).all())
    True
    """
    wanted = _float_dtype(dtype, "pareto")
    exponent = cast(as_array(b), wanted)
    size = _shape_for(shape, "pareto", exponent)
    return lax.exp(lax.div(exponential(key, size, wanted), broadcast_to(exponent, size)))


def wald(key: Any, mean: Any, shape: Any = None, dtype: Any = None) -> Array:
    """Numbers with the Wald (inverse Gaussian) distribution of scale 1.

    Args:
      key: key.
      mean: means, positive.
      shape: shape of the result; by default that of `mean`.
      dtype: floating dtype; float32 by default.

    Reference: Generating Random Variates Using Transformations with Multiple Roots (Michael, Schucany and Haas 1976).

    >>> from pullback import random
    >>> bool((random.wald(random.key(0), 3.0, (100,)) > 0).all())
    True
    """
    k = _check_key(key, "wald")
    wanted = _float_dtype(dtype, "wald")
    mu = cast(as_array(mean), wanted)
    size = _shape_for(shape, "wald", mu)
    mu = broadcast_to(mu, size)
    keys = split(k)
    y = lax.square(_normal(_row(keys, 0), size, wanted))
    u = _uniform(_row(keys, 1), size, wanted, 0.0, 1.0)
    squared = mu * mu
    smaller = mu + squared * y / 2 - mu / 2 * lax.sqrt(4 * mu * y + squared * (y * y))
    return lax.select(u <= mu / (mu + smaller), smaller, squared / smaller)


def orthogonal(key: Any, n: int, shape: Any = (), dtype: Any = None, m: int | None = None) -> Array:
    """Orthogonal (or unitary) matrices, uniformly distributed.

    Args:
      key: key.
      n: number of rows.
      shape: leading dimensions of the result.
      dtype: floating or complex dtype.
      m: number of columns, by default `n`; a matrix that is not square has orthonormal rows or columns, whichever are fewer.

    Returns:
      Array of shape [*shape, n, m].

    Reference: How to generate random matrices from the classical compact groups (Mezzadri 2007).

    >>> from pullback import random, numpy as pnp
    >>> q = random.orthogonal(random.key(0), 3)
    >>> bool(pnp.allclose(q @ q.T, pnp.eye(3), atol=1e-5))
    True
    """
    k = _check_key(key, "orthogonal")
    wanted = default_float() if dtype is None else dtypes.requested_dtype(dtype, "orthogonal")
    if not dtypes.is_inexact(wanted):
        raise ValueError(f"dtype argument to `orthogonal` must be a float or complex dtype, got {wanted.name}")
    rows = as_int(n, "n")
    columns = rows if m is None else as_int(m, "m")
    z = _normal(k, (*canonical_shape(shape), max(rows, columns), min(rows, columns)), wanted)
    q, r = pnp.linalg.qr(z)
    # QR factors are unique up to the phases of the diagonal of R; those of a uniform matrix are all positive
    q = q * pnp.expand_dims(pnp.sign(pnp.diagonal(r, axis1=-2, axis2=-1)), -2)
    return pnp.swapaxes(q, -2, -1) if rows < columns else q
