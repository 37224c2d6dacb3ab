"""Cholesky, LU and QR factorisations: functions of `pullback.lax.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from ..array import Array
from ..locations import located
from ..trace import bind
from .elementwise import abs as _abs
from .elementwise import add, conj, div, eq, ge, max, mul, select, sqrt, stop_gradient, sub
from .matrices import (
    adjoint,
    along_columns,
    along_rows,
    apply_reflectors,
    as_dtype,
    column_vector,
    eye,
    matmul,
    operand,
    row_vector,
    same_dtype,
    spread,
    swap,
    triangle,
    zeros_like,
)
from .reduction import argmax, reduce_max, reduce_sum
from .shape import broadcasted_iota, full
from .util import as_int, as_operand


# Cholesky --------------------------------------------------------------------------------------------------------------
def cholesky(x: Any, *, symmetrize_input: bool = True) -> Array:
    """Lower-triangular factor L of a Hermitian positive definite matrix, with :math:`x = L L^H`.

    Args:
      x: array of shape [..., n, n], floating or complex.
      symmetrize_input: factor :math:`(x + x^H) / 2`, so that derivatives are symmetric too.

    Returns:
      Array of the shape of `x`, zero above the diagonal; NaN where a matrix is not positive definite.

    Raises:
      ValueError: the matrices are not square.

    Reference: Golub and Van Loan, Matrix Computations (2013), section 4.2.

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.cholesky(pnp.array([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    x = operand(x, "cholesky")
    if x.shape[-1] != x.shape[-2]:
        raise ValueError(located(f"Argument to Cholesky must have shape [..., n, n], got {x.shape}"))
    if symmetrize_input:
        xt = swap(x)
        x = div(add(x, conj(xt) if x.dtype.kind == "c" else xt), np.asarray(2, x.dtype))
    return bind(TABLE["pb.cholesky"], (x,), {})


def cholesky_update(r_matrix: Any, w_vector: Any) -> Array:
    """Upper-triangular Cholesky factor after a rank-1 update: of :math:`R^T R + w w^T`, by one rotation for each row.

    Args:
      r_matrix: real array of shape [n, n], the upper-triangular factor R.
      w_vector: array of shape [n].

    Returns:
      Array of shape [n, n].

    Raises:
      ValueError: the shapes do not fit.

    Reference: JAX documentation, jax.lax.linalg.cholesky_update; Golub and Van Loan, Matrix Computations (2013), section 6.5.4.

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.cholesky_update(pnp.array([[3.0, 0.0], [0.0, 2.0]]), pnp.array([4.0, 0.0]))
    Array([[5., 0.],
           [0., 2.]], dtype=float32)
    """
    from .indexing import dynamic_index_in_dim
    from .loops import scan

    r = operand(r_matrix, "cholesky_update", 0, real_only=True)
    w = operand(w_vector, "cholesky_update", 1, rank=1, real_only=True)
    same_dtype("cholesky_update", r, w)
    for i, (x, rank) in enumerate(((r, 2), (w, 1))):
        if x.ndim != rank:
            raise TypeError(located(f"Input {i} to cholesky_update must have a rank of exactly {rank}, but got shape={x.shape}"))
    n = w.shape[0]
    if r.shape != (n, n):
        raise ValueError(
            located(
                f"Rank-1 update to Cholesky decomposition takes a square matrix and a vector of the same size as input. Got shapes "
                f"{r.shape} and {w.shape} instead"
            )
        )
    zero, one = np.zeros((), r.dtype), np.ones((), r.dtype)

    def rotate(w: Array, inputs: tuple[Array, Array]) -> tuple[Array, Array]:
        row, k = inputs
        x, y = (dynamic_index_in_dim(v, k, 0, keepdims=False) for v in (row, w))
        size = max(_abs(x), _abs(y))
        nothing = eq(size, zero)
        size = select(nothing, one, size)
        x, y = select(nothing, one, div(x, size)), div(y, size)
        length = sqrt(add(mul(x, x), mul(y, y)))
        c, s = div(x, length), div(y, length)
        return sub(mul(c, w), mul(s, row)), add(mul(c, row), mul(s, w))

    _, rows = scan(rotate, w, (triangle(r, False), broadcasted_iota(np.int32, (n,), 0)))
    return triangle(rows, False)


# LU --------------------------------------------------------------------------------------------------------------------
def lu(x: Any) -> tuple[Array, Array, Array]:
    """LU factors with partial pivoting: ``x[permutation] = L U``.

    Args:
      x: array of shape [..., m, n], floating or complex.

    Returns:
      ``(lu, pivots, permutation)``: an array of the shape of `x` with U on and above the diagonal and L, whose diagonal is one,
      below; int32 [..., min(m, n)], the row that each row was exchanged with; int32 [..., m], the order of the rows.

    Raises:
      TypeError: `x` is not floating or complex, or is no matrix.

    Reference: JAX documentation, jax.lax.linalg.lu; Golub and Van Loan, Matrix Computations (2013), section 3.4.

    >>> from pullback import lax, numpy as pnp
    >>> factors, pivots, permutation = lax.linalg.lu(pnp.array([[1.0, 2.0], [4.0, 4.0]]))
    >>> factors, permutation
    (Array([[4.  , 4.  ],
           [0.25, 1.  ]], dtype=float32), Array([1, 0], dtype=int32))
    """
    out: tuple[Array, Array, Array] = bind(TABLE["pb.lu"], (operand(x, "lu"),), {})
    return out


def lu_pivots_to_permutation(pivots: Any, permutation_size: int) -> Array:
    """The order of the rows after the exchanges that the pivots of `lu` describe.

    Args:
      pivots: int32 array of shape [..., k].
      permutation_size: number of rows, at least k.

    Returns:
      int32 array of shape [..., permutation_size].

    Raises:
      ValueError: there are more pivots than rows.

    Reference: JAX documentation, jax.lax.linalg.lu_pivots_to_permutation.

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.lu_pivots_to_permutation(pnp.array([2, 2]), 3)
    Array([2, 0, 1], dtype=int32)
    """
    from .indexing import dynamic_index_in_dim
    from .loops import fori_loop

    p = as_operand(pivots, "lu_pivots_to_permutation")
    if p.dtype != np.int32:
        raise TypeError(located(f"lu_pivots_to_permutation does not accept dtype {p.dtype.name} at position 0; give int32"))
    if p.ndim < 1:
        raise TypeError(located(f"Input 0 to lu_pivots_to_permutation must have rank at least 1, but got shape={p.shape}"))
    n = as_int(permutation_size, "permutation_size")
    *batch, k = p.shape
    if n < k:
        raise ValueError(
            located(f"Output permutation size {n} has to exceed the trailing dimension of the pivots. Got pivots size {k}")
        )
    at = broadcasted_iota(np.int32, (*batch, n), len(batch))

    def exchange(i: Array, order: Array) -> Array:
        return _exchange(order, eq(at, i), eq(at, spread(dynamic_index_in_dim(p, i, p.ndim - 1, keepdims=False), at.shape)))

    return fori_loop(np.int32(0), np.int32(k), exchange, at) if k else at


def _exchange(x: Array, first: Array, second: Array) -> Array:
    """Vectors with two elements exchanged, whose places the masks give."""
    last = x.ndim - 1
    a, b = (spread(reduce_sum(select(mask, x, zeros_like(x)), (last,)), x.shape) for mask in (first, second))
    return select(first, b, select(second, a, x))


# QR --------------------------------------------------------------------------------------------------------------------
def qr(
    x: Any, *, pivoting: bool = False, full_matrices: bool = True, use_magma: bool | None = None
) -> tuple[Array, Array] | tuple[Array, Array, Array]:
    """QR factors: ``x = q r`` with a unitary q and an upper triangular r.

    Args:
      x: array of shape [..., m, n], floating or complex.
      pivoting: order the columns so that the diagonal of r does not increase in size: ``x[:, p] = q r``.
      full_matrices: q has m columns, instead of min(m, n).
      use_magma: has no effect.

    Returns:
      ``(q, r)``, or ``(q, r, p)`` with int32 p of shape [..., n]. The diagonal of r is real and has the signs that LAPACK gives.

    Raises:
      TypeError: `x` is not floating or complex, or is no matrix.

    Reference: JAX documentation, jax.lax.linalg.qr; Golub and Van Loan, Matrix Computations (2013), section 5.2.

    >>> from pullback import lax, numpy as pnp
    >>> q, r = lax.linalg.qr(pnp.array([[3.0, 1.0], [4.0, 2.0]]))
    >>> r
    Array([[-5. , -2.2],
           [ 0. ,  0.4]], dtype=float32)
    """
    v = operand(x, "qr")
    if not pivoting:
        q, r = bind(TABLE["pb.qr"], (v,), {"full_matrices": bool(full_matrices)})
        return q, r
    from ..numpy.take import take_along_axis

    order = _column_order(stop_gradient(v))
    q, r = bind(TABLE["pb.qr"], (take_along_axis(v, row_vector(order), -1, mode="clip"),), {"full_matrices": bool(full_matrices)})
    return q, r, order


def _column_order(x: Array) -> Array:
    """The columns in the order in which each is the farthest from the span of those before it."""
    from .indexing import dynamic_index_in_dim
    from .loops import fori_loop

    *batch, m, n = x.shape
    at = broadcasted_iota(np.int32, (*batch, n), len(batch))
    if 0 in x.shape:
        return at
    largest = reduce_max(_abs(x), (x.ndim - 2, x.ndim - 1))
    one = np.ones((), largest.dtype)
    largest = select(eq(largest, np.zeros((), largest.dtype)), full(largest.shape, one), largest)

    def scaled(x: Array, size: Array) -> Array:  # by a real number
        return div(x, spread(as_dtype(size, x.dtype), x.shape))

    def step(j: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        a, order = state
        sizes = reduce_sum(mul(_abs(a), _abs(a)), (a.ndim - 2,))
        sizes = select(ge(at, j), sizes, full(sizes.shape, np.asarray(-1, sizes.dtype)))
        chosen, mine = eq(at, spread(argmax(sizes, sizes.ndim - 1, np.int32), at.shape)), eq(at, j)
        wide = along_columns(chosen, a.shape)
        column = reduce_sum(select(wide, a, zeros_like(a)), (a.ndim - 1,))
        other = dynamic_index_in_dim(a, j, a.ndim - 1, keepdims=False)
        a = select(wide, along_rows(other, a.shape), a)
        length = sqrt(reduce_sum(mul(_abs(column), _abs(column)), (column.ndim - 1,)))
        length = select(eq(length, np.zeros((), one.dtype)), full(length.shape, one), length)
        v = column_vector(scaled(column, length))
        return sub(a, matmul(v, matmul(adjoint(v), a))), _exchange(order, mine, chosen)

    return fori_loop(np.int32(0), np.int32(min(m, n)), step, (scaled(x, largest), at))[1]


def householder_product(a: Any, taus: Any) -> Array:
    """The first n columns of the product ``H1 H2 ... Hk`` of Householder reflectors ``H = I - tau v v^H``.

    Args:
      a: array of shape [..., m, n] with m >= n; below its diagonal are the elements of the vectors v that follow a one.
      taus: array of shape [..., k] with k <= n.

    Returns:
      Array of the shape of `a`.

    Raises:
      ValueError: the shapes do not fit.

    Reference: JAX documentation, jax.lax.linalg.householder_product.

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.householder_product(pnp.array([[0.0], [1.0]]), pnp.array([1.0]))
    Array([[ 0.],
           [-1.]], dtype=float32)
    """
    packed, factors = _reflectors("householder_product", a, taus)
    if packed.shape[-2] < packed.shape[-1]:
        raise ValueError(
            located(
                f"The first argument to householder_product must have at least as many rows as columns, got shape {packed.shape}"
            )
        )
    return apply_reflectors(packed, factors, eye(packed.shape, packed.dtype), inverse=False)


def ormqr(a: Any, taus: Any, c: Any, *, left: bool = True, transpose: bool = False) -> Array:
    """Product of a matrix with the Q of a QR factorisation, whose reflectors are given: ``Q c``, ``Q^H c``, ``c Q`` or ``c Q^H``.

    Args:
      a: array of shape [..., m, n] with the reflectors below its diagonal, as in `householder_product`.
      taus: array of shape [..., k] with k <= min(m, n).
      c: array of shape [..., m, p], or [..., p, m] if not `left`.
      left: Q is the left factor.
      transpose: take the conjugate transpose of Q.

    Returns:
      Array of the shape of `c`.

    Raises:
      ValueError: the shapes do not fit.

    Reference: JAX documentation, jax.lax.linalg.ormqr.

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.ormqr(pnp.array([[0.0], [1.0]]), pnp.array([1.0]), pnp.array([[1.0], [2.0]]))
    Array([[-2.],
           [-1.]], dtype=float32)
    """
    packed, factors = _reflectors("ormqr", a, taus)
    y = operand(c, "ormqr", 2)
    same_dtype("ormqr", packed, y)
    if y.shape[:-2] != packed.shape[:-2] or y.shape[-2 if left else -1] != packed.shape[-2]:
        what = "rows" if left else "columns"
        raise ValueError(
            located(
                f"ormqr with left={left} expects c to have the same number of {what} as the Householder matrix a has rows. Got a "
                f"shape {packed.shape} and c shape {y.shape}."
            )
        )
    if left:
        return apply_reflectors(packed, factors, y, inverse=transpose)
    return adjoint(apply_reflectors(packed, factors, adjoint(y), inverse=not transpose))


def _reflectors(name: str, a: Any, taus: Any) -> tuple[Array, Array]:
    packed, factors = operand(a, name), operand(taus, name, 1, rank=1)
    same_dtype(name, packed, factors)
    if factors.shape[:-1] != packed.shape[:-2] or factors.shape[-1] > min(packed.shape[-2:]):
        raise ValueError(
            located(
                f"The second argument to {name} must not have more rows than the minimum of the first argument's rows and columns, "
                f"and the same leading dimensions; got shapes {packed.shape} and {factors.shape}."
            )
        )
    return packed, factors
