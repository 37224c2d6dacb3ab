"""Student's t distribution.

Reference: SciPy, scipy.stats.t.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import gammaln


def logpdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.t.logpdf.

    >>> from pullback.scipy.stats import t
    >>> print(t.logpdf(0.5, 3.0).round(4))
    -1.161
    """
    x, df, loc, scale = promote_args_inexact("t.logpdf", x, df, loc, scale)
    y = (x - loc) / scale
    normalizer = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * pnp.log(np.pi * df) - pnp.log(scale)
    return normalizer - (df + 1) / 2 * pnp.log1p(y * y / df)


def pdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      df: degrees of freedom, positive.
      loc, scale: shift and factor of the variable.

    Reference: SciPy, scipy.stats.t.pdf.

    >>> from pullback.scipy.stats import t
    >>> print(t.pdf(0.5, 3.0).round(4))
    0.3132
    """
    return pnp.exp(logpdf(x, df, loc, scale))
