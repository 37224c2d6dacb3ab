"""decompose: writes operations that StableHLO has no good form for in terms of simpler pb operations.

    %0 = "pb.expm1"(%x)            ==>      arithmetic on %x, whatever the op's `decompose` rule emits

An op is decomposed if its spec has a `decompose` rule and `decompose_if` (if given) holds for the operand types at hand.
What the rule emits is decomposed too, until nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Module, Op, Value

from .rewrite import expand_ops, map_functions


def decomposable(op: Op) -> bool:
    """Whether the op's spec asks for decomposition of this instance."""
    spec = op.spec
    if spec.decompose is None:
        return False
    return spec.decompose_if is None or bool(spec.decompose_if([v.aval for v in op.operands], op.attrs))


def decompose_rule(op: Op) -> Callable[[Builder, list[Value]], Any] | None:
    """What emits the op in simpler terms, or None if it stays."""
    return partial(_emit, op) if decomposable(op) else None


def _emit(op: Op, b: Builder, operands: list[Value]) -> Any:
    assert op.spec.decompose is not None
    return op.spec.decompose(b, operands, op.attrs, [r.aval for r in op.results])


def decompose(module: Module) -> Module:
    return map_functions(module, lambda f: expand_ops(f, decompose_rule))
