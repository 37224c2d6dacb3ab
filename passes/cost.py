"""Cost model: floating-point operations, bytes and peak memory of a program, by walking its operations.

An op's `flops` rule counts its operations; elementwise ops count one per result element, those with the trait
"transcendental" as such. Loops count their body times the trip count where it is known. Numbers are those of the program as
written, before the compiler fuses anything.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pullback.dialects import types as T
from pullback.dialects.ir import Func, Module, Value
from pullback.dialects.types import Aval


class Cost(NamedTuple):
    """Totals of a program. `peak_bytes` is the largest sum of live values, arguments excluded."""

    flops: float
    transcendentals: float
    bytes_accessed: float
    peak_bytes: int
    ops: int


def nbytes(aval: Any) -> int:
    """Bytes of a value of this type."""
    return aval.size * T.np_dtype(aval.dtype).itemsize if isinstance(aval, Aval) else 0


def cost(module: Module, func: Func) -> Cost:
    """Cost of one call of `func`."""
    flops = transcendentals = moved = 0.0
    count = 0
    last_use: dict[Value, int] = {}
    for i, op in enumerate(func.ops):
        for v in op.operands:
            last_use[v] = i
    for v in func.results:
        last_use[v] = len(func.ops)
    args = set(func.args)
    live = peak = 0
    for i, op in enumerate(func.ops):
        spec = op.spec
        size = sum(r.aval.size for r in op.results if isinstance(r.aval, Aval))
        if spec.regions is not None:
            trips = op.attrs.get("length", 1)
            inner = [cost(module, module[name]) for name in spec.regions(op.attrs)]
            flops += trips * sum(c.flops for c in inner)
            transcendentals += trips * sum(c.transcendentals for c in inner)
            moved += trips * sum(c.bytes_accessed for c in inner)
            count += sum(c.ops for c in inner)
            peak = max(peak, live + max((c.peak_bytes for c in inner), default=0))
        elif spec.flops is not None:
            flops += spec.flops([v.aval for v in op.operands], [r.aval for r in op.results], op.attrs)
        elif "transcendental" in spec.traits:
            transcendentals += size
        elif "elementwise" in spec.traits:
            flops += size
        moved += sum(nbytes(v.aval) for v in op.operands) + sum(nbytes(r.aval) for r in op.results)
        count += 1
        live += sum(nbytes(r.aval) for r in op.results if r in last_use)
        peak = max(peak, live)
        for v in set(op.operands):
            if last_use.get(v) == i and v not in args:
                live -= nbytes(v.aval)
    return Cost(flops, transcendentals, moved, peak, count)
