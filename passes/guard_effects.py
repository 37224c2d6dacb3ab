"""Guards: a function with a further first argument, a boolean, which says whether its effects take place.

Where vmap turns a choice into a computation of all branches and a selection, results of the others are dropped, but their
effects would not be: prints and checks of a branch happen for the examples that chose it only, those of a loop for the examples
that are still running.
"""

from __future__ import annotations

from pullback.dialects.builder import Builder
from pullback.dialects.effects import CHECKS, LOGS, function_touches
from pullback.dialects.ir import Func, Symbol, Value
from pullback.dialects.types import Aval

from .deriver import Deriver
from .thread_effects import Layout, State, Threader


class _Guard(Threader):
    """The state is the boolean, which nothing changes."""

    names = LOGS | CHECKS

    def own_layout(self, func: Func, i: int, times: int) -> Layout:
        return {"on": [Aval((), "i1")]}

    def replace(self, b: Builder, func: Func, i: int, operands: list[Value], state: State, times: int) -> None:
        op = func.ops[i]
        mask, batch = state["on"][0], op.attrs["batch"]
        if batch:
            mask = b.broadcast_in_dim(mask, shape=batch, dims=())
        if op.attrs["masked"]:
            mask, operands = b.and_(mask, operands[0]), operands[1:]
        b.emit_typed(op.spec, [mask, *operands], {**op.attrs, "masked": True}, [])


def guarded(d: Deriver, name: str) -> Symbol | None:
    """``f(on, args...) -> results``; None if the function has no effects."""
    if not function_touches(d.module, name):
        return None
    memo = d.module.memo
    key = ("guarded", name)
    if key not in memo:
        t = _Guard(d)
        if not t.touches_function(name):
            return None
        threaded = t.function(name)

        def body(b: Builder, values: list[Value]) -> list[Value]:
            return d.inline(b, threaded, values)[1:]

        memo[key] = d.build(f"{name}.guarded", d.arg_avals(threaded), body, d.prepared(name).loc)
    return memo[key]
