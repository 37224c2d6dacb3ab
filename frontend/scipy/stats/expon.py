"""The exponential distribution.

Reference: SciPy, scipy.stats.expon.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...nn import log1mexp
from ...numpy.util import promote_args_inexact


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.expon.logpdf.

    >>> from pullback.scipy.stats import expon
    >>> print(expon.logpdf(0.5).round(4))
    -0.5
    """
    x, loc, scale = promote_args_inexact("expon.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return pnp.where(y < 0, -np.inf, -y - pnp.log(scale))


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.expon.pdf.

    >>> from pullback.scipy.stats import expon
    >>> print(expon.pdf(0.5).round(4))
    0.6065
    """
    return pnp.exp(logpdf(x, loc, scale))


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.expon.cdf.

    >>> from pullback.scipy.stats import expon
    >>> print(expon.cdf(0.5).round(4))
    0.3935
    """
    x, loc, scale = promote_args_inexact("expon.cdf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.expm1(-pnp.where(y < 0, 0.0, y))


def logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.expon.logcdf.

    >>> from pullback.scipy.stats import expon
    >>> print(expon.logcdf(0.5).round(4))
    -0.9328
    """
    x, loc, scale = promote_args_inexact("expon.logcdf", x, loc, scale)
    y = (x - loc) / scale
    outside = y <= 0
    return pnp.where(outside, -np.inf, log1mexp(pnp.where(outside, 1.0, y)))


def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.expon.sf.

    >>> from pullback.scipy.stats import expon
    >>> print(expon.sf(0.5).round(4))
    0.6065
    """
    x, loc, scale = promote_args_inexact("expon.sf", x, loc, scale)
    y = (x - loc) / scale
    return pnp.exp(-pnp.where(y < 0, 0.0, y))


def logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.expon.logsf.

    >>> from pullback.scipy.stats import expon
    >>> print(expon.logsf(0.5).round(4))
    -0.5
    """
    x, loc, scale = promote_args_inexact("expon.logsf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.where(y < 0, 0.0, y)


def ppf(q: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      q: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.expon.ppf.

    >>> from pullback.scipy.stats import expon
    >>> print(expon.ppf(0.3).round(4))
    0.3567
    """
    q, loc, scale = promote_args_inexact("expon.ppf", q, loc, scale)
    valid = (q >= 0) & (q <= 1)
    return pnp.where(valid, loc - scale * pnp.log1p(-pnp.where(valid, q, 0.0)), np.nan)
