"""Lowering of pbfn.scan and pbfn.counted_scan to StableHLO while loops over a counter."""

from __future__ import annotations

from typing import Any

from .function_rules import take
from .hlo import Hlo, i64s
from .types import Aval

_COUNTER = Aval((), "i32")


def _read(h: Any, x: Hlo, index: Hlo) -> Hlo:
    """Slice `index` of a stacked array."""
    rest = x.shape[1:]
    starts = [index] + [h.full(_COUNTER, 0)] * len(rest)
    out = h.op("stablehlo.dynamic_slice", [x, *starts], Aval((1, *rest), x.dtype), f"slice_sizes = {i64s((1, *rest))}")
    return h.reshape(out, rest)


def _write(h: Any, stack: Hlo, y: Hlo, index: Hlo) -> Hlo:
    """`stack` with slice `index` replaced."""
    starts = [index] + [h.full(_COUNTER, 0)] * y.ndim
    return h.op("stablehlo.dynamic_update_slice", [stack, h.reshape(y, (1, *y.shape)), *starts], stack.aval)


def lower_scan(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    """Carry and ys go round the loop; constants and xs are captured. The last `length % unroll` iterations follow the loop."""
    length, reverse = attrs["length"], attrs["reverse"]
    nk = attrs["num_carry"]
    consts, init, xs = take(operands, attrs["num_consts"], nk)
    unroll = max(1, min(attrs["unroll"], length))

    def step(state: list[Hlo], i: Hlo) -> list[Hlo]:
        carry, ys = take(state, nk)
        results = h.inline(attrs["body"], [*consts, *carry, *(_read(h, x, i) for x in xs)])
        return [*results[:nk], *(_write(h, s, y, i) for s, y in zip(ys, results[nk:]))]

    def index(position: Hlo | int) -> Hlo:
        """The slice visited at a position of the loop."""
        if isinstance(position, int):
            return h.full(_COUNTER, length - 1 - position if reverse else position)
        return h.sub(h.full(_COUNTER, length - 1), position) if reverse else position

    state = [*init, *(h.full(a, 0) for a in outs[nk:])]
    in_loop = length - length % unroll if length > unroll else 0
    if in_loop:

        def body(counter: Hlo, *state: Hlo) -> list[Hlo]:
            values = list(state)
            for k in range(unroll):
                values = step(values, index(h.add(counter, k) if k else counter))
            return [h.add(counter, unroll), *values]

        state = h.while_loop([h.full(_COUNTER, 0), *state], lambda i, *state: [h.compare("LT", i, in_loop)], body, counted=True)[1:]
    for position in range(in_loop, length):
        state = step(state, index(position))
    return state


def lower_counted_scan(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    """The same loop with its number of iterations clamped to the range at run time."""
    length, nk = attrs["length"], attrs["num_carry"]
    (count,), consts, init, xs = take(operands, 1, attrs["num_consts"], nk)
    state = [*init, *(h.full(a, 0) for a in outs[nk:])]
    if length == 0:
        return state
    count = h.binary("minimum", h.binary("maximum", h.convert(count, "i32"), 0), length)

    def body(counter: Hlo, *state: Hlo) -> list[Hlo]:
        carry, ys = take(state, nk)
        i = h.sub(h.sub(count, 1), counter) if attrs["reverse"] else counter
        results = h.inline(attrs["body"], [*consts, *carry, *(_read(h, x, i) for x in xs)])
        return [h.add(counter, 1), *results[:nk], *(_write(h, s, y, i) for s, y in zip(ys, results[nk:]))]

    return h.while_loop([h.full(_COUNTER, 0), *state], lambda i, *state: [h.compare("LT", i, count)], body, counted=True)[1:]
