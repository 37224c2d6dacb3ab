"""Triangular and tridiagonal systems, and products that use symmetry: functions of `pullback.lax.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects.spec import TABLE

from ..array import Array
from ..locations import located
from ..trace import bind
from .elementwise import add, mul
from .matrices import matmul, operand, same_dtype, swap, triangle
from .shape import reshape
from .util import as_operand, cast


def triangular_solve(
    a: Any,
    b: Any,
    *,
    left_side: bool = False,
    lower: bool = False,
    transpose_a: bool = False,
    conjugate_a: bool = False,
    unit_diagonal: bool = False,
) -> Array:
    """Solves a triangular system: ``op(a) x = b`` if `left_side`, else ``x op(a) = b``.

    Args:
      a: array of shape [..., n, n]; only its lower (or upper) triangle is read.
      b: array of shape [..., n, k] (or [..., k, n]), or [..., n] for one right-hand side.
      left_side, lower, transpose_a, conjugate_a, unit_diagonal: which system.

    Returns:
      Array of the shape of `b`.

    Raises:
      ValueError: `a` is not square, or the shapes do not fit.

    Reference: JAX documentation, jax.lax.linalg.triangular_solve.

    >>> from pullback import lax, numpy as pnp
    >>> a = pnp.array([[2.0, 0.0], [1.0, 4.0]])
    >>> lax.linalg.triangular_solve(a, pnp.array([[2.0], [9.0]]), left_side=True, lower=True)
    Array([[1.],
           [2.]], dtype=float32)
    """
    a = operand(a, "triangular_solve")
    b = as_operand(b, "triangular_solve", 1)
    if b.weak_type:
        b = cast(b, a.dtype)
    b = operand(b, "triangular_solve", 1, rank=1)
    same_dtype("triangular_solve", a, b)
    if a.shape[-1] != a.shape[-2]:
        raise ValueError(located(f"The first input to triangular_solve must be a square matrix. Got shape {a.shape}."))
    vector = b.ndim == a.ndim - 1
    if vector:
        b = reshape(b, (*b.shape, 1) if left_side else (*b.shape[:-1], 1, b.shape[-1]))
    if b.shape[:-2] != a.shape[:-2] or b.ndim != a.ndim or b.shape[-2 if left_side else -1] != a.shape[-1]:
        raise ValueError(located(f"Incompatible shapes for arguments to triangular_solve: {a.shape} and {b.shape}."))
    attrs = {
        "left_side": left_side,
        "lower": lower,
        "transpose_a": transpose_a,
        "conjugate_a": conjugate_a,
        "unit_diagonal": unit_diagonal,
    }
    out = bind(TABLE["pb.triangular_solve"], (a, b), {k: bool(v) for k, v in attrs.items()})
    return reshape(out, (*out.shape[:-2], a.shape[-1])) if vector else out


def tridiagonal_solve(dl: Any, d: Any, du: Any, b: Any, *, perturb_singular: bool = False) -> Array:
    """Solves tridiagonal systems, by elimination with exchange of neighbouring rows.

    Args:
      dl: array of shape [..., n], the diagonal below the main one; its first element is not used.
      d: array of shape [..., n], the main diagonal.
      du: array of shape [..., n], the diagonal above the main one; its last element is not used.
      b: array of shape [..., n, k], the right-hand sides.
      perturb_singular: must be False.

    Returns:
      Array of the shape of `b`; infinite or NaN where a matrix is singular.

    Raises:
      TypeError: the shapes do not fit.

    Reference: JAX documentation, jax.lax.linalg.tridiagonal_solve.

    >>> from pullback import lax, numpy as pnp
    >>> one = pnp.ones(3)
    >>> lax.linalg.tridiagonal_solve(one, 4 * one, one, pnp.array([[5.0], [6.0], [5.0]]))
    Array([[1.],
           [1.],
           [1.]], dtype=float32)
    """
    if perturb_singular:
        raise NotImplementedError(located("tridiagonal_solve: perturb_singular=True is not supported"))
    diagonals = [operand(x, "tridiagonal_solve", i, rank=1) for i, x in enumerate((dl, d, du))]
    rhs = operand(b, "tridiagonal_solve", 3)
    same_dtype("tridiagonal_solve", *diagonals, rhs)
    shape = diagonals[1].shape
    if any(x.shape != shape for x in diagonals):
        raise TypeError(located("tridiagonal_solve requires that all diagonal arguments have the same shape."))
    if rhs.shape[:-1] != shape:
        raise TypeError(
            located(
                f"tridiagonal_solve requires that the leading ndim-1 dimensions of b equal the dimensions of the diagonal "
                f"arguments, got {rhs.shape} and {shape}."
            )
        )
    return bind(TABLE["pb.tridiagonal_solve"], (*diagonals, rhs), {})


def symmetric_product(
    a_matrix: Any, c_matrix: Any, *, alpha: float = 1.0, beta: float = 0.0, symmetrize_output: bool = False
) -> Array:
    """:math:`\\alpha A A^T + \\beta C`, for a symmetric C.

    Args:
      a_matrix: real array of shape [..., m, n].
      c_matrix: real array of shape [..., m, m].
      alpha, beta: numbers.
      symmetrize_output: replace the upper triangle of the result by the transpose of the lower one.

    Returns:
      Array of shape [..., m, m].

    Raises:
      ValueError: the shapes do not fit.

    Reference: JAX documentation, jax.lax.linalg.symmetric_product.

    >>> from pullback import lax, numpy as pnp
    >>> lax.linalg.symmetric_product(pnp.array([[1.0, 2.0], [0.0, 1.0]]), pnp.eye(2), beta=3.0)
    Array([[8., 2.],
           [2., 4.]], dtype=float32)
    """
    a = operand(a_matrix, "symmetric_product", 0, real_only=True)
    c = operand(c_matrix, "symmetric_product", 1, real_only=True)
    same_dtype("symmetric_product", a, c)
    m = a.shape[-2]
    if c.shape != (*a.shape[:-2], m, m):
        raise ValueError(
            located(
                f"symmetric_product expects a rectangular matrix of shape (m, n) and a square matrix of shape (m, m). Got shapes "
                f"{a.shape} and {c.shape}."
            )
        )
    out = add(mul(np.asarray(alpha, a.dtype), matmul(a, swap(a))), mul(np.asarray(beta, a.dtype), c))
    if symmetrize_output:
        out = add(triangle(out, True), swap(triangle(out, True, -1)))
    return out
