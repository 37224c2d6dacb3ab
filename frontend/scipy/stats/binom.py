"""The binomial distribution: successes in `n` trials.

Reference: SciPy, scipy.stats.binom.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import gammaln, xlog1py, xlogy


def logpmf(k: Any, n: Any, p: Any, loc: Any = 0) -> Array:
    """Logarithm of the probability of a value.

    Args:
      k: values; array or scalar.
      n: number of trials.
      p: probability of success.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.binom.logpmf.

    >>> from pullback.scipy.stats import binom
    >>> print(binom.logpmf(2, 5, 0.3).round(4))
    -1.1754
    """
    k, n, p, loc = promote_args_inexact("binom.logpmf", k, n, p, loc)
    y = k - loc
    outside = (y < 0) | (y > n)
    y = pnp.where(outside, 0.0, y)
    ways = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    return pnp.where(outside, -np.inf, ways + xlogy(y, p) + xlog1py(n - y, -p))


def pmf(k: Any, n: Any, p: Any, loc: Any = 0) -> Array:
    """Probability of a value.

    Args:
      k: values; array or scalar.
      n: number of trials.
      p: probability of success.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.binom.pmf.

    >>> from pullback.scipy.stats import binom
    >>> print(binom.pmf(2, 5, 0.3).round(4))
    0.3087
    """
    return pnp.exp(logpmf(k, n, p, loc))
