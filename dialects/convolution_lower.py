"""Convolution in StableHLO, in the forms that IREE compiles to fast code.

Measured with IREE 3.13 on one Zen 4 core, in ms (two dimensions; batch, image, features -> features; kernels of 3 x 3):

- 32 of 28 x 28 x 8 -> 16: 0.6 with features last, 24 with features second, 0.75 when that is transposed around the convolution.
  Barriers keep IREE from folding the transposes into it again.
- The derivative by that kernel, a convolution whose window is the image: 21 as a convolution, 1.7 as a product with the windows
  at all places, less with one product for each image.
- The derivative of 8 of 32 x 32 x 32 -> 64 with strides of 2: 2.8 as a convolution of an input with zeros between its elements,
  which does 4 times the work of the 4 convolutions that give every other element.
- 8 of 32 x 32 x 32 -> 64 in 2 groups: 46 as a convolution, 5 as a product with a matrix of windows. With a group for each feature
  2.2, and 0.4 when every feature is repeated for each of its kernels.
- 200 x 16 -> 32 in one dimension: 1.3 as a convolution, 0.4 with a matrix of windows; in three dimensions 10.7 and 0.9.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from . import types as T
from .convolution_numpy import dilated
from .hlo import Hlo, HloBuilder, i64s
from .types import Aval

Attrs = dict[str, Any]

#: The most places of a window, or places inside of one, that are written out one by one.
_UNROLLED = 64


def lower(h: HloBuilder, operands: list[Hlo], attrs: Attrs, outs: list[Aval]) -> Hlo:
    x, w = operands
    out = outs[0]
    if 0 in (*x.shape, *w.shape, *out.shape):
        return h.full(out, 0)
    if out.dtype in ("f16", "bf16"):
        # the barriers keep IREE from pulling the conversion into a grouped convolution, where its types then do not fit
        wide = lower(h, [_barrier(h, h.convert(v, "f32")) for v in (x, w)], attrs, [Aval(out.shape, "f32")])
        return h.convert(wide, out.dtype)
    if T.is_unsigned(out.dtype):  # the bits of sums and products do not depend on the sign
        signed = lower(h, [h.signless(x), h.signless(w)], attrs, [Aval(out.shape, out.dtype[1:])])
        return h.bitcast(signed, out.dtype)
    if attrs["batch_group_count"] > 1:
        x, attrs = _batch_groups_as_features(h, x, attrs)
    return _form(h, x, w, attrs, out)


def _form(h: HloBuilder, x: Hlo, w: Hlo, attrs: Attrs, out: Aval) -> Hlo:
    """Chooses the form."""
    window = math.prod(w.shape[d] for d in attrs["rhs_spec"][2:])
    places = math.prod(out.shape[d] for d in attrs["out_spec"][2:])
    groups, spatial = attrs["feature_group_count"], out.ndim - 2
    if places <= min(window, _UNROLLED):
        return _by_places(h, x, w, attrs, out)
    steps = zip(attrs["lhs_dilation"], attrs["window_strides"], attrs["rhs_dilation"])
    dims = [i for i, (base, stride, gap) in enumerate(steps) if base > 1 and stride == gap == 1]
    if dims and math.prod(attrs["lhs_dilation"][i] for i in dims) <= _UNROLLED:
        return _by_phases(h, x, w, attrs, out, dims)
    single = w.shape[attrs["rhs_spec"][1]] == 1
    if window <= _UNROLLED and (spatial != 2 if groups == 1 else not single):
        return _by_windows(h, x, w, attrs, out)
    if groups > 1 and single and w.shape[attrs["rhs_spec"][0]] > groups:
        x, attrs = _repeated_features(h, x, w, attrs)
    return _convolution(h, x, w, attrs, out)


def _batch_groups_as_features(h: HloBuilder, x: Hlo, attrs: Attrs) -> tuple[Hlo, Attrs]:
    """The same convolution with feature groups: the groups of the batch become groups of features."""
    n, c = attrs["lhs_spec"][:2]
    groups = attrs["batch_group_count"]
    shape = list(x.shape)
    shape[n : n + 1] = [groups, shape[n] // groups]
    perm = [d for d in range(x.ndim + 1) if d != n]
    feature = perm.index(c if c < n else c + 1)
    perm.insert(feature, n)
    moved = h.transpose(h.reshape(x, shape), perm)
    merged = (*moved.shape[:feature], moved.shape[feature] * moved.shape[feature + 1], *moved.shape[feature + 2 :])
    return h.reshape(moved, merged), {**attrs, "feature_group_count": groups, "batch_group_count": 1}


def _barrier(h: HloBuilder, x: Hlo) -> Hlo:
    return h.op("stablehlo.optimization_barrier", [x], x.aval)


def _arranged(h: HloBuilder, x: Hlo, perm: Sequence[int]) -> Hlo:
    """A transposed array, that IREE does not fold into what reads it."""
    return x if list(perm) == list(range(x.ndim)) else _barrier(h, h.transpose(x, perm))


def _repeated_features(h: HloBuilder, x: Hlo, w: Hlo, attrs: Attrs) -> tuple[Hlo, Attrs]:
    """Where every feature is a group: each of them repeated as often as it has kernels, so that each copy has one."""
    c, features = attrs["lhs_spec"][1], w.shape[attrs["rhs_spec"][0]]
    shape = (*x.shape[: c + 1], features // x.shape[c], *x.shape[c + 1 :])
    spread = h.broadcast_in_dim(x, shape, [d for d in range(len(shape)) if d != c + 1])
    return h.reshape(spread, (*x.shape[:c], features, *x.shape[c + 1 :])), {**attrs, "feature_group_count": features}


# A convolution -------------------------------------------------------------------------------------------------------------
def _features_last(h: HloBuilder, x: Hlo, w: Hlo, attrs: Attrs) -> tuple[Hlo, Hlo]:
    n, c, *spatial = attrs["lhs_spec"]
    o, i, *inside = attrs["rhs_spec"]
    return _arranged(h, x, [n, *spatial, c]), _arranged(h, w, [*inside, i, o])


def _as_wanted(h: HloBuilder, y: Hlo, attrs: Attrs, out: Aval) -> Hlo:
    """A result with features last in the layout that is asked for."""
    order = [0, out.ndim - 1, *range(1, out.ndim - 1)]  # dimension of each role
    perm = [order[attrs["out_spec"].index(d)] for d in range(out.ndim)]
    return y if perm == list(range(out.ndim)) else h.transpose(_barrier(h, y), perm)


def _convolution(h: HloBuilder, x: Hlo, w: Hlo, attrs: Attrs, out: Aval) -> Hlo:
    """One convolution with features last."""
    x, w = _features_last(h, x, w, attrs)
    sizes = [out.shape[d] for d in attrs["out_spec"]]
    result = Aval((sizes[0], *sizes[2:], sizes[1]), out.dtype)
    dims = ", ".join(str(d) for d in range(out.ndim - 2))
    padding = [list(pair) for pair in zip(attrs["pad_low"], attrs["pad_high"])]
    text = (
        f"window_strides = {i64s(attrs['window_strides'])}, padding = dense<{padding}> : tensor<{out.ndim - 2}x2xi64>, "
        f"lhs_dilation = {i64s(attrs['lhs_dilation'])}, rhs_dilation = {i64s(attrs['rhs_dilation'])}, "
        f"dimension_numbers = #stablehlo.conv<[b, {dims}, f]x[{dims}, i, o]->[b, {dims}, f]>, "
        f"feature_group_count = {attrs['feature_group_count']} : i64, batch_group_count = 1 : i64"
    )
    return _as_wanted(h, h.op("stablehlo.convolution", [x, w], result, text), attrs, out)


def _by_phases(h: HloBuilder, x: Hlo, w: Hlo, attrs: Attrs, out: Aval, dims: Sequence[int]) -> Hlo:
    """An input whose elements are d apart in the spatial dimensions `dims`, where the window moves by 1: every d-th result meets
    the same d-th elements of the kernel and zeros otherwise. So there are d kernels for the input as it is, all of which are
    output features of one convolution, and the result interleaves them."""
    x, w = _features_last(h, x, w, attrs)
    k, groups = out.ndim - 2, attrs["feature_group_count"]
    features = w.shape[-1] // groups
    new = {name: list(attrs[name]) for name in ("lhs_dilation", "pad_low", "pad_high")}
    sizes = [out.shape[d] for d in attrs["out_spec"]]
    counts, window = sizes[2:], list(w.shape[:k])
    starts: list[list[tuple[int, int]]] = []  # for each of dims, for each phase: first element of the kernel, elements before it
    for i in dims:
        d, low = attrs["lhs_dilation"][i], attrs["pad_low"][i]
        firsts = [(low - phase) % d for phase in range(d)]
        befores = [(low - phase - first) // d for phase, first in enumerate(firsts)]
        ends = [-(-(window[i] - first) // d) - before for first, before in zip(firsts, befores)]
        most, end = max(befores), max(ends)
        counts[i] = -(-counts[i] // d)
        new["lhs_dilation"][i], new["pad_low"][i], new["pad_high"][i] = 1, most, counts[i] - 1 + end - x.shape[1 + i]
        starts.append([(first, most - before) for first, before in zip(firsts, befores)])
        window[i] = most + end
    kernels = []
    for phases in itertools.product(*starts):
        start, strides, low, high = [0] * w.ndim, [1] * w.ndim, [0] * k, [0] * k
        for i, (first, before) in zip(dims, phases):
            d = attrs["lhs_dilation"][i]
            start[i], strides[i], low[i] = min(first, w.shape[i]), d, before
            high[i] = window[i] - before - max(-(-(w.shape[i] - first) // d), 0)
        kernel = h.slice(w, start, w.shape, strides)
        kernel = spread_and_pad(h, kernel, range(k), low, high, [1] * k, 0)
        kernels.append(h.reshape(kernel, (*kernel.shape[:-1], groups, 1, features)))
    spread = [attrs["lhs_dilation"][i] for i in dims]
    joined = _barrier(h, h.concatenate(kernels, k + 2))
    joined = h.reshape(joined, (*joined.shape[: k + 1], groups * len(kernels) * features))
    last = [0, k + 1, *range(1, k + 1)]
    specs = {"lhs_spec": last, "out_spec": last, "rhs_spec": [k + 1, k, *range(k)]}
    whole = Aval((sizes[0], *counts, joined.shape[-1]), out.dtype)
    y = _barrier(h, _form(h, x, joined, {**attrs, **new, **specs}, whole))
    y = h.reshape(y, (sizes[0], *counts, groups, *spread, features))
    perm = [0]
    for i in range(k):
        perm += [1 + i, *(k + 2 + dims.index(i) for _ in range(i in dims))]
    y = h.transpose(y, [*perm, k + 1, k + 2 + len(dims)])
    grown = [count * (spread[dims.index(i)] if i in dims else 1) for i, count in enumerate(counts)]
    y = h.reshape(y, (sizes[0], *grown, groups * features))
    if grown != sizes[2:]:
        y = h.slice(y, [0] * out.ndim, [sizes[0], *sizes[2:], sizes[1]])
    return _as_wanted(h, y, attrs, out)


# Products of matrices ------------------------------------------------------------------------------------------------------
def spread_and_pad(h: HloBuilder, x: Hlo, axes: Sequence[int], low: Any, high: Any, dilation: Any, fill: Any) -> Hlo:
    """Elements moved `dilation` apart along `axes`, padded with `fill`; negative padding removes elements."""
    first, last, interior = [0] * x.ndim, [0] * x.ndim, [0] * x.ndim
    for axis, lo, hi, step in zip(axes, low, high, dilation):
        first[axis], last[axis], interior[axis] = lo, hi, step - 1
    start = [max(-n, 0) for n in first]
    shape = tuple(dilated(n, i + 1) + max(lo, 0) + max(hi, 0) for n, lo, hi, i in zip(x.shape, first, last, interior))
    limit = [n - max(-hi, 0) for n, hi in zip(shape, last)]
    if any(n > 0 for n in (*first, *last, *interior)):
        edges = f"edge_padding_low = {i64s([max(n, 0) for n in first])}, edge_padding_high = {i64s([max(n, 0) for n in last])}"
        value = h.full(Aval((), x.dtype), fill)
        x = h.op("stablehlo.pad", [x, value], Aval(shape, x.dtype), f"{edges}, interior_padding = {i64s(interior)}")
    return h.slice(x, start, limit) if any(start) or tuple(limit) != shape else x


def _by_windows(h: HloBuilder, x: Hlo, w: Hlo, attrs: Attrs, out: Aval) -> Hlo:
    """The matrix of windows, one row for each place, times the kernel; a product for each group."""
    x, w = _features_last(h, x, w, attrs)
    k, groups, features = out.ndim - 2, attrs["feature_group_count"], w.shape[-1]
    counts = [out.shape[d] for d in attrs["out_spec"][2:]]
    x = spread_and_pad(h, x, range(1, k + 1), attrs["pad_low"], attrs["pad_high"], attrs["lhs_dilation"], 0)
    pieces = []
    for inside in itertools.product(*map(range, w.shape[:k])):
        start = [at * gap for at, gap in zip(inside, attrs["rhs_dilation"])]
        limit = [s + (count - 1) * stride + 1 for s, count, stride in zip(start, counts, attrs["window_strides"])]
        piece = h.slice(x, [0, *start, 0], [x.shape[0], *limit, x.shape[-1]], [1, *attrs["window_strides"], 1])
        pieces.append(h.reshape(piece, (*piece.shape[:-1], groups, x.shape[-1] // groups)))
    joined = pieces[0] if len(pieces) == 1 else _barrier(h, h.concatenate(pieces, k + 2))
    rows, columns = x.shape[0] * math.prod(counts), joined.shape[-1]
    if groups == 1:
        joined, w = h.reshape(joined, (rows, columns)), h.reshape(w, (columns, features))
        y = _dot(h, joined, w, [], [], [1], [0])
    else:
        joined, w = h.reshape(joined, (rows, groups, columns)), h.reshape(w, (columns, groups, features // groups))
        y = h.transpose(_dot(h, joined, w, [1], [1], [2], [0]), (1, 0, 2))
    return _as_wanted(h, h.reshape(y, (x.shape[0], *counts, features)), attrs, out)


def _dot(h: HloBuilder, x: Hlo, y: Hlo, x_batch: Any, y_batch: Any, x_contract: Any, y_contract: Any) -> Hlo:
    shape = [x.shape[d] for d in x_batch]
    shape += [x.shape[d] for d in range(x.ndim) if d not in (*x_batch, *x_contract)]
    shape += [y.shape[d] for d in range(y.ndim) if d not in (*y_batch, *y_contract)]
    dims = {"lhs_batch": x_batch, "rhs_batch": y_batch, "lhs_contract": x_contract, "rhs_contract": y_contract}
    return h.dot_general(x, y, Aval(tuple(shape), x.dtype), **dims)


def _by_places(h: HloBuilder, x: Hlo, w: Hlo, attrs: Attrs, out: Aval) -> Hlo:
    """The windows at all places, joined along the batch, times the kernel."""
    n, c, *spatial = attrs["lhs_spec"]
    o, i, *inside = attrs["rhs_spec"]
    groups = attrs["feature_group_count"]
    counts = [out.shape[d] for d in attrs["out_spec"][2:]]
    x = spread_and_pad(h, x, spatial, attrs["pad_low"], attrs["pad_high"], attrs["lhs_dilation"], 0)
    pieces = []
    for place in itertools.product(*map(range, counts)):
        start, limit, strides = [0] * x.ndim, list(x.shape), [1] * x.ndim
        for d, at, e, stride, gap in zip(spatial, place, inside, attrs["window_strides"], attrs["rhs_dilation"]):
            start[d] = at * stride
            limit[d] = start[d] + dilated(w.shape[e], gap)
            strides[d] = gap
        pieces.append(h.slice(x, start, limit, strides))
    batch = x.shape[n]
    joined = pieces[0] if len(pieces) == 1 else _barrier(h, h.concatenate(pieces, n))
    lhs_dims, rhs_dims = [*spatial, c], [*inside, i]
    lhs_batch: list[int] = []
    rhs_batch: list[int] = []
    if groups > 1:  # a dimension of its own for the group, before the features
        joined = h.reshape(joined, (*joined.shape[:c], groups, joined.shape[c] // groups, *joined.shape[c + 1 :]))
        w = h.reshape(w, (*w.shape[:o], groups, w.shape[o] // groups, *w.shape[o + 1 :]))
        lhs_batch, rhs_batch = [c], [o]
        lhs_dims = [d if d < c else d + 1 for d in lhs_dims]
        rhs_dims = [d if d < o else d + 1 for d in rhs_dims]
    features = w.shape[o + len(rhs_batch)]
    # of a kernel's derivative: the input features are images, and it is faster to sum over them afterwards
    apart = w.shape[rhs_dims[-1]] > 1 and math.prod(w.shape[d] for d in rhs_dims[:-1]) >= _UNROLLED
    if apart:
        lhs_batch, rhs_batch = [lhs_dims.pop(), *lhs_batch], [rhs_dims.pop(), *rhs_batch]
    product = _dot(h, joined, w, lhs_batch, rhs_batch, lhs_dims, rhs_dims)
    if apart:
        product = h.reduce(product, 0, (0,), "add")
    # [group, places..., batch, features] -> the roles of the result, the group being the slower part of the features
    y = h.reshape(product, (groups, *counts, batch, features))
    k = len(counts)
    role_dims = [[k + 1], [0, k + 2], *([1 + d] for d in range(k))]
    perm = [d for e in range(out.ndim) for d in role_dims[attrs["out_spec"].index(e)]]
    return h.reshape(h.transpose(y, perm), out.shape)
