"""Running sums and products, differences, integrals."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..array import Array
from . import reductions as R
from .emit import pb, splat
from .logic import isnan
from .ufuncs import add, divide, multiply, no_out, not_equal, subtract
from .util import (
    arrays_of,
    as_array,
    broadcast_to,
    canonical_axes,
    canonical_axis,
    cast,
    check_arraylike,
    default_int,
    promote_dtypes,
    strong_array,
    to_inexact,
)


# Running sums and products -----------------------------------------------------------------------------------------------
def _running(name: str, x: Array, axis: Any, dtype: Any, op: Any, neutral: int | None) -> Array:
    if axis is None:
        x = pb.reshape(x, shape=(x.size,))
        axis = 0
    axis = canonical_axis(axis, x.ndim)
    if neutral is not None and dtypes.is_inexact(x.dtype):
        x = pb.select(isnan(x), neutral, x)
    target = dtypes.requested_dtype(dtype, name) if dtype is not None else (default_int() if x.dtype == np.bool_ else x.dtype)
    if target == np.bool_:
        return cast(op(cast(x, default_int()), axis=axis, reverse=False), target)
    return op(cast(x, target), axis=axis, reverse=False)


def _cumulative(name: str, op: Any, neutral: int | None, text: str) -> Any:
    def f(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Array:
        x = strong_array(name, a)
        no_out(name, out)
        return _running(name, x, axis, dtype, op, neutral)

    arguments = """axis: integer; by default along the flattened array.
      dtype: dtype of the computation and the result.
      out: not supported; must be None."""
    return R.document(f, name, text, arguments)


cumsum = _cumulative("cumsum", pb.cumsum, None, "Sums of the elements up to each position along an axis.")
cumprod = _cumulative("cumprod", pb.cumprod, None, "Products of the elements up to each position along an axis.")
nancumsum = _cumulative("nancumsum", pb.cumsum, 0, "Running sums along an axis, NaN counting as 0.")
nancumprod = _cumulative("nancumprod", pb.cumprod, 1, "Running products along an axis, NaN counting as 1.")


def _standard_cumulative(name: str, op: Any, neutral: int, text: str) -> Any:
    def f(x: Any, /, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Array:
        a = strong_array(name, x)
        if axis is None:
            if a.ndim != 1:
                raise ValueError(f"The input array has rank {a.ndim}, however `axis` was not set to an explicit value.")
            axis = 0
        axis = canonical_axis(axis, a.ndim)
        if dtype is None:
            dtype = R.sum_dtype(name, a.dtype, None)
        out = _running(name, a, axis, dtype, op, None)
        if include_initial:
            shape = tuple(1 if i == axis else d for i, d in enumerate(out.shape))
            out = pb.concatenate(splat(shape, out.dtype, neutral), out, axis=axis)
        return out

    f = R.document(
        f,
        name,
        text,
        "axis, dtype: as in the cumulative function of NumPy.\n      include_initial: begin with the neutral element.",
    )
    f.__doc__ = str(f.__doc__).replace("a: array or scalar.", "x: array.").replace("`a`", "`x`")
    return f


cumulative_sum = _standard_cumulative("cumulative_sum", pb.cumsum, 0, "Sums of the elements up to each position along an axis.")
cumulative_prod = _standard_cumulative(
    "cumulative_prod", pb.cumprod, 1, "Products of the elements up to each position along an axis."
)


# Differences -------------------------------------------------------------------------------------------------------------
def part(x: Array, axis: int, start: Any, stop: Any) -> Array:
    """``x[start:stop]`` along an axis, for bounds within its size."""
    low, high = [0] * x.ndim, list(x.shape)
    low[axis], high[axis] = start, stop
    return pb.slice(x, start=tuple(low), limit=tuple(high), strides=(1,) * x.ndim)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    """Differences of neighbours along an axis, taken `n` times; of booleans, whether they differ.

    Args:
      a: array.
      n: how many times.
      axis: the axis.
      prepend, append: arrays or scalars to put in front of or behind `a` first.

    Raises:
      ValueError: `a` has no dimension, or `n` is negative.

    Reference: NumPy, numpy.diff.

    >>> import pullback.numpy as pnp
    >>> pnp.diff(pnp.array([1, 4, 9, 16]))
    Array([3, 5, 7], dtype=int32)
    """
    (x,) = arrays_of("diff", a)
    if n == 0:
        return x
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if x.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = canonical_axis(axis, x.ndim)
    pieces = []
    for extra in (prepend, x, append):
        if extra is None:
            continue
        (extra,) = arrays_of("diff", extra)
        if extra.ndim == 0:
            extra = broadcast_to(extra, tuple(1 if i == axis else d for i, d in enumerate(x.shape)))
        pieces.append(extra)
    if len(pieces) > 1:
        x = pb.concatenate(*promote_dtypes(*pieces), axis=axis)
    for _ in range(n):
        size = x.shape[axis]
        if size == 0:
            return x
        high, low = part(x, axis, 1, size), part(x, axis, 0, size - 1)
        x = not_equal(high, low) if x.dtype == np.bool_ else pb.sub(high, low)
    return x


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Array:
    """Differences of neighbours of the flattened array.

    Args:
      ary: array.
      to_end, to_begin: what to put behind and in front of the differences.

    Reference: NumPy, numpy.ediff1d.

    >>> import pullback.numpy as pnp
    >>> pnp.ediff1d(pnp.array([1, 4, 9]), to_end=0)
    Array([3, 5, 0], dtype=int32)
    """
    (x,) = arrays_of("ediff1d", ary)
    out = diff(pb.reshape(x, shape=(x.size,)))
    if out.dtype == np.bool_:
        raise TypeError("ediff1d does not accept dtype bool: booleans have no difference; use logical_xor of neighbours")
    pieces = [out]
    for extra, front in ((to_begin, True), (to_end, False)):
        if extra is not None:
            from .creation import asarray

            e = asarray(extra)
            e = cast(pb.reshape(e, shape=(e.size,)), out.dtype)
            pieces.insert(0, e) if front else pieces.append(e)
    return out if len(pieces) == 1 else pb.concatenate(*pieces, axis=0)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Array:
    """Integral along an axis by the trapezoidal rule.

    Args:
      y: values.
      x: the places they are at; by default `dx` apart.
      dx: distance of the places.
      axis: the axis.

    Reference: NumPy, numpy.trapezoid.

    >>> import pullback.numpy as pnp
    >>> pnp.trapezoid(pnp.array([1.0, 2.0, 3.0]), dx=0.5)
    Array(2., dtype=float32)
    """
    check_arraylike("trapezoid", y, *(() if x is None else (x,)))
    values = as_array(y)
    values = cast(values, to_inexact(values.dtype), values.weak_type)
    axis = canonical_axis(axis, values.ndim)
    n = values.shape[axis]
    pairs = add(part(values, axis, 1, n), part(values, axis, 0, n - 1)) if n else values
    if x is None:
        return multiply(multiply(dx, 0.5), R.sum(pairs, axis))
    places = as_array(x)
    step = diff(places) if places.ndim == 1 else diff(places, axis=axis)
    if places.ndim == 1:
        step = pb.reshape(step, shape=tuple(step.shape[0] if i == axis else 1 for i in range(values.ndim)))
    return multiply(0.5, R.sum(multiply(step, pairs), axis))


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int | None = None) -> Any:
    """Derivatives of sampled values by central differences, one-sided at the ends.

    Args:
      f: array of values.
      varargs: distances of the samples: one scalar for all axes, or a scalar or coordinates (1 dimension) for each.
      axis: axis or axes; by default all.
      edge_order: 1 or 2: order of the differences at the ends.

    Returns:
      An array, or a list of one array for each axis if there are several.

    Raises:
      ValueError: a dimension is too small, or distances do not fit.

    Reference: NumPy, numpy.gradient.

    >>> import pullback.numpy as pnp
    >>> pnp.gradient(pnp.array([1.0, 4.0, 9.0]))
    Array([3., 4., 5.], dtype=float32)
    """
    (x,) = arrays_of("gradient", f)
    x = cast(x, to_inexact(x.dtype), x.weak_type)
    axes = tuple(range(x.ndim)) if axis is None else canonical_axes(axis, x.ndim, "axis")
    order = 1 if edge_order is None else edge_order
    if order not in (1, 2):
        raise ValueError(f"edge_order must be 1 or 2, got {edge_order}")
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError(f"gradient takes no, one, or {len(axes)} distances, got {len(varargs)}")
    spacing = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    out = [_gradient_along(x, i, _distance(h, x.shape[i]), order) for i, h in zip(axes, spacing)]
    return out[0] if len(axes) == 1 else out


def _distance(h: Any, size: int) -> Array:
    check_arraylike("gradient", h)
    step = as_array(h)
    if step.ndim == 0:
        return step
    if step.shape != (size,):
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    return diff(step)


def _gradient_along(x: Array, axis: int, h: Array, order: int) -> Array:
    n = x.shape[axis]
    if n < order + 1:
        raise ValueError(f"Shape of array too small to calculate a numerical gradient, at least {order + 1} elements are required.")

    def at(i: int) -> Array:
        i = i % n
        return part(x, axis, i, i + 1)

    def step(i: int) -> Array:
        if h.ndim == 0:
            return h
        i = i % (n - 1)
        return pb.reshape(part(h, 0, i, i + 1), shape=())

    if order == 1:
        first, last = divide(subtract(at(1), at(0)), step(0)), divide(subtract(at(-1), at(-2)), step(-1))
    else:
        first = _three_point(step(0), step(1), at(0), at(1), at(2), -1)
        last = _three_point(step(-1), step(-2), at(-1), at(-2), at(-3), 1)
    pieces = [first]
    if n > 2:
        low, middle, high = part(x, axis, 0, n - 2), part(x, axis, 1, n - 1), part(x, axis, 2, n)
        if h.ndim == 0:
            pieces.append(divide(subtract(high, low), multiply(2, h)))
        else:
            shape = tuple(n - 2 if i == axis else 1 for i in range(x.ndim))
            left, right = (pb.reshape(part(h, 0, k, k + n - 2), shape=shape) for k in (0, 1))
            both = add(left, right)
            a = divide(multiply(-1, right), multiply(left, both))
            b = divide(subtract(right, left), multiply(left, right))
            c = divide(left, multiply(right, both))
            pieces.append(add(add(multiply(a, low), multiply(b, middle)), multiply(c, high)))
    pieces.append(last)
    return pb.concatenate(*promote_dtypes(*pieces), axis=axis)


def _three_point(near: Array, far: Array, p: Array, q: Array, r: Array, side: int) -> Array:
    """Second-order difference at the end `p`, from the neighbours `q` and `r` at the distances `near` and `far`."""
    both = add(near, far)
    a = divide(add(multiply(2, near), far), multiply(near, both))
    b = divide(both, multiply(near, far))
    c = divide(near, multiply(far, both))
    out = add(subtract(multiply(a, p), multiply(b, q)), multiply(c, r))
    return multiply(side, out)
