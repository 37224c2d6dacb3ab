"""The generalized normal distribution, of density proportional to ``exp(-abs(x)**beta)``.

Reference: SciPy, scipy.stats.gennorm.
"""

from __future__ import annotations

from typing import Any

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import gammainc, gammaln


def logpdf(x: Any, beta: Any) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      beta: exponent, positive.

    Reference: SciPy, scipy.stats.gennorm.logpdf.

    >>> from pullback.scipy.stats import gennorm
    >>> print(gennorm.logpdf(0.5, 1.5).round(4))
    -0.9444
    """
    x, beta = promote_args_inexact("gennorm.logpdf", x, beta)
    return pnp.log(beta / 2) - gammaln(1 / beta) - pnp.abs(x) ** beta


def cdf(x: Any, beta: Any) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      beta: exponent, positive.

    Reference: SciPy, scipy.stats.gennorm.cdf.

    >>> from pullback.scipy.stats import gennorm
    >>> print(gennorm.cdf(0.5, 1.5).round(4))
    0.7417
    """
    x, beta = promote_args_inexact("gennorm.cdf", x, beta)
    return 0.5 * (1 + pnp.sign(x) * gammainc(1 / beta, pnp.abs(x) ** beta))


def pdf(x: Any, beta: Any) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      beta: exponent, positive.

    Reference: SciPy, scipy.stats.gennorm.pdf.

    >>> from pullback.scipy.stats import gennorm
    >>> print(gennorm.pdf(0.5, 1.5).round(4))
    0.3889
    """
    return pnp.exp(logpdf(x, beta))
