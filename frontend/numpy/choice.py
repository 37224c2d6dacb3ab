"""Choosing between arrays element by element: where, select, piecewise, clip; and comparing whole arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.dialects import types as T

from ..array import Array, ConcreteArray
from .emit import is_traced, pb, splat, wrap
from .logic import isnan
from .ufuncs import add, less_equal, maximum, minimum, multiply, one_array, truth
from .util import (
    ArgumentError,
    arrays_of,
    as_array,
    cast,
    check_arraylike,
    common_shape,
    promote_args,
    promote_dtypes,
    promote_shapes,
    retype,
    to_inexact,
)


def where(condition: Any, x: Any = None, y: Any = None, /, *, size: int | None = None, fill_value: Any = None) -> Any:
    """`x` where the condition holds, else `y`, elementwise.

    With the condition alone, the indices of its nonzero elements, as `nonzero` gives them.

    Args:
      condition: array or scalar; numbers are true unless zero.
      x, y: arrays or scalars, promoted to one dtype; all three broadcast against each other.
      size, fill_value: for the condition alone: see `nonzero`.

    Raises:
      ValueError: only one of `x` and `y` is given.

    The derivative takes the chosen elements only; but a NaN or infinite derivative of what is not chosen still gives NaN, so
    replace the argument, not the result: ``where(x > 0, log(where(x > 0, x, 1)), 0)``.

    Reference: NumPy, numpy.where.

    >>> import pullback.numpy as pnp
    >>> x = pnp.array([-1.0, 4.0])
    >>> pnp.where(x > 0, x, 0.0)
    Array([0., 4.], dtype=float32)
    """
    if x is None and y is None:
        from . import nonzero

        return nonzero(condition, size=size, fill_value=fill_value)
    if x is None or y is None:
        raise ArgumentError("Either both or neither of the x and y arguments should be provided to pullback.numpy.where, got one")
    if size is not None or fill_value is not None:
        raise ValueError("size and fill_value arguments cannot be used in three-term where function.")
    check_arraylike("where", condition, x, y)
    return _where(condition, x, y)


def _where(condition: Any, x: Any, y: Any) -> Array:
    x, y = promote_dtypes(x, y)
    weak = x.weak_type
    c, x, y = promote_shapes("where", truth(as_array(condition)), x, y)
    if all(type(v) is ConcreteArray for v in (c, x, y)) and not is_traced():
        return wrap(np.where(c.host, x.host, y.host), weak)
    return retype(pb.select(c, x, y), weak)


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Array:
    """The choice of the first condition that holds, else the default, elementwise.

    Args:
      condlist: boolean arrays.
      choicelist: as many arrays or scalars.
      default: array or scalar where no condition holds.

    Raises:
      ValueError: the lists are empty or of different lengths.

    Reference: NumPy, numpy.select.

    >>> import pullback.numpy as pnp
    >>> x = pnp.arange(5)
    >>> pnp.select([x < 2, x > 3], [x, 10 * x], default=-1)
    Array([ 0,  1, -1, -1, 40], dtype=int32)
    """
    for argument, given in (("condlist", condlist), ("choicelist", choicelist)):
        if not hasattr(given, "__len__"):
            raise TypeError(f"select: {argument} must be a sequence of arrays, got {type(given).__name__}")
    if len(condlist) != len(choicelist):
        raise ValueError(f"condlist must have length equal to choicelist ({len(condlist)} vs {len(choicelist)})")
    if len(condlist) == 0:
        raise ValueError("condlist must be non-empty")
    check_arraylike("select", *condlist, *choicelist, default)
    *choices, out = promote_dtypes(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        out = _where(condition, choice, out)
    return out


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Array:
    """A function defined by cases: where a condition holds, the function in its place; the last that holds counts.

    Args:
      x: array or scalar.
      condlist: boolean arrays of the shape of `x`.
      funclist: for each condition a function of `x` (and `args`, `kw`) or a scalar; one more is the default, else 0.

    Each function is evaluated on all of `x`. The result has the dtype of `x`.

    Raises:
      ValueError: lengths do not fit.

    Reference: NumPy, numpy.piecewise.

    >>> import pullback.numpy as pnp
    >>> x = pnp.array([-2.0, 3.0])
    >>> pnp.piecewise(x, [x < 0, x >= 0], [lambda x: -x, lambda x: 10 * x])
    Array([ 2., 30.], dtype=float32)
    """
    (x,) = arrays_of("piecewise", x)
    if isinstance(condlist, (Array, np.ndarray)) and condlist.ndim == x.ndim <= 1:
        condlist = [condlist]
    for argument, given in (("condlist", condlist), ("funclist", funclist)):
        if not hasattr(given, "__len__") or isinstance(given, (str, dict)):
            raise TypeError(f"piecewise: {argument} must be a sequence, got {type(given).__name__}")
    conditions = [np.asarray(c) if isinstance(c, list) else c for c in condlist]
    check_arraylike("piecewise", *conditions)
    conditions = [truth(as_array(c)) for c in conditions]
    common_shape("piecewise", x.shape, *(c.shape for c in conditions))
    functions = list(funclist)
    n = len(conditions)
    if len(functions) == n:
        functions.append(0)
    elif len(functions) != n + 1:
        raise ValueError(f"piecewise: with {n} condition(s), either {n} or {n + 1} functions are expected; got {len(functions)}")

    from .array_methods import astype

    def value(f: Any) -> Any:
        return astype(f(x, *args, **kw) if callable(f) else f, x.dtype)

    out = value(functions[-1])
    for condition, f in zip(conditions, functions[:-1]):
        out = _where(condition, value(f), out)
    return out if out.shape == x.shape else _where(True, out, splat(x.shape, x.dtype, 0))


def clip(arr: Any, /, min: Any = None, max: Any = None) -> Array:
    """`arr` limited to ``[min, max]``, elementwise; `max` where `min` is greater.

    Args:
      arr: array or scalar.
      min, max: bounds, or None for no bound; they broadcast against `arr`.

    Raises:
      ValueError: an argument is complex.

    Reference: NumPy, numpy.clip.

    >>> import pullback.numpy as pnp
    >>> pnp.clip(pnp.array([-1.0, 0.5, 2.0]), 0.0, 1.0)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    out = one_array("clip", arr)
    for bound in (out, min, max):
        if bound is not None and T.is_complex(one_array("clip", bound).aval.dtype):
            raise ValueError(
                "clip: complex values have no ordering and cannot be clipped. Clip their real and imaginary parts instead."
            )
    if min is not None:
        out = maximum(min, out)
    if max is not None:
        out = minimum(max, out)
    return out


# Comparing arrays --------------------------------------------------------------------------------------------------------
def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Array:
    """Whether ``abs(a - b) <= atol + rtol * abs(b)``, elementwise; infinities are close to themselves.

    Args:
      a, b: arrays or scalars.
      rtol, atol: relative and absolute tolerance.
      equal_nan: whether NaN is close to NaN.

    Reference: NumPy, numpy.isclose.

    >>> import pullback.numpy as pnp
    >>> pnp.isclose(pnp.array([1.0, 2.0]), pnp.array([1.0, 2.1]))
    Array([ True, False], dtype=bool)
    """
    return _close("isclose", a, b, rtol, atol, equal_nan)


def _close(name: str, a: Any, b: Any, rtol: Any, atol: Any, equal_nan: bool) -> Array:
    x, y = promote_args(name, a, b)
    same = pb.compare(x, y, direction="EQ")
    if not T.is_inexact(x.aval.dtype):
        if not T.is_integer(x.aval.dtype):
            return same
        x, y = cast(x, to_inexact(x.dtype)), cast(y, to_inexact(y.dtype))
    distance = pb.abs(pb.sub(x, y))
    near = less_equal(distance, add(atol, multiply(rtol, pb.abs(y))))
    finite = pb.and_(pb.is_finite(x), pb.is_finite(y))
    out = pb.or_(pb.and_(near, finite), same)
    if equal_nan:
        out = pb.or_(out, pb.and_(isnan(x), isnan(y)))
    return out


def _all(x: Any) -> Any:
    return pb.reduce_and(x, axes=tuple(range(x.ndim)))


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Array:
    """Whether all elements are close, as `isclose` has it; a boolean array of no dimension.

    Args:
      a, b: arrays or scalars.
      rtol, atol, equal_nan: as in `isclose`.

    Reference: NumPy, numpy.allclose.

    >>> import pullback.numpy as pnp
    >>> pnp.allclose(pnp.array([1.0, 2.0]), pnp.array([1.0, 2.00001]))
    Array(True, dtype=bool)
    """
    return _all(_close("allclose", a, b, rtol, atol, equal_nan))


def _try_arrays(*xs: Any) -> list[Array] | None:
    from .creation import asarray

    try:
        return [asarray(x) for x in xs]
    except (TypeError, ValueError):
        return None


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Array:
    """Whether two arrays have one shape and equal elements.

    Args:
      a1, a2: arrays, or what `asarray` takes.
      equal_nan: whether NaN equals NaN.

    Reference: NumPy, numpy.array_equal.

    >>> import pullback.numpy as pnp
    >>> pnp.array_equal(pnp.array([1, 2]), pnp.array([1, 2]))
    Array(True, dtype=bool)
    """
    arrays = _try_arrays(a1, a2)
    if arrays is None or arrays[0].shape != arrays[1].shape:
        return wrap(np.asarray(False))
    x, y = promote_args("array_equal", *arrays)
    same = pb.compare(x, y, direction="EQ")
    if equal_nan:
        same = pb.or_(same, pb.and_(isnan(x), isnan(y)))
    return _all(same)


def array_equiv(a1: Any, a2: Any) -> Array:
    """Whether two arrays broadcast against each other and then have equal elements.

    Args:
      a1, a2: arrays, or what `asarray` takes.

    Reference: NumPy, numpy.array_equiv.

    >>> import pullback.numpy as pnp
    >>> pnp.array_equiv(pnp.array([1, 1]), 1)
    Array(True, dtype=bool)
    """
    arrays = _try_arrays(a1, a2)
    if arrays is None:
        return wrap(np.asarray(False))
    try:
        x, y = promote_args("array_equiv", *arrays)
    except ValueError:
        return wrap(np.asarray(False))
    return _all(pb.compare(x, y, direction="EQ"))
