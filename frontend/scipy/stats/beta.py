"""The beta distribution on [0, 1].

Reference: SciPy, scipy.stats.beta.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import betainc, betaln, xlog1py, xlogy


def logpdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      a, b: parameters, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.beta.logpdf.

    >>> from pullback.scipy.stats import beta
    >>> print(beta.logpdf(0.3, 2.0, 3.0).round(4))
    0.5676
    """
    x, a, b, loc, scale = promote_args_inexact("beta.logpdf", x, a, b, loc, scale)
    y = (x - loc) / scale
    outside = (y < 0) | (y > 1)
    y = pnp.where(outside, 0.5, y)
    return pnp.where(outside, -np.inf, xlogy(a - 1, y) + xlog1py(b - 1, -y) - betaln(a, b) - pnp.log(scale))


def pdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      a, b: parameters, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.beta.pdf.

    >>> from pullback.scipy.stats import beta
    >>> print(beta.pdf(0.3, 2.0, 3.0).round(4))
    1.764
    """
    return pnp.exp(logpdf(x, a, b, loc, scale))


def cdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Distribution function: the probability of at most `x`.

    Args:
      x: values; array or scalar.
      a, b: parameters, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.beta.cdf.

    >>> from pullback.scipy.stats import beta
    >>> print(beta.cdf(0.3, 2.0, 3.0).round(4))
    0.3483
    """
    x, a, b, loc, scale = promote_args_inexact("beta.cdf", x, a, b, loc, scale)
    y = (x - loc) / scale
    return betainc(a, b, pnp.clip(y, 0.0, 1.0))


def logcdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the distribution function.

    Args:
      x: values; array or scalar.
      a, b: parameters, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.beta.logcdf.

    >>> from pullback.scipy.stats import beta
    >>> print(beta.logcdf(0.3, 2.0, 3.0).round(4))
    -1.0547
    """
    return pnp.log(cdf(x, a, b, loc, scale))


def sf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Survival function: the probability of more than `x`.

    Args:
      x: values; array or scalar.
      a, b: parameters, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.beta.sf.

    >>> from pullback.scipy.stats import beta
    >>> print(beta.sf(0.3, 2.0, 3.0).round(4))
    0.6517
    """
    x, a, b, loc, scale = promote_args_inexact("beta.sf", x, a, b, loc, scale)
    y = (x - loc) / scale
    return betainc(b, a, pnp.clip(1 - y, 0.0, 1.0))


def logsf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the survival function.

    Args:
      x: values; array or scalar.
      a, b: parameters, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.beta.logsf.

    >>> from pullback.scipy.stats import beta
    >>> print(beta.logsf(0.3, 2.0, 3.0).round(4))
    -0.4282
    """
    return pnp.log(sf(x, a, b, loc, scale))
