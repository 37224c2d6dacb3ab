"""pb-to-stablehlo: writes the module as StableHLO text, each operation by its `lower` rule.

    %0 = "pb.exp"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
        ==>
    %1 = "stablehlo.exponential"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>

Public functions are written, and the private ones that calls name; the bodies of others end up in the regions of loops and
branches. An argument that IREE might overwrite in place (guards.py) is copied first, unless the caller donated it.
"""

from __future__ import annotations

import numpy as np

from pullback.dialects.hlo import Hlo, HloBuilder, dense_text, symbol_text
from pullback.dialects.ir import Func, Module, Value
from pullback.dialects.spec import NoRule, NoRuleError
from pullback.dialects.types import Tape, np_dtype

from .guards import RecordingBuilder


class Lowering:
    """Lowers the functions of one module."""

    def __init__(self, module: Module, debug_locations: bool, guard_arguments: bool):
        self.module = module
        self.debug_locations = debug_locations
        self.guard_arguments = guard_arguments
        self.called: list[str] = []  # private functions that the written ones call

    def body(self, h: HloBuilder, func: Func, args: list[Hlo]) -> list[Hlo]:
        """Writes the operations of `func` on `args`; returns its results."""
        env: dict[Value, Hlo] = dict(zip(func.args, args, strict=True))
        outer = h.loc
        for op in func.ops:
            spec = op.spec
            rule = spec.lower
            h.loc = op.loc
            if rule is None or isinstance(rule, NoRule):
                missing = "run the decompose pass first" if spec.decompose else "it has no lowering rule"
                raise NoRuleError(f"{spec.name} cannot be compiled: {rule.why if rule else missing}", op.loc)
            results = op.results
            outs = rule(h, [env[v] for v in op.operands], op.attrs, [r.aval for r in results])
            if isinstance(outs, Hlo):
                env[results[0]] = outs
            else:
                env.update(zip(results, outs, strict=True))
        h.loc = outer
        return [env[v] for v in func.results]

    def inline(self, h: HloBuilder, name: str, args: list[Hlo]) -> list[Hlo]:
        return self.body(h, self.module[name], args)

    def function(self, func: Func) -> str:
        for v in (*func.args, *func.results):
            if isinstance(v.aval, Tape):
                raise NoRuleError(f"@{func.name} has a tape in its signature: run the expand pass first", func.loc)
        h = RecordingBuilder(self.inline, self.debug_locations)
        h.copies = self.guard_arguments
        args = [Hlo(f"%arg{i}", a.aval) for i, a in enumerate(func.args)]  # type: ignore[arg-type]
        outs = self.body(h, func, args)
        outer = {a.name: a for a in args}  # the arguments as the caller passes them
        guards: list[str] = []
        if self.guard_arguments and func.public:
            risk = h.overwritten()
            for i, a in enumerate(args):
                if a.name in risk and i not in func.donated and a.aval.size != 0:
                    outer[a.name] = Hlo(f"{a.name}_in", a.aval)
                    guards += _copy(outer[a.name], a)
        self.called += [name for name in h.called if name not in self.called]
        # an argument that is simply returned is returned as it came, not as its copy
        outs = [outer.get(v.name, v) for v in outs]
        head = ", ".join(f"{a.name}: {a.aval.mlir}" for a in outer.values())
        types = ", ".join(v.aval.mlir for v in outs)
        values = f" {', '.join(v.name for v in outs)} : {types}" if outs else ""
        lines = "".join(f"    {line}\n" for line in (*guards, *h.lines))
        visibility = "public" if func.public else "private"
        return f"  func.func {visibility} {symbol_text(func.name)}({head}) -> ({types}) {{\n{lines}    func.return{values}\n  }}\n"


def _copy(source: Hlo, target: Hlo) -> list[str]:
    """Lines that define `target` as a real copy of `source`: a select whose condition IREE cannot see through. Anything
    simpler (a clone op, a barrier on the value itself) is folded away again."""
    t, stem = source.aval.mlir, f"{target.name}_"
    zero = dense_text(np.zeros((), np_dtype(source.dtype)), source.aval)
    return [
        f'{stem}true = "stablehlo.constant"() <{{value = dense<true> : tensor<i1>}}> : () -> tensor<i1>',
        f'{stem}on = "util.optimization_barrier"({stem}true) : (tensor<i1>) -> tensor<i1>',
        f'{stem}zero = "stablehlo.constant"() <{{value = {zero}}}> : () -> {t}',
        f'{target.name} = "stablehlo.select"({stem}on, {source.name}, {stem}zero) : (tensor<i1>, {t}, {t}) -> {t}',
    ]


def lower_module(module: Module, debug_locations: bool = False, guard_arguments: bool = True) -> str:
    """StableHLO text of the public functions. `guard_arguments` off leaves the copies out, for text that stays StableHLO."""
    lowering = Lowering(module, debug_locations, guard_arguments)
    text = "".join(lowering.function(f) for f in module.public)
    for name in lowering.called:  # grows while it is read: a callee may call more
        text += lowering.function(module[name])
    return f"module {{\n{text}}}\n"
