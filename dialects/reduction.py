"""Reductions: sums, products, extrema, logical reductions, and the positions of extrema.

Each drops the dimensions in `axes`. A reduction over no elements gives the identity of its operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY
from .ieee_numpy import zeros_of_extremum
from .ir import Value
from .rules import accepts, split_structural, structural
from .shape import check_dims
from .spec import DTYPE, I64, I64S, NOT_LINEAR, TABLE, ZERO, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]
_FUSE_UP_TO = 16_384  # elements of the operand


def identity(kind: str, dtype: str) -> Any:
    """The identity element of sum, prod, max, min, and, or, xor, as an array of rank 0."""
    np_dtype = T.np_dtype(dtype)
    if kind in ("max", "min"):
        if T.is_float(dtype):
            return np.asarray(-np.inf if kind == "max" else np.inf).astype(np_dtype)
        if dtype == "i1":
            return np.asarray(kind == "min")
        info = np.iinfo(np_dtype)
        return np.asarray(info.min if kind == "max" else info.max, np_dtype)
    if kind == "and":
        return np.asarray(True) if dtype == "i1" else np.invert(np.zeros((), np_dtype))
    return np.asarray(1 if kind == "prod" else 0).astype(np_dtype)


def is_narrow(dtype: str) -> bool:
    """A 16-bit float: sums and products of them are accumulated in f32 and rounded once."""
    return dtype in ("f16", "bf16")


# Shapes --------------------------------------------------------------------------------------------------------------------
def _infer(x: Aval, *, axes: Any) -> Aval:
    check_dims(axes, x)
    return Aval(tuple(n for i, n in enumerate(x.shape) if i not in axes), x.dtype)


def kept_dims(ndim: int, axes: Any) -> tuple[int, ...]:
    return tuple(i for i in range(ndim) if i not in axes)


def _expand(b: Builder, reduced: Value, like: Value, axes: Any) -> Value:
    """Repeats a reduced value along the axes that were reduced."""
    return b.broadcast_in_dim(reduced, shape=like.shape, dims=kept_dims(like.ndim, axes))


# Evaluation and lowering ---------------------------------------------------------------------------------------------------
def _evaluate(ufunc: Any, kind: str) -> Callable[..., Any]:
    def rule(x: Any, *, axes: Any) -> Any:
        dtype = x.dtype
        name = T.from_np(dtype)
        if not axes:
            return x
        wide = x.astype(np.float32) if is_narrow(name) else x
        initial = {"initial": identity(kind, T.from_np(wide.dtype))[()]} if kind in ("max", "min") else {}
        with np.errstate(all="ignore"):
            out = ufunc.reduce(wide, axis=tuple(axes), dtype=wide.dtype, **initial)
            if initial:
                out = zeros_of_extremum(out, wide, tuple(axes), kind == "max")
            return np.asarray(out if wide is x else out.astype(dtype))

    return rule


def _fence(h: Any, reduced: Any, operand: Any) -> Any:
    """Keeps IREE from fusing a reduction with a following one that reads its repeated result, as softmax does.

    It would run both in one scalar loop: softmax of 1000 x 1000 along axis 0 takes 575 ms so, and 1.7 ms with the fence;
    below 128 x 128 there is no difference.
    """
    if reduced.ndim == 0 or operand.aval.size <= _FUSE_UP_TO:
        return reduced
    return h.op("stablehlo.optimization_barrier", [reduced], reduced.aval)


def _lower(hlo: str, kind: str) -> Callable[..., Any]:
    def rule(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
        x, axes = operands[0], attrs["axes"]
        if not axes:
            return x
        if x.dtype == "i1":  # IREE cannot split long reductions of i1 among workgroups
            word = {"max": "or", "min": "and"}.get(kind, kind)
            bits = h.reduce(h.convert(x, "i8"), identity(word, "i8"), axes, word)
            return _fence(h, h.compare("NE", bits, 0), x)
        wide = h.convert(x, "f32") if kind in ("sum", "prod") and is_narrow(x.dtype) else x
        return _fence(h, h.convert(h.reduce(wide, identity(kind, wide.dtype), axes, hlo), x.dtype), x)

    return rule


def _batch(name: str) -> Callable[..., Any]:
    def rule(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
        return b.emit(TABLE[name], operands, {"axes": tuple(a + 1 for a in attrs["axes"])})

    return rule


def _examples(make: Any) -> list[Example]:
    cases = [((5,), (0,)), ((2, 3), (1,)), ((2, 3), (0,)), ((2, 3, 4), (0, 2)), ((2, 3), (1, 0)), ((3,), ()), ((), ())]
    cases += [((0, 2), (1,)), ((1, 4), (0,))]
    return [((make(*shape),), {"axes": axes}) for shape, axes in cases]


def _examples_empty(make: Any) -> list[Example]:
    """Also reductions over no elements, which give the identity."""
    return [*_examples(make), *(((make(*shape),), {"axes": axes}) for shape, axes in (((0,), (0,)), ((2, 0, 3), (1,))))]


def _examples_prod(make: Any) -> list[Example]:
    """Also with factors that are zero: none, one and several in a row of the operand."""
    zeros = make(3, 5)
    zeros[1, 3] = zeros[2, 0] = zeros[2, 4] = 0
    return [*_examples_empty(make), ((zeros,), {"axes": (1,)})]


def _examples_extremum(make: Any) -> list[Example]:
    # the identity of a maximum of doubles is infinite: no finite differences there
    return _examples(make) if make.dtype == "f64" else _examples_empty(make)


# Derivatives ---------------------------------------------------------------------------------------------------------------
def _sum_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Any]:
    return [_expand(b, cts, operands[0], attrs["axes"])]


def _span(b: Builder, x: Value, start: int, length: int) -> Value:
    """`length` elements along the last axis from `start`."""
    lower, upper = [0] * x.ndim, list(x.shape)
    lower[-1], upper[-1] = start, start + length
    return b.slice(x, start=tuple(lower), limit=tuple(upper), strides=(1,) * x.ndim)


def halves(b: Builder, x: Value, axis: int, fill: Any) -> tuple[Value, Value]:
    """The two halves of `x` along `axis`; the second is filled up with `fill` when the length is odd."""
    n = x.shape[axis]
    half = (n + 1) // 2
    zeros, ones = [0] * x.ndim, (1,) * x.ndim
    limit, start, high = list(x.shape), list(zeros), list(zeros)
    limit[axis] = start[axis] = half
    first = b.slice(x, start=tuple(zeros), limit=tuple(limit), strides=ones)
    second = b.slice(x, start=tuple(start), limit=x.shape, strides=ones)
    if half + half != n:
        high[axis] = 1
        second = b.pad(second, b.full((), x.dtype, fill), low=tuple(zeros), high=tuple(high), interior=tuple(zeros))
    return first, second


def product_of_others(b: Builder, x: Value) -> Value:
    """For each element along the last axis the product of all others.

    A tree: up, the products of halves; down, the product of everything outside each half. It needs no division, so it is
    right where elements are zero, and 4 n multiplications; being made of products it can be differentiated again.
    """
    axis, levels = x.ndim - 1, []
    level = x
    while level.shape[axis] > 1:
        first, second = halves(b, level, axis, 1)
        levels.append((first, second, level.shape))
        level = b.mul(first, second)
    outside: Value | None = None  # the product of everything outside the present node; nothing at the root
    for first, second, shape in reversed(levels):
        if outside is not None:
            first, second = b.mul(outside, first), b.mul(outside, second)
        outside = b.concatenate(second, first, axis=axis)
        if outside.shape != shape:
            outside = b.slice(outside, start=(0,) * x.ndim, limit=shape, strides=(1,) * x.ndim)
    return b.full_like(x, 1) if outside is None else outside


def _prod_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Any:
    (x,), (dx,), axes = primals, tangents, tuple(attrs["axes"])
    if not axes:
        return dx
    perm = kept_dims(x.ndim, axes) + axes
    moved = b.transpose(x, perm=perm)
    count: Any = 1
    for a in axes:
        count = count * x.shape[a]
    others = product_of_others(b, b.reshape(moved, shape=(*outs[0].shape, count)))
    back = b.reshape(others, shape=moved.shape)
    coefficient = b.transpose(back, perm=tuple(perm.index(i) for i in range(x.ndim)))
    return b.reduce_sum(b.mul(coefficient, dx), axes=axes)


def _extremum_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Any:
    """The tangents at the extremum; where several elements attain it, their mean."""
    (x,), (dx,), axes = primals, tangents, attrs["axes"]
    if not axes:
        return dx
    hit = b.cast(b.compare(x, _expand(b, outs[0], x, axes), direction="EQ"), x.dtype)
    weight = b.div(hit, _expand(b, b.reduce_sum(hit, axes=axes), x, axes))
    return b.reduce_sum(b.mul(weight, dx), axes=axes)


def _prod_split(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    """Complex product by halving: log2(n) products of pairs."""
    (re, im), axes = operands[0], tuple(attrs["axes"])
    if not axes:
        return re, im
    perm = kept_dims(re.ndim, axes) + axes
    count: Any = 1
    for a in axes:
        count = count * re.shape[a]
    shape = (*outs[0].shape, count)
    re, im = (b.reshape(b.transpose(v, perm=perm), shape=shape) for v in (re, im))
    axis = re.ndim - 1
    if count == 0:
        return b.full(outs[0].shape, re.dtype, 1), b.full(outs[0].shape, re.dtype, 0)
    while re.shape[axis] > 1:
        n = re.shape[axis]
        half = n // 2
        (a, c), (p, q) = ([_span(b, v, start, half) for start in (0, half)] for v in (re, im))
        parts = [b.sub(b.mul(a, c), b.mul(p, q)), b.add(b.mul(a, q), b.mul(p, c))]
        if n != 2 * half:  # the odd one waits for the next round
            parts = [b.concatenate(x, _span(b, v, n - 1, 1), axis=axis) for x, v in zip(parts, (re, im))]
        re, im = parts
    return b.reshape(re, shape=outs[0].shape), b.reshape(im, shape=outs[0].shape)


# Declarations --------------------------------------------------------------------------------------------------------------
structural(
    "reduce_sum",
    ("operand",),
    {"axes": I64S},
    dtypes=T.NUMBER,
    infer=accepts(T.NUMBER, _infer),
    evaluate=_evaluate(np.add, "sum"),
    transpose=_sum_transpose,
    batch=_batch("pb.reduce_sum"),
    split_complex=split_structural("pb.reduce_sum"),
    lower=_lower("add", "sum"),
    examples=_examples_empty,
    doc="Sum over `axes`. Sums of 16-bit floats are accumulated in f32.",
    reference="StableHLO specification, reduce",
)


def _reduction(short: str, ufunc: Any, hlo: str, kind: str, dtypes: tuple[str, ...], jvp: Any, doc: str, **rules: Any) -> None:
    name = f"pb.{short}"
    rules.setdefault("split_complex", REAL_ONLY)
    define(
        name,
        ("operand",),
        {"axes": I64S},
        dtypes=dtypes,
        infer=accepts(dtypes, _infer),
        evaluate=_evaluate(ufunc, kind),
        jvp=jvp,
        transpose=NOT_LINEAR,
        batch=_batch(name),
        lower=_lower(hlo, kind),
        examples=rules.pop("examples", _examples_empty),
        doc=doc,
        reference="StableHLO specification, reduce",
        **rules,
    )


_LOGICAL = T.BOOL + T.INTEGER
_reduction(
    "reduce_prod", np.multiply, "multiply", "prod", T.NUMBER, _prod_jvp, "Product over `axes`.", split_complex=_prod_split,
    examples=_examples_prod,
)  # fmt: skip
_reduction(
    "reduce_max", np.maximum, "maximum", "max", T.BOOL + T.REAL, _extremum_jvp,
    "Maximum over `axes`; NaN if any element is. Its derivative is shared evenly by the elements that attain it.",
    examples=_examples_extremum,
)  # fmt: skip
_reduction(
    "reduce_min", np.minimum, "minimum", "min", T.BOOL + T.REAL, _extremum_jvp,
    "Minimum over `axes`; NaN if any element is. Its derivative is shared evenly by the elements that attain it.",
    examples=_examples_extremum,
)  # fmt: skip
_reduction("reduce_and", np.bitwise_and, "and", "and", _LOGICAL, ZERO, "Bitwise (for booleans: logical) and over `axes`.")
_reduction("reduce_or", np.bitwise_or, "or", "or", _LOGICAL, ZERO, "Bitwise (for booleans: logical) or over `axes`.")
_reduction("reduce_xor", np.bitwise_xor, "xor", "xor", _LOGICAL, ZERO, "Bitwise (for booleans: logical) exclusive or over `axes`.")


# argmax and argmin ---------------------------------------------------------------------------------------------------------
def _arg_infer(x: Aval, *, axis: int, dtype: str) -> Aval:
    if not 0 <= axis < x.ndim:
        raise OpError(f"axis {axis} is out of range for {x}")
    if not T.is_integer(dtype):
        raise OpError(f"the position needs an integer element type, got {dtype}")
    if x.shape[axis] == 0:
        raise OpError(f"axis {axis} of {x} has no elements, so no extremum")
    return Aval(x.shape[:axis] + x.shape[axis + 1 :], dtype)


def _arg_evaluate(function: Any) -> Callable[..., Any]:
    def rule(x: Any, *, axis: int, dtype: str) -> Any:
        wide = x.astype(np.float32) if is_narrow(T.from_np(x.dtype)) else x
        return np.asarray(function(wide, axis=axis)).astype(T.np_dtype(dtype))

    return rule


def _arg_batch(name: str) -> Callable[..., Any]:
    def rule(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
        return b.emit(TABLE[name], operands, attrs | {"axis": attrs["axis"] + 1})

    return rule


def _arg_lower(hlo: str, kind: str) -> Callable[..., Any]:
    def rule(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
        """The smallest position whose element equals the extremum or, first of all, is NaN (the extremum then is NaN too)."""
        x, axis = operands[0], attrs["axis"]
        x = h.convert(x, "i8") if x.dtype == "i1" else x
        best = _fence(h, h.reduce(x, identity(kind, x.dtype), (axis,), hlo), x)
        best = h.broadcast_in_dim(best, x.shape, kept_dims(x.ndim, (axis,)))
        hit = h.compare("EQ", x, best)
        if T.is_float(x.dtype):
            hit = h.binary("or", hit, h.compare("NE", x, x))
        position = h.iota(Aval(x.shape, "i32"), axis)
        last = identity("min", "i32")
        first = h.reduce(h.select(hit, position, h.full_like(position, last)), last, (axis,), "minimum")
        return h.convert(first, attrs["dtype"])

    return rule


def _arg_examples(make: Any) -> list[Example]:
    cases: list[Example] = []
    for shape, axis, dtype in (((5,), 0, "i32"), ((2, 3), 1, "i64"), ((2, 3), 0, "i32"), ((2, 4, 3), 1, "ui8"), ((1,), 0, "i32")):
        cases.append(((make(*shape),), {"axis": axis, "dtype": dtype}))
    ties = make(2, 3)
    ties = np.concatenate([ties, ties], 1)
    cases.append(((ties,), {"axis": 1, "dtype": "i32"}))
    if T.is_float(make.dtype):
        nans = make(3, 4)
        nans[1, 2:] = np.nan
        cases.append(((nans,), {"axis": 1, "dtype": "i32"}))
    return cases


for _short, _function, _hlo, _kind, _word in (
    ("argmax", np.argmax, "maximum", "max", "largest"),
    ("argmin", np.argmin, "minimum", "min", "smallest"),
):
    define(
        f"pb.{_short}",
        ("operand",),
        {"axis": I64, "dtype": DTYPE},
        dtypes=T.BOOL + T.REAL,
        infer=accepts(T.BOOL + T.REAL, _arg_infer),
        evaluate=_arg_evaluate(_function),
        jvp=ZERO,
        batch=_arg_batch(f"pb.{_short}"),
        split_complex=REAL_ONLY,
        lower=_arg_lower(_hlo, _kind),
        examples=_arg_examples,
        doc=f"Position of the {_word} element along `axis`, as an integer of type `dtype`: the first one of equals; a NaN wins.",
        reference="numpy." + _short,
    )
