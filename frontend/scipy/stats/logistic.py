"""The logistic distribution.

Reference: SciPy, scipy.stats.logistic.
"""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import expit, logit


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.logistic.logpdf.

    >>> from pullback.scipy.stats import logistic
    >>> print(logistic.logpdf(0.5).round(4))
    -1.4482
    """
    x, loc, scale = promote_args_inexact("logistic.logpdf", x, loc, scale)
    y = (x - loc) / scale
    half = y / 2
    return -2 * pnp.logaddexp(half, -half) - pnp.log(scale)


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.logistic.pdf.

    >>> from pullback.scipy.stats import logistic
    >>> print(logistic.pdf(0.5).round(4))
    0.235
    """
    return pnp.exp(logpdf(x, loc, scale))


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.logistic.cdf.

    >>> from pullback.scipy.stats import logistic
    >>> print(logistic.cdf(0.5).round(4))
    0.6225
    """
    x, loc, scale = promote_args_inexact("logistic.cdf", x, loc, scale)
    y = (x - loc) / scale
    return expit(y)


def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.logistic.sf.

    >>> from pullback.scipy.stats import logistic
    >>> print(logistic.sf(0.5).round(4))
    0.3775
    """
    x, loc, scale = promote_args_inexact("logistic.sf", x, loc, scale)
    y = (x - loc) / scale
    return expit(-y)


def ppf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      x: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.logistic.ppf.

    >>> from pullback.scipy.stats import logistic
    >>> print(logistic.ppf(0.3).round(4))
    -0.8473
    """
    x, loc, scale = promote_args_inexact("logistic.ppf", x, loc, scale)
    return loc + scale * logit(x)


def isf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Inverse of the survival function.

    Args:
      x: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.logistic.isf.

    >>> from pullback.scipy.stats import logistic
    >>> print(logistic.isf(0.3).round(4))
    0.8473
    """
    x, loc, scale = promote_args_inexact("logistic.isf", x, loc, scale)
    return loc - scale * logit(x)
