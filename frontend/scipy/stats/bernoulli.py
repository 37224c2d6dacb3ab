"""The Bernoulli distribution: 1 with probability `p`, else 0.

Reference: SciPy, scipy.stats.bernoulli.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import xlog1py, xlogy


def logpmf(k: Any, p: Any, loc: Any = 0) -> Array:
    """Logarithm of the probability of a value.

    Args:
      k: values; array or scalar.
      p: probability of 1.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.bernoulli.logpmf.

    >>> from pullback.scipy.stats import bernoulli
    >>> print(bernoulli.logpmf(1, 0.3).round(4))
    -1.204
    """
    k, p, loc = promote_args_inexact("bernoulli.logpmf", k, p, loc)
    y = k - loc
    inside = (y == 0) | (y == 1) | pnp.isnan(y)
    one = pnp.where(inside, y, 0.0)
    return pnp.where(inside, xlogy(one, p) + xlog1py(1 - one, -p), -np.inf)


def pmf(k: Any, p: Any, loc: Any = 0) -> Array:
    """Probability of a value.

    Args:
      k: values; array or scalar.
      p: probability of 1.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.bernoulli.pmf.

    >>> from pullback.scipy.stats import bernoulli
    >>> print(bernoulli.pmf(1, 0.3).round(4))
    0.3
    """
    return pnp.exp(logpmf(k, p, loc))


def cdf(k: Any, p: Any) -> Array:
    """Distribution function: the probability of at most `k`.

    Args:
      k: values; array or scalar.
      p: probability of 1.

    Reference: SciPy, scipy.stats.bernoulli.cdf.

    >>> from pullback.scipy.stats import bernoulli
    >>> print(bernoulli.cdf(1, 0.3).round(4))
    1.0
    """
    k, p = promote_args_inexact("bernoulli.cdf", k, p)
    return pnp.where((p < 0) | (p > 1), np.nan, pnp.where(k < 0, 0.0, pnp.where(k < 1, 1 - p, pnp.where(k >= 1, 1.0, np.nan))))


def ppf(q: Any, p: Any) -> Array:
    """Quantiles: the inverse of the distribution function.

    Args:
      q: probabilities; array or scalar.
      p: probability of 1.

    Reference: SciPy, scipy.stats.bernoulli.ppf.

    >>> from pullback.scipy.stats import bernoulli
    >>> print(bernoulli.ppf(0.3, 0.3).round(4))
    0.0
    """
    q, p = promote_args_inexact("bernoulli.ppf", q, p)
    valid = (p >= 0) & (p <= 1) & (q >= 0) & (q <= 1)
    return pnp.where(valid, pnp.where(q <= 1 - p, 0.0, 1.0), np.nan).astype(q.dtype)
