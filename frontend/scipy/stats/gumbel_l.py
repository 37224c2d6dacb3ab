"""The left-skewed Gumbel distribution, of minima.

Reference: SciPy, scipy.stats.gumbel_l.
"""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...array import Array
from ...nn import log1mexp
from ...numpy.util import promote_args_inexact


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_l.logpdf.

    >>> from pullback.scipy.stats import gumbel_l
    >>> print(gumbel_l.logpdf(0.5).round(4))
    -1.1487
    """
    x, loc, scale = promote_args_inexact("gumbel_l.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return y - pnp.exp(y) - pnp.log(scale)


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_l.pdf.

    >>> from pullback.scipy.stats import gumbel_l
    >>> print(gumbel_l.pdf(0.5).round(4))
    0.317
    """
    return pnp.exp(logpdf(x, loc, scale))


def logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_l.logcdf.

    >>> from pullback.scipy.stats import gumbel_l
    >>> print(gumbel_l.logcdf(0.5).round(4))
    -0.2136
    """
    x, loc, scale = promote_args_inexact("gumbel_l.logcdf", x, loc, scale)
    y = (x - loc) / scale
    return log1mexp(pnp.exp(y))


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_l.cdf.

    >>> from pullback.scipy.stats import gumbel_l
    >>> print(gumbel_l.cdf(0.5).round(4))
    0.8077
    """
    x, loc, scale = promote_args_inexact("gumbel_l.cdf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.expm1(-pnp.exp(y))


def ppf(p: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      p: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_l.ppf.

    >>> from pullback.scipy.stats import gumbel_l
    >>> print(gumbel_l.ppf(0.3).round(4))
    -1.0309
    """
    p, loc, scale = promote_args_inexact("gumbel_l.ppf", p, loc, scale)
    return loc + scale * pnp.log(-pnp.log1p(-p))


def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_l.sf.

    >>> from pullback.scipy.stats import gumbel_l
    >>> print(gumbel_l.sf(0.5).round(4))
    0.1923
    """
    x, loc, scale = promote_args_inexact("gumbel_l.sf", x, loc, scale)
    y = (x - loc) / scale
    return pnp.exp(-pnp.exp(y))


def logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_l.logsf.

    >>> from pullback.scipy.stats import gumbel_l
    >>> print(gumbel_l.logsf(0.5).round(4))
    -1.6487
    """
    x, loc, scale = promote_args_inexact("gumbel_l.logsf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.exp(y)
