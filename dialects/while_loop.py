"""pbfn.while: a loop that runs while a condition on its carry holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .builder import Builder
from .function_rules import (
    Mask,
    Pruned,
    avals_of,
    fixpoint,
    given,
    instantiated,
    is_active,
    pick,
    reached,
    split_op,
    spread,
    take,
)
from .ir import Op, Value
from .spec import I64, SYMBOL, NotDifferentiable, define
from .types import Aval

_NO_REVERSE = (
    "reverse-mode differentiation does not work through a while loop with a dynamic trip count; "
    "use scan or fori_loop with static bounds, bound it with while_loop(..., max_steps=), or use forward mode (jvp, jacfwd)"
)


def _sizes(attrs: dict[str, Any]) -> tuple[int, int]:
    return attrs["cond_consts"], attrs["body_consts"]


def _evaluate(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    cond_consts, body_consts, carry = take(arrays, *_sizes(attrs))
    cond, body = attrs["cond"], attrs["body"]
    while np.asarray(run(cond, cond_consts + carry)[0]).item():
        carry = run(body, body_consts + carry)
    return carry


class Dual(NamedTuple):
    """A loop over a carry and its tangents: which of them there are, its operands and its attributes."""

    active: Mask
    operands: list[Value]
    attrs: dict[str, Any]


def dual_loop(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Dual | None:
    """One loop over the carry and its tangents; None if there are none. A carry is active if it becomes so in any iteration."""
    nc, nb = _sizes(op.attrs)
    cond_consts, body_consts, init = take(primals, nc, nb)
    _, dbody_consts, dinit = take(tangents, nc, nb)
    const_active = is_active(dbody_consts)
    no_ys: Mask = ()
    derived, active = fixpoint(lambda carry: d.jvp(op.attrs["body"], const_active + carry, carry + no_ys), is_active(dinit))
    avals = avals_of(init)
    if not any(active):
        return None
    n, carry_avals = len(avals), avals + pick(avals, active)
    dconsts = given(dbody_consts)

    def body(b: Builder, values: list[Value]) -> list[Value]:
        consts, dcs, carry, dcarry = take(values, nb, len(dconsts), n)
        return d.inline(b, derived.name, [*consts, *carry, *dcs, *dcarry])

    def cond(b: Builder, values: list[Value]) -> list[Value]:
        return d.inline(b, op.attrs["cond"], values[: nc + n])

    key = (op.attrs["cond"], derived.name, active)
    attrs = {
        **op.attrs,
        "cond": d.build(f"{op.attrs['cond']}.jvp", avals_of(cond_consts) + carry_avals, cond, op.loc, ("while.cond", key)),
        "body": d.build(
            f"{op.attrs['body']}.loop_jvp", avals_of(body_consts + dconsts) + carry_avals, body, op.loc, ("while.body", key)
        ),
        "cond_consts": nc,
        "body_consts": nb + len(dconsts),
    }
    return Dual(active, [*cond_consts, *body_consts, *dconsts, *init, *instantiated(b, avals, dinit, active)], attrs)


def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    dual = dual_loop(d, b, op, primals, tangents)
    n = len(op.results)
    if dual is None:
        return b.clone(op, primals).results, [None] * n
    avals = avals_of(op.results)
    results = b.emit_typed(WHILE, dual.operands, dual.attrs, avals + pick(avals, dual.active))
    return results[:n], spread(dual.active, results[n:])


def _linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    """The loop itself is the primal part. The linear part runs it again with tangents: the trip count is not known, so there
    is no room for residuals of each iteration."""
    outs = b.clone(op, primals).results
    attrs = {**op.attrs, "cond": d.quiet(op.attrs["cond"]), "body": d.quiet(op.attrs["body"])}
    quiet = Op(op.spec, op.operands, attrs, avals_of(op.results), op.loc)
    return outs, _jvp(d, b, quiet, primals, tangents)[1]


class Batched(NamedTuple):
    """A loop over examples: its operands and attributes, which carries have the batch dimension, and how many carries it has in
    front: none, or whether each example runs and (if asked for) how often it has run."""

    operands: list[Value]
    attrs: dict[str, Any]
    carry: Mask
    front: int


def batched_loop(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool], counted: bool) -> Batched:
    """Where the condition is the same for all examples, the loop stays one. Else it runs while it holds for any example, and
    changes those only for which it does."""
    nc, nb = _sizes(op.attrs)
    cond_consts, body_consts, init = take(operands, nc, nb)
    cond_mask, body_mask, init_mask = (tuple(m) for m in take(batched, nc, nb))
    n = len(init)

    def derive(carry: Mask) -> Any:
        return d.batch(op.attrs["body"], body_mask + carry, b.size, b.axis_name, carry)

    body, carry = fixpoint(derive, init_mask)
    cond = d.batch(op.attrs["cond"], cond_mask + carry, b.size, b.axis_name)
    masked = cond.mask[0]
    if masked:  # each example stops on its own, so all of the carry differs between examples
        carry = (True,) * n
        body = derive(carry)
        cond = d.batch(op.attrs["cond"], cond_mask + carry, b.size, b.axis_name, (True,))
    init = [b.batched(v, m) if on else v for v, m, on in zip(init, init_mask, carry)]
    avals = avals_of(init)
    if not masked:
        attrs = {**op.attrs, "cond": cond.name, "body": body.name}
        return Batched([*cond_consts, *body_consts, *init], attrs, carry, 0)

    guard = d.guarded(op.attrs["body"])  # effects take place for the examples that run
    if guard is not None:
        guard = d.batch(guard, (True, *body_mask, *carry), b.size, b.axis_name, carry).name
    test_guard = d.guarded(op.attrs["cond"])
    if test_guard is not None:
        test_guard = d.batch(test_guard, (True, *cond_mask, *carry), b.size, b.axis_name, (True,)).name

    # the condition of each example rides along in the carry, and the number of its iterations
    front = [Aval((b.size,), "i1"), Aval((b.size,), "i32")][: 1 + counted]

    def any_runs(b: Builder, values: list[Value]) -> list[Value]:
        return [b.reduce_or(values[0], axes=(0,))]

    def step(b: Builder, values: list[Value]) -> list[Value]:
        consts, body_consts, safe, (runs, *count), carry = take(values, nc, nb, len(start), len(front))

        def where_runs(xs: Sequence[Value], ys: Sequence[Value]) -> list[Value]:
            return [b.select(b.broadcast_in_dim(runs, shape=x.shape, dims=(0,)), x, y) for x, y in zip(xs, ys)]

        old = where_runs(carry, safe) if counted else carry
        new = d.inline(b, body.name, body_consts + old) if guard is None else d.inline(b, guard, [runs, *body_consts, *old])
        new = where_runs(new, carry)
        count = [b.add(n, b.convert(runs, dtype="i32")) for n in count]
        test = d.inline(b, cond.name, consts + new) if test_guard is None else d.inline(b, test_guard, [runs, *consts, *new])
        return [*test, *count, *new]

    # Reverse mode goes through the body of examples that have stopped, too, with cotangents of zero: it gets initial values for
    # them, at which it was well-behaved, since zero times an infinite derivative would be NaN.
    start = init if counted else []
    const_avals = avals_of(cond_consts + body_consts + start)
    key = (cond.name, body.name, counted)
    attrs = {
        **op.attrs,
        "cond": d.build(f"{op.attrs['cond']}.any", [*front, *avals], any_runs, op.loc, ("while.any", key)),
        "body": d.build(f"{op.attrs['body']}.masked", [*const_avals, *front, *avals], step, op.loc, ("while.masked", key)),
        "cond_consts": 0,
        "body_consts": nc + nb + len(start),
    }
    runs = d.inline(b, cond.name, [*cond_consts, *init])[0]
    return Batched([*cond_consts, *body_consts, *start, runs, *map(b.zeros, front[1:]), *init], attrs, carry, len(front))


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    loop = batched_loop(d, b, op, operands, batched, counted=False)
    outs = b.emit_typed(WHILE, loop.operands, loop.attrs, avals_of(take(loop.operands, *_sizes(loop.attrs))[2]))
    return outs[loop.front :], list(loop.carry)


def while_reach(d: Any, op: Op, mask: Mask) -> Mask:
    """A carry that the condition depends on decides how often all of them change."""
    cond_consts, body_consts, carry = (tuple(m) for m in take(mask, *_sizes(op.attrs)))
    while True:
        if reached(d, op.attrs["cond"], cond_consts + carry)[0]:
            return (True,) * len(carry)
        after = reached(d, op.attrs["body"], body_consts + carry)
        joint = tuple(x or y for x, y in zip(carry, after))
        if joint == carry:
            return carry
        carry = joint


def prune_loop(p: Any, op: Op, used: Mask) -> tuple[Mask, Mask, dict[str, Any]] | None:
    """Which operands and which carries a loop keeps, and its attributes; None if that is all of them."""
    nc, nb = _sizes(op.attrs)
    cond, body = op.attrs["cond"], op.attrs["body"]
    test = p.needed(cond, (True,))
    carry: Mask = tuple(x or y for x, y in zip(used, test[nc:], strict=True))
    while True:
        need = p.needed(body, carry)
        joint = tuple(x or y for x, y in zip(carry, need[nb:], strict=True))
        if joint == carry:
            break
        carry = joint
    cond_consts, body_consts = test[:nc], need[:nb]
    if all(carry) and all(cond_consts) and all(body_consts):
        return None
    attrs = {
        **op.attrs,
        "cond": p.select(cond, cond_consts + carry, (True,)),
        "body": p.select(body, body_consts + carry, carry),
        "cond_consts": sum(cond_consts),
        "body_consts": sum(body_consts),
    }
    return cond_consts + body_consts + carry, carry, attrs


def _prune(p: Any, op: Op, used: Mask) -> Pruned | None:
    found = prune_loop(p, op, used)
    return found and Pruned(found[0], found[2], found[1])


def _flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    cond_consts, body_consts, _ = take(counts, *_sizes(attrs))
    return {**attrs, "cond_consts": sum(cond_consts), "body_consts": sum(body_consts)}


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    cond_consts, body_consts, init = take(operands, *_sizes(attrs))
    if not init:
        return []
    return h.while_loop(
        init,
        lambda *carry: h.inline(attrs["cond"], [*cond_consts, *carry]),
        lambda *carry: h.inline(attrs["body"], [*body_consts, *carry]),
    )


WHILE = define(
    "pbfn.while",
    ("operands*",),
    {"cond": SYMBOL, "body": SYMBOL, "cond_consts": I64, "body_consts": I64},
    results=("carry*",),
    evaluate=_evaluate,
    jvp=_jvp,
    linearize=_linearize,
    transpose=NotDifferentiable(_NO_REVERSE),
    batch=_batch,
    lower=_lower,
    split_complex=split_op("pbfn.while"),
    flatten=_flatten,
    regions=lambda attrs: (attrs["cond"], attrs["body"]),
    prune=_prune,
    reach=while_reach,
    function=True,
    doc="Applies `body(body consts, carry)` to the carry while `cond(cond consts, carry)` holds. Operands: the constants of the "
    "condition (`cond_consts` of them), those of the body (`body_consts`), the initial carry.",
    reference="StableHLO specification, while; JAX documentation, jax.lax.while_loop",
)
