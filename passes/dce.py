"""dce: removes operations whose results are not used. All operations are pure, so that is all there is to it.

%0 = "pb.sin"(%x)                           %1 = "pb.cos"(%x)
%1 = "pb.cos"(%x)                    ==>    return %1
return %1
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pullback.dialects.ir import Func, Op, Value


def live_ops(ops: Sequence[Op], results: Iterable[Value]) -> list[Op]:
    """The operations that `results` depend on, in order."""
    live = set(results)
    kept = []
    for op in reversed(ops):
        for r in op.results:
            if r in live:
                live.update(op.operands)
                kept.append(op)
                break
    kept.reverse()
    return kept


def dce(func: Func) -> Func:
    """`func` without dead operations."""
    func.ops = live_ops(func.ops, func.results)
    return func
