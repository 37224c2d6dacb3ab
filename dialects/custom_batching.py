"""pbfn.custom_vmap: a function whose batching the user gives.

Evaluated or compiled, it is its callee. Batched, a rule of the user takes its place: a function of arguments of which those in
a mask carry the batch dimension. There is one for each size and mask: `rules` are those that are known in the text, `cases`
says which is which. In the process that traced the function, others are traced when a derivation asks for them (the `specialize`
of the callee's symbol).

Forward mode makes another function of this kind, whose rule is the derivative of the rule; linearized and transposed, it is its
callee.
"""

from __future__ import annotations

from typing import Any

from . import types as T
from .builder import Builder
from .custom_rules import RuleSymbol
from .function_ops import inexact
from .function_rules import Mask, avals_of, given, inline_linearized, is_active, pick, split_inlined, spread
from .ir import Op, Symbol, Value
from .spec import I64, STR, SYMBOL, SYMBOLS, NoRuleError, OpError, define


def case_text(size: int, batched: Mask, out: Mask) -> str:
    """One entry of `cases`: the size of the axis, which arguments carry it, which results do."""
    bits = ("".join("01"[x] for x in mask) for mask in (batched, out))
    return f"{size}:{':'.join(bits)}"


def _cases(attrs: dict[str, Any]) -> dict[tuple[int, Mask], tuple[Symbol, Mask]]:
    found = {}
    texts = attrs["cases"].split(",") if attrs["cases"] else []
    if len(texts) != len(attrs["rules"]):
        raise OpError(f"attribute 'cases' has {len(texts)} entries for {len(attrs['rules'])} rules")
    for rule, text in zip(attrs["rules"], texts):
        size, batched, out = text.split(":")
        found[int(size), tuple(c == "1" for c in batched)] = rule, tuple(c == "1" for c in out)
    return found


def _rule(d: Any, op: Op, size: Any, mask: Mask) -> tuple[Symbol, Mask]:
    """The rule for a size and a mask, and which of its results carry the batch dimension."""
    found = _cases(op.attrs).get((size, mask))
    callee = op.attrs["callee"]
    if found is None and isinstance(callee, RuleSymbol):
        found = callee.specialize(d, size, mask)
    if found is None:
        raise NoRuleError(
            f"pbfn.custom_vmap of @{callee} has no rule for an axis of size {size} and arguments "
            f"{''.join('01'[m] for m in mask)}; cases: {op.attrs['cases'] or 'none'}",
            op.loc,
        )
    return found


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    n = op.attrs["num_args"]
    if any(batched[n:]):
        raise NoRuleError(
            "a custom_vmap function closes over a value that vmap maps, but its rule sees its arguments only; pass it as one",
            op.loc,
        )
    if not any(batched):  # there is an axis with a name, but nothing here depends on it
        return b.clone(op, operands).results, [False] * len(op.results)
    name, out = _rule(d, op, b.size, tuple(batched[:n]))
    return d.inline(b, name, operands[:n]), list(out)


def _jvp_case(d: Any, op: Op, active: Mask, want: Mask, size: Any, mask: Mask) -> tuple[Symbol, Mask]:
    """The derivative of the rule: primal and tangent of an argument both carry the batch dimension if either does."""
    n = op.attrs["num_args"]
    tangent_mask = iter(mask[n:])
    joint = tuple(p | (next(tangent_mask) if on else False) for p, on in zip(mask[:n], active[:n]))
    rule, out = _rule(d, op, size, joint)
    derived = d.jvp(rule, active[:n], want)
    goal = (*joint, *pick(joint, active[:n]))
    avals = d.arg_avals(derived.name)
    types = [a if have or not on else T.Aval(a.shape[1:], a.dtype) for a, have, on in zip(avals, mask, goal)]

    def body(b: Builder, values: list[Value]) -> list[Value]:
        b.size = size
        spread_out = [b.batched(v, have) if on else v for v, have, on in zip(values, mask, goal)]
        return d.inline(b, derived.name, spread_out)

    key = ("custom_vmap.jvp", derived.name, mask)
    return d.build(f"{rule}.jvp", types, body, op.loc, key), (*out, *pick(out, want))


def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    active, n, n_out = is_active(tangents), op.attrs["num_args"], len(op.results)
    callee, want = op.attrs["callee"], tuple(inexact(avals_of(op.results)))
    derived = d.jvp(callee, active, want)
    avals = avals_of(op.results)
    if not isinstance(callee, RuleSymbol) or any(active[n:]):
        results = d.inline(b, derived.name, [*primals, *given(tangents)])
        return results[:n_out], spread(want, results[n_out:])

    def reordered(b: Builder, values: list[Value]) -> list[Value]:
        k = n + len(given(tangents))
        args, ts, consts = values[:n], values[n:k], values[k:]
        return d.inline(b, derived.name, [*args, *consts, *ts])

    operands = [*primals[:n], *given(tangents), *primals[n:]]
    name = d.build(f"{callee}.jvp", avals_of(operands), reordered, op.loc, ("custom_vmap.callee", derived.name, n))
    symbol = RuleSymbol.make(name, lambda d, size, mask: _jvp_case(d, op, active, want, size, mask))
    attrs = {"callee": symbol, "rules": (), "cases": "", "num_args": n + len(given(tangents))}
    results = b.emit_typed(op.spec, operands, attrs, [*avals, *pick(avals, want)])
    return results[:n_out], spread(want, results[n_out:])


def _linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    return inline_linearized(d, b, op.attrs["callee"], primals, tangents)


def _transpose(d: Any, b: Builder, op: Op, cts: list[Value | None], operands: list[Value], linear: list[bool]) -> Any:
    derived = d.transpose(op.attrs["callee"], tuple(linear), is_active(cts))
    nonlinear = [v for v, m in zip(operands, linear) if not m]
    values = iter(spread(derived.mask, d.inline(b, derived.name, [*nonlinear, *given(cts)])))
    return [next(values) if m else None for m in linear]


def _flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    if any(c != 1 for c in counts[: attrs["num_args"]]):
        raise OpError("an argument of a custom_vmap function cannot be a function returned by vjp; let it close over it")
    return attrs


CUSTOM_VMAP = define(
    "pbfn.custom_vmap",
    ("operands*",),
    {"callee": SYMBOL, "rules": SYMBOLS, "cases": STR, "num_args": I64},
    results=("outs*",),
    evaluate=lambda run, arrays, attrs: run(attrs["callee"], arrays),
    jvp=_jvp,
    linearize=_linearize,
    transpose=_transpose,
    batch=_batch,
    lower=lambda h, operands, attrs, outs: h.inline(attrs["callee"], operands),
    body=lambda b, operands, attrs: operands,
    traits=("custom_rule",),
    split_complex=lambda d, b, operands, attrs, outs: split_inlined(d, b, attrs["callee"], operands, outs),
    flatten=_flatten,
    regions=lambda attrs: (attrs["callee"], *attrs["rules"]),
    function=True,
    doc="Results of the callee on the arguments (`num_args`) and the values that it captures. Batched over an axis, it is one of "
    "`rules` on the arguments: `cases` has for each a text such as 8:10:1, the size of the axis, which arguments carry it (first), "
    "and which results then do.",
    reference="JAX documentation, jax.custom_batching.custom_vmap",
)
