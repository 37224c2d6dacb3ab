"""pbfn.counted_scan: a scan that stops after a number of iterations which is only known at run time.

It is what bounded while loops are differentiated with (`bounded_while.py`): the number of iterations that the loop took is
known by then. Its derivatives are those of `pbfn.scan`, with the count passed on; only evaluation, lowering and batching with
a count for each example are its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import types as T
from .builder import Builder
from .function_rules import avals_of, emit_like, split_op, take
from .ir import Op, Value
from .scan import parts, prune_scan, reach_scan, scan_batch, scan_jvp, scan_linearize, scan_transpose
from .scan_lower import lower_counted_scan
from .spec import BOOL, I64, SYMBOL, define
from .types import Aval


def _evaluate(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    (count,), consts, carry, xs = take(arrays, 1, attrs["num_consts"], attrs["num_carry"])
    body, length, n = attrs["body"], attrs["length"], attrs["num_carry"]
    ys = [np.zeros((length, *a.shape), T.np_dtype(a.dtype)) for a in run.d.result_avals(body)[n:]]
    steps = range(min(max(int(count), 0), length))
    for i in reversed(steps) if attrs["reverse"] else steps:
        results = run(body, [*consts, *carry, *(x[i, ...] for x in xs)])
        carry = results[:n]
        for out, y in zip(ys, results[n:]):
            out[i] = y
    return [*carry, *ys]


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    """With a count for each example, the loop runs as often as the longest and leaves alone those that are done."""
    if not batched[0]:
        return scan_batch(d, b, op, operands, batched)
    nc, nk, length = op.attrs["num_consts"], op.attrs["num_carry"], op.attrs["length"]
    _, const_mask, carry_mask, xs_mask = parts(op, batched)
    (count,), consts, init, xs = parts(op, operands)
    every = (True,) * len(op.results)
    guard = d.guarded(op.attrs["body"])  # effects take place for the examples that run
    every_mask = (*([True] if guard else []), *const_mask, *[True] * nk, *xs_mask)
    body = d.batch(guard or op.attrs["body"], every_mask, b.size, b.axis_name, every).name
    init = [b.batched(v, m) for v, m in zip(init, carry_mask)]
    xs = [b.moveaxis(v, 0, 1) if m else v for v, m in zip(xs, xs_mask)]

    def step(b: Builder, values: list[Value]) -> list[Value]:
        (count,), consts, old, (i,), xs = take(values, 1, nc, nk, 1)
        runs = b.compare(b.broadcast_in_dim(i, shape=count.shape, dims=()), count, direction="LT")
        results = d.inline(b, body, [*([runs] if guard else []), *consts, *old, *xs])
        kept = [*old, *(b.zeros(y.aval) for y in results[nk:])]
        return [b.select(b.broadcast_in_dim(runs, shape=v.shape, dims=(0,)), v, o) for v, o in zip(results, kept)]

    index = b.iota(shape=(length,), dtype=count.dtype, dim=0)
    slices = [Aval(v.shape[1:], v.dtype) for v in (index, *xs)]
    avals = [count.aval, *avals_of(consts), *avals_of(init), *slices]
    ys_avals = [Aval((r.shape[0], b.size, *r.shape[1:]), r.dtype) for r in op.results[nk:]]
    attrs = {
        "body": d.build(f"{op.attrs['body']}.masked", avals, step, op.loc, ("counted_scan.masked", body)),
        "num_consts": nc + 1,
    }
    longest = b.reduce_max(count, axes=(0,))
    results = emit_like(b, op, [longest, count, *consts, *init, index, *xs], attrs, [*avals_of(init), *ys_avals])
    return [*results[:nk], *(b.moveaxis(v, 1, 0) for v in results[nk:])], list(every)


def _flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    _, consts, carry, _ = take(counts, 1, attrs["num_consts"], attrs["num_carry"])
    return {**attrs, "num_consts": sum(consts), "num_carry": sum(carry)}


COUNTED_SCAN = define(
    "pbfn.counted_scan",
    ("count", "operands*"),
    {"body": SYMBOL, "num_consts": I64, "num_carry": I64, "length": I64, "reverse": BOOL, "unroll": I64},
    results=("outs*",),
    evaluate=_evaluate,
    jvp=scan_jvp,
    linearize=scan_linearize,
    transpose=scan_transpose,
    batch=_batch,
    lower=lower_counted_scan,
    split_complex=split_op("pbfn.counted_scan"),
    flatten=_flatten,
    regions=lambda attrs: (attrs["body"],),
    prune=prune_scan,
    reach=reach_scan,
    function=True,
    doc="`pbfn.scan` over the first `count` slices only (an i32 scalar, clamped to the range 0 to `length`); the other slices of "
    "the ys are zero. `reverse` visits the first `count` slices from last to first; `unroll` has no effect.",
    reference="JAX documentation, jax.lax.scan",
)
