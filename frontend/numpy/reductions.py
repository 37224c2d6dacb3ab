"""Reductions over axes: sums, products, extrema, truth, positions of extrema."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes
from ..array import Array
from .emit import pb
from .examples import example
from .ufuncs import add as add_arrays
from .ufuncs import maximum, minimum, multiply, no_out, subtract, truth
from .util import (
    arrays_of,
    broadcast_to,
    canonical_axis,
    cast,
    check_arraylike,
    default_int,
    reduction_axes,
    strong_array,
)


# Shared parts ------------------------------------------------------------------------------------------------------------
def keep_axes(x: Array, shape: tuple[Any, ...], axes: tuple[int, ...], keepdims: bool) -> Array:
    """A result of a reduction of `shape` over `axes`, with size-1 axes in their place if asked for."""
    if not keepdims or not axes:
        return x
    return pb.reshape(x, shape=tuple(1 if i in axes else d for i, d in enumerate(shape)))


def sum_dtype(name: str, x: np.dtype[Any], dtype: Any, promote_integers: bool = True) -> np.dtype[Any]:
    """Dtype of a sum or product: integers narrower than the default integer widen to it."""
    if dtype is not None:
        return dtypes.requested_dtype(dtype, name)
    if x == np.bool_:
        return default_int()
    if promote_integers and x.kind in "iu" and x.itemsize < default_int().itemsize:
        return np.dtype(f"{x.kind}{default_int().itemsize}")
    return x


def _masked(name: str, x: Array, where: Any, neutral: Any) -> Array:
    """`x` with the neutral element where the mask is false."""
    if where is None:
        return x
    (mask,) = arrays_of(name, where)
    if mask.dtype != np.bool_:
        mask = truth(mask)
    mask = broadcast_to(mask, x.shape)
    return pb.select(mask, x, neutral)


def _with_initial(name: str, out: Array, initial: Any, combine: Any) -> Array:
    if initial is None:
        return out
    (value,) = arrays_of(name, initial)
    if value.ndim:
        raise ValueError(f"{name}: initial value must be a scalar. Got array of shape {value.shape}")
    return combine(out, cast(value, out.dtype, True))


def _accumulate(name: str, op: str, neutral: int, combine: Any, text: str) -> Any:
    apply = getattr(pb, op)

    def f(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
        promote_integers: bool = True,
    ) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        axes = reduction_axes(axis, x.ndim)
        x = cast(x, sum_dtype(name, x.dtype, dtype, promote_integers))
        if x.dtype == np.bool_:
            x = _masked(name, x, where, bool(neutral))
            result = (pb.reduce_or if neutral == 0 else pb.reduce_and)(x, axes=axes)
        else:
            result = apply(_masked(name, x, where, neutral), axes=axes)
        return keep_axes(_with_initial(name, result, initial, combine), x.shape, axes, keepdims)

    return document(f, name, text, _SUM_ARGS)


_AXIS = """axis: integer or tuple of integers; by default all axes.
      {dtype}out: not supported; must be None.
      keepdims: keep the reduced axes with size 1.
      where: boolean array that broadcasts to `a`: which elements count."""
_SUM_ARGS = _AXIS.format(
    dtype="dtype: dtype of the computation and the result; integers narrower than int32 widen by default.\n      "
) + ("\n      initial: what the result starts from.\n      promote_integers: whether narrow integers widen.")
_PLAIN_ARGS = _AXIS.format(dtype="")


def document(f: Any, name: str, text: str, arguments: str) -> Any:
    f.__name__ = f.__qualname__ = name
    f.__module__ = "pullback.numpy"
    f.__doc__ = f"""{text}

    Args:
      a: array or scalar.
      {arguments}

    Raises:
      TypeError: `a` is no array or scalar.
      ValueError: an axis is out of bounds or given twice.

    Reference: NumPy, numpy.{name}.{example(name)}
    """
    return f


# Sums, products, extrema -------------------------------------------------------------------------------------------------
sum = _accumulate("sum", "reduce_sum", 0, add_arrays, "Sum of the elements over axes.")
prod = _accumulate("prod", "reduce_prod", 1, multiply, "Product of the elements over axes.")


def lowest(dtype: np.dtype[Any]) -> Any:
    """The neutral element of the maximum."""
    if dtype == np.bool_:
        return False
    return -math.inf if dtypes.is_inexact(dtype) else int(dtypes.iinfo(dtype).min)


def highest(dtype: np.dtype[Any]) -> Any:
    """The neutral element of the minimum."""
    if dtype == np.bool_:
        return True
    return math.inf if dtypes.is_inexact(dtype) else int(dtypes.iinfo(dtype).max)


def _complex_extremum(x: Any, axes: tuple[int, ...], op: Any, neutral: Any) -> Any:
    """In the order by real, then imaginary parts."""
    re, im = pb.real(x), pb.imag(x)
    shape = tuple(1 if i in axes else d for i, d in enumerate(x.shape))
    best = op(re, axes=axes)
    spread = broadcast_to(pb.reshape(best, shape=shape), x.shape)
    rest = op(pb.select(pb.compare(re, spread, direction="EQ"), im, neutral), axes=axes)
    return pb.complex(best, rest)


def _extremum(name: str, largest: bool, reference: str, text: str) -> Any:
    op = pb.reduce_max if largest else pb.reduce_min
    neutral = lowest if largest else highest

    def f(a: Any, axis: Any = None, out: None = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        axes = reduction_axes(axis, x.ndim)
        if where is not None and initial is None:
            raise ValueError(
                f"reduction operation {reference} does not have an identity, so to use a where mask one has to specify 'initial'"
            )
        if initial is None and builtins.any(x.shape[i] == 0 for i in axes):
            raise ValueError(f"zero-size array to reduction operation {reference} which has no identity")
        if T.is_complex(x.aval.dtype):
            if where is not None:
                raise NotImplementedError(f"{name} of complex arrays with a where mask is not implemented")
            result = _complex_extremum(x, axes, op, neutral(np.dtype("float32")))
        else:
            result = op(_masked(name, x, where, neutral(x.dtype)), axes=axes)
        result = _with_initial(name, result, initial, maximum if largest else minimum)
        return keep_axes(result, x.shape, axes, keepdims)

    arguments = _PLAIN_ARGS + "\n      initial: least result, needed for empty arrays and with `where`."
    return document(f, name, text, arguments if largest else arguments.replace("least", "largest"))


max = _extremum("max", True, "max", "Largest element over axes; NaN if there is one.")
min = _extremum("min", False, "min", "Smallest element over axes; NaN if there is one.")
amax = _extremum("amax", True, "max", "Largest element over axes; NaN if there is one.")
amin = _extremum("amin", False, "min", "Smallest element over axes; NaN if there is one.")


def ptp(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Array:
    """Range of the elements over axes: the largest less the smallest.

    Args:
      a: array.
      axis: integer or tuple of integers; by default all axes.
      out: not supported; must be None.
      keepdims: keep the reduced axes with size 1.

    Reference: NumPy, numpy.ptp.

    >>> import pullback.numpy as pnp
    >>> pnp.ptp(pnp.array([3, 1, 7]))
    Array(6, dtype=int32)
    """
    check_arraylike("ptp", a)
    no_out("ptp", out)
    return subtract(max(a, axis, keepdims=keepdims), min(a, axis, keepdims=keepdims))


# Truth -------------------------------------------------------------------------------------------------------------------
def _truth_reduction(name: str, op: str, neutral: bool, text: str) -> Any:
    apply = getattr(pb, op)

    def f(a: Any, axis: Any = None, out: None = None, keepdims: bool = False, *, where: Any = None) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        axes = reduction_axes(axis, x.ndim)
        return keep_axes(apply(_masked(name, truth(x), where, neutral), axes=axes), x.shape, axes, keepdims)

    return document(f, name, text, _PLAIN_ARGS)


all = _truth_reduction("all", "reduce_and", True, "Whether all elements over axes are true (not zero).")
any = _truth_reduction("any", "reduce_or", False, "Whether any element over axes is true (not zero).")


def count_nonzero(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """Number of elements over axes that are not zero.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      keepdims: keep the reduced axes with size 1.

    Reference: NumPy, numpy.count_nonzero.

    >>> import pullback.numpy as pnp
    >>> pnp.count_nonzero(pnp.array([[0, 1], [2, 3]]), axis=0)
    Array([1, 2], dtype=int32)
    """
    x = strong_array("count_nonzero", a)
    return sum(truth(x), axis, default_int(), keepdims=keepdims)


# Positions ---------------------------------------------------------------------------------------------------------------
def _position(name: str, op: str, text: str) -> Any:
    apply = getattr(pb, op)

    def f(a: Any, axis: Any = None, out: None = None, keepdims: bool | None = None) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        return _position_along(name, apply, x, axis, bool(keepdims))

    arguments = """axis: integer; by default the position in the flattened array.
      out: not supported; must be None.
      keepdims: keep the reduced axis with size 1."""
    return document(f, name, text, arguments)


def _position_along(name: str, apply: Any, x: Array, axis: Any, keepdims: bool) -> Array:
    shape, ndim = x.shape, x.ndim
    if axis is None:
        x = pb.reshape(x, shape=(x.size,))
        axis, axes = 0, tuple(range(ndim))
    else:
        axis = canonical_axis(axis, ndim)
        axes = (axis,)
    if x.shape[axis] == 0:
        raise ValueError(f"attempt to get {name} of an empty sequence")
    if T.is_complex(x.aval.dtype):
        raise TypeError(f"{name} does not accept dtype {x.dtype.name}: complex numbers have no order")
    return keep_axes(apply(x, axis=axis, dtype=T.from_np(default_int())), shape, axes, keepdims)


argmax = _position("argmax", "argmax", "Position of the largest element along an axis; the first NaN if there is one.")
argmin = _position("argmin", "argmin", "Position of the smallest element along an axis; the first NaN if there is one.")
