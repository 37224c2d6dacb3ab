"""cumlogsumexp: logarithms of cumulative sums of exponentials, without overflow."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .cumulative import linear_recurrence, shift
from .elementwise_rules import REAL_ONLY
from .ir import Value
from .reduction import is_narrow
from .rules import accepts
from .spec import BOOL, I64, NOT_LINEAR, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]


def _infer(x: Aval, *, axis: int, reverse: bool) -> Aval:
    if not 0 <= axis < x.ndim:
        raise OpError(f"axis {axis} is out of range for {x}")
    return x


def _evaluate(x: Any, *, axis: int, reverse: bool) -> Any:
    wide = x.astype(np.float32) if is_narrow(T.from_np(x.dtype)) else x
    wide = np.flip(wide, axis) if reverse else wide
    with np.errstate(all="ignore"):
        out = np.logaddexp.accumulate(wide, axis=axis)
        return np.ascontiguousarray(np.flip(out, axis) if reverse else out).astype(x.dtype, copy=False)


def _ratio(b: Builder, part: Value, whole: Value) -> Value:
    """exp(part - whole), of which `part` is one of the summands; 1 where they are equal, infinities included."""
    same = b.compare(part, whole, direction="EQ")
    return b.select(same, b.full_like(part, 1), b.exp(b.sub(part, whole)))


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Value:
    """With s[i] = s[i-1] + exp(x[i]) and y = log s: dy[i] = exp(y[i-1] - y[i]) dy[i-1] + exp(x[i] - y[i]) dx[i]."""
    (x,), (dx,), axis, reverse = primals, tangents, attrs["axis"], attrs["reverse"]
    assert dx is not None
    y = outs[0]
    before = shift(b, y, axis, 1, -np.inf, reverse)
    return linear_recurrence(b, _ratio(b, before, y), b.mul(_ratio(b, x, y), dx), axis, reverse)


def _decompose(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> Value:
    """Sums relative to the largest element so far: when that grows, the sum so far shrinks."""
    x, axis, reverse = operands[0], attrs["axis"], attrs["reverse"]
    if 0 in x.shape:
        return x
    dtype = x.dtype
    x = b.cast(x, "f32") if is_narrow(dtype) else x
    most = b.cummax(x, axis=axis, reverse=reverse)
    before = shift(b, most, axis, 1, -np.inf, reverse)
    total = linear_recurrence(b, _ratio(b, before, most), _ratio(b, x, most), axis, reverse)
    finite = b.is_finite(most)  # of minus infinity alone the sum is minus infinity; plus infinity and NaN stay
    return b.cast(b.select(finite, b.add(most, b.log(total)), most), dtype)


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
    return b.cumlogsumexp(operands[0], axis=attrs["axis"] + 1, reverse=attrs["reverse"])


def _examples(make: Any) -> list[Example]:
    cases = [((5,), 0, False), ((5,), 0, True), ((2, 3), 1, False), ((3, 2), 0, True), ((2, 19, 3), 1, False), ((1,), 0, False)]
    cases += [((0, 2), 0, False)]
    out: list[Example] = [((make(*shape),), {"axis": axis, "reverse": reverse}) for shape, axis, reverse in cases]
    wide = np.array([-np.inf, -80.0, 3.0, -np.inf, 85.0, 80.0]).astype(T.np_dtype(make.dtype))
    return [*out, ((wide,), {"axis": 0, "reverse": False}), ((wide,), {"axis": 0, "reverse": True})]


define(
    "pb.cumlogsumexp",
    ("operand",),
    {"axis": I64, "reverse": BOOL},
    dtypes=T.FLOAT,
    infer=accepts(T.FLOAT, _infer),
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=NOT_LINEAR,
    batch=_batch,
    split_complex=REAL_ONLY,
    decompose=_decompose,
    examples=_examples,
    doc="Logarithm of the sum of the exponentials of the elements up to each position along `axis`; from the end if `reverse`.",
    reference="jax.lax.cumlogsumexp",
)
