"""The Laplace distribution.

Reference: SciPy, scipy.stats.laplace.
"""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.laplace.logpdf.

    >>> from pullback.scipy.stats import laplace
    >>> print(laplace.logpdf(0.5).round(4))
    -1.1931
    """
    x, loc, scale = promote_args_inexact("laplace.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.abs(y) - pnp.log(2 * scale)


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.laplace.pdf.

    >>> from pullback.scipy.stats import laplace
    >>> print(laplace.pdf(0.5).round(4))
    0.3033
    """
    return pnp.exp(logpdf(x, loc, scale))


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.laplace.cdf.

    >>> from pullback.scipy.stats import laplace
    >>> print(laplace.cdf(0.5).round(4))
    0.6967
    """
    x, loc, scale = promote_args_inexact("laplace.cdf", x, loc, scale)
    y = (x - loc) / scale
    tail = 0.5 * pnp.exp(-pnp.abs(y))
    return pnp.where(y < 0, tail, 1 - tail)
