"""Sums and extrema over windows: reduce_window_sum, reduce_window_max, reduce_window_min.

The sum is linear, and its transpose is another sum over windows. The derivative of an extremum is that of the first element that
attains it, as in JAX: see window_choice.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .convolution_lower import spread_and_pad
from .convolution_numpy import dilated
from .elementwise_rules import REAL_ONLY
from .hlo import Hlo, HloBuilder, i64s
from .ir import Value
from .reduction import identity, is_narrow
from .rules import accepts, split_structural, structural
from .spec import NOT_LINEAR, TABLE, Example, define
from .types import Aval
from .window_geometry import (
    UNROLLED,
    WINDOW_ATTRS,
    Attrs,
    check_window,
    make_examples,
    places,
    window_attrs,
    window_size,
    window_views,
    with_batch,
)

#: The longest window along one dimension whose elements are written out one by one.
_LONGEST = 64


def _infer(x: Aval, **attrs: Any) -> Aval:
    check_window(x, attrs)
    return Aval(places(x.shape, attrs), x.dtype)


def along(attrs: Attrs, axis: int) -> Attrs:
    """The window along one dimension only."""
    return {k: tuple((v if d == axis else 0 if "pad" in k else 1) for d, v in enumerate(attrs[k])) for k in WINDOW_ATTRS}


def _axes(attrs: Attrs) -> list[int]:
    """Dimensions along which anything happens."""
    idle = [(0 if "pad" in k else 1) for k in WINDOW_ATTRS]
    return [d for d, numbers in enumerate(zip(*(attrs[k] for k in WINDOW_ATTRS))) if list(numbers) != idle]


# Evaluation ----------------------------------------------------------------------------------------------------------------
def _evaluate(ufunc: Any, kind: str) -> Callable[..., Any]:
    """One dimension after the other: the elements of a window, each at all places, are combined as whole arrays."""

    def rule(x: Any, **attrs: Any) -> Any:
        dtype = x.dtype
        if is_narrow(T.from_np(dtype)):
            x = x.astype(np.float32)
        fill = identity(kind, T.from_np(x.dtype))[()]
        with np.errstate(all="ignore"):
            for axis in reversed(_axes(attrs)):
                view = window_views(x, along(attrs, axis), fill, [axis])
                if view.shape[-1] > 4 * view.shape[axis]:
                    x = ufunc.reduce(view, axis=-1, dtype=x.dtype)
                    continue
                out = view[..., 0].copy()
                for i in range(1, view.shape[-1]):
                    ufunc(out, view[..., i], out=out)
                x = out
            return np.asarray(x if x.dtype == dtype else x.astype(dtype))

    return rule


# Lowering ------------------------------------------------------------------------------------------------------------------
def _window_op(h: HloBuilder, x: Hlo, attrs: Attrs, hlo: str, fill: Any) -> Hlo:
    """StableHLO's reduce_window."""
    scalar = Aval((), x.dtype)
    body = h.region([scalar, scalar], lambda a, b: [h.op(f"stablehlo.{hlo}", [a, b], scalar)])
    padding = [list(pair) for pair in zip(attrs["pad_low"], attrs["pad_high"])]
    text = (
        f"window_dimensions = {i64s(attrs['window_dimensions'])}, window_strides = {i64s(attrs['window_strides'])}, "
        f"base_dilations = {i64s(attrs['base_dilation'])}, window_dilations = {i64s(attrs['window_dilation'])}, "
        f"padding = dense<{padding}> : tensor<{x.ndim}x2xi64>"
    )
    return h.op("stablehlo.reduce_window", [x, h.full(scalar, fill)], [Aval(places(x.shape, attrs), x.dtype)], text, [body])[0]


def _one_dimension(h: HloBuilder, x: Hlo, attrs: Attrs, axis: int, hlo: str, fill: Any) -> Hlo:
    """The elements of the window along one dimension, each at all places, combined."""
    k, gap, stride = (attrs[name][axis] for name in ("window_dimensions", "window_dilation", "window_strides"))
    count = places(x.shape, attrs)[axis]
    x = spread_and_pad(h, x, [axis], [attrs["pad_low"][axis]], [attrs["pad_high"][axis]], [attrs["base_dilation"][axis]], fill)
    out: Hlo | None = None
    for i in range(k):
        start, limit, strides = [0] * x.ndim, list(x.shape), [1] * x.ndim
        start[axis], limit[axis], strides[axis] = i * gap, i * gap + (count - 1) * stride + 1, stride
        piece = h.slice(x, start, limit, strides)
        out = piece if out is None else h.binary(hlo, out, piece)
    assert out is not None
    return out


def _lower(hlo: str, kind: str) -> Callable[..., Any]:
    def rule(h: HloBuilder, operands: list[Hlo], attrs: Attrs, outs: list[Aval]) -> Hlo:
        """Of 32 x 28 x 28 x 16: a window of 5 x 5 takes 0.3 ms as one operation and 0.2 ms by dimensions; one of 14 x 14 10 ms and
        0.3 ms; with a single place both take 0.03 ms."""
        x, out, axes = operands[0], outs[0], _axes(attrs)
        if not axes:
            return x
        if 0 in (*out.shape, *x.shape):
            return h.full(out, identity(kind, out.dtype))
        if out.dtype == "i1":
            word = {"maximum": "or", "minimum": "and"}[hlo]
            byte = rule_of(word)(h, h.convert(x, "i8"), attrs, axes, identity(kind, "i1").astype(np.int8))
            return h.compare("NE", byte, 0)
        wide = h.convert(x, "f32") if is_narrow(x.dtype) else x
        return h.convert(rule_of(hlo)(h, wide, attrs, axes, identity(kind, wide.dtype)), x.dtype)

    return rule


def rule_of(hlo: str) -> Callable[..., Hlo]:
    def emit(h: HloBuilder, x: Hlo, attrs: Attrs, axes: Sequence[int], fill: Any) -> Hlo:
        if window_size(attrs) <= UNROLLED or math.prod(places(x.shape, attrs)[d] for d in axes) == 1:
            return _window_op(h, x, attrs, hlo, fill)
        for axis in reversed(axes):
            single = along(attrs, axis)
            short = single["window_dimensions"][axis] <= _LONGEST
            x = _one_dimension(h, x, single, axis, hlo, fill) if short else _window_op(h, x, single, hlo, fill)
        return x

    return emit


# Rules ---------------------------------------------------------------------------------------------------------------------
def _batch(name: str) -> Callable[..., Any]:
    def rule(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
        return b.emit(TABLE[name], operands, with_batch(attrs))

    return rule


def _sum_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Any]:
    """Each element gets the sum over the windows that hold it: the cotangent, spread by the strides and reversed, reduced over the
    same window. A window is its own reverse."""
    x = operands[0]
    if 0 in x.shape or 0 in cts.shape:
        return [b.zeros(x.aval)]  # type: ignore[arg-type]
    low, high = [], []
    for d in range(x.ndim):
        size, spread = dilated(x.shape[d], attrs["base_dilation"][d]), dilated(cts.shape[d], attrs["window_strides"][d])
        reach = dilated(attrs["window_dimensions"][d], attrs["window_dilation"][d])
        low.append(reach - 1 - attrs["pad_low"][d])
        high.append(size - spread + attrs["pad_low"][d])
    swapped = {"window_strides": attrs["base_dilation"], "base_dilation": attrs["window_strides"]}
    return [b.reduce_window_sum(cts, **{**attrs, **swapped, "pad_low": tuple(low), "pad_high": tuple(high)})]


def _extremum_jvp(choose: str) -> Callable[..., Any]:
    def rule(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Value:
        """The tangent of the first element that attains the extremum."""
        return b.window_gather(tangents[0], b.emit(TABLE[choose], [primals[0]], attrs), **attrs)

    return rule


structural(
    "reduce_window_sum",
    ("operand",),
    WINDOW_ATTRS,
    dtypes=T.NUMBER,
    infer=accepts(T.NUMBER, _infer),
    evaluate=_evaluate(np.add, "sum"),
    transpose=_sum_transpose,
    batch=_batch("pb.reduce_window_sum"),
    split_complex=split_structural("pb.reduce_window_sum"),
    lower=_lower("add", "sum"),
    examples=make_examples,
    doc="Sum over each place of a window, which moves by `window_strides` and whose elements are `window_dilation` apart. The "
    "operand is first spread by `base_dilation`, then padded with zeros; negative padding removes elements.",
    reference="StableHLO specification, reduce_window",
)


def _extremum_examples(make: Any) -> list[Example]:
    """With ties, and without windows of nothing but padding in f64: their extremum is infinite, so it has no differences."""
    cases = [case for case in make_examples(make) if make.dtype != "f64" or case[1]["pad_low"] != (2, 0)]
    if make.dtype == "f64":
        cases = [case for case in cases if all(n == 1 for n in case[1]["base_dilation"])]
        cases.append(((make(4, 3),), window_attrs((2, 3), (1, 2), base_dilation=(2, 3))))
    return cases


def _extremum(kind: str, ufunc: Any) -> None:
    name = f"pb.reduce_window_{kind}"
    define(
        name,
        ("operand",),
        WINDOW_ATTRS,
        dtypes=T.BOOL + T.REAL,
        infer=accepts(T.BOOL + T.REAL, _infer),
        evaluate=_evaluate(ufunc, kind),
        jvp=_extremum_jvp(f"pb.window_arg{kind}"),
        transpose=NOT_LINEAR,
        batch=_batch(name),
        split_complex=REAL_ONLY,
        lower=_lower(f"{kind}imum", kind),
        examples=_extremum_examples,
        doc=f"{kind.capitalize()}imum over each place of a window (see reduce_window_sum); NaN if any element is. Padding is the "
        f"identity of the {kind}imum. The derivative is that of the first element that attains it.",
        reference="StableHLO specification, reduce_window; jax.lax.reduce_window",
    )


_extremum("max", np.maximum)
_extremum("min", np.minimum)
