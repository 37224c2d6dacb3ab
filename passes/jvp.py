"""jvp: forward-mode differentiation of a function.

Each operation is followed by the tangent computation that its `jvp` rule emits; tangents that are structurally zero are
never computed.

    func.func @f(%x: tensor<f32>) -> tensor<f32> {          func.func @f.jvp(%x: tensor<f32>, %dx: tensor<f32>) -> (...) {
      %0 = "pb.sin"(%x)                              ==>      %0 = "pb.sin"(%x)
      return %0                                               %1 = "pb.cos"(%x)
    }                                                         %2 = "pb.mul"(%dx, %1)
                                                              return %0, %2
                                                            }

Cost: one sweep over the operations. Reference: Griewank and Walther, Evaluating Derivatives (2008), chapter 3.
"""

from __future__ import annotations

from typing import Any

from pullback.dialects import types as T
from pullback.dialects.builder import Builder
from pullback.dialects.ir import Func, Op, Value, derived_loc
from pullback.dialects.spec import ZERO, NotDifferentiable, NotDifferentiableError

from .deriver import Derived, Deriver, Mask


def op_jvp(
    d: Deriver, b: Builder, op: Op, primals: list[Value], tangents: list[Value | None]
) -> tuple[list[Value], list[Value | None]]:
    """Emits `op` and its tangent; shared by jvp and linearize. At least one tangent is not None."""
    spec = op.spec
    rule = spec.jvp
    if isinstance(rule, NotDifferentiable):
        raise NotDifferentiableError(f"{spec.name} is not differentiable: {rule.why}", op.loc)
    if spec.function:
        return rule(d, b, op, primals, tangents)  # type: ignore[operator,misc]
    outs = b.clone(op, primals).results
    if rule is ZERO:
        return outs, [None] * len(outs)
    if rule is None:
        raise NotDifferentiableError(f"{spec.name} has no jvp rule", op.loc)
    result: Any = rule(b, primals, tangents, outs, op.attrs)  # type: ignore[operator]
    return outs, (list(result) if isinstance(result, (list, tuple)) else [result])


def jvp(d: Deriver, func: Func, active: Mask, instantiate: Mask | None) -> Derived:
    """Adds ``func.jvp``; see `Deriver.jvp`."""
    out = Func(f"{func.name}.jvp", func.loc)
    b = Builder(out.ops)
    env: dict[Value, Value] = {a: out.add_arg(a.aval) for a in func.args}
    tangent: dict[Value, Value] = {a: out.add_arg(a.aval) for a, on in zip(func.args, active, strict=True) if on}
    for op in func.ops:
        b.loc = op.loc
        primals = [env[v] for v in op.operands]
        tangents = [tangent.get(v) for v in op.operands]
        if tangents.count(None) < len(tangents):
            b.loc = derived_loc(op.loc, "jvp", op.spec.short)
            outs, tangents_out = op_jvp(d, b, op, primals, tangents)
            for result, t in zip(op.results, tangents_out, strict=True):
                if t is not None and T.is_inexact(result.dtype):
                    tangent[result] = t
        else:
            outs = b.clone(op, primals).results
        env.update(zip(op.results, outs))
    b.loc = func.loc
    want = instantiate or (False,) * len(func.results)
    out_tangents = [tangent.get(v) for v in func.results]
    out_tangents = [b.zeros(v.aval) if t is None and w else t for v, t, w in zip(func.results, out_tangents, want, strict=True)]  # type: ignore[arg-type]
    out.results = [env[v] for v in func.results] + [t for t in out_tangents if t is not None]
    return Derived(d.add(out), tuple(t is not None for t in out_tangents))
