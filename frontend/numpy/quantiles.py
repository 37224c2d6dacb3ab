"""Quantiles, percentiles and medians, with and without NaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import types as T
from pullback.dialects.indexing import default_fill, gather_attrs
from pullback.dialects.windows import Windows

from ..array import Array, ConcreteArray
from . import reductions as R
from .choice import where as choose
from .emit import is_traced, pb, splat, wrap
from .logic import isnan
from .moments import count, wide
from .ufuncs import add, divide, multiply, no_out, subtract
from .util import (
    as_array,
    broadcast_to,
    cast,
    check_arraylike,
    default_int,
    reduction_axes,
    strong_array,
    to_inexact,
)

# Quantiles ---------------------------------------------------------------------------------------------------------------
_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(
    name: str, a: Any, q: Any, axis: Any, out: Any, method: str, keepdims: bool, weights: Any, skip_nan: bool, scale: float
) -> Array:
    check_arraylike(name, a, q)
    no_out(name, out)
    if weights is not None:
        raise NotImplementedError(f"{name}: weights are not supported")
    if method not in _METHODS:
        raise ValueError(f"method can only be {', '.join(map(repr, _METHODS))}; got {method!r}")
    x, fractions = strong_array(name, a), as_array(q)
    x = cast(x, to_inexact(x.dtype))
    if T.is_complex(x.aval.dtype):
        raise ValueError(f"{name} does not support complex input, as the operation is poorly defined.")
    if fractions.ndim > 1:
        raise ValueError(f"q must have at most 1 dimension, got shape {fractions.shape}")
    result = x.dtype
    x = cast(x, wide(x.dtype))
    fractions = divide(cast(fractions, x.dtype, True), scale) if scale != 1 else cast(fractions, x.dtype, True)
    axes = reduction_axes(axis, x.ndim)
    shape = x.shape
    kept = [i for i in range(x.ndim) if i not in axes]
    x = pb.reshape(pb.transpose(x, perm=(*axes, *kept)), shape=(count(x, axes), *(shape[i] for i in kept)))
    if x.shape[0] == 0:
        raise ValueError(f"{name} of an empty axis is not defined")
    values = cast(_quantiles(x, fractions, method, skip_nan), result)
    if keepdims:
        front = fractions.shape
        values = pb.reshape(values, shape=(*front, *(1 if i in axes else d for i, d in enumerate(shape))))
    return values


def _quantiles(x: Array, q: Array, method: str, skip_nan: bool) -> Array:
    """Quantiles along axis 0; the axis of `q`, if it has one, comes first."""
    n, rest = x.shape[0], x.shape[1:]
    missing = isnan(x)
    (ordered,) = _as_tuple(pb.sort(x, axis=0, num_keys=1))
    column = (q.size,) + (1,) * len(rest)
    fractions = pb.reshape(q, shape=column)
    if skip_nan:
        count = cast(pb.reshape(R.sum(pb.not_(missing), 0), shape=(1, *rest)), x.dtype)
        last = pb.sub(count, 1)
    else:
        count = last = splat((1,) * x.ndim, x.dtype, n - 1)
    if isinstance(q, ConcreteArray) and isinstance(last, ConcreteArray) and not is_traced(q) and x.dtype == np.float32:
        place: Array = wrap(q.host.astype(np.float64).reshape(column) * last.host)  # exact enough to hit whole positions
    else:
        place = multiply(fractions, last)
    low, high = pb.floor(place), pb.ceil(place)
    weight = cast(subtract(place, low), x.dtype)

    def at(position: Array) -> Array:
        index = cast(pb.min(pb.max(position, 0), n - 1), default_int())
        return _take(ordered, broadcast_to(index, (q.size, *rest)))

    if method == "linear":
        lower, upper = at(low), at(high)
        out = add(multiply(lower, subtract(1, weight)), multiply(upper, weight))
        out = choose(pb.compare(broadcast_to(weight, out.shape), 0, direction="EQ"), lower, out)
    elif method == "midpoint":
        out = multiply(add(at(low), at(high)), 0.5)
    elif method == "nearest":
        out = at(pb.round(place, mode="even"))
    else:
        out = at(low if method == "lower" else high)
    undefined = pb.compare(count, 0, direction="EQ") if skip_nan else pb.reshape(R.any(missing, 0), shape=(1, *rest))
    out = choose(undefined, np.nan, out)
    return pb.reshape(out, shape=(*q.shape, *rest))


def _take(x: Array, index: Array) -> Array:
    """Elements by their positions along axis 0, which are within bounds."""
    others = tuple(range(1, x.ndim))
    windows = Windows((), (0,), (0,), others, others, (1,) * x.ndim)
    attrs = gather_attrs(windows, "promise_in_bounds", default_fill(x.aval.dtype))
    return pb.gather(x, pb.reshape(index, shape=(*index.shape, 1)), **attrs)


def _as_tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)


def _quantile_function(name: str, skip_nan: bool, scale: float, text: str) -> Any:
    def f(
        a: Any,
        q: Any,
        axis: Any = None,
        out: None = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        weights: Any = None,
    ) -> Array:
        return _quantile(name, a, q, axis, out, method, keepdims, weights, skip_nan, scale)

    arguments = f"""q: scalar or array of 1 dimension, from 0 to {scale:g}; its axis comes first in the result.
      axis: integer or tuple of integers; by default all axes.
      out: not supported; must be None.
      overwrite_input: has no effect.
      method: what to take between two elements: {", ".join(map(repr, _METHODS))}.
      keepdims: keep the reduced axes with size 1.
      weights: not supported; must be None."""
    return R.document(f, name, text, arguments)


def _median_function(name: str, skip_nan: bool, text: str) -> Any:
    def f(a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False) -> Array:
        return _quantile(name, a, 0.5, axis, out, "midpoint", keepdims, None, skip_nan, 1)

    arguments = """axis: integer or tuple of integers; by default all axes.
      out: not supported; must be None.
      overwrite_input: has no effect.
      keepdims: keep the reduced axes with size 1."""
    return R.document(f, name, text, arguments)


quantile = _quantile_function("quantile", False, 1, "Quantiles over axes; NaN if there is one.")
percentile = _quantile_function("percentile", False, 100, "Percentiles over axes; NaN if there is one.")
nanquantile = _quantile_function("nanquantile", True, 1, "Quantiles over axes of the elements that are not NaN.")
nanpercentile = _quantile_function("nanpercentile", True, 100, "Percentiles over axes of the elements that are not NaN.")
median = _median_function(
    "median", False, "Median over axes: the middle element, or the mean of the two middle ones; NaN if there is one."
)
nanmedian = _median_function("nanmedian", True, "Median over axes of the elements that are not NaN.")
