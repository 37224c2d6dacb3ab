"""`pullback.scipy.ndimage`: arrays sampled between their elements. Names follow `jax.scipy.ndimage`.

>>> import pullback.numpy as pnp
>>> from pullback.scipy import ndimage
>>> ndimage.map_coordinates(pnp.array([0.0, 10.0]), [pnp.array([0.25])], order=1)
Array([2.5], dtype=float32)
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import dtypes, lax
from .. import numpy as pnp
from ..array import Array
from ..lax.util import cast
from ..missing import attribute_error as _attribute_error
from ..numpy.util import arrays_of, as_array, broadcast_arrays, promote_args_inexact

__all__ = ["map_coordinates"]


def _mirror(index: Array, size: int) -> Array:
    """Reflected about the centres of the first and the last element."""
    last = size - 1
    return pnp.abs((index + last) % (2 * last) - last) if last else pnp.zeros_like(index)


# How indices outside of the array become indices into it
_FIXES: dict[str, Callable[[Array, int], Array]] = {
    "constant": lambda index, size: index,
    "nearest": lambda index, size: pnp.clip(index, 0, size - 1),
    "wrap": lambda index, size: index % size,
    "mirror": _mirror,
    "reflect": lambda index, size: _mirror(2 * index + 1, 2 * size + 1) // 2,  # about their outer edges
}


def _round(x: Array) -> Array:
    """To the nearest integer, halves away from zero."""
    return lax.round(x, 0)


def _corners(coordinate: Array, order: int) -> list[tuple[Array, Any]]:
    """The indices that count for a coordinate, with their weights."""
    if order == 0:
        return [(cast(_round(coordinate), np.dtype(np.int32)), 1.0)]
    below = lax.floor(coordinate)
    upper = coordinate - below
    index = cast(below, np.dtype(np.int32))
    return [(index, 1 - upper), (index + 1, upper)]


def map_coordinates(input: Any, coordinates: Sequence[Any], order: int, mode: str = "constant", cval: Any = 0.0) -> Array:
    """Values of an array at given coordinates, interpolated between its elements.

    Args:
      input: array.
      coordinates: for each dimension of `input` an array of coordinates; they broadcast against each other.
      order: 0 (nearest element) or 1 (linear).
      mode: what is beyond the edges: "constant" (`cval`), "nearest", "wrap", "mirror" (about the centre of the last element) or
        "reflect" (about its outer edge).
      cval: value beyond the edges, for mode "constant".

    Returns:
      Array of the dtype of `input` and the shape that the coordinates broadcast to; differentiable in both.

    Raises:
      ValueError: there are not as many coordinates as dimensions. NotImplementedError: another order or mode.

    Reference: SciPy, scipy.ndimage.map_coordinates.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy import ndimage
    >>> image = pnp.arange(6.0).reshape(2, 3)
    >>> ndimage.map_coordinates(image, [pnp.array([0.0, 0.5]), pnp.array([1.5, 1.0])], order=1)
    Array([1.5, 2.5], dtype=float32)
    """
    if order not in (0, 1):
        raise NotImplementedError(f"ndimage.map_coordinates: order must be 0 or 1, got {order}; splines are not supported")
    if mode not in _FIXES:
        raise NotImplementedError(f"ndimage.map_coordinates does not support mode {mode!r}; there are {', '.join(_FIXES)}")
    (x,) = arrays_of("map_coordinates", input)
    given = list(coordinates)
    if len(given) != x.ndim:
        raise ValueError(f"coordinates must be a sequence of length input.ndim, but {len(given)} != {x.ndim}")
    if not given:
        return x
    points = broadcast_arrays(*(promote_args_inexact("map_coordinates", c)[0] for c in given))
    (outside,) = arrays_of("map_coordinates", cval)
    result_dtype = x.dtype
    values = x if dtypes.is_inexact(x.dtype) else cast(x, points[0].dtype)
    total: Any = None
    for corner in itertools.product(*(_corners(p, order) for p in points)):
        indices = [_FIXES[mode](index, size) for (index, _), size in zip(corner, x.shape)]
        taken = values[tuple(pnp.clip(i, 0, n - 1) for i, n in zip(indices, x.shape))]
        if mode == "constant":
            inside = functools.reduce(operator.and_, ((i >= 0) & (i < n) for i, n in zip(indices, x.shape)))
            taken = pnp.where(inside, taken, cast(cast(outside, result_dtype), taken.dtype))
        weight = functools.reduce(operator.mul, (w for _, w in corner))
        part = taken * weight
        total = part if total is None else total + part
    result = as_array(total)
    if not dtypes.is_inexact(result_dtype):
        result = _round(result)
    return cast(result, result_dtype)


def __getattr__(name: str) -> None:
    raise _attribute_error(__name__, name, __all__)
