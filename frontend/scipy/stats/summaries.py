"""Summaries of samples: the most frequent value, ranks, the standard error of the mean."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ... import dtypes, lax
from ... import numpy as pnp
from ...array import Array
from ...lax.util import canonical_axis, cast
from ...numpy.util import arrays_of, default_float, default_int, promote_args_inexact


class ModeResult(NamedTuple):
    """What `mode` returns: the most frequent values, and how often they occur."""

    mode: Array
    count: Array  # type: ignore[assignment]  # tuples have a method of this name, which nobody needs here


def _check_policy(fname: str, nan_policy: str, known: tuple[str, ...]) -> None:
    if nan_policy not in ("propagate", "omit", "raise"):
        raise ValueError(f"Illegal nan_policy value {nan_policy!r}; expected one of {{'propagate', 'omit', 'raise'}}")
    if nan_policy == "raise":
        raise ValueError(f"{fname}: nan_policy 'raise' is not supported, since a compiled program cannot raise errors")
    if nan_policy not in known:
        raise NotImplementedError(f"{fname}: nan_policy {nan_policy!r} is not supported; it must be one of {known}")


def _along_last(x: Array, axis: Any) -> Array:
    """With the axis last; None means all axes, as one."""
    return pnp.ravel(x) if axis is None else pnp.moveaxis(x, canonical_axis(axis, x.ndim), -1)


def _run_starts(ordered: Array) -> tuple[Array, Array]:
    """Of sorted elements along the last axis: which differ from the one before, and the positions of the elements."""
    position = lax.broadcasted_iota(default_int(), ordered.shape, ordered.ndim - 1)
    before = pnp.roll(ordered, 1, -1)
    differs = ordered != before
    if dtypes.is_inexact(ordered.dtype):  # NaNs count as equal
        differs = differs & ~(pnp.isnan(ordered) & pnp.isnan(before))
    return differs | (position == 0), position


def mode(a: Any, axis: int | None = 0, nan_policy: str = "propagate", keepdims: bool = False) -> ModeResult:
    """The most frequent value along an axis, the smallest one of several.

    Args:
      a: array of real numbers.
      axis: the axis; None for all.
      nan_policy: "propagate": NaN is a value like others.
      keepdims: keep the axis with size 1.

    Returns:
      ``(mode, count)``.

    Raises:
      NotImplementedError: another `nan_policy`.

    Reference: SciPy, scipy.stats.mode.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy import stats
    >>> stats.mode(pnp.array([2, 4, 1, 1, 3, 4, 4]))
    ModeResult(mode=Array(4, dtype=int32), count=Array(3, dtype=int32))
    """
    _check_policy("mode", nan_policy, ("propagate",))
    (x,) = arrays_of("mode", a)
    if x.ndim == 0:
        x = pnp.reshape(x, (1,))
    moved = _along_last(x, axis)
    if moved.shape[-1] == 0:
        shape = moved.shape[:-1]
        values = pnp.full(shape, np.nan, x.dtype if dtypes.is_inexact(x.dtype) else default_float())
        counts = pnp.zeros(shape, values.dtype)
    else:
        ordered = lax.stop_gradient(pnp.sort(moved, -1))
        starts, position = _run_starts(ordered)
        lengths = position - lax.cummax(pnp.where(starts, position, 0), ordered.ndim - 1) + 1
        best = pnp.argmax(lengths, -1, keepdims=True)
        values = pnp.squeeze(pnp.take_along_axis(ordered, best, -1), -1)
        counts = pnp.max(lengths, -1)
    if keepdims:
        values, counts = (
            pnp.reshape(v, (1,) * x.ndim) if axis is None else pnp.expand_dims(v, canonical_axis(axis, x.ndim))
            for v in (values, counts)
        )
    return ModeResult(values, counts)


def rankdata(a: Any, method: str = "average", *, axis: int | None = None, nan_policy: str = "propagate") -> Array:
    """Ranks of the elements along an axis, beginning with 1.

    Args:
      a: array of real numbers.
      method: the rank of equal elements: "average", "min" or "max" of their ranks, "dense" (the next larger element has the next
        rank), or "ordinal" (in the order in which they occur).
      axis: the axis; None for all elements of the array, flattened.
      nan_policy: "propagate": along an axis with a NaN all ranks are NaN.

    Returns:
      Array of floats.

    Raises:
      ValueError: another method. NotImplementedError: another `nan_policy`.

    Reference: SciPy, scipy.stats.rankdata.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy import stats
    >>> stats.rankdata(pnp.array([3, 1, 1, 2]))
    Array([4. , 1.5, 1.5, 3. ], dtype=float32)
    """
    _check_policy("rankdata", nan_policy, ("propagate",))
    if method not in ("average", "min", "max", "dense", "ordinal"):
        raise ValueError(f"unknown method {method!r}; it must be 'average', 'min', 'max', 'dense' or 'ordinal'")
    (x,) = arrays_of("rankdata", a)
    moved = _along_last(x, axis)
    order = pnp.argsort(moved, -1)
    back = pnp.argsort(order, -1)
    last = moved.ndim - 1
    if method == "ordinal":
        ranks = back + 1
    else:
        starts, position = _run_starts(pnp.take_along_axis(moved, order, -1))
        if method == "dense":
            ranks = lax.cumsum(cast(starts, default_int()), last)
        else:
            size = moved.shape[-1]
            low = lax.cummax(pnp.where(starts, position, 0), last) + 1
            ends = pnp.concatenate([starts[..., 1:], pnp.ones_like(starts[..., :1])], -1)
            high = lax.cummin(pnp.where(ends, position, size), last, reverse=True) + 1
            ranks = {"min": low, "max": high}[method] if method != "average" else (low + high) / 2
        ranks = pnp.take_along_axis(ranks, back, -1)
    ranks = cast(ranks, default_float())
    if dtypes.is_inexact(moved.dtype):
        ranks = pnp.where(pnp.any(pnp.isnan(moved), -1, keepdims=True), np.nan, ranks)
    return ranks if axis is None else pnp.moveaxis(ranks, -1, axis)


def sem(a: Any, axis: int | None = 0, ddof: int = 1, nan_policy: str = "propagate", *, keepdims: bool = False) -> Array:
    """Standard error of the mean along an axis.

    Args:
      a: array; integers become floats.
      axis: the axis; None for all.
      ddof: what is subtracted from the number of elements in the variance's denominator.
      nan_policy: "propagate", or "omit": NaNs do not count.
      keepdims: keep the axis with size 1.

    Raises:
      ValueError: another `nan_policy`.

    Reference: SciPy, scipy.stats.sem.

    >>> import pullback.numpy as pnp
    >>> from pullback.scipy import stats
    >>> print(stats.sem(pnp.array([1.0, 2.0, 3.0, 4.0])).round(4))
    0.6455
    """
    _check_policy("sem", nan_policy, ("propagate", "omit"))
    (x,) = promote_args_inexact("sem", a)
    if nan_policy == "omit":
        count = cast(pnp.sum(~pnp.isnan(x), axis, keepdims=keepdims), x.dtype)
        return pnp.nanstd(x, axis, ddof=ddof, keepdims=keepdims) / pnp.sqrt(count)
    size = x.size if axis is None else x.shape[canonical_axis(axis, x.ndim)]
    return pnp.std(x, axis, ddof=ddof, keepdims=keepdims) / np.asarray(np.sqrt(size), x.dtype)
