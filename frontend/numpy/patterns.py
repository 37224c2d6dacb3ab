"""Matrices of a pattern and grids of indices: eye, tri, tril, triu, diag, vander, meshgrid, mgrid, indices, ..."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..array import Array, as_concrete
from .creation import concrete_number, iota, placed, staging
from .emit import pb, splat, wrap
from .util import arrays_of, as_int, canonical_shape, cast, default_float, default_int, with_constants


def _float_or(dtype: Any, name: str) -> np.dtype[Any]:
    return default_float() if dtype is None else dtypes.requested_dtype(dtype, name)


def _offset(shape: tuple[Any, ...], k: int) -> tuple[Array, Array]:
    """Row index plus `k`, and column index, over a shape of two dimensions."""
    rows, columns = (iota(shape, default_int(), d) for d in (0, 1))
    return (pb.add(rows, k) if k else rows), columns


def _sizes(N: Any, M: Any, k: Any, name: str) -> tuple[tuple[int, int], int]:
    n = as_int(N, f"{name}: N")
    m = n if M is None else as_int(M, f"{name}: M")
    if n < 0 or m < 0:
        raise ValueError(f"{name}: negative dimensions are not allowed, got {n} and {m}")
    return (n, m), int(concrete_number(k, f"{name} argument 'k'"))


def eye(N: Any, M: Any = None, k: Any = 0, dtype: Any = None, *, device: Any = None) -> Array:
    """A matrix with ones on a diagonal.

    Args:
      N: number of rows.
      M: number of columns, by default `N`.
      k: which diagonal; positive ones are above the main one.
      dtype: dtype, by default float32.
      device: where to put the array.

    Reference: NumPy, numpy.eye.

    >>> import pullback.numpy as pnp
    >>> pnp.eye(2, 3)
    Array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    shape, k = _sizes(N, M, k, "eye")
    if not staging():
        return placed(wrap(np.eye(*shape, k=k, dtype=_float_or(dtype, "eye"))), device)
    rows, columns = _offset(shape, k)
    return cast(pb.compare(rows, columns, direction="EQ"), _float_or(dtype, "eye"))


def identity(n: Any, dtype: Any = None) -> Array:
    """The identity matrix.

    Args:
      n: number of rows and columns.
      dtype: dtype, by default float32.

    Reference: NumPy, numpy.identity.

    >>> import pullback.numpy as pnp
    >>> pnp.identity(2)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    n = as_int(n, "identity: n")
    if n < 0:
        raise ValueError(f"identity: n must not be negative, got {n}")
    return eye(n, dtype=None if dtype is None else dtypes.requested_dtype(dtype, "identity"))


def _lower(shape: tuple[Any, ...], k: int) -> Array:
    """True at and below the k-th diagonal of a matrix."""
    if not staging():
        return wrap(np.tri(shape[0], shape[1], k, np.bool_))
    rows, columns = _offset(shape, k)
    return pb.compare(rows, columns, direction="GE")


def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Array:
    """A matrix with ones at and below a diagonal.

    Args:
      N: number of rows.
      M: number of columns, by default `N`.
      k: which diagonal.
      dtype: dtype, by default float32.

    Reference: NumPy, numpy.tri.

    >>> import pullback.numpy as pnp
    >>> pnp.tri(2, 3)
    Array([[1., 0., 0.],
           [1., 1., 0.]], dtype=float32)
    """
    shape, k = _sizes(N, M, k, "tri")
    return cast(_lower(shape, k), _float_or(dtype, "tri"))


def _triangle(name: str, m: Any, k: Any, lower: bool) -> Array:
    (x,) = arrays_of(name, m)
    if x.ndim < 2:
        raise ValueError(f"Argument to pullback.numpy.{name} must be at least 2D, got shape {x.shape}")
    k = int(concrete_number(k, f"{name} argument 'k'"))
    mask = _lower(x.shape[-2:], k if lower else k - 1)
    from .choice import where

    zero = splat((), x.dtype, 0, x.weak_type)
    return where(mask, x, zero) if lower else where(mask, zero, x)


def tril(m: Any, k: Any = 0) -> Array:
    """The array with zeros above a diagonal of its last two axes.

    Args:
      m: array of at least 2 dimensions.
      k: the diagonal.

    Reference: NumPy, numpy.tril.

    >>> import pullback.numpy as pnp
    >>> pnp.tril(pnp.array([[1, 2], [3, 4]]))
    Array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return _triangle("tril", m, k, True)


def triu(m: Any, k: Any = 0) -> Array:
    """The array with zeros below a diagonal of its last two axes.

    Args:
      m: array of at least 2 dimensions.
      k: the diagonal.

    Reference: NumPy, numpy.triu.

    >>> import pullback.numpy as pnp
    >>> pnp.triu(pnp.array([[1, 2], [3, 4]]))
    Array([[1, 2],
           [0, 4]], dtype=int32)
    """
    return _triangle("triu", m, k, False)


def _index_arrays(arrays: Any) -> tuple[Array, ...]:
    return tuple(as_concrete(a, default_int()) for a in arrays)


def tril_indices(n: Any, k: Any = 0, m: Any = None) -> tuple[Array, Array]:
    """Row and column indices of the elements at and below a diagonal of a matrix.

    Args:
      n, m: numbers of rows and columns.
      k: the diagonal.

    Reference: NumPy, numpy.tril_indices.

    >>> import pullback.numpy as pnp
    >>> pnp.tril_indices(2)
    (Array([0, 1, 1], dtype=int32), Array([0, 0, 1], dtype=int32))
    """
    shape, k = _sizes(n, m, k, "tril_indices")
    return _index_arrays(np.tril_indices(shape[0], k, shape[1]))  # type: ignore[return-value]


def triu_indices(n: Any, k: Any = 0, m: Any = None) -> tuple[Array, Array]:
    """Row and column indices of the elements at and above a diagonal of a matrix.

    Args:
      n, m: numbers of rows and columns.
      k: the diagonal.

    Reference: NumPy, numpy.triu_indices.

    >>> import pullback.numpy as pnp
    >>> pnp.triu_indices(2)
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    shape, k = _sizes(n, m, k, "triu_indices")
    return _index_arrays(np.triu_indices(shape[0], k, shape[1]))  # type: ignore[return-value]


def tril_indices_from(arr: Any, k: Any = 0) -> tuple[Array, Array]:
    """`tril_indices` for the shape of a matrix.

    Args:
      arr: array of 2 dimensions.
      k: the diagonal.

    Reference: NumPy, numpy.tril_indices_from.

    >>> import pullback.numpy as pnp
    >>> pnp.tril_indices_from(pnp.ones((2, 2)))
    (Array([0, 1, 1], dtype=int32), Array([0, 0, 1], dtype=int32))
    """
    (arr,) = arrays_of("tril_indices_from", arr)
    if arr.ndim != 2:
        raise ValueError(f"tril_indices_from: only 2-D inputs are accepted, got shape {arr.shape}")
    return tril_indices(arr.shape[0], k, arr.shape[1])


def triu_indices_from(arr: Any, k: Any = 0) -> tuple[Array, Array]:
    """`triu_indices` for the shape of a matrix.

    Args:
      arr: array of 2 dimensions.
      k: the diagonal.

    Reference: NumPy, numpy.triu_indices_from.

    >>> import pullback.numpy as pnp
    >>> pnp.triu_indices_from(pnp.ones((2, 2)))
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    (arr,) = arrays_of("triu_indices_from", arr)
    if arr.ndim != 2:
        raise ValueError(f"triu_indices_from: only 2-D inputs are accepted, got shape {arr.shape}")
    return triu_indices(arr.shape[0], k, arr.shape[1])


def diag_indices(n: Any, ndim: int = 2) -> tuple[Array, ...]:
    """Indices of the main diagonal of an array of `ndim` dimensions of size `n`.

    Args:
      n: size of each dimension.
      ndim: number of dimensions.

    Reference: NumPy, numpy.diag_indices.

    >>> import pullback.numpy as pnp
    >>> pnp.diag_indices(2)
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    n, ndim = as_int(n, "diag_indices: n"), as_int(ndim, "diag_indices: ndim")
    if n < 0 or ndim < 0:
        raise ValueError(f"n and ndim must be non-negative, got {n} and {ndim}")
    return (iota((n,), default_int(), 0),) * ndim


def diag_indices_from(arr: Any) -> tuple[Array, ...]:
    """`diag_indices` for the shape of an array whose dimensions have one size.

    Args:
      arr: array of at least 2 dimensions.

    Reference: NumPy, numpy.diag_indices_from.

    >>> import pullback.numpy as pnp
    >>> pnp.diag_indices_from(pnp.ones((2, 2)))
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    (x,) = arrays_of("diag_indices_from", arr)
    if x.ndim < 2 or len(set(x.shape)) != 1:
        raise ValueError(f"diag_indices_from needs an array of at least 2 dimensions of one size, got shape {x.shape}")
    return diag_indices(x.shape[0], x.ndim)


def diag(v: Any, k: Any = 0) -> Array:
    """The matrix with `v` on a diagonal, or the diagonal of a matrix.

    Args:
      v: array of 1 or 2 dimensions.
      k: the diagonal.

    Reference: NumPy, numpy.diag.

    >>> import pullback.numpy as pnp
    >>> pnp.diag(pnp.array([1, 2]))
    Array([[1, 0],
           [0, 2]], dtype=int32)
    >>> pnp.diag(pnp.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    (x,) = arrays_of("diag", v)
    k = int(concrete_number(k, "diag argument 'k'"))
    if x.ndim == 2:
        from . import diagonal

        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError(f"diag input must be 1d or 2d, got shape {x.shape}")
    before, after = (k, 0) if k > 0 else (0, -k)
    n = x.shape[0] + abs(k)
    # each column of the result has one element of v, at its place on the diagonal
    column = pb.pad(x, splat((), x.dtype, 0), low=(before,), high=(after,), interior=(0,))
    spread = pb.broadcast_in_dim(column, shape=(n, n), dims=(1,))
    from .choice import where

    return where(eye(n, k=k, dtype=np.bool_), spread, splat((), x.dtype, 0, x.weak_type))


def diagflat(v: Any, k: Any = 0) -> Array:
    """The matrix with the elements of `v` on a diagonal.

    Args:
      v: array.
      k: the diagonal.

    Reference: NumPy, numpy.diagflat.

    >>> import pullback.numpy as pnp
    >>> pnp.diagflat(pnp.array([1, 2]), 1)
    Array([[0, 1, 0],
           [0, 0, 2],
           [0, 0, 0]], dtype=int32)
    """
    (x,) = arrays_of("diagflat", v)
    return diag(pb.reshape(x, shape=(x.size,)), k)


def vander(x: Any, N: Any = None, increasing: bool = False) -> Array:
    """The Vandermonde matrix: the powers of the elements in columns.

    Args:
      x: array of 1 dimension.
      N: number of columns, by default the size of `x`.
      increasing: whether the powers grow from left to right.

    Reference: NumPy, numpy.vander.

    >>> import pullback.numpy as pnp
    >>> pnp.vander(pnp.array([2, 3]), 3)
    Array([[4, 2, 1],
           [9, 3, 1]], dtype=int32)
    """
    (a,) = arrays_of("vander", x)
    if a.ndim != 1:
        raise ValueError(f"x must be a one-dimensional array, got shape {a.shape}")
    n = a.shape[0] if N is None else as_int(N, "vander: N")
    if n < 0:
        raise ValueError(f"N must be nonnegative, got {n}")
    a = cast(a, default_int()) if a.dtype == np.bool_ else a
    columns = [pb.reshape(pb.integer_pow(a, y=i), shape=(a.shape[0], 1)) for i in range(n)]
    if not columns:
        return splat((a.shape[0], 0), a.dtype, 0)
    return with_constants(pb.concatenate(*(columns if increasing else columns[::-1]), axis=1))


# Grids -------------------------------------------------------------------------------------------------------------------
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> list[Array]:
    """Coordinate arrays of a grid.

    Args:
      xi: coordinates along each axis, arrays of 1 dimension.
      copy: must be True.
      sparse: give each array size 1 along the axes that it does not vary over.
      indexing: "xy" (the first two axes are exchanged) or "ij".

    Reference: NumPy, numpy.meshgrid.

    >>> import pullback.numpy as pnp
    >>> pnp.meshgrid(pnp.array([1, 2]), pnp.array([10, 20]))
    [Array([[1, 2],
           [1, 2]], dtype=int32), Array([[10, 10],
           [20, 20]], dtype=int32)]
    """
    arrays = arrays_of("meshgrid", *xi)
    if not copy:
        raise ValueError("pullback.numpy.meshgrid only supports copy=True")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Valid values for indexing are 'xy' and 'ij', got {indexing}")
    if any(a.ndim > 1 for a in arrays):
        raise ValueError(f"Arguments to meshgrid must be 1D, got shapes {[a.shape for a in arrays]}")
    n = len(arrays)
    axes = list(range(n))
    if indexing == "xy" and n >= 2:
        axes[0], axes[1] = 1, 0
    shape = [1] * n
    for a, axis in zip(arrays, axes):
        shape[axis] = a.size
    out = []
    for a, axis in zip(arrays, axes):
        sizes = tuple(a.size if i == axis else 1 for i in range(n)) if sparse else tuple(shape)
        out.append(pb.broadcast_in_dim(pb.reshape(a, shape=(a.size,)), shape=sizes, dims=(axis,)))
    return out


def indices(dimensions: Sequence[Any], dtype: Any = None, sparse: bool = False) -> Any:
    """The indices of a grid, one array per dimension.

    Args:
      dimensions: shape of the grid.
      dtype: dtype, by default int32.
      sparse: return a tuple of arrays that have size 1 along the other axes, instead of one array.

    Reference: NumPy, numpy.indices.

    >>> import pullback.numpy as pnp
    >>> pnp.indices((2, 3)).shape
    (2, 2, 3)
    """
    shape = canonical_shape(dimensions, "dimensions")
    dtype = default_int() if dtype is None else dtypes.requested_dtype(dtype, "indices")
    if sparse:
        return tuple(
            pb.reshape(iota((n,), dtype, 0), shape=tuple(n if i == d else 1 for i in range(len(shape))))
            for d, n in enumerate(shape)
        )
    if not shape:
        return splat((0,), dtype, 0)
    grids = [pb.reshape(iota(shape, dtype, d), shape=(1, *shape)) for d in range(len(shape))]
    return grids[0] if len(grids) == 1 else pb.concatenate(*grids, axis=0)


class _Grid:
    """Index with slices to get a grid of numbers; an imaginary step is the number of points, ends included."""

    def __init__(self, name: str, sparse: bool):
        self.name = name
        self.sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        keys = key if isinstance(key, tuple) else (key,)
        known = tuple(slice(*(concrete_number(v, f"{self.name} bound") for v in (k.start, k.stop, k.step))) for k in keys)
        grid = (np.ogrid if self.sparse else np.mgrid)[known if isinstance(key, tuple) else known[0]]
        if isinstance(grid, (tuple, list)):
            return [as_concrete(g) for g in grid]
        return as_concrete(grid)

    def __repr__(self) -> str:
        return f"<pullback.numpy.{self.name}>"


#: ``mgrid[0:2, 0:3]`` is the dense grid of indices. Reference: NumPy, numpy.mgrid.
mgrid = _Grid("mgrid", False)
#: ``ogrid[0:2, 0:3]`` is the sparse grid of indices. Reference: NumPy, numpy.ogrid.
ogrid = _Grid("ogrid", True)
