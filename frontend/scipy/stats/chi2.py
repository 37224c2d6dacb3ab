"""The chi-square distribution.

Reference: SciPy, scipy.stats.chi2.
"""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import gammainc, gammaincc
from . import gamma


def logpdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.chi2.logpdf.

    >>> from pullback.scipy.stats import chi2
    >>> print(chi2.logpdf(2.0, 3.0).round(4))
    -1.5724
    """
    x, df, loc, scale = promote_args_inexact("chi2.logpdf", x, df, loc, scale)
    y = (x - loc) / scale
    return gamma.logpdf(y, df / 2, 0, 2) - pnp.log(scale)


def pdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.chi2.pdf.

    >>> from pullback.scipy.stats import chi2
    >>> print(chi2.pdf(2.0, 3.0).round(4))
    0.2076
    """
    return pnp.exp(logpdf(x, df, loc, scale))


def cdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.chi2.cdf.

    >>> from pullback.scipy.stats import chi2
    >>> print(chi2.cdf(2.0, 3.0).round(4))
    0.4276
    """
    x, df, loc, scale = promote_args_inexact("chi2.cdf", x, df, loc, scale)
    y = (x - loc) / scale
    return gammainc(df / 2, pnp.where(y < 0, 0.0, y) / 2)


def logcdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.chi2.logcdf.

    >>> from pullback.scipy.stats import chi2
    >>> print(chi2.logcdf(2.0, 3.0).round(4))
    -0.8496
    """
    return pnp.log(cdf(x, df, loc, scale))


def sf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.chi2.sf.

    >>> from pullback.scipy.stats import chi2
    >>> print(chi2.sf(2.0, 3.0).round(4))
    0.5724
    """
    x, df, loc, scale = promote_args_inexact("chi2.sf", x, df, loc, scale)
    y = (x - loc) / scale
    return gammaincc(df / 2, pnp.where(y < 0, 0.0, y) / 2)


def logsf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.chi2.logsf.

    >>> from pullback.scipy.stats import chi2
    >>> print(chi2.logsf(2.0, 3.0).round(4))
    -0.5579
    """
    return pnp.log(sf(x, df, loc, scale))
