"""The Dirichlet distribution of probability vectors.

Reference: SciPy, scipy.stats.dirichlet.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import lax
from ... import numpy as pnp
from ...array import Array
from ...lax.util import cast
from ...numpy.util import arrays_of, promote_dtypes, to_inexact
from ..special import gammaln, xlogy


def logpdf(x: Any, alpha: Any) -> Array:
    """Logarithm of the probability density.

    Args:
      x: probability vectors along the first dimension, of size n; or without their last component, n - 1.
      alpha: parameters, positive; array of shape [n].

    Returns:
      Array of the shape of `x` without its first dimension; -inf where `x` is no probability vector.

    Raises:
      ValueError: shapes do not fit.

    Reference: SciPy, scipy.stats.dirichlet.logpdf.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy.stats import dirichlet
    >>> print(dirichlet.logpdf(pnp.array([0.2, 0.3, 0.5]), pnp.array([1.0, 2.0, 3.0])).round(4))
    1.5041
    """
    values, a = promote_dtypes(*arrays_of("dirichlet.logpdf", x, alpha))
    dtype = to_inexact(values.dtype)
    values, a = cast(values, dtype), cast(a, dtype)
    if a.ndim != 1:
        raise ValueError(f"`alpha` must be one-dimensional; got alpha.shape={a.shape}")
    n = a.shape[0]
    if values.ndim < 1 or values.shape[0] not in (n, n - 1):
        raise ValueError(
            f"`x` must have either the same number of entries as, or one entry fewer than, parameter vector `alpha`; got "
            f"{values.shape} and {a.shape}"
        )
    if values.shape[0] == n - 1:
        values = pnp.concatenate([values, 1 - pnp.sum(values, 0, keepdims=True)], 0)
    factors = lax.reshape(a, (n,) + (1,) * (values.ndim - 1))
    valid = pnp.all(values > 0, 0) & (pnp.abs(pnp.sum(values, 0) - 1) < 1e-6)
    normalizer = pnp.sum(gammaln(a)) - gammaln(pnp.sum(a))
    safe = pnp.where(valid, values, 1.0)
    return pnp.where(valid, pnp.sum(xlogy(factors - 1, safe), 0) - normalizer, -np.inf)


def pdf(x: Any, alpha: Any) -> Array:
    """Probability density.

    Args:
      x, alpha: as for `logpdf`.

    Reference: SciPy, scipy.stats.dirichlet.pdf.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy.stats import dirichlet
    >>> print(dirichlet.pdf(pnp.array([0.2, 0.3, 0.5]), pnp.array([1.0, 2.0, 3.0])).round(4))
    4.5
    """
    return pnp.exp(logpdf(x, alpha))
