"""Operations that move elements: reshape, broadcast, transpose, reverse, concatenate, pad, slice.

All of them are linear, so each is its own jvp, and its transpose is another of them (or a sum, where elements were repeated).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .hlo import i64s
from .ir import Value
from .rules import structural
from .spec import I64, I64S, Example, OpError
from .types import Aval

Operands = list[Value]
Attrs = dict[str, Any]


def _is_permutation(dims: Any, ndim: int) -> bool:
    return len(dims) == ndim and sorted(dims) == list(range(ndim))


def check_dims(dims: Any, aval: Aval) -> None:
    """`dims` are distinct dimensions of `aval`, counted from the front."""
    if len(set(dims)) != len(dims) or not all(0 <= d < aval.ndim for d in dims):
        raise OpError(f"dimensions {tuple(dims)} must be distinct and within the rank of {aval}")


def _check_lengths(aval: Aval, **lists: Any) -> None:
    for name, values in lists.items():
        if len(values) != aval.ndim:
            raise OpError(f"{name} = {tuple(values)} must have one entry for each dimension of {aval}")


# reshape -------------------------------------------------------------------------------------------------------------------
def _reshape_infer(x: Aval, *, shape: Any) -> Aval:
    out = Aval(tuple(shape), x.dtype)
    if out.size != x.size:
        raise OpError(f"cannot reshape {x} to shape {tuple(shape)}: the number of elements differs")
    return out


def _reshape_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Any]:
    return [b.reshape(cts, shape=operands[0].shape)]


def _reshape_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    return b.reshape(operands[0], shape=(b.size, *attrs["shape"]))


def _reshape_examples(make: Any) -> list[Example]:
    pairs = [((2, 3), (3, 2)), ((6,), (2, 1, 3)), ((1, 1), ()), ((), (1,)), ((0, 3), (2, 0)), ((2, 3), (2, 3))]
    return [((make(*old),), {"shape": new}) for old, new in pairs]


structural(
    "reshape",
    ("operand",),
    {"shape": I64S},
    dtypes=T.DTYPES,
    infer=_reshape_infer,
    evaluate=lambda x, *, shape: np.reshape(x, shape),
    transpose=_reshape_transpose,
    batch=_reshape_batch,
    lower=lambda h, operands, attrs, outs: h.reshape(operands[0], outs[0].shape),
    examples=_reshape_examples,
    traits=("reindexes",),
    doc="The same elements in row-major order under another shape.",
    reference="StableHLO specification, reshape",
)


# broadcast_in_dim ----------------------------------------------------------------------------------------------------------
def _broadcast_infer(x: Aval, *, shape: Any, dims: Any) -> Aval:
    shape = tuple(shape)
    if len(dims) != x.ndim:
        raise OpError(f"dims = {tuple(dims)} must name a result dimension for each dimension of {x}")
    if any(not 0 <= d < len(shape) for d in dims) or list(dims) != sorted(set(dims)):
        raise OpError(f"dims = {tuple(dims)} must be increasing and within the rank of shape {shape}")
    for size, d in zip(x.shape, dims):
        if size != shape[d] and size != 1:
            raise OpError(f"cannot broadcast {x} to shape {shape}: dimension of size {size} does not fit {shape[d]}")
    return Aval(shape, x.dtype)


def _broadcast_evaluate(x: Any, *, shape: Any, dims: Any) -> Any:
    spread = [1] * len(shape)
    for size, d in zip(np.shape(x), dims):
        spread[d] = size
    out = np.empty(shape, np.asarray(x).dtype)
    out[...] = np.reshape(x, spread)
    return out


def _broadcast_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Any]:
    """Sum over the dimensions along which elements were repeated."""
    x, shape, dims = operands[0], attrs["shape"], attrs["dims"]
    kept = {d for size, d in zip(x.shape, dims) if size == shape[d]}
    axes = tuple(d for d in range(len(shape)) if d not in kept)
    out = b.reduce_sum(cts, axes=axes) if axes else cts
    return [out if out.shape == x.shape else b.reshape(out, shape=x.shape)]


def _broadcast_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    return b.broadcast_in_dim(operands[0], shape=(b.size, *attrs["shape"]), dims=(0, *(d + 1 for d in attrs["dims"])))


def _broadcast_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    return h.broadcast_in_dim(operands[0], outs[0].shape, attrs["dims"])


def _broadcast_examples(make: Any) -> list[Example]:
    cases = [((), (2, 3), ()), ((3,), (2, 3), (1,)), ((2,), (2, 3), (0,)), ((1, 3), (2, 3), (0, 1)), ((2, 1), (2, 4, 3), (0, 2))]
    cases += [((3,), (3,), (0,)), ((1,), (0,), (0,)), ((1, 1), (1, 2, 1), (0, 1)), ((), (), ())]
    return [((make(*old),), {"shape": new, "dims": dims}) for old, new, dims in cases]


structural(
    "broadcast_in_dim",
    ("operand",),
    {"shape": I64S, "dims": I64S},
    dtypes=T.DTYPES,
    infer=_broadcast_infer,
    evaluate=_broadcast_evaluate,
    transpose=_broadcast_transpose,
    batch=_broadcast_batch,
    lower=_broadcast_lower,
    examples=_broadcast_examples,
    traits=("spreading",),
    doc="Repeats elements to fill `shape`. Dimension i of the operand becomes dimension dims[i] of the result; its size is that "
    "of the result dimension or 1, which is repeated.",
    reference="StableHLO specification, broadcast_in_dim",
)


# transpose -----------------------------------------------------------------------------------------------------------------
def _transpose_infer(x: Aval, *, perm: Any) -> Aval:
    if not _is_permutation(perm, x.ndim):
        raise OpError(f"perm = {tuple(perm)} is not a permutation of the dimensions of {x}")
    return Aval(tuple(x.shape[p] for p in perm), x.dtype)


def _transpose_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Any]:
    perm = attrs["perm"]
    return [b.transpose(cts, perm=tuple(perm.index(i) for i in range(len(perm))))]


def _transpose_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    return b.transpose(operands[0], perm=(0, *(p + 1 for p in attrs["perm"])))


def _transpose_examples(make: Any) -> list[Example]:
    cases = [((2, 3), (1, 0)), ((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (1, 2, 0)), ((4,), (0,)), ((), ()), ((0, 2), (1, 0))]
    return [((make(*shape),), {"perm": perm}) for shape, perm in cases]


structural(
    "transpose",
    ("operand",),
    {"perm": I64S},
    dtypes=T.DTYPES,
    infer=_transpose_infer,
    evaluate=lambda x, *, perm: np.ascontiguousarray(np.transpose(x, perm)).reshape([np.shape(x)[p] for p in perm]),
    transpose=_transpose_transpose,
    batch=_transpose_batch,
    lower=lambda h, operands, attrs, outs: h.transpose(operands[0], attrs["perm"]),
    examples=_transpose_examples,
    traits=("reindexes",),
    doc="Permutes dimensions: dimension i of the result is dimension perm[i] of the operand.",
    reference="StableHLO specification, transpose",
)


# reverse -------------------------------------------------------------------------------------------------------------------
def _reverse_infer(x: Aval, *, dims: Any) -> Aval:
    check_dims(dims, x)
    return x


def _reverse_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Any]:
    return [b.reverse(cts, **attrs)]


def _reverse_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    return b.reverse(operands[0], dims=tuple(d + 1 for d in attrs["dims"]))


def _reverse_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    dims = attrs["dims"]
    if not dims:
        return operands[0]
    x = h.signless(operands[0])
    return h.bitcast(h.op("stablehlo.reverse", [x], x.aval, f"dimensions = {i64s(dims)}"), outs[0].dtype)


def _reverse_examples(make: Any) -> list[Example]:
    cases = [((4,), (0,)), ((2, 3), (0, 1)), ((2, 3), (1,)), ((2, 3), ()), ((0, 2), (0,))]
    return [((make(*shape),), {"dims": dims}) for shape, dims in cases]


structural(
    "reverse",
    ("operand",),
    {"dims": I64S},
    dtypes=T.DTYPES,
    infer=_reverse_infer,
    evaluate=lambda x, *, dims: np.ascontiguousarray(np.flip(x, tuple(dims))).reshape(np.shape(x)),
    transpose=_reverse_transpose,
    batch=_reverse_batch,
    lower=_reverse_lower,
    examples=_reverse_examples,
    doc="Reverses the order of the elements along each of `dims`.",
    reference="StableHLO specification, reverse",
)


# concatenate ---------------------------------------------------------------------------------------------------------------
def _concatenate_infer(*xs: Aval, axis: int) -> Aval:
    if not xs:
        raise OpError("concatenate needs at least one operand")
    first = xs[0]
    if not 0 <= axis < first.ndim:
        raise OpError(f"axis {axis} is out of range for {first}")
    total: Any = 0
    for x in xs:
        rest = x.shape[:axis] + x.shape[axis + 1 :]
        if x.dtype != first.dtype or x.ndim != first.ndim or rest != first.shape[:axis] + first.shape[axis + 1 :]:
            raise OpError(f"operands must agree except along axis {axis}, got {', '.join(map(str, xs))}")
        total = total + x.shape[axis]
    return Aval((*first.shape[:axis], total, *first.shape[axis + 1 :]), first.dtype)


def _concatenate_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Any]:
    axis = attrs["axis"]
    out: list[Any] = []
    offset: Any = 0
    for x, is_linear in zip(operands, linear):
        end = offset + x.shape[axis]
        if is_linear:
            start, limit = [0] * x.ndim, list(cts.shape)
            start[axis], limit[axis] = offset, end
            out.append(b.slice(cts, start=tuple(start), limit=tuple(limit), strides=(1,) * x.ndim))
        else:
            out.append(None)
        offset = end
    return out


def _concatenate_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    return b.concatenate(*[b.batched(x, m) for x, m in zip(operands, batched)], axis=attrs["axis"] + 1)


def _concatenate_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    return operands[0] if len(operands) == 1 else h.concatenate(operands, attrs["axis"])


def _concatenate_examples(make: Any) -> list[Example]:
    return [
        ((make(2), make(3)), {"axis": 0}),
        ((make(2, 3), make(2, 1), make(2, 0)), {"axis": 1}),
        ((make(1, 3), make(2, 3), make(1, 3)), {"axis": 0}),
        ((make(2, 2),), {"axis": 1}),
    ]


structural(
    "concatenate",
    ("operands*",),
    {"axis": I64},
    dtypes=T.DTYPES,
    infer=_concatenate_infer,
    evaluate=lambda *xs, axis: np.concatenate(xs, axis),
    transpose=_concatenate_transpose,
    batch=_concatenate_batch,
    lower=_concatenate_lower,
    examples=_concatenate_examples,
    doc="The operands joined along `axis`.",
    reference="StableHLO specification, concatenate",
)


# pad -----------------------------------------------------------------------------------------------------------------------
def _pad_infer(x: Aval, value: Aval, *, low: Any, high: Any, interior: Any) -> Aval:
    if value != Aval((), x.dtype):
        raise OpError(f"padding value must be a scalar of the operand's element type, got {value} for {x}")
    _check_lengths(x, low=low, high=high, interior=interior)
    if any(i < 0 for i in interior):
        raise OpError(f"interior = {tuple(interior)} must not be negative")
    shape = []
    for n, lo, hi, i in zip(x.shape, low, high, interior):
        between = (n - 1) * i if i != 0 and n != 0 else 0
        size = n + between + lo + hi
        if size < 0:
            raise OpError(f"padding {tuple(low)}, {tuple(high)} removes more elements than {x} has")
        shape.append(size)
    return Aval(tuple(shape), x.dtype)


def _pad_evaluate(x: Any, value: Any, *, low: Any, high: Any, interior: Any) -> Any:
    # fill first, then store the surviving elements: a negative edge selects which ones those are
    shape, source, target = [], [], []
    for n, lo, hi, i in zip(np.shape(x), low, high, interior):
        step = i + 1
        size = (n + (n - 1) * i if n else 0) + lo + hi
        first = max(0, -(lo // step))  # smallest k with lo + k * step >= 0
        last = min(n - 1, (size - 1 - lo) // step)  # largest k with lo + k * step < size
        source.append(slice(first, max(last + 1, first)))
        begin = lo + first * step
        target.append(slice(begin, begin + max(last - first + 1, 0) * step, step))
        shape.append(size)
    out = np.full(shape, value, dtype=np.asarray(x).dtype)
    if all(s.stop > s.start for s in source):
        out[tuple(target)] = x[tuple(source)]
    return out


def _padding_mask(b: Builder, shape: Any, attrs: Attrs) -> Value:
    """True where `pad` puts the padding value."""
    return b.pad(b.full(tuple(shape), "i1", False), b.full((), "i1", True), **attrs)


def _pad_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Any]:
    x = operands[0]
    out: list[Any] = [None, None]
    if linear[0]:
        zero = b.full((), cts.dtype, 0)
        flat = (0,) * x.ndim
        back = b.pad(cts, zero, low=tuple(-n for n in attrs["low"]), high=tuple(-n for n in attrs["high"]), interior=flat)
        if any(attrs["interior"]):
            back = b.slice(back, start=flat, limit=back.shape, strides=tuple(i + 1 for i in attrs["interior"]))
        out[0] = back
    if linear[1]:
        padding = b.select(_padding_mask(b, x.shape, attrs), cts, b.zeros(cts.aval))  # type: ignore[arg-type]
        out[1] = b.reduce_sum(padding, axes=tuple(range(x.ndim)))
    return out


def _pad_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    x, value = operands
    wide = {k: (0, *attrs[k]) for k in ("low", "high", "interior")}
    if not batched[1]:
        return b.pad(x, value, **wide)
    # a padding value for each example: pad with zero and choose
    x = b.batched(x, batched[0])
    out = b.pad(x, b.full((), x.dtype, 0), **wide)
    mask = b.broadcast_front(_padding_mask(b, x.shape[1:], attrs), b.size)
    return b.select(mask, b.broadcast_in_dim(value, shape=out.shape, dims=(0,)), out)


def _pad_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    x, value = operands
    low, high, interior = attrs["low"], attrs["high"], attrs["interior"]

    grow_low, grow_high = tuple(max(n, 0) for n in low), tuple(max(n, 0) for n in high)
    shape = tuple(
        n + ((n - 1) * i if i != 0 and n != 0 else 0) + lo + hi for n, lo, hi, i in zip(x.shape, grow_low, grow_high, interior)
    )
    out = x
    if shape != x.shape or any(low) or any(high):
        config = f"edge_padding_low = {i64s(grow_low)}, edge_padding_high = {i64s(grow_high)}, interior_padding = {i64s(interior)}"
        out = h.op("stablehlo.pad", [x, value], Aval(shape, x.dtype), config)
    if shape == outs[0].shape and all(n >= 0 for n in low):
        return out
    start = [max(-n, 0) for n in low]
    return h.slice(out, start, [s + n for s, n in zip(start, outs[0].shape)])


def _pad_examples(make: Any) -> list[Example]:
    cases = [
        ((3,), (1,), (2,), (0,)),
        ((2, 3), (0, 1), (1, 0), (1, 2)),
        ((5,), (-1,), (-2,), (0,)),
        ((4, 3), (-1, 2), (1, -1), (2, 1)),
        ((4,), (-3,), (-2,), (1,)),
        ((4,), (-2,), (3,), (0,)),
        ((0, 2), (1, 0), (2, 0), (3, 0)),
        ((2,), (0,), (0,), (0,)),
        ((), (), (), ()),
        ((3,), (-5,), (4,), (0,)),
    ]
    return [((make(*s), make()), {"low": lo, "high": hi, "interior": i}) for s, lo, hi, i in cases]


structural(
    "pad",
    ("operand", "value"),
    {"low": I64S, "high": I64S, "interior": I64S},
    dtypes=T.DTYPES,
    infer=_pad_infer,
    evaluate=_pad_evaluate,
    transpose=_pad_transpose,
    batch=_pad_batch,
    lower=_pad_lower,
    examples=_pad_examples,
    doc="Puts `interior` padding elements between neighbours, then `low` and `high` ones at the edges; negative numbers remove "
    "elements from that edge.",
    reference="StableHLO specification, pad",
)


# slice ---------------------------------------------------------------------------------------------------------------------
def _slice_infer(x: Aval, *, start: Any, limit: Any, strides: Any) -> Aval:
    _check_lengths(x, start=start, limit=limit, strides=strides)
    shape = []
    for n, s, e, t in zip(x.shape, start, limit, strides):
        if t < 1:
            raise OpError(f"strides = {tuple(strides)} must be positive")
        whole = e == n and s == 0  # decided without an order on dimensions
        if not whole and not 0 <= s <= e <= n:
            raise OpError(f"slice from {tuple(start)} to {tuple(limit)} is out of bounds for {x}")
        shape.append(e - s if t == 1 else (e - s + t - 1) // t)
    return Aval(tuple(shape), x.dtype)


def _slice_evaluate(x: Any, *, start: Any, limit: Any, strides: Any) -> Any:
    return np.ascontiguousarray(x[tuple(slice(s, e, t) for s, e, t in zip(start, limit, strides))]).reshape(
        [-(-(e - s) // t) for s, e, t in zip(start, limit, strides)]
    )


def _slice_transpose(b: Builder, cts: Value, operands: Operands, linear: list[bool], attrs: Attrs) -> list[Any]:
    """Zeros around and between the elements that were read."""
    high = []
    for n, size, s, t in zip(operands[0].shape, cts.shape, attrs["start"], attrs["strides"]):
        high.append(n - s - size if t == 1 else (n - s - ((size - 1) * t + 1) if size != 0 else n - s))
    interior = tuple(t - 1 for t in attrs["strides"])
    return [b.pad(cts, b.full((), cts.dtype, 0), low=attrs["start"], high=tuple(high), interior=interior)]


def _slice_batch(b: Builder, operands: Operands, batched: list[bool], attrs: Attrs) -> Value:
    start, limit, strides = attrs["start"], attrs["limit"], attrs["strides"]
    return b.slice(operands[0], start=(0, *start), limit=(b.size, *limit), strides=(1, *strides))


def _slice_lower(h: Any, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    return h.slice(operands[0], attrs["start"], attrs["limit"], attrs["strides"])


def _slice_examples(make: Any) -> list[Example]:
    cases = [((5,), (1,), (4,), (1,)), ((6, 4), (0, 1), (6, 4), (2, 3)), ((7,), (1,), (6,), (2,)), ((3,), (1,), (1,), (1,))]
    cases += [((3,), (3,), (3,), (2,)), ((), (), (), ()), ((2, 3), (0, 0), (2, 3), (1, 1)), ((0, 2), (0, 0), (0, 1), (1, 1))]
    return [((make(*shape),), {"start": s, "limit": e, "strides": t}) for shape, s, e, t in cases]


structural(
    "slice",
    ("operand",),
    {"start": I64S, "limit": I64S, "strides": I64S},
    dtypes=T.DTYPES,
    infer=_slice_infer,
    evaluate=_slice_evaluate,
    transpose=_slice_transpose,
    batch=_slice_batch,
    lower=_slice_lower,
    examples=_slice_examples,
    doc="Every strides-th element from `start` up to, not including, `limit`, along each dimension.",
    reference="StableHLO specification, slice",
)
