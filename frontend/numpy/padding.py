"""`pad`: makes an array larger at its borders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import errors, lax
from ..array import Array
from ..trace import Tracer
from .util import arrays_of, as_array, cast

__all__ = ["pad"]

_STATISTICS = ("maximum", "minimum", "mean", "median")
_BY_INDEX = ("reflect", "symmetric", "wrap")
_OPTIONS = {
    "constant": ("constant_values",),
    "linear_ramp": ("end_values",),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
    **dict.fromkeys(_STATISTICS, ("stat_length",)),
}


def _pairs(value: Any, ndim: int, what: str) -> list[tuple[int, int]]:
    """(before, after) for each axis, of NumPy's forms: a number, a pair, a pair for each axis, or a dict of axes."""
    if isinstance(value, dict):
        result: list[Any] = [(0, 0)] * ndim
        for axis, w in value.items():
            result[axis] = (w, w) if isinstance(w, (int, np.integer)) else tuple(w)
        value = result
    if any(isinstance(v, Tracer) for v in ([value] if not isinstance(value, (tuple, list)) else value)):
        raise errors.ConcretizationTypeError(f"pad: {what} must be concrete integers, got a traced array")
    widths = np.asarray(value)
    if widths.dtype.kind not in "iu":
        raise TypeError(f"pad: `{what}` must be integers, got {value!r}")
    try:
        full = np.broadcast_to(widths, (ndim, 2))
    except ValueError:
        raise ValueError(f"pad: {what}={value!r} does not fit an array of {ndim} dimensions") from None
    if (full < 0).any():
        raise ValueError(f"pad: index can't contain negative values, got {what}={value!r}")
    return [(int(b), int(a)) for b, a in full]


def _value_pairs(value: Any, ndim: int, dtype: Any) -> list[tuple[Array, Array]]:
    """The two values of each axis as scalars; the forms are those of `_pairs`."""
    from . import asarray
    from .util import broadcast_to

    values = cast(asarray(value), dtype)
    if values.ndim == 0:
        return [(values, values)] * ndim
    values = broadcast_to(values, (ndim, 2))

    def at(i: int, j: int) -> Array:
        return lax.reshape(lax.slice(values, (i, j), (i + 1, j + 1)), ())

    return [(at(i, 0), at(i, 1)) for i in range(ndim)]


def pad(array: Any, pad_width: Any, mode: str | Callable[..., Any] = "constant", **kwargs: Any) -> Array:
    """Adds elements before the first and after the last one of each axis.

    Args:
      array: array.
      pad_width: how many: a number, a pair (before, after), one pair for each axis, or a dict from axes to those.
      mode: "constant", "edge", "empty", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect", "symmetric" or "wrap".
      kwargs: `constant_values`, `end_values`, `stat_length` or `reflect_type`, as in NumPy.

    Raises:
      ValueError: an unknown mode or an option that the mode does not have.

    Reference: NumPy, numpy.pad.

    >>> import pullback.numpy as pnp
    >>> print(pnp.pad(pnp.array([1, 2, 3]), (1, 2), mode="edge"))
    [1 1 2 3 3 3]
    """
    (x,) = arrays_of("pad", array)
    widths = _pairs(pad_width, x.ndim, "pad_width")
    if callable(mode):
        raise NotImplementedError(
            "pad: a function as mode writes into the array in place, but arrays are immutable; use a named mode"
        )
    known = ("constant", "edge", "empty", "linear_ramp", *_BY_INDEX, *_STATISTICS)
    if mode not in known:
        raise ValueError(f"pad: unknown mode {mode!r}; modes: {', '.join(known)}")
    for option in kwargs:
        if option not in _OPTIONS.get(mode, ()):
            raise ValueError(f"pad: unsupported keyword argument {option!r} for mode {mode!r}")
    if mode in ("constant", "empty"):
        return _constant(x, widths, kwargs.get("constant_values", 0))
    for axis, (before, after) in enumerate(widths):
        if (before or after) and x.shape[axis] == 0:
            raise ValueError(f"pad: can't extend empty axis {axis} using mode {mode!r}; only 'constant' and 'empty' can")
    if mode == "linear_ramp":
        return _linear_ramp(x, widths, kwargs.get("end_values", 0))
    if mode in _STATISTICS:
        return _statistic(x, widths, mode, kwargs.get("stat_length"))
    if kwargs.get("reflect_type", "even") not in ("even", "odd"):
        raise ValueError(f"pad: reflect_type must be 'even' or 'odd', got {kwargs['reflect_type']!r}")
    odd = kwargs.get("reflect_type") == "odd"
    for axis, (before, after) in enumerate(widths):
        if not (before or after):
            continue
        if mode == "edge":
            x = _join(_spread(_part(x, 0, 1, axis), before, axis), x, _spread(_part(x, -1, None, axis), after, axis), axis)
        elif odd:
            x = _reflect_odd(x, before, after, axis, mode == "symmetric")
        else:
            from .take import take

            index = np.pad(np.arange(x.shape[axis]), (before, after), mode=mode)  # type: ignore[call-overload]
            x = take(x, index, axis, mode="clip")
    return x


def _constant(x: Array, widths: list[tuple[int, int]], values: Any) -> Array:
    zero = not isinstance(values, Array) and np.ndim(values) == 0
    if zero or as_array(values).ndim == 0:
        value = cast(as_array(values), x.dtype)
        return lax.pad(x, value, [(before, after, 0) for before, after in widths])
    for axis, ((before, after), (low, high)) in enumerate(zip(widths, _value_pairs(values, x.ndim, x.dtype))):
        for value, config in ((low, (before, 0, 0)), (high, (0, after, 0))):
            if config != (0, 0, 0):
                x = lax.pad(x, value, [config if i == axis else (0, 0, 0) for i in range(x.ndim)])
    return x


def _part(x: Array, start: int | None, stop: int | None, axis: int) -> Array:
    return lax.slice_in_dim(x, start, stop, axis=axis)


def _spread(x: Array, size: int, axis: int) -> Array:
    """`x`, of size 1 along the axis, repeated."""
    return lax.broadcast_in_dim(x, (*x.shape[:axis], size, *x.shape[axis + 1 :]), tuple(range(x.ndim)))


def _join(before: Array, x: Array, after: Array, axis: int) -> Array:
    parts = [p for p in (before, x, after) if p.shape[axis]]
    return lax.concatenate(parts, axis) if parts else x


def _linear_ramp(x: Array, widths: list[tuple[int, int]], end_values: Any) -> Array:
    from . import linspace

    ends = _value_pairs(end_values, x.ndim, x.dtype)
    for axis, ((before, after), (low, high)) in enumerate(zip(widths, ends)):
        first, last = _part(x, 0, 1, axis), _part(x, -1, None, axis)

        def ramp(end: Array, edge: Array, size: int, axis: int = axis) -> Array:
            edge = lax.reshape(edge, (*edge.shape[:axis], *edge.shape[axis + 1 :]))
            return linspace(lax.broadcast(end, edge.shape), edge, size, endpoint=False, dtype=edge.dtype, axis=axis)

        head = ramp(low, first, before) if before else _part(x, 0, 0, axis)
        tail = lax.rev(ramp(high, last, after), (axis,)) if after else _part(x, 0, 0, axis)
        x = _join(head, x, tail, axis)
    return x


def _statistic(x: Array, widths: list[tuple[int, int]], mode: str, stat_length: Any) -> Array:
    import pullback.numpy as pnp

    function = {"maximum": "max", "minimum": "min"}.get(mode, mode)
    lengths = [(n, n) for n in x.shape] if stat_length is None else _pairs(stat_length, x.ndim, "stat_length")
    for axis, ((before, after), (first, last)) in enumerate(zip(widths, lengths)):
        n = x.shape[axis]
        if 0 in (first, last):
            raise ValueError(f"pad: stat_length of 0 yields no value for mode {mode!r}")

        def value(part: Array, axis: int = axis) -> Array:
            out = getattr(pnp, function)(part, axis=axis, keepdims=True)
            if part.dtype.kind in "iu" and out.dtype != part.dtype:
                out = pnp.round(out)
            return cast(out, part.dtype)

        low = value(_part(x, 0, min(first, n), axis))
        high = value(_part(x, n - min(last, n), n, axis))
        x = _join(_spread(low, before, axis), x, _spread(high, after, axis), axis)
    return x


def _reflect_odd(x: Array, before: int, after: int, axis: int, symmetric: bool) -> Array:
    """Reflection through the edge value: ``2 edge - x``. Amounts beyond one reflection are added step by step."""
    from . import subtract

    while before or after:
        n = x.shape[axis]
        step = n if symmetric else n - 1
        skip = 0 if symmetric else 1
        if step == 0:  # a single element reflects onto itself
            first = _part(x, 0, 1, axis)
            return _join(_spread(first, before, axis), x, _spread(first, after, axis), axis)
        low, high = min(before, step), min(after, step)
        first, last = _part(x, 0, 1, axis), _part(x, -1, None, axis)
        head = subtract(_double(first), lax.rev(_part(x, skip, skip + low, axis), (axis,)))
        tail = subtract(_double(last), lax.rev(_part(x, n - skip - high, n - skip, axis), (axis,)))
        x = _join(head, x, tail, axis)
        before, after = before - low, after - high
    return x


def _double(x: Array) -> Array:
    return lax.add(x, x)
