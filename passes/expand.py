"""expand: replaces transformation ops (pbfn.jvp, vjp_fwd, vjp_bwd, vmap, linear_transpose) and calls, innermost first.

    %y, %tape = "pbfn.vjp_fwd"(%x) {callee = @f}          %y, %res = <body of @f.fwd>(%x)
    %ct = "pbfn.vjp_bwd"(%tape, %dy)                ==>   %ct = <body of @f.bwd>(%res, %dy)

A tape becomes the residual values that it stands for, also where it crosses into another function as an argument.
Each derived function is built once (`Deriver`). A function without anything to expand is returned as it is.
"""

from __future__ import annotations

from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.function_ops import flatten_operands, tape_residuals
from pullback.dialects.ir import Func, Module, Value
from pullback.dialects.types import Tape

from .dce import live_ops
from .deriver import Deriver


def prepare(d: Deriver, func: Func) -> Func:
    """`func` without transformation ops, tapes and inlinable calls; see `Deriver.prepared`."""
    if not any(op.spec.expand is not None for op in func.ops) and not any(isinstance(a.aval, Tape) for a in func.args):
        return func
    out = Func(func.name, func.loc, func.public)
    out.arg_names, out.result_names, out.donated = func.arg_names, func.result_names, func.donated
    b = Builder(out.ops, func.loc)
    env: dict[Value, Any] = {}

    for a in func.args:
        if isinstance(a.aval, Tape):
            env[a] = [out.add_arg(r) for r in tape_residuals(d, a.aval)]
        else:
            env[a] = out.add_arg(a.aval)
    for op in func.ops:
        b.loc = op.loc
        operands = [env[v] for v in op.operands]
        spec = op.spec
        results: Any = NotImplemented
        if spec.expand is not None:
            results = spec.expand(d, b, op, operands)
        if results is NotImplemented:
            results = _keep(d, b, op, operands)
        env.update(zip(op.results, results, strict=True))
    out.results = flatten_operands([env[v] for v in func.results])
    out.ops = live_ops(out.ops, out.results, d.module)
    return out


def _keep(d: Deriver, b: Builder, op: Any, operands: list[Any]) -> list[Any]:
    """Emits `op` with tapes among its operands and results spread out."""
    if not any(isinstance(v, list) for v in operands) and not any(isinstance(r.aval, Tape) for r in op.results):
        return b.clone(op, operands).results
    attrs = op.attrs
    if op.spec.flatten is not None:
        attrs = op.spec.flatten(attrs, [len(v) if isinstance(v, list) else 1 for v in operands])
    avals: list[Any] = []
    for r in op.results:
        avals += tape_residuals(d, r.aval) if isinstance(r.aval, Tape) else [r.aval]
    values = iter(b.emit_typed(op.spec, flatten_operands(operands), attrs, avals))
    return [[next(values) for _ in tape_residuals(d, r.aval)] if isinstance(r.aval, Tape) else next(values) for r in op.results]


def reachable(module: Module, roots: list[str]) -> list[str]:
    """Names of the functions that `roots` reach, in the order of the module."""
    seen: set[str] = set()
    stack = list(roots)
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        for op in module[name].ops:
            if op.spec.regions is not None:
                stack += op.spec.regions(op.attrs)
    return [name for name in module.funcs if name in seen]


def expand(module: Module) -> Module:
    """A module of the public functions, expanded, and of the functions that they still reference (loop bodies, branches)."""
    d = Deriver(Module(module.funcs.values()))
    done: dict[str, Func] = {}
    stack = [f.name for f in module.public]
    while stack:
        name = stack.pop()
        if name in done:
            continue
        func = d.prepared(name)
        while any(op.spec.expand is not None for op in func.ops):  # what derivations left for later (custom_vjp_linear)
            func = prepare(d, func)
        done[name] = func
        for op in func.ops:
            if op.spec.regions is not None:
                stack += op.spec.regions(op.attrs)
    return Module([done[name] for name in d.module.funcs if name in done])
