"""`pullback.scipy.special`: Bessel functions, exponential and trigonometric integrals, hypergeometric functions, harmonics."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..custom import custom_jvp
from ..numpy.util import arrays_of, as_int, promote_args_inexact
from .special_common import operation, pb, real_args, special


# Bessel -----------------------------------------------------------------------------------------------------------------------
def i0(x: Any) -> Array:
    """Modified Bessel function of order 0, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.i0.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.i0(pnp.array([0.0, 1.0]))
    Array([1.       , 1.2660658], dtype=float32)
    """
    return special("i0", "i0", x)


def i0e(x: Any) -> Array:
    """Exponentially scaled modified Bessel function of order 0, ``exp(-abs(x)) i0(x)``, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.i0e.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.i0e(pnp.array([0.0, 1.0]))
    Array([1.       , 0.4657596], dtype=float32)
    """
    return operation("bessel_i0e", "i0e", x)


def i1(x: Any) -> Array:
    """Modified Bessel function of order 1, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.i1.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.i1(pnp.array([0.0, 1.0]))
    Array([0.       , 0.5651591], dtype=float32)
    """
    return special("i1", "i1", x)


def i1e(x: Any) -> Array:
    """Exponentially scaled modified Bessel function of order 1, ``exp(-abs(x)) i1(x)``, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.i1e.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.i1e(pnp.array([0.0, 1.0]))
    Array([0.        , 0.20791042], dtype=float32)
    """
    return operation("bessel_i1e", "i1e", x)


def bessel_jn(z: Any, *, v: int, n_iter: int = 50) -> Array:
    """Bessel functions of the first kind of the orders 0 to `v`, by Miller's downward recurrence.

    Args:
      z: array or scalar of real numbers.
      v: highest order, a Python integer.
      n_iter: steps of the recurrence; it must exceed both `v` and abs(z) by some tens.

    Returns:
      Array of shape (v + 1, *z.shape).

    Raises:
      TypeError: `v` or `n_iter` is no integer.
      ValueError: `z` is complex, or `v` is negative.

    Reference: Zhang, Jin, Computation of Special Functions (1996), section 5.1.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.bessel_jn(pnp.array([0.0, 1.0]), v=1)
    Array([[1.        , 0.7651977 ],
           [0.        , 0.44005057]], dtype=float32)
    """
    (z,) = promote_args_inexact("bessel_jn", z)
    if T.is_complex(z.aval.dtype):
        raise ValueError("complex input not supported.")
    v, n_iter = as_int(v, "Argument v of bessel_jn"), as_int(n_iter, "Argument n_iter of bessel_jn")
    if v < 0:
        raise ValueError(f"bessel_jn: the highest order v must not be negative, got {v}")
    return _bessel_jn(z, v, max(n_iter, v + 1))


def _miller(z: Array, v: int, n_iter: int) -> Array:
    """Downward recurrence from an arbitrary start, normalized by J_0 + 2 J_2 + 2 J_4 + ... = 1. What gets large is scaled to 1;
    the orders above must then be scaled in the end, too: the logarithm of the scale goes along."""
    dtype = z.dtype
    zero = z == 0
    twice = pnp.where(zero, 0, 2 / pnp.where(zero, 1, z)).astype(dtype)

    def step(carry: Any, k: Any) -> Any:
        above, here, even, total, scaled = carry
        below = (k + 1) * twice * here - above
        total = total + pnp.where(even, 2 * below, 0)
        size = lax.stop_gradient(pnp.abs(below))
        size = pnp.where(size > 1e10, size, 1).astype(dtype)
        below, scaled = below / size, scaled + pnp.log(size)
        return (here / size, below, ~even, total / size, scaled), (below, scaled)

    nothing = pnp.zeros_like(z)
    init = (nothing, nothing + 1e-16, np.asarray(n_iter % 2 == 0), nothing, nothing)
    ks = np.arange(n_iter + 1, dtype=dtype)
    (_, last, _, total, scaled), (values, then) = lax.scan(step, init, ks, reverse=True)
    out = values[: v + 1] * pnp.exp(then[: v + 1] - scaled) / (total - last)
    at_zero = np.zeros((v + 1,) + (1,) * z.ndim, dtype)
    at_zero[0] = 1
    return pnp.where(zero, at_zero, out).astype(dtype)


_bessel_jn = custom_jvp(_miller, nondiff_argnums=(1, 2))


@_bessel_jn.defjvp
def _bessel_jn_jvp(v: int, n_iter: int, primals: Any, tangents: Any) -> Any:
    """``J_k' = (J_(k-1) - J_(k+1)) / 2``, and ``J_0' = -J_1``."""
    (z,), (dz,) = primals, tangents
    values = _miller(z, v + 1, max(n_iter, v + 2))  # not itself: the rule of each order would need that of the next
    lower = pnp.concatenate([-values[1:2], values[:v]])
    return values[: v + 1], 0.5 * (lower - values[1:]) * dz


# Integrals --------------------------------------------------------------------------------------------------------------------
def expi(x: Any) -> Array:
    """Exponential integral Ei(x), of ``exp(t) / t`` from minus infinity to `x`, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.expi.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.expi(pnp.array([-1.0, 1.0]))
    Array([-0.21938393,  1.8951179 ], dtype=float32)
    """
    return special("expi", "expi", x)


def exp1(x: Any) -> Array:
    """Exponential integral E_1(x), of ``exp(-t) / t`` from `x` to infinity, elementwise.

    Args:
      x: array or scalar of real numbers; NaN below 0.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.exp1.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.exp1(pnp.array([0.5, 1.0]))
    Array([0.5597736 , 0.21938393], dtype=float32)
    """
    return expn(1, x)


def expn(n: Any, x: Any) -> Array:
    """Generalized exponential integral E_n(x), elementwise; differentiable with respect to `x`.

    Args:
      n: array or scalar of natural numbers.
      x: array or scalar of real numbers; NaN below 0.

    Raises:
      ValueError: an argument is complex.
      TypeError: a derivative by `n` is asked for.

    Reference: SciPy, scipy.special.expn.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.expn(2, pnp.array([0.5, 1.0]))
    Array([0.32664385, 0.14849551], dtype=float32)
    """
    return special("expn", "expn", n, x)


def sici(x: Any) -> tuple[Array, Array]:
    """Sine and cosine integrals, elementwise.

    Args:
      x: array or scalar of real numbers.

    Returns:
      Pair of arrays: Si(x), and Ci(x), which is that of abs(x) for negative `x`.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.sici.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.sici(pnp.array([1.0, 10.0]))
    (Array([0.94608307, 1.6583476 ], dtype=float32), Array([ 0.3374039 , -0.04545643], dtype=float32))
    """
    (x,) = real_args("sici", x)
    return pb.special(x, kind="si"), pb.special(x, kind="ci")


def spence(x: Any) -> Array:
    """Spence's function, the dilogarithm of 1 - x, elementwise: minus the integral of ``log(t) / (t - 1)`` from 1 to `x`.

    Args:
      x: array or scalar of real numbers; NaN below 0.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.spence.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.spence(pnp.array([0.0, 1.0, 2.0]))
    Array([ 1.644934 ,  0.       , -0.8224671], dtype=float32)
    """
    return special("spence", "spence", x)


# Hypergeometric functions, spherical harmonics ----------------------------------------------------------------------------------
def hyp1f1(a: Any, b: Any, x: Any) -> Array:
    """Confluent hypergeometric function 1F1(a; b; x), elementwise, by its power series; differentiable in all arguments.

    Args:
      a, b, x: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Returns:
      Array; accurate unless terms of the series of both signs are much larger than their sum.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.hyp1f1.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.hyp1f1(1.0, 2.0, pnp.array([-1.0, 0.0, 1.0]))
    Array([0.63212055, 1.        , 1.7182819 ], dtype=float32)
    """
    return special("hyp1f1", "hyp1f1", a, b, x)


def hyp2f1(a: Any, b: Any, c: Any, x: Any) -> Array:
    """Gauss's hypergeometric function 2F1(a, b; c; x) for x <= 1, elementwise; differentiable in all arguments.

    Args:
      a, b, c, x: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Returns:
      Array; infinite for x > 1, unless `a` or `b` ends the power series, which is summed. It takes long for `x` very near 1, and
      for very negative `x`.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.hyp2f1.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.hyp2f1(1.0, 1.0, 2.0, pnp.array([-1.0, 0.0, 0.5]))
    Array([0.6931472, 1.       , 1.3862944], dtype=float32)
    """
    return special("hyp2f1", "hyp2f1", a, b, c, x)


def sph_harm_y(n: Any, m: Any, theta: Any, phi: Any, diff_n: Any = None, n_max: int | None = None) -> Array:
    """Spherical harmonics, elementwise; differentiable with respect to the angles.

    Args:
      n: integer array or scalar, the degrees, at least 0.
      m: integer array or scalar, the orders; where abs(m) > n the result is 0.
      theta: polar angle (colatitude), in [0, pi].
      phi: azimuthal angle.
      diff_n: must be None.
      n_max: Python integer; degrees above it are taken for it. Not needed.

    Returns:
      Complex array.

    Raises:
      NotImplementedError: `diff_n` is given.
      TypeError: `n` or `m` has no integer dtype.

    Reference: SciPy, scipy.special.sph_harm_y.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.sph_harm_y(pnp.array([1]), pnp.array([0]), pnp.array([0.5]), pnp.array([0.0]))
    Array([0.42878911+0.j], dtype=complex64)
    """
    if diff_n is not None:
        raise NotImplementedError("the argument diff_n of sph_harm_y is not supported; differentiate with jvp or grad")
    n, m = arrays_of("sph_harm_y", n, m)
    for name, x in (("n", n), ("m", m)):
        if not dtypes.is_integer(x.dtype):
            raise TypeError(f"sph_harm_y: {name} must have an integer dtype, got {x.dtype.name}")
    if n_max is not None:
        n = pnp.minimum(n, as_int(n_max, "The `n_max` argument of sph_harm_y"))
    theta, phi = real_args("sph_harm_y", theta, phi)
    if theta.aval.dtype in ("f16", "bf16"):
        theta, phi = theta.astype(np.float32), phi.astype(np.float32)
    n, m, theta, phi = pnp.broadcast_arrays(n, m, theta, phi)
    order = pnp.abs(m)
    legendre = pb.special(n.astype(theta.dtype), order.astype(theta.dtype), theta, kind="legendre")
    sign = pnp.where((m < 0) & (order % 2 == 1), -1, 1).astype(theta.dtype)
    size, angle = sign * legendre, m.astype(theta.dtype) * phi
    out: Array = pb.complex(size * pnp.cos(angle), size * pnp.sin(angle))
    return out


__all__ = [
    "bessel_jn",
    "exp1",
    "expi",
    "expn",
    "hyp1f1",
    "hyp2f1",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "sici",
    "spence",
    "sph_harm_y",
]
