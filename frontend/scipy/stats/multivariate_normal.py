"""The normal distribution of vectors.

Reference: SciPy, scipy.stats.multivariate_normal.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import lax
from ... import numpy as pnp
from ...array import Array
from ...lax.util import cast
from ...numpy.util import arrays_of, broadcast_shapes, broadcast_to, promote_dtypes, to_inexact


def logpdf(x: Any, mean: Any, cov: Any, allow_singular: None = None) -> Array:
    """Logarithm of the probability density.

    Args:
      x: array of shape [..., n]; or of any shape, if the mean and the covariance are scalars.
      mean: array of shape [..., n], or a scalar.
      cov: positive definite matrices; array of shape [..., n, n], or a scalar, the variance of each component.
      allow_singular: must be None.

    Returns:
      Array of shape [...].

    Raises:
      ValueError: shapes do not fit. NotImplementedError: `allow_singular` is given.

    Reference: SciPy, scipy.stats.multivariate_normal.logpdf.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy.stats import multivariate_normal
    >>> print(multivariate_normal.logpdf(pnp.ones(2), pnp.zeros(2), pnp.eye(2)).round(4))
    -2.8379
    """
    if allow_singular is not None:
        raise NotImplementedError(
            "multivariate_normal.logpdf: allow_singular is not supported; the covariance must be positive definite"
        )
    points, centre, covariance = promote_dtypes(*arrays_of("multivariate_normal.logpdf", x, mean, cov))
    dtype = to_inexact(points.dtype)
    points, centre, covariance = (cast(v, dtype) for v in (points, centre, covariance))
    constant = float(np.log(2 * np.pi))
    if centre.ndim == 0:
        if covariance.ndim:
            raise ValueError(
                f"multivariate_normal.logpdf got incompatible shapes: a scalar mean and a covariance {covariance.shape}"
            )
        return -0.5 * (pnp.square(points - centre) / covariance + constant + pnp.log(covariance))
    n = centre.shape[-1]
    difference = points - centre
    if covariance.ndim == 0:
        return -0.5 * (pnp.sum(pnp.square(difference), -1) / covariance + n * (constant + pnp.log(covariance)))
    if covariance.ndim < 2 or covariance.shape[-2:] != (n, n):
        raise ValueError(
            f"multivariate_normal.logpdf got incompatible shapes: a mean {centre.shape} and a covariance {covariance.shape}"
        )
    root = lax.linalg.cholesky(covariance)
    batch = broadcast_shapes(difference.shape[:-1], covariance.shape[:-2])
    columns = pnp.expand_dims(broadcast_to(difference, (*batch, n)), -1)
    if covariance.ndim == 2:  # one factor: the vectors are columns of one matrix
        flat = pnp.moveaxis(lax.reshape(columns, (math.prod(batch), n)), 0, 1)
        whitened = lax.linalg.triangular_solve(root, flat, left_side=True, lower=True)
        distance = lax.reshape(pnp.sum(pnp.square(whitened), 0), batch)
    else:
        spread = broadcast_to(root, (*batch, n, n))
        whitened = lax.linalg.triangular_solve(spread, columns, left_side=True, lower=True)
        distance = pnp.sum(pnp.square(whitened), (-2, -1))
    log_determinant = 2 * pnp.sum(pnp.log(pnp.diagonal(root, axis1=-2, axis2=-1)), -1)
    return -0.5 * (distance + n * constant + log_determinant)


def pdf(x: Any, mean: Any, cov: Any) -> Array:
    """Probability density.

    Args:
      x, mean, cov: as for `logpdf`.

    Reference: SciPy, scipy.stats.multivariate_normal.pdf.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy.stats import multivariate_normal
    >>> print(multivariate_normal.pdf(pnp.ones(2), pnp.zeros(2), pnp.eye(2)).round(4))
    0.0585
    """
    return pnp.exp(logpdf(x, mean, cov))
