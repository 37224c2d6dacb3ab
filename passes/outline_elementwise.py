"""outline-elementwise: turns elementwise operations that StableHLO has no good form for into calls of functions in simpler terms.

    %0 = "pb.sin"(%x)              ==>      %0 = "pbfn.call"(%x) {callee = @sin.4xf32}
                                            func.func private @sin.4xf32(%arg0) { ... arithmetic ... }

One function serves all operations of one kind and type, so a program stays as long as it was written; the compiler inlines
the calls again when it fuses. The functions are derived once per process.
"""

from __future__ import annotations

import functools
from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.function_ops import emit_callee
from pullback.dialects.ir import Dense, Func, Module, Op, Symbol, Value
from pullback.dialects.spec import TABLE
from pullback.dialects.types import Aval

from .cse import cse
from .dce import dce
from .decompose import decomposable, decompose_rule
from .rewrite import expand_ops, frame
from .simplify import simplify


def _outlined(op: Op) -> bool:
    return "elementwise" in op.spec.traits and decomposable(op)


@functools.lru_cache(maxsize=4096)
def _function(name: str, attrs: tuple[tuple[str, Any], ...], avals: tuple[Aval, ...], outs: tuple[Aval, ...]) -> Func:
    """The operation as a function of its own, decomposed and cleaned up."""
    suffix = "".join(f".{v}" for _, v in attrs if not isinstance(v, Dense))
    shape = "x".join(map(str, (*avals[0].shape, avals[0].dtype)))
    func = Func(f"{name.partition('.')[2]}{suffix}.{shape}")
    args = [func.add_arg(a) for a in avals]
    op = Op(TABLE[name], args, dict(attrs), outs)
    func.ops, func.results = [op], op.results
    module = Module([expand_ops(func, decompose_rule)])
    for run in (simplify, cse):
        module = run(module)
    return dce(module[func.name], module)


def outline_elementwise(module: Module) -> Module:
    if not any(_outlined(op) for f in module.funcs.values() for op in f.ops):
        return module
    added: dict[str, Func] = {}
    names: dict[Any, Symbol] = {}

    def callee(op: Op) -> Symbol:
        key = (
            op.spec.name,
            tuple(sorted(op.attrs.items())),
            tuple(v.aval for v in op.operands),
            tuple(r.aval for r in op.results),
        )
        if key not in names:
            func = _function(*key)
            name = func.name
            while name in module.funcs or name in added:
                name += "_"
            if name != func.name:
                renamed = frame(func)
                renamed.name, renamed.args, renamed.ops, renamed.results = name, func.args, func.ops, func.results
                func = renamed
            added[name] = func
            names[key] = Symbol(name)
        return names[key]

    def rewrite(func: Func) -> Func:
        if not any(_outlined(op) for op in func.ops):
            return func
        out = frame(func)
        out.args = func.args
        b = Builder(out.ops)
        env: dict[Value, Value] = {}
        for op in func.ops:
            operands = [env.get(v, v) for v in op.operands]
            b.loc = op.loc
            results = emit_callee(b, callee(op), operands, op.results) if _outlined(op) else b.clone(op, operands).results
            env.update(zip(op.results, results))
        out.results = [env.get(v, v) for v in func.results]
        return out

    funcs = [rewrite(f) for f in module.funcs.values()]
    return Module([*funcs, *added.values()])
