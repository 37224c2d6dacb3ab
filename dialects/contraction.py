"""Contractions: dot_general, the product that every matrix product, einsum and tensordot becomes."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .ir import Value
from .rules import jvp_bilinear
from .spec import I64S, Example, OpError, define
from .types import Aval


def _infer(lhs: Aval, rhs: Aval, *, lhs_batch: Any, rhs_batch: Any, lhs_contract: Any, rhs_contract: Any) -> Aval:
    if lhs.dtype != rhs.dtype:
        raise OpError(f"operands must have one element type, got {lhs} and {rhs}")
    for what, ls, rs in (("batch", lhs_batch, rhs_batch), ("contracting", lhs_contract, rhs_contract)):
        if len(ls) != len(rs):
            raise OpError(f"{what} dimensions must pair up, got {ls} and {rs}")
        for i, j in zip(ls, rs):
            if not (0 <= i < lhs.ndim and 0 <= j < rhs.ndim):
                raise OpError(f"{what} dimensions {ls} and {rs} are out of range for {lhs} and {rhs}")
            if lhs.shape[i] != rhs.shape[j]:
                raise OpError(f"{what} dimensions {i} of {lhs} and {j} of {rhs} differ in size")
    for dims, aval in ((lhs_batch + lhs_contract, lhs), (rhs_batch + rhs_contract, rhs)):
        if len(set(dims)) != len(dims):
            raise OpError(f"dimensions {dims} of {aval} are not distinct")
    batch = tuple(lhs.shape[i] for i in lhs_batch)
    lhs_free = tuple(lhs.shape[i] for i in free_dims(lhs.ndim, lhs_batch, lhs_contract))
    rhs_free = tuple(rhs.shape[i] for i in free_dims(rhs.ndim, rhs_batch, rhs_contract))
    return Aval(batch + lhs_free + rhs_free, lhs.dtype)


def free_dims(ndim: int, batch: Any, contract: Any) -> list[int]:
    """Dimensions that are neither batch nor contracting, in order."""
    return [i for i in range(ndim) if i not in batch and i not in contract]


@np.errstate(all="ignore")  # infinity times zero is NaN, not a warning
def _evaluate(lhs: Any, rhs: Any, *, lhs_batch: Any, rhs_batch: Any, lhs_contract: Any, rhs_contract: Any) -> Any:
    if not lhs_batch and lhs.dtype != np.bool_ and lhs.dtype.itemsize > 2:
        return np.tensordot(lhs, rhs, (lhs_contract, rhs_contract))
    letters = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    left = [next(letters) for _ in range(lhs.ndim)]
    right = [next(letters) for _ in range(rhs.ndim)]
    for i, j in [*zip(lhs_batch, rhs_batch), *zip(lhs_contract, rhs_contract)]:
        right[j] = left[i]
    out = [left[i] for i in lhs_batch]
    out += [left[i] for i in free_dims(lhs.ndim, lhs_batch, lhs_contract)]
    out += [right[i] for i in free_dims(rhs.ndim, rhs_batch, rhs_contract)]
    equation = f"{''.join(left)},{''.join(right)}->{''.join(out)}"
    if lhs.dtype.itemsize <= 2 and lhs.dtype.kind not in "biu":  # accumulate 16-bit floats in f32, as compiled code does
        return np.einsum(equation, lhs.astype(np.float32), rhs.astype(np.float32)).astype(lhs.dtype)
    # optimize=True routes through tensordot/matmul; it does not know bool
    return np.einsum(equation, lhs, rhs, optimize=lhs.dtype != np.bool_)


def _transpose(b: Builder, cts: Value, operands: list[Value], linear: list[bool], attrs: dict[str, Any]) -> list[Value | None]:
    """The cotangent has dimensions [batch, lhs free, rhs free]; contract it with the other factor's free dimensions."""
    k = 0 if linear[0] else 1
    sides = [(attrs["lhs_batch"], attrs["lhs_contract"]), (attrs["rhs_batch"], attrs["rhs_contract"])]
    (my_batch, my_contract), (other_batch, other_contract) = sides[k], sides[1 - k]
    mine, other = operands[k], operands[1 - k]
    my_free = free_dims(mine.ndim, my_batch, my_contract)
    other_free = free_dims(other.ndim, other_batch, other_contract)
    n = len(my_batch)
    first = n + len(my_free) if k == 0 else n
    out = b.dot_general(
        cts,
        other,
        lhs_batch=tuple(range(n)),
        rhs_batch=other_batch,
        lhs_contract=tuple(range(first, first + len(other_free))),
        rhs_contract=tuple(other_free),
    )
    # dimensions of out: batch, my free, then the other's contracting dimensions in increasing order
    order = [*my_batch, *my_free, *(my_contract[other_contract.index(d)] for d in sorted(other_contract))]
    perm = tuple(order.index(i) for i in range(len(order)))
    out = out if perm == tuple(range(len(perm))) else b.transpose(out, perm=perm)
    return [out, None] if k == 0 else [None, out]


def _batch(b: Builder, operands: list[Value], batched: list[bool], attrs: dict[str, Any]) -> Value:
    lhs, rhs = operands
    lb, rb, lc, rc = (attrs[k] for k in ("lhs_batch", "rhs_batch", "lhs_contract", "rhs_contract"))

    def shift(dims: Any) -> tuple[int, ...]:
        return tuple(d + 1 for d in dims)

    if batched[0] and batched[1]:
        return b.dot_general(
            lhs, rhs, lhs_batch=(0, *shift(lb)), rhs_batch=(0, *shift(rb)), lhs_contract=shift(lc), rhs_contract=shift(rc)
        )
    if batched[0]:  # the batch dimension becomes the first free dimension of lhs
        out = b.dot_general(lhs, rhs, lhs_batch=shift(lb), rhs_batch=rb, lhs_contract=shift(lc), rhs_contract=rc)
        return b.moveaxis(out, len(lb), 0)
    out = b.dot_general(lhs, rhs, lhs_batch=lb, rhs_batch=shift(rb), lhs_contract=lc, rhs_contract=shift(rc))
    return b.moveaxis(out, len(lb) + lhs.ndim - len(lb) - len(lc), 0)


def _split_complex(b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    (a, c), (x, y) = operands

    def dot(p: Value, q: Value) -> Value:
        return b.dot_general(p, q, **attrs)

    return b.sub(dot(a, x), dot(c, y)), b.add(dot(a, y), dot(c, x))


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> Any:
    if 0 in operands[0].aval.shape or 0 in operands[1].aval.shape:
        return h.full(outs[0], 0)  # IREE's compiler divides by the size of a contracting dimension
    return h.dot_general(*operands, outs[0], **attrs)


def _examples(make: Any) -> list[Example]:
    def dims(lb: Any = (), rb: Any = (), lc: Any = (), rc: Any = ()) -> dict[str, Any]:
        return {"lhs_batch": lb, "rhs_batch": rb, "lhs_contract": lc, "rhs_contract": rc}

    return [
        ((make(3), make(3)), dims(lc=(0,), rc=(0,))),
        ((make(2, 3), make(3, 4)), dims(lc=(1,), rc=(0,))),
        ((make(2, 3, 5), make(5, 2, 4)), dims(lb=(0,), rb=(1,), lc=(2,), rc=(0,))),
        ((make(3, 4, 2), make(4, 3, 2)), dims(lc=(0, 1), rc=(1, 0))),
        ((make(2), make(3)), dims()),
        ((make(2, 0), make(0, 3)), dims(lc=(1,), rc=(0,))),
    ]


def _flops(operands: list[Aval], outs: list[Aval], attrs: dict[str, Any]) -> Any:
    n: Any = 2 * outs[0].size
    for i in attrs["lhs_contract"]:
        n = n * operands[0].shape[i]
    return n


define(
    "pb.dot_general",
    ("lhs", "rhs"),
    {"lhs_batch": I64S, "rhs_batch": I64S, "lhs_contract": I64S, "rhs_contract": I64S},
    dtypes=T.DTYPES,
    infer=_infer,
    evaluate=_evaluate,
    jvp=jvp_bilinear("pb.dot_general"),
    transpose=_transpose,
    batch=_batch,
    split_complex=_split_complex,
    lower=_lower,
    flops=_flops,
    examples=_examples,
    traits=("bilinear",),
    doc="Sum of products over the contracting dimensions, once for each index of the batch dimensions. "
    "The result has dimensions [batch, lhs free, rhs free].",
    reference="StableHLO specification, dot_general",
)
