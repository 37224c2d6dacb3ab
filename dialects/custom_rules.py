"""pbfn.custom_jvp and pbfn.custom_vjp: functions whose derivative the user gives.

Evaluated, compiled or batched, they are their callee. Differentiated, the user's rule takes the callee's place, inlined, so
that higher derivatives go through the rule. Captured values have no derivative of their own: the rules do not know of them.

In reverse mode a custom_vjp leaves `pbfn.custom_vjp_linear` in the linear part: the linear map from tangents to tangents of
which only the transpose is given. Where such a map is needed forward, the transpose of `bwd` is derived.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .builder import Builder
from .function_ops import inexact
from .function_rules import Mask, avals_of, given, inline_jvp, inline_linearized, is_active, pick, split_inlined, spread, take
from .ir import UNKNOWN, Op, Symbol, Value
from .spec import I64, SYMBOL, NoRule, NotDifferentiable, NotDifferentiableError, OpError, define
from .types import Aval

_NOT_LINEAR = NotDifferentiable("the operation is not linear: its rule takes its place when it is differentiated")


def _body(b: Builder, operands: list[Value], attrs: dict[str, Any]) -> list[Value]:
    """What the callee is applied to: the arguments and what it captures."""
    return operands[: attrs["num_args"] + attrs["callee_consts"]]


def _call(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    return run(attrs["callee"], arrays[: attrs["num_args"] + attrs["callee_consts"]])


def _lower(h: Any, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    return h.inline(attrs["callee"], operands[: attrs["num_args"] + attrs["callee_consts"]])


def _split_complex(d: Any, b: Builder, operands: list[Any], attrs: dict[str, Any], outs: list[Aval]) -> list[Any]:
    return split_inlined(d, b, attrs["callee"], operands[: attrs["num_args"] + attrs["callee_consts"]], outs)


def _args_and_tangents(op: Op, tangents: list[Value | None]) -> tuple[list[bool], list[Value | None]]:
    """Which arguments have a tangent space, and the tangents of those."""
    n = op.attrs["num_args"]
    if any(t is not None for t in tangents[n:]):
        kind = op.spec.short
        raise NotDifferentiableError(
            f"a {kind} function is differentiated with respect to a value that it closes over, but its rule says only how to "
            f"differentiate with respect to its arguments; pass the value as an argument",
            op.loc,
        )
    mask = inexact(avals_of(op.operands[:n]))
    return mask, pick(tangents[:n], mask)


def _check_counts(what: str, counts: list[int]) -> None:
    if any(c != 1 for c in counts):
        raise OpError(f"an argument of a {what} function cannot be a function returned by vjp; let the function close over it")


class RuleSymbol(Symbol):
    """The name of a rule for the general case, in which everything has a tangent or cotangent. In the process that traced it,
    `specialize(d, *masks)` gives the rule for a particular case; text has only the general one.

    For a `rule` of custom_jvp: ``specialize(d, active) -> (name, mask)``: from tangents of the active floating-point arguments to
    those of the floating-point results in the mask. For `fwd` of custom_vjp: ``specialize(d, active) -> name``. For `bwd`:
    ``specialize(d, active, cotangents) -> name``, a function of the cotangents that are there.
    """

    specialize: Callable[..., Any]

    @classmethod
    def make(cls, name: str, specialize: Callable[..., Any]) -> RuleSymbol:
        symbol = cls(name)
        symbol.specialize = specialize
        return symbol


# custom_jvp ----------------------------------------------------------------------------------------------------------------
def _rule_operands(b: Builder, op: Op, primals: list[Value], tangents: list[Value]) -> list[Value]:
    args, _, rule_consts = take(primals, op.attrs["num_args"], op.attrs["callee_consts"])
    return [*args, *tangents, *rule_consts]


def _spread_inexact(op: Op, tangents: Sequence[Value | None]) -> list[Value | None]:
    """Tangents of the results that have one, spread over all results."""
    it = iter(tangents)
    return [next(it) if on else None for on in inexact(avals_of(op.results))]


def _custom_jvp_jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    mask, ts = _args_and_tangents(op, tangents)
    rule, n = op.attrs["rule"], len(op.results)
    if isinstance(rule, RuleSymbol):
        name, out_mask = rule.specialize(d, is_active(ts))
        results = d.inline(b, name, _rule_operands(b, op, primals, given(ts)))
        return results[:n], _spread_inexact(op, spread(out_mask, results[n:]))
    avals = pick(avals_of(primals[: len(mask)]), mask)
    filled = [b.zeros(a) if t is None else t for a, t in zip(avals, ts)]
    results = d.inline(b, rule, _rule_operands(b, op, primals, filled))
    return results[:n], _spread_inexact(op, results[n:])


def _custom_jvp_linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    """The rule is linear in the tangents, so it is its own linear part; linearizing it (at zero) sorts what belongs where, also
    inside loops and branches of the rule."""
    mask, ts = _args_and_tangents(op, tangents)
    n_args, n, rule = len(mask), len(op.results), op.attrs["rule"]
    zeros = [b.zeros(a) for a in pick(avals_of(primals[:n_args]), mask)]
    out_mask = (True,) * sum(inexact(avals_of(op.results)))
    if isinstance(rule, RuleSymbol):
        rule, out_mask = rule.specialize(d, is_active(ts))
        zeros, ts = pick(zeros, is_active(ts)), list(given(ts))
    operands = _rule_operands(b, op, primals, zeros)
    nones: list[None] = [None] * (len(operands) - n_args - len(ts))
    results, dresults = inline_linearized(d, b, rule, operands, [*[None] * n_args, *ts, *nones])
    it = iter(dresults[n:])
    return results[:n], _spread_inexact(op, [next(it) if on else None for on in out_mask])


def _custom_jvp_batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    attrs = op.attrs
    args, callee_consts, rule_consts = take(batched, attrs["num_args"], attrs["callee_consts"])
    tangents = pick(args, inexact(avals_of(op.operands[: len(args)])))
    n = len(op.results)
    n_all = n + sum(inexact(avals_of(op.results)))
    callee = d.batch(attrs["callee"], (*args, *callee_consts), b.size, b.axis_name, (True,) * n)
    size, axis_name, original = b.size, b.axis_name, attrs["rule"]
    rule: Symbol = d.batch(original, (*args, *tangents, *rule_consts), size, axis_name, (True,) * n_all).name
    if isinstance(original, RuleSymbol):

        def specialize(d: Any, active: Mask) -> Any:
            name, out_mask = original.specialize(d, active)
            mask = (*args, *pick(tangents, active), *rule_consts)
            return d.batch(name, mask, size, axis_name, (True,) * (n + sum(out_mask))).name, out_mask

        rule = RuleSymbol.make(rule, specialize)
    avals = [Aval((b.size, *r.shape), r.dtype) for r in op.results]
    return b.emit_typed(op.spec, operands, {**attrs, "callee": callee.name, "rule": rule}, avals), [True] * n


def _custom_jvp_flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    args, callee_consts, _ = take(counts, attrs["num_args"], attrs["callee_consts"])
    _check_counts("custom_jvp", args)
    return {**attrs, "callee_consts": sum(callee_consts)}


CUSTOM_JVP = define(
    "pbfn.custom_jvp",
    ("operands*",),
    {"callee": SYMBOL, "rule": SYMBOL, "num_args": I64, "callee_consts": I64},
    results=("outs*",),
    evaluate=_call,
    jvp=_custom_jvp_jvp,
    linearize=_custom_jvp_linearize,
    transpose=_NOT_LINEAR,
    batch=_custom_jvp_batch,
    lower=_lower,
    body=_body,
    traits=("custom_rule",),
    split_complex=_split_complex,
    flatten=_custom_jvp_flatten,
    regions=lambda attrs: (attrs["callee"], attrs["rule"]),
    function=True,
    doc="Results of the callee, with its own derivative. Operands: the arguments (`num_args`), values that the callee captures "
    "(`callee_consts`), values that the rule captures. `callee(args, callee consts)` returns the results; "
    "`rule(args, tangents of the floating-point args, rule consts)` returns them and the tangents of the floating-point ones.",
    reference="JAX documentation, jax.custom_jvp",
)


# custom_vjp ----------------------------------------------------------------------------------------------------------------
def _split_vjp(op: Op, primals: list[Any]) -> list[list[Any]]:
    """Operands as arguments, and what the callee, fwd and bwd capture."""
    return take(primals, op.attrs["num_args"], op.attrs["callee_consts"], op.attrs["fwd_consts"])


def _forward(d: Any, b: Builder, op: Op, primals: list[Value], fwd: Symbol) -> tuple[list[Value], list[Value], list[Value]]:
    """Emits fwd; returns its results, the residuals, and what bwd captures."""
    args, _, fwd_consts, bwd_consts = _split_vjp(op, primals)
    results = d.inline(b, fwd, [*args, *fwd_consts])
    n = len(op.results)
    return results[:n], results[n:], bwd_consts


def _specialized(d: Any, op: Op, active: Mask) -> tuple[Symbol, Symbol]:
    """fwd and bwd for the arguments that have tangents."""
    fwd, bwd = op.attrs["fwd"], op.attrs["bwd"]
    if not isinstance(fwd, RuleSymbol):
        return fwd, bwd
    everything = (True,) * sum(inexact(avals_of(op.results)))
    return fwd.specialize(d, active), RuleSymbol.make(
        bwd.specialize(d, active, everything), lambda d, cts: bwd.specialize(d, active, cts)
    )


def _tangent_map(d: Any, attrs: dict[str, Any], loc: Any) -> Symbol:
    """``(residuals, bwd consts, tangents of args) -> tangents of outs``: the transpose of bwd in its cotangents."""
    bwd, n_res, n_consts = attrs["bwd"], attrs["num_residuals"], attrs["bwd_consts"]
    n_in = len(d.result_avals(bwd))
    n_out = len(d.arg_avals(bwd)) - n_res - n_consts
    linear = (False,) * n_res + (True,) * n_out + (False,) * n_consts
    try:
        return d.transpose(bwd, linear, (True,) * n_in, (True,) * n_out).name
    except NotDifferentiableError as e:
        raise NotDifferentiableError(
            f"forward mode through a custom_vjp function transposes its bwd rule, which is not linear in the cotangents: {e}", loc
        ) from e


def _custom_vjp_jvp(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    mask, ts = _args_and_tangents(op, tangents)
    fwd, bwd = _specialized(d, op, is_active(ts))
    outs, residuals, consts = _forward(d, b, op, primals, fwd)
    attrs = {"bwd": bwd, "num_residuals": len(residuals), "bwd_consts": len(consts)}
    avals = pick(avals_of(primals[: len(mask)]), mask)
    filled = [b.zeros(a) if t is None else t for a, t in zip(avals, ts)]
    return outs, _spread_inexact(op, d.inline(b, _tangent_map(d, attrs, op.loc), [*residuals, *consts, *filled]))


def _custom_vjp_linearize(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
    mask, ts = _args_and_tangents(op, tangents)
    fwd, bwd = _specialized(d, op, is_active(ts))
    outs, residuals, consts = _forward(d, b, op, primals, fwd)
    attrs = {"bwd": bwd, "num_residuals": len(residuals), "bwd_consts": len(consts)}
    avals = pick(avals_of(primals[: len(mask)]), mask)
    filled = [b.zeros(a) if t is None else t for a, t in zip(avals, ts)]
    out_avals = avals_of(op.results)
    touts = b.emit_typed(CUSTOM_VJP_LINEAR, [*residuals, *consts, *filled], attrs, pick(out_avals, inexact(out_avals)))
    return outs, _spread_inexact(op, touts)


def _batched_bwd(d: Any, batch: Any, bwd: Symbol, mask: tuple[bool, ...], args: list[bool], loc: Any) -> Symbol:
    """bwd for each example. A cotangent of an argument that all examples share is the sum over them."""
    n = len(args)
    derived = batch(d, bwd, mask, (True,) * n)
    if all(args):
        return derived.name

    def body(b: Builder, values: list[Value]) -> list[Value]:
        results = d.inline(b, derived.name, values)
        return [v if on else b.reduce_sum(v, axes=(0,)) for v, on in zip(results, args, strict=True)]

    key = ("custom_vjp.bwd", derived.name, tuple(args))
    return d.build(f"{bwd}.summed", d.arg_avals(derived.name), body, loc, key)


def _custom_vjp_batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    args, callee_consts, fwd_consts, bwd_consts = _split_vjp(op, batched)
    n = len(op.results)
    attrs = op.attrs
    avals = [Aval((b.size, *r.shape), r.dtype) for r in op.results]
    key = ("custom_vjp.batch", attrs["callee"], attrs["fwd"], attrs["bwd"], tuple(batched), b.size, b.axis_name)
    memo = d.module.memo
    if key in memo:
        return b.emit_typed(op.spec, operands, memo[key], avals), [True] * n
    # a call of the function from its own rules comes here before the names are known, and shares the attributes
    new = memo[key] = dict(attrs)
    size, axis_name, loc = b.size, b.axis_name, op.loc

    def batch(d: Any, name: Symbol, mask: Mask, out: Mask) -> Any:
        return d.batch(name, mask, size, axis_name, out)

    def batched_fwd(d: Any, fwd: Symbol) -> Any:
        n_res = len(d.result_avals(fwd)) - n
        return batch(d, fwd, (*args, *fwd_consts), (True,) * n + (False,) * n_res)

    callee = batch(d, attrs["callee"], (*args, *callee_consts), (True,) * n)
    fwd = batched_fwd(d, attrs["fwd"])
    cts = (True,) * sum(inexact(avals_of(op.results)))
    inexact_args = pick(args, inexact(avals_of(op.operands[: len(args)])))
    bwd = _batched_bwd(d, batch, attrs["bwd"], (*fwd.mask[n:], *cts, *bwd_consts), inexact_args, loc)
    new.update({"callee": callee.name, "fwd": fwd.name, "bwd": bwd})
    fwd_rule, bwd_rule = attrs["fwd"], attrs["bwd"]
    if isinstance(fwd_rule, RuleSymbol):

        def special_bwd(d: Any, active: Mask, cts: Mask) -> Symbol:
            res_mask = batched_fwd(d, fwd_rule.specialize(d, active)).mask[n:]
            mask = (*res_mask, *[True] * sum(cts), *bwd_consts)
            return _batched_bwd(d, batch, bwd_rule.specialize(d, active, cts), mask, inexact_args, loc)

        new["fwd"] = RuleSymbol.make(fwd.name, lambda d, active: batched_fwd(d, fwd_rule.specialize(d, active)).name)
        new["bwd"] = RuleSymbol.make(bwd, special_bwd)
    return b.emit_typed(op.spec, operands, new, avals), [True] * n


def _custom_vjp_flatten(attrs: dict[str, Any], counts: list[int]) -> dict[str, Any]:
    args, callee_consts, fwd_consts, _ = take(counts, attrs["num_args"], attrs["callee_consts"], attrs["fwd_consts"])
    _check_counts("custom_vjp", args)
    return {**attrs, "callee_consts": sum(callee_consts), "fwd_consts": sum(fwd_consts)}


CUSTOM_VJP = define(
    "pbfn.custom_vjp",
    ("operands*",),
    {"callee": SYMBOL, "fwd": SYMBOL, "bwd": SYMBOL, "num_args": I64, "callee_consts": I64, "fwd_consts": I64},
    results=("outs*",),
    evaluate=_call,
    jvp=_custom_vjp_jvp,
    linearize=_custom_vjp_linearize,
    transpose=_NOT_LINEAR,
    batch=_custom_vjp_batch,
    lower=_lower,
    body=_body,
    traits=("custom_rule",),
    split_complex=_split_complex,
    flatten=_custom_vjp_flatten,
    regions=lambda attrs: (attrs["callee"], attrs["fwd"], attrs["bwd"]),
    function=True,
    doc="Results of the callee, with its own reverse mode. Operands: the arguments (`num_args`), values that the callee captures "
    "(`callee_consts`), that fwd captures (`fwd_consts`), that bwd captures. `callee(args, callee consts)` returns the results; "
    "`fwd(args, fwd consts)` returns them and residuals; `bwd(residuals, cotangents of the floating-point results, bwd consts)` "
    "returns the cotangents of the floating-point args.",
    reference="JAX documentation, jax.custom_vjp",
)


# custom_vjp_linear ---------------------------------------------------------------------------------------------------------
def _residual_count(attrs: dict[str, Any]) -> int:
    return attrs["num_residuals"] + attrs["bwd_consts"]


def _linear_jvp(inline: Any) -> Any:
    """jvp and linearize: linear in the tangents; a derivative in the residuals is that of the map itself."""

    def rule(d: Any, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]) -> Any:
        n = _residual_count(op.attrs)
        if any(t is not None for t in tangents[:n]):
            return inline(d, b, _tangent_map(d, op.attrs, op.loc), primals, tangents)
        outs = b.clone(op, primals).results
        filled = [b.zeros(p.aval) if t is None else t for p, t in zip(primals[n:], tangents[n:])]  # type: ignore[arg-type]
        return outs, b.clone(op, [*primals[:n], *filled]).results

    return rule


def _linear_transpose(d: Any, b: Builder, op: Op, cts: list[Value | None], operands: list[Value], linear: list[bool]) -> Any:
    n, n_res = _residual_count(op.attrs), op.attrs["num_residuals"]
    residuals, consts = operands[:n_res], operands[n_res:n]
    bwd = op.attrs["bwd"]
    if isinstance(bwd, RuleSymbol):
        return [*[None] * n, *d.inline(b, bwd.specialize(d, is_active(cts)), [*residuals, *given(cts), *consts])]
    filled = [b.zeros(r.aval) if c is None else c for r, c in zip(op.results, cts)]  # type: ignore[arg-type]
    return [*[None] * n, *d.inline(b, bwd, [*residuals, *filled, *consts])]


def _linear_batch(d: Any, b: Builder, op: Op, operands: list[Value], batched: list[bool]) -> Any:
    n, n_res = _residual_count(op.attrs), op.attrs["num_residuals"]
    res_mask, const_mask, tangent_mask = take(batched, n_res, n - n_res)
    mask = (*res_mask, *[True] * len(op.results), *const_mask)
    size, axis_name, original, full = b.size, b.axis_name, op.attrs["bwd"], (True,) * len(tangent_mask)
    bwd: Symbol = d.batch(original, mask, size, axis_name, full).name
    if isinstance(original, RuleSymbol):

        def specialize(d: Any, cts: Mask) -> Symbol:
            mask = (*res_mask, *[True] * sum(cts), *const_mask)
            return d.batch(original.specialize(d, cts), mask, size, axis_name, full).name

        bwd = RuleSymbol.make(bwd, specialize)
    tangents = [b.batched(v, m) for v, m in zip(operands[n:], tangent_mask)]
    avals = [Aval((b.size, *r.shape), r.dtype) for r in op.results]
    return b.emit_typed(op.spec, [*operands[:n], *tangents], {**op.attrs, "bwd": bwd}, avals), [True] * len(avals)


def _linear_evaluate(run: Any, arrays: list[Any], attrs: dict[str, Any]) -> list[Any]:
    return run(_tangent_map(run.d, attrs, UNKNOWN), arrays)


def _linear_expand(d: Any, b: Builder, op: Op, operands: list[Any]) -> list[Value]:
    return d.inline(b, _tangent_map(d, op.attrs, op.loc), operands)


_EXPANDED = NoRule("the expand pass replaces it by the transpose of bwd")

CUSTOM_VJP_LINEAR = define(
    "pbfn.custom_vjp_linear",
    ("operands*",),
    {"bwd": SYMBOL, "num_residuals": I64, "bwd_consts": I64},
    results=("outs*",),
    evaluate=_linear_evaluate,
    jvp=_linear_jvp(inline_jvp),
    linearize=_linear_jvp(inline_linearized),
    transpose=_linear_transpose,
    batch=_linear_batch,
    lower=_EXPANDED,
    split_complex=_EXPANDED,
    expand=_linear_expand,
    flatten=lambda attrs, counts: attrs,
    regions=lambda attrs: (attrs["bwd"],),
    function=True,
    doc="The linear map whose transpose is `bwd`. Operands: residuals (`num_residuals`), values that bwd captures (`bwd_consts`), "
    "tangents of the floating-point args of a custom_vjp function; results: tangents of its floating-point results.",
    reference="JAX documentation, jax.custom_vjp",
)
