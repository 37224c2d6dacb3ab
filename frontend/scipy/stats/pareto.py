"""The Pareto distribution, on [1, inf).

Reference: SciPy, scipy.stats.pareto.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...nn import log1mexp
from ...numpy.util import promote_args_inexact


def logcdf(x: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      b: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.pareto.logcdf.

    >>> from pullback.scipy.stats import pareto
    >>> print(pareto.logcdf(1.5, 2.0).round(4))
    -0.5878
    """
    x, b, loc, scale = promote_args_inexact("pareto.logcdf", x, b, loc, scale)
    y = (x - loc) / scale
    outside = y <= 1
    return pnp.where(outside, -np.inf, log1mexp(b * pnp.log(pnp.where(outside, 2.0, y))))


def logpdf(x: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      b: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.pareto.logpdf.

    >>> from pullback.scipy.stats import pareto
    >>> print(pareto.logpdf(1.5, 2.0).round(4))
    -0.5232
    """
    x, b, loc, scale = promote_args_inexact("pareto.logpdf", x, b, loc, scale)
    y = (x - loc) / scale
    outside = y < 1
    return pnp.where(outside, -np.inf, pnp.log(b / scale) - (b + 1) * pnp.log(pnp.where(outside, 1.0, y)))


def logsf(x: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      b: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.pareto.logsf.

    >>> from pullback.scipy.stats import pareto
    >>> print(pareto.logsf(1.5, 2.0).round(4))
    -0.8109
    """
    x, b, loc, scale = promote_args_inexact("pareto.logsf", x, b, loc, scale)
    y = (x - loc) / scale
    return -b * pnp.log(pnp.where(y < 1, 1.0, y))


def cdf(x: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      b: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.pareto.cdf.

    >>> from pullback.scipy.stats import pareto
    >>> print(pareto.cdf(1.5, 2.0).round(4))
    0.5556
    """
    x, b, loc, scale = promote_args_inexact("pareto.cdf", x, b, loc, scale)
    y = (x - loc) / scale
    return -pnp.expm1(-b * pnp.log(pnp.where(y < 1, 1.0, y)))


def pdf(x: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      b: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.pareto.pdf.

    >>> from pullback.scipy.stats import pareto
    >>> print(pareto.pdf(1.5, 2.0).round(4))
    0.5926
    """
    return pnp.exp(logpdf(x, b, loc, scale))


def ppf(q: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      q: probabilities; array or scalar.
      b: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.pareto.ppf.

    >>> from pullback.scipy.stats import pareto
    >>> print(pareto.ppf(0.3, 2.0).round(4))
    1.1952
    """
    q, b, loc, scale = promote_args_inexact("pareto.ppf", q, b, loc, scale)
    valid = (q >= 0) & (q <= 1)
    return pnp.where(valid, loc + scale * pnp.exp(-pnp.log1p(-pnp.where(valid, q, 0.0)) / b), np.nan)


def sf(x: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      b: shape parameter, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.pareto.sf.

    >>> from pullback.scipy.stats import pareto
    >>> print(pareto.sf(1.5, 2.0).round(4))
    0.4444
    """
    x, b, loc, scale = promote_args_inexact("pareto.sf", x, b, loc, scale)
    y = (x - loc) / scale
    return pnp.exp(-b * pnp.log(pnp.where(y < 1, 1.0, y)))
