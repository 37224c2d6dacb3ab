"""Checks as values: `instrument` adds automatic checks to a function, `functionalize` turns all checks into results.

    func.func @f(%x) {                                   func.func @f.checked(%x) {
      %0 = "pb.log"(%x)                      ==>           %0 = "pb.log"(%x)
      return %0                                            ... %code, %args: which check failed first (0: none), with what
    }                                                      return %code, %args..., %0
                                                         }

What comes out is an ordinary function: it can be differentiated, batched and compiled.
"""

from __future__ import annotations

from typing import Any

from pullback.dialects.automatic_checks import emit_after, emit_before
from pullback.dialects.builder import Builder
from pullback.dialects.effects import CHECKS, Effects
from pullback.dialects.ir import Symbol, Value

from .deriver import Deriver
from .discharge_effects import Discharge
from .thread_effects import strip


def instrument(d: Deriver, name: str, kinds: frozenset[str]) -> Symbol:
    """The function with automatic checks, also in the loops, branches and calls that it holds. Of a function with a custom
    derivative, the results are checked, and the derivative stays the user's."""
    if not kinds:
        return Symbol(name)
    key = ("instrumented", name, kinds)
    memo: dict[Any, Any] = d.module.memo
    if key not in memo:
        func = d.prepared(name)

        def body(b: Builder, values: list[Value]) -> list[Value]:
            env = dict(zip(func.args, values))
            for op in func.ops:
                b.loc = op.loc
                operands = [env[v] for v in op.operands]
                emit_before(b, op, operands, kinds)
                attrs = op.attrs
                if op.spec.regions is not None and "custom_rule" not in op.spec.traits:
                    attrs = {k: _instrumented(d, v, kinds) for k, v in attrs.items()}
                results = b.emit_typed(op.spec, operands, attrs, [r.aval for r in op.results])
                emit_after(b, op, results, kinds)
                env.update(zip(op.results, results))
            return [env[v] for v in func.results]

        memo[key] = d.build(f"{name}.instrumented", d.arg_avals(name), body, func.loc)
    return memo[key]


def _instrumented(d: Deriver, value: Any, kinds: frozenset[str]) -> Any:
    if isinstance(value, Symbol):
        return instrument(d, value, kinds)
    if isinstance(value, tuple) and value and isinstance(value[0], Symbol):
        return tuple(instrument(d, v, kinds) for v in value)
    return value


def functionalize(d: Deriver, name: str, kinds: frozenset[str]) -> tuple[Symbol, Effects]:
    """``f.checked(args...) -> (code, arguments of messages..., results...)``, and how the first results are read. `kinds` are the
    checks that count; those that stand in the program ("user") are dropped unless they do."""
    base = Symbol(name) if "user" in kinds else strip(d, name, CHECKS)
    base = instrument(d, base, kinds - {"user"})
    t = Discharge(d, CHECKS)
    func = d.prepared(base)

    def body(b: Builder, values: list[Value]) -> list[Value]:
        state = t.start(b, base)
        results = t.emit(b, func, values, state, 1)
        return [*(v for part in state.values() for v in part), *results]

    checked = d.build(f"{name}.checked", d.arg_avals(base), body, func.loc)
    return checked, t.effects(base)
