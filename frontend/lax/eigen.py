"""Eigenvalue and singular value decompositions: functions of `pullback.lax.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from ..array import Array
from ..locations import located
from ..trace import bind
from .elementwise import add, div
from .matrices import adjoint, operand
from .shape import slice_in_dim
from .util import as_ints


def eigh(
    x: Any,
    *,
    lower: bool = True,
    symmetrize_input: bool = True,
    sort_eigenvalues: bool = True,
    subset_by_index: Any = None,
    implementation: Any = None,
) -> tuple[Array, Array]:
    r"""Eigenvectors and eigenvalues of Hermitian matrices, :math:`x v = v \operatorname{diag}(w)`.

    In each eigenvector the first component of at least 0.37 times the largest magnitude is real and positive. Derivatives of
    vectors are infinite or NaN where eigenvalues coincide; those of the eigenvalues are not.

    Args:
      x: array of shape [..., n, n], floating or complex.
      lower: without `symmetrize_input`, read the lower triangle, or else the upper one.
      symmetrize_input: decompose :math:`(x + x^H) / 2`, so that derivatives are symmetric too.
      sort_eigenvalues: eigenvalues are in ascending order in any case.
      subset_by_index: ``(start, end)`` selects eigenvalues by their number in ascending order.
      implementation: None; there is one.

    Returns:
      ``(v, w)``: vectors, the columns of an array [..., n, n] of the dtype of `x`, and real eigenvalues [..., n]; NaN where a
      matrix is not finite.

    Raises:
      ValueError: the matrices are not square, or `subset_by_index` is no range.
      NotImplementedError: an `implementation` is asked for.

    Reference: Golub and Van Loan, Matrix Computations (2013), section 8.5.

    >>> from pullback import lax, numpy as pnp
    >>> v, w = lax.linalg.eigh(pnp.array([[2.0, 0.0], [0.0, 1.0]]))
    >>> w
    Array([1., 2.], dtype=float32)
    >>> v
    Array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    if implementation is not None:
        raise NotImplementedError(located(f"eigh: there is one implementation; leave out implementation={implementation!r}"))
    x = operand(x, "eigh")
    n = x.shape[-1]
    if x.shape[-2] != n:
        raise ValueError(
            located(f"Argument to symmetric eigendecomposition must have shape [..., n, n], got shape {tuple(x.shape)}")
        )
    if symmetrize_input:
        x = div(add(x, adjoint(x)), np.asarray(2, x.dtype))
    elif not lower:
        x = adjoint(x)
    v, w = bind(TABLE["pb.eigh"], (x,), {})
    if subset_by_index is None:
        return v, w
    start, end = _subset("eigh", subset_by_index, n)
    return slice_in_dim(v, start, end, axis=v.ndim - 1), slice_in_dim(w, start, end, axis=w.ndim - 1)


def svd(
    x: Any, *, full_matrices: bool = True, compute_uv: bool = True, subset_by_index: Any = None, algorithm: Any = None
) -> Array | tuple[Array, Array, Array]:
    r"""Singular value decomposition :math:`x = u \operatorname{diag}(s) v^H`.

    In each of the first min(m, n) columns of u the first component of at least 0.37 times the largest magnitude is real and
    positive; the vectors that `full_matrices` adds are those of `qr`. Derivatives of vectors are infinite or NaN where singular
    values coincide, or vanish and m and n differ; those of the values are not.

    Args:
      x: array of shape [..., m, n], floating or complex.
      full_matrices: give all m left and n right vectors, not only min(m, n).
      compute_uv: give vectors, not only singular values.
      subset_by_index: ``(start, end)`` selects singular values by their number in descending order.
      algorithm: None; there is one.

    Returns:
      ``(u, s, vh)`` with shapes [..., m, k], [..., min(m, n)] and [..., k, n], or `s` alone; `s` is real and descending. NaN
      where a matrix is not finite.

    Raises:
      ValueError: `subset_by_index` is no range, or a proper one of all `full_matrices`.
      NotImplementedError: an `algorithm` is asked for.

    Reference: Golub and Van Loan, Matrix Computations (2013), section 8.6.

    >>> from pullback import lax, numpy as pnp
    >>> u, s, vh = lax.linalg.svd(pnp.array([[0.0, 3.0], [-2.0, 0.0]]))
    >>> s
    Array([3., 2.], dtype=float32)
    >>> lax.linalg.svd(pnp.array([[3.0], [4.0]]), compute_uv=False)
    Array([5.], dtype=float32)
    """
    if algorithm is not None and getattr(algorithm, "value", algorithm) != "default":
        raise NotImplementedError(located(f"svd: there is one algorithm; leave out algorithm={algorithm!r}"))
    x = operand(x, "svd")
    rank = min(x.shape[-2:])
    start, end = 0, rank
    if subset_by_index is not None:
        start, end = _subset("svd", subset_by_index, rank)
        if full_matrices and compute_uv and (start, end) != (0, rank):
            raise ValueError(located("svd: full_matrices and subset_by_index cannot both be set"))
    attrs = {"full_matrices": bool(full_matrices) and bool(compute_uv), "compute_uv": bool(compute_uv)}
    results = bind(TABLE["pb.svd"], (x,), attrs)
    if not compute_uv:
        (s,) = results if isinstance(results, (list, tuple)) else (results,)
        return slice_in_dim(s, start, end, axis=s.ndim - 1)
    u, s, vh = results
    if (start, end) == (0, rank):
        return u, s, vh
    u = slice_in_dim(u, start, end, axis=u.ndim - 1)
    return u, slice_in_dim(s, start, end, axis=s.ndim - 1), slice_in_dim(vh, start, end, axis=vh.ndim - 2)


def _subset(name: str, subset: Any, n: int) -> tuple[int, int]:
    bounds = as_ints(subset, f"{name}: subset_by_index")
    if len(bounds) != 2 or not 0 <= bounds[0] <= bounds[1] <= n:
        raise ValueError(located(f"{name}: subset_by_index must be (start, end) with 0 <= start <= end <= {n}, got {subset!r}"))
    return bounds[0], bounds[1]
