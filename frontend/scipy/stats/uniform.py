"""The uniform distribution on [0, 1].

Reference: SciPy, scipy.stats.uniform.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.uniform.logpdf.

    >>> from pullback.scipy.stats import uniform
    >>> print(uniform.logpdf(0.5).round(4))
    0.0
    """
    x, loc, scale = promote_args_inexact("uniform.logpdf", x, loc, scale)
    y = (x - loc) / scale
    return pnp.where(pnp.isnan(y), y, pnp.where((y >= 0) & (y <= 1), -pnp.log(scale), -np.inf))


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.uniform.pdf.

    >>> from pullback.scipy.stats import uniform
    >>> print(uniform.pdf(0.5).round(4))
    1.0
    """
    return pnp.exp(logpdf(x, loc, scale))


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.uniform.cdf.

    >>> from pullback.scipy.stats import uniform
    >>> print(uniform.cdf(0.5).round(4))
    0.5
    """
    x, loc, scale = promote_args_inexact("uniform.cdf", x, loc, scale)
    y = (x - loc) / scale
    return pnp.clip(y, 0.0, 1.0)


def ppf(q: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      q: probabilities; array or scalar.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.uniform.ppf.

    >>> from pullback.scipy.stats import uniform
    >>> print(uniform.ppf(0.3).round(4))
    0.3
    """
    q, loc, scale = promote_args_inexact("uniform.ppf", q, loc, scale)
    return pnp.where((q >= 0) & (q <= 1), loc + scale * q, np.nan)
