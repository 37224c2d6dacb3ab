"""`pullback.scipy.special`: the gamma function, its logarithm and its derivatives, factorials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..numpy.util import arrays_of, as_int, promote_args_inexact
from .special_common import operation, pb, real_args, special


# Gamma ------------------------------------------------------------------------------------------------------------------------
def gammaln(x: Any) -> Array:
    """Logarithm of the absolute value of the gamma function, elementwise.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex; use `loggamma`.

    Reference: SciPy, scipy.special.gammaln.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.gammaln(pnp.array([0.5, 1.0, 10.0]))
    Array([ 0.5723649,  0.       , 12.801827 ], dtype=float32)
    """
    return operation("lgamma", "gammaln", x)


def gammasgn(x: Any) -> Array:
    """Sign of the gamma function, elementwise; NaN at its poles below 0, the sign of zero at 0.

    Args:
      x: array or scalar of real numbers.

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.gammasgn.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.gammasgn(pnp.array([-1.5, -0.5, 2.0]))
    Array([ 1., -1.,  1.], dtype=float32)
    """
    return special("gammasgn", "gammasgn", x)


def gamma(x: Any) -> Array:
    """Gamma function, elementwise.

    Args:
      x: array or scalar of real or complex numbers.

    Returns:
      Array; NaN at the poles below 0, an infinity with the sign of zero at 0.

    Reference: SciPy, scipy.special.gamma.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.gamma(pnp.array([0.5, 5.0, -0.5]))
    Array([ 1.7724539, 24.       , -3.5449078], dtype=float32)
    """
    (x,) = promote_args_inexact("gamma", x)
    if T.is_complex(x.aval.dtype):
        return pnp.exp(loggamma(x))
    return special("gamma", "gamma", x)


def loggamma(x: Any) -> Array:
    """Principal branch of the logarithm of the gamma function, elementwise, with one cut along the negative real axis.

    Args:
      x: array or scalar of real or complex numbers.

    Returns:
      Array; NaN for real numbers that are not positive, and at poles.

    Reference: SciPy, scipy.special.loggamma.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.loggamma(pnp.array([3.0, 1.0 + 1.0j]))
    Array([ 0.69314766+0.j        , -0.6509237 -0.30164027j], dtype=complex64)
    """
    (x,) = promote_args_inexact("loggamma", x)
    if T.is_complex(x.aval.dtype):
        return _complex_loggamma(x)
    positive = x > 0
    return pnp.where(positive, pb.lgamma(pnp.where(positive, x, 1.0)), np.nan).astype(x.dtype)


#: Stirling's series: B_2k / (2k (2k - 1)).
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_SHIFT = 8


def _complex_loggamma(z: Array) -> Array:
    """Stirling's series at z + 8, less the logarithms of z, ..., z + 7; reflected at 1/2, with a logarithm of the sine that is
    analytic in each half plane."""
    re, im = pb.real(z), pb.imag(z)
    pole = (im == 0) & (re <= 0) & (re == pnp.floor(re))
    bad = pole | pnp.isnan(re) | pnp.isnan(im)
    one = pnp.ones_like(z)
    z = pnp.where(bad, one, z)
    reflect = pb.real(z) < 0.5
    right = pnp.where(reflect, 1 - z, z)
    steps = np.arange(_SHIFT, dtype=np.float64).astype(re.dtype)
    shifted = right + _SHIFT
    inverse = 1 / shifted
    square = inverse * inverse
    series = _STIRLING[-1] * one
    for c in _STIRLING[-2::-1]:
        series = series * square + c
    out = (shifted - 0.5) * pnp.log(shifted) - shifted + (0.5 * math.log(2 * math.pi)) + series * inverse
    out = out - pnp.sum(pnp.log(right[..., None] + steps), axis=-1)
    # log(sin(pi z)) = -i pi z + log(1 - exp(2 pi i z)) + log(i / 2) above the real axis, the conjugate below
    left = pnp.where(reflect, z, 0.25 * one)
    upper = pb.imag(left) >= 0
    x, y = pb.real(left), pnp.abs(pb.imag(left))
    fraction = x - pnp.round(x)
    factor = pb.neg(pb.expm1(pb.complex(-2 * math.pi * y, 2 * math.pi * fraction)))
    sine = pnp.log(factor) + pb.complex(math.pi * y - math.log(2.0), 0.5 * math.pi - math.pi * x)
    sine = pnp.where(upper, sine, pnp.conj(sine))
    out = pnp.where(reflect, math.log(math.pi) - sine - out, out)
    return pnp.where(bad, complex(np.nan, np.nan), out).astype(z.dtype)


def digamma(x: Any) -> Array:
    """Derivative of `gammaln`, elementwise.

    Args:
      x: array or scalar of real numbers; NaN at the poles 0, -1, ...

    Raises:
      ValueError: `x` is complex.

    Reference: SciPy, scipy.special.digamma.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.digamma(pnp.array([0.5, 1.0]))
    Array([-1.9635102, -0.5772157], dtype=float32)
    """
    return operation("digamma", "digamma", x)


def polygamma(n: Any, x: Any) -> Array:
    """The `n`-th derivative of `digamma`, elementwise.

    Args:
      n: array or scalar of natural numbers, of an integer dtype.
      x: array or scalar of real numbers.

    Raises:
      ValueError: `n` has no integer dtype, or `x` is complex.

    Reference: SciPy, scipy.special.polygamma.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.polygamma(1, pnp.array([1.0, 2.0]))
    Array([1.6449341, 0.6449341], dtype=float32)
    """
    (order,) = arrays_of("polygamma", n)
    if not dtypes.is_integer(order.dtype):
        raise ValueError(f"Argument `n` to polygamma must be of integer type. Got dtype {order.dtype.name}.")
    order, x = pnp.broadcast_arrays(*real_args("polygamma", n, x))
    return lax.polygamma(order, x)


def multigammaln(a: Any, d: int) -> Array:
    """Logarithm of the multivariate gamma function, elementwise.

    Args:
      a: array or scalar of real numbers above (d - 1) / 2.
      d: dimension, a Python integer.

    Raises:
      TypeError: `d` is no integer.
      ValueError: `a` is complex.

    Reference: SciPy, scipy.special.multigammaln.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.multigammaln(pnp.array([2.0, 3.0]), 2)
    Array([0.45158273, 1.550195  ], dtype=float32)
    """
    d = as_int(d, "d argument of multigammaln")
    (a,) = real_args("multigammaln", a)
    halves = (0.5 * np.arange(d)).astype(a.dtype)
    out: Array = pnp.sum(pb.lgamma(a[..., None] - halves), axis=-1) + 0.25 * d * (d - 1) * math.log(math.pi)
    return out


def factorial(n: Any, exact: bool = False) -> Array:
    """``gamma(n + 1)``, elementwise; 0 for negative `n`.

    Args:
      n: array or scalar of real numbers.
      exact: must be False: results are floating-point numbers.

    Raises:
      NotImplementedError: `exact` is true.
      ValueError: `n` is complex.

    Reference: SciPy, scipy.special.factorial.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.factorial(pnp.array([0, 3, 5]))
    Array([  1.,   6., 120.], dtype=float32)
    """
    if exact:
        raise NotImplementedError(
            "factorial with exact=True is not supported: array elements have 64 bits at most; use math.factorial"
        )
    (n,) = real_args("factorial", n)
    negative = n < 0
    return pnp.where(negative, 0, pb.special(pnp.where(negative, 0, n).astype(n.dtype) + 1, kind="gamma")).astype(n.dtype)


def comb(N: Any, k: Any, *, repetition: bool = False) -> Array:
    """Number of ways to choose `k` of `N` things, as a floating-point number, elementwise; 0 where there is none.

    Args:
      N, k: arrays or scalars of real numbers, promoted to one dtype and broadcast.
      repetition: whether a thing may be chosen more than once.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.comb.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.comb(5, pnp.array([0, 2, 7]))
    Array([ 1., 10.,  0.], dtype=float32)
    """
    N, k = real_args("comb", N, k)
    if repetition:
        return pnp.where((k == 0) & (N >= 0), 1, comb(N + k - 1, k)).astype(N.dtype)
    N, k = pnp.broadcast_arrays(N, k)
    good = (k <= N) & (N >= 0) & (k >= 0)
    N, k = pnp.where(good, N, 0), pnp.where(good, k, 0)
    small = N < 30
    n, i = pnp.where(small, N, 0) + 1, pnp.where(small, k, 0) + 1
    gammas = pb.special(n, kind="gamma") / (pb.special(i, kind="gamma") * pb.special(n - i + 1, kind="gamma"))
    logarithms = pnp.exp(-pb.special(N - k + 1, k + 1, kind="betaln")) / (N + 1)
    return pnp.where(good, pnp.where(small, gammas, logarithms), 0).astype(N.dtype)


def poch(z: Any, m: Any) -> Array:
    """Pochhammer symbol ``gamma(z + m) / gamma(z)``, elementwise.

    Args:
      z, m: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.poch.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.poch(pnp.array([1.0, 0.5]), pnp.array([4.0, 2.0]))
    Array([24.  ,  0.75], dtype=float32)
    """
    return special("poch", "poch", z, m)


__all__ = [
    "comb",
    "digamma",
    "factorial",
    "gamma",
    "gammaln",
    "gammasgn",
    "loggamma",
    "multigammaln",
    "poch",
    "polygamma",
]
