"""The geometric distribution: trials up to and including the first success.

Reference: SciPy, scipy.stats.geom.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import xlog1py


def logpmf(k: Any, p: Any, loc: Any = 0) -> Array:
    """Logarithm of the probability of a value.

    Args:
      k: values; array or scalar.
      p: probability of success.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.geom.logpmf.

    >>> from pullback.scipy.stats import geom
    >>> print(geom.logpmf(2, 0.3).round(4))
    -1.5606
    """
    k, p, loc = promote_args_inexact("geom.logpmf", k, p, loc)
    y = k - loc
    outside = y < 1
    return pnp.where(outside, -np.inf, xlog1py(pnp.where(outside, 1.0, y) - 1, -p) + pnp.log(p))


def pmf(k: Any, p: Any, loc: Any = 0) -> Array:
    """Probability of a value.

    Args:
      k: values; array or scalar.
      p: probability of success.
      loc: shift of the variable.

    Reference: SciPy, scipy.stats.geom.pmf.

    >>> from pullback.scipy.stats import geom
    >>> print(geom.pmf(2, 0.3).round(4))
    0.21
    """
    return pnp.exp(logpmf(k, p, loc))
