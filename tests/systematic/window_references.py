"""References of convolutions and of reductions over windows; see `references.py`. Loops over places and window elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import scipy.special


def size_of(n: int, low: int, high: int, base: int, window: int, gap: int, stride: int) -> int:
    """How many places a window has: counted one by one."""
    length = (low + high + (n - 1) * base + 1) if n else low + high
    reach = (window - 1) * gap + 1 if window else 0
    return len([start for start in range(0, max(length, 0) + 1, stride) if start + reach <= length])


def elements(
    shape: Sequence[int], place: Sequence[int], window: Sequence[int], strides: Sequence[int], low: Any, base: Any, gaps: Any
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...] | None]]:
    """Places inside a window, in order, with the element of the operand there (None: padding)."""
    for inside in product(*map(range, window)):
        found: list[int] = []
        for n, at, k, stride, lo, spread, gap in zip(shape, place, inside, strides, low, base, gaps):
            position = at * stride + k * gap - lo
            if position % spread == 0 and 0 <= position // spread < n:
                found.append(position // spread)
        yield inside, (tuple(found) if len(found) == len(shape) else None)


def conv_general_dilated(lhs: Any, rhs: Any, **a: Any) -> Any:
    x, w = lhs.transpose(a["lhs_spec"]), rhs.transpose(a["rhs_spec"])
    features, batch = a["feature_group_count"], a["batch_group_count"]
    geometry = (a["pad_low"], a["pad_high"], a["lhs_dilation"], w.shape[2:], a["rhs_dilation"], a["window_strides"])
    counts = [size_of(*numbers) for numbers in zip(x.shape[2:], *geometry)]
    n, o = x.shape[0] // batch, w.shape[0]
    out = np.zeros((n, o, *counts), lhs.dtype)
    per_group, group_size = w.shape[1], o // (features * batch)
    for i, k in product(range(n), range(o)):
        group = k // group_size
        row = group * n + i if batch > 1 else i
        first = group * per_group if features > 1 else 0
        for place in product(*map(range, counts)):
            total = lhs.dtype.type(0)
            for inside, at in elements(
                x.shape[2:], place, w.shape[2:], a["window_strides"], a["pad_low"], a["lhs_dilation"], a["rhs_dilation"]
            ):
                if at is not None:
                    for j in range(per_group):
                        total = total + x[(row, first + j, *at)] * w[(k, j, *inside)]
            out[(i, k, *place)] = total
    return out.transpose(np.argsort(a["out_spec"]))


# Reductions over windows ---------------------------------------------------------------------------------------------------
def places_of(shape: Sequence[int], a: Any) -> list[int]:
    names = ("pad_low", "pad_high", "base_dilation", "window_dimensions", "window_dilation", "window_strides")
    return [size_of(*numbers) for numbers in zip(shape, *(a[k] for k in names))]


def inside_of(shape: Sequence[int], place: Sequence[int], a: Any) -> list[tuple[int, ...] | None]:
    """The elements of the operand in a window, None for padding."""
    names = ("window_dimensions", "window_strides", "pad_low", "base_dilation", "window_dilation")
    return [at for _, at in elements(shape, place, *(a[k] for k in names))]


def reduce_window(ufunc: Any, neutral: Any) -> Any:
    def reference(x: Any, **a: Any) -> Any:
        out = np.full(places_of(x.shape, a), neutral(x.dtype), x.dtype)
        for place in np.ndindex(out.shape):
            for at in inside_of(x.shape, place, a):
                if at is not None:
                    out[place] = ufunc(out[place], x[at])
        return out

    return reference


def window_arg(better: Any) -> Any:
    def reference(x: Any, **a: Any) -> Any:
        out = np.full(places_of(x.shape, a), -1, np.int32)
        for place in np.ndindex(out.shape):
            found = [(i, x[at].item()) for i, at in enumerate(inside_of(x.shape, place, a)) if at is not None]
            nans = [i for i, v in found if v != v]
            if nans or found:
                out[place] = nans[0] if nans else next(i for i, v in found if not any(better(w, v) for _, w in found))
        return out

    return reference


def chosen(shape: Sequence[int], number: Any, a: Any) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Places, and the elements of the operand that are chosen there, where there is one."""
    for place in np.ndindex(number.shape):
        found = inside_of(shape, place, a)
        n = number[place]
        at = found[n] if 0 <= n < len(found) else None
        if at is not None:
            yield place, at


def window_gather(x: Any, number: Any, **a: Any) -> Any:
    out = np.zeros(number.shape, x.dtype)
    for place, at in chosen(x.shape, number, a):
        out[place] = x[at]
    return out


def window_scatter_add(x: Any, number: Any, *, shape: Any, **a: Any) -> Any:
    out = np.zeros(shape, x.dtype)
    for place, at in chosen(shape, number, a):
        out[at] += x[place]
    return out


# Others --------------------------------------------------------------------------------------------------------------------
def cumlogsumexp(x: Any, *, axis: int, reverse: bool) -> Any:
    out = np.empty_like(x)
    for i in range(x.shape[axis]):
        part = np.take(x, range(i, x.shape[axis]) if reverse else range(i + 1), axis)
        at = (slice(None),) * axis + (i,)
        out[at] = np.asarray(scipy.special.logsumexp(part, axis))
    return out


def reduce_precision(x: Any, *, exponent_bits: int, mantissa_bits: int) -> Any:
    fraction, exponent = np.frexp(x)  # numbers of the examples in f64 are inside the range of exponents
    return np.ldexp(np.rint(np.ldexp(fraction, mantissa_bits + 1)), exponent - mantissa_bits - 1)
