"""`pullback.scipy.special`: the beta function, incomplete gamma and beta functions, the zeta function, Bernoulli numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects.formulas import NUMPY
from pullback.dialects.special_zeta import zeta as zeta_sum

from .. import numpy as pnp
from ..array import Array
from ..numpy.util import as_int
from .special_common import operation, pb, real_args, special


# Beta and incomplete functions ---------------------------------------------------------------------------------------------
def betaln(a: Any, b: Any) -> Array:
    """Logarithm of the absolute value of the beta function, elementwise, accurate for large arguments.

    Args:
      a, b: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.betaln.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.betaln(pnp.array([2.0, 1000.0]), pnp.array([3.0, 0.5]))
    Array([-2.4849067, -2.8813877], dtype=float32)
    """
    return special("betaln", "betaln", a, b)


def beta(a: Any, b: Any) -> Array:
    """Beta function ``gamma(a) gamma(b) / gamma(a + b)``, elementwise.

    Args:
      a, b: arrays or scalars of real numbers, promoted to one dtype and broadcast.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.beta.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.beta(pnp.array([2.0, 0.5]), pnp.array([3.0, 0.5]))
    Array([0.08333334, 3.1415925 ], dtype=float32)
    """
    a, b = pnp.broadcast_arrays(*real_args("beta", a, b))
    sign = pb.special(a, kind="gammasgn") * pb.special(b, kind="gammasgn") * pb.special(a + b, kind="gammasgn")
    return sign * pnp.exp(pb.special(a, b, kind="betaln"))


def betainc(a: Any, b: Any, x: Any) -> Array:
    """Regularized incomplete beta function, elementwise; differentiable with respect to `x`.

    Args:
      a, b: arrays or scalars of numbers that are not negative.
      x: array or scalar of numbers in [0, 1].

    Raises:
      ValueError: an argument is complex.
      TypeError: a derivative by `a` or `b` is asked for.

    Reference: SciPy, scipy.special.betainc.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.betainc(2.0, 3.0, pnp.array([0.25, 0.5]))
    Array([0.26171875, 0.6875    ], dtype=float32)
    """
    return operation("betainc", "betainc", a, b, x)


def gammainc(a: Any, x: Any) -> Array:
    """Regularized lower incomplete gamma function, elementwise.

    Args:
      a: array or scalar of numbers that are not negative, the shape parameter.
      x: array or scalar of numbers that are not negative.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.gammainc.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.gammainc(pnp.array([0.5, 2.0]), 1.0)
    Array([0.8427008 , 0.26424113], dtype=float32)
    """
    return operation("igamma", "gammainc", a, x)


def gammaincc(a: Any, x: Any) -> Array:
    """Regularized upper incomplete gamma function, elementwise.

    Args:
      a: array or scalar of numbers that are not negative, the shape parameter.
      x: array or scalar of numbers that are not negative.

    Raises:
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.gammaincc.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.gammaincc(pnp.array([0.5, 2.0]), 1.0)
    Array([0.15729921, 0.7357589 ], dtype=float32)
    """
    return operation("igammac", "gammaincc", a, x)


# Zeta, Bernoulli -----------------------------------------------------------------------------------------------------------
def zeta(x: Any, q: Any = None) -> Array:
    """Hurwitz zeta function, the sum of ``(n + q)**-x`` over n = 0, 1, ..., elementwise; differentiable in both arguments.

    Args:
      x: array or scalar of numbers that are at least 1.
      q: array or scalar of real numbers; where negative, `x` must be an integer.

    Raises:
      NotImplementedError: `q` is None (Riemann's zeta function is the one for q = 1).
      ValueError: an argument is complex.

    Reference: SciPy, scipy.special.zeta.

    >>> from pullback import numpy as pnp
    >>> from pullback.scipy import special
    >>> special.zeta(2.0, pnp.array([1.0, 2.0]))
    Array([1.6449341, 0.6449341], dtype=float32)
    """
    if q is None:
        raise NotImplementedError("zeta without q is not supported; for Riemann's zeta function with x > 1 pass q=1")
    return special("hurwitz_zeta", "zeta", x, q)


def bernoulli(n: int) -> Array:
    """The Bernoulli numbers B_0, ..., B_n, with B_1 = -1/2.

    Args:
      n: natural number, a Python integer.

    Returns:
      Array of n + 1 numbers of the default floating dtype.

    Raises:
      ValueError: `n` is negative.

    Reference: SciPy, scipy.special.bernoulli.

    >>> from pullback.scipy import special
    >>> special.bernoulli(4)
    Array([ 1.        , -0.5       ,  0.16666667,  0.        , -0.03333333], dtype=float32)
    """
    n = as_int(n, "Argument n of bernoulli")
    if n < 0:
        raise ValueError("n must be a non-negative integer.")
    numbers = np.zeros(max(n, 2) + 1)
    numbers[:3] = 1.0, -0.5, 1 / 6
    # B_2k = (-1)^(k + 1) 2 (2k)! / (2 pi)^2k zeta(2k)
    even = np.arange(2.0, n + 1, 2)
    with np.errstate(over="ignore"):
        factors = 2.0 * np.cumprod(-even * (even - 1) / (4 * np.pi**2))
        numbers[4 : n + 1 : 2] = -(factors * zeta_sum(NUMPY, even, 1.0 + 0 * even))[1:]
    return pnp.asarray(numbers[: n + 1])


__all__ = ["bernoulli", "beta", "betainc", "betaln", "gammainc", "gammaincc", "zeta"]
