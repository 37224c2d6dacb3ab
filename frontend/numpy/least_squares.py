"""Pseudo-inverses and least squares: part of `pullback.numpy.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array, ConcreteArray
from ..custom import custom_jvp
from ..lax.matrices import adjoint
from .linalg_eigen import eigh, svd, svdvals
from .manipulation import matrix_transpose
from .products import matmul
from .systems import inexact
from .util import as_array, broadcast_to, cast


def pinv(a: Any, rtol: Any = None, hermitian: bool = False, *, rcond: Any = None) -> Array:
    """Moore-Penrose pseudo-inverse.

    Args:
      a: array of shape [..., m, n].
      rtol: singular values not above `rtol` times the largest count as zero; by default ``10 max(m, n)`` times the distance of
        1 to the next number.
      hermitian: `a` is Hermitian, so that eigenvalues do.
      rcond: another name of `rtol`.

    Returns:
      Array of shape [..., n, m].

    Raises:
      ValueError: both `rtol` and `rcond` are given, or `a` is no matrix.

    Reference: Golub and Pereyra, The Differentiation of Pseudo-Inverses (SIAM J. Numerical Analysis, 1973), for the derivative,
    which holds where the rank does not change.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.pinv(pnp.array([[2.0], [0.0]]))
    Array([[0.5, 0. ]], dtype=float32)
    """
    if rtol is not None and rcond is not None:
        raise ValueError("pinv: only one of rtol and rcond may be given")
    (v,) = inexact("pinv", a)
    if v.ndim < 2:
        raise ValueError(f"Argument to pinv must have shape [..., m, n], got {v.shape}")
    if not v.size:
        return matrix_transpose(v)
    real = _real_dtype(v)
    bound = rtol if rcond is None else rcond
    if bound is None:
        bound = 10 * max(v.shape[-2:]) * float(dtypes.finfo(real).eps)
    return _pinv(v, broadcast_to(cast(as_array(bound), real), v.shape[:-2]), bool(hermitian))


def _real_dtype(v: Array) -> np.dtype[Any]:
    return np.dtype(f"f{v.dtype.itemsize // 2}") if v.dtype.kind == "c" else v.dtype


def _inverted(s: Array, limit: Array) -> Array:
    """1/s, and 0 where s is not above the limit."""
    size = lax.abs(s)
    limit = lax.mul(lax.reduce_max(size, (s.ndim - 1,)), limit)
    large = lax.gt(size, broadcast_to(lax.expand_dims(limit, (s.ndim - 1,)), s.shape))
    one, zero = lax.full_like(s, 1), lax.full_like(s, 0)
    return lax.select(large, lax.div(one, lax.select(large, s, one)), zero)


@custom_jvp
def _pinv_of(a: Array, rtol: Array) -> Array:
    u, s, vh = svd(a, full_matrices=False)
    return _product(adjoint(vh), _inverted(s, rtol), adjoint(u))


@custom_jvp
def _pinv_of_hermitian(a: Array, rtol: Array) -> Array:
    w, v = eigh(a)
    return _product(v, _inverted(w, rtol), adjoint(v))


def _product(left: Array, s: Array, right: Array) -> Array:
    scale = lax.expand_dims(cast(s, left.dtype), (s.ndim - 1,))
    return matmul(lax.mul(left, broadcast_to(scale, left.shape)), right)


def _pinv(a: Array, rtol: Array, hermitian: bool) -> Array:
    return (_pinv_of_hermitian if hermitian else _pinv_of)(a, rtol)


def _pinv_jvp(function: Any) -> Any:
    def rule(primals: Any, tangents: Any) -> Any:
        a, rtol = primals
        da, _ = tangents
        p = function(a, rtol)
        ph, dah = adjoint(p), adjoint(da)
        dp = lax.neg(matmul(matmul(p, da), p))
        dp = lax.add(dp, matmul(matmul(p, ph), lax.sub(dah, matmul(matmul(dah, a), p))))
        dp = lax.add(dp, matmul(lax.sub(dah, matmul(p, matmul(a, dah))), matmul(ph, p)))
        return p, dp

    return rule


_pinv_of.defjvp(_pinv_jvp(_pinv_of))
_pinv_of_hermitian.defjvp(_pinv_jvp(_pinv_of_hermitian))


def _squared(x: Array) -> Array:
    return lax.real(lax.mul(x, lax.conj(x))) if x.dtype.kind == "c" else lax.mul(x, x)


def lstsq(a: Any, b: Any, rcond: Any = None, *, numpy_resid: bool = False) -> tuple[Array, Array, Array, Array]:
    """The x of least norm that minimises ``|a x - b|``.

    Args:
      a: array of shape [m, n].
      b: array of shape [m] or [m, k].
      rcond: singular values below `rcond` times the largest count as zero; by default ``max(m, n)`` times the distance of 1 to
        the next number.
      numpy_resid: give no residuals where NumPy gives none (``rank < n`` or ``m <= n``); then `a` must be concrete.

    Returns:
      x, of shape [n] or [n, k]; sums of squared residuals, of shape [k]; the rank; the singular values of `a`.

    Raises:
      TypeError: the wrong number of dimensions. ValueError: numbers of rows that differ.

    Reference: NumPy, numpy.linalg.lstsq.

    >>> import pullback.numpy as pnp
    >>> x, resid, rank, s = pnp.linalg.lstsq(pnp.array([[1.0], [1.0]]), pnp.array([1.0, 3.0]))
    >>> print(x.round(4), resid.round(4), rank)
    [2.] [2.] 1
    """
    v, w = inexact("lstsq", a, b)
    if v.ndim != 2:
        raise TypeError(f"lstsq: a must have two dimensions, got shape {v.shape}")
    if w.ndim not in (1, 2):
        raise TypeError(f"lstsq: b must have one or two dimensions, got shape {w.shape}")
    if w.shape[0] != v.shape[0]:
        raise ValueError(f"lstsq: b must have shape [{v.shape[0]}] or [{v.shape[0]}, k], got {w.shape}")
    vector = w.ndim == 1
    if vector:
        w = lax.expand_dims(w, (1,))
    m, n = v.shape
    real = _real_dtype(v)
    bound = max(m, n) * float(dtypes.finfo(real).eps) if rcond is None else rcond
    limit = cast(as_array(bound), real)
    count = dtypes.canonicalize_dtype(np.int64)
    if v.size:
        s = svdvals(v)
        largest = broadcast_to(lax.mul(lax.reduce_max(s, (0,)), limit), s.shape)
        rank = lax.reduce_sum(cast(lax.gt(s, largest), count), (0,))
        x = matmul(_pinv(v, limit, False), w)
    else:
        s, rank, x = lax.full((0,), 0, real), lax.full((), 0, count), lax.full((n, w.shape[1]), 0, v.dtype)
    if numpy_resid and not isinstance(rank, ConcreteArray):
        raise TypeError("lstsq: with numpy_resid=True the number of residuals depends on the values of a, which must be concrete")
    if numpy_resid and (m <= n or int(rank.host) < n):
        resid = lax.full((0,), 0, real)
    else:
        miss = lax.sub(w, matmul(v, x))
        resid = lax.reduce_sum(_squared(miss), (0,))
    return (lax.reshape(x, (n,)) if vector else x), resid, rank, s
