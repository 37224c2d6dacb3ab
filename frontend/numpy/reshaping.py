"""Functions that give the elements another shape."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

from .. import lax
from ..array import Array, ConcreteArray
from ..trace import _state
from .emit import wrap
from .util import ArgumentError, arrays_of, as_int, as_ints, canonical_axes

__all__ = ["atleast_1d", "atleast_2d", "atleast_3d", "expand_dims", "ravel", "reshape", "squeeze"]


def is_eager(x: Any) -> TypeGuard[ConcreteArray]:
    """Whether a NumPy view of `x` may be taken directly: it is concrete, and nothing is being traced."""
    return type(x) is ConcreteArray and _state.frame is None


# Shapes ------------------------------------------------------------------------------------------------------------------
def reshape(a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Array:
    """The elements in another shape.

    Args:
      a: array.
      shape: integers; one of them may be -1, which stands for what remains.
      order: "C" (the last index changes fastest) or "F" (the first).
      copy: accepted for NumPy's sake; arrays are immutable.

    Raises:
      TypeError: the sizes differ.

    Reference: NumPy, numpy.reshape.

    >>> import pullback.numpy as pnp
    >>> pnp.reshape(pnp.arange(6), (2, -1))
    Array([[0, 1, 2],
           [3, 4, 5]], dtype=int32)
    """
    (x,) = arrays_of("reshape", a)
    if isinstance(shape, (int, np.integer)) or (isinstance(shape, Array) and shape.ndim == 0):
        sizes: tuple[Any, ...] = (shape,)
    elif isinstance(shape, str) or not hasattr(shape, "__iter__"):
        raise TypeError(f"reshape: shape must be an integer or a sequence of integers, got {shape!r}"[:200])
    else:
        sizes = tuple(shape)
    if any(isinstance(d, (float, str, np.floating)) or d is None for d in sizes):
        raise TypeError(f"reshape: shape must be an integer or a sequence of integers, got {shape!r}"[:200])
    if any(type(d) is not int and isinstance(d, (Array, np.integer)) for d in sizes):
        sizes = tuple(as_int(d, "shape") if isinstance(d, (Array, np.integer)) else d for d in sizes)
    sizes = _infer_size(x, sizes)
    if order == "C":
        return wrap(x.host.reshape(sizes), x.weak_type) if is_eager(x) else lax.reshape(x, sizes)
    if order == "F":
        return _reversed_axes(lax.reshape(_reversed_axes(x), sizes[::-1]))
    if order == "A":
        raise NotImplementedError("reshape with order='A' is not supported: arrays have no memory order")
    raise ValueError(f"reshape: order must be 'C' or 'F', got {order!r}")


def _reversed_axes(x: Array) -> Array:
    return lax.transpose(x, tuple(range(x.ndim))[::-1])


def _infer_size(x: Array, sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    unknown = [i for i, d in enumerate(sizes) if isinstance(d, int) and d < 0]
    known: Any = 1
    for d in sizes:
        if not (isinstance(d, int) and d < 0):
            known = known * d
    if len(unknown) > 1 or any(sizes[i] != -1 for i in unknown):
        raise ArgumentError(f"reshape: shape may contain one -1 and no other negative number, got {sizes}")
    if unknown:
        if known == 0 or x.size % known != 0:
            raise ArgumentError(
                f"cannot reshape array of shape {x.shape} (size {x.size}) into shape {sizes}: the other sizes do not divide it"
            )
        return (*sizes[: unknown[0]], x.size // known, *sizes[unknown[0] + 1 :])
    if known != x.size:
        raise ArgumentError(f"cannot reshape array of shape {x.shape} (size {x.size}) into shape {sizes} (size {known})")
    return sizes


def ravel(a: Any, order: str = "C", *, out_sharding: None = None) -> Array:
    """The elements in one dimension.

    Args:
      a: array.
      order: "C" (the last index changes fastest), "F" (the first) or "K" (as "C").

    Reference: NumPy, numpy.ravel.

    >>> import pullback.numpy as pnp
    >>> pnp.ravel(pnp.array([[1, 2], [3, 4]]))
    Array([1, 2, 3, 4], dtype=int32)
    """
    (x,) = arrays_of("ravel", a)
    return reshape(x, (x.size,), "C" if order == "K" else order)


def expand_dims(a: Any, axis: Any) -> Array:
    """Inserts dimensions of size 1 at the given positions of the result.

    Args:
      a: array.
      axis: integer or sequence of integers.

    Reference: NumPy, numpy.expand_dims.

    >>> import pullback.numpy as pnp
    >>> pnp.expand_dims(pnp.ones((2, 3)), 1).shape
    (2, 1, 3)
    """
    (x,) = arrays_of("expand_dims", a)
    axes = as_ints(axis, "axis")
    if is_eager(x):
        new = canonical_axes(axes, x.ndim + len(axes))
        kept = iter(x.shape)
        return wrap(x.host.reshape([1 if i in new else next(kept) for i in range(x.ndim + len(axes))]), x.weak_type)
    return lax.expand_dims(x, axes)


def squeeze(a: Any, axis: Any = None) -> Array:
    """Removes dimensions of size 1.

    Args:
      a: array.
      axis: the dimensions to remove; by default all of size 1.

    Raises:
      ValueError: a dimension to remove has another size.

    Reference: NumPy, numpy.squeeze.

    >>> import pullback.numpy as pnp
    >>> pnp.squeeze(pnp.ones((1, 3, 1))).shape
    (3,)
    """
    (x,) = arrays_of("squeeze", a)
    axes = tuple(i for i, d in enumerate(x.shape) if d == 1) if axis is None else canonical_axes(as_ints(axis, "axis"), x.ndim)
    return lax.squeeze(x, axes)


def atleast_1d(*arys: Any) -> Any:
    """Arrays of at least one dimension; a list of them for several arguments.

    Args:
      arys: arrays or scalars.

    Reference: NumPy, numpy.atleast_1d.

    >>> import pullback.numpy as pnp
    >>> pnp.atleast_1d(3.0).shape
    (1,)
    """
    xs = [x if x.ndim else lax.reshape(x, (1,)) for x in arrays_of("atleast_1d", *arys)]
    return xs[0] if len(xs) == 1 else xs


def atleast_2d(*arys: Any) -> Any:
    """Arrays of at least two dimensions, new ones in front; a list for several arguments.

    Args:
      arys: arrays or scalars.

    Reference: NumPy, numpy.atleast_2d.

    >>> import pullback.numpy as pnp
    >>> pnp.atleast_2d(pnp.ones(3)).shape
    (1, 3)
    """
    xs = [x if x.ndim >= 2 else lax.reshape(x, (1, x.size)) for x in arrays_of("atleast_2d", *arys)]
    return xs[0] if len(xs) == 1 else xs


def atleast_3d(*arys: Any) -> Any:
    """Arrays of at least three dimensions; a list for several arguments.

    Args:
      arys: arrays or scalars.

    Reference: NumPy, numpy.atleast_3d.

    >>> import pullback.numpy as pnp
    >>> pnp.atleast_3d(pnp.ones((2, 3))).shape
    (2, 3, 1)
    """

    def grow(x: Array) -> Array:
        if x.ndim <= 1:
            return lax.reshape(x, (1, x.size, 1))
        return lax.expand_dims(x, (2,)) if x.ndim == 2 else x

    xs = [grow(x) for x in arrays_of("atleast_3d", *arys)]
    return xs[0] if len(xs) == 1 else xs
