"""The right-skewed Gumbel distribution, of maxima.

Reference: SciPy, scipy.stats.gumbel_r.
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

    Reference: SciPy, scipy.stats.gumbel_r.logpdf.

    >>> from pullback.scipy.stats import gumbel_r
    >>> print(gumbel_r.logpdf(0.5).round(4))
    -1.1065
    """
    x, loc, scale = promote_args_inexact("gumbel_r.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return -y - pnp.exp(-y) - pnp.log(scale)


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_r.pdf.

    >>> from pullback.scipy.stats import gumbel_r
    >>> print(gumbel_r.pdf(0.5).round(4))
    0.3307
    """
    return pnp.exp(logpdf(x, loc, scale))


def logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_r.logcdf.

    >>> from pullback.scipy.stats import gumbel_r
    >>> print(gumbel_r.logcdf(0.5).round(4))
    -0.6065
    """
    x, loc, scale = promote_args_inexact("gumbel_r.logcdf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.exp(-y)


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_r.cdf.

    >>> from pullback.scipy.stats import gumbel_r
    >>> print(gumbel_r.cdf(0.5).round(4))
    0.5452
    """
    x, loc, scale = promote_args_inexact("gumbel_r.cdf", x, loc, scale)
    y = (x - loc) / scale
    return pnp.exp(-pnp.exp(-y))


def ppf(p: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      p: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_r.ppf.

    >>> from pullback.scipy.stats import gumbel_r
    >>> print(gumbel_r.ppf(0.3).round(4))
    -0.1856
    """
    p, loc, scale = promote_args_inexact("gumbel_r.ppf", p, loc, scale)
    return loc - scale * pnp.log(-pnp.log(p))


def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_r.sf.

    >>> from pullback.scipy.stats import gumbel_r
    >>> print(gumbel_r.sf(0.5).round(4))
    0.4548
    """
    x, loc, scale = promote_args_inexact("gumbel_r.sf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.expm1(-pnp.exp(-y))


def logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gumbel_r.logsf.

    >>> from pullback.scipy.stats import gumbel_r
    >>> print(gumbel_r.logsf(0.5).round(4))
    -0.788
    """
    x, loc, scale = promote_args_inexact("gumbel_r.logsf", x, loc, scale)
    y = (x - loc) / scale
    return log1mexp(pnp.exp(-y))
