"""Which arguments of a lowered function need a defensive copy, because the compiled program could overwrite them.

IREE runs scatter, sort and dynamic-update-slice in place, also where their operand is the caller's buffer. An argument is at
risk if a value that may share its buffer is updated by one of these or is carried by a loop. Sharing is judged generously:
views (reshape, slices, a transpose that moves nothing), what may fold to the identity (an op on a constant, such as x + 0),
and what loops and branches pass on. The price of a wrong yes is one copy; that of a wrong no is the caller's data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pullback.dialects.hlo import Hlo, HloBuilder
from pullback.dialects.ir import Func, Value
from pullback.dialects.types import BITS, Aval, is_inexact

_IN_PLACE = frozenset({"stablehlo.scatter", "stablehlo.sort", "stablehlo.dynamic_update_slice"})
_PARTS = frozenset({"stablehlo.slice", "stablehlo.dynamic_slice"})
#: Their result may be their operand under another type, if it has as many bits.
_VIEWS = frozenset(
    f"stablehlo.{name}"
    for name in (
        "reshape", "bitcast_convert", "transpose", "broadcast_in_dim", "pad", "concatenate", "convert", "reverse", "reduce",
        "gather", "optimization_barrier", "select", "clamp", "dot_general",
    )
) | {"func.call"}  # fmt: skip


def _bits(aval: Aval) -> Any:
    return aval.size * BITS[aval.dtype]


def owned_results(func: Func) -> list[bool]:
    """Which results of an optimized function certainly have memory of their own: shared with no argument and no other result.

    Judged the other way round than the copies above: only products, and arithmetic on distinct computed floats, are certain.
    Anything else might be a view, or be folded to one of its operands.
    """

    def computed(v: Value) -> bool:
        op = v.op
        if op is None or op.spec.function or "identity" in op.spec.traits or not is_inexact(v.dtype):
            return False
        if "bilinear" in op.spec.traits:
            return True
        constant = any(o.op is not None and "constant" in o.op.spec.traits for o in op.operands)
        return "elementwise" in op.spec.traits and not constant and len(set(op.operands)) == len(op.operands)

    return [computed(v) and func.results.count(v) == 1 for v in func.results]


class RecordingBuilder(HloBuilder):
    """An `HloBuilder` that notes which values may share a buffer with which."""

    def __init__(self, lower_call: Any, debug_locations: bool):
        super().__init__(lower_call, debug_locations)
        self._sources: dict[str, list[str]] = {}  # value -> values whose buffer it may be
        self._updated: list[str] = []
        self._constant_names: set[str] = set()
        self._regions: dict[str, tuple[list[str], list[str]]] = {}  # region text -> block arguments, returned values

    def _alias(self, result: str, source: str) -> None:
        self._sources.setdefault(result, []).append(source)

    def op(self, name: str, operands: Sequence[Hlo], out: Any, attrs: str = "", regions: Sequence[str] = ()) -> Any:
        made = super().op(name, operands, out, attrs, regions)
        results = [made] if isinstance(made, Hlo) else made
        if name == "stablehlo.constant":
            self._constant_names.add(results[0].name)
        elif name in _IN_PLACE:
            n = len(results)
            self._updated += [v.name for v in operands[:n]]
            for r, v in zip(results, operands):
                self._alias(r.name, v.name)
        elif name in ("stablehlo.while", "stablehlo.case", "stablehlo.if"):
            self._control_flow(name, operands, results, regions)
        elif name in _PARTS:
            self._alias(results[0].name, operands[0].name)
        elif name in _VIEWS:
            for r in results:
                for v in operands:
                    if _bits(v.aval) == _bits(r.aval):
                        self._alias(r.name, v.name)
        elif len(results) == 1 and any(v.name in self._constant_names for v in operands):
            for v in operands:
                if v.aval == results[0].aval:
                    self._alias(results[0].name, v.name)
        return made

    def _control_flow(self, name: str, operands: Sequence[Hlo], results: Sequence[Hlo], regions: Sequence[str]) -> None:
        loop = name == "stablehlo.while"
        for text in regions:
            args, returned = self._regions[text]
            for arg, operand in zip(args, operands):
                self._alias(arg, operand.name)
            if loop and len(returned) != len(results):  # the condition of a loop
                continue
            for r, value in zip(results, returned):
                self._alias(r.name, value)
            for arg, value in zip(args, returned):
                self._alias(arg, value)
        if loop:
            self._updated += [v.name for v in operands]
            for r, v in zip(results, operands):
                self._alias(r.name, v.name)

    def region(self, avals: Sequence[Aval], body: Callable[..., Sequence[Hlo]]) -> str:
        names: list[str] = []
        returned: list[str] = []

        def noted(*args: Hlo) -> Sequence[Hlo]:
            names.extend(a.name for a in args)
            outs = body(*args)
            returned.extend(v.name for v in outs)
            return outs

        text = super().region(avals, noted)
        self._regions[text] = (names, returned)
        return text

    def overwritten(self) -> set[str]:
        """Names of the values whose buffer may be overwritten."""
        found: set[str] = set()
        stack = list(self._updated)
        while stack:
            name = stack.pop()
            if name not in found:
                found.add(name)
                stack += self._sources.get(name, ())
        return found
