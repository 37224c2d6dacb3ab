"""The wrapped Cauchy distribution of angles in [0, 2 pi].

Reference: SciPy, scipy.stats.wrapcauchy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact


def logpdf(x: Any, c: Any) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      c: concentration, between 0 and 1.

    Reference: SciPy, scipy.stats.wrapcauchy.logpdf.

    >>> from pullback.scipy.stats import wrapcauchy
    >>> print(wrapcauchy.logpdf(0.5, 0.4).round(4))
    -1.2312
    """
    x, c = promote_args_inexact("wrapcauchy.logpdf", x, c)
    outside = (x < 0) | (x > 2 * np.pi)
    value = pnp.log((1 - c * c) / (2 * np.pi * (1 + c * c - 2 * c * pnp.cos(x))))
    return pnp.where((c > 0) & (c < 1), pnp.where(outside, -np.inf, value), np.nan)


def pdf(x: Any, c: Any) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      c: concentration, between 0 and 1.

    Reference: SciPy, scipy.stats.wrapcauchy.pdf.

    >>> from pullback.scipy.stats import wrapcauchy
    >>> print(wrapcauchy.pdf(0.5, 0.4).round(4))
    0.2919
    """
    return pnp.exp(logpdf(x, c))
