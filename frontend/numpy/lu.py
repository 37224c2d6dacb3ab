"""LU decomposition with partial pivoting, as a loop of elementary operations, with its derivative.

The permutation comes from a loop that is not differentiated. The factors are tied to the permuted matrix by a custom rule,
which itself consists of differentiable operations and so holds at all orders.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import lax
from ..array import Array
from ..custom import custom_jvp
from ..lax.linalg import triangular_solve
from .util import broadcast_to


def _along(x: Array, shape: tuple[int, ...], axis: int) -> Array:
    """A vector (or batch of them) as rows or columns of matrices of the given shape."""
    n = len(shape)
    dims = tuple(i for i in range(n) if i != axis % n) if x.ndim == n - 1 else (n - 1 if axis % n == n - 2 else n - 2,)
    return lax.broadcast_in_dim(x, shape, dims)


def _pivoted_elimination(a: Array) -> tuple[Array, Array, Array]:
    """Factors packed in one matrix, the permutation of the rows, and its sign (1 or -1)."""
    *batch, n, _ = a.shape
    shape = a.shape
    vectors = (*batch, n)
    rows = lax.broadcasted_iota(np.int32, vectors, len(batch))
    row_of = lax.broadcasted_iota(np.int32, shape, len(batch))
    column_of = lax.broadcasted_iota(np.int32, shape, len(batch) + 1)
    zero = np.zeros((), a.dtype)

    def step(k: Array, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        a, perm, sign = state
        column = lax.dynamic_index_in_dim(a, k, a.ndim - 1, keepdims=False)
        size = lax.abs(column)
        candidates = lax.select(lax.ge(rows, k), size, lax.full(vectors, np.asarray(-1, size.dtype)))
        pivot_row = lax.argmax(candidates, len(batch))
        is_pivot = lax.eq(rows, _spread(pivot_row, vectors))
        is_k = lax.eq(rows, k)
        sign = lax.select(lax.eq(pivot_row, k), sign, lax.neg(sign))
        # exchange rows k and the pivot's
        upper = lax.reduce_sum(lax.select(_along(is_pivot, shape, -1), a, lax.full(shape, zero)), (len(batch),))
        lower = lax.dynamic_index_in_dim(a, k, a.ndim - 2, keepdims=False)
        a = lax.select(_along(is_pivot, shape, -1), _along(lower, shape, -2), a)
        a = lax.select(lax.eq(row_of, k), _along(upper, shape, -2), a)
        first = lax.reduce_sum(lax.select(is_pivot, perm, lax.full(vectors, np.int32(0))), (len(batch),))
        second = lax.dynamic_index_in_dim(perm, k, len(batch), keepdims=False)
        perm = lax.select(is_pivot, _spread(second, vectors), perm)
        perm = lax.select(is_k, _spread(first, vectors), perm)
        # eliminate below; if the pivot is 0, all below it is 0 too
        pivot = lax.dynamic_index_in_dim(upper, k, len(batch), keepdims=False)
        safe = lax.select(lax.eq(pivot, zero), lax.full(pivot.shape, np.ones((), a.dtype)), pivot)
        column = lax.dynamic_index_in_dim(a, k, a.ndim - 1, keepdims=False)
        factor = lax.select(lax.gt(rows, k), lax.div(column, _spread(safe, vectors)), lax.full(vectors, zero))
        right = lax.select(lax.gt(rows, k), upper, lax.full(vectors, zero))
        a = lax.sub(a, lax.mul(_along(factor, shape, -1), _along(right, shape, -2)))
        below = lax.bitwise_and(lax.eq(column_of, k), lax.gt(row_of, k))
        return lax.select(below, _along(factor, shape, -1), a), perm, sign

    start = (a, rows, lax.full(tuple(batch), np.ones((), a.dtype)))
    return lax.fori_loop(0, n, step, start)


def _spread(x: Array, shape: tuple[int, ...]) -> Array:
    return lax.broadcast_in_dim(x, shape, tuple(range(x.ndim)))


@custom_jvp
def _factors(permuted: Array, packed: Array) -> Array:
    """The factors of a matrix whose rows are in pivoted order; `packed` holds their values."""
    return packed


@_factors.defjvp
def _factors_jvp(primals: Any, tangents: Any) -> Any:
    """With X = L^-1 dA U^-1: dL = L * strictly lower part of X, dU = upper part of X * U."""
    from . import add, tril, triu
    from .products import matmul

    packed = _factors(*primals)
    half = triangular_solve(packed, tangents[0], left_side=True, lower=True, unit_diagonal=True)
    x = triangular_solve(packed, half, left_side=False, lower=False)
    lower, upper = unit_lower(packed), triu(packed)
    return packed, add(matmul(lower, tril(x, -1)), matmul(triu(x), upper))


def unit_lower(packed: Array) -> Array:
    """The factor L of packed factors."""
    from . import add, eye, tril

    return add(tril(packed, -1), eye(packed.shape[-1], dtype=packed.dtype))


def lu(a: Array) -> tuple[Array, Array, Array]:
    """Factors of square matrices, packed in one matrix; the order of the rows, and its sign: ``a[order] = L U``."""
    from .take import take_along_axis

    packed, perm, sign = _pivoted_elimination(lax.stop_gradient(a))
    permuted = take_along_axis(a, lax.expand_dims(perm, (perm.ndim,)), -2, mode="clip")
    return _factors(permuted, lax.stop_gradient(packed)), perm, sign


def solve(a: Array, b: Array) -> Array:
    """``x`` with ``a x = b`` for matrices `a` and `b` of one dtype and equal leading dimensions."""
    from .take import take_along_axis

    packed, perm, _ = lu(a)
    b = take_along_axis(b, broadcast_to(lax.expand_dims(perm, (perm.ndim,)), (*perm.shape, b.shape[-1])), -2, mode="clip")
    y = triangular_solve(packed, b, left_side=True, lower=True, unit_diagonal=True)
    return triangular_solve(packed, y, left_side=True, lower=False)
