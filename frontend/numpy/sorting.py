"""Sorting, and searching in sorted arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes, lax
from ..array import Array
from .reshaping import ravel
from .util import arrays_of, as_array, as_int, canonical_axis, cast, promote_dtypes, retype

__all__ = ["argpartition", "argsort", "digitize", "lexsort", "partition", "searchsorted", "sort", "sort_complex"]

#: How `searchsorted` searches.
METHODS = ("sort", "scan", "scan_unrolled", "compare_all")


def _axis_of(fname: str, x: Array, axis: int | None) -> tuple[Array, int]:
    if axis is None:
        return ravel(x), 0
    if x.ndim == 0:
        raise ValueError(f"{fname}: axis {axis} is out of bounds for array of dimension 0")
    return x, canonical_axis(axis, x.ndim)


def _check(fname: str, kind: Any, order: Any) -> None:
    if kind is not None:
        raise ValueError(f"'kind' argument to {fname} is not supported. Use stable=True or stable=False to specify sort stability.")
    if order is not None:
        raise ValueError(f"'order' argument to {fname} is not supported: there are no structured arrays.")


def sort(
    a: Any, axis: int | None = -1, *, kind: None = None, order: None = None, stable: bool = True, descending: bool = False
) -> Array:
    """The elements in ascending order along an axis; NaN counts as the largest number.

    Args:
      a: array.
      axis: the axis; None sorts the flattened array.
      kind, order: must be None.
      stable: has no effect: sorting is always stable.
      descending: sort in descending order.

    Reference: NumPy, numpy.sort.

    >>> import pullback.numpy as pnp
    >>> pnp.sort(pnp.array([3, 1, 2]))
    Array([1, 2, 3], dtype=int32)
    >>> pnp.sort(pnp.array([3, 1, 2]), descending=True)
    Array([3, 2, 1], dtype=int32)
    """
    (x,) = arrays_of("sort", a)
    _check("sort", kind, order)
    x, axis = _axis_of("sort", x, axis)
    result = _like(lax.sort(x, axis), x)
    return lax.rev(result, (axis,)) if descending else result


def argsort(
    a: Any,
    axis: int | None = -1,
    *,
    kind: None = None,
    order: None = None,
    stable: bool = True,
    descending: bool = False,
    dtype: Any = None,
) -> Array:
    """The indices that sort an array along an axis.

    Args:
      a: array.
      axis: the axis; None sorts the flattened array.
      kind, order: must be None.
      stable: equal elements keep their order; without it, their order in a descending sort is the reverse one.
      descending: sort in descending order.
      dtype: integer dtype of the indices; int32 by default.

    Reference: NumPy, numpy.argsort.

    >>> import pullback.numpy as pnp
    >>> pnp.argsort(pnp.array([30, 10, 20]))
    Array([1, 2, 0], dtype=int32)
    """
    (x,) = arrays_of("argsort", a)
    _check("argsort", kind, order)
    wanted = _index_dtype() if dtype is None else dtypes.requested_dtype(dtype, "argsort")
    if wanted.kind not in "iu":
        raise ValueError(f"argsort: dtype must be an integer type, got {wanted.name}")
    out = _argsort(x, axis, stable, descending)
    return out if out.dtype == wanted else cast(out, wanted)


def _argsort(x: Array, axis: int | None, stable: bool, descending: bool) -> Array:
    x, axis = _axis_of("argsort", x, axis)
    index = lax.broadcasted_iota(_index_dtype(), x.shape, axis)
    if not descending:
        return lax.sort((x, index), axis)[1]
    if not stable:
        return lax.rev(lax.sort((x, index), axis)[1], (axis,))
    # sorting the reversed array and reversing again keeps the order of equal elements
    return lax.rev(lax.sort((lax.rev(x, (axis,)), lax.rev(index, (axis,))), axis)[1], (axis,))


def _index_dtype() -> np.dtype[Any]:
    return dtypes.canonicalize_dtype(int)


def lexsort(keys: Any, axis: int = -1) -> Array:
    """The indices that sort by several keys, of which the last one counts most.

    Args:
      keys: sequence of arrays of one shape, or an array, whose rows are the keys.
      axis: axis of each key.

    Reference: NumPy, numpy.lexsort.

    >>> import pullback.numpy as pnp
    >>> pnp.lexsort((pnp.array([1, 0, 0]), pnp.array([5, 5, 4])))
    Array([2, 1, 0], dtype=int32)
    """
    from .joining import sequence_of

    arrays = sequence_of("lexsort", keys)
    if any(x.shape != arrays[0].shape for x in arrays):
        raise ValueError(f"lexsort: all keys need to be the same shape, got {', '.join(str(x.shape) for x in arrays)}")
    first = arrays[0]
    if first.ndim == 0:
        return as_array(np.zeros((), _index_dtype()))
    axis = canonical_axis(axis, first.ndim)
    index = lax.broadcasted_iota(_index_dtype(), first.shape, axis)
    return lax.sort((*arrays[::-1], index), axis, num_keys=len(arrays))[-1]


def sort_complex(a: Any) -> Array:
    """The elements as complex numbers, sorted along the last axis by real, then by imaginary part.

    Args:
      a: array.

    Reference: NumPy, numpy.sort_complex.

    >>> import pullback.numpy as pnp
    >>> pnp.sort_complex(pnp.array([2.0, 1.0]))
    Array([1.+0.j, 2.+0.j], dtype=complex64)
    """
    (x,) = arrays_of("sort_complex", a)
    if x.dtype.kind != "c":
        x = cast(
            x, T.np_dtype(T.complex_of(cast(x, dtypes.promote((x.dtype, False), (np.dtype(np.float32), False))[0]).aval.dtype))
        )
    return sort(x)


def partition(a: Any, kth: Any, axis: int | None = -1) -> Array:
    """An order of the elements in which the `kth` is where sorting would put it, smaller ones before it, larger ones after it.

    The order within the two parts is the sorted one.

    Args:
      a: array.
      kth: integer, concrete.
      axis: the axis.

    Reference: NumPy, numpy.partition.

    >>> import pullback.numpy as pnp
    >>> int(pnp.partition(pnp.array([30, 10, 20]), 1)[1])
    20
    """
    (x,) = arrays_of("partition", a)
    x, axis = _axis_of("partition", x, axis)
    canonical_axis(as_int(kth, "kth"), x.shape[axis], "kth")
    return _like(lax.sort(x, axis), x)


def _like(out: Array, x: Array) -> Array:
    """The elements of `x` in another order, with its weak type."""
    return retype(out, True) if x.weak_type else out


def argpartition(a: Any, kth: Any, axis: int | None = -1) -> Array:
    """The indices of `partition`.

    Args:
      a: array.
      kth: Python int, position along the axis.
      axis: integer.

    Reference: NumPy, numpy.argpartition.

    >>> import pullback.numpy as pnp
    >>> int(pnp.argpartition(pnp.array([30, 10, 20]), 0)[0])
    1
    """
    (x,) = arrays_of("argpartition", a)
    x, axis = _axis_of("argpartition", x, axis)
    canonical_axis(as_int(kth, "kth"), x.shape[axis], "kth")
    return argsort(x, axis)


# Searching ---------------------------------------------------------------------------------------------------------------
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None, *, method: str = "scan") -> Array:
    """Where to insert values into a sorted vector so that it stays sorted.

    Args:
      a: sorted vector.
      v: values.
      side: "left" (before equal elements) or "right" (after them).
      sorter: indices that sort `a`.
      method: "scan" or "scan_unrolled" (binary search), "sort", or "compare_all" (every value with every element).

    Returns:
      Integer array of the shape of `v`.

    Reference: NumPy, numpy.searchsorted; method: JAX documentation, jax.numpy.searchsorted.

    >>> import pullback.numpy as pnp
    >>> pnp.searchsorted(pnp.array([1, 3, 5]), pnp.array([0, 3, 4]))
    Array([0, 1, 2], dtype=int32)
    """
    x, query = promote_dtypes(*arrays_of("searchsorted", a, v))
    if side not in ("left", "right"):
        raise ValueError(f"{side!r} is an invalid value for keyword 'side'. Expected one of ['left', 'right'].")
    if method not in METHODS:
        raise ValueError(f"{method!r} is an invalid value for keyword 'method'. Expected one of {[*METHODS]}.")
    if x.ndim != 1:
        raise ValueError(f"a should be 1-dimensional, got shape {x.shape}")
    if sorter is not None:
        from .take import take

        x = take(x, sorter, 0, mode="clip")
    dtype = _index_dtype()
    n = x.shape[0]
    if n == 0 or query.size == 0:
        return lax.full(query.shape, np.zeros((), dtype))
    if method == "compare_all":
        return _count_before(x, query, side, dtype)
    if method == "sort":
        return _by_sorting(x, query, side, dtype)
    return _binary_search(x, query, side, dtype)


def _comes_before(x: Array, y: Array, or_equal: bool) -> Array:
    """``x < y`` (or ``x <= y``) in the order of sorting, in which NaN is the largest number."""
    if x.dtype.kind == "c":
        xr, yr, xi, yi = lax.real(x), lax.real(y), lax.imag(x), lax.imag(y)
        same = lax.eq(xr, yr)
        return lax.bitwise_or(_comes_before(xr, yr, False), lax.bitwise_and(same, _comes_before(xi, yi, or_equal)))
    if not or_equal:
        if not dtypes.is_floating(x.dtype):
            return lax.lt(x, y)
        return lax.bitwise_or(lax.lt(x, y), lax.bitwise_and(lax.eq(x, x), lax.ne(y, y)))
    if not dtypes.is_floating(x.dtype):
        return lax.le(x, y)
    return lax.bitwise_or(lax.le(x, y), lax.ne(y, y))


def _count_before(x: Array, query: Array, side: str, dtype: np.dtype[Any]) -> Array:
    shape = (*query.shape, x.shape[0])
    q = lax.broadcast_in_dim(query, shape, tuple(range(query.ndim)))
    before = _comes_before(lax.broadcast(x, query.shape), q, side == "right")
    return lax.reduce_sum(cast(before, dtype), (query.ndim,))


def _by_sorting(x: Array, query: Array, side: str, dtype: np.dtype[Any]) -> Array:
    """Sorts elements and values together; a value's place is the number of elements before it."""
    q = ravel(query)
    n, m = x.shape[0], q.shape[0]
    both = lax.concatenate([q, x] if side == "left" else [x, q], 0)  # stable: on the left, values precede equal elements
    start = 0 if side == "left" else n
    order = argsort(both)
    rank = argsort(order)
    own = lax.slice_in_dim(rank, start, start + m)
    among = argsort(argsort(q))
    return lax.reshape(cast(lax.sub(own, among), dtype), query.shape)


def _binary_search(x: Array, query: Array, side: str, dtype: np.dtype[Any]) -> Array:
    """Halves the range [low, high) until it is empty, as often as the size of `x` needs."""
    from .take import take

    n = x.shape[0]
    or_equal = side == "right"
    two = np.asarray(2, dtype)

    def halve(_: Any, bounds: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bounds
        middle = lax.add(low, lax.div(lax.sub(high, low), two))
        before = _comes_before(take(x, middle, 0, mode="clip"), query, or_equal)
        open_ = lax.lt(low, high)
        after = lax.add(middle, np.ones((), dtype))
        return (
            lax.select(lax.bitwise_and(open_, before), after, low),
            lax.select(lax.bitwise_and(open_, lax.bitwise_not(before)), middle, high),
        )

    low, high = lax.full(query.shape, np.zeros((), dtype)), lax.full(query.shape, np.asarray(n, dtype))
    x, query = (lax.stop_gradient(v) for v in (x, query))
    return lax.fori_loop(0, int(n).bit_length(), halve, (low, high))[0]


def digitize(x: Any, bins: Any, right: bool = False, *, method: str | None = None) -> Array:
    """The number of the bin of each value.

    Args:
      x: values.
      bins: vector of bin edges in ascending or descending order.
      right: bins contain their right edges instead of their left ones.
      method: as for `searchsorted`.

    Reference: NumPy, numpy.digitize.

    >>> import pullback.numpy as pnp
    >>> pnp.digitize(pnp.array([0.5, 1.5, 9.0]), pnp.array([1.0, 2.0]))
    Array([0, 1, 2], dtype=int32)
    """
    v, edges = arrays_of("digitize", x, bins)
    if edges.ndim != 1:
        raise ValueError(f"digitize: bins must be a 1-dimensional array; got shape {edges.shape}")
    if edges.shape[0] == 0:
        return lax.full(v.shape, np.zeros((), _index_dtype()))
    side = "right" if not right else "left"
    method = method or "scan"
    ascending = searchsorted(edges, v, side, method=method)
    if edges.shape[0] < 2:
        return ascending
    n = np.asarray(edges.shape[0], ascending.dtype)
    descending = lax.sub(n, searchsorted(lax.rev(edges, (0,)), v, side, method=method))
    first, last = (lax.index_in_dim(edges, i, keepdims=False) for i in (0, -1))
    return lax.select(lax.ge(last, first), ascending, descending)
