"""pbfn.checkpoint: a function whose reverse mode computes it again instead of saving its residuals.

The linear part holds the whole linearized function as one operation on primals and tangents; its transpose recomputes. What the
policy lets it save are further results of the forward pass and further operands of that operation. A
barrier keeps optimisers from finding out that the recomputation repeats the forward pass, which would save all again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .builder import Builder
from .function_rules import avals_of, emit_like, given, is_active, pick, prune_callee, reach_callee, split_op, spread
from .ir import Op, Symbol, Value
from .policies import NAME, Policy, policy
from .spec import BOOL, STR, SYMBOL, define
from .types import Aval


def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    derived = d.jvp(op.attrs["callee"], is_active(tangents))
    avals = avals_of(op.results)
    results = emit_like(b, op, [*primals, *given(tangents)], {"callee": derived.name}, avals + pick(avals, derived.mask))
    return results[: len(avals)], spread(derived.mask, results[len(avals) :])


def tangent_function(d: Any, lin: Any, callee: Symbol, loc: Any) -> Symbol:
    """``(primals, tangents of active args) -> tangents of active outs``: computes residuals and uses them."""
    avals = d.arg_avals(lin.fwd)
    n = len(avals)

    def body(b: Builder, values: list[Value]) -> list[Value]:
        residuals = d.inline(b, d.quiet(lin.fwd), values[:n])[lin.n_outs :]
        return d.inline(b, lin.lin, [*residuals, *values[n:]])

    return d.build(f"{callee}.tangent", avals + pick(avals, lin.active), body, loc, ("checkpoint.tangent", lin.fwd))


class _Split(NamedTuple):
    """A linearized function that saves some values: ``forward(args) -> (outs, saved)``, ``tangent(args in the mask, saved,
    tangents) -> tangents of outs``."""

    forward: Symbol
    tangent: Symbol
    args: tuple[bool, ...]


def _saved(d: Any, lin: Any, saveable: Policy, op: Op) -> _Split | None:
    """Sorts the forward pass into what is saved, as far as the residuals need it, and what is computed again from that; None if
    nothing is saved."""
    func = d.prepared(lin.fwd)
    args = set(func.args)
    stands_for: dict[Value, Value] = {}  # a value that need not be computed again: the saved one that is equal to it
    for o in func.ops:
        if saveable(o):
            stands_for.update((r, r) for r in o.results)
            if o.spec.name == NAME and o.operands[0] not in args:
                stands_for[o.operands[0]] = o.results[0]
    saved: dict[Value, None] = {}
    needed: set[Value] = set()

    def need(v: Value) -> None:
        if v in stands_for and not (v.op is not None and "constant" in v.op.spec.traits):
            saved[stands_for[v]] = None
        else:
            needed.add(v)

    residuals = func.results[lin.n_outs :]
    for v in residuals:
        need(v)
    again = []
    for o in reversed(func.ops):
        if any(r in needed for r in o.results):
            again.append(o)
            for v in o.operands:
                need(v)
    again.reverse()
    if not saved:
        return None
    name = op.attrs["callee"]

    def forward(b: Builder, values: list[Value]) -> list[Value]:
        env = dict(zip(func.args, values))
        for o in func.ops:
            env.update(zip(o.results, b.clone(o, [env[v] for v in o.operands]).results))
        return [env[v] for v in (*func.results[: lin.n_outs], *saved)]

    used = tuple(a in needed for a in func.args)
    kept = pick(func.args, used)

    def tangent(b: Builder, values: list[Value]) -> list[Value]:
        n = len(kept) + len(saved)
        env = dict(zip([*kept, *saved], values))
        env.update((v, env[s]) for v, s in stands_for.items() if s in env)
        for o in again:
            b.loc = o.loc
            env.update(zip(o.results, b.clone(o, [env[v] for v in o.operands]).results))
        return d.inline(b, lin.lin, [*(env[v] for v in residuals), *values[n:]])

    avals = [*avals_of(kept), *avals_of(saved), *pick(d.arg_avals(lin.fwd), lin.active)]
    first = d.build(f"{name}.saving", avals_of(func.args), forward, op.loc)
    return _Split(first, d.build(f"{name}.tangent", avals, tangent, op.loc), used)


def _linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    callee = op.attrs["callee"]
    saveable = policy(op.attrs["policy"])
    lin = d.linearize(callee, is_active(tangents))
    if op.attrs["policy"] == "everything_saveable":
        results = d.inline(b, lin.fwd, primals)
        outs, residuals = results[: lin.n_outs], results[lin.n_outs :]
        touts = d.inline(b, lin.lin, [*residuals, *given(tangents)]) if any(lin.mask) else []
        return outs, spread(lin.mask, touts)
    if not any(lin.mask):
        return b.clone(op, primals).results, [None] * len(op.results)
    avals = pick(avals_of(op.results), lin.mask)
    split = _saved(d, lin, saveable, op) if op.attrs["policy"] != "nothing_saveable" else None
    if split is None:
        outs = b.clone(op, primals).results
        name = tangent_function(d, lin, callee, op.loc)
        return outs, spread(lin.mask, emit_like(b, op, [*primals, *given(tangents)], {"callee": name}, avals))
    results = emit_like(b, op, primals, {"callee": split.forward}, d.result_avals(split.forward))
    outs, saved = results[: lin.n_outs], results[lin.n_outs :]
    operands = [*pick(primals, split.args), *saved, *given(tangents)]
    return outs, spread(lin.mask, emit_like(b, op, operands, {"callee": split.tangent}, avals))


def _transpose(d: Any, b: Builder, op: Op, cts: list[Value | None], operands: list[Value], linear: list[bool]) -> Any:
    derived = d.transpose(op.attrs["callee"], tuple(linear), is_active(cts))
    nonlinear = [v for v, m in zip(operands, linear) if not m]
    avals = pick(avals_of(pick(operands, linear)), derived.mask)
    values = iter(spread(derived.mask, emit_like(b, op, [*nonlinear, *given(cts)], {"callee": derived.name}, avals)))
    return [next(values) if m else None for m in linear]


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    derived = d.batch(op.attrs["callee"], tuple(batched), b.size, b.axis_name)
    avals = [Aval((b.size, *r.shape), r.dtype) if on else r.aval for r, on in zip(op.results, derived.mask)]
    return emit_like(b, op, operands, {"callee": derived.name}, avals), list(derived.mask)


def _body(b: Builder, operands: list[Value], attrs: dict[str, Any]) -> list[Value]:
    return list(b.optimization_barrier(*operands)) if attrs["barrier"] and operands else operands


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    if attrs["barrier"] and operands:
        operands = list(h.op("stablehlo.optimization_barrier", operands, [v.aval for v in operands]))
    return h.inline(attrs["callee"], operands)


CHECKPOINT = define(
    "pbfn.checkpoint",
    ("args*",),
    {"callee": SYMBOL, "barrier": BOOL, "policy": STR},
    results=("outs*",),
    evaluate=lambda run, arrays, attrs: run(attrs["callee"], arrays),
    jvp=_jvp,
    linearize=_linearize,
    transpose=_transpose,
    batch=_batch,
    lower=_lower,
    body=_body,
    traits=("checkpoint",),
    split_complex=split_op("pbfn.checkpoint"),
    flatten=lambda attrs, counts: attrs,
    regions=lambda attrs: (attrs["callee"],),
    prune=prune_callee,
    reach=reach_callee,
    function=True,
    doc="Results of the callee. Reverse mode saves the arguments, and those values that the `policy` lets it save, and computes "
    "the others again. Policies: nothing_saveable, everything_saveable, dots_saveable, dots_with_no_batch_dims_saveable, "
    "save_only_these_names('a', ...), save_any_names_but_these(...), save_anything_except_these_names(...), "
    "save_from_both_policies(p, q). `barrier` keeps optimisations from merging the "
    "recomputation with the first computation; a loop body does not need it.",
    reference="Griewank and Walther, Evaluating Derivatives (2008), chapter 12; JAX documentation, jax.checkpoint",
)
