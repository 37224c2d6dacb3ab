"""Reduction of square matrices to Hessenberg and tridiagonal form: functions of `pullback.lax.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..array import Array
from .elementwise import add, bitwise_and, eq, gt, lt, mul, real, select, sub
from .indexing import dynamic_index_in_dim
from .matrices import (
    adjoint,
    along_rows,
    column_vector,
    conjugate,
    matmul,
    operand,
    positions,
    reflector,
    spread,
    square_shape,
    triangle,
    zeros_like,
)
from .reduction import reduce_sum
from .shape import broadcasted_iota, full, rev, slice_in_dim


def hessenberg(a: Any) -> tuple[Array, Array]:
    """Upper Hessenberg form of square matrices: ``a = Q H Q^H`` with zeros below the first subdiagonal of H.

    Args:
      a: array of shape [..., n, n], floating or complex.

    Returns:
      ``(packed, taus)``: H on and above the first subdiagonal of an array of the shape of `a`; the vectors of the reflectors whose
      product is Q below it, and their factors, [..., n - 1]. From row and column 1 on, they are what `householder_product` takes.

    Raises:
      ValueError: the matrices are not square.

    Reference: JAX documentation, jax.lax.linalg.hessenberg; Golub and Van Loan, Matrix Computations (2013), section 7.4.3.

    >>> from pullback import lax, numpy as pnp
    >>> packed, taus = lax.linalg.hessenberg(pnp.array([[1.0, 2.0, 0.0], [3.0, 4.0, 0.0], [4.0, 3.0, 1.0]]))
    >>> packed
    Array([[ 1.  , -1.2 , -1.6 ],
           [-5.  ,  3.52,  3.36],
           [ 0.5 ,  0.36,  1.48]], dtype=float32)
    """
    x = operand(a, "hessenberg")
    n = square_shape(x, "hessenberg")
    reduced, vectors, taus = _reduce(x, n)
    return add(triangle(reduced, False, -1), vectors), taus


def _reduce(a: Array, n: int) -> tuple[Array, Array, Array]:
    """``Q^H a Q``, column after column; the reflectors' vectors below the first subdiagonal; their factors."""
    from .loops import fori_loop

    *batch, _, _ = a.shape
    taus = full((*batch, max(n - 1, 0)), np.zeros((), a.dtype))
    vectors = zeros_like(a)
    if n < 2 or 0 in a.shape:
        return a, vectors, taus
    row, column = positions(a)
    at = broadcasted_iota(np.int32, taus.shape, len(batch))

    def step(j: Array, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        a, vectors, taus = state
        below = add(j, np.int32(1))
        v, tau, beta = reflector(dynamic_index_in_dim(a, j, a.ndim - 1, keepdims=False), below)
        wide, v = along_rows(v, a.shape), column_vector(v)
        left = matmul(adjoint(v), a)
        a = sub(a, mul(spread(conjugate(tau), a.shape), matmul(v, left)))
        a = sub(a, mul(spread(tau, a.shape), matmul(matmul(a, v), adjoint(v))))
        mine = eq(column, j)
        a = select(bitwise_and(mine, eq(row, below)), spread(beta, a.shape), a)
        rest = bitwise_and(mine, gt(row, below))
        a = select(rest, zeros_like(a), a)
        return a, select(rest, wide, vectors), select(eq(at, j), spread(tau, taus.shape), taus)

    return fori_loop(np.int32(0), np.int32(n - 1), step, (a, vectors, taus))


def tridiagonal(a: Any, *, lower: bool = True) -> tuple[Array, Array, Array, Array]:
    """Tridiagonal form of Hermitian matrices: ``a = Q T Q^H`` with a real tridiagonal T.

    Args:
      a: array of shape [..., n, n], floating or complex; one triangle is read.
      lower: which triangle.

    Returns:
      ``(packed, d, e, taus)``: T and the vectors of the reflectors whose product is Q, in the triangle of an array of the shape of
      `a` that was read; the diagonal of T, [..., n], and the diagonal next to it, [..., n - 1]; the factors of the reflectors,
      [..., n - 1].

    Raises:
      ValueError: the matrices are not square.

    Reference: JAX documentation, jax.lax.linalg.tridiagonal; Golub and Van Loan, Matrix Computations (2013), section 8.3.1.

    >>> from pullback import lax, numpy as pnp
    >>> _, d, e, _ = lax.linalg.tridiagonal(pnp.array([[1.0, 3.0, 4.0], [3.0, 2.0, 0.0], [4.0, 0.0, 2.0]]))
    >>> d, e
    (Array([1., 2., 2.], dtype=float32), Array([-5.,  0.], dtype=float32))
    """
    x = operand(a, "tridiagonal")
    n = square_shape(x, "tridiagonal")
    axes = (x.ndim - 2, x.ndim - 1)
    read = x if lower else rev(x, axes)  # the upper triangle is the lower one of the reversed matrix
    row, column = positions(read)
    hermitian = add(triangle(read, True, -1), adjoint(triangle(read, True, -1)))
    diagonal = select(eq(row, column), read, zeros_like(read))
    reduced, vectors, taus = _reduce(add(hermitian, _real_part(diagonal)), n)
    d = _diagonal(reduced, 0)
    e = _diagonal(reduced, -1)
    packed = select(lt(row, column), read, add(triangle(triangle(reduced, True), False, -1), vectors))
    if not lower:
        packed = rev(packed, axes)
        d, e, taus = (rev(v, (v.ndim - 1,)) for v in (d, e, taus))
    return packed, d, e, taus


def _real_part(x: Array) -> Array:
    """`x` without its imaginary part, in its own dtype."""
    if x.dtype.kind != "c":
        return x
    return mul(np.asarray(0.5, x.dtype), add(x, conjugate(x)))


def _diagonal(x: Array, offset: int) -> Array:
    """The real parts of the main diagonal, or of the first one below it (offset -1)."""
    row, column = positions(x)
    kept = select(eq(row, sub(column, np.int32(offset))), x, zeros_like(x))
    values = reduce_sum(kept, (x.ndim - 1,))
    if offset:
        n = x.shape[-1]
        values = slice_in_dim(values, min(1, n), n, axis=values.ndim - 1)
    return real(values) if x.dtype.kind == "c" else values
