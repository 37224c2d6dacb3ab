"""`pullback.numpy.linalg`: linear algebra. Names follow `jax.numpy.linalg`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, lax
from ..array import Array
from ..missing import attribute_error
from . import products as _products
from .least_squares import lstsq, pinv
from .linalg_eigen import EighResult as EighResult
from .linalg_eigen import EigResult as EigResult
from .linalg_eigen import SVDResult as SVDResult
from .linalg_eigen import eig, eigh, eigvals, eigvalsh, svd, svdvals
from .manipulation import diagonal as _diagonal
from .manipulation import matrix_transpose, moveaxis
from .norms import cond, matrix_norm, matrix_rank, norm, vector_norm
from .products import matmul, tensordot, vecdot
from .systems import QRResult as QRResult
from .systems import SlogdetResult as SlogdetResult
from .systems import det, inv, qr, slogdet, solve
from .systems import inexact as _inexact
from .systems import square as _square
from .util import (
    arrays_of,
    as_int,
    broadcast_to,
    canonical_axis,
)

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]


# Decompositions and systems ------------------------------------------------------------------------------------------------
def cholesky(a: Any, *, upper: bool = False, symmetrize_input: bool = True) -> Array:
    """Lower (or upper) triangular factor of Hermitian positive definite matrices.

    Args:
      a: array of shape [..., n, n].
      upper: give the upper factor U with :math:`a = U^H U` instead of the lower one L with :math:`a = L L^H`.
      symmetrize_input: factor the Hermitian part of `a`.

    Returns:
      Array of the shape of `a`; NaN where a matrix is not positive definite.

    Reference: NumPy, numpy.linalg.cholesky; Golub and Van Loan, Matrix Computations (2013), section 4.2.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.cholesky(pnp.array([[4.0, 2.0], [2.0, 5.0]]))
    Array([[2., 0.],
           [1., 2.]], dtype=float32)
    """
    x = _square("cholesky", a)
    lower = lax.linalg.cholesky(x, symmetrize_input=symmetrize_input)
    if not upper:
        return lower
    transposed = matrix_transpose(lower)
    return lax.conj(transposed) if transposed.dtype.kind == "c" else transposed


def tensorinv(a: Any, ind: int = 2) -> Array:
    """Inverse of a tensor as a linear map from its last to its first `ind` dimensions.

    Args:
      a: array whose first `ind` dimensions have the size of the others together.
      ind: number of leading dimensions.

    Reference: NumPy, numpy.linalg.tensorinv.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.tensorinv(pnp.eye(6).reshape(6, 2, 3), 1).shape
    (2, 3, 6)
    """
    (x,) = _inexact("tensorinv", a)
    ind = as_int(ind, "ind")
    if ind <= 0:
        raise ValueError(f"tensorinv: ind must be a positive integer, got {ind}")
    rows, columns = x.shape[:ind], x.shape[ind:]
    n = int(np.prod(rows, dtype=np.int64))
    if n != np.prod(columns, dtype=np.int64):
        raise ValueError(f"tensorinv: the first {ind} dimensions of shape {x.shape} must have as many elements as the others")
    return lax.reshape(inv(lax.reshape(x, (n, n))), (*columns, *rows))


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Array:
    """``x`` with ``tensordot(a, x, x.ndim) = b``.

    Args:
      a: array.
      b: array of the shape of the first dimensions of `a`.
      axes: axes of `a` to move to the end first.

    Reference: NumPy, numpy.linalg.tensorsolve.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.tensorsolve(pnp.eye(6).reshape(2, 3, 6), pnp.ones((2, 3))).shape
    (6,)
    """
    x, y = _inexact("tensorsolve", a, b)
    if axes is not None:
        x = moveaxis(x, tuple(axes), tuple(range(x.ndim - len(axes), x.ndim)))
    rest = x.shape[y.ndim :]
    if x.shape[: y.ndim] != y.shape or np.prod(rest, dtype=np.int64) != y.size:
        raise ValueError(f"tensorsolve: shapes {x.shape} and {y.shape} do not make a square system")
    return lax.reshape(solve(lax.reshape(x, (y.size, y.size)), lax.reshape(y, (y.size,))), rest)


# Products --------------------------------------------------------------------------------------------------------------------
def matrix_power(a: Any, n: int) -> Array:
    """Matrices to an integer power, by repeated squaring; negative powers are powers of the inverse.

    Args:
      a: array of shape [..., n, n].
      n: Python int; the inverse is raised if it is negative.

    Reference: NumPy, numpy.linalg.matrix_power.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.matrix_power(pnp.array([[1, 1], [0, 1]]), 3)
    Array([[1, 3],
           [0, 1]], dtype=int32)
    """
    from . import eye

    (x,) = arrays_of("matrix_power", a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"Argument to matrix_power must have shape [..., n, n], got {x.shape}")
    n = as_int(n, "matrix_power: n")
    if n == 0:
        return broadcast_to(eye(x.shape[-1], dtype=x.dtype), x.shape)
    if n < 0:
        x, n = inv(x), -n
    result: Array | None = None
    while True:
        n, odd = divmod(n, 2)
        if odd:
            result = x if result is None else matmul(result, x)
        if n == 0:
            assert result is not None
            return result
        x = matmul(x, x)


def multi_dot(arrays: Any, *, precision: Any = None) -> Array:
    """Product of several matrices, in the order that needs the fewest multiplications; the first and the last may be vectors.

    Args:
      arrays: sequence of matrices; the first and the last may be vectors.
      precision: has no effect.

    Reference: NumPy, numpy.linalg.multi_dot.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.multi_dot([pnp.ones((2, 3)), pnp.ones((3, 4)), pnp.ones((4, 5))]).shape
    (2, 5)
    """
    from .einsum import einsum

    xs = arrays_of("multi_dot", *arrays)
    if len(xs) < 2:
        raise ValueError(f"multi_dot requires at least two arrays, got {len(xs)}")
    if any(x.ndim != 2 for x in xs[1:-1]) or any(x.ndim not in (1, 2) for x in (xs[0], xs[-1])):
        raise ValueError(
            f"multi_dot: arrays must be matrices (vectors at the ends), got shapes {', '.join(str(x.shape) for x in xs)}"
        )
    terms: list[Any] = []
    for i, x in enumerate(xs):
        terms += [x, [i + 1] if x.ndim == 1 and i == 0 else [i] if x.ndim == 1 else [i, i + 1]]
    out = [0] * (xs[0].ndim == 2) + [len(xs)] * (xs[-1].ndim == 2)
    return einsum(*terms, out, optimize="optimal")


def outer(x1: Any, x2: Any, /) -> Array:
    """Outer product of two vectors.

    Args:
      x1, x2: arrays of 1 dimension.

    Reference: NumPy, numpy.linalg.outer.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.outer(pnp.array([1, 2]), pnp.array([10, 20]))
    Array([[10, 20],
           [20, 40]], dtype=int32)
    """
    x, y = arrays_of("outer", x1, x2)
    if x.ndim != 1 or y.ndim != 1:
        raise ValueError(f"linalg.outer: input arrays must be one-dimensional, got shapes {x.shape} and {y.shape}")
    return _products.outer(x, y)


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Array:
    """Cross product of vectors of 3 components.

    Args:
      x1, x2: arrays whose axis has size 3.
      axis: integer.

    Reference: NumPy, numpy.linalg.cross.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.cross(pnp.array([1.0, 0.0, 0.0]), pnp.array([0.0, 1.0, 0.0]))
    Array([0., 0., 1.], dtype=float32)
    """
    x, y = arrays_of("cross", x1, x2)
    if x.shape[canonical_axis(axis, x.ndim)] != 3 or y.shape[canonical_axis(axis, y.ndim)] != 3:
        raise ValueError(f"linalg.cross: both arrays must have 3 components along axis {axis}, got shapes {x.shape} and {y.shape}")
    return _products.cross(x, y, axis=axis)


def diagonal(x: Any, /, *, offset: int = 0) -> Array:
    """Diagonals of the matrices in the last two dimensions.

    Args:
      x: array of shape [..., n, m].
      offset: which diagonal; above the main one if positive.

    Reference: NumPy, numpy.linalg.diagonal.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.diagonal(pnp.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    return _diagonal(x, offset, -2, -1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """Traces of the matrices in the last two dimensions.

    Args:
      x: array of shape [..., n, m].
      offset: which diagonal.
      dtype: dtype of the sum.

    Reference: NumPy, numpy.linalg.trace.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.trace(pnp.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    from .manipulation import trace as function

    return function(x, offset, -2, -1, None if dtype is None else dtypes.canonicalize_dtype(dtype))


def __getattr__(name: str) -> Any:
    raise attribute_error(__name__, name, __all__)
