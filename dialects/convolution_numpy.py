"""Convolution in NumPy: windows are gathered into a matrix, which one matrix product multiplies with the kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import types as T

Attrs = dict[str, Any]

#: Elements of the matrix of windows that are made at once. A larger matrix leaves the cache before the product reads it.
_MATRIX_SIZE = 1 << 22


def dilated(size: Any, dilation: Any) -> Any:
    """Size of a dimension whose elements are moved `dilation` apart."""
    return size if dilation == 1 or size == 0 else (size - 1) * dilation + 1


def spread_and_pad(x: Any, axes: Sequence[int], low: Sequence[int], high: Sequence[int], dilation: Sequence[int], fill: Any) -> Any:
    """`x` with elements `dilation` apart along `axes`, and padded there; `fill` everywhere else. Negative padding removes."""
    if not any(low) and not any(high) and all(n == 1 for n in dilation):
        return x
    shape = list(x.shape)
    source, target = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    for axis, lo, hi, step in zip(axes, low, high, dilation):
        n = x.shape[axis]
        shape[axis] = size = dilated(n, step) + lo + hi
        first = max(0, -(lo // step))  # the first element that is not removed
        last = min(n - 1, (size - 1 - lo) // step)
        source[axis] = slice(first, max(last + 1, first))
        begin = lo + first * step
        target[axis] = slice(begin, begin + max(last - first + 1, 0) * step, step)
    out = np.empty(shape, x.dtype) if fill is None else np.full(shape, fill, x.dtype)
    if all(s.stop is None or s.stop > s.start for s in source):
        out[tuple(target)] = x[tuple(source)]
    return out


def windows(
    x: Any, axes: Sequence[int], sizes: Sequence[int], strides: Sequence[int], dilation: Sequence[int], counts: Sequence[int]
) -> Any:
    """A view with a further dimension at the end for each of `axes`, which runs inside a window; `axes` run over windows."""
    shape, steps = list(x.shape), list(x.strides)
    for axis, stride, count in zip(axes, strides, counts):
        shape[axis] = count
        steps[axis] *= stride
    inner = [x.strides[axis] * d for axis, d in zip(axes, dilation)]
    return as_strided(x, (*shape, *sizes), (*steps, *inner), writeable=False)


def evaluate(lhs: Any, rhs: Any, **attrs: Any) -> Any:
    if lhs.dtype.itemsize <= 2 and T.is_float(T.from_np(lhs.dtype)):  # accumulate in f32, as compiled code does
        return evaluate(lhs.astype(np.float32), rhs.astype(np.float32), **attrs).astype(lhs.dtype)
    for i, d in enumerate(attrs["lhs_dilation"]):
        if d > 1 and attrs["window_strides"][i] == attrs["rhs_dilation"][i] == 1:
            return _by_phases(lhs, rhs, attrs, i)
    groups = attrs["feature_group_count"] * attrs["batch_group_count"]
    spatial = range(3, lhs.ndim + 1)
    # as [group, batch, feature, spatial...] and [group, out feature, in feature, spatial...]: views, which copy nothing
    x, w = np.transpose(lhs, attrs["lhs_spec"]), np.transpose(rhs, attrs["rhs_spec"])
    if attrs["batch_group_count"] > 1:
        x = x.reshape(groups, x.shape[0] // groups, *x.shape[1:])
    else:
        x = np.moveaxis(x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]), 1, 0)
    w = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
    counts = []
    for n, k, low, high, base, gap, stride in zip(
        x.shape[3:], w.shape[3:], *(attrs[k] for k in ("pad_low", "pad_high", "lhs_dilation", "rhs_dilation", "window_strides"))
    ):
        room = dilated(n, base) + low + high - dilated(k, gap)
        counts.append(0 if room < 0 else room // stride + 1)
    batch, features = x.shape[1], w.shape[1]
    if w.size == 0 or x.size == 0 or 0 in counts:
        out = np.zeros((batch, groups * features, *counts), lhs.dtype)
    else:
        x = spread_and_pad(x, spatial, attrs["pad_low"], attrs["pad_high"], attrs["lhs_dilation"], 0)
        with np.errstate(all="ignore"):
            out = _products(x, w, attrs, counts)
    inverse = np.argsort(attrs["out_spec"])
    return np.ascontiguousarray(np.transpose(out, inverse))


def _by_phases(lhs: Any, rhs: Any, attrs: Attrs, i: int) -> Any:
    """Elements d apart along spatial dimension i, the window moving by 1: every d-th result meets the same d-th elements of the
    kernel, and zeros otherwise, so it is a convolution of the input as it is."""
    source, inside, axis = attrs["lhs_spec"][2 + i], attrs["rhs_spec"][2 + i], attrs["out_spec"][2 + i]
    n, k, d, low, high = lhs.shape[source], rhs.shape[inside], attrs["lhs_dilation"][i], attrs["pad_low"][i], attrs["pad_high"][i]
    size = max(dilated(n, d) + low + high - k + 1, 0)
    out: Any = None
    for phase in range(d):
        first = (low - phase) % d  # the first element of the kernel that meets an element
        kernel = rhs[(*[slice(None)] * inside, slice(first, None, d))]
        before, count = (low - phase - first) // d, len(range(phase, size, d))
        after = count - 1 + kernel.shape[inside] - n - before
        own = {"lhs_dilation": 1, "pad_low": before, "pad_high": after}
        inner = {**attrs, **{name: (*attrs[name][:i], v, *attrs[name][i + 1 :]) for name, v in own.items()}}
        part = evaluate(lhs, kernel, **inner)
        if out is None:
            out = np.empty((*part.shape[:axis], size, *part.shape[axis + 1 :]), part.dtype)
        out[(*[slice(None)] * axis, slice(phase, None, d))] = part
    return out


def _products(x: Any, w: Any, attrs: Attrs, counts: Sequence[int]) -> Any:
    """[group, batch, feature, spatial...] and a kernel -> [batch, feature, spatial...].

    The matrix of windows has rows (batch, place) and columns (feature, place in the window). It is written in the order in which
    the input lies in memory: what is fastest there comes last, in the rows or in the columns.
    """
    n = len(counts)
    sizes = w.shape[3:]
    view = windows(x, range(3, 3 + n), sizes, attrs["window_strides"], attrs["rhs_dilation"], counts)
    # dimensions of the view: 0 group, 1 batch, 2 feature, then places, then places inside the window
    places, inside = list(range(3, 3 + n)), list(range(3 + n, 3 + 2 * n))
    fastest = min((d for d in range(1, x.ndim) if x.shape[d] > 1), key=lambda d: x.strides[d], default=2)
    if fastest == 2:
        rows, columns, rows_first = [1, *places], [*inside, 2], True
    elif fastest == 1:
        rows, columns, rows_first = [*places, 1], [2, *inside], False
    else:
        rows_first = math.prod(counts) < math.prod(sizes)
        rows, columns = [1, *places], [2, *inside]
    kernel_axes = [2 if d == 2 else d - n for d in columns]
    kernel = w.transpose(0, *kernel_axes, 1).reshape(w.shape[0], -1, w.shape[1])
    order = [0, *rows, *columns] if rows_first else [0, *columns, *rows]
    batch = x.shape[1]
    step = max(1, _MATRIX_SIZE * batch // max(view.size, 1))
    parts = []
    for start in range(0, batch, step):
        part = view[:, start : start + step].transpose(order)
        chunk = part.reshape(x.shape[0], -1, kernel.shape[1]) if rows_first else part.reshape(x.shape[0], kernel.shape[1], -1)
        product = np.matmul(chunk if rows_first else chunk.swapaxes(1, 2), kernel)
        shape = [view.shape[d] if d != 1 else min(step, batch - start) for d in rows]
        product = product.reshape(x.shape[0], *shape, w.shape[1])
        parts.append(np.moveaxis(product, 1 + rows.index(1), 0))  # [batch, group, places, feature]
    out = parts[0] if len(parts) == 1 else np.concatenate(parts)
    out = np.moveaxis(out, -1, 2)  # [batch, group, feature, places]
    return out.reshape(batch, -1, *counts)
