"""Which element of a window an extremum takes, and moving values to and from chosen elements.

``window_argmax`` and ``window_argmin`` number the chosen element; ``window_gather`` reads the elements with given numbers, which
is the derivative of the extremum, and ``window_scatter_add``, its transpose, adds to them. Both are linear, so derivatives of any
order follow. Small windows become chains of selects over their elements, which compile to vector code; large ones go through the
general gather and scatter.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .convolution_numpy import dilated
from .elementwise_rules import REAL_ONLY
from .indexing import gather_attrs, scatter_attrs
from .ir import Value
from .reduce_window import along
from .reduction import identity, is_narrow
from .rules import accepts, split_structural, structural
from .spec import I64S, TABLE, ZERO, Example, OpError, define
from .types import Aval
from .window_geometry import (
    UNROLLED,
    WINDOW_ATTRS,
    Attrs,
    check_window,
    element_slice,
    elements,
    is_padded,
    only,
    padded,
    places,
    window_examples,
    window_size,
    window_views,
    with_batch,
)
from .windows import Windows


# The number of the chosen element ------------------------------------------------------------------------------------------
def _arg_infer(x: Aval, **attrs: Any) -> Aval:
    check_window(x, attrs)
    return Aval(places(x.shape, attrs), "i32")


def _arg_evaluate(ufunc: Any, kind: str) -> Callable[..., Any]:
    def rule(x: Any, **attrs: Any) -> Any:
        wide = x.astype(np.float32) if is_narrow(T.from_np(x.dtype)) else x
        with np.errstate(all="ignore"):
            best = TABLE[f"pb.reduce_window_{kind}"].evaluate(wide, **attrs)  # type: ignore[operator,misc]
            view = window_views(wide, attrs, identity(kind, T.from_np(wide.dtype))[()])
            real = window_views(np.ones(x.shape, bool), attrs, False) if is_padded(attrs) else None
            out = np.full(best.shape, -1, np.int32)
            for number, inside in reversed(list(enumerate(elements(attrs)))):
                value = view[(..., *inside)]
                hit = (value == best) | (value != value)
                out[hit if real is None else hit & real[(..., *inside)]] = number
        return out

    return rule


def _hits(b: Builder, x: Value, best: Value) -> Value:
    """Where an element is the extremum. If any is NaN the extremum is NaN, and only these are."""
    hit = b.compare(x, best, direction="EQ")
    return b.or_(hit, b.compare(x, x, direction="NE")) if T.is_float(x.dtype) else hit


def _arg_decompose(kind: str) -> Callable[..., Any]:
    def rule(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> Value:
        x = b.cast(operands[0], "i8") if operands[0].dtype == "i1" else operands[0]
        shape = outs[0].shape
        if 0 in shape or 0 in x.shape:
            return b.full(shape, "i32", -1)
        fill = np.asarray(kind == "min", np.int8) if operands[0].dtype == "i1" else identity(kind, x.dtype)
        ones = b.full(x.shape, "i1", True)
        if window_size(attrs) > UNROLLED:
            return _arg_by_dimensions(b, x, kind, attrs, fill)
        values = padded(b, x, attrs, fill)
        real = padded(b, ones, attrs, False) if is_padded(attrs) else None
        pieces = [element_slice(b, values, attrs, inside, shape) for inside in elements(attrs)]
        best = b.emit(TABLE[f"pb.reduce_window_{kind}"], [x], attrs)
        out = b.full(shape, "i32", -1)
        for number, inside in reversed(list(enumerate(elements(attrs)))):
            hit = _hits(b, pieces[number], best)
            if real is not None:
                hit = b.and_(hit, element_slice(b, real, attrs, inside, shape))
            out = b.select(hit, b.full(shape, "i32", number), out)
        return out

    return rule


def _arg_by_dimensions(b: Builder, x: Value, kind: str, attrs: Attrs, fill: Any) -> Value:
    """One dimension after the other, from the last: the extremum along it, and the number of the element that it came from."""
    number = b.full(x.shape, "i32", 0)  # -1 where there is no element
    inner = 1
    for axis in reversed(range(x.ndim)):
        single = along(attrs, axis)
        k = single["window_dimensions"][axis]
        values, numbers = padded(b, x, single, fill), padded(b, number, single, -1)
        counts = places(x.shape, single)

        def stacked(v: Value, single: Attrs = single, counts: Any = counts, axis: int = axis, k: int = k) -> Value:
            at = [[0] * axis + [i] + [0] * (v.ndim - axis - 1) for i in range(k)]
            rows = [b.reshape(element_slice(b, v, single, inside, counts), shape=(1, *counts)) for inside in at]
            return b.concatenate(*rows, axis=0)

        rows, labels = stacked(values), stacked(numbers)
        order = b.iota(shape=rows.shape, dtype="i32", dim=0)
        x = b.emit(TABLE[f"pb.reduce_{kind}"], [rows], {"axes": (0,)})
        hit = _hits(b, rows, b.broadcast_front(x, k))
        hit = b.and_(hit, b.compare(labels, b.full_like(labels, 0), direction="GE"))
        first = b.reduce_min(b.select(hit, order, b.full_like(order, k)), axes=(0,))
        chosen = b.compare(order, b.broadcast_front(first, k), direction="EQ")
        label = b.add(labels, b.mul(order, b.full_like(order, inner)))
        number = b.reduce_max(b.select(chosen, label, b.full_like(label, -1)), axes=(0,))
        inner *= k
    return number


# Values at chosen elements -------------------------------------------------------------------------------------------------
def _gather_infer(x: Aval, number: Aval, **attrs: Any) -> Aval:
    check_window(x, attrs)
    wanted = Aval(places(x.shape, attrs), "i32")
    if number != wanted:
        raise OpError(f"the numbers of the elements must have type {wanted}, got {number}")
    return Aval(wanted.shape, x.dtype)


def _scatter_infer(x: Aval, number: Aval, *, shape: Any, **attrs: Any) -> Aval:
    out = Aval(tuple(shape), x.dtype)
    check_window(out, attrs)
    wanted = places(shape, attrs)
    if x.shape != wanted or number != Aval(wanted, "i32"):
        raise OpError(f"operand and numbers must have shape {wanted} for windows over shape {tuple(shape)}, got {x} and {number}")
    return out


def _flat(number: Any, shape: Any, attrs: Attrs) -> tuple[Any, Any]:
    """Positions in the flat operand, and which of them are elements (the others are padding)."""
    total = np.zeros(number.shape, np.int64)
    real = (number >= 0) & (number < window_size(attrs))
    rest = number.astype(np.int64)
    step = 1
    for d in reversed(range(len(shape))):
        k, base = attrs["window_dimensions"][d], attrs["base_dilation"][d]
        rest, inside = np.divmod(rest, k)
        at = np.arange(number.shape[d]).reshape([-1 if i == d else 1 for i in range(number.ndim)])
        position = at * attrs["window_strides"][d] + inside * attrs["window_dilation"][d] - attrs["pad_low"][d]
        position, hole = np.divmod(position, base)
        real &= (hole == 0) & (position >= 0) & (position < shape[d])
        total += position * step
        step *= shape[d]
    return np.where(real, total, 0), real


def _gather_evaluate(x: Any, number: Any, **attrs: Any) -> Any:
    if x.size == 0:
        return np.zeros(number.shape, x.dtype)
    flat, real = _flat(number, x.shape, attrs)
    return np.where(real, x.reshape(-1)[flat], np.zeros((), x.dtype))


def _scatter_evaluate(x: Any, number: Any, *, shape: Any, **attrs: Any) -> Any:
    size = math.prod(shape)
    flat, real = _flat(number, shape, attrs)
    target, values = flat[real], x[real]
    if T.is_float(T.from_np(x.dtype)):
        out = np.bincount(target, values.astype(np.float64), size).astype(x.dtype)
    else:
        out = np.zeros(size, x.dtype)
        np.add.at(out, target, values)
    return out[:size].reshape(shape)


def _flat_values(b: Builder, number: Value, shape: Any, attrs: Attrs) -> Value:
    """`_flat` in pb operations; -1 where there is no element."""
    full = number.shape

    def constant(n: int) -> Value:
        return b.full(full, "i32", n)

    real = b.compare(number, constant(0), direction="GE")
    total, rest, step = constant(0), number, 1
    for d in reversed(range(len(shape))):
        k = attrs["window_dimensions"][d]
        inside, rest = b.rem(rest, constant(k)), b.div(rest, constant(k))
        position = b.mul(b.iota(shape=full, dtype="i32", dim=d), constant(attrs["window_strides"][d]))
        position = b.add(position, b.mul(inside, constant(attrs["window_dilation"][d])))
        position = b.sub(position, constant(attrs["pad_low"][d]))
        base = attrs["base_dilation"][d]
        if base > 1:
            real = b.and_(real, b.compare(b.rem(position, constant(base)), constant(0), direction="EQ"))
        real = b.and_(real, b.compare(position, constant(0), direction="GE"))
        position = b.div(position, constant(base)) if base > 1 else position
        real = b.and_(real, b.compare(position, constant(shape[d]), direction="LT"))
        total = b.add(total, b.mul(position, constant(step)))
        step *= shape[d]
    real = b.and_(real, b.compare(rest, constant(0), direction="EQ"))
    return b.reshape(b.select(real, total, constant(-1)), shape=(math.prod(full), 1))


_ELEMENTS = Windows((), (0,), (0,), (), (), (1,))


def _gather_decompose(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> Value:
    x, number = operands
    shape = outs[0].shape
    if 0 in x.shape or 0 in shape:
        return b.zeros(outs[0])
    if window_size(attrs) > UNROLLED:
        flat = b.reshape(x, shape=(math.prod(x.shape),))
        rows = b.gather(flat, _flat_values(b, number, x.shape, attrs), **gather_attrs(_ELEMENTS, "fill", "0"))
        return b.reshape(rows, shape=shape)
    values, out = padded(b, x, attrs, 0), b.zeros(outs[0])
    for n, inside in enumerate(elements(attrs)):
        chosen = b.compare(number, b.full(shape, "i32", n), direction="EQ")
        out = b.select(chosen, element_slice(b, values, attrs, inside, shape), out)
    return out


def _scatter_decompose(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> Value:
    x, number = operands
    shape = outs[0].shape
    if 0 in x.shape or 0 in shape:
        return b.zeros(outs[0])
    strides, gaps = attrs["window_strides"], attrs["window_dilation"]
    if window_size(attrs) > UNROLLED or math.prod(strides) > UNROLLED:
        flat = b.full((math.prod(shape),), x.dtype, 0)
        updates = b.reshape(x, shape=(math.prod(x.shape),))
        own = {**scatter_attrs(gather_attrs(_ELEMENTS, "fill", "0")), "combine": "add", "unique_indices": False}
        return b.reshape(b.scatter(flat, _flat_values(b, number, shape, attrs), updates, **own), shape=shape)
    # Positions in the padded operand with one remainder by the strides meet the same elements of the window: at position
    # p = phase + stride * q, element i of the window that starts at place q - (i * gap - phase) / stride.
    sizes = [dilated(n, e) + lo + hi for n, e, lo, hi in zip(shape, attrs["base_dilation"], attrs["pad_low"], attrs["pad_high"])]
    counts = [-(-n // s) for n, s in zip(sizes, strides)]
    reach = [(k - 1) * gap // s for k, gap, s in zip(attrs["window_dimensions"], gaps, strides)]
    low, flat_zero = tuple(reach), (0,) * x.ndim
    high = tuple(max(n - m, 0) for n, m in zip(counts, x.shape))
    values = b.pad(x, b.full((), x.dtype, 0), low=low, high=high, interior=flat_zero)
    numbers = b.pad(number, b.full((), "i32", -1), low=low, high=high, interior=flat_zero)
    parts = []
    for phase in itertools.product(*map(range, strides)):
        part: Value | None = None
        for n, inside in enumerate(elements(attrs)):
            offset = [i * gap - p for i, gap, p in zip(inside, gaps, phase)]
            if any(o % s for o, s in zip(offset, strides)):
                continue
            start = tuple(r - o // s for r, o, s in zip(reach, offset, strides))
            limit = tuple(a + m for a, m in zip(start, counts))
            ones = (1,) * x.ndim
            chosen = b.compare(
                b.slice(numbers, start=start, limit=limit, strides=ones), b.full(tuple(counts), "i32", n), direction="EQ"
            )
            piece = b.slice(values, start=start, limit=limit, strides=ones)
            term = b.select(chosen, piece, b.full_like(piece, 0))
            part = term if part is None else b.add(part, term)
        parts.append(b.full(tuple(counts), x.dtype, 0) if part is None else part)
    out = _interleaved(b, parts, counts, strides)
    # back from the padded operand to the operand
    low = tuple(-n for n in attrs["pad_low"])
    spread = [dilated(n, e) for n, e in zip(shape, attrs["base_dilation"])]
    high = tuple(n - m + lo for n, m, lo in zip(spread, out.shape, attrs["pad_low"]))
    if any((*low, *high)):
        out = b.pad(out, b.full((), x.dtype, 0), low=low, high=high, interior=flat_zero)
    if out.shape != shape:
        out = b.slice(out, start=flat_zero, limit=out.shape, strides=attrs["base_dilation"])
    return out


def _interleaved(b: Builder, parts: list[Value], counts: Any, strides: Any) -> Value:
    """Arrays of every strides-th element, in the order of their phases, as one array."""
    if len(parts) == 1:
        return parts[0]
    k = len(counts)
    joined = b.concatenate(*[b.reshape(p, shape=(1, *counts)) for p in parts], axis=0)
    joined = b.reshape(joined, shape=(*strides, *counts))
    joined = b.transpose(joined, perm=tuple(d for i in range(k) for d in (k + i, i)))
    return b.reshape(joined, shape=tuple(n * s for n, s in zip(counts, strides)))


# Rules ---------------------------------------------------------------------------------------------------------------------
def _arg_batch(name: str) -> Callable[..., Any]:
    def rule(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
        return b.emit(TABLE[name], operands, with_batch(attrs))

    return rule


def _gather_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
    return b.window_gather(*[b.batched(v, m) for v, m in zip(operands, batched)], **with_batch(attrs))


def _scatter_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
    both = [b.batched(v, m) for v, m in zip(operands, batched)]
    return b.window_scatter_add(*both, **{**with_batch(attrs), "shape": (b.size, *attrs["shape"])})


def _jvp(name: str) -> Callable[..., Any]:
    def rule(b: Builder, primals: list[Value], tangents: list[Any], outs: list[Value], attrs: Attrs) -> Any:
        return None if tangents[0] is None else b.emit(TABLE[name], [tangents[0], primals[1]], attrs)

    return rule


def _gather_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Any]:
    return [b.window_scatter_add(cts, operands[1], shape=operands[0].shape, **attrs), None]


def _scatter_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Any]:
    return [b.window_gather(cts, operands[1], **only(attrs)), None]


# Declarations --------------------------------------------------------------------------------------------------------------
def _arg_examples(make: Any) -> list[Example]:
    cases: list[Example] = [((make(*shape),), attrs) for shape, attrs in window_examples()]
    ties = np.concatenate([make(4, 2)] * 3, 1)
    cases.append(((ties,), window_examples()[1][1]))
    if T.is_float(make.dtype):
        nans = make(4, 6)
        nans[1, 2:4] = np.nan
        nans[2] = -np.inf
        nans[3] = np.inf
        cases.append(((nans,), window_examples()[1][1]))
    return cases


for _kind, _ufunc, _word in (("max", np.maximum, "largest"), ("min", np.minimum, "smallest")):
    define(
        f"pb.window_arg{_kind}",
        ("operand",),
        WINDOW_ATTRS,
        dtypes=T.BOOL + T.REAL,
        infer=accepts(T.BOOL + T.REAL, _arg_infer),
        evaluate=_arg_evaluate(_ufunc, _kind),
        jvp=ZERO,
        batch=_arg_batch(f"pb.window_arg{_kind}"),
        split_complex=REAL_ONLY,
        decompose=_arg_decompose(_kind),
        examples=_arg_examples,
        doc=f"Number (i32, row-major) of the first {_word} element of a window at each of its places; a NaN wins; -1 where a "
        "window holds nothing but padding. Windows are those of reduce_window_sum.",
        reference="The choice of an element in jax.lax.reduce_window's derivative",
    )


def _gather_examples(make: Any) -> list[Example]:
    """With all numbers, those of padding and those of no element among them."""
    cases: list[Example] = []
    for shape, attrs in window_examples():
        number = make.rng.integers(-1, window_size(attrs), places(shape, attrs))
        cases.append(((make(*shape), np.asarray(number).astype(np.int32)), attrs))
    return cases


def _scatter_examples(make: Any) -> list[Example]:
    return [((make(*n.shape), n), {**attrs, "shape": x.shape}) for (x, n), attrs in _gather_examples(make)]


structural(
    "window_gather",
    ("operand", "number"),
    WINDOW_ATTRS,
    dtypes=T.NUMBER,
    infer=accepts(T.NUMBER, _gather_infer),
    evaluate=_gather_evaluate,
    jvp=_jvp("pb.window_gather"),
    transpose=_gather_transpose,
    batch=_gather_batch,
    split_complex=split_structural("pb.window_gather"),
    decompose=_gather_decompose,
    examples=_gather_examples,
    doc="The element of a window that has the given number, at each of its places; 0 where that is padding or none. Windows are "
    "those of reduce_window_sum.",
    reference="jax.lax.reduce_window, derivative of an extremum (select_and_gather_add)",
)

structural(
    "window_scatter_add",
    ("operand", "number"),
    {**WINDOW_ATTRS, "shape": I64S},
    dtypes=T.NUMBER,
    infer=accepts(T.NUMBER, _scatter_infer),
    evaluate=_scatter_evaluate,
    jvp=_jvp("pb.window_scatter_add"),
    transpose=_scatter_transpose,
    batch=_scatter_batch,
    split_complex=split_structural("pb.window_scatter_add"),
    decompose=_scatter_decompose,
    examples=_scatter_examples,
    doc="An array of the given shape that holds, at each element, the sum of the operand over those places of a window whose "
    "element with the given number it is. The transpose of window_gather.",
    reference="StableHLO specification, select_and_scatter",
)
