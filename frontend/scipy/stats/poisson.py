"""The Poisson distribution.

Reference: SciPy, scipy.stats.poisson.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import gammaincc, gammaln, xlogy


def logpmf(k: Any, mu: Any, loc: Any = 0) -> Array:
    """Logarithm of the probability of a value.

    Args:
      k: values; array or scalar.
      mu: mean, not negative.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.poisson.logpmf.

    >>> from pullback.scipy.stats import poisson
    >>> print(poisson.logpmf(2, 3.0).round(4))
    -1.4959
    """
    k, mu, loc = promote_args_inexact("poisson.logpmf", k, mu, loc)
    y = k - loc
    inside = (y >= 0) & (y == pnp.floor(y)) | pnp.isnan(y)
    y = pnp.where(inside, y, 0.0)
    return pnp.where(inside, xlogy(y, mu) - gammaln(y + 1) - mu, -np.inf)


def pmf(k: Any, mu: Any, loc: Any = 0) -> Array:
    """Probability of a value.

    Args:
      k: values; array or scalar.
      mu: mean, not negative.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.poisson.pmf.

    >>> from pullback.scipy.stats import poisson
    >>> print(poisson.pmf(2, 3.0).round(4))
    0.224
    """
    return pnp.exp(logpmf(k, mu, loc))


def cdf(k: Any, mu: Any, loc: Any = 0) -> Array:
    """Distribution function: the probability of at most `k`.

    Args:
      k: values; array or scalar.
      mu: mean, not negative.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.poisson.cdf.

    >>> from pullback.scipy.stats import poisson
    >>> print(poisson.cdf(2, 3.0).round(4))
    0.4232
    """
    k, mu, loc = promote_args_inexact("poisson.cdf", k, mu, loc)
    y = k - loc
    outside = y < 0
    return pnp.where(outside, 0.0, gammaincc(pnp.floor(pnp.where(outside, 0.0, y)) + 1, mu))
