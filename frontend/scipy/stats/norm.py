"""The normal distribution.

Reference: SciPy, scipy.stats.norm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import log_ndtr, ndtr, ndtri


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.logpdf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.logpdf(0.5).round(4))
    -1.0439
    """
    x, loc, scale = promote_args_inexact("norm.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return -0.5 * (y * y) - pnp.log(scale) - 0.5 * float(np.log(2 * np.pi))


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.pdf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.pdf(0.5).round(4))
    0.3521
    """
    return pnp.exp(logpdf(x, loc, scale))


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.cdf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.cdf(0.5).round(4))
    0.6915
    """
    x, loc, scale = promote_args_inexact("norm.cdf", x, loc, scale)
    y = (x - loc) / scale
    return ndtr(y)


def logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.logcdf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.logcdf(0.5).round(4))
    -0.3689
    """
    x, loc, scale = promote_args_inexact("norm.logcdf", x, loc, scale)
    y = (x - loc) / scale
    return log_ndtr(y)


def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.sf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.sf(0.5).round(4))
    0.3085
    """
    x, loc, scale = promote_args_inexact("norm.sf", x, loc, scale)
    y = (x - loc) / scale
    return ndtr(-y)


def logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.logsf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.logsf(0.5).round(4))
    -1.1759
    """
    x, loc, scale = promote_args_inexact("norm.logsf", x, loc, scale)
    y = (x - loc) / scale
    return log_ndtr(-y)


def ppf(q: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      q: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.ppf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.ppf(0.3).round(4))
    -0.5244
    """
    q, loc, scale = promote_args_inexact("norm.ppf", q, loc, scale)
    return loc + scale * ndtri(q)


def isf(q: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Inverse of the survival function.

    Args:
      q: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.norm.isf.

    >>> from pullback.scipy.stats import norm
    >>> print(norm.isf(0.3).round(4))
    0.5244
    """
    q, loc, scale = promote_args_inexact("norm.isf", q, loc, scale)
    return loc - scale * ndtri(q)
