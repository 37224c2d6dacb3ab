"""transpose: from a function that is linear in some arguments to its transpose.

The operations that do not depend on the linear arguments are emitted first, in order; the linear ones are then visited
in reverse, each `transpose` rule turning the cotangents of results into cotangents of operands, which are summed.

    func.func @f.lin(%res, %dx) {               func.func @f.bwd(%res, %ct) {
      %0 = "pb.mul"(%dx, %res)          ==>       %0 = "pb.mul"(%ct, %res)
      return %0                                   return %0
    }                                           }

Only linear operations reach this pass (jvp rules emit nothing else on tangents), so only they have a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.dialects.builder import Builder
from pullback.dialects.function_rules import op_reach, pick
from pullback.dialects.ir import Func, Op, Value, derived_loc
from pullback.dialects.spec import NotDifferentiable, NotDifferentiableError

from .dce import live_ops, prune_op
from .deriver import Derived, Deriver, Mask


def transpose_ops(
    d: Deriver, b: Builder, ops: Sequence[Op], linear: set[Value], env: dict[Value, Value], ct: dict[Value, Value]
) -> None:
    """Emits the transpose of `ops`; `ct` maps linear values to their cotangents and is updated in place.

    `env` maps the non-linear values that the operations use to values at `b`.
    """
    for op in reversed(ops):
        cts: list[Any] = [ct.pop(r, None) for r in op.results]
        if cts.count(None) == len(cts):
            continue
        b.loc = derived_loc(op.loc, "transpose", op.spec.short)
        mask = [v in linear for v in op.operands]
        if not any(mask):  # an instantiated zero of the linear part
            continue
        # of a linear operand the rule may use the aval only, so the original value stands in for it
        operands = [v if m else env[v] for v, m in zip(op.operands, mask)]
        spec = op.spec
        start = len(b.ops)
        rule = spec.transpose
        if isinstance(rule, NotDifferentiable):
            raise NotDifferentiableError(f"{spec.name} cannot be transposed (reverse mode): {rule.why}", op.loc)
        if rule is None:
            raise NotDifferentiableError(f"{spec.name} has no transpose rule", op.loc)
        if spec.function:
            out = rule(d, b, op, cts, operands, mask)
        else:
            out = rule(b, cts if len(cts) > 1 else cts[0], operands, mask, op.attrs)
        for new in b.ops[start:]:
            if not linear.isdisjoint(new.operands):  # a rule for each operand alone, on a function of several at once
                raise NotDifferentiableError(f"{spec.name} cannot be transposed: it is not linear in its operands together", op.loc)
        for v, m, c in zip(op.operands, mask, out, strict=True):
            if c is not None and m:
                ct[v] = b.add(ct[v], c) if v in ct else c


def _emit_rest(d: Deriver, b: Builder, op: Op, linear_results: Mask, env: dict[Value, Value]) -> None:
    """The part of a loop or branch that is not linear, such as a counter: other operations may use it as they use constants."""
    rest = tuple(not on for on in linear_results)
    pruned = op.spec.prune(d.pruner, op, rest) if op.spec.prune is not None else None
    assert pruned is not None
    operands = [env.get(v, v) for v in op.operands]
    new, results = prune_op(op, pruned, operands)
    b.append(new)
    env.update(results)


def transpose(d: Deriver, func: Func, linear: Mask, ct_active: Mask, instantiate: Mask | None) -> Derived:
    """Adds ``func.T``; see `Deriver.transpose`."""
    out = Func(f"{func.name}.T", func.loc)
    b = Builder(out.ops, func.loc)
    env: dict[Value, Value] = {a: out.add_arg(a.aval) for a, on in zip(func.args, linear, strict=True) if not on}
    linear_args = [a for a, on in zip(func.args, linear) if on]
    linear_values = set(linear_args)
    lin_ops = []
    for op in func.ops:
        mask = [v in linear_values for v in op.operands]
        if any(mask):
            lin_ops.append(op)
            linear_results = op_reach(d, op, mask) if op.spec.prune is not None else (True,) * len(op.results)
            linear_values.update(pick(op.results, linear_results))
            if not all(linear_results):
                b.loc = op.loc
                _emit_rest(d, b, op, linear_results, env)
        else:
            b.loc = op.loc
            env.update(zip(op.results, b.clone(op, [env[v] for v in op.operands]).results))
    ct: dict[Value, Value] = {}
    b.loc = func.loc
    for v, on in zip(func.results, ct_active, strict=True):
        if on:
            arg = out.add_arg(v.aval)
            if v in linear_values:
                ct[v] = b.add(ct[v], arg) if v in ct else arg
    transpose_ops(d, b, lin_ops, linear_values, env, ct)
    b.loc = func.loc
    cts = [ct.get(a) for a in linear_args]
    if instantiate:
        cts = [b.zeros(a.aval) if c is None and w else c for a, c, w in zip(linear_args, cts, instantiate, strict=True)]  # type: ignore[arg-type]
    out.results = [c for c in cts if c is not None]
    out.ops = live_ops(out.ops, out.results, d.module)
    return Derived(d.add(out), tuple(c is not None for c in cts))
