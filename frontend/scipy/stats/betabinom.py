"""The beta-binomial distribution: successes in `n` trials, their probability being beta-distributed.

Reference: SciPy, scipy.stats.betabinom.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import betaln


def logpmf(k: Any, n: Any, a: Any, b: Any, loc: Any = 0) -> Array:
    """Logarithm of the probability of a value.

    Args:
      k: values; array or scalar.
      n: number of trials.
      a, b: parameters of the beta distribution, positive.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.betabinom.logpmf.

    >>> from pullback.scipy.stats import betabinom
    >>> print(betabinom.logpmf(2, 5, 1.5, 2.0).round(4))
    -1.5459
    """
    k, n, a, b, loc = promote_args_inexact("betabinom.logpmf", k, n, a, b, loc)
    y = k - loc
    outside = (y < 0) | (y > n)
    y = pnp.where(outside, 0.0, pnp.floor(y))
    value = betaln(y + a, n - y + b) - betaln(a, b) - pnp.log1p(n) - betaln(n - y + 1, y + 1)
    return pnp.where(outside, -np.inf, value)


def pmf(k: Any, n: Any, a: Any, b: Any, loc: Any = 0) -> Array:
    """Probability of a value.

    Args:
      k: values; array or scalar.
      n: number of trials.
      a, b: parameters of the beta distribution, positive.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.betabinom.pmf.

    >>> from pullback.scipy.stats import betabinom
    >>> print(betabinom.pmf(2, 5, 1.5, 2.0).round(4))
    0.2131
    """
    return pnp.exp(logpmf(k, n, a, b, loc))
