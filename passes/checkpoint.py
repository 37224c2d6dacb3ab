"""checkpoint: replaces each `pbfn.checkpoint` by its body, whose arguments go through an optimisation barrier.

    %0 = "pbfn.checkpoint"(%x) {callee = @f,           %0 = "pb.optimization_barrier"(%x)
                                barrier = true}  ==>   %1 = "pb.sin"(%0)

Reverse mode has asked for the recomputation long before (the rules of the op do); the barrier keeps cse, and the compiler
after us, from merging it with the first computation, which would keep all intermediate values alive again.
"""

from __future__ import annotations

from pullback.dialects.ir import Module

from .inline import inline_ops


def checkpoint(module: Module) -> Module:
    return inline_ops(module, "checkpoint")
