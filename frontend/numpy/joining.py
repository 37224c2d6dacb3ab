"""Functions that join arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import lax
from ..array import Array
from ..lax.util import retype
from .reshaping import atleast_1d, atleast_2d, atleast_3d, ravel
from .splitting import unstack
from .util import arrays_of, as_array, canonical_axis, cast, is_arraylike, promote_dtypes

__all__ = [
    "append",
    "block",
    "column_stack",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "row_stack",
    "stack",
    "vstack",
]


# Joining -----------------------------------------------------------------------------------------------------------------
def sequence_of(fname: str, arrays: Any, what: str = "arrays") -> list[Array]:
    """The arrays of a sequence, or the rows of one array; a tuple or list of arrays inside of it is stacked."""
    if isinstance(arrays, (Array, np.ndarray)):
        x = as_array(arrays)
        if x.ndim == 0:
            raise TypeError(f"{fname} needs a sequence of arrays, got a 0-d array")
        return unstack(x)
    if isinstance(arrays, str) or not hasattr(arrays, "__iter__"):
        raise TypeError(f"{fname} needs a sequence of arrays, got {type(arrays).__name__}: {arrays!r}"[:300])
    items = [_element(fname, x, i) for i, x in enumerate(arrays)]
    if not items:
        raise ValueError(f"{fname}: need at least one array, got an empty sequence")
    return items


def _element(fname: str, x: Any, position: int) -> Array:
    if is_arraylike(x):
        return as_array(x)
    if isinstance(x, (tuple, list)):
        if any(isinstance(v, Array) for v in _leaves(x)):
            return stack([_element(fname, v, position) for v in x])
        return as_array(np.asarray(x, None if _leaves(x) else float))
    raise TypeError(f"{fname} requires ndarray or scalar arguments, got {type(x)} at position {position}.")


def _leaves(x: Any) -> list[Any]:
    return [leaf for v in x for leaf in (_leaves(v) if isinstance(v, (tuple, list)) else [v])]


def _joined_dtype(fname: str, xs: list[Array], dtype: Any) -> list[Array]:
    if dtype is None:
        return promote_dtypes(*xs)
    from .. import dtypes

    wanted = dtypes.requested_dtype(dtype, fname)
    return [cast(x, wanted) for x in xs]


def concatenate(arrays: Any, axis: int | None = 0, dtype: Any = None) -> Array:
    """Joins arrays along an axis.

    Args:
      arrays: sequence of arrays, or an array, whose rows are joined.
      axis: the axis; None joins the flattened arrays.
      dtype: dtype of the result; by default the promoted one.

    Raises:
      ValueError: no arrays, scalars, or shapes that do not fit.

    Reference: NumPy, numpy.concatenate.

    >>> import pullback.numpy as pnp
    >>> pnp.concatenate([pnp.array([[1, 2]]), pnp.array([[3, 4]])], axis=1)
    Array([[1, 2, 3, 4]], dtype=int32)
    """
    return _concatenate("concatenate", sequence_of("concatenate", arrays), axis, dtype)


def _concatenate(fname: str, xs: list[Array], axis: int | None, dtype: Any) -> Array:
    if axis is None:
        xs, axis = [ravel(x) for x in xs], 0
    if xs[0].ndim == 0:
        raise ValueError(f"{fname}: zero-dimensional arrays cannot be concatenated")
    axis = canonical_axis(axis, xs[0].ndim)
    for i, x in enumerate(xs):
        if x.ndim != xs[0].ndim or any(a != b for k, (a, b) in enumerate(zip(x.shape, xs[0].shape)) if k != axis):
            raise TypeError(
                f"{fname}: cannot join arrays with shapes that differ in other dimensions than axis {axis}: shapes are "
                f"{', '.join(str(v.shape) for v in xs)}; the array at position {i} differs from the first one"
            )
    xs = _joined_dtype(fname, xs, dtype)
    weak = all(x.weak_type for x in xs)
    out = lax.concatenate(xs, axis)
    return out if out.weak_type == weak else retype(out, weak)


def concat(arrays: Any, /, *, axis: int | None = 0) -> Array:
    """Joins arrays along an axis.

    Args:
      arrays: sequence of arrays.
      axis: integer; None joins the flattened arrays.

    Reference: Python array API, concat.

    >>> import pullback.numpy as pnp
    >>> pnp.concat([pnp.array([1, 2]), pnp.array([3])])
    Array([1, 2, 3], dtype=int32)
    """
    return _concatenate("concat", sequence_of("concat", arrays), axis, None)


def stack(arrays: Any, axis: int = 0, out: None = None, dtype: Any = None) -> Array:
    """Joins arrays of one shape along a new axis.

    Args:
      arrays: sequence of arrays, or an array, whose rows are stacked.
      axis: position of the new axis.
      out: must be None.
      dtype: dtype of the result; by default the promoted one.

    Raises:
      ValueError: no arrays, or shapes that differ.

    Reference: NumPy, numpy.stack.

    >>> import pullback.numpy as pnp
    >>> pnp.stack([pnp.array([1, 2]), pnp.array([3, 4])], axis=1)
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to stack is not supported: arrays are immutable.")
    xs = sequence_of("stack", arrays)
    if any(x.shape != xs[0].shape for x in xs):
        raise ValueError(f"All input arrays must have the same shape for stack, got {', '.join(str(x.shape) for x in xs)}")
    axis = canonical_axis(axis, xs[0].ndim + 1)
    return _concatenate("stack", [lax.expand_dims(x, (axis,)) for x in xs], axis, dtype)


def vstack(tup: Any, dtype: Any = None) -> Array:
    """Joins arrays along the first axis; vectors count as rows.

    Args:
      tup: sequence of arrays, or of tuples of arrays, which are stacked first; or an array, whose rows are joined.
      dtype: dtype of the result; by default the promoted one.

    Reference: NumPy, numpy.vstack.

    >>> import pullback.numpy as pnp
    >>> print(pnp.vstack([(pnp.ones(2),), (pnp.zeros(2),)]))
    [[1. 1.]
     [0. 0.]]
    """
    return _concatenate("vstack", [atleast_2d(x) for x in sequence_of("vstack", tup)], 0, dtype)


row_stack = vstack


def hstack(tup: Any, dtype: Any = None) -> Array:
    """Joins arrays along the second axis, vectors along the first.

    Args:
      tup: sequence of arrays.
      dtype: dtype of the result.

    Reference: NumPy, numpy.hstack.

    >>> import pullback.numpy as pnp
    >>> pnp.hstack([pnp.array([1, 2]), pnp.array([3])])
    Array([1, 2, 3], dtype=int32)
    """
    xs = [atleast_1d(x) for x in sequence_of("hstack", tup)]
    return _concatenate("hstack", xs, 0 if xs[0].ndim == 1 else 1, dtype)


def dstack(tup: Any, dtype: Any = None) -> Array:
    """Joins arrays along the third axis.

    Args:
      tup: sequence of arrays.
      dtype: dtype of the result.

    Reference: NumPy, numpy.dstack.

    >>> import pullback.numpy as pnp
    >>> pnp.dstack([pnp.array([1, 2]), pnp.array([3, 4])]).shape
    (1, 2, 2)
    """
    return _concatenate("dstack", [atleast_3d(x) for x in sequence_of("dstack", tup)], 2, dtype)


def column_stack(tup: Any) -> Array:
    """Joins vectors as the columns of a matrix; matrices are joined along the second axis.

    Args:
      tup: sequence of arrays with equally many rows.

    Reference: NumPy, numpy.column_stack.

    >>> import pullback.numpy as pnp
    >>> pnp.column_stack([pnp.array([1, 2]), pnp.array([3, 4])])
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    xs = [x if x.ndim > 1 else lax.reshape(x, (x.size, 1)) for x in sequence_of("column_stack", tup)]
    return _concatenate("column_stack", xs, 1, None)


def block(arrays: Any) -> Array:
    """Joins nested lists of arrays: the innermost lists along the last axis, the outermost along the first.

    Args:
      arrays: an array, or nested lists of arrays, all of one depth.

    Raises:
      ValueError: lists of different depth, or an empty list.

    Reference: NumPy, numpy.block.

    >>> import pullback.numpy as pnp
    >>> pnp.block([[pnp.ones((1, 1)), pnp.zeros((1, 2))], [pnp.zeros((2, 1)), pnp.eye(2)]])
    Array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """

    def depth(v: Any) -> int:
        if isinstance(v, tuple):
            raise TypeError("block: arrays must be given in lists, not in tuples")
        if not isinstance(v, list):
            return 0
        if not v:
            raise ValueError("block: lists cannot be empty")
        depths = {depth(w) for w in v}
        if len(depths) > 1:
            raise ValueError(f"block: lists must have one depth, got depths {sorted(depths)}")
        return depths.pop() + 1

    def leaves(v: Any) -> list[Any]:
        return [leaf for w in v for leaf in leaves(w)] if isinstance(v, list) else [v]

    levels = depth(arrays)
    ndim = max([levels] + [x.ndim for x in arrays_of("block", *leaves(arrays))])

    def join(v: Any, level: int) -> Array:
        if not isinstance(v, list):
            (x,) = arrays_of("block", v)
            return lax.reshape(x, (1,) * (ndim - x.ndim) + x.shape)
        return _concatenate("block", [join(w, level - 1) for w in v], -level, None)

    return join(arrays, levels)


def append(arr: Any, values: Any, axis: int | None = None) -> Array:
    """Joins an array and values along an axis; flattened if `axis` is None.

    Args:
      arr: array.
      values: array with the other dimensions of `arr`.
      axis: integer; None joins the flattened arrays.

    Reference: NumPy, numpy.append.

    >>> import pullback.numpy as pnp
    >>> pnp.append(pnp.array([1, 2]), pnp.array([3]))
    Array([1, 2, 3], dtype=int32)
    """
    return _concatenate("append", arrays_of("append", arr, values), axis, None)
