"""Algebraic identities: the `simplify` rules of the op table. The simplify pass applies them; it knows no operation by name.

A rule ``simplify(b, operands, attrs, op)`` returns the value(s) that replace the op, or None to keep it. It may look at what
defines an operand (``v.op``) and emit new operations through `b`.

What counts as equal follows XLA's algebraic simplifier: x + 0, x - 0, x * 1 and x / 1 are x. (In IEEE arithmetic -0.0 + 0.0 is
0.0, so the sign of a zero may differ; nothing else does.) x * 0 stays: it is NaN where x is NaN or infinite. Reassociation and
anything else that rounds differently stays, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import table as _table  # noqa: F401  fills the op table that the rules are attached to
from . import types as T
from .builder import Builder
from .ir import Op, Value
from .spec import TABLE, Rule

Attrs = dict[str, Any]
Operands = list[Value]


# Looking at operands -------------------------------------------------------------------------------------------------------
def defined_by(v: Value, name: str) -> Op | None:
    """The op that defines `v`, if it is a `name`."""
    return v.op if v.op is not None and v.op.spec.name == name else None


def splat_of(v: Value) -> Any:
    """The one element that fills `v`, as a NumPy scalar; None if `v` is no splat constant."""
    if v.op is None or "constant" not in v.op.spec.traits:
        return None
    array = v.op.attrs["value"].array
    return array.reshape(())[()] if array.size == 1 else None


def is_splat(v: Value, value: Any) -> bool:
    found = splat_of(v)
    return found is not None and bool(found == value)


# Elementwise ---------------------------------------------------------------------------------------------------------------
def _add(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, y = operands
    if is_splat(y, 0):
        return x
    if is_splat(x, 0):
        return y
    if negated := defined_by(y, "pb.neg"):
        return b.sub(x, negated.operands[0])
    if negated := defined_by(x, "pb.neg"):
        return b.sub(y, negated.operands[0])
    return None


def _sub(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, y = operands
    if is_splat(y, 0):
        return x
    if negated := defined_by(y, "pb.neg"):
        return b.add(x, negated.operands[0])
    return None


def _mul(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, y = operands
    if is_splat(y, 1):
        return x
    if is_splat(x, 1):
        return y
    left, right = defined_by(x, "pb.neg"), defined_by(y, "pb.neg")
    if left and right:
        return b.mul(left.operands[0], right.operands[0])
    return None


def _div(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, y = operands
    return x if is_splat(y, 1) else None


def _pow(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, y = operands
    return x if x.dtype == y.dtype and is_splat(y, 1) else None


def _integer_pow(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    return operands[0] if attrs["y"] == 1 else None


def _involution(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    """f(f(x)) = x."""
    inner = defined_by(operands[0], op.spec.name)
    return inner.operands[0] if inner else None


def _idempotent(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    """f(f(x)) = f(x), with the same attributes."""
    inner = defined_by(operands[0], op.spec.name)
    return operands[0] if inner and inner.attrs == attrs else None


def _same_operands(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    """f(x, x) = x."""
    return operands[0] if operands[0] is operands[1] else None


def _and(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, y = operands
    if x is y:
        return x
    if x.dtype != "i1":
        return None
    for p, q in ((x, y), (y, x)):
        if is_splat(p, True):
            return q
        if is_splat(p, False):
            return p
    return None


def _or(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, y = operands
    if x is y:
        return x
    if x.dtype != "i1":
        return None
    for p, q in ((x, y), (y, x)):
        if is_splat(p, False):
            return q
        if is_splat(p, True):
            return p
    return None


def _select(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    pred, on_true, on_false = operands
    if on_true is on_false:
        return on_true
    known = splat_of(pred)
    if known is not None:
        return on_true if known else on_false
    if inverted := defined_by(pred, "pb.not"):
        return b.select(inverted.operands[0], on_false, on_true)
    return None


# Types and complex parts ---------------------------------------------------------------------------------------------------
_EXACT_BITS = {"f16": 11, "bf16": 8, "f32": 24, "f64": 53}


def holds_all(wide: str, narrow: str) -> bool:
    """Whether every value of type `narrow` converts to `wide` without change."""
    if wide == narrow or narrow == "i1":
        return wide != "i1" or narrow == "i1"
    if T.is_complex(wide):
        return holds_all(T.real_of(wide), T.real_of(narrow))
    if T.is_complex(narrow):
        return False
    if T.is_float(wide):
        if T.is_float(narrow):
            return T.BITS[wide] > T.BITS[narrow]
        return T.is_integer(narrow) and T.BITS[narrow] - (not T.is_unsigned(narrow)) <= _EXACT_BITS[wide]
    if not (T.is_integer(wide) and T.is_integer(narrow)):
        return False
    if T.is_unsigned(wide):
        return T.is_unsigned(narrow) and T.BITS[wide] > T.BITS[narrow]
    return T.BITS[wide] > T.BITS[narrow]


def _convert(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    """A conversion through a type that holds every value is one conversion; one to the same type is none."""
    x = operands[0]
    if x.dtype == attrs["dtype"]:
        return x
    inner = defined_by(x, "pb.convert")
    if inner and holds_all(x.dtype, inner.operands[0].dtype):
        return b.cast(inner.operands[0], attrs["dtype"])
    return None


def _real(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    pair = defined_by(operands[0], "pb.complex")
    return pair.operands[0] if pair else None


def _imag(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    pair = defined_by(operands[0], "pb.complex")
    return pair.operands[1] if pair else None


def _complex(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    re, im = defined_by(operands[0], "pb.real"), defined_by(operands[1], "pb.imag")
    return re.operands[0] if re and im and re.operands[0] is im.operands[0] else None


# Moving elements -----------------------------------------------------------------------------------------------------------
def _splat_result(b: Builder, v: Value, op: Op) -> Value | None:
    """Moving equal elements makes equal elements."""
    element = splat_of(v)
    out = op.results[0]
    return None if element is None else b.full(out.shape, out.dtype, element)


def _reshape(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, shape = operands[0], tuple(attrs["shape"])
    if x.shape == shape:
        return x
    if inner := defined_by(x, "pb.reshape"):
        source = inner.operands[0]
        return source if source.shape == shape else b.reshape(source, shape=shape)
    return _splat_result(b, x, op)


def _transpose(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, perm = operands[0], tuple(attrs["perm"])
    if perm == tuple(range(len(perm))):
        return x
    if inner := defined_by(x, "pb.transpose"):
        first = inner.attrs["perm"]
        both = tuple(first[p] for p in perm)
        source = inner.operands[0]
        return source if both == tuple(range(len(both))) else b.transpose(source, perm=both)
    return _splat_result(b, x, op)


def _broadcast_in_dim(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x, shape, dims = operands[0], tuple(attrs["shape"]), tuple(attrs["dims"])
    if x.shape == shape and dims == tuple(range(len(shape))):
        return x
    if inner := defined_by(x, "pb.broadcast_in_dim"):
        source = inner.operands[0]
        return b.broadcast_in_dim(source, shape=shape, dims=tuple(dims[d] for d in inner.attrs["dims"]))
    return _splat_result(b, x, op)


def _slice(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x = operands[0]
    if op.results[0].shape == x.shape:  # as many elements as there are, from the first on
        return x
    return _splat_result(b, x, op)


def _dynamic_slice(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x = operands[0]
    if tuple(attrs["slice_sizes"]) == x.shape:  # start indices are clamped to 0
        return x
    return _splat_result(b, x, op)


def _pad(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x = operands[0]
    neutral = all(low == 0 for low in attrs["low"]) and all(high == 0 for high in attrs["high"])
    if neutral and op.results[0].shape == x.shape:
        return x
    element, filler = splat_of(x), splat_of(operands[1])
    if element is not None and filler is not None and element.tobytes() == filler.tobytes():
        return b.full(op.results[0].shape, x.dtype, element)
    return None


def _concatenate(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    if len(operands) == 1:
        return operands[0]
    axis = attrs["axis"]
    kept = [v for v in operands if v.shape[axis] != 0]
    if kept and len(kept) < len(operands):
        return kept[0] if len(kept) == 1 else b.concatenate(*kept, axis=axis)
    return None


def _reverse(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x = operands[0]
    if all(x.shape[d] == 1 for d in attrs["dims"]):
        return x
    inner = defined_by(x, "pb.reverse")
    if inner and sorted(inner.attrs["dims"]) == sorted(attrs["dims"]):
        return inner.operands[0]
    # Elements with gaps, backwards, are elements with gaps of the reversed array; IREE 3.13 compiles only the latter.
    if (inner := defined_by(x, "pb.slice")) and any(k != 1 for k in inner.attrs["strides"]):
        return _slice_of_reverse(b, inner, attrs["dims"])
    if (inner := defined_by(x, "pb.transpose")) and defined_by(inner.operands[0], "pb.slice"):
        perm = inner.attrs["perm"]
        return b.transpose(b.reverse(inner.operands[0], dims=tuple(perm[d] for d in attrs["dims"])), perm=perm)
    return _splat_result(b, x, op)


def _slice_of_reverse(b: Builder, inner: Op, dims: tuple[int, ...]) -> Value:
    (x,), attrs = inner.operands, inner.attrs
    start, limit = list(attrs["start"]), list(attrs["limit"])
    for d in dims:
        last = start[d] + attrs["strides"][d] * (inner.results[0].shape[d] - 1)
        start[d], limit[d] = x.shape[d] - 1 - last, x.shape[d] - start[d]
    return b.slice(b.reverse(x, dims=dims), start=tuple(start), limit=tuple(limit), strides=attrs["strides"])


def _reduce(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    """A reduction over nothing, or over dimensions of size 1."""
    x, axes = operands[0], attrs["axes"]
    if not axes:
        return x
    if all(x.shape[d] == 1 for d in axes):
        return b.reshape(x, shape=op.results[0].shape)
    return None


def _reduce_sum(b: Builder, operands: Operands, attrs: Attrs, op: Op) -> Value | None:
    x = operands[0]
    if is_splat(x, 0) and not np.signbit(np.real(splat_of(x))):
        return b.zeros(op.results[0].aval)  # type: ignore[arg-type]
    inner = defined_by(x, "pb.reduce_sum")
    if inner and not attrs["axes"]:
        return x
    return _reduce(b, operands, attrs, op)


RULES: dict[str, Rule] = {
    "pb.add": _add,
    "pb.sub": _sub,
    "pb.mul": _mul,
    "pb.div": _div,
    "pb.pow": _pow,
    "pb.integer_pow": _integer_pow,
    "pb.neg": _involution,
    "pb.not": _involution,
    "pb.conj": _involution,
    "pb.abs": _idempotent,
    "pb.floor": _idempotent,
    "pb.ceil": _idempotent,
    "pb.round": _idempotent,
    "pb.sign": _idempotent,
    "pb.max": _same_operands,
    "pb.min": _same_operands,
    "pb.and": _and,
    "pb.or": _or,
    "pb.select": _select,
    "pb.convert": _convert,
    "pb.real": _real,
    "pb.imag": _imag,
    "pb.complex": _complex,
    "pb.reshape": _reshape,
    "pb.transpose": _transpose,
    "pb.broadcast_in_dim": _broadcast_in_dim,
    "pb.slice": _slice,
    "pb.dynamic_slice": _dynamic_slice,
    "pb.pad": _pad,
    "pb.concatenate": _concatenate,
    "pb.reverse": _reverse,
    "pb.reduce_sum": _reduce_sum,
    "pb.reduce_prod": _reduce,
    "pb.reduce_max": _reduce,
    "pb.reduce_min": _reduce,
    "pb.reduce_and": _reduce,
    "pb.reduce_or": _reduce,
    "pb.reduce_xor": _reduce,
}

for _name, _rule in RULES.items():
    TABLE[_name].simplify = _rule
