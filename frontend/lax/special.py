"""Special functions of `pullback.lax`: incomplete gamma and beta functions, Bessel functions, zeta and polygamma functions.

As all of `pullback.lax` they take floating arrays of one dtype and of one shape, or 0-d. `pullback.scipy.special` has them with
promotion of dtypes.
"""

from __future__ import annotations

import math
from typing import Any

from pullback.dialects.spec import TABLE

from ..array import Array
from ..trace import bind
from .elementwise import add, bitwise_and, digamma, eq, exp, floor, ge, lgamma, mul, select
from .util import operands, retype


def _apply(name: str, *xs: Any) -> Array:
    arrays, weak = operands(name, *xs)
    out: Array = bind(TABLE[f"pb.{name}"], arrays, {}, weak)
    return out


def igamma(a: Any, x: Any) -> Array:
    """Regularized lower incomplete gamma function P(a, x), elementwise.

    Args:
      a: floating array, the shape parameter, at least 0.
      x: floating array of the dtype of `a`, at least 0.

    Returns:
      Array of the dtype of the arguments; NaN outside of the domain. Differentiable in both arguments.

    Raises:
      TypeError: dtypes or shapes differ, or are not floating.

    Reference: DLMF 8.2.4.

    >>> from pullback import lax, numpy as pnp
    >>> lax.igamma(pnp.array([0.5, 2.0]), pnp.array([1.0, 1.0]))
    Array([0.8427008 , 0.26424112], dtype=float32)
    """
    return _apply("igamma", a, x)


def igammac(a: Any, x: Any) -> Array:
    """Regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x), elementwise, accurate where it is small.

    Args:
      a: floating array, the shape parameter, at least 0.
      x: floating array of the dtype of `a`, at least 0.

    Returns:
      Array of the dtype of the arguments; NaN outside of the domain. Differentiable in both arguments.

    Raises:
      TypeError: dtypes or shapes differ, or are not floating.

    Reference: DLMF 8.2.4.

    >>> from pullback import lax, numpy as pnp
    >>> lax.igammac(pnp.array([0.5, 2.0]), pnp.array([1.0, 1.0]))
    Array([0.15729921, 0.7357589 ], dtype=float32)
    """
    return _apply("igammac", a, x)


def igamma_grad_a(a: Any, x: Any) -> Array:
    """Derivative of the regularized lower incomplete gamma function by its shape parameter, elementwise.

    Args:
      a: floating array, the shape parameter, above 0.
      x: floating array of the dtype of `a`, at least 0.

    Returns:
      Array of the dtype of the arguments; NaN outside of the domain. Not differentiable.

    Raises:
      TypeError: dtypes or shapes differ, or are not floating.

    Reference: Moore, Algorithm AS 187 (1982).

    >>> from pullback import lax, numpy as pnp
    >>> lax.igamma_grad_a(pnp.array([0.5, 2.0]), pnp.array([1.0, 1.0]))
    Array([-0.38983727, -0.27619603], dtype=float32)
    """
    return _apply("igamma_grad_a", a, x)


def random_gamma_grad(a: Any, x: Any) -> Array:
    """Derivative of samples of a gamma distribution by its shape parameter, elementwise: ``-(dP/da) / (dP/dx)``.

    Args:
      a: floating array, the shape parameter of the distribution, above 0.
      x: floating array of the dtype of `a`, the samples.

    Returns:
      Array of the dtype of the arguments; NaN outside of the domain. Not differentiable.

    Raises:
      TypeError: dtypes or shapes differ, or are not floating.

    Reference: Figurnov, Mohamed, Mnih, Implicit Reparameterization Gradients (arXiv:1805.08498).

    >>> from pullback import lax, numpy as pnp
    >>> lax.random_gamma_grad(pnp.array([0.5, 2.0]), pnp.array([1.0, 1.0]))
    Array([1.8782473, 0.7507787], dtype=float32)
    """
    return _apply("random_gamma_grad", a, x)


def betainc(a: Any, b: Any, x: Any) -> Array:
    """Regularized incomplete beta function I_x(a, b), elementwise.

    Args:
      a, b: floating arrays, at least 0.
      x: floating array between 0 and 1.

    Returns:
      Array of the dtype of the arguments; NaN outside of the domain. Differentiable in `x`.

    Raises:
      TypeError: dtypes or shapes differ, or are not floating; or a derivative by `a` or `b` is asked for.

    Reference: DLMF 8.17.2.

    >>> from pullback import lax, numpy as pnp
    >>> lax.betainc(pnp.array([2.0, 0.5]), pnp.array([3.0, 0.5]), pnp.array([0.5, 0.5]))
    Array([0.6875, 0.5   ], dtype=float32)
    """
    return _apply("betainc", a, b, x)


def bessel_i0e(x: Any) -> Array:
    """Exponentially scaled modified Bessel function of order 0, ``exp(-abs(x)) I0(x)``, elementwise.

    Args:
      x: floating array.

    Raises:
      TypeError: the dtype is not floating.

    Reference: DLMF 10.25.2.

    >>> from pullback import lax, numpy as pnp
    >>> lax.bessel_i0e(pnp.array([0.0, 1.0, 100.0]))
    Array([1.        , 0.4657596 , 0.03994438], dtype=float32)
    """
    return _apply("bessel_i0e", x)


def bessel_i1e(x: Any) -> Array:
    """Exponentially scaled modified Bessel function of order 1, ``exp(-abs(x)) I1(x)``, elementwise.

    Args:
      x: floating array.

    Raises:
      TypeError: the dtype is not floating.

    Reference: DLMF 10.25.2.

    >>> from pullback import lax, numpy as pnp
    >>> lax.bessel_i1e(pnp.array([0.0, 1.0, 100.0]))
    Array([0.        , 0.20791042, 0.03974415], dtype=float32)
    """
    return _apply("bessel_i1e", x)


def zeta(x: Any, q: Any) -> Array:
    """Hurwitz zeta function, the sum of ``(n + q)**-x`` over n = 0, 1, ..., elementwise.

    Args:
      x: floating array, at least 1.
      q: floating array of the dtype of `x`; where it is negative, `x` must be an integer.

    Returns:
      Array of the dtype of the arguments; infinite at poles, NaN outside of the domain. Differentiable in `q`.

    Raises:
      TypeError: dtypes or shapes differ, or are not floating; or a derivative by `x` is asked for.

    Reference: DLMF 25.11.1.

    >>> from pullback import lax, numpy as pnp
    >>> lax.zeta(pnp.array([2.0, 2.0]), pnp.array([1.0, 2.0]))
    Array([1.644934 , 0.6449341], dtype=float32)
    """
    return _apply("zeta", x, q)


def polygamma(m: Any, x: Any) -> Array:
    """The `m`-th derivative of `digamma`, elementwise.

    Args:
      m: floating array of the orders, natural numbers.
      x: floating array of the dtype of `m`.

    Returns:
      Array of the dtype of the arguments; NaN where `m` is no natural number. Differentiable in `x`.

    Raises:
      TypeError: dtypes or shapes differ, or are not floating; or a derivative by `m` is asked for.

    Reference: DLMF 5.15.

    >>> from pullback import lax, numpy as pnp
    >>> lax.polygamma(pnp.array([0.0, 1.0, 2.0]), pnp.array([1.0, 1.0, 1.0]))
    Array([-0.5772157,  1.6449341, -2.4041138], dtype=float32)
    """
    (m, x), weak = operands("polygamma", m, x)
    number = m.dtype.type
    natural = bitwise_and(ge(m, number(0)), eq(m, floor(m)))
    order = select(bitwise_and(natural, ge(m, number(1))), m, number(1))
    half = mul(order, number(0.5))
    even = eq(half, floor(half))
    size = mul(exp(lgamma(add(order, number(1)))), zeta(add(order, number(1)), x))
    out = select(even, mul(size, number(-1)), size)
    out = select(eq(m, number(0)), digamma(x), out)
    out = select(natural, out, number(math.nan))
    return retype(out, weak)


__all__ = [
    "bessel_i0e",
    "bessel_i1e",
    "betainc",
    "igamma",
    "igamma_grad_a",
    "igammac",
    "polygamma",
    "random_gamma_grad",
    "zeta",
]
