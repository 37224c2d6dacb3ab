"""The normal distribution, given that the standard normal variable lies between `a` and `b`.

Reference: SciPy, scipy.stats.truncnorm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...nn import log1mexp
from ...numpy.util import promote_args_inexact
from ..special import log_ndtr, ndtr


def _log_mass(a: Array, b: Array) -> Array:
    """Logarithm of the probability that a standard normal number is between the bounds, exact in both tails."""
    flipped = a > 0  # by symmetry, the interval is not in the right tail
    low, high = pnp.where(flipped, -b, a), pnp.where(flipped, -a, b)
    tail = high <= 0
    # in the left tail from the logarithms; otherwise from what is outside
    first = log_ndtr(pnp.where(tail, low, -2.0))
    last = log_ndtr(pnp.where(tail, high, -1.0))
    empty = last <= first
    inside = last + log1mexp(pnp.where(empty, 1.0, last - first))
    middle = pnp.log1p(-ndtr(pnp.where(tail, 0.0, low)) - ndtr(pnp.where(tail, -1.0, -high)))
    return pnp.where(tail, pnp.where(empty, -np.inf, inside), middle)


def _within(y: Array, a: Array, b: Array, value: Array, before: float, after: float) -> Array:
    """A value between the bounds, and the limits at them and beyond."""
    return pnp.where(a < b, pnp.where(y <= a, before, pnp.where(y >= b, after, value)), np.nan)


def cdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      a, b: bounds of the variable before it is scaled and shifted.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.truncnorm.cdf.

    >>> from pullback.scipy.stats import truncnorm
    >>> print(truncnorm.cdf(0.3, -0.5, 1.0).round(4))
    0.5806
    """
    return pnp.exp(logcdf(x, a, b, loc, scale))


def logcdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      a, b: bounds of the variable before it is scaled and shifted.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.truncnorm.logcdf.

    >>> from pullback.scipy.stats import truncnorm
    >>> print(truncnorm.logcdf(0.3, -0.5, 1.0).round(4))
    -0.5436
    """
    x, a, b, loc, scale = promote_args_inexact("truncnorm.logcdf", x, a, b, loc, scale)
    y = (x - loc) / scale
    y = pnp.clip(y, a, b)
    value = _log_mass(a, y) - _log_mass(a, b)
    return _within(y, a, b, value, -np.inf, 0.0)


def logpdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      a, b: bounds of the variable before it is scaled and shifted.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.truncnorm.logpdf.

    >>> from pullback.scipy.stats import truncnorm
    >>> print(truncnorm.logpdf(0.3, -0.5, 1.0).round(4))
    -0.3343
    """
    x, a, b, loc, scale = promote_args_inexact("truncnorm.logpdf", x, a, b, loc, scale)
    y = (x - loc) / scale
    outside = (y < a) | (y > b)
    value = -0.5 * (y * y) - 0.5 * float(np.log(2 * np.pi)) - pnp.log(scale) - _log_mass(a, b)
    return pnp.where(a < b, pnp.where(outside, -np.inf, value), np.nan)


def pdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      a, b: bounds of the variable before it is scaled and shifted.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.truncnorm.pdf.

    >>> from pullback.scipy.stats import truncnorm
    >>> print(truncnorm.pdf(0.3, -0.5, 1.0).round(4))
    0.7158
    """
    return pnp.exp(logpdf(x, a, b, loc, scale))


def logsf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      a, b: bounds of the variable before it is scaled and shifted.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.truncnorm.logsf.

    >>> from pullback.scipy.stats import truncnorm
    >>> print(truncnorm.logsf(0.3, -0.5, 1.0).round(4))
    -0.869
    """
    x, a, b, loc, scale = promote_args_inexact("truncnorm.logsf", x, a, b, loc, scale)
    y = (x - loc) / scale
    y = pnp.clip(y, a, b)
    value = _log_mass(y, b) - _log_mass(a, b)
    return _within(y, a, b, value, 0.0, -np.inf)


def sf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      a, b: bounds of the variable before it is scaled and shifted.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.truncnorm.sf.

    >>> from pullback.scipy.stats import truncnorm
    >>> print(truncnorm.sf(0.3, -0.5, 1.0).round(4))
    0.4194
    """
    return pnp.exp(logsf(x, a, b, loc, scale))
