"""`pullback.scipy.special`: the error function and its relatives, the normal distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.dialects import types as T

from ..array import Array
from ..numpy.util import cast, promote_args_inexact
from .special_common import operation, pb, real_args, special


def erf(x: Any) -> Array:
    """Error function, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: DLMF 7.2.1.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.erf(pnp.array([0.0, 1.0]))
    Array([0.       , 0.8427008], dtype=float32)
    """
    return operation("erf", "erf", x)


def erfc(x: Any) -> Array:
    """Complementary error function ``1 - erf(x)``, elementwise, accurate for large `x`.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: DLMF 7.2.2.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.erfc(pnp.array([0.0, 1.0]))
    Array([1.        , 0.15729921], dtype=float32)
    """
    return operation("erfc", "erfc", x)


def erfinv(x: Any) -> Array:
    """Inverse of the error function, elementwise.

    Args:
      x: array or scalar of real numbers; NaN outside of [-1, 1].

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.erfinv.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.erfinv(pnp.array([0.0, 0.5, 1.0]))
    Array([0.        , 0.47693628,        inf], dtype=float32)
    """
    return operation("erf_inv", "erfinv", x)


def erfcx(x: Any) -> Array:
    """Scaled complementary error function ``exp(x**2) erfc(x)``, elementwise.

    Args:
      x: array or scalar of real or complex numbers.

    Reference: SciPy, scipy.special.erfcx.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.erfcx(pnp.array([0.0, 1.0, 100.0]))
    Array([1.        , 0.42758358, 0.00564161], dtype=float32)
    """
    (z,) = promote_args_inexact("erfcx", x)
    if not T.is_complex(z.aval.dtype):
        return special("erfcx", "erfcx", z)
    re, im = pb.real(z), pb.imag(z)
    return _faddeeva(pb.neg(im), re)


def wofz(z: Any) -> Array:
    """Faddeeva function ``exp(-z**2) erfc(-i z)``, elementwise.

    Args:
      z: array or scalar of real or complex numbers.

    Returns:
      Complex array.

    Reference: SciPy, scipy.special.wofz.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.wofz(pnp.array([0.0, 1.0 + 1.0j]))
    Array([1.        +0.j        , 0.30474418+0.20821898j], dtype=complex64)
    """
    (z,) = promote_args_inexact("wofz", z)
    if T.is_complex(z.aval.dtype):
        return _faddeeva(pb.real(z), pb.imag(z))
    if z.aval.dtype in ("f16", "bf16"):
        z = cast(z, np.dtype(np.float32), z.weak_type)
    return _faddeeva(z, pb.mul(z, 0.0))


def _faddeeva(re: Any, im: Any) -> Array:
    out: Array = pb.complex(pb.special(re, im, kind="wofz_re"), pb.special(re, im, kind="wofz_im"))
    return out


def dawsn(x: Any) -> Array:
    """Dawson's integral, ``exp(-x**2)`` times the integral of ``exp(t**2)`` from 0 to `x`, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.dawsn.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.dawsn(pnp.array([0.0, 1.0, 10.0]))
    Array([0.        , 0.53807956, 0.05025385], dtype=float32)
    """
    return special("dawsn", "dawsn", x)


def fresnel(x: Any) -> tuple[Array, Array]:
    """Fresnel integrals, of ``sin(pi t**2 / 2)`` and of ``cos(pi t**2 / 2)`` from 0 to `x`, elementwise.

    Args:
      x: array or scalar of real numbers.

    Returns:
      Pair of arrays: sine integral, cosine integral.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.fresnel.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.fresnel(pnp.array([0.0, 1.0]))
    (Array([0.        , 0.43825915], dtype=float32), Array([0.       , 0.7798934], dtype=float32))
    """
    (x,) = real_args("fresnel", x)
    return pb.special(x, kind="fresnel_s"), pb.special(x, kind="fresnel_c")


# Normal distribution ----------------------------------------------------------------------------------------------------------
def ndtr(x: Any) -> Array:
    """Cumulative distribution function of the standard normal distribution, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.ndtr.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.ndtr(pnp.array([-1.0, 0.0, 1.0]))
    Array([0.15865526, 0.5       , 0.8413447 ], dtype=float32)
    """
    (x,) = real_args("ndtr", x)
    out: Array = pb.mul(pb.erfc(pb.mul(x, -math.sqrt(0.5))), 0.5)
    return out


def log_ndtr(x: Any, series_order: int = 3) -> Array:
    """Logarithm of `ndtr`, elementwise, accurate in both tails.

    Args:
      x: array or scalar of real numbers.
      series_order: accepted for compatibility with JAX; the result is accurate to rounding whatever it is.

    Raises:
      TypeError: `series_order` is no integer.
      ValueError: `series_order` is not between 0 and 30, or `x` is complex.

    Reference: SciPy, scipy.special.log_ndtr.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.log_ndtr(pnp.array([-20.0, 0.0, 10.0]))
    Array([-2.0391716e+02, -6.9314718e-01, -7.6198530e-24], dtype=float32)
    """
    if not isinstance(series_order, int):
        raise TypeError("series_order must be a Python integer.")
    if series_order < 0:
        raise ValueError("series_order must be non-negative.")
    if series_order > 30:
        raise ValueError("series_order must be <= 30.")
    return special("log_ndtr", "log_ndtr", x)


def ndtri(p: Any) -> Array:
    """Quantile of the standard normal distribution, the inverse of `ndtr`, elementwise.

    Args:
      p: array or scalar of real numbers; NaN outside of [0, 1].

    Raises:
      ValueError: `p` is complex.

    Reference: SciPy, scipy.special.ndtri.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.ndtri(pnp.array([0.025, 0.5, 1.0]))
    Array([-1.959964,  0.      ,       inf], dtype=float32)
    """
    return special("ndtri", "ndtri", p)


def owens_t(h: Any, a: Any) -> Array:
    """Owen's T function, elementwise: the probability that X > h and 0 < Y < a X, of independent standard normal X and Y.

    Args:
      h, a: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.owens_t.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.owens_t(pnp.array([0.0, 1.0]), pnp.array([1.0, 0.5]))
    Array([0.125     , 0.04306469], dtype=float32)
    """
    return special("owens_t", "owens_t", h, a)


__all__ = ["dawsn", "erf", "erfc", "erfcx", "erfinv", "fresnel", "log_ndtr", "ndtr", "ndtri", "owens_t", "wofz"]
