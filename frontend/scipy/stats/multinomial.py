"""The multinomial distribution: how many of `n` trials end in each category.

Reference: SciPy, scipy.stats.multinomial.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...lax.util import cast
from ...numpy.util import arrays_of, promote_dtypes, to_inexact
from ..special import gammaln, xlogy


def logpmf(x: Any, n: Any, p: Any) -> Array:
    """Logarithm of the probability of counts.

    Args:
      x: counts; array of shape [..., categories].
      n: number of trials.
      p: probabilities of the categories; array of shape [..., categories].

    Returns:
      Array of shape [...]; -inf where the counts do not sum to `n`.

    Reference: SciPy, scipy.stats.multinomial.logpmf.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy.stats import multinomial
    >>> print(multinomial.logpmf(pnp.array([1, 2]), 3, pnp.array([0.2, 0.8])).round(4))
    -0.9571
    """
    counts, trials, probabilities = promote_dtypes(*arrays_of("multinomial.logpmf", x, n, p))
    dtype = to_inexact(counts.dtype)
    counts, trials, probabilities = (cast(v, dtype) for v in (counts, trials, probabilities))
    valid = pnp.all(counts >= 0, -1) & (pnp.sum(counts, -1) == trials)
    safe = pnp.where(pnp.expand_dims(valid, -1), counts, 0.0)
    value = gammaln(trials + 1) + pnp.sum(xlogy(safe, probabilities) - gammaln(safe + 1), -1)
    return pnp.where(valid, value, -np.inf)


def pmf(x: Any, n: Any, p: Any) -> Array:
    """Probability of counts.

    Args:
      x, n, p: as for `logpmf`.

    Reference: SciPy, scipy.stats.multinomial.pmf.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy.stats import multinomial
    >>> print(multinomial.pmf(pnp.array([1, 2]), 3, pnp.array([0.2, 0.8])).round(4))
    0.384
    """
    return pnp.exp(logpmf(x, n, p))
