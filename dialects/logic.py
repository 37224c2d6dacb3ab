"""Comparisons, choices and bits: compare, is_finite, select, clamp, and, or, xor, not, shifts, bit counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import complex_math as cm
from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY, exact
from .ir import Value
from .rules import ZERO, accepts, batch_elementwise, binary, lower_to, same_type, unary
from .spec import NOT_LINEAR, STR, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]
BITWISE = T.BOOL + T.INTEGER


def _pairs(make: Any) -> list[Example]:
    return [((make(*s), make(*s)), {}) for s in ((), (5,), (2, 3), (0, 2))]


def _single(make: Any) -> list[Example]:
    return [((make(*s),), {}) for s in ((), (5,), (2, 3))]


# Comparison -----------------------------------------------------------------------------------------------------------------------
_COMPARE = {"EQ": np.equal, "NE": np.not_equal, "LT": np.less, "LE": np.less_equal, "GT": np.greater, "GE": np.greater_equal}


def _compare_infer(lhs: Aval, rhs: Aval, *, direction: str) -> Aval:
    if direction not in _COMPARE:
        raise OpError(f"direction must be one of {', '.join(_COMPARE)}, got {direction!r}")
    return Aval(same_type(lhs, rhs).shape, "i1")


def _compare_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    return h.compare(attrs["direction"], *operands)


def _compare_examples(make: Any) -> list[Example]:
    out: list[Example] = []
    for direction in _COMPARE:
        x = make(4)
        out += [((x, x), {"direction": direction}), ((make(2, 3), make(2, 3)), {"direction": direction})]
    return out


define(
    "pb.compare",
    ("lhs", "rhs"),
    {"direction": STR},
    dtypes=T.DTYPES,
    infer=_compare_infer,
    evaluate=exact(lambda x, y, *, direction: _COMPARE[direction](x, y)),
    jvp=ZERO,
    batch=batch_elementwise("pb.compare"),
    lower=_compare_lower,
    split_complex=cm.split(cm.compare),
    examples=_compare_examples,
    traits=("elementwise",),
    doc="Comparison in the direction EQ, NE, LT, LE, GT or GE. NaN is unordered: only NE is true of it. Complex numbers are "
    "ordered by their real, then their imaginary part.",
    reference="StableHLO specification, compare",
)


def _is_finite_split(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Value:
    re, im = operands[0]
    return b.and_(b.is_finite(re), b.is_finite(im))


unary(
    "is_finite",
    exact(np.isfinite),
    T.INEXACT,
    infer=accepts(T.INEXACT, lambda x: Aval(x.shape, "i1")),
    jvp=ZERO,
    lower=lower_to("is_finite"),
    split_complex=_is_finite_split,
    examples=lambda make: [*_single(make), ((np.array([np.inf, -np.inf, np.nan, 1]).astype(T.np_dtype(make.dtype)),), {})],
    doc="False for infinities and NaN.",
    reference="StableHLO specification, is_finite",
)


# Choice ---------------------------------------------------------------------------------------------------------------------------
def _select_infer(pred: Aval, on_true: Aval, on_false: Aval) -> Aval:
    if pred.dtype != "i1":
        raise OpError(f"the predicate must be boolean, got {pred}")
    out = same_type(on_true, on_false)
    if pred.shape != () and pred.shape != out.shape:
        raise OpError(f"the predicate must be a scalar or have the shape of the cases, got {pred} for {out}")
    return out


def _select_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Value | None:
    _, dx, dy = tangents
    if dx is None and dy is None:
        return None
    zero = b.zeros(primals[1].aval) if dx is None or dy is None else None  # type: ignore[arg-type]
    return b.select(primals[0], zero if dx is None else dx, zero if dy is None else dy)


def _select_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Value | None]:
    pred, zero = operands[0], b.full_like(cts, 0)
    return [None, b.select(pred, cts, zero) if linear[1] else None, b.select(pred, zero, cts) if linear[2] else None]


def _batch_scalar(b: Builder, x: Value, is_batched: bool, shape: tuple[Any, ...]) -> Value:
    """A scalar operand next to batched operands of shape `shape`: it stays one, or if batched itself is repeated."""
    if not is_batched or x.shape == shape:
        return x
    return b.broadcast_in_dim(x, shape=shape, dims=(0,))


def _select_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
    pred, x, y = operands
    whole = pred.ndim - batched[0] == x.ndim - batched[1]  # the predicate chooses element by element
    x, y = b.batched(x, batched[1]), b.batched(y, batched[2])
    return b.select(b.batched(pred, batched[0]) if whole else _batch_scalar(b, pred, batched[0], x.shape), x, y)


def _select_split(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    pred, x, y = operands
    return b.select(pred, x[0], y[0]), b.select(pred, x[1], y[1])


def _select_examples(make: Any) -> list[Example]:
    out: list[Example] = []
    for pred_shape, shape in (((), ()), ((), (2, 3)), ((5,), (5,)), ((2, 3), (2, 3))):
        pred = np.asarray(make.rng.integers(0, 2, pred_shape), np.bool_)
        out.append(((pred, make(*shape), make(*shape)), {}))
    return out


define(
    "pb.select",
    ("pred", "on_true", "on_false"),
    dtypes=T.DTYPES,
    infer=_select_infer,
    evaluate=exact(np.where),
    jvp=_select_jvp,
    transpose=_select_transpose,
    batch=_select_batch,
    lower=lower_to("select"),
    split_complex=_select_split,
    examples=_select_examples,
    traits=("elementwise",),
    doc="on_true where the predicate (of the same shape, or a scalar) holds, else on_false.",
    reference="StableHLO specification, select",
)


def _clamp_infer(low: Aval, operand: Aval, high: Aval) -> Aval:
    for bound in (low, high):
        if bound.dtype != operand.dtype or (bound.shape != () and bound.shape != operand.shape):
            raise OpError(f"a bound must be a scalar or have the operand's type, got {bound} for {operand}")
    return operand


def _clamp_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Value | None:
    """The tangent of the operand strictly between the bounds, of a bound beyond it, as JAX has it."""
    shape = outs[0].shape

    def full(v: Value) -> Value:
        return v if v.shape == shape else b.broadcast_in_dim(v, shape=shape, dims=())

    low, x, high = (full(v) for v in primals)

    def less(p: Value, q: Value) -> Value:
        return b.compare(p, q, direction="LT")

    total = None
    for k, t in enumerate(tangents):
        if t is None:
            continue
        if k == 0:
            chosen = b.and_(less(x, low), less(low, high))
        else:
            chosen = b.and_(less(low, x), less(x, high)) if k == 1 else less(high, x)
        total = b.add_tangents(total, b.select(chosen, full(t), b.zeros(outs[0].aval)))  # type: ignore[arg-type]
    return total


def _clamp_batch(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
    ndim = operands[1].ndim - batched[1]
    x = b.batched(operands[1], batched[1])

    def bound(v: Value, is_batched: bool) -> Value:
        if v.ndim - is_batched == ndim and ndim:
            return b.batched(v, is_batched)
        return _batch_scalar(b, v, is_batched, x.shape)

    return b.clamp(bound(operands[0], batched[0]), x, bound(operands[2], batched[2]))


def _clamp_examples(make: Any) -> list[Example]:
    low, high = (0, 1) if T.is_unsigned(make.dtype) else (-1, 1)
    scalar = [np.asarray(v).astype(T.np_dtype(make.dtype)) for v in (low, high)]
    out: list[Example] = [((scalar[0], make(*s), scalar[1]), {}) for s in ((), (5,), (2, 3))]
    out.append(((make(4, low=low, high=1), make(4), make(4, low=1, high=2)), {}))
    return out


define(
    "pb.clamp",
    ("min", "operand", "max"),
    dtypes=T.REAL,
    infer=accepts(T.REAL, _clamp_infer),
    evaluate=exact(lambda low, x, high: np.minimum(np.maximum(x, low), high)),
    jvp=_clamp_jvp,
    transpose=NOT_LINEAR,
    batch=_clamp_batch,
    lower=lower_to("clamp"),
    split_complex=REAL_ONLY,
    examples=_clamp_examples,
    traits=("elementwise",),
    doc="min(max(operand, lower bound), upper bound); a bound is a scalar or has the operand's shape.",
    reference="StableHLO specification, clamp",
)


# Bits -----------------------------------------------------------------------------------------------------------------------------
for _name, _fn, _doc in (
    ("and", np.bitwise_and, "Bitwise and; logical and of booleans."),
    ("or", np.bitwise_or, "Bitwise or; logical or of booleans."),
    ("xor", np.bitwise_xor, "Bitwise exclusive or; inequality of booleans."),
):
    binary(
        _name,
        exact(_fn),
        BITWISE,
        jvp=ZERO,
        lower=lower_to(_name),
        split_complex=REAL_ONLY,
        examples=_pairs,
        doc=_doc,
        reference=f"StableHLO specification, {_name}",
    )

unary(
    "not",
    exact(np.invert),
    BITWISE,
    jvp=ZERO,
    lower=lower_to("not"),
    split_complex=REAL_ONLY,
    examples=_single,
    doc="Bitwise complement; logical not of booleans.",
    reference="StableHLO specification, not",
)


def _as(kind: str, fn: Any) -> Any:
    """`fn` on the operands' bits read as signed ('i') or unsigned ('u') integers."""

    def evaluate(x: Any, y: Any) -> Any:
        dtype = np.dtype(f"{kind}{x.dtype.itemsize}")
        return fn(x.view(dtype), y.view(dtype)).view(x.dtype)

    return exact(evaluate)


def _shift_examples(make: Any) -> list[Example]:
    width = T.BITS[make.dtype]
    amounts = np.array([0, 1, width - 1, width, 2 * width - 1]).astype(T.np_dtype(make.dtype))
    return [((make(*s), make(*s, low=0, high=3)), {}) for s in ((), (2, 3))] + [((make(5), amounts), {})]


for _name, _evaluate, _doc in (
    ("shift_left", exact(np.left_shift), "Shift to more significant bits; 0 for amounts beyond the width."),
    ("shift_right_logical", _as("u", np.right_shift), "Shift to less significant bits, filled with zeros."),
    ("shift_right_arithmetic", _as("i", np.right_shift), "Shift to less significant bits, filled with the top bit."),
):
    binary(
        _name,
        _evaluate,
        T.INTEGER,
        jvp=ZERO,
        lower=lower_to(_name),
        split_complex=REAL_ONLY,
        examples=_shift_examples,
        doc=f"{_doc} The amount is read as unsigned.",
        reference=f"StableHLO specification, {_name}",
    )


def _clz(x: Any) -> Any:
    """Fills every bit below the highest set one, then counts the others."""
    width = x.dtype.itemsize * 8
    filled = x.view(f"u{x.dtype.itemsize}")
    shift = 1
    while shift < width:
        filled = filled | (filled >> np.asarray(shift, filled.dtype))
        shift *= 2
    return (width - np.bitwise_count(filled)).astype(x.dtype)


for _name, _evaluate, _hlo, _doc in (
    (
        "population_count",
        lambda x: np.bitwise_count(x.view(f"u{x.dtype.itemsize}")).astype(x.dtype),
        "popcnt",
        "The number of set bits.",
    ),
    ("clz", _clz, "count_leading_zeros", "The number of zero bits above the highest set bit."),
):
    unary(
        _name,
        exact(_evaluate),
        T.INTEGER,
        jvp=ZERO,
        lower=lower_to(_hlo),
        split_complex=REAL_ONLY,
        examples=_single,
        doc=_doc,
        reference=f"StableHLO specification, {_hlo}",
    )
