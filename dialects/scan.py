"""pbfn.scan: a loop of known length with a carry, which reads one slice of each `xs` and writes one slice of each `ys`.

Its derivative is again a scan. Reverse mode saves the residuals of every iteration, stacked, and then scans backwards over
them. What does not change from one iteration to the next (constants of the loop, what is computed from them alone) and what
is stacked already (xs) is not saved again. Lowering: scan_lower.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from . import types as T
from .builder import Builder
from .effects import touches
from .function_rules import (
    Mask,
    Pruned,
    avals_of,
    emit_like,
    fixpoint,
    given,
    instantiated,
    is_active,
    pick,
    reached,
    split_op,
    spread,
    take,
)
from .ir import Op, Symbol, Value
from .scan_lower import lower_scan
from .spec import BOOL, I64, SYMBOL, define
from .types import Aval


def _sizes(attrs: dict[str, Any]) -> tuple[int, int]:
    return attrs["num_consts"], attrs["num_carry"]


def parts(op: Op, values: Sequence[Any]) -> list[list[Any]]:
    """What belongs to the operands of a scan, in four lists: its head, constants, carry and xs. The head is empty, or the
    number of iterations to run (`counted_scan.py`)."""
    return take(values, len(op.spec.operands) - 1, *_sizes(op.attrs))


def _stacked(aval: Aval, length: Any) -> Aval:
    return Aval((length, *aval.shape), aval.dtype)


def _slice(aval: Aval) -> Aval:
    """Type of one slice of a stacked array."""
    return Aval(aval.shape[1:], aval.dtype)


def _evaluate(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    consts, carry, xs = take(arrays, *_sizes(attrs))
    body, length = attrs["body"], attrs["length"]
    n = len(carry)
    ys: list[Any] = []
    for i in reversed(range(length)) if attrs["reverse"] else range(length):
        results = run(body, [*consts, *carry, *(x[i, ...] for x in xs)])
        carry = results[:n]
        if not ys:
            ys = [np.empty((length, *np.shape(y)), y.dtype) for y in results[n:]]
        for out, y in zip(ys, results[n:]):
            out[i] = y
    if length == 0:
        ys = [np.zeros((0, *a.shape), T.np_dtype(a.dtype)) for a in run.d.result_avals(body)[n:]]
    return [*carry, *ys]


# jvp -----------------------------------------------------------------------------------------------------------------------
class _Activity(NamedTuple):
    """Which constants, carries and xs of a scan have tangents."""

    consts: Mask
    carry: Mask
    xs: Mask

    @property
    def flat(self) -> Mask:
        return self.consts + self.carry + self.xs


def _derive_active(derive: Any, op: Op, tangents: list[Value | None]) -> tuple[Any, _Activity]:
    """``derive(body, active, instantiate)`` at the fixpoint of the carry's activity."""
    _, dconsts, dinit, dxs = (is_active(t) for t in parts(op, tangents))
    no_ys = (False,) * (len(op.results) - len(dinit))
    derived, carry = fixpoint(lambda c: derive(op.attrs["body"], dconsts + c + dxs, c + no_ys), dinit)
    return derived, _Activity(dconsts, carry, dxs)


def scan_jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    nc, nk = _sizes(op.attrs)
    derived, active = _derive_active(d.jvp, op, tangents)
    head, consts, init, xs = parts(op, primals)
    _, dconsts, dinit, dxs = parts(op, tangents)
    dconsts, dxs = given(dconsts), given(dxs)
    dinit = instantiated(b, avals_of(init), dinit, active.carry)
    n_ys = len(op.results) - nk

    def body(b: Builder, values: list[Value]) -> list[Value]:
        c, dc, k, dk, x, dx = take(values, nc, len(dconsts), nk, len(dinit), len(xs))
        results = d.inline(b, derived.name, [*c, *k, *x, *dc, *dk, *dx])
        k, ys, dk, dys = take(results, nk, n_ys, len(dinit))
        return [*k, *dk, *ys, *dys]

    slices = [_slice(v.aval) for v in [*xs, *dxs]]
    avals = [*avals_of([*consts, *dconsts, *init, *dinit]), *slices]
    name = d.build(f"{op.attrs['body']}.scan_jvp", avals, body, op.loc, ("scan.jvp", derived.name, active))
    attrs = {"body": name, "num_consts": nc + len(dconsts), "num_carry": nk + len(dinit)}
    out_avals = avals_of(op.results)
    carry_avals, ys_avals = out_avals[:nk], out_avals[nk:]
    ys_mask = derived.mask[nk:]
    result_avals = carry_avals + pick(carry_avals, active.carry) + ys_avals + pick(ys_avals, ys_mask)
    results = emit_like(b, op, [*head, *consts, *dconsts, *init, *dinit, *xs, *dxs], attrs, result_avals)
    carry, dcarry, ys, dys = take(results, nk, len(dinit), n_ys)
    return carry + ys, spread(active.carry, dcarry) + spread(ys_mask, dys)


# linearize -----------------------------------------------------------------------------------------------------------------
class _Residuals(NamedTuple):
    """Where the residuals of a linearized body come from, by their position."""

    constant: dict[int, Value]  # the same in all iterations: values outside of the loop
    stacked: dict[int, Value]  # xs, which are stacked outside already
    results: dict[int, int]  # ys, which the loop stacks anyway: their position among its results
    saved: list[int]  # the rest, which the loop must save


def _sort_residuals(d: Any, b: Builder, lin: Any, consts: list[Value], n_carry: int, xs: list[Value]) -> _Residuals:
    """Sorts residuals; those computed from constants of the loop alone are computed here, outside of it."""
    func = d.prepared(lin.fwd)
    values = func.results[lin.n_outs :]
    env: dict[Value, Value] = dict(zip(func.args, consts))
    invariant = set(env)
    ops = []
    for op in func.ops:
        if all(v in invariant for v in op.operands) and not (op.spec.function and touches(d.module, op)):
            invariant.update(op.results)
            ops.append(op)
    needed = {v for v in values if v in invariant}
    hoisted = []
    for op in reversed(ops):
        if any(r in needed for r in op.results):
            needed.update(op.operands)
            hoisted.append(op)
    for op in reversed(hoisted):
        env.update(zip(op.results, b.clone(op, [env[v] for v in op.operands]).results))
    stack = dict(zip(func.args[len(consts) + n_carry :], xs))
    constant = {i: env[v] for i, v in enumerate(values) if v in env}
    stacked = {i: stack[v] for i, v in enumerate(values) if v in stack}
    outs = {v: i for i, v in enumerate(func.results[: lin.n_outs]) if i >= n_carry}
    results = {i: outs[v] for i, v in enumerate(values) if v in outs and i not in constant and i not in stacked}
    elsewhere = {*constant, *stacked, *results}
    return _Residuals(constant, stacked, results, [i for i in range(len(values)) if i not in elsewhere])


def scan_linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    nk = op.attrs["num_carry"]
    lin, active = _derive_active(d.linearize, op, tangents)
    if not any(lin.mask):
        return b.clone(op, primals).results, [None] * len(op.results)
    head, consts, init, xs = parts(op, primals)
    _, dconsts, dinit, dxs = parts(op, tangents)
    dconsts, dxs = given(dconsts), given(dxs)
    dinit = instantiated(b, avals_of(init), dinit, active.carry)
    res = _sort_residuals(d, b, lin, consts, nk, xs)
    n_outs, length = lin.n_outs, op.attrs["length"]
    saved = [_stacked(lin.residuals[i], length) for i in res.saved]

    def forward(b: Builder, values: list[Value]) -> list[Value]:
        results = d.inline(b, lin.fwd, values)
        return results[:n_outs] + [results[n_outs + i] for i in res.saved]

    key = (lin.fwd, active)
    name = d.build(f"{op.attrs['body']}.scan_fwd", d.arg_avals(lin.fwd), forward, op.loc, ("scan.fwd", key))
    results = emit_like(b, op, primals, {"body": name}, avals_of(op.results) + saved)
    outs = results[:n_outs]
    stacked = {**res.stacked, **{i: results[k] for i, k in res.results.items()}, **dict(zip(res.saved, results[n_outs:]))}
    order = [*res.constant, *stacked]  # order in which the linear loop gets the residuals
    position = [order.index(i) for i in range(len(order))]

    def linear(b: Builder, values: list[Value]) -> list[Value]:
        constant, dc, dk, rest, dx = take(values, len(res.constant), len(dconsts), len(dinit), len(stacked))
        residuals = constant + rest
        return d.inline(b, lin.lin, [*(residuals[i] for i in position), *dc, *dk, *dx])

    before = [*res.constant.values(), *dconsts]
    after = [*stacked.values(), *dxs]
    avals = [*avals_of([*before, *dinit]), *(_slice(v.aval) for v in after)]  # type: ignore[arg-type]
    attrs = {
        "body": d.build(f"{op.attrs['body']}.scan_lin", avals, linear, op.loc, ("scan.lin", key)),
        "num_consts": len(before),
        "num_carry": len(dinit),
    }
    tangent_avals = pick(avals_of(op.results), lin.mask)
    return outs, spread(lin.mask, emit_like(b, op, [*head, *before, *dinit, *after], attrs, tangent_avals))


# transpose -----------------------------------------------------------------------------------------------------------------
def _linear_carry(d: Any, op: Op, linear: Sequence[bool]) -> Mask:
    """Which carries depend on linear operands, in some iteration."""
    _, consts, carry, xs = parts(op, linear)
    while True:
        results = reached(d, op.attrs["body"], consts + carry + xs)
        after = [x or y for x, y in zip(carry, results)]
        if after == carry:
            return tuple(carry)
        carry = after


def reach_scan(d: Any, op: Op, mask: Mask) -> Mask:
    if any(parts(op, mask)[0]):  # the number of iterations
        return (True,) * len(op.results)
    _, consts, _, xs = (tuple(m) for m in parts(op, mask))
    carry = _linear_carry(d, op, mask)
    return carry + reached(d, op.attrs["body"], consts + carry + xs)[len(carry) :]


def prune_scan(p: Any, op: Op, used: Mask) -> Pruned | None:
    """A carry stays if its last value is used, or if what stays depends on it."""
    nc, nk = _sizes(op.attrs)
    body = op.attrs["body"]
    carry, ys = used[:nk], used[nk:]
    while True:
        need = p.needed(body, carry + ys)
        joint = tuple(x or y for x, y in zip(carry, need[nc : nc + nk], strict=True))
        if joint == carry:
            break
        carry = joint
    consts, xs = need[:nc], need[nc + nk :]
    if all(carry) and all(ys) and all(consts) and all(xs):
        return None
    name = p.select(body, consts + carry + xs, carry + ys)
    attrs = {**op.attrs, "body": name, "num_consts": sum(consts), "num_carry": sum(carry)}
    head = (True,) * (len(op.spec.operands) - 1)
    return Pruned(head + consts + carry + xs, attrs, carry + ys)


def scan_transpose(d: Any, b: Builder, op: Op, cts: list[Value | None], operands: list[Value], linear: list[bool]) -> Any:
    """A scan in the other direction. The cotangents of the constants are summed in its carry."""
    nk = op.attrs["num_carry"]
    if not all(_linear_carry(d, op, linear)):
        return _transpose_mixed(d, b, op, cts, operands, linear)
    # a carry that starts from a value that is not linear starts from zero, or the loop would not be linear
    _, const_lin, _, xs_lin = (tuple(m) for m in parts(op, linear))
    head, consts, init, xs = parts(op, operands)
    body_linear = const_lin + (True,) * nk + xs_lin
    ct_carry, ct_ys = take(cts, nk)
    ys_active = is_active(ct_ys)
    n_lin_consts, n_lin_xs = sum(const_lin), sum(xs_lin)

    def derive(carry: Mask) -> Any:
        want = (False,) * n_lin_consts + carry + (False,) * n_lin_xs
        return d.transpose(op.attrs["body"], body_linear, carry + ys_active, want)

    derived, active = fixpoint(derive, is_active(ct_carry), lambda mask: mask[n_lin_consts : n_lin_consts + nk])
    const_mask, _, xs_mask = take(derived.mask, n_lin_consts, nk)
    sums = [b.zeros(a) for a in pick(avals_of(pick(consts, const_lin)), const_mask)]
    ct_init = instantiated(b, avals_of(init), ct_carry, active)
    ys = given(ct_ys)
    res_consts = [v for v, m in zip(consts, const_lin) if not m]
    res_xs = [v for v, m in zip(xs, xs_lin) if not m]

    def body(b: Builder, values: list[Value]) -> list[Value]:
        rc, totals, carry, rx, cy = take(values, len(res_consts), len(sums), len(ct_init), len(res_xs))
        results = d.inline(b, derived.name, [*rc, *rx, *carry, *cy])
        more, carry, out = take(results, len(sums), len(ct_init))
        return [*(b.add(t, m) for t, m in zip(totals, more)), *carry, *out]

    slices = [_slice(v.aval) for v in [*res_xs, *ys]]
    avals = [*avals_of([*res_consts, *sums, *ct_init]), *slices]
    attrs = {
        "body": d.build(f"{op.attrs['body']}.scan_T", avals, body, op.loc, ("scan.T", derived.name, active)),
        "num_consts": len(res_consts),
        "num_carry": len(sums) + len(ct_init),
        "reverse": not op.attrs["reverse"],
    }
    out_avals = avals_of([*sums, *ct_init]) + pick(avals_of(pick(xs, xs_lin)), xs_mask)
    results = emit_like(b, op, [*head, *res_consts, *sums, *ct_init, *res_xs, *ys], attrs, out_avals)
    totals, carry, out = take(results, len(sums), len(ct_init))
    ct_consts = iter(spread(const_mask, totals))
    ct_xs = iter(spread(xs_mask, out))
    return [
        *[None] * len(head),
        *(next(ct_consts) if m else None for m in const_lin),
        *spread(active, carry),
        *(next(ct_xs) if m else None for m in xs_lin),
    ]


def _transpose_mixed(
    d: Any, b: Builder, op: Op, cts: list[Value | None], operands: list[Value], linear: list[bool]
) -> list[Value | None]:
    """A linear scan that also carries values that are not linear (a counter, say): linearizing it separates the two. As it
    is linear, any point will do to linearize at."""

    def whole(b: Builder, values: list[Value]) -> list[Value]:
        return b.clone(op, values).results

    key = ("scan.whole", op.attrs["body"], tuple(op.attrs.items()), tuple(avals_of(operands)))
    name = d.build(f"{op.attrs['body']}.scan", avals_of(operands), whole, op.loc, key)
    lin = d.linearize(name, tuple(linear))
    args = [b.zeros(v.aval) if m else v for v, m in zip(operands, linear)]  # type: ignore[arg-type]
    residuals = d.inline(b, lin.fwd, args)[lin.n_outs :]
    bwd, mask = lin.bwd(is_active(pick(cts, lin.mask)))
    values = iter(spread(mask, d.inline(b, bwd, [*residuals, *given(pick(cts, lin.mask))])))
    return [next(values) if m else None for m in linear]


# batch ---------------------------------------------------------------------------------------------------------------------
def scan_batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    """The batch dimension is the first of each slice, so it is the second of stacked arrays inside."""
    nk = op.attrs["num_carry"]
    _, const_mask, init_mask, xs_mask = (tuple(m) for m in parts(op, batched))
    no_ys = (False,) * (len(op.results) - nk)
    derived, carry = fixpoint(
        lambda c: d.batch(op.attrs["body"], const_mask + c + xs_mask, b.size, b.axis_name, c + no_ys), init_mask
    )
    head, consts, init, xs = parts(op, operands)
    init = [b.batched(v, m) if on else v for v, m, on in zip(init, init_mask, carry)]
    xs = [b.moveaxis(v, 0, 1) if m else v for v, m in zip(xs, xs_mask)]
    ys_mask = derived.mask[nk:]
    ys_avals = []
    for r, on in zip(op.results[nk:], ys_mask, strict=True):
        ys_avals.append(Aval((r.shape[0], b.size, *r.shape[1:]), r.dtype) if on else r.aval)
    results = emit_like(b, op, [*head, *consts, *init, *xs], {"body": derived.name}, [*avals_of(init), *ys_avals])
    ys = [b.moveaxis(v, 1, 0) if on else v for v, on in zip(results[nk:], ys_mask)]
    return results[:nk] + ys, [*carry, *ys_mask]


def _flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    consts, carry, _ = take(counts, *_sizes(attrs))
    return {**attrs, "num_consts": sum(consts), "num_carry": sum(carry)}


def emit_scan(
    d: Any,
    b: Builder,
    body: Symbol,
    consts: list[Value],
    init: list[Value],
    xs: list[Value],
    length: Any,
    reverse: bool = False,
    unroll: int = 1,
) -> tuple[list[Value], list[Value]]:
    """Emits a scan of `body`; returns the last carry and the stacked results."""
    avals = d.result_avals(body)
    n = len(init)
    attrs = {"body": body, "num_consts": len(consts), "num_carry": n, "length": length, "reverse": reverse, "unroll": unroll}
    results = b.emit_typed(SCAN, [*consts, *init, *xs], attrs, [*avals[:n], *(_stacked(a, length) for a in avals[n:])])
    return results[:n], results[n:]


SCAN = define(
    "pbfn.scan",
    ("operands*",),
    {"body": SYMBOL, "num_consts": I64, "num_carry": I64, "length": I64, "reverse": BOOL, "unroll": I64},
    results=("outs*",),
    evaluate=_evaluate,
    jvp=scan_jvp,
    linearize=scan_linearize,
    transpose=scan_transpose,
    batch=scan_batch,
    lower=lower_scan,
    split_complex=split_op("pbfn.scan"),
    flatten=_flatten,
    regions=lambda attrs: (attrs["body"],),
    prune=prune_scan,
    reach=reach_scan,
    function=True,
    doc="Loop of `length` iterations. Operands: constants (`num_consts`), the initial carry (`num_carry`), and xs, stacked along "
    "their first dimension. `body(consts, carry, slices of xs)` returns the next carry and a slice of each ys; results are the "
    "last carry and the stacked ys. `reverse` visits slices from last to first; `unroll` iterations are compiled into one.",
    reference="JAX documentation, jax.lax.scan",
)
