"""pbfn.bounded_while: a while loop of at most `max_steps` iterations, which has a reverse mode.

Forward, it is a while loop with a counter: nothing runs after it has stopped. For reverse mode it also saves its carry before
every `block`-th iteration, about the square root of `max_steps`. The linear part is then a loop over those blocks, as many
as were really run (`pbfn.counted_scan`), and each block is a checkpoint: its transpose computes the iterations of the block
again and keeps their residuals while it goes back through them. So memory grows with the square root of `max_steps`, and the
loop body runs twice forward and once backward per iteration. The linear part consists of operations that have all
derivatives, so this closes under differentiation: forward, reverse, any order.

Reference: Griewank and Walther, Evaluating Derivatives (2008), chapter 12 (a two-level schedule).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .builder import Builder
from .checkpoint import CHECKPOINT, tangent_function
from .counted_scan import COUNTED_SCAN
from .function_rules import (
    Mask,
    Pruned,
    avals_of,
    fixpoint,
    given,
    instantiated,
    is_active,
    pick,
    split_op,
    spread,
    take,
)
from .ir import Op, Symbol, Value
from .spec import I64, SYMBOL, NotDifferentiable, define
from .types import Aval
from .while_loop import batched_loop, dual_loop, prune_loop, while_reach

_COUNT = Aval((), "i32")


def _sizes(attrs: dict[str, Any]) -> tuple[int, int]:
    return attrs["cond_consts"], attrs["body_consts"]


def _blocks(attrs: dict[str, Any]) -> int:
    """How many carries are saved."""
    return -(-attrs["max_steps"] // attrs["block"]) if attrs["block"] else 0


def _result_avals(carry: list[Aval], attrs: dict[str, Any]) -> list[Aval]:
    """The carry, the number of iterations, and, with a `block`, the saved carries."""
    n = _blocks(attrs)
    return [*carry, _COUNT, *(Aval((n, *a.shape), a.dtype) for a in carry if attrs["block"])]


def _evaluate(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    cond_consts, body_consts, carry = take(arrays, *_sizes(attrs))
    cond, body, block = attrs["cond"], attrs["body"], attrs["block"]
    n = _blocks(attrs)
    saved = [np.zeros((n, *np.shape(x)), np.asarray(x).dtype) for x in carry] if block else []
    count = 0
    while count < attrs["max_steps"] and np.asarray(run(cond, cond_consts + carry)[0]).item():
        if block and count % block == 0:
            for stack, x in zip(saved, carry):
                stack[count // block] = x
        carry = run(body, body_consts + carry)
        count += 1
    return [*carry, np.asarray(count, np.int32), *saved]


# Differentiation -----------------------------------------------------------------------------------------------------------
def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    n = len(avals_of(take(primals, *_sizes(op.attrs))[2]))
    dual = dual_loop(d, b, op, primals, tangents)
    if dual is None:
        return b.clone(op, primals).results, [None] * len(op.results)
    avals = avals_of(op.results[:n])
    results = b.emit_typed(op.spec, dual.operands, dual.attrs, _result_avals(avals + pick(avals, dual.active), dual.attrs))
    outs, touts, (count,), saved, dsaved = take(results, n, sum(dual.active), 1, n if op.attrs["block"] else 0)
    dcarry = spread(dual.active, touts)
    return [*outs, count, *saved], [*dcarry, None, *(spread(dual.active, dsaved) if op.attrs["block"] else [])]


def _run_block(d: Any, op: Op, avals: list[Any], nb: int) -> Symbol:
    """``(count, body consts, carry) -> carry``: that many iterations, at most a block."""
    n, block = len(avals) - nb, op.attrs["block"]

    def body(b: Builder, values: list[Value]) -> list[Value]:
        attrs = {
            "body": op.attrs["body"],
            "num_consts": nb,
            "num_carry": n,
            "length": block,
            "reverse": False,
            "unroll": 1,
        }
        return b.emit_typed(COUNTED_SCAN, values, attrs, avals[nb:])

    return d.build(f"{op.attrs['body']}.block", [_COUNT, *avals], body, op.loc, ("bounded.block", op.attrs["body"], nb, block))


class _Tangents(NamedTuple):
    """The tangent function of a block, and which constants and carries it takes tangents of."""

    name: Symbol
    consts: Mask
    carry: Mask


def _block_tangents(d: Any, op: Op, primals: list[Value], tangents: list[Value | None]) -> _Tangents | None:
    nc, nb = _sizes(op.attrs)
    _, consts, init = take(primals, nc, nb)
    _, dconsts, dinit = (is_active(t) for t in take(tangents, nc, nb))
    name = _run_block(d, op, avals_of([*consts, *init]), nb)
    lin, carry = fixpoint(lambda carry: d.linearize(name, (False, *dconsts, *carry), carry), dinit)
    return _Tangents(tangent_function(d, lin, name, op.loc), dconsts, carry) if any(carry) else None


def _linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    nc, nb = _sizes(op.attrs)
    _, consts, init = take(primals, nc, nb)
    n, avals, asked = len(init), avals_of(init), op.attrs["block"]
    max_steps = op.attrs["max_steps"]
    block = asked or max(1, math.isqrt(max(0, max_steps - 1)) + 1)
    attrs = {**op.attrs, "block": block}
    op = Op(op.spec, op.operands, attrs, _result_avals(avals, attrs), op.loc)
    found = _block_tangents(d, op, primals, tangents)
    outs, (count,), saved = take(b.clone(op, primals).results, n, 1)
    results = [*outs, count, *(saved if asked else [])]
    if found is None:
        return results, [None] * len(results)
    _, dconsts, dinit = take(tangents, nc, nb)
    dconsts = given(dconsts)
    dinit = instantiated(b, avals, dinit, found.carry)
    carry_avals = pick(avals, found.carry)
    length = _blocks(attrs)

    def body(b: Builder, values: list[Value]) -> list[Value]:
        (count,), consts, dconsts, dcarry, (start,), carry = take(values, 1, nb, sum(found.consts), len(carry_avals), 1)
        steps = b.min(b.sub(count, start), b.full_like(count, block))
        callee = {"callee": found.name, "barrier": False, "policy": "nothing_saveable"}
        new = b.emit_typed(CHECKPOINT, [steps, *consts, *carry, *dconsts, *dcarry], callee, carry_avals)
        return [*new, *(dcarry if asked else [])]

    starts = b.mul(b.iota(shape=(length,), dtype="i32", dim=0), block)
    const_avals = [*avals_of(consts), *avals_of(dconsts)]
    name = d.build(
        f"{op.attrs['body']}.blocks_lin",
        [_COUNT, *const_avals, *carry_avals, _COUNT, *avals],
        body,
        op.loc,
        ("bounded.lin", found, op.attrs["body"], block, bool(asked)),
    )
    loop = {
        "body": name,
        "num_consts": 1 + len(const_avals),
        "num_carry": len(carry_avals),
        "length": length,
        "reverse": False,
        "unroll": 1,
    }
    ran = b.div(b.add(count, block - 1), b.full_like(count, block))
    operands = [ran, count, *consts, *dconsts, *dinit, starts, *saved]
    stacked = [Aval((length, *a.shape), a.dtype) for a in carry_avals if asked]
    values = b.emit_typed(COUNTED_SCAN, operands, loop, [*carry_avals, *stacked])
    touts, dsaved = take(values, len(carry_avals))
    return results, [*spread(found.carry, touts), None, *(spread(found.carry, dsaved) if asked else [])]


# Batching ------------------------------------------------------------------------------------------------------------------
def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    loop = batched_loop(d, b, op, operands, batched, counted=True)
    front, block = loop.front, op.attrs["block"]
    avals = avals_of(take(loop.operands, *_sizes(loop.attrs))[2])
    results = b.emit_typed(op.spec, loop.operands, loop.attrs, _result_avals(avals, loop.attrs))
    carry, (count,), saved = take(results, len(avals), 1)
    if front:
        count = carry[1]
    saved = [b.moveaxis(v, 1, 0) if on else v for v, on in zip(saved[front:], loop.carry)]
    mask = [*loop.carry, bool(front), *(loop.carry if block else ())]
    return [*carry[front:], count, *saved], mask


def _flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    cond_consts, body_consts, _ = take(counts, *_sizes(attrs))
    return {**attrs, "cond_consts": sum(cond_consts), "body_consts": sum(body_consts)}


def _reach(d: Any, op: Op, mask: Mask) -> Mask:
    carry = while_reach(d, op, mask)
    count = len(carry) > 0 and all(carry)  # a condition that depends on the mask makes all carries depend on it
    return (*carry, count, *(carry if op.attrs["block"] else ()))


def _prune(p: Any, op: Op, used: Mask) -> Pruned | None:
    """Without use for the saved carries, none are saved."""
    n = len(op.operands) - sum(_sizes(op.attrs))
    saved = used[n + 1 :]
    keep = any(saved)
    found = prune_loop(p, op, tuple(x or y for x, y in zip(used[:n], saved)) if keep else used[:n])
    if found is None:
        if keep or not op.attrs["block"]:
            return None
        found = (True,) * len(op.operands), (True,) * n, op.attrs
    operands, carry, attrs = found
    drop = (False,) * len(saved)
    return Pruned(operands, attrs if keep else {**attrs, "block": 0}, (*carry, True, *(carry if keep else drop)))


# Lowering ------------------------------------------------------------------------------------------------------------------
def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    """One loop, or with a `block` a loop over blocks, which saves the carry, around the loop of a block."""
    cond_consts, body_consts, init = take(operands, *_sizes(attrs))
    n, block = len(init), attrs["block"]
    saved_avals = outs[n + 1 :]

    def test(count: Any, limit: Any, carry: Any) -> Any:
        (go_on,) = h.inline(attrs["cond"], [*cond_consts, *carry])
        return h.binary("and", h.compare("LT", count, limit), go_on)

    def loop(count: Any, limit: Any, carry: list[Any]) -> list[Any]:
        return h.while_loop(
            [count, *carry],
            lambda i, *carry: [test(i, limit, carry)],
            lambda i, *carry: [h.add(i, 1), *h.inline(attrs["body"], [*body_consts, *carry])],
        )

    zero = h.full(_COUNT, 0)
    if not block:
        count, *carry = loop(zero, attrs["max_steps"], init)
        return [*carry, count]

    def step(count: Any, *state: Any) -> list[Any]:
        carry, saved = take(state, n)
        row = h.binary("divide", count, block)
        saved = [
            h.op(
                "stablehlo.dynamic_update_slice",
                [stack, h.reshape(x, (1, *x.shape)), row, *[zero] * x.ndim],
                stack.aval,
            )
            for stack, x in zip(saved, carry)
        ]
        limit = h.binary("minimum", h.add(count, block), attrs["max_steps"])
        return [*loop(count, limit, carry), *saved]

    count, *state = h.while_loop(
        [zero, *init, *(h.full(a, 0) for a in saved_avals)],
        lambda i, *state: [test(i, attrs["max_steps"], state[:n])],
        step,
    )
    carry, saved = take(state, n)
    return [*carry, count, *saved]


BOUNDED_WHILE = define(
    "pbfn.bounded_while",
    ("operands*",),
    {"cond": SYMBOL, "body": SYMBOL, "cond_consts": I64, "body_consts": I64, "max_steps": I64, "block": I64},
    results=("outs*",),
    evaluate=_evaluate,
    jvp=_jvp,
    linearize=_linearize,
    transpose=NotDifferentiable("the loop is differentiated by its linear part, a counted scan, which has a transpose"),
    batch=_batch,
    lower=_lower,
    split_complex=split_op("pbfn.bounded_while"),
    flatten=_flatten,
    regions=lambda attrs: (attrs["cond"], attrs["body"]),
    prune=_prune,
    reach=_reach,
    function=True,
    doc="`pbfn.while` of at most `max_steps` iterations. Results: the last carry; the number of iterations (i32); and, if `block` "
    "is not 0, the carry before each `block`-th iteration, stacked (slices of iterations that did not take place are "
    "unspecified). It stops after `max_steps` iterations whether or not the condition holds.",
    reference="Griewank and Walther, Evaluating Derivatives (2008), chapter 12",
)
