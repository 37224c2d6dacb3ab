"""pb-to-stablehlo: writes the module as StableHLO text, each operation by its `lower` rule.

    %0 = "pb.sin"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
        ==>
    %1 = "stablehlo.sine"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>

Only public functions are written; the bodies of private ones end up in the regions of loops and branches, or inline. An
argument that IREE might overwrite in place (guards.py) is copied first, unless the caller donated it.
"""

from __future__ import annotations

from pullback.dialects.hlo import Hlo, HloBuilder
from pullback.dialects.ir import UNKNOWN, Func, Module, Value
from pullback.dialects.printer import symbol
from pullback.dialects.spec import NoRule, NoRuleError
from pullback.dialects.types import Aval, Tape

from .guards import GuardAnalysis


class Lowering:
    """Lowers the functions of one module."""

    def __init__(self, module: Module, debug_locations: bool):
        self.module = module
        self.debug_locations = debug_locations

    def body(self, h: HloBuilder, func: Func, args: list[Hlo]) -> list[Hlo]:
        """Writes the operations of `func` on `args`; returns its results."""
        env: dict[Value, Hlo] = dict(zip(func.args, args, strict=True))
        outer = h.loc
        for op in func.ops:
            spec = op.spec
            rule = spec.lower
            h.loc = op.loc
            if rule is None or isinstance(rule, NoRule):
                raise NoRuleError(f"{spec.name} cannot be compiled: {rule.why if rule else 'no lowering rule'}", op.loc)
            outs = rule(h, [env[v] for v in op.operands], op.attrs, [r.aval for r in op.results])
            results = op.results
            if isinstance(outs, Hlo):
                outs = (outs,)
            env.update(zip(results, outs, strict=True))
        h.loc = outer
        return [env[v] for v in func.results]

    def inline(self, h: HloBuilder, name: str, args: list[Hlo]) -> list[Hlo]:
        return self.body(h, self.module[name], args)

    def function(self, func: Func, guarded: frozenset[int]) -> str:
        for v in (*func.args, *func.results):
            if isinstance(v.aval, Tape):
                raise NoRuleError(f"@{func.name} has a tape in its signature: run the expand pass first", func.loc)
        h = HloBuilder(self.inline, self.debug_locations)
        args = [Hlo(f"%arg{i}", a.aval) for i, a in enumerate(func.args)]  # type: ignore[arg-type]
        head = ", ".join(f"{a.name}: {a.aval.mlir}" for a in args)
        inside = [copy_of(h, a) if i in guarded else a for i, a in enumerate(args)]
        outs = self.body(h, func, inside)
        # an argument that is simply returned is returned as it is, not as its copy
        original = {c.name: a for a, c in zip(args, inside)}
        outs = [original.get(v.name, v) for v in outs]
        types = ", ".join(v.aval.mlir for v in outs)
        values = f" {', '.join(v.name for v in outs)} : {types}" if outs else ""
        lines = "".join(f"    {line}\n" for line in h.lines)
        return f"  func.func public {symbol(func.name)}({head}) -> ({types}) {{\n{lines}    func.return{values}\n  }}\n"


def copy_of(h: HloBuilder, x: Hlo) -> Hlo:
    """A real copy of `x`: a select whose condition IREE cannot see through. Anything simpler is folded away again."""
    if x.aval.size == 0:
        return x
    true = h.full(Aval((), "i1"), True)
    condition = h.op("util.optimization_barrier", [true], Aval((), "i1"))
    return h.op("stablehlo.select", [condition, x, h.full_like(x, 0)], x.aval)  # type: ignore[no-any-return]


def lower_module(module: Module, debug_locations: bool = False, guard_arguments: bool = True) -> str:
    """StableHLO text of the public functions. `guard_arguments` off leaves the copies out, for text that stays StableHLO."""
    lowering, guards = Lowering(module, debug_locations), GuardAnalysis(module)
    text = "module {\n"
    for func in module.public:
        h = HloBuilder()
        h.loc = UNKNOWN
        guarded = guards.at_risk(func.name) - set(func.donated) if guard_arguments else frozenset()
        text += lowering.function(func, guarded)
    return text + "}\n"


def pb_to_stablehlo(module: Module) -> str:
    return lower_module(module)
