"""How state is passed through operations over functions: their `thread` rules.

A pass that turns effects into values (passes/thread_effects.py) gives every function that has effects further arguments and
results in front, the state. Where an operation calls such functions, the state has to go in and come out: of a call as further
operands, of a branch likewise, of a loop as further carries.

A rule ``thread(t, b, op, operands, state) -> (state, results)`` emits the operation with its state. ``t.region(op, name)`` is the
function `name` with the state of `op` in front of its arguments and results.
"""

from __future__ import annotations

from typing import Any

from . import table as _table  # noqa: F401  fills the op table that the rules are attached to
from .builder import Builder
from .custom_rules import RuleSymbol
from .function_rules import avals_of, emit_like, take
from .ir import Op, Value
from .scan import parts
from .spec import TABLE, Rule
from .types import Aval

Threaded = tuple[list[Value], list[Value]]

#: How many times a compiled function remembers a print that stands in a loop whose length is not known.
UNBOUNDED = 1000


def trips(op: Op) -> int:
    """At most how often the functions of the operation run (for a loop without bound, how often it is remembered)."""
    if "length" in op.attrs:
        return op.attrs["length"]
    if "max_steps" in op.attrs:
        return op.attrs["max_steps"] + 1  # the condition is tested once more
    return UNBOUNDED if "cond" in op.attrs else 1


def _split(n: int, results: list[Value]) -> Threaded:
    return results[:n], results[n:]


def _call(t: Any, b: Builder, op: Op, operands: list[Value], state: list[Value]) -> Threaded:
    attrs = {"callee": t.region(op, op.attrs["callee"])}
    return _split(len(state), emit_like(b, op, [*state, *operands], attrs, avals_of([*state, *op.results])))


def _custom(t: Any, b: Builder, op: Op, operands: list[Value], state: list[Value]) -> Threaded:
    """The state comes from the function itself, the results from the operation without its effects, so that its derivative
    stays the user's."""
    assert op.spec.body is not None
    callee = op.attrs["callee"]
    new = t.d.inline(b, t.region(op, callee), [*state, *op.spec.body(b, operands, op.attrs)])[: len(state)]
    quiet = t.stripped(callee)
    if isinstance(callee, RuleSymbol):
        quiet = RuleSymbol.make(quiet, callee.specialize)
    return new, emit_like(b, op, operands, {"callee": quiet}, avals_of(op.results))


def _custom_vjp_linear(t: Any, b: Builder, op: Op, operands: list[Value], state: list[Value]) -> Threaded:
    """The map whose transpose is `bwd`: that one is not run, so it has no effects here."""
    return state, emit_like(b, op, operands, {"bwd": t.stripped(op.attrs["bwd"])}, avals_of(op.results))


def _cond(t: Any, b: Builder, op: Op, operands: list[Value], state: list[Value]) -> Threaded:
    attrs = {"branches": tuple(t.region(op, f) for f in op.attrs["branches"])}
    return _split(len(state), emit_like(b, op, [operands[0], *state, *operands[1:]], attrs, avals_of([*state, *op.results])))


def _scan(t: Any, b: Builder, op: Op, operands: list[Value], state: list[Value]) -> Threaded:
    head, consts, carry, xs = parts(op, operands)
    nc, n = len(consts), len(state)
    region = t.region(op, op.attrs["body"])
    avals = t.d.arg_avals(region)

    def body(b: Builder, values: list[Value]) -> list[Value]:
        consts, state, rest = take(values, nc, n)
        return t.d.inline(b, region, [*state, *consts, *rest])

    ordered = [*avals[n : n + nc], *avals[:n], *avals[n + nc :]]
    name = t.d.build(f"{region}.step", ordered, body, op.loc, ("thread.scan", region, nc, n))
    attrs = {"body": name, "num_carry": len(carry) + n}
    operands = [*head, *consts, *state, *carry, *xs]
    return _split(n, emit_like(b, op, operands, attrs, avals_of([*state, *op.results])))


def _while(t: Any, b: Builder, op: Op, operands: list[Value], state: list[Value]) -> Threaded:
    """The state is carried. A condition with effects runs before the loop and at the end of the body, and its result is carried
    too, so that its state is not lost."""
    cond_consts, body_consts, init = take(operands, op.attrs["cond_consts"], op.attrs["body_consts"])
    nc, nb, n = len(cond_consts), len(body_consts), len(state)
    cond, body = op.attrs["cond"], t.region(op, op.attrs["body"])
    tested = t.region(op, cond) if t.touches_function(cond) else None

    def step(b: Builder, values: list[Value]) -> list[Value]:
        test_consts, consts, flag, state, carry = take(values, nc if tested else 0, nb, 1 if tested else 0, n)
        state, carry = _split(n, t.d.inline(b, body, [*state, *consts, *carry]))
        if tested:
            state, new = _split(n, t.d.inline(b, tested, [*state, *test_consts, *carry]))
            # IREE fails to compile a loop with a carry that is used by its condition alone
            flag = [b.min(flag[0], b.convert(new[0], dtype="i32"))]
        return [*flag, *state, *carry]

    def test(b: Builder, values: list[Value]) -> list[Value]:
        if tested:
            return [b.compare(values[0], b.full_like(values[0], 0), direction="NE")]
        consts, _, carry = take(values, nc, n)
        return t.d.inline(b, cond, [*consts, *carry])

    flag: list[Value] = []
    if tested:
        state, flag = _split(n, t.d.inline(b, tested, [*state, *cond_consts, *init]))
        flag = [b.convert(flag[0], dtype="i32")]
    carry = [*flag, *state, *init]
    carry_avals = avals_of(carry)
    consts = [[], [*cond_consts, *body_consts]] if tested else [cond_consts, body_consts]
    key = ("thread.while", cond, body, tested, n)
    attrs = {
        "cond": t.d.build(f"{cond}.test", [*avals_of(consts[0]), *carry_avals], test, op.loc, (*key, "cond")),
        "body": t.d.build(f"{body}.step", [*avals_of(consts[1]), *carry_avals], step, op.loc, (*key, "body")),
        "cond_consts": len(consts[0]),
        "body_consts": len(consts[1]),
    }
    avals = carry_avals
    k = len(init)
    if "max_steps" in op.attrs:  # the count, and the saved carries
        saved = [Aval((op.results[-1].shape[0], *a.shape), a.dtype) for a in carry_avals if len(op.results) > k + 1]
        avals = [*carry_avals, op.results[k].aval, *saved]
    results = emit_like(b, op, [*consts[0], *consts[1], *carry], attrs, avals)
    _, state, outs, count, saved_values = take(results, len(flag), n, k, len(op.results) > k)
    return state, [*outs, *count, *saved_values[len(flag) + n :]]


RULES: dict[str, Rule] = {
    "pbfn.call": _call,
    "pbfn.checkpoint": _call,
    "pbfn.cond": _cond,
    "pbfn.scan": _scan,
    "pbfn.counted_scan": _scan,
    "pbfn.while": _while,
    "pbfn.bounded_while": _while,
    "pbfn.custom_jvp": _custom,
    "pbfn.custom_vjp": _custom,
    "pbfn.custom_vjp_linear": _custom_vjp_linear,
    "pbfn.custom_vmap": _custom,
    "pbfn.linear_solve": _custom,
}

for _name, _rule in RULES.items():
    TABLE[_name].thread = _rule
