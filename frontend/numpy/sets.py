"""Arrays as sets: unique elements, unions, intersections, membership.

Results whose size depends on the values need concrete values, or the argument `size`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import dtypes, lax
from ..array import Array
from .joining import concatenate
from .known import values_for_shape
from .manipulation import moveaxis
from .positions import nonzero
from .reshaping import ravel
from .sorting import lexsort, searchsorted
from .take import take
from .util import arrays_of, as_int, canonical_axis, cast, default_int, promote_dtypes

__all__ = [
    "intersect1d",
    "isin",
    "setdiff1d",
    "setxor1d",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


class UniqueAllResult(NamedTuple):
    """Result of `unique_all`."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCountsResult(NamedTuple):
    """Result of `unique_counts`."""

    values: Array
    counts: Array


class UniqueInverseResult(NamedTuple):
    """Result of `unique_inverse`."""

    values: Array
    inverse_indices: Array


def _count_true(fname: str, mask: Array) -> int:
    return int(np.count_nonzero(values_for_shape(mask, fname)))


def _differs(x: Array, y: Array, equal_nan: bool) -> Array:
    different = lax.ne(x, y)
    if equal_nan and dtypes.is_inexact(x.dtype):
        different = lax.bitwise_and(different, lax.bitwise_or(lax.eq(x, x), lax.eq(y, y)))
    return different


class _Groups(NamedTuple):
    """Sorted rows, and where a new one starts."""

    rows: Array
    order: Array
    starts: Array


def _groups(rows: Array, equal_nan: bool) -> _Groups:
    n, m = rows.shape
    if m == 0:
        starts = lax.lt(lax.iota(np.int32, n), np.int32(1))
        return _Groups(rows, lax.iota(default_int(), n), starts)
    order = lexsort([lax.index_in_dim(rows, i, 1, keepdims=False) for i in reversed(range(m))])
    ordered = take(rows, order, 0, mode="clip")
    changes = _differs(lax.slice_in_dim(ordered, 1, n), lax.slice_in_dim(ordered, 0, n - 1), equal_nan)
    return _Groups(ordered, order, concatenate([np.ones((1,), bool), lax.reduce_or(changes, (1,))]))


def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: int | None = None, *,
    equal_nan: bool = True, size: int | None = None, fill_value: Any = None, sorted: bool = True,
) -> Any:  # fmt: skip
    """The distinct elements, sorted.

    Args:
      ar: array.
      return_index: also give where each first occurs.
      return_inverse: also give the number of its distinct element for each element.
      return_counts: also give how often each occurs.
      axis: compare the sub-arrays along this axis; None compares the elements of the flattened array.
      equal_nan: NaNs count as equal.
      size: number of distinct elements to return; too many are cut off, and too few are filled up.
      fill_value: what to fill up with; the first distinct element by default.
      sorted: has no effect: the result is always sorted.

    Raises:
      ConcretizationTypeError: the array is traced and `size` is not given.

    Reference: NumPy, numpy.unique; `size`: JAX documentation, jax.numpy.unique.

    >>> import pullback.numpy as pnp
    >>> pnp.unique(pnp.array([3, 1, 3, 2]))
    Array([1, 2, 3], dtype=int32)
    >>> pnp.unique(pnp.array([3, 1, 3, 2]), return_counts=True, size=4, fill_value=0)
    (Array([1, 2, 3, 0], dtype=int32), Array([1, 1, 2, 0], dtype=int32))
    """
    (x,) = arrays_of("unique", ar)
    shape = x.shape
    if axis is None:
        moved = ravel(x)
        rows = lax.reshape(moved, (x.size, 1))
    else:
        moved = moveaxis(x, canonical_axis(axis, x.ndim), 0)
        rows = lax.reshape(moved, (moved.shape[0], int(np.prod(moved.shape[1:], dtype=np.int64))))
    n = rows.shape[0]
    dtype = default_int()
    if n == 0:
        if size:
            raise ValueError("unique: an empty array has no element to fill the size up with; give size=0 or none")
        empty = lax.full((0,), np.zeros((), dtype))
        extra = [empty] * (return_index + return_inverse + return_counts)
        return (x if axis is not None else moved, *extra) if extra else (x if axis is not None else moved)
    groups = _groups(rows, equal_nan)
    count = _count_true("unique", groups.starts) if size is None else as_int(size, "size")
    (first,) = nonzero(groups.starts, size=count + 1, fill_value=n)
    begin, end = lax.slice_in_dim(first, 0, count), lax.slice_in_dim(first, 1, count + 1)
    valid = lax.lt(begin, np.asarray(n, dtype))
    begin_or_0 = lax.select(valid, begin, np.zeros((), dtype))
    values = take(groups.rows, begin_or_0, 0, mode="clip")
    if size is not None and fill_value is not None:
        (fill,) = arrays_of("unique", fill_value)
        spread = lax.broadcast_in_dim(valid, values.shape, (0,))
        values = lax.select(spread, values, lax.full(values.shape, cast(fill, values.dtype)))
    values = lax.reshape(values, (count, *moved.shape[1:]))
    results = [values if axis is None else moveaxis(values, 0, canonical_axis(axis, x.ndim))]
    if return_index:
        results.append(take(groups.order, begin_or_0, 0, mode="clip"))
    if return_inverse:
        number = lax.sub(lax.cumsum(cast(groups.starts, dtype), 0), np.ones((), dtype))
        inverse = _scatter_back(number, groups.order)
        results.append(lax.reshape(inverse, shape) if axis is None else inverse)
    if return_counts:
        results.append(lax.sub(end, begin))
    return tuple(results) if len(results) > 1 else results[0]


def _scatter_back(values: Array, order: Array) -> Array:
    """``out[order] = values`` for a permutation."""
    from .indexing import update

    return update(lax.full(values.shape, np.zeros((), values.dtype)), order, values, "set", mode="promise_in_bounds", unique=True)


def unique_values(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> Array:
    """The distinct elements, each NaN by itself.

    Args:
      x: array.
      size, fill_value: as for `unique`.

    Reference: Python array API, unique_values.

    >>> import pullback.numpy as pnp
    >>> pnp.unique_values(pnp.array([3, 1, 3]))
    Array([1, 3], dtype=int32)
    """
    (x,) = arrays_of("unique_values", x)
    return unique(x, equal_nan=False, size=size, fill_value=fill_value)


def unique_counts(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> UniqueCountsResult:
    """The distinct elements and how often each occurs.

    Args:
      x: array.
      size, fill_value: as for `unique`.

    Reference: Python array API, unique_counts.

    >>> import pullback.numpy as pnp
    >>> pnp.unique_counts(pnp.array([3, 1, 3]))
    UniqueCountsResult(values=Array([1, 3], dtype=int32), counts=Array([1, 2], dtype=int32))
    """
    (x,) = arrays_of("unique_counts", x)
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False, size=size, fill_value=fill_value))


def unique_inverse(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> UniqueInverseResult:
    """The distinct elements, and for each element the number of its own.

    Args:
      x: array.
      size, fill_value: as for `unique`.

    Reference: Python array API, unique_inverse.

    >>> import pullback.numpy as pnp
    >>> pnp.unique_inverse(pnp.array([3, 1, 3])).inverse_indices
    Array([1, 0, 1], dtype=int32)
    """
    (x,) = arrays_of("unique_inverse", x)
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False, size=size, fill_value=fill_value))


def unique_all(x: Any, /, *, size: int | None = None, fill_value: Any = None) -> UniqueAllResult:
    """All results of `unique`: values, first indices, inverse indices and counts.

    Args:
      x: array.
      size, fill_value: as for `unique`.

    Reference: Python array API, unique_all.

    >>> import pullback.numpy as pnp
    >>> pnp.unique_all(pnp.array([3, 1, 3])).indices
    Array([1, 0], dtype=int32)
    """
    (x,) = arrays_of("unique_all", x)
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False, size=size, fill_value=fill_value))


# Sets of elements ----------------------------------------------------------------------------------------------------------
def isin(element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, method: str = "auto") -> Array:
    """Which elements occur among the test elements.

    Args:
      element: array.
      test_elements: array.
      assume_unique, method: accepted for JAX's sake; the test elements are sorted and searched.
      invert: tell which do not occur.

    Reference: NumPy, numpy.isin.

    >>> import pullback.numpy as pnp
    >>> pnp.isin(pnp.array([1, 2, 3]), pnp.array([3, 5]))
    Array([False, False,  True], dtype=bool)
    """
    x, y = promote_dtypes(*arrays_of("isin", element, test_elements))
    if y.size == 0 or x.size == 0:
        return lax.full(x.shape, np.bool_(invert))
    table = lax.sort(ravel(y))
    found = take(table, searchsorted(table, x), 0, mode="clip")
    return lax.ne(found, x) if invert else lax.eq(found, x)


def union1d(ar1: Any, ar2: Any, *, size: int | None = None, fill_value: Any = None) -> Array:
    """The distinct elements of both arrays; `size` as for `unique`.

    Args:
      ar1, ar2: arrays.
      size, fill_value: as for `unique`.

    Reference: NumPy, numpy.union1d.

    >>> import pullback.numpy as pnp
    >>> pnp.union1d(pnp.array([1, 2, 3]), pnp.array([3, 5]))
    Array([1, 2, 3, 5], dtype=int32)
    """
    x, y = promote_dtypes(*arrays_of("union1d", ar1, ar2))
    return unique(concatenate([ravel(x), ravel(y)]), size=size, fill_value=fill_value)


def _selected(fname: str, values: Array, mask: Array, size: int | None, fill_value: Any) -> tuple[Array, Array]:
    """The values where a mask holds, and their positions; filled with the first of them, or with `fill_value`."""
    count = _count_true(fname, mask) if size is None else as_int(size, "size")
    (index,) = nonzero(mask, size=count, fill_value=values.shape[0])
    if fill_value is None and size:
        first = lax.slice_in_dim(index, 0, 1)
        index = lax.select(
            lax.lt(index, np.asarray(values.shape[0], index.dtype)), index, lax.broadcast_in_dim(first, index.shape, (0,))
        )
    return take(values, index, 0, mode="fill", fill_value=0 if fill_value is None else fill_value), index


def _distinct(x: Array, known: bool) -> tuple[Array, Array, Array]:
    """Distinct elements, in as many places as there are elements; which places hold one; where each first occurs."""
    if known:
        return x, lax.full(x.shape, np.bool_(True)), lax.iota(default_int(), x.shape[0])
    groups = _groups(lax.reshape(x, (x.size, 1)), True)
    return lax.reshape(groups.rows, (x.size,)), groups.starts, groups.order


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False, *, size: int | None = None, fill_value: Any = None) -> Array:
    """The distinct elements of the first array that do not occur in the second; `size` as for `unique`, filling with 0.

    Args:
      ar1, ar2: arrays.
      assume_unique: the elements of `ar1` are distinct; they stay in their order.
      size, fill_value: as for `unique`.

    Reference: NumPy, numpy.setdiff1d.

    >>> import pullback.numpy as pnp
    >>> pnp.setdiff1d(pnp.array([1, 2, 3]), pnp.array([3, 5]))
    Array([1, 2], dtype=int32)
    """
    x, y = promote_dtypes(*arrays_of("setdiff1d", ar1, ar2))
    x = ravel(x)
    if x.size == 0:
        return x
    values, starts, _ = _distinct(x, assume_unique)
    mask = lax.bitwise_and(starts, isin(values, y, invert=True))
    return _selected("setdiff1d", values, mask, size, 0 if fill_value is None else fill_value)[0]


def intersect1d(
    ar1: Any,
    ar2: Any,
    assume_unique: bool = False,
    return_indices: bool = False,
    *,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The distinct elements that occur in both arrays.

    Args:
      ar1, ar2: arrays.
      assume_unique: accepted for NumPy's sake.
      return_indices: also give where each first occurs in either array.
      size, fill_value: as for `unique`.

    Reference: NumPy, numpy.intersect1d.

    >>> import pullback.numpy as pnp
    >>> pnp.intersect1d(pnp.array([1, 2, 3]), pnp.array([3, 2, 5]))
    Array([2, 3], dtype=int32)
    """
    x, y = (ravel(v) for v in promote_dtypes(*arrays_of("intersect1d", ar1, ar2)))
    if x.size == 0 or y.size == 0:
        empty = lax.full((0,), np.zeros((), default_int()))
        nothing = lax.slice_in_dim(x, 0, 0)
        return (nothing, empty, empty) if return_indices else nothing
    values, starts, order = _distinct(x, False)
    mask = lax.bitwise_and(starts, isin(values, y))
    common, index = _selected("intersect1d", values, mask, size, fill_value)
    if not return_indices:
        return common
    other_values, _, other_order = _distinct(y, False)
    return common, take(order, index, 0, mode="clip"), take(other_order, searchsorted(other_values, common), 0, mode="clip")


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False, *, size: int | None = None, fill_value: Any = None) -> Array:
    """The distinct elements that occur in one of the arrays only; `size` as for `unique`.

    Args:
      ar1, ar2: arrays.
      assume_unique: has no effect.
      size, fill_value: as for `unique`.

    Reference: NumPy, numpy.setxor1d.

    >>> import pullback.numpy as pnp
    >>> pnp.setxor1d(pnp.array([1, 2, 3]), pnp.array([3, 5]))
    Array([1, 2, 5], dtype=int32)
    """
    x, y = (ravel(v) for v in promote_dtypes(*arrays_of("setxor1d", ar1, ar2)))
    both = concatenate([x, y])
    if both.size == 0:
        return both
    values, starts, _ = _distinct(both, False)
    mask = lax.bitwise_and(starts, lax.bitwise_xor(isin(values, x), isin(values, y)))
    return _selected("setxor1d", values, mask, size, fill_value)[0]
