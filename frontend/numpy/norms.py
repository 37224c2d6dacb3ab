"""Norms, condition numbers and ranks: part of `pullback.numpy.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array
from .linalg_eigen import eigvalsh, svdvals
from .manipulation import moveaxis
from .systems import inexact, inv, square
from .util import arrays_of, as_array, broadcast_to, canonical_axes, cast, to_inexact


def _magnitude(fname: str, x: Any) -> Array:
    (v,) = arrays_of(fname, x)
    return lax.abs(cast(v, to_inexact(v.dtype)))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """Norm of vectors or matrices.

    Args:
      x: array.
      ord: of vectors: a number p, inf, -inf or 0 (2 by default); of matrices: "fro" (the default), "nuc", 1, -1, 2, -2, inf, -inf.
      axis: an axis (vectors) or two axes (matrices); None is the 2-norm of the flattened array, or all axes if `ord` is given.
      keepdims: keep the axes, with size 1.

    Raises:
      ValueError: another order, or more than two axes.

    Reference: NumPy, numpy.linalg.norm.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.norm(pnp.array([3.0, 4.0])), pnp.linalg.norm(pnp.array([3.0, 4.0]), 1)
    (Array(5., dtype=float32), Array(7., dtype=float32))
    """
    (v,) = arrays_of("norm", x)
    if axis is None:
        if ord is None:
            out = vector_norm(lax.reshape(v, (v.size,)))
            return lax.reshape(out, (1,) * v.ndim) if keepdims else out
        axes: tuple[int, ...] = tuple(range(v.ndim))
    else:
        axes = canonical_axes((axis,) if isinstance(axis, (int, np.integer)) else tuple(axis), v.ndim)
    if len(axes) == 1:
        return vector_norm(v, axis=axes[0], ord=2 if ord is None else ord, keepdims=keepdims)
    if len(axes) != 2:
        raise ValueError(f"Improper number of axes for norm: axis={axis}; an array of shape {v.shape} needs one or two axes")
    return _matrix_norm(v, axes[0], axes[1], "fro" if ord is None else ord, keepdims)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """Norm of vectors.

    Args:
      x: array.
      axis: axis or axes of the vectors; None takes the whole array as one vector.
      keepdims: keep the axes, with size 1.
      ord: a number p, inf, -inf or 0 (the number of nonzero elements).

    Reference: NumPy, numpy.linalg.vector_norm.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.vector_norm(pnp.array([[3.0, 4.0], [6.0, 8.0]]), axis=1)
    Array([ 5., 10.], dtype=float32)
    """
    (v,) = arrays_of("vector_norm", x)
    axes = (
        tuple(range(v.ndim))
        if axis is None
        else canonical_axes((axis,) if isinstance(axis, (int, np.integer)) else tuple(axis), v.ndim)
    )
    if isinstance(ord, str):
        raise ValueError(f"Invalid order {ord!r} for vector norm.")
    if ord is None or ord == 2:
        out = lax.sqrt(lax.reduce_sum(_squares("vector_norm", v), axes))
    else:
        m = _magnitude("vector_norm", v)
        if ord == np.inf:
            out = lax.reduce_max(m, axes)
        elif ord == -np.inf:
            out = lax.reduce_min(m, axes)
        elif ord == 0:
            out = lax.reduce_sum(cast(lax.ne(m, np.zeros((), m.dtype)), m.dtype), axes)
        elif ord == 1:
            out = lax.reduce_sum(m, axes)
        else:
            p = np.asarray(ord, m.dtype) if not isinstance(ord, Array) else cast(ord, m.dtype)
            out = lax.pow(lax.reduce_sum(lax.pow(m, p), axes), lax.reciprocal(p))
    return _keep(out, axes, v.ndim) if keepdims else out


def _squares(fname: str, v: Array) -> Array:
    v = cast(v, to_inexact(v.dtype))
    if v.dtype.kind == "c":
        re, im = lax.real(v), lax.imag(v)
        return lax.add(lax.mul(re, re), lax.mul(im, im))
    return lax.mul(v, v)


def _keep(x: Array, axes: tuple[int, ...], ndim: int) -> Array:
    return lax.expand_dims(x, tuple(sorted(axes))) if axes else x


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """Norm of the matrices in the last two dimensions: order "fro", "nuc", 1, -1, 2, -2, inf or -inf.

    Args:
      x: array of shape [..., n, m].
      keepdims: keep the axes with size 1.
      ord: order of the norm, as in `norm`.

    Raises:
      ValueError: another order, or less than two dimensions.

    Reference: NumPy, numpy.linalg.matrix_norm.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.matrix_norm(pnp.array([[3.0, 0.0], [0.0, 4.0]]))
    Array(5., dtype=float32)
    """
    (v,) = arrays_of("matrix_norm", x)
    if v.ndim < 2:
        raise ValueError(f"matrix_norm needs an array of at least two dimensions, got shape {v.shape}")
    return _matrix_norm(v, v.ndim - 2, v.ndim - 1, ord, keepdims)


def _matrix_norm(v: Array, row: int, column: int, ord: Any, keepdims: bool) -> Array:
    if ord in ("fro", "f", None):
        out = lax.sqrt(lax.reduce_sum(_squares("norm", v), (row, column)))
    elif ord in (2, -2, "nuc"):
        s = svdvals(moveaxis(v, (row, column), (-2, -1)))
        last = (s.ndim - 1,)
        out = lax.reduce_sum(s, last) if ord == "nuc" else (lax.reduce_max if ord == 2 else lax.reduce_min)(s, last)
    elif ord in (1, -1, np.inf, -np.inf):
        summed, other = (row, column) if abs(ord) == 1 else (column, row)
        sums = lax.reduce_sum(_magnitude("norm", v), (summed,))
        reduce = lax.reduce_max if ord > 0 else lax.reduce_min
        out = reduce(sums, (other - (summed < other),))
    else:
        raise ValueError(f"Invalid order {ord!r} for matrix norm.")
    return _keep(out, (row, column), v.ndim) if keepdims else out


def cond(x: Any, p: Any = None) -> Array:
    """Condition number of matrices.

    Args:
      x: array of shape [..., m, n]; square unless `p` is None, 2 or -2.
      p: order of the norm, as in `norm`; None and 2 are the ratio of the largest singular value to the smallest.

    Returns:
      Array of shape [...]; infinite for singular matrices.

    Raises:
      ValueError: another order, or matrices that are not square.

    Reference: NumPy, numpy.linalg.cond.

    >>> import pullback.numpy as pnp
    >>> print(pnp.linalg.cond(pnp.array([[2.0, 0.0], [0.0, 4.0]])))
    2.0
    """
    (v,) = inexact("cond", x)
    if v.ndim < 2 or 0 in v.shape[-2:]:
        raise ValueError(f"cond takes matrices that are not empty, got shape {v.shape}")
    if p in (None, 2, -2):
        s = svdvals(v)
        largest, smallest = (lax.index_in_dim(s, i, s.ndim - 1, keepdims=False) for i in (0, -1))
        r = lax.div(smallest, largest) if p == -2 else lax.div(largest, smallest)
    else:
        v = square("cond", v)
        r = lax.mul(matrix_norm(v, ord=p), matrix_norm(inv(v), ord=p))
    unknown = lax.reduce_or(lax.ne(v, v), (v.ndim - 2, v.ndim - 1))
    return lax.select(lax.bitwise_and(lax.ne(r, r), lax.bitwise_not(unknown)), lax.full_like(r, np.inf), r)


def matrix_rank(M: Any, rtol: Any = None, *, hermitian: bool = False, tol: Any = None) -> Array:
    """Rank of matrices: how many singular values exceed a tolerance.

    Args:
      M: array of shape [..., m, n]; less than two dimensions count as one row.
      rtol: tolerance relative to the largest singular value; by default ``max(m, n)`` times the distance of 1 to the next number.
      hermitian: `M` is Hermitian, so that eigenvalues do.
      tol: another name of `rtol`, as in JAX.

    Returns:
      Array of shape [...] of the default integer dtype.

    Raises:
      ValueError: both `rtol` and `tol` are given.

    Reference: NumPy, numpy.linalg.matrix_rank.

    >>> import pullback.numpy as pnp
    >>> print(pnp.linalg.matrix_rank(pnp.array([[1.0, 2.0], [2.0, 4.0]])))
    1
    """
    if rtol is not None and tol is not None:
        raise ValueError("matrix_rank: only one of rtol and tol may be given")
    (v,) = inexact("matrix_rank", M)
    if v.ndim < 2:
        return cast(lax.reduce_or(lax.ne(v, np.zeros((), v.dtype)), tuple(range(v.ndim))), dtypes.canonicalize_dtype(np.int64))
    if 0 in v.shape[-2:]:
        return lax.full(v.shape[:-2], 0, dtypes.canonicalize_dtype(np.int64))
    s = lax.abs(eigvalsh(v)) if hermitian else svdvals(v)
    bound = rtol if tol is None else tol
    limit = as_array(max(v.shape[-2:]) * float(dtypes.finfo(s.dtype).eps) if bound is None else bound)
    limit = lax.mul(lax.reduce_max(s, (s.ndim - 1,)), broadcast_to(cast(limit, s.dtype), s.shape[:-1]))
    large = lax.gt(s, broadcast_to(lax.expand_dims(limit, (s.ndim - 1,)), s.shape))
    return lax.reduce_sum(cast(large, dtypes.canonicalize_dtype(np.int64)), (s.ndim - 1,))
