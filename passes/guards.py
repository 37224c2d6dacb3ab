"""Which arguments of a function need a defensive copy, because the compiled program could overwrite them in place.

IREE runs scatter, sort and dynamic-update-slice in place, also when their operand is the caller's buffer. The ops say so
themselves (trait "in_place"). An argument is at risk if a value that may share its buffer reaches such an op:

- the argument itself, and what structural ops (reshape, a transpose that moves nothing, a full slice) make of it,
- what an elementwise op with a constant operand makes of it, since that may fold to the identity (x + 0),
- what a function op (loop, branch) passes on, or uses in place inside a function that it names.
Values of an argument that the caller donated need no copy.
"""

from __future__ import annotations

from pullback.dialects.ir import Func, Module, Op, Value
from pullback.dialects.types import Aval


class GuardAnalysis:
    """Finds arguments at risk; results per function are kept."""

    def __init__(self, module: Module):
        self.module = module
        self._memo: dict[str, frozenset[int]] = {}

    def at_risk(self, name: str) -> frozenset[int]:
        """Positions of the arguments that may be overwritten."""
        if name not in self._memo:
            self._memo[name] = frozenset()  # functions do not recurse in a valid module
            self._memo[name] = self._analyse(self.module[name])
        return self._memo[name]

    def _analyse(self, func: Func) -> frozenset[int]:
        aliases: dict[Value, set[int]] = {a: {i} for i, a in enumerate(func.args) if isinstance(a.aval, Aval)}
        risk: set[int] = set()
        for op in func.ops:
            sources: set[int] = set().union(*(aliases.get(v, ()) for v in op.operands))
            if not sources:
                continue
            if "in_place" in op.spec.traits:
                risk |= sources
            elif op.spec.function:
                for v in self._used_in_place(op):
                    risk |= aliases.get(v, set())
            if self._may_alias(op):
                for r in op.results:
                    aliases[r] = sources
        return frozenset(risk)

    def _used_in_place(self, op: Op) -> list[Value]:
        """Operands that may be an argument at risk of a function that `op` names: those that have its type, or its type
        with one leading dimension (a loop takes slices of them)."""
        if op.spec.regions is None:
            return []
        avals: set[Aval] = set()
        for name in op.spec.regions(op.attrs):
            func = self.module[name]
            avals.update(func.args[i].aval for i in self.at_risk(name))  # type: ignore[misc]
        return [v for v in op.operands if v.aval in avals or (v.ndim and Aval(v.shape[1:], v.dtype) in avals)]

    @staticmethod
    def _may_alias(op: Op) -> bool:
        traits = op.spec.traits
        if op.spec.function or "structural" in traits:
            return True
        return "elementwise" in traits and any(v.op is not None and "constant" in v.op.spec.traits for v in op.operands)
