"""Reductions over axes: sums, products, extrema, moments, truth, positions of extrema."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from pullback.dialects import types as T

from .. import dtypes
from ..array import Array
from .emit import pb, splat
from .ufuncs import add as add_arrays
from .ufuncs import divide, maximum, minimum, multiply, no_out, sqrt, subtract, truth
from .util import (
    ArgumentError,
    arrays_of,
    as_array,
    broadcast_to,
    canonical_axis,
    cast,
    check_arraylike,
    default_int,
    promote_args_inexact,
    reduction_axes,
    strong_array,
    to_inexact,
)


# Shared parts ------------------------------------------------------------------------------------------------------------
def keep_axes(x: Array, shape: tuple[Any, ...], axes: tuple[int, ...], keepdims: bool) -> Array:
    """A result of a reduction of `shape` over `axes`, with size-1 axes in their place if asked for."""
    if not keepdims or not axes:
        return x
    return pb.reshape(x, shape=tuple(1 if i in axes else d for i, d in enumerate(shape)))  # type: ignore[no-any-return]


def sum_dtype(x: np.dtype[Any], dtype: Any, promote_integers: bool = True) -> np.dtype[Any]:
    """Dtype of a sum or product: integers narrower than the default integer widen to it."""
    if dtype is not None:
        return dtypes.canonicalize_dtype(dtype)
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
    return pb.select(mask, x, neutral)  # type: ignore[no-any-return]


def _with_initial(name: str, out: Array, initial: Any, combine: Any) -> Array:
    if initial is None:
        return out
    (value,) = arrays_of(name, initial)
    if value.ndim:
        raise ValueError(f"{name}: initial value must be a scalar. Got array of shape {value.shape}")
    return combine(out, cast(value, out.dtype, True))  # type: ignore[no-any-return]


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
        x = cast(x, sum_dtype(x.dtype, dtype, promote_integers))
        if x.dtype == np.bool_:
            x = _masked(name, x, where, bool(neutral))
            result = (pb.reduce_or if neutral == 0 else pb.reduce_and)(x, axes=axes)
        else:
            result = apply(_masked(name, x, where, neutral), axes=axes)
        return keep_axes(_with_initial(name, result, initial, combine), x.shape, axes, keepdims)

    return _document(f, name, text, _SUM_ARGS)


_AXIS = """axis: integer or tuple of integers; by default all axes.
      {dtype}out: not supported; must be None.
      keepdims: keep the reduced axes with size 1.
      where: boolean array that broadcasts to `a`: which elements count."""
_SUM_ARGS = _AXIS.format(
    dtype="dtype: dtype of the computation and the result; integers narrower than int32 widen by default.\n      "
) + ("\n      initial: what the result starts from.\n      promote_integers: whether narrow integers widen.")
_PLAIN_ARGS = _AXIS.format(dtype="")


def _document(f: Any, name: str, text: str, arguments: str) -> Any:
    f.__name__ = f.__qualname__ = name
    f.__module__ = "pullback.numpy"
    f.__doc__ = f"""{text}

    Args:
      a: array or scalar.
      {arguments}

    Raises:
      TypeError: `a` is no array or scalar.
      ValueError: an axis is out of bounds or given twice.

    Reference: NumPy, numpy.{name}.
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
    return _document(f, name, text, arguments if largest else arguments.replace("least", "largest"))


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
    """
    check_arraylike("ptp", a)
    no_out("ptp", out)
    return subtract(max(a, axis, keepdims=keepdims), min(a, axis, keepdims=keepdims))  # type: ignore[no-any-return]


# Truth -------------------------------------------------------------------------------------------------------------------
def _truth_reduction(name: str, op: str, neutral: bool, text: str) -> Any:
    apply = getattr(pb, op)

    def f(a: Any, axis: Any = None, out: None = None, keepdims: bool = False, *, where: Any = None) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        axes = reduction_axes(axis, x.ndim)
        return keep_axes(apply(_masked(name, truth(x), where, neutral), axes=axes), x.shape, axes, keepdims)

    return _document(f, name, text, _PLAIN_ARGS)


all = _truth_reduction("all", "reduce_and", True, "Whether all elements over axes are true (not zero).")
any = _truth_reduction("any", "reduce_or", False, "Whether any element over axes is true (not zero).")


def count_nonzero(a: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """Number of elements over axes that are not zero.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      keepdims: keep the reduced axes with size 1.

    Reference: NumPy, numpy.count_nonzero.
    """
    x = strong_array("count_nonzero", a)
    return sum(truth(x), axis, default_int(), keepdims=keepdims)  # type: ignore[no-any-return]


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
    return _document(f, name, text, arguments)


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


# Moments -----------------------------------------------------------------------------------------------------------------
def _count(x: Array, axes: tuple[int, ...]) -> Any:
    n: Any = 1
    for i in axes:
        n = n * x.shape[i]
    return n


def _wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype to compute in: f32 for 16-bit floats."""
    return np.dtype("float32") if dtypes.is_floating(dtype) and dtype.itemsize == 2 else dtype


def _counted(name: str, x: Array, axes: tuple[int, ...], where: Any, keepdims: bool) -> Any:
    """How many elements count: a number, or an array with a mask."""
    if where is None:
        return float(_count(x, axes))
    mask = broadcast_to(truth(arrays_of(name, where)[0]), x.shape)
    return sum(mask, axes, np.dtype("float32"), keepdims=keepdims)


def mean(a: Any, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False, *, where: Any = None) -> Array:
    """Arithmetic mean over axes; NaN of no elements.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      dtype: dtype of the result; by default float32 for integers.
      out: not supported; must be None.
      keepdims: keep the reduced axes with size 1.
      where: boolean array that broadcasts to `a`: which elements count.

    Reference: NumPy, numpy.mean.
    """
    x = strong_array("mean", a)
    no_out("mean", out)
    axes = reduction_axes(axis, x.ndim)
    result = to_inexact(x.dtype) if dtype is None else dtypes.canonicalize_dtype(dtype)
    compute = _wide(to_inexact(result))
    total = sum(cast(x, compute), axes, keepdims=keepdims, where=where)
    n = _counted("mean", x, axes, where, keepdims)
    return cast(divide(total, n if isinstance(n, float) else cast(n, compute)), result)


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: Any = None,
) -> Array:
    """Variance over axes: the mean squared distance from the mean; real for complex numbers.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      dtype: dtype of the result.
      out: not supported; must be None.
      ddof: the divisor is the number of elements less this.
      keepdims: keep the reduced axes with size 1.
      where: boolean array that broadcasts to `a`: which elements count.
      mean: the mean, if known; of a shape that broadcasts against `a`.
      correction: another name of `ddof`.

    Reference: NumPy, numpy.var.
    """
    x = strong_array("var", a)
    no_out("var", out)
    if correction is not None:
        if not (isinstance(ddof, int) and ddof == 0):
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    return _variance("var", x, axis, dtype, ddof, keepdims, where, mean)


def _variance(name: str, x: Array, axis: Any, dtype: Any, ddof: Any, keepdims: bool, where: Any, known_mean: Any) -> Array:
    axes = reduction_axes(axis, x.ndim)
    base = to_inexact(x.dtype)
    if dtype is not None:
        base, _ = dtypes.promote((base, False), (to_inexact(dtypes.canonicalize_dtype(dtype)), False))
    compute = _wide(base)
    x = cast(x, compute)
    center = mean(x, axes, keepdims=True, where=where) if known_mean is None else known_mean
    distance = subtract(x, center)
    if T.is_complex(distance.aval.dtype):
        re, im = pb.real(distance), pb.imag(distance)
        squares = pb.add(pb.integer_pow(re, y=2), pb.integer_pow(im, y=2))
    else:
        squares = pb.integer_pow(distance, y=2)
    total = sum(squares, axes, keepdims=keepdims, where=where)
    n = _counted(name, x, axes, where, keepdims)
    out = divide(total, subtract(n, ddof) if isinstance(n, Array) or not isinstance(ddof, (int, float)) else n - ddof)
    result = np.dtype(T.np_dtype(T.real_of(T.from_np(base)))) if dtype is None else dtypes.canonicalize_dtype(dtype)
    return cast(out, result)


def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = None,
    mean: Any = None,
    correction: Any = None,
) -> Array:
    """Standard deviation over axes: the root of the variance.

    Args:
      a: array or scalar.
      axis, dtype, out, ddof, keepdims, where, mean, correction: as in `var`.

    Reference: NumPy, numpy.std.
    """
    check_arraylike("std", a)
    no_out("std", out)
    return sqrt(var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))  # type: ignore[no-any-return]


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """Weighted mean over axes.

    Args:
      a: array or scalar.
      axis: integer or tuple of integers; by default all axes.
      weights: array of the shape of `a`, or of its size along `axis`; by default all ones.
      returned: return ``(average, sum of weights)``.
      keepdims: keep the reduced axes with size 1.

    Raises:
      TypeError, ValueError: the weights do not fit.

    Reference: NumPy, numpy.average.
    """
    if weights is None:
        x = strong_array("average", a)
        out = mean(x, axis, keepdims=keepdims)
        if not returned:
            return out
        n = _count(x, reduction_axes(axis, x.ndim))
        return out, splat(out.shape, out.dtype, n)
    check_arraylike("average", a, weights)
    x, w = promote_args_inexact("average", as_array(a), _weights(as_array(a), as_array(weights), axis))
    w = broadcast_to(w, x.shape)
    total = sum(w, axis, keepdims=keepdims)
    out = divide(sum(multiply(x, w), axis, keepdims=keepdims), total)
    return (out, broadcast_to(total, out.shape)) if returned else out


def _weights(x: Array, w: Array, axis: Any) -> Array:
    if w.shape == x.shape:
        return w
    if axis is None:
        raise ArgumentError("Axis must be specified when shapes of a and weights differ.")
    if isinstance(axis, (tuple, list)):
        axes = [canonical_axis(i, x.ndim) for i in axis]
        if w.shape != tuple(x.shape[i] for i in axes):
            raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
        order = sorted(range(len(axes)), key=lambda i: axes[i])
        w = w if order == list(range(len(axes))) else pb.transpose(w, perm=tuple(order))
        return pb.reshape(w, shape=tuple(d if i in axes else 1 for i, d in enumerate(x.shape)))  # type: ignore[no-any-return]
    if w.ndim != 1:
        raise ArgumentError("1D weights expected when shapes of a and weights differ.")
    axis = canonical_axis(axis, x.ndim)
    if w.shape[0] != x.shape[axis]:
        raise ValueError("Length of weights not compatible with specified axis.")
    return pb.reshape(w, shape=tuple(x.shape[axis] if i == axis else 1 for i in range(x.ndim)))  # type: ignore[no-any-return]
