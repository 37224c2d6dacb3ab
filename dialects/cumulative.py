"""Cumulative sums, products and extrema along one axis, from either end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .elementwise_rules import REAL_ONLY
from .ir import Value
from .reduction import identity, is_narrow
from .rules import accepts, split_structural, structural
from .spec import BOOL, I64, NOT_LINEAR, TABLE, Example, OpError, define
from .types import Aval

Attrs = dict[str, Any]

#: Length of the blocks that are scanned in one piece: an element costs as many operations, a level of blocks two
#: dispatches. A million f32 take 1.4 ms with blocks of 8, 2.4 with 16, 4.3 with 64; it has 5 levels of 16.
_BLOCK = 16


def _infer(x: Aval, *, axis: int, reverse: bool) -> Aval:
    if not 0 <= axis < x.ndim:
        raise OpError(f"axis {axis} is out of range for {x}")
    return x


def _evaluate(ufunc: Any) -> Callable[..., Any]:
    def rule(x: Any, *, axis: int, reverse: bool) -> Any:
        dtype = x.dtype
        wide = x.astype(np.float32) if is_narrow(T.from_np(dtype)) else x
        if reverse:
            wide = np.flip(wide, axis)
        with np.errstate(all="ignore"):
            out = ufunc.accumulate(wide, axis=axis, dtype=wide.dtype)
            if reverse:
                out = np.ascontiguousarray(np.flip(out, axis))
            return out if out.dtype == dtype else out.astype(dtype)

    return rule


def _batch(name: str) -> Callable[..., Any]:
    def rule(b: Builder, operands: list[Value], batched: list[bool], attrs: Attrs) -> Value:
        return b.emit(TABLE[name], operands, attrs | {"axis": attrs["axis"] + 1})

    return rule


# Lowering ------------------------------------------------------------------------------------------------------------------
def shift(b: Builder, x: Value, axis: int, distance: int, fill: Any, reverse: bool = False) -> Value:
    """Moves elements `distance` places along `axis` (towards the front if `reverse`); `fill` comes in at the other end."""
    low = [0] * x.ndim
    low[axis] = -distance if reverse else distance
    high = tuple(-n for n in low)
    return b.pad(x, b.full((), x.dtype, fill), low=tuple(low), high=high, interior=(0,) * x.ndim)


def _scan_block(b: Builder, x: Value, kind: str, reverse: bool) -> Value:
    """Cumulative reduction along axis 2 of (before, blocks, n, after): each result reduces the elements it may see.

    The others are replaced by the identity, not multiplied by zero, so infinities and NaNs stay where they are.
    """
    before, blocks, n, after = x.shape
    square = (before, blocks, n, n, after)
    order = np.arange(n)
    seen = order[:, None] <= order[None, :] if reverse else order[:, None] >= order[None, :]
    mask = b.broadcast_in_dim(b.const(seen), shape=square, dims=(2, 3))
    spread = b.broadcast_in_dim(x, shape=square, dims=(0, 1, 3, 4))
    masked = b.select(mask, spread, b.full(square, x.dtype, identity(kind, x.dtype)))
    return b.emit(TABLE[f"pb.reduce_{kind}"], [masked], {"axes": (3,)})


def _scan(b: Builder, x: Value, kind: str, combine: str, reverse: bool) -> Value:
    """Cumulative reduction along axis 1 of (before, n, after): within blocks, then over the totals of blocks."""
    before, n, after = x.shape
    if n <= _BLOCK:
        out = _scan_block(b, b.reshape(x, shape=(before, 1, n, after)), kind, reverse)
        return b.reshape(out, shape=x.shape)
    blocks = -(-n // _BLOCK)
    unit = identity(kind, x.dtype)
    zeros = (0, 0, 0)
    padded = b.pad(x, b.full((), x.dtype, unit), low=zeros, high=(0, blocks * _BLOCK - n, 0), interior=zeros)
    inner = _scan_block(b, b.reshape(padded, shape=(before, blocks, _BLOCK, after)), kind, reverse)
    edge = 0 if reverse else _BLOCK - 1
    total = b.slice(inner, start=(0, 0, edge, 0), limit=(before, blocks, edge + 1, after), strides=(1, 1, 1, 1))
    carry = _scan(b, b.reshape(total, shape=(before, blocks, after)), kind, combine, reverse)
    carry = b.broadcast_in_dim(shift(b, carry, 1, 1, unit, reverse), shape=inner.shape, dims=(0, 1, 3))
    out = b.emit(TABLE[combine], [inner, carry] if reverse else [carry, inner], {})
    out = b.reshape(out, shape=(before, blocks * _BLOCK, after))
    return b.slice(out, start=zeros, limit=x.shape, strides=(1, 1, 1))


def _decompose(kind: str, combine: str) -> Callable[..., Any]:
    def rule(b: Builder, operands: list[Value], attrs: Attrs, outs: list[Aval]) -> Value:
        x, axis = operands[0], attrs["axis"]
        wide = b.cast(x, "f32") if kind in ("sum", "prod") and is_narrow(x.dtype) else x
        before: Any = 1
        for d in x.shape[:axis]:
            before = before * d
        after: Any = 1
        for d in x.shape[axis + 1 :]:
            after = after * d
        if x.aval.size == 0:  # type: ignore[union-attr]
            return x
        out = _scan(b, b.reshape(wide, shape=(before, x.shape[axis], after)), kind, combine, attrs["reverse"])
        return b.cast(b.reshape(out, shape=x.shape), x.dtype)

    return rule


# Derivatives ---------------------------------------------------------------------------------------------------------------
def span(b: Builder, x: Value, axis: int, start: int, length: Any) -> Value:
    """`length` elements along `axis` from `start`."""
    lower, upper = [0] * x.ndim, list(x.shape)
    lower[axis], upper[axis] = start, start + length
    return b.slice(x, start=tuple(lower), limit=tuple(upper), strides=(1,) * x.ndim)


def _pairs(b: Builder, x: Value, axis: int, distance: int, reverse: bool) -> tuple[Value, Value]:
    """The elements that have another one `distance` places before them (after them if `reverse`), and those others."""
    length = x.shape[axis] - distance
    low, high = span(b, x, axis, 0, length), span(b, x, axis, distance, length)
    return (low, high) if reverse else (high, low)


def linear_recurrence(b: Builder, a: Value, u: Value, axis: int, reverse: bool) -> Value:
    """Solves ``y[i] = a[i] y[i-1] + u[i]`` (``y[i+1]`` if `reverse`) in log2(n) steps, each linear in `u`.

    After the step of a distance, `u` solves the recurrence over twice that many elements, and `a`, kept only where there
    is an element that far back, is the factor over that distance.
    """
    distance, n = 1, u.shape[axis]
    if n > 1:
        a, _ = _pairs(b, a, axis, 1, reverse)
    while distance < n:
        low, high = [0] * u.ndim, [0] * u.ndim
        (high if reverse else low)[axis] = distance
        _, other = _pairs(b, u, axis, distance, reverse)
        zero = b.full((), u.dtype, 0)
        u = b.add(u, b.pad(b.mul(a, other), zero, low=tuple(low), high=tuple(high), interior=(0,) * u.ndim))
        if 2 * distance < n:
            a = b.mul(*_pairs(b, a, axis, distance, reverse))
        distance *= 2
    return u


def _sum_transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: Attrs) -> list[Any]:
    return [b.cumsum(cts, axis=attrs["axis"], reverse=not attrs["reverse"])]


def _prod_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Any:
    """y[i] = x[i] y[i-1] gives dy[i] = x[i] dy[i-1] + y[i-1] dx[i]: no division, so it is right where elements are zero."""
    (x,), (dx,), axis, reverse = primals, tangents, attrs["axis"], attrs["reverse"]
    assert dx is not None
    before = shift(b, outs[0], axis, 1, 1, reverse)
    return linear_recurrence(b, x, b.mul(before, dx), axis, reverse)


def _extremum_jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: Attrs) -> Any:
    """The mean of the tangents of those elements so far that attain the extremum, as in reduce_max.

    While the extremum stays the same the sum of these tangents, and their number, run on; when it moves they start anew.
    """
    (x,), (dx,), axis, reverse = primals, tangents, attrs["axis"], attrs["reverse"]
    assert dx is not None
    y = outs[0]
    hit = b.cast(b.compare(x, y, direction="EQ"), x.dtype)
    same = b.cast(b.compare(y, shift(b, y, axis, 1, 0, reverse), direction="EQ"), x.dtype)
    count = linear_recurrence(b, same, hit, axis, reverse)
    total = linear_recurrence(b, same, b.mul(hit, dx), axis, reverse)
    return b.mul(b.div(b.full_like(count, 1), count), total)


def _prod_split(b: Builder, operands: list[Any], attrs: Attrs, outs: list[Aval]) -> Any:
    """Complex cumulative product in log2(n) steps, each a product of pairs."""
    (re, im), axis, reverse = operands[0], attrs["axis"], attrs["reverse"]
    distance, n = 1, re.shape[axis]
    while distance < n:
        edge = n - distance if reverse else 0  # elements that have no partner at this distance are complete
        done = [span(b, v, axis, edge, distance) for v in (re, im)]
        (p, r), (q, s) = _pairs(b, re, axis, distance, reverse), _pairs(b, im, axis, distance, reverse)
        new = [b.sub(b.mul(p, r), b.mul(q, s)), b.add(b.mul(p, s), b.mul(q, r))]
        re, im = (b.concatenate(*((v, d) if reverse else (d, v)), axis=axis) for v, d in zip(new, done))
        distance *= 2
    return re, im


# Declarations --------------------------------------------------------------------------------------------------------------
def _examples(make: Any) -> list[Example]:
    cases = [((5,), 0, False), ((5,), 0, True), ((2, 3), 1, False), ((3, 2), 0, True), ((2, 35, 3), 1, False), ((34,), 0, True)]
    cases += [((1,), 0, False), ((0, 2), 0, False), ((2, 0), 0, True), ((64,), 0, False)]
    long = make(2, 270, low=0, high=2)  # several levels of blocks; of one sign, so that sums do not cancel
    examples = [((make(*shape),), {"axis": axis, "reverse": reverse}) for shape, axis, reverse in cases]
    return [*examples, ((long,), {"axis": 1, "reverse": True})]


structural(
    "cumsum",
    ("operand",),
    {"axis": I64, "reverse": BOOL},
    dtypes=T.NUMBER,
    infer=accepts(T.NUMBER, _infer),
    evaluate=_evaluate(np.add),
    transpose=_sum_transpose,
    batch=_batch("pb.cumsum"),
    split_complex=split_structural("pb.cumsum"),
    decompose=_decompose("sum", "pb.add"),
    examples=_examples,
    doc="Sum of the elements up to each position along `axis`; from the end if `reverse`.",
    reference="numpy.cumsum",
)


def _examples_prod(make: Any) -> list[Example]:
    """Of moderate size, and also with factors that are zero: none, one and several in a row of the operand."""
    zeros = make(3, 5)
    zeros[1, 3] = zeros[2, 0] = zeros[2, 4] = 0
    cases = [((make(*x.shape, low=-1, high=1),), attrs) for (x,), attrs in _examples(make)]
    return [*cases, ((zeros,), {"axis": 1, "reverse": False}), ((zeros,), {"axis": 1, "reverse": True})]


def _cumulative(short: str, ufunc: Any, kind: str, combine: str, dtypes: tuple[str, ...], jvp: Any, split: Any, doc: str) -> None:
    define(
        f"pb.{short}",
        ("operand",),
        {"axis": I64, "reverse": BOOL},
        dtypes=dtypes,
        infer=accepts(dtypes, _infer),
        evaluate=_evaluate(ufunc),
        jvp=jvp,
        transpose=NOT_LINEAR,
        batch=_batch(f"pb.{short}"),
        split_complex=split,
        decompose=_decompose(kind, combine),
        examples=_examples_prod if kind == "prod" else _examples,
        doc=f"{doc} of the elements up to each position along `axis`; from the end if `reverse`.",
        reference=f"jax.lax.{short}",
    )


_cumulative("cumprod", np.multiply, "prod", "pb.mul", T.NUMBER, _prod_jvp, _prod_split, "Product")
_cumulative("cummax", np.maximum, "max", "pb.max", T.REAL, _extremum_jvp, REAL_ONLY, "Maximum (NaN once there is one)")
_cumulative("cummin", np.minimum, "min", "pb.min", T.REAL, _extremum_jvp, REAL_ONLY, "Minimum (NaN once there is one)")
