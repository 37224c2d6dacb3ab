"""The von Mises distribution of angles.

Reference: SciPy, scipy.stats.vonmises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import numpy as pnp
from ...array import Array
from ...numpy.util import promote_args_inexact
from ..special import i0e


def logpdf(x: Any, kappa: Any) -> Array:
    """Logarithm of the probability density.

    Args:
      x: values; array or scalar.
      kappa: concentration, not negative.

    Reference: SciPy, scipy.stats.vonmises.logpdf.

    >>> from pullback.scipy.stats import vonmises
    >>> print(vonmises.logpdf(0.5, 2.0).round(4))
    -0.9067
    """
    x, kappa = promote_args_inexact("vonmises.logpdf", x, kappa)
    return kappa * (pnp.cos(x) - 1) - float(np.log(2 * np.pi)) - pnp.log(i0e(kappa))


def pdf(x: Any, kappa: Any) -> Array:
    """Probability density.

    Args:
      x: values; array or scalar.
      kappa: concentration, not negative.

    Reference: SciPy, scipy.stats.vonmises.pdf.

    >>> from pullback.scipy.stats import vonmises
    >>> print(vonmises.pdf(0.5, 2.0).round(4))
    0.4039
    """
    return pnp.exp(logpdf(x, kappa))
