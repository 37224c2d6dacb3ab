"""decompose-linalg: writes factorisations in terms of simpler operations, before complex numbers are split.

    %0 = "pb.factorise"(%a)        ==>      loops and products in pb operations

Of the operations that decompose, these (trait "linalg") go first: what they expand to may be complex arithmetic, which
split-complex then turns into real arithmetic. See decompose.py for the rest. The factorisations that exist are not among them: as
one blocked loop each, written by their `lower` rules (dialects/linalg_blocked.py and linalg_*_lower.py), they compile in about
the same time for any size. The pass is for what is easier to write in pb operations: the singular value decomposition of a matrix
that is not square, by the QR factorisation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.ir import Module, Op, Value

from .decompose import decompose_rule
from .rewrite import expand_ops, map_functions


def _rule(op: Op) -> Callable[[Builder, list[Value]], Any] | None:
    return decompose_rule(op) if "linalg" in op.spec.traits else None


def decompose_linalg(module: Module) -> Module:
    return map_functions(module, lambda f: expand_ops(f, _rule))
