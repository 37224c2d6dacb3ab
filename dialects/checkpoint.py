"""pbfn.checkpoint: a function whose reverse mode computes it again instead of saving its residuals.

The linear part holds the whole linearized function as one operation on primals and tangents; its transpose recomputes. A
barrier keeps optimisers from finding out that the recomputation repeats the forward pass, which would save all again.
"""

from __future__ import annotations

from typing import Any

from .builder import Builder
from .function_rules import avals_of, emit_like, given, is_active, pick, split_op, spread
from .ir import Op, Symbol, Value
from .spec import BOOL, STR, SYMBOL, OpError, define
from .types import Aval

#: Which values a checkpointed function saves for its reverse mode.
POLICIES = ("nothing_saveable", "everything_saveable")


def check_policy(policy: str) -> None:
    if policy not in POLICIES:
        raise OpError(f"checkpoint policy {policy!r} is not known; known: {', '.join(POLICIES)}")


def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    derived = d.jvp(op.attrs["callee"], is_active(tangents))
    avals = avals_of(op.results)
    results = emit_like(b, op, [*primals, *given(tangents)], {"callee": derived.name}, avals + pick(avals, derived.mask))
    return results[: len(avals)], spread(derived.mask, results[len(avals) :])


def _tangent_function(d: Any, lin: Any, callee: Symbol, loc: Any) -> Symbol:
    """``(primals, tangents of active args) -> tangents of active outs``: computes residuals and uses them."""
    avals = d.arg_avals(lin.fwd)
    n = len(avals)

    def body(b: Builder, values: list[Value]) -> list[Value]:
        residuals = d.inline(b, lin.fwd, values[:n])[lin.n_outs :]
        return d.inline(b, lin.lin, [*residuals, *values[n:]])

    return d.build(f"{callee}.tangent", avals + pick(avals, lin.active), body, loc, ("checkpoint.tangent", lin.fwd))


def _linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    callee = op.attrs["callee"]
    check_policy(op.attrs["policy"])
    lin = d.linearize(callee, is_active(tangents))
    if op.attrs["policy"] == "everything_saveable":
        results = d.inline(b, lin.fwd, primals)
        outs, residuals = results[: lin.n_outs], results[lin.n_outs :]
        touts = d.inline(b, lin.lin, [*residuals, *given(tangents)]) if any(lin.mask) else []
        return outs, spread(lin.mask, touts)
    outs = b.clone(op, primals).results
    if not any(lin.mask):
        return outs, [None] * len(outs)
    name = _tangent_function(d, lin, callee, op.loc)
    avals = pick(avals_of(op.results), lin.mask)
    return outs, spread(lin.mask, emit_like(b, op, [*primals, *given(tangents)], {"callee": name}, avals))


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
    function=True,
    doc="Results of the callee. Reverse mode saves the arguments only and computes the callee again (`policy` nothing_saveable), "
    "or saves all residuals as if it were not there (everything_saveable). `barrier` keeps optimisations from merging the "
    "recomputation with the first computation; a loop body does not need it.",
    reference="Griewank and Walther, Evaluating Derivatives (2008), chapter 12; JAX documentation, jax.checkpoint",
)
