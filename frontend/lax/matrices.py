"""What the functions of `pullback.lax.linalg` share: checks of operands, products, triangles, Householder reflectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T

from ..array import Array
from ..locations import located
from .elementwise import abs as _abs
from .elementwise import add, bitwise_and, complex, conj, div, eq, ge, gt, imag, lt, mul, neg, real, select, sqrt, square, sub
from .elementwise import max as _max
from .reduction import dot_general, reduce_max, reduce_sum
from .shape import broadcast_in_dim, broadcasted_iota, expand_dims, full, slice_in_dim, transpose
from .util import as_operand


def operand(x: Any, name: str, position: int = 0, rank: int = 2, real_only: bool = False) -> Array:
    """An argument as an array of at least `rank` dimensions, of a floating or complex element type that there is code for."""
    v = as_operand(x, name, position)
    dtype = T.from_np(v.dtype)
    if not T.is_inexact(dtype) or (real_only and T.is_complex(dtype)):
        accepted = "floating" if real_only else "floating, complexfloating"
        raise TypeError(
            located(
                f"{name} does not accept dtype {v.dtype.name} at position {position}. Accepted dtypes at position {position} are "
                f"subtypes of {accepted}."
            )
        )
    if v.dtype.itemsize == 2:
        raise NotImplementedError(located(f"{name}: unsupported dtype {v.dtype.name}; convert to float32 first"))
    if v.ndim < rank:
        raise TypeError(located(f"Input {position} to {name} must have rank at least {rank}, but got shape={v.shape}"))
    return v


def same_dtype(name: str, *xs: Array) -> None:
    """Raises TypeError unless all have one dtype."""
    if len({x.dtype for x in xs}) > 1:
        raise TypeError(
            located(f"lax.{name} requires arguments to have the same dtypes, got {', '.join(x.dtype.name for x in xs)}.")
        )


def square_shape(x: Array, name: str) -> int:
    """The size of square matrices; raises ValueError for others."""
    if x.shape[-1] != x.shape[-2]:
        raise ValueError(located(f"The input to {name} must be a square matrix. Got shape {x.shape}."))
    return x.shape[-1]


# Products and triangles --------------------------------------------------------------------------------------------------
def swap(x: Array) -> Array:
    """Transpose of the last two dimensions."""
    return transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def conjugate(x: Array) -> Array:
    """The complex conjugate; real arrays as they are."""
    return conj(x) if x.dtype.kind == "c" else x


def adjoint(x: Array) -> Array:
    """Conjugate transpose of the last two dimensions."""
    return conjugate(swap(x))


def matmul(x: Array, y: Array) -> Array:
    """Product of batches of matrices."""
    batch = tuple(range(x.ndim - 2))
    return dot_general(x, y, (((x.ndim - 1,), (x.ndim - 2,)), (batch, batch)))


def zeros_like(x: Array) -> Array:
    """Zeros of the shape and dtype of `x`."""
    return full(x.shape, np.zeros((), x.dtype))


def triangle(x: Array, lower: bool, offset: int = 0) -> Array:
    """The elements at or below (or above) the diagonal, or another one, and zeros elsewhere."""
    row, column = positions(x)
    column = sub(column, np.int32(offset))
    return select(ge(row, column) if lower else ge(column, row), x, zeros_like(x))


def positions(x: Array) -> tuple[Array, Array]:
    """Row and column numbers of the elements of matrices."""
    return broadcasted_iota(np.int32, x.shape, x.ndim - 2), broadcasted_iota(np.int32, x.shape, x.ndim - 1)


def eye(shape: tuple[int, ...], dtype: Any) -> Array:
    """Identity matrices, with zero rows or columns at the end if they are not square."""
    one = full(shape, np.ones((), dtype))
    return select(eq(*positions(one)), one, zeros_like(one))


def along_rows(x: Array, shape: tuple[int, ...]) -> Array:
    """Element i of a vector (in each batch) all along row i of matrices of the given shape."""
    return broadcast_in_dim(x, shape, tuple(range(len(shape) - 1)))


def along_columns(x: Array, shape: tuple[int, ...]) -> Array:
    """Element k of a vector (in each batch) all along column k."""
    n = len(shape)
    return broadcast_in_dim(x, shape, (*range(n - 2), n - 1))


def spread(x: Array, shape: tuple[int, ...]) -> Array:
    """One number (in each batch) all along a vector or matrix."""
    return broadcast_in_dim(x, shape, tuple(range(x.ndim)))


# Reflectors ---------------------------------------------------------------------------------------------------------------
def apply_reflectors(packed: Array, taus: Array, c: Array, inverse: bool) -> Array:
    """Product with ``Q = H1 H2 ... Hk`` (or ``Q^H``) of the reflectors that a QR factorisation leaves below the diagonal.

    ``Q = I - V T V^H`` with ``T = (I + diag(tau) up(V^H V))^-1 diag(tau)``, where up is the strictly upper triangle.
    """
    from .systems import triangular_solve

    if 0 in packed.shape or taus.shape[-1] == 0:
        return c
    v = slice_in_dim(packed, 0, taus.shape[-1], axis=packed.ndim - 1)
    row, column = positions(v)
    v = select(gt(row, column), v, eye(v.shape, v.dtype))
    gram, product = matmul(adjoint(v), v), matmul(adjoint(v), c)
    system = mul(along_rows(taus, gram.shape), gram)
    if inverse:
        flags = {"transpose_a": True, "conjugate_a": True}
        product = triangular_solve(system, product, left_side=True, lower=False, unit_diagonal=True, **flags)
        product = mul(along_rows(conjugate(taus), product.shape), product)
    else:
        product = mul(along_rows(taus, product.shape), product)
        product = triangular_solve(system, product, left_side=True, lower=False, unit_diagonal=True)
    return sub(c, matmul(v, product))


def reflector(column: Array, row: Array) -> tuple[Array, Array, Array]:
    """``v`` (one at `row`, zero above), `tau` and `beta` with ``H^H column = beta e_row``, for ``H = I - tau v v^H``.

    Signs are those of LAPACK's xLARFG. The column is scaled by its largest element, so that squares neither overflow nor vanish.
    """
    last = column.ndim - 1
    at = broadcasted_iota(np.int32, column.shape, last)
    real_dtype = real(column).dtype if column.dtype.kind == "c" else column.dtype
    zero, one = np.zeros((), real_dtype), np.ones((), real_dtype)
    x = select(ge(at, row), column, zeros_like(column))
    size = _max(_abs(real(x)), _abs(imag(x))) if x.dtype.kind == "c" else _abs(x)
    scale = reduce_max(size, (last,))
    scale = select(eq(scale, zero), full(scale.shape, one), scale)
    x = div(x, as_dtype(spread(scale, x.shape), x.dtype))
    alpha = reduce_sum(select(eq(at, row), x, zeros_like(x)), (last,))
    x = select(gt(at, row), x, zeros_like(x))
    below = reduce_sum(_squares(x), (last,))
    head = real(alpha) if x.dtype.kind == "c" else alpha
    trivial = eq(below, zero)
    if x.dtype.kind == "c":
        trivial = bitwise_and(trivial, eq(imag(alpha), zero))
    # The derivative of the root at zero is infinite, and would turn the zero that its cotangent is multiplied with into NaN.
    total = select(trivial, full(below.shape, one), add(below, _squares(alpha)))
    root = sqrt(total)
    beta = select(lt(head, zero), root, neg(root))
    wide = as_dtype(beta, x.dtype)
    tau = select(trivial, zeros_like(alpha), div(sub(wide, alpha), wide))
    divisor = select(trivial, full(alpha.shape, np.ones((), x.dtype)), sub(alpha, wide))
    v = select(eq(at, row), full(x.shape, np.ones((), x.dtype)), div(x, spread(divisor, x.shape)))
    return v, tau, mul(select(trivial, alpha, wide), as_dtype(scale, x.dtype))


def _squares(x: Array) -> Array:
    if x.dtype.kind == "c":
        return add(square(real(x)), square(imag(x)))
    return square(x)


def as_dtype(x: Array, dtype: Any) -> Array:
    """A real array as one of the given dtype, real or complex."""
    return complex(x, zeros_like(x)) if np.dtype(dtype).kind == "c" else x


def row_vector(x: Array) -> Array:
    """A vector as a matrix of one row."""
    return expand_dims(x, (x.ndim - 1,))


def column_vector(x: Array) -> Array:
    """A vector as a matrix of one column."""
    return expand_dims(x, (x.ndim,))
