"""cse: common subexpression elimination. Of operations that compute the same thing, the first one is kept.

    %0 = "pb.sin"(%x)                           %0 = "pb.sin"(%x)
    %1 = "pb.sin"(%x)                    ==>    %1 = "pb.add"(%0, %0)
    %2 = "pb.add"(%0, %1)

Two operations are the same if they have the same spec, operands, attributes and result types. Each function is one block,
so an earlier operation always dominates a later one. An op with the trait "barrier" is never merged, which is its purpose, nor
is one with an effect: two prints print twice.
"""

from __future__ import annotations

from typing import Any

from pullback.dialects.effects import touches
from pullback.dialects.ir import Func, Module, Op, Value

from .rewrite import frame, map_functions


def _identity(value: Any) -> Any:
    """An attribute as a key: floats by their bits, since 0.0 == -0.0."""
    return value.hex() if isinstance(value, float) else value


def _key(op: Op, operands: list[Value]) -> Any:
    attrs = op.attrs
    return (
        id(op.spec),
        tuple(map(id, operands)),
        tuple([_identity(attrs.get(k)) for k in op.spec.attrs]) if attrs else (),
        op.results[0].aval if len(op.results) == 1 else tuple(r.aval for r in op.results),
    )


def cse_function(func: Func, module: Module) -> Func:
    """`func` without repeated operations; `func` itself if there are none."""
    seen: dict[Any, Op] = {}
    env: dict[Value, Value] = {}
    ops: list[Op] = []
    pure: set[str] = set()
    for op in func.ops:
        operands = [env.get(v, v) for v in op.operands] if env else op.operands
        keep = "barrier" in op.spec.traits or (op.spec.function and touches(module, op, pure=pure))
        if keep:
            found = None
        else:
            key = _key(op, operands)
            found = seen.get(key)
        if found is not None:
            env.update(zip(op.results, found.results))
            continue
        if any(v is not o for v, o in zip(operands, op.operands)):
            new = Op(op.spec, operands, op.attrs, [r.aval for r in op.results], op.loc)
            env.update(zip(op.results, new.results))
            op = new
        ops.append(op)
        if not keep:
            seen[key] = op
    if not env:
        return func
    out = frame(func)
    out.args, out.ops = func.args, ops
    out.results = [env.get(v, v) for v in func.results]
    return out


def cse(module: Module) -> Module:
    return map_functions(module, lambda f: cse_function(f, module))
