"""What passes share: copying a function's frame, and rewriting every function of a module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Module, Op, Value


def frame(func: Func) -> Func:
    """An empty function with the name, visibility and donations of `func`; arguments are to be added."""
    out = Func(func.name, func.loc, func.public)
    out.arg_names, out.result_names, out.donated = func.arg_names, func.result_names, func.donated
    out.effects = func.effects
    return out


def copy_function(func: Func) -> Func:
    """A function with the same operations, whose list of operations may be changed."""
    out = frame(func)
    out.args, out.ops, out.results = func.args, list(func.ops), list(func.results)
    return out


def map_functions(module: Module, rewrite: Callable[[Func], Func]) -> Module:
    """A module of the rewritten functions."""
    return Module([rewrite(f) for f in module.funcs.values()])


def results_of(count: int, result: Any) -> list[Any]:
    """The value or values that a rule returned, as a list with one entry for each of the `count` results of the op. A pair
    (re, im) that stands for one complex result is one entry."""
    if count == 1:
        return list(result) if isinstance(result, list) or (isinstance(result, tuple) and len(result) == 1) else [result]
    return list(result)


def expand_ops(func: Func, rule_of: Callable[[Op], Callable[[Builder, list[Value]], Any] | None]) -> Func:
    """`func` with operations replaced by what their rule emits, and that in turn, until no rule applies.

    ``rule_of(op)`` returns None to keep `op`, or ``emit(b, operands) -> value(s)``.
    """
    rules = [rule_of(op) for op in func.ops]
    if not any(rules):
        return func
    out = frame(func)
    out.args = func.args
    env: dict[Value, Value] = {}

    def visit(ops: Sequence[Op], rules: Sequence[Any]) -> None:
        for op, rule in zip(ops, rules):
            operands = [env.get(v, v) for v in op.operands]
            if rule is None:
                if any(v is not o for v, o in zip(operands, op.operands)):
                    new = Op(op.spec, operands, op.attrs, [r.aval for r in op.results], op.loc)
                    env.update(zip(op.results, new.results))
                    out.ops.append(new)
                else:
                    out.ops.append(op)
                continue
            inner = Builder([], op.loc)
            values = results_of(len(op.results), rule(inner, operands))
            visit(inner.ops, [rule_of(o) for o in inner.ops])
            env.update((old, env.get(new, new)) for old, new in zip(op.results, values, strict=True))

    visit(func.ops, rules)
    out.results = [env.get(v, v) for v in func.results]
    return out
