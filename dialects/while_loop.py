"""pbfn.while: a loop that runs while a condition on its carry holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import Builder
from .function_rules import (
    Mask,
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
from .ir import Op, Value
from .spec import I64, SYMBOL, NotDifferentiable, define
from .types import Aval

_NO_REVERSE = (
    "reverse-mode differentiation does not work through a while loop with a dynamic trip count; "
    "use scan or fori_loop with static bounds, or forward mode (jvp, jacfwd)"
)


def _sizes(attrs: dict[str, Any]) -> tuple[int, int]:
    return attrs["cond_consts"], attrs["body_consts"]


def _evaluate(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    cond_consts, body_consts, carry = take(arrays, *_sizes(attrs))
    cond, body = attrs["cond"], attrs["body"]
    while np.asarray(run(cond, cond_consts + carry)[0]).item():
        carry = run(body, body_consts + carry)
    return carry


def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    """One loop over the carry and its tangents. A carry is active if it becomes so in any iteration."""
    nc, nb = _sizes(op.attrs)
    cond_consts, body_consts, init = take(primals, nc, nb)
    _, dbody_consts, dinit = take(tangents, nc, nb)
    const_active = is_active(dbody_consts)
    no_ys: Mask = ()
    derived, active = fixpoint(lambda carry: d.jvp(op.attrs["body"], const_active + carry, carry + no_ys), is_active(dinit))
    avals = avals_of(init)
    if not any(active):
        return b.clone(op, primals).results, [None] * len(avals)
    n, carry_avals = len(avals), avals + pick(avals, active)
    dconsts = given(dbody_consts)

    def body(b: Builder, values: list[Value]) -> list[Value]:
        consts, dcs, carry, dcarry = take(values, nb, len(dconsts), n)
        return d.inline(b, derived.name, [*consts, *carry, *dcs, *dcarry])

    def cond(b: Builder, values: list[Value]) -> list[Value]:
        return d.inline(b, op.attrs["cond"], values[: nc + n])

    key = (op.attrs["cond"], derived.name, active)
    attrs = {
        "cond": d.build(f"{op.attrs['cond']}.jvp", avals_of(cond_consts) + carry_avals, cond, op.loc, ("while.cond", key)),
        "body": d.build(
            f"{op.attrs['body']}.loop_jvp", avals_of(body_consts + dconsts) + carry_avals, body, op.loc, ("while.body", key)
        ),
        "cond_consts": nc,
        "body_consts": nb + len(dconsts),
    }
    operands = [*cond_consts, *body_consts, *dconsts, *init, *instantiated(b, avals, dinit, active)]
    results = b.emit_typed(WHILE, operands, attrs, carry_avals)
    return results[:n], spread(active, results[n:])


def _linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    """The loop itself is the primal part. The linear part runs it again with tangents: the trip count is not known, so there
    is no room for residuals of each iteration."""
    outs = b.clone(op, primals).results
    return outs, _jvp(d, b, op, primals, tangents)[1]


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
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
        return b.emit_typed(WHILE, [*cond_consts, *body_consts, *init], attrs, avals), list(carry)

    # the condition of each example rides along in the carry: the loop runs while any holds and changes those examples only
    running = Aval((b.size,), "i1")

    def any_runs(b: Builder, values: list[Value]) -> list[Value]:
        return [b.reduce_or(values[0], axes=(0,))]

    def step(b: Builder, values: list[Value]) -> list[Value]:
        consts, body_consts, (runs,), carry = take(values, nc, nb, 1)
        new = d.inline(b, body.name, body_consts + carry)
        new = [b.select(b.broadcast_in_dim(runs, shape=v.shape, dims=(0,)), v, old) for v, old in zip(new, carry)]
        return [*d.inline(b, cond.name, consts + new), *new]

    const_avals = avals_of(cond_consts + body_consts)
    key = (cond.name, body.name)
    attrs = {
        "cond": d.build(f"{op.attrs['cond']}.any", [running, *avals], any_runs, op.loc, ("while.any", key)),
        "body": d.build(f"{op.attrs['body']}.masked", [*const_avals, running, *avals], step, op.loc, ("while.masked", key)),
        "cond_consts": 0,
        "body_consts": nc + nb,
    }
    runs = d.inline(b, cond.name, [*cond_consts, *init])[0]
    outs = b.emit_typed(WHILE, [*cond_consts, *body_consts, runs, *init], attrs, [running, *avals])
    return outs[1:], list(carry)


def _flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    cond_consts, body_consts, _ = take(counts, *_sizes(attrs))
    return {**attrs, "cond_consts": sum(cond_consts), "body_consts": sum(body_consts)}


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    cond_consts, body_consts, init = take(operands, *_sizes(attrs))
    regions = [
        h.region(outs, lambda *carry: h.inline(attrs["cond"], [*cond_consts, *carry])),
        h.region(outs, lambda *carry: h.inline(attrs["body"], [*body_consts, *carry])),
    ]
    return h.while_loop(init, regions) if init else []


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
    function=True,
    doc="Applies `body(body consts, carry)` to the carry while `cond(cond consts, carry)` holds. Operands: the constants of the "
    "condition (`cond_consts` of them), those of the body (`body_consts`), the initial carry.",
    reference="StableHLO specification, while; JAX documentation, jax.lax.while_loop",
)
