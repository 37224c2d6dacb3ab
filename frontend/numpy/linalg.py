"""`pullback.numpy.linalg`: linear algebra. Names follow `jax.numpy.linalg`.

Decompositions into singular values or eigenvalues are not here yet; what needs them raises an error that says so.
"""

from __future__ import annotations

import difflib as _difflib
from typing import Any, NamedTuple

import numpy as np

from .. import dtypes, lax
from ..array import Array, ConcreteArray
from ..trace import _state
from . import lu as _lu
from . import products as _products
from .emit import quiet, wrap
from .manipulation import diagonal as _diagonal
from .manipulation import matrix_transpose, moveaxis
from .products import matmul, tensordot, vecdot
from .util import (
    arrays_of,
    as_int,
    broadcast_shapes,
    broadcast_to,
    canonical_axes,
    canonical_axis,
    cast,
    promote_dtypes,
    to_inexact,
)

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "slogdet",
    "solve",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]

#: Names of jax.numpy.linalg that need a decomposition that is not implemented.
_MISSING = ("eig", "eigh", "eigvals", "eigvalsh", "lstsq", "matrix_rank", "pinv", "qr", "svd", "svdvals")


class SlogdetResult(NamedTuple):
    """Result of `slogdet`."""

    sign: Array
    logabsdet: Array


def _inexact(fname: str, *xs: Any) -> list[Array]:
    arrays = promote_dtypes(*arrays_of(fname, *xs))
    dtype = to_inexact(arrays[0].dtype)
    if dtype.itemsize == 2:
        raise TypeError(f"Unsupported dtype {dtype.name} for {fname}: convert to float32 first.")
    return [cast(x, dtype) for x in arrays]


def _square(fname: str, a: Any) -> Array:
    (x,) = _inexact(fname, a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"Argument to {fname} must have shape [..., n, n], got {x.shape}")
    return x


def _is_direct(*xs: Array) -> bool:
    return _state.frame is None and all(type(x) is ConcreteArray for x in xs)


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


def solve(a: Any, b: Any) -> Array:
    """Solves linear systems ``a x = b``.

    Args:
      a: array of shape [..., n, n].
      b: vector of shape [n], or array of shape [..., n, k].

    Returns:
      Array of the shape of `b`, broadcast with the leading dimensions of `a`; infinite or NaN for singular matrices.

    Reference: NumPy, numpy.linalg.solve; Golub and Van Loan, Matrix Computations (2013), section 3.4.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.solve(pnp.array([[2.0, 0.0], [0.0, 4.0]]), pnp.array([2.0, 8.0]))
    Array([1., 2.], dtype=float32)
    """
    x, y = _inexact("solve", a, b)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"solve: the first argument must have shape [..., n, n], got {x.shape}")
    vector = y.ndim == 1
    if y.ndim == 0 or y.shape[0 if vector else -2] != x.shape[-1]:
        raise ValueError(f"solve: b must have shape [n] or [..., n, k] with n = {x.shape[-1]}, got {y.shape}")
    y = lax.expand_dims(y, (1,)) if vector else y
    batch = broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x, y = broadcast_to(x, (*batch, *x.shape[-2:])), broadcast_to(y, (*batch, *y.shape[-2:]))
    out = _solve(x, y)
    return lax.squeeze(out, (out.ndim - 1,)) if vector else out


def _solve(x: Array, y: Array) -> Array:
    if _is_direct(x, y):
        try:
            return wrap(quiet.run(np.linalg.solve, x.host, y.host))  # type: ignore[attr-defined]
        except np.linalg.LinAlgError:
            pass  # singular: the elimination gives infinities where they belong
    if 0 in y.shape:
        return y
    return _lu.solve(x, y)


def inv(a: Any) -> Array:
    """Inverses of matrices.

    Args:
      a: array of shape [..., n, n].

    Reference: NumPy, numpy.linalg.inv.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.inv(pnp.array([[2.0, 0.0], [0.0, 4.0]]))
    Array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    from . import eye

    x = _square("inv", a)
    return _solve(x, broadcast_to(eye(x.shape[-1], dtype=x.dtype), x.shape))


def slogdet(a: Any, *, method: str | None = None) -> SlogdetResult:
    """Signs, and logarithms of the absolute values, of determinants.

    Args:
      a: array of shape [..., n, n].
      method: None or "lu".

    Returns:
      ``(sign, logabsdet)``; of a singular matrix, ``(0, -inf)``.

    Reference: NumPy, numpy.linalg.slogdet.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.slogdet(pnp.array([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Array(-1., dtype=float32), logabsdet=Array(0., dtype=float32))
    """
    if method not in (None, "lu"):
        raise NotImplementedError(f"slogdet: only method 'lu' is supported, got {method!r}")
    x = _square("slogdet", a)
    if _is_direct(x):
        sign, logabsdet = quiet.run(np.linalg.slogdet, x.host)  # type: ignore[attr-defined]
        return SlogdetResult(wrap(sign), wrap(logabsdet))
    if x.shape[-1] == 0:
        real = np.zeros((), x.dtype).real.dtype
        return SlogdetResult(lax.full(x.shape[:-2], np.ones((), x.dtype)), lax.full(x.shape[:-2], np.zeros((), real)))
    packed, _, sign = _lu.lu(x)
    d = diagonal(packed)
    sign = lax.mul(sign, lax.reduce_prod(lax.sign(d), (d.ndim - 1,)))
    return SlogdetResult(sign, lax.reduce_sum(lax.log(lax.abs(d)), (d.ndim - 1,)))


def det(a: Any) -> Array:
    """Determinants.

    For matrices of more than three rows, the derivative at a singular matrix is NaN.

    Args:
      a: array of shape [..., n, n].

    Reference: NumPy, numpy.linalg.det.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.det(pnp.array([[2.0, 0.0], [0.0, 3.0]]))
    Array(6., dtype=float32)
    """
    x = _square("det", a)
    if _is_direct(x):
        return wrap(quiet.run(np.linalg.det, x.host))  # type: ignore[attr-defined]
    n = x.shape[-1]
    if n == 0:
        return lax.full(x.shape[:-2], np.ones((), x.dtype))
    if n <= 3:  # polynomials, whose derivatives hold everywhere
        return _expand(x, list(range(n)))
    packed, _, sign = _lu.lu(x)
    d = diagonal(packed)
    return lax.mul(sign, lax.reduce_prod(d, (d.ndim - 1,)))


def _expand(x: Array, columns: list[int]) -> Array:
    """Laplace expansion of the minor of the last rows and the given columns, along its first row."""
    row = x.shape[-1] - len(columns)
    terms = []
    for i, c in enumerate(columns):
        element = lax.index_in_dim(lax.index_in_dim(x, row, -2, keepdims=False), c, -1, keepdims=False)
        rest = columns[:i] + columns[i + 1 :]
        term = lax.mul(element, _expand(x, rest)) if rest else element
        terms.append(lax.neg(term) if i % 2 else term)
    total = terms[0]
    for t in terms[1:]:
        total = lax.add(total, t)
    return total


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


# Norms -----------------------------------------------------------------------------------------------------------------------
def _magnitude(fname: str, x: Any) -> Array:
    (v,) = arrays_of(fname, x)
    return lax.abs(cast(v, to_inexact(v.dtype)))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """Norm of vectors or matrices.

    Args:
      x: array.
      ord: of vectors: a number p, inf, -inf or 0 (2 by default); of matrices: "fro" (the default), 1, -1, inf or -inf.
      axis: an axis (vectors) or two axes (matrices); None is the 2-norm of the flattened array, or all axes if `ord` is given.
      keepdims: keep the axes, with size 1.

    Raises:
      NotImplementedError: matrix orders 2, -2 and "nuc", which need singular values.

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
    """Norm of the matrices in the last two dimensions: order "fro", 1, -1, inf or -inf.

    Args:
      x: array of shape [..., n, m].
      keepdims: keep the axes with size 1.
      ord: order of the norm, as in `norm`.

    Raises:
      NotImplementedError: orders 2, -2 and "nuc", which need singular values.

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
        raise NotImplementedError(f"matrix norm of order {ord!r} needs singular values, which pullback does not compute yet")
    elif ord in (1, -1, np.inf, -np.inf):
        summed, other = (row, column) if abs(ord) == 1 else (column, row)
        sums = lax.reduce_sum(_magnitude("norm", v), (summed,))
        reduce = lax.reduce_max if ord > 0 else lax.reduce_min
        out = reduce(sums, (other - (summed < other),))
    else:
        raise ValueError(f"Invalid order {ord!r} for matrix norm.")
    return _keep(out, (row, column), v.ndim) if keepdims else out


def cond(x: Any, p: Any = None) -> Array:
    """Condition number of matrices in a norm: `p` is "fro", 1, -1, inf or -inf (2 needs singular values).

    Args:
      x: array of shape [..., n, n].
      p: order of the norm, as in `norm`.

    Reference: NumPy, numpy.linalg.cond.

    >>> import pullback.numpy as pnp
    >>> pnp.linalg.cond(pnp.array([[2.0, 0.0], [0.0, 4.0]]), 1)
    Array(2., dtype=float32)
    """
    v = _square("cond", x)
    if p in (None, 2, -2, "nuc"):
        raise NotImplementedError(
            "cond: p=None, 2, -2 and 'nuc' need singular values, which pullback does not compute yet; use 'fro', 1 or inf"
        )
    return lax.mul(matrix_norm(v, ord=p), matrix_norm(inv(v), ord=p))


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
    if name in _MISSING:
        raise AttributeError(
            f"pullback.numpy.linalg.{name} is not implemented: it needs a decomposition (QR, eigenvalues or singular values) that "
            f"pullback does not have yet. There are cholesky, solve, inv, det and slogdet."
        )
    near = _difflib.get_close_matches(name, __all__, 3, 0.6)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise AttributeError(f"module 'pullback.numpy.linalg' has no attribute {name!r}{hint}")
