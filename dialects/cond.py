"""pbfn.cond: one of several branches, chosen by an index.

All branches take the same arguments and return the same types. A derived cond needs branches that still agree, so each
derivation joins over the branches which tangents, cotangents or batch dimensions there are, and zeros fill the gaps.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from .builder import Builder
from .function_rules import Mask, Pruned, avals_of, given, is_active, joined, pick, reached, split_op, spread
from .ir import Op, Value
from .spec import SYMBOLS, define
from .types import Aval


def clamp_index(index: Any, n: int) -> int:
    return int(np.clip(index, 0, n - 1))


def _evaluate(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    branches = attrs["branches"]
    return run(branches[clamp_index(arrays[0], len(branches))], arrays[1:])


def _jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    active = is_active(tangents[1:])
    derived, mask = joined(lambda f, want: d.jvp(f, active, want), op.attrs["branches"])
    avals = avals_of(op.results)
    names = tuple(f.name for f in derived)
    results = b.emit_typed(COND, [*primals, *given(tangents[1:])], {"branches": names}, avals + pick(avals, mask))
    return results[: len(avals)], spread(mask, results[len(avals) :])


def _shared_slots(lins: list[Any]) -> tuple[list[int], list[Aval], list[list[int]]]:
    """Where the branches' residuals go: arguments that the cond has anyway, else slots that branches share.

    Only one branch runs, so residuals of equal type from different branches can live in one slot. Returns the arguments
    that serve as residuals, the types of the slots, and for each branch and residual its place in arguments + slots.
    """
    args = sorted({i for lin in lins for i in lin.residual_args if i is not None})
    slots: list[Aval] = []
    places = []
    for lin in lins:
        used: Counter[Aval] = Counter()
        where = []
        for aval, arg in zip(lin.residuals, lin.residual_args):
            if arg is not None:
                where.append(args.index(arg))
                continue
            free = [i for i, s in enumerate(slots) if s == aval]
            k = used[aval]
            used[aval] += 1
            if k == len(free):
                slots.append(aval)
                free.append(len(slots) - 1)
            where.append(len(args) + free[k])
        places.append(where)
    return args, slots, places


def _linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    active = is_active(tangents[1:])
    branches = tuple(op.attrs["branches"])
    lins, mask = joined(lambda f, want: d.linearize(f, active, want), branches)
    if not any(mask):
        return b.clone(op, primals).results, [None] * len(mask)
    args, slots, places = _shared_slots(lins)
    arg_avals, out_avals = avals_of(primals[1:]), avals_of(op.results)
    res_avals = [arg_avals[i] for i in args] + slots
    tangent_avals = pick(arg_avals, active)
    n, n_args = len(out_avals), len(args)

    def forward(lin: Any, where: list[int]) -> Any:
        def body(b: Builder, values: list[Value]) -> list[Value]:
            results = d.inline(b, lin.fwd, values)
            filled = dict(zip(where, results[n:]))
            rest = [filled[i] if i in filled else b.zeros(s) for i, s in enumerate(slots, n_args)]
            return [*results[:n], *rest]

        return body

    def linear(lin: Any, where: list[int]) -> Any:
        def body(b: Builder, values: list[Value]) -> list[Value]:
            return d.inline(b, lin.lin, [*(values[i] for i in where), *values[len(res_avals) :]])

        return body

    key = (branches, active)
    fwd, lin_names = [], []
    for k, (f, lin, where) in enumerate(zip(branches, lins, places)):
        fwd.append(d.build(f"{f}.branch_fwd", arg_avals, forward(lin, where), op.loc, ("cond.fwd", key, k)))
        lin_avals = res_avals + tangent_avals
        lin_names.append(d.build(f"{f}.branch_lin", lin_avals, linear(lin, where), op.loc, ("cond.lin", key, k)))
    results = b.emit_typed(COND, primals, {"branches": tuple(fwd)}, out_avals + slots)
    residuals = [primals[1 + i] for i in args] + results[n:]
    operands = [primals[0], *residuals, *given(tangents[1:])]
    return results[:n], spread(mask, b.emit_typed(COND, operands, {"branches": tuple(lin_names)}, pick(out_avals, mask)))


def _transpose(d: Any, b: Builder, op: Op, cts: list[Value | None], operands: list[Value], linear: list[bool]) -> Any:
    lin, ct_active = tuple(linear[1:]), is_active(cts)
    derived, mask = joined(lambda f, want: d.transpose(f, lin, ct_active, want), op.attrs["branches"])
    if not any(mask):
        return [None] * len(operands)
    args = operands[1:]
    nonlinear = [v for v, m in zip(args, lin) if not m]
    avals = pick(avals_of(pick(args, lin)), mask)
    names = tuple(f.name for f in derived)
    values = iter(spread(mask, b.emit_typed(COND, [operands[0], *nonlinear, *given(cts)], {"branches": names}, avals)))
    return [None, *(next(values) if m else None for m in lin)]


def _batched_branch(d: Any, b: Builder, branches: Any, k: int, index: Value, args: list[Value], mask: Mask) -> list[Value]:
    """Results of a branch for all examples; its effects take place for those that chose it."""
    every = (True,) * len(d.result_avals(branches[k]))
    guarded = d.guarded(branches[k]) if len(branches) > 1 else None
    if guarded is None:
        return d.inline(b, d.batch(branches[k], mask, b.size, b.axis_name, every).name, args)
    last = len(branches) - 1
    chosen = b.compare(index, b.full_like(index, k), direction="LE" if k == 0 else "GE" if k == last else "EQ")
    return d.inline(b, d.batch(guarded, (True, *mask), b.size, b.axis_name, every).name, [chosen, *args])


def _batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    index, args = operands[0], operands[1:]
    branches, mask = op.attrs["branches"], tuple(batched[1:])
    if not batched[0]:
        derived, out = joined(lambda f, want: d.batch(f, mask, b.size, b.axis_name, want), branches)
        names = tuple(f.name for f in derived)
        avals = [Aval((b.size, *r.shape), r.dtype) if on else r.aval for r, on in zip(op.results, out)]
        return b.emit_typed(COND, operands, {"branches": names}, avals), list(out)
    # each example chooses its own branch: run all of them on all examples, and select
    every = (True,) * len(op.results)
    results = [_batched_branch(d, b, branches, k, index, args, mask) for k in range(len(branches))]
    outs = results[0]
    for k, values in enumerate(results[1:], 1):
        chosen = b.compare(index, b.full_like(index, k), direction="GE")
        outs = [b.select(b.broadcast_in_dim(chosen, shape=v.shape, dims=(0,)), v, o) for v, o in zip(values, outs)]
    return outs, list(every)


def _reach(d: Any, op: Op, mask: Mask) -> Mask:
    if mask[0]:
        return (True,) * len(op.results)
    columns = zip(*(reached(d, f, mask[1:]) for f in op.attrs["branches"]))
    return tuple(any(column) for column in columns)


def _prune(p: Any, op: Op, used: Mask) -> Pruned | None:
    branches = op.attrs["branches"]
    needed = tuple(any(column) for column in zip(*(p.needed(f, used) for f in branches)))
    if all(used) and all(needed):
        return None
    return Pruned((True, *needed), {"branches": tuple(p.select(f, needed, used) for f in branches)}, used)


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    branches = attrs["branches"]
    index, args = operands[0], operands[1:]
    if len(branches) == 1:
        return h.inline(branches[0], args)
    # an index out of range chooses the last branch of stablehlo.case; ours is clamped, so negative ones choose the first
    index = h.binary("maximum", index, 0)
    regions = [h.region([], lambda f=f: h.inline(f, args)) for f in branches]
    return list(h.op("stablehlo.case", [index], outs, "", regions))


COND = define(
    "pbfn.cond",
    ("index", "args*"),
    {"branches": SYMBOLS},
    results=("outs*",),
    evaluate=_evaluate,
    jvp=_jvp,
    linearize=_linearize,
    transpose=_transpose,
    batch=_batch,
    lower=_lower,
    split_complex=split_op("pbfn.cond"),
    flatten=lambda attrs, counts: attrs,
    regions=lambda attrs: tuple(attrs["branches"]),
    prune=_prune,
    reach=_reach,
    function=True,
    doc="Results of `branches[index]` on the arguments. The index, an i32 scalar, is clamped to the range of branches. Only the "
    "chosen branch runs, except under vmap with an index for each example, where all run and the results are selected.",
    reference="StableHLO specification, case; JAX documentation, jax.lax.switch",
)
