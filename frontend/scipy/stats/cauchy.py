"""The Cauchy distribution.

Reference: SciPy, scipy.stats.cauchy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact


def _quantile(q: Array) -> Array:
    """Standard quantiles, from the probability of the nearer tail."""
    inside = (q > 0) & (q < 1)
    safe = pnp.where(inside, q, 0.25)
    left = safe < 0.5
    distance = 1 / pnp.tan(np.pi * pnp.where(left, safe, 1 - safe))
    ends = pnp.where(q == 0, -np.inf, pnp.where(q == 1, np.inf, np.nan))
    return pnp.where(inside, pnp.where(left, -distance, distance), ends)


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.logpdf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.logpdf(0.5).round(4))
    -1.3679
    """
    x, loc, scale = promote_args_inexact("cauchy.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return -pnp.log1p(y * y) - pnp.log(np.pi * scale)


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.pdf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.pdf(0.5).round(4))
    0.2546
    """
    return pnp.exp(logpdf(x, loc, scale))


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.cdf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.cdf(0.5).round(4))
    0.6476
    """
    x, loc, scale = promote_args_inexact("cauchy.cdf", x, loc, scale)
    y = (x - loc) / scale
    return 0.5 + pnp.arctan(y) / np.pi


def logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.logcdf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.logcdf(0.5).round(4))
    -0.4345
    """
    return pnp.log(cdf(x, loc, scale))


def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.sf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.sf(0.5).round(4))
    0.3524
    """
    x, loc, scale = promote_args_inexact("cauchy.sf", x, loc, scale)
    y = (x - loc) / scale
    return 0.5 - pnp.arctan(y) / np.pi


def logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.logsf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.logsf(0.5).round(4))
    -1.0429
    """
    return pnp.log(sf(x, loc, scale))


def ppf(q: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      q: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.ppf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.ppf(0.3).round(4))
    -0.7265
    """
    q, loc, scale = promote_args_inexact("cauchy.ppf", q, loc, scale)
    return loc + scale * _quantile(q)


def isf(q: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Inverse of the survival function.

    Args:
      q: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.cauchy.isf.

    >>> from pullback.scipy.stats import cauchy
    >>> print(cauchy.isf(0.3).round(4))
    0.7265
    """
    q, loc, scale = promote_args_inexact("cauchy.isf", q, loc, scale)
    return loc - scale * _quantile(q)
