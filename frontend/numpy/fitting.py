"""Polynomials from data: fits to points; and the way back: roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..array import Array, as_concrete
from ..trace import Tracer
from .reshaping import atleast_1d
from .util import arrays_of, as_int, cast, to_inexact

__all__ = ["polyfit", "roots"]


def polyfit(
    x: Any, y: Any, deg: int, rcond: float | None = None, full: bool = False, w: Any = None, cov: bool | str = False
) -> Any:
    """Coefficients of the polynomial that fits points best in the sense of least squares, the highest power first.

    Args:
      x: vector of m abscissae.
      y: m ordinates, or a matrix of shape [m, k] for k fits at once.
      deg: degree of the polynomial.
      rcond: singular values that are smaller relative to the largest count as zero; ``m * eps`` by default.
      full: return ``(coefficients, residuals, rank, singular_values, rcond)``.
      w: vector of m weights of the residuals (not of their squares).
      cov: return ``(coefficients, covariance)``; "unscaled" does not scale the covariance by the residuals.

    Raises:
      ValueError: `deg` is negative, or there are too few points for a covariance.
      TypeError: shapes that do not fit.

    Reference: NumPy, numpy.polyfit.

    >>> import pullback.numpy as pnp
    >>> x = pnp.array([0.0, 1.0, 2.0, 3.0])
    >>> pnp.round(pnp.polyfit(x, 2 * x + 1, 1), 3)
    Array([2., 1.], dtype=float32)
    """
    from . import linalg, outer, sqrt, sum, vander

    abscissae, ordinates = arrays_of("polyfit", x, y)
    deg = as_int(deg, "polyfit: deg")
    if deg < 0:
        raise ValueError(f"polyfit: expected deg >= 0, got {deg}")
    if abscissae.ndim != 1:
        raise TypeError(f"polyfit: expected 1D vector for x, got shape {abscissae.shape}")
    if abscissae.size == 0:
        raise TypeError("polyfit: expected non-empty vector for x")
    if ordinates.ndim not in (1, 2):
        raise TypeError(f"polyfit: expected 1D or 2D array for y, got shape {ordinates.shape}")
    m = abscissae.shape[0]
    if ordinates.shape[0] != m:
        raise TypeError(f"polyfit: expected x and y to have the same length, got {m} and {ordinates.shape[0]}")
    dtype, _ = dtypes.promote((abscissae.dtype, False), (ordinates.dtype, False))
    dtype = to_inexact(dtype)
    rhs: Any = cast(ordinates, dtype)
    lhs: Any = vander(cast(abscissae, dtype), deg + 1)
    if w is not None:
        (weights,) = arrays_of("polyfit", w)
        if weights.ndim != 1:
            raise TypeError(f"polyfit: expected a 1-d array for weights, got shape {weights.shape}")
        if weights.shape[0] != m:
            raise TypeError(f"polyfit: expected w and y to have the same length, got {weights.shape[0]} and {m}")
        factor: Any = cast(weights, dtype)
        lhs = lhs * factor[:, None]
        rhs = rhs * (factor[:, None] if rhs.ndim == 2 else factor)
    cutoff = m * float(dtypes.finfo(dtype).eps) if rcond is None else rcond
    scale = sqrt(sum(lhs * lhs, axis=0))  # columns of equal size make the problem better conditioned
    lhs = lhs / scale
    c, residuals, rank, s = linalg.lstsq(lhs, rhs, cutoff)
    c = (c.T / scale).T
    if full:
        return c, residuals, rank, s, cutoff
    if not cov:
        return c
    base = linalg.inv(lhs.T @ lhs) / outer(scale, scale)
    if ordinates.ndim == 2:
        base = base[:, :, None]  # a matrix for each fit
    if cov == "unscaled":
        return c, base
    if m <= deg + 1:
        raise ValueError(
            f"polyfit: the number of data points, {m}, must exceed the order, {deg + 1}, to scale the covariance matrix"
        )
    return c, base * (residuals / (m - (deg + 1)))


def roots(p: Any, *, strip_zeros: bool = True) -> Array:
    """Roots of a polynomial, as complex numbers.

    They are the eigenvalues of its companion matrix, computed by NumPy in double precision from concrete coefficients.

    Args:
      p: vector of coefficients, the highest power first; concrete.
      strip_zeros: leave out leading zeros. Otherwise each gives a root NaN, and the number of roots is always ``len(p) - 1``.

    Raises:
      NotImplementedError: `p` is traced.
      ValueError: `p` is no vector.

    Reference: NumPy, numpy.roots; `strip_zeros`: JAX documentation, jax.numpy.roots.

    >>> import pullback.numpy as pnp
    >>> pnp.roots(pnp.array([1.0, -3.0, 2.0]))
    Array([2.+0.j, 1.+0.j], dtype=complex64)
    """
    (x,) = arrays_of("roots", p)
    if isinstance(x, Tracer):
        raise NotImplementedError(
            "roots of a traced polynomial: the eigenvalues of general matrices can be neither compiled nor differentiated. Compute "
            "the roots from concrete coefficients, outside of jit, vmap and grad"
        )
    coefficients = atleast_1d(x).host
    if coefficients.ndim != 1:
        raise ValueError(f"roots: p must be a vector of coefficients, got shape {coefficients.shape}")
    result, _ = dtypes.promote((to_inexact(x.dtype), False), (np.dtype(np.complex64), False))
    wide = coefficients.astype(np.complex128 if coefficients.dtype.kind == "c" else np.float64)
    if strip_zeros or wide.size == 0:
        return as_concrete(np.roots(wide).astype(result))
    values = np.full(wide.size - 1, np.nan + 1j * np.nan)
    found = np.roots(wide)
    values[: found.size] = found
    return as_concrete(values.astype(result))
