"""simplify: removes what has no effect, merges chains of moves, and folds small constants.

    %0 = "pb.transpose"(%x) {perm = [1, 0]}
    %1 = "pb.transpose"(%0) {perm = [1, 0]}             ==>         %2 = "pb.sin"(%x)
    %2 = "pb.sin"(%1)

The identities are the `simplify` rules of the op table (dialects/simplify_rules.py, which also says how zeros and NaNs are
treated). An op whose operands are all constants is evaluated with its `evaluate` rule if it is elementwise on splats, or if
operands and results have at most 64 elements. What a rule leaves unused is for dce to remove.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.dialects import simplify_rules, table  # noqa: F401  attaches the rules
from pullback.dialects.builder import Builder
from pullback.dialects.ir import Dense, Func, Module, Op, Value
from pullback.dialects.spec import NoRule
from pullback.dialects.types import Aval

from .rewrite import frame, map_functions, results_of

#: Arrays with more elements than this are not folded.
FOLD_ELEMENTS = 64


def _constant(v: Value) -> Dense | None:
    return v.op.attrs["value"] if v.op is not None and "constant" in v.op.spec.traits else None


def fold(op: Op) -> list[Dense] | None:
    """Values of the results of an op on constants, or None where it is not folded. A splat result is one element."""
    spec = op.spec
    if not op.operands or spec.function or spec.evaluate is None or isinstance(spec.evaluate, NoRule) or "barrier" in spec.traits:
        return None
    constants = [_constant(v) for v in op.operands]
    if any(c is None for c in constants):
        return None
    arrays: list[Any] = [c.array for c in constants]  # type: ignore[union-attr]
    splats = "elementwise" in spec.traits and all(a.ndim == 0 for a in arrays)
    if not splats:
        if any(v.aval.size > FOLD_ELEMENTS for v in (*op.operands, *op.results)):  # type: ignore[union-attr]
            return None
        arrays = [np.broadcast_to(a, v.shape) for a, v in zip(arrays, op.operands)]
    with np.errstate(all="ignore"):
        outs = spec.evaluate(*arrays, **op.attrs)
    return [Dense(np.asarray(o)) for o in results_of(len(op.results), outs)]


class _Simplifier:
    """Rewrites one function in order; operands are simplified before the ops that use them."""

    def __init__(self, func: Func):
        self.func = func
        self.env: dict[Value, Value] = {}
        self.ops: list[Op] = []
        self.changed = False

    def visit(self, op: Op) -> None:
        env = self.env
        operands = [env.get(v, v) for v in op.operands] if env else op.operands
        if any(v is not o for v, o in zip(operands, op.operands)):
            new = Op(op.spec, operands, op.attrs, [r.aval for r in op.results], op.loc)
            env.update(zip(op.results, new.results))
        else:
            new = op
        replacement = self._replace(new)
        if replacement is None:
            self.ops.append(new)
            return
        self.changed = True
        for old, value in zip(new.results, replacement, strict=True):
            value = env.get(value, value)
            env[old] = value
            if new is not op:
                env[op.results[new.results.index(old)]] = value

    def _replace(self, op: Op) -> list[Value] | None:
        """Values for the results of `op`, after emitting (and simplifying) what they need; None keeps it."""
        spec = op.spec
        if spec.simplify is not None:
            b = Builder([], op.loc)
            found = spec.simplify(b, op.operands, op.attrs, op)
            if found is not None:
                for emitted in b.ops:
                    self.visit(emitted)
                return results_of(len(op.results), found)
        folded = fold(op)
        if folded is None:
            return None
        b = Builder(self.ops, op.loc)
        return [self._emit_constant(b, r.aval, d) for r, d in zip(op.results, folded, strict=True)]

    @staticmethod
    def _emit_constant(b: Builder, aval: Any, value: Dense) -> Value:
        assert isinstance(aval, Aval)
        if value.array.ndim == 0:
            return b.full(aval.shape, aval.dtype, value.array)
        return b.const(np.ascontiguousarray(value.array))

    def run(self) -> Func:
        for op in self.func.ops:
            self.visit(op)
        if not self.changed:
            return self.func
        out = frame(self.func)
        out.args, out.ops = self.func.args, self.ops
        out.results = [self.env.get(v, v) for v in self.func.results]
        return out


def simplify(module: Module) -> Module:
    return map_functions(module, lambda f: _Simplifier(f).run())
