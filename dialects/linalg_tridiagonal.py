"""Solution of tridiagonal systems by elimination with partial pivoting, in time proportional to the number of unknowns."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .hlo import Hlo, HloBuilder
from .ir import Value
from .linalg import as_complex
from .linalg_blocked import Number, Numbers, flatten_batch
from .spec import Example, NoRule, NotDifferentiable, OpError, define
from .types import Aval

_DTYPES = ("f32", "f64", "c64", "c128")
_PARTS = ("f32", "f64")
_INTERNAL = "only lowering makes this op, after differentiation and batching"


def _check(dl: Aval, d: Aval, du: Aval, b: Aval, dtypes: tuple[str, ...]) -> None:
    if d.dtype not in dtypes:
        raise OpError(f"operand of element type {d.dtype} is not accepted; accepted: {', '.join(dtypes)}")
    if dl != d or du != d or b.dtype != d.dtype:
        raise OpError(f"diagonals must have equal types, and right-hand sides their element type, got {dl}, {d}, {du} and {b}")
    if d.ndim < 1 or b.shape[:-1] != d.shape:
        raise OpError(f"diagonals {d} need right-hand sides of shape [..., n, k], got {b}")


def _infer(dl: Aval, d: Aval, du: Aval, b: Aval) -> Aval:
    _check(dl, d, du, b, _DTYPES)
    return b


# NumPy -----------------------------------------------------------------------------------------------------------------
def _size(x: Any) -> Any:
    """Size of a pivot as LAPACK compares them."""
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)


def _evaluate(dl: Any, d: Any, du: Any, b: Any) -> Any:
    if b.size == 0:
        return b.copy()
    n = d.shape[-1]
    dl, d, du = (np.moveaxis(x, -1, 0)[..., None] for x in (dl, d, du))
    b = np.moveaxis(b, -2, 0)
    rows = []  # of the upper triangular matrix: three elements and the right-hand side
    zero = np.zeros_like(d[0])
    p0, p1, r = d[0], du[0] if n > 1 else zero, b[0]
    with np.errstate(all="ignore"):
        for i in range(1, n):
            q0, q1, q2 = dl[i], d[i], du[i] if i + 1 < n else zero
            stay = _size(p0) >= _size(q0)
            rows.append((np.where(stay, p0, q0), np.where(stay, p1, q1), np.where(stay, zero, q2), np.where(stay, r, b[i])))
            f = np.where(stay, q0, p0) / rows[-1][0]
            r = np.where(stay, b[i], r) - f * rows[-1][3]
            p0 = np.where(stay, q1, p1) - f * rows[-1][1]
            p1 = np.where(stay, q2, -f * q2)
        x = np.empty_like(b)
        x[n - 1] = r / p0
        for i in range(n - 2, -1, -1):
            u0, u1, u2, r = rows[i]
            r = r - u1 * x[i + 1]
            x[i] = (r - u2 * x[i + 2] if i + 2 < n else r) / u0
    return np.ascontiguousarray(np.moveaxis(x, 0, -2))


# Differentiation and batching --------------------------------------------------------------------------------------------
def _shifted(b: Builder, x: Value, axis: int, by: int) -> Value:
    """The elements moved to the next (by = 1) or previous (by = -1) index, with a zero at the free end."""
    start, limit = [0] * x.ndim, list(x.shape)
    if by > 0:
        limit[axis] -= 1
    else:
        start[axis] = 1
    low, high = [0] * x.ndim, [0] * x.ndim
    (low if by > 0 else high)[axis] = 1
    kept = b.slice(x, start=tuple(start), limit=tuple(limit), strides=(1,) * x.ndim)
    return b.pad(kept, b.full((), x.dtype, 0), low=tuple(low), high=tuple(high), interior=(0,) * x.ndim)


def _jvp(b: Builder, primals: list[Value], tangents: list[Value | None], outs: list[Value], attrs: dict[str, Any]) -> Any:
    """From A X = B: dX = A^-1 (dB - dA X)."""
    (dl, d, du, _), (x,) = primals, outs
    if 0 in x.shape:
        return tangents[3]
    total = tangents[3]
    axis = x.ndim - 2
    for tangent, by in zip(tangents[:3], (1, 0, -1)):
        if tangent is not None:
            neighbours = b.neg(_shifted(b, x, axis, by) if by else x)
            wide = b.broadcast_in_dim(tangent, shape=x.shape, dims=tuple(range(x.ndim - 1)))
            total = b.add_tangents(total, b.mul(neighbours, wide))
    return None if total is None else b.tridiagonal_solve(dl, d, du, total)


def _transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value | None]:
    dl, d, du, _ = operands
    if 0 in cts.shape:
        return [None, None, None, cts]
    axis = d.ndim - 1
    return [None, None, None, b.tridiagonal_solve(_shifted(b, du, axis, 1), d, _shifted(b, dl, axis, -1), cts)]


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Value:
    if any(batched[:3]):
        return b.tridiagonal_solve(*(b.batched(x, on) for x, on in zip(operands, batched)))
    # One matrix (per inner batch) and many right-hand sides: they become more columns of one system.
    rhs = operands[3]
    inner, columns, last = rhs.shape[1:-1], rhs.shape[-1], rhs.ndim - 1
    wide = b.reshape(b.moveaxis(rhs, 0, last), shape=(*inner, columns * b.size))
    out = b.tridiagonal_solve(*operands[:3], wide)
    return b.moveaxis(b.reshape(out, shape=(*inner, columns, b.size)), last, 0)


def _split(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    return tuple(b.tridiagonal_solve_pair(*(part for pair in operands for part in pair)))


# Lowering --------------------------------------------------------------------------------------------------------------
def _groups(parts: tuple[Hlo, ...], count: int) -> list[Number]:
    """Numbers of `count` parts each."""
    return [parts[i : i + count] for i in range(0, len(parts), count)]


def _emit(h: HloBuilder, dl: Number, d: Number, du: Number, b: Number) -> Number:
    """A loop over rows that eliminates downwards, and one that substitutes upwards."""
    if 0 in b[0].shape:
        return b
    m = Numbers(h)
    shape, count = b[0].shape, len(b)
    b = flatten_batch(h, b)
    batch, n, _ = b[0].shape
    dl, d, du = (tuple(h.reshape(p, (batch, n, 1)) for p in x) for x in (dl, d, du))
    last = m.compare("EQ", m.iota(du, 1), h.full(Aval((), "i32"), n - 1))
    du = m.select(last, m.zeros(du), du)

    def row(x: Number, i: Hlo) -> Number:
        return m.slice(x, (1, i), (x[0].shape[2], None))

    def size(x: Number) -> Hlo:
        total = h.unary("abs", x[0])
        for part in x[1:]:
            total = h.add(total, h.unary("abs", part))
        return total

    def choose(mask: Hlo, x: Number, y: Number) -> Number:
        return m.select(m.spread(mask, x[0].shape), x, y)

    def times(x: Number, y: Number) -> Number:
        return m.mul(m.spread_all(x, y), y)

    def eliminate(step: Hlo, carry: Number) -> Number:
        p0, p1, r, u0, u1, u2, rhs = _groups(carry, count)
        i = h.add(step, 1)
        q0, q1, q2, s = row(dl, i), row(d, i), row(du, i), row(b, i)
        stay = h.compare("GE", size(p0), size(q0))
        pivot, upper = choose(stay, p0, q0), choose(stay, p1, q1)
        right = choose(stay, r, s)
        f = m.mul(choose(stay, q0, p0), m.reciprocal(pivot))
        new0 = m.sub(choose(stay, q1, p1), m.mul(f, upper))
        new1 = choose(stay, q2, m.sub(m.zeros(q2), m.mul(f, q2)))
        new = m.sub(choose(stay, s, r), times(f, right))
        done = (m.update(x, y, step, None) for x, y in zip((u0, u1, u2), (pivot, upper, choose(stay, m.zeros(q2), q2))))
        out = (*new0, *new1, *new)
        for x in done:
            out += x
        return (*out, *m.update(rhs, right, step, None))

    first = h.full(Aval((), "i32"), 0)
    start = (*row(d, first), *row(du, first), *row(b, first), *m.zeros(d), *m.zeros(d), *m.zeros(d), *m.zeros(b))
    p0, _, r, u0, u1, u2, rhs = _groups(m.loop(n - 1, start, eliminate), count)
    x = times(m.reciprocal(p0), r)
    bottom = h.full(Aval((), "i32"), n - 1)

    def substitute(step: Hlo, carry: Number) -> Number:
        below, second, out = _groups(carry, count)
        i = h.sub(h.full(Aval((), "i32"), n - 2), step)
        known = m.sub(row(rhs, i), times(row(u1, i), below))
        known = m.sub(known, times(row(u2, i), second))
        solved = times(m.reciprocal(row(u0, i)), known)
        return (*solved, *below, *m.update(out, solved, i, None))

    out = m.loop(n - 1, (*x, *m.zeros(x), *m.update(m.zeros(b), x, bottom, None)), substitute)[2 * count :]
    return tuple(h.reshape(p, shape) for p in out)


def _lower(h: HloBuilder, operands: list[Hlo], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    dl, d, du, b = _groups(tuple(operands), len(operands) // 4)
    return list(_emit(h, dl, d, du, b))


# Declarations ----------------------------------------------------------------------------------------------------------
def _systems(make: Any) -> list[Example]:
    """Well-conditioned systems; in the second, elimination has to exchange rows."""

    def case(batch: tuple[int, ...], n: int, k: int, weight: float) -> Example:
        d = make(*batch, n, low=-1, high=1)
        dl, du = make(*batch, n, low=-1, high=1), make(*batch, n, low=-1, high=1)
        return ((dl + (2 - weight) * 2, d + np.asarray(weight * 2).astype(d.dtype), du, make(*batch, n, k)), {})

    raw = [case((), 4, 2, 2), case((), 4, 1, 0), case((2, 1), 3, 2, 2), case((), 1, 3, 2), case((), 0, 2, 2)]
    dtype = raw[0][0][1].dtype
    return [(tuple(x.astype(dtype) for x in operands), attrs) for operands, attrs in raw]


define(
    "pb.tridiagonal_solve",
    ("dl", "d", "du", "b"),
    dtypes=_DTYPES,
    infer=_infer,
    evaluate=_evaluate,
    jvp=_jvp,
    transpose=_transpose,
    batch=_batch,
    split_complex=_split,
    lower=_lower,
    examples=_systems,
    doc="Solves systems with tridiagonal matrices of n rows, whose diagonals are `dl` (below; its first element is not used), `d` "
    "and `du` (above; its last element is not used), for right-hand sides [..., n, k]. Rows are exchanged for larger pivots. The "
    "result for a singular matrix holds infinities or NaN.",
    reference="jax.lax.linalg.tridiagonal_solve; LAPACK Users' Guide, xGTSV",
)


def _pair_infer(*avals: Aval) -> tuple[Aval, Aval]:
    for re, im in zip(avals[::2], avals[1::2]):
        if re != im:
            raise OpError(f"real and imaginary parts must have equal types, got {re} and {im}")
    dl, d, du, b = avals[::2]
    _check(dl, d, du, b, _PARTS)
    return b, b


def _pair_evaluate(*arrays: Any) -> tuple[Any, Any]:
    x = _evaluate(*(as_complex(re, im) for re, im in zip(arrays[::2], arrays[1::2])))
    return x.real.copy(), x.imag.copy()


def _pair_examples(make: Any) -> list[Example]:
    return [
        (tuple(part for x in operands for part in (x, make(*x.shape, low=-1, high=1))), attrs)
        for operands, attrs in _systems(make)[:3]
    ]


define(
    "pb.tridiagonal_solve_pair",
    ("dl_re", "dl_im", "d_re", "d_im", "du_re", "du_im", "b_re", "b_im"),
    results=("x_re", "x_im"),
    dtypes=_PARTS,
    infer=_pair_infer,
    evaluate=_pair_evaluate,
    jvp=NotDifferentiable(_INTERNAL),
    transpose=NotDifferentiable(_INTERNAL),
    batch=NoRule(_INTERNAL),
    split_complex=NoRule("operands and results are real"),
    lower=_lower,
    examples=_pair_examples,
    traits=("internal",),
    doc="pb.tridiagonal_solve of complex systems that are given by, and result in, real and imaginary parts.",
    reference="pb.tridiagonal_solve",
)
