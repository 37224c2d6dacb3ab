"""Functions that split arrays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from .. import lax
from ..array import Array
from .util import arrays_of, as_int, as_ints, canonical_axis

__all__ = ["array_split", "dsplit", "hsplit", "split", "unstack", "vsplit"]


def unstack(x: Any, /, *, axis: int = 0) -> Any:
    """The arrays along an axis, as a tuple.

    Args:
      x: array.
      axis: integer.

    Reference: NumPy, numpy.unstack.

    >>> import pullback.numpy as pnp
    >>> pnp.unstack(pnp.array([[1, 2], [3, 4]]))
    (Array([1, 2], dtype=int32), Array([3, 4], dtype=int32))
    """
    (x,) = arrays_of("unstack", x)
    if x.ndim == 0:
        raise ValueError("unstack requires arrays with rank > 0, however a scalar array was passed.")
    axis = canonical_axis(axis, x.ndim)
    return tuple(lax.index_in_dim(x, i, axis, keepdims=False) for i in range(x.shape[axis]))


def _split_at(x: Array, points: Sequence[int], axis: int) -> list[Array]:
    return [lax.slice_in_dim(x, a, max(a, b), axis=axis) for a, b in itertools.pairwise(points)]


def _split(fname: str, ary: Any, indices_or_sections: Any, axis: int, equal: bool) -> list[Array]:
    (x,) = arrays_of(fname, ary)
    axis = canonical_axis(axis, x.ndim)
    n = x.shape[axis]
    if isinstance(indices_or_sections, (tuple, list)) or getattr(indices_or_sections, "ndim", 0) > 0:
        inner = [min(i + n if i < 0 else i, n) for i in as_ints(tuple(indices_or_sections), "indices_or_sections")]
        return _split_at(x, [0, *(max(i, 0) for i in inner), n], axis)
    sections = as_int(indices_or_sections, "indices_or_sections")
    if sections <= 0:
        raise ValueError(f"{fname}: number of sections must be larger than 0, got {sections}")
    size, extra = divmod(n, sections)
    if extra and equal:
        raise ValueError(
            f"{fname}: array split does not result in an equal division: size {n} of axis {axis} by {sections} sections"
        )
    points = [0]
    for i in range(sections):
        points.append(points[-1] + size + (i < extra))
    return _split_at(x, points, axis)


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Splits an array into parts.

    Args:
      ary: array.
      indices_or_sections: a number of equal parts, or the positions where to split.
      axis: the axis along which to split.

    Raises:
      ValueError: the parts would not be equal.

    Reference: NumPy, numpy.split.

    >>> import pullback.numpy as pnp
    >>> pnp.split(pnp.arange(6), [2, 5])
    [Array([0, 1], dtype=int32), Array([2, 3, 4], dtype=int32), Array([5], dtype=int32)]
    """
    return _split("split", ary, indices_or_sections, axis, True)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """As `split`; parts may differ by one in size.

    Args:
      ary: array.
      indices_or_sections: number of parts, which may differ by one in size, or where to cut.
      axis: integer.

    Reference: NumPy, numpy.array_split.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.array_split(pnp.arange(7), 3)]
    [(3,), (2,), (2,)]
    """
    return _split("array_split", ary, indices_or_sections, axis, False)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Splits along the first axis.

    Args:
      ary: array of 2 dimensions or more.
      indices_or_sections: as in `split`.

    Reference: NumPy, numpy.vsplit.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.vsplit(pnp.ones((4, 2)), 2)]
    [(2, 2), (2, 2)]
    """
    return _split("vsplit", ary, indices_or_sections, 0, True)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Splits along the second axis, vectors along the first.

    Args:
      ary: array.
      indices_or_sections: as in `split`.

    Reference: NumPy, numpy.hsplit.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.hsplit(pnp.ones((2, 4)), 2)]
    [(2, 2), (2, 2)]
    """
    (x,) = arrays_of("hsplit", ary)
    return _split("hsplit", x, indices_or_sections, 0 if x.ndim == 1 else 1, True)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Array]:
    """Splits along the third axis.

    Args:
      ary: array of 3 dimensions or more.
      indices_or_sections: as in `split`.

    Reference: NumPy, numpy.dsplit.

    >>> import pullback.numpy as pnp
    >>> [x.shape for x in pnp.dsplit(pnp.ones((2, 3, 4)), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return _split("dsplit", ary, indices_or_sections, 2, True)
