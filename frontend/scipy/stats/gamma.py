"""The gamma distribution.

Reference: SciPy, scipy.stats.gamma.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import gammainc, gammaincc, gammaln, xlogy


def logpdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      a: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gamma.logpdf.

    >>> from pullback.scipy.stats import gamma
    >>> print(gamma.logpdf(1.5, 2.0).round(4))
    -1.0945
    """
    x, a, loc, scale = promote_args_inexact("gamma.logpdf", x, a, loc, scale)
    y = (x - loc) / scale
    outside = y < 0
    y = pnp.where(outside, 1.0, y)
    return pnp.where(outside, -np.inf, xlogy(a - 1, y) - y - gammaln(a) - pnp.log(scale))


def pdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      a: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gamma.pdf.

    >>> from pullback.scipy.stats import gamma
    >>> print(gamma.pdf(1.5, 2.0).round(4))
    0.3347
    """
    return pnp.exp(logpdf(x, a, loc, scale))


def cdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      a: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gamma.cdf.

    >>> from pullback.scipy.stats import gamma
    >>> print(gamma.cdf(1.5, 2.0).round(4))
    0.4422
    """
    x, a, loc, scale = promote_args_inexact("gamma.cdf", x, a, loc, scale)
    y = (x - loc) / scale
    return gammainc(a, pnp.where(y < 0, 0.0, y))


def logcdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      a: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gamma.logcdf.

    >>> from pullback.scipy.stats import gamma
    >>> print(gamma.logcdf(1.5, 2.0).round(4))
    -0.8161
    """
    return pnp.log(cdf(x, a, loc, scale))


def sf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      a: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gamma.sf.

    >>> from pullback.scipy.stats import gamma
    >>> print(gamma.sf(1.5, 2.0).round(4))
    0.5578
    """
    x, a, loc, scale = promote_args_inexact("gamma.sf", x, a, loc, scale)
    y = (x - loc) / scale
    return gammaincc(a, pnp.where(y < 0, 0.0, y))


def logsf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      a: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.gamma.logsf.

    >>> from pullback.scipy.stats import gamma
    >>> print(gamma.logsf(1.5, 2.0).round(4))
    -0.5837
    """
    return pnp.log(sf(x, a, loc, scale))
