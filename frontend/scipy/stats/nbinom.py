"""The negative binomial distribution: failures before the `n`-th success.

Reference: SciPy, scipy.stats.nbinom.
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
      n: number of successes.
      p: probability of success.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.nbinom.logpmf.

    >>> from pullback.scipy.stats import nbinom
    >>> print(nbinom.logpmf(2, 3, 0.4).round(4))
    -1.9788
    """
    k, n, p, loc = promote_args_inexact("nbinom.logpmf", k, n, p, loc)
    y = k - loc
    outside = y < 0
    y = pnp.where(outside, 0.0, y)
    ways = gammaln(y + n) - gammaln(y + 1) - gammaln(n)
    return pnp.where(outside, -np.inf, ways + xlogy(n, p) + xlog1py(y, -p))


def pmf(k: Any, n: Any, p: Any, loc: Any = 0) -> Array:
    """Probability of a value.

    Args:
      k: values; array or scalar.
      n: number of successes.
      p: probability of success.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.nbinom.pmf.

    >>> from pullback.scipy.stats import nbinom
    >>> print(nbinom.pmf(2, 3, 0.4).round(4))
    0.1382
    """
    return pnp.exp(logpmf(k, n, p, loc))
